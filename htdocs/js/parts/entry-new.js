// SPDX-License-Identifier: Apache-2.0
// A name for an entry that is not there yet. Its page offers how to begin.
import { html, useState } from '../lib.js';
import { get } from '../api.js';
import { entryHref } from '../entry.js';
import { Problem } from '../http.js';
import { t } from '../i18n.js';
import { Run, useAction } from '../ui/action.js';
import { Dialog } from '../ui/dialog.js';
import { Form, TextField } from '../ui/form.js';
import { Text } from '../ui/text.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/; // as the server takes them

export function NewEntry({ onClose }) {
    const [typed, setTyped] = useState('');
    const name = typed.trim();
    const action = useAction(async ({ signal }) => {
        if (!NAME.test(name)) {
            throw new Problem('bad-entry-name', { field: 'entry' });
        }
        const { data } = await get('/certificate',
            { signal, query: { entry: name } });

        if (data.state !== 'empty') {
            throw new Problem('entry-exists', { field: 'entry', name });
        }
        location.assign(entryHref(name));
    });
    const there = action.problem?.slug === 'entry-exists' &&
        action.problem.name;

    return html`<${Dialog} title=${t('entries.new')} onClose=${onClose}>
        <${Form} action=${action} fields=${['entry']} label=${t('entries.new')}
            onSubmit=${() => action.run()}>
            <${TextField} name="entry" action=${action} value=${typed}
                label=${t('entries.new.name')} help=${t('entries.new.help')}
                onValue=${(value) => {
        setTyped(value);
        action.clear();
    }} input=${{ 'data-first': true, maxlength: 64, autocomplete: 'off',
        autocapitalize: 'off', spellcheck: false }} />
            ${there && html`<p><a href=${entryHref(there)}>${
        t('entries.open')} <${Text} value=${there} /></a></p>`}
            <div class="buttons">
                <button type="button" class="secondary" onClick=${onClose}>${
        t('cancel')}</button>
                <${Run} action=${action} disabled=${!name}>${
        t('entries.new.go')}<//></div>
        <//><//>`;
}
