// SPDX-License-Identifier: Apache-2.0
import { html, useEffect, useId, useRef } from '../lib.js';
import { t } from '../i18n.js';

/** A native modal dialog: it keeps the focus, gives it back, and closes with
 * Escape unless `locked`. What has `data-first` gets the focus. */
export function Dialog({ title, onClose, children, wide, locked, actions }) {
    const box = useRef(null);
    const id = useId();

    useEffect(() => {
        const dialog = box.current;
        const before = document.activeElement;

        dialog.showModal();
        (dialog.querySelector('[data-first]') ||
            dialog.querySelector('h2')).focus();
        return () => {
            dialog.close();
            if (before?.isConnected) {
                before.focus();
            }
            else {
                document.querySelector('main h1')?.focus();
            }
        };
    }, []);
    return html`<dialog ref=${box} class=${wide ? 'wide' : ''}
        aria-labelledby=${id} onCancel=${(event) => {
        event.preventDefault();
        if (!locked) {
            onClose();
        }
    }} onClick=${(event) => {
        if (event.target === box.current && !locked) {
            onClose();
        }
    }}>
        <article>
            <header><h2 id=${id} tabindex="-1">${title}</h2>
                ${!locked && html`<button type="button" class="quiet icon"
                    aria-label=${t('close')} onClick=${onClose}>×</button>`}
            </header>
            <div class="dialog-body">${children}</div>
            ${actions && html`<footer>${actions}</footer>`}
        </article>
    </dialog>`;
}
