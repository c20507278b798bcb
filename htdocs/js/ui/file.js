// SPDX-License-Identifier: Apache-2.0
import { html, useRef, useState } from '../lib.js';
import { bytes } from '../format.js';
import { t } from '../i18n.js';
import { Field } from './form.js';
import { announce } from './live.js';
import { Text } from './text.js';

/** A file, picked or dropped. It never leaves the browser before it is sent.
 * @param max  bytes that the server takes */
export function FileField({ file, onFile, accept, max, drop, ...field }) {
    const [over, setOver] = useState(false);
    const [wrong, setWrong] = useState(null);
    const picker = useRef(null);

    function take(list) {
        const [one] = list;

        if (!one) {
            return;
        }
        if (one.size > max) {
            setWrong(t('file.tooLarge', { size: bytes(one.size),
                max: bytes(max) }));
            return;
        }
        setWrong(one.size === 0 ? t('file.empty') : null);
        if (one.size > 0) {
            onFile(one);
            announce(t('file.taken', { name: one.name }));
        }
    }
    function dropped(event) {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer.files);
    }
    return html`<${Field} ...${field} error=${wrong || field.error}>${
        (props) => html`<div class="drop ${over ? 'over' : ''}"
        onDragOver=${(event) => {
        event.preventDefault();
        setOver(true);
    }} onDragLeave=${() => setOver(false)} onDrop=${dropped}>
        <input type="file" ...${props} ref=${picker} class="visually-hidden"
            accept=${accept} onChange=${(event) => {
        take(event.target.files);
        event.target.value = '';
    }} />
        ${file ? html`<p class="file"><strong><${Text} value=${file.name} />
                </strong> <span class="muted">${bytes(file.size)}</span></p>
                <button type="button" class="quiet" onClick=${() => {
        onFile(null);
        picker.current.focus();
    }}>${t('file.remove')}</button>` : html`<p>${drop}</p>`}
        <span class="pick" aria-hidden="true" onClick=${
        () => picker.current.click()}>${
        file ? t('file.other') : t('file.pick')}</span>
    </div>`}<//>`;
}
