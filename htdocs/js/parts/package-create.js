// SPDX-License-Identifier: Apache-2.0
// A new package from elements that are stored already.
import { html, useEffect, useState } from '../lib.js';
import { call, get } from '../api.js';
import { number, t } from '../i18n.js';
import { go } from '../router.js';
import { Run, useAction } from '../ui/action.js';
import { Dialog } from '../ui/dialog.js';
import { Form, SelectField, TextField } from '../ui/form.js';
import { announce } from '../ui/live.js';
import { ProblemNotice } from '../ui/notice.js';
import { usePages } from './pages.js';
import { Text } from '../ui/text.js';
import { Choosers, Elements, ElementMarks } from './elements.js';
import { packagePath } from './package.js';

const FIELDS = ['name', 'description', 'elements'];

/** The elements of one stored package; those chosen of others are kept. */
function Source({ name, chosen, onChosen }) {
    const [items, setItems] = useState(null);
    const load = useAction(async ({ signal }) => {
        setItems((await get(packagePath(name), { signal })).data.items);
    });
    const own = new Set((items || []).map((one) => one.id));

    function change(mine) {
        onChosen(new Set([...[...chosen].filter((id) => !own.has(id)),
            ...mine]));
    }
    useEffect(() => {
        load.run();
    }, []);
    const mine = new Set([...chosen].filter((id) => own.has(id)));

    return html`${load.problem && html`
            <${ProblemNotice} problem=${load.problem} />`}
        ${items && html`<${Choosers} elements=${items} chosen=${mine}
                onChosen=${change} />
            <${Elements} elements=${items} chosen=${mine} onChosen=${change}
                marks=${(one) => html`<${ElementMarks} element=${one} />`}
                version=${(one) => html`<${Text}
                    value=${one.version || t('none')} />`} />`}`;
}

/** Every stored package, page after page. */
function useNames() {
    const { items, next, load } = usePages('/packages', null, {}, 'after');

    useEffect(() => {
        if (next) {
            load.run(next);
        }
    }, [next]);
    return { names: (items || []).map((one) => one.name), load };
}

export function CreateDialog({ onClose }) {
    const { names, load } = useNames();
    const [name, setName] = useState('');
    const [description, setDescription] = useState('');
    const [source, setSource] = useState('');
    const [chosen, setChosen] = useState(new Set());
    const action = useAction(async ({ signal }) => {
        const body = { name: name.trim(), elements: [...chosen] };

        if (description.trim()) {
            body.description = description.trim();
        }
        const { data } = await call('POST', '/packages', { signal, body });

        onClose();
        go('packages', data.name);
        announce(t('create.package.done'));
    });

    return html`<${Dialog} title=${t('create.package')} wide onClose=${onClose}>
        <p class="muted">${t('create.package.intro')}</p>
        ${load.problem && html`<${ProblemNotice} problem=${load.problem} />`}
        <${Form} action=${action} fields=${FIELDS}
            label=${t('create.package')} onSubmit=${() => action.run()}>
            <${TextField} name="name" action=${action} value=${name}
                label=${t('create.name')} help=${t('create.name.help')}
                onValue=${setName} input=${{ 'data-first': '',
        autocomplete: 'off', spellcheck: false, maxlength: 255 }} />
            <${TextField} name="description" action=${action} optional
                label=${t('create.description')} value=${description}
                onValue=${setDescription} input=${{ autocomplete: 'off',
        maxlength: 1000 }} />
            <${SelectField} name="elements" action=${action}
                label=${t('create.from')} help=${t('create.from.help')}
                value=${source} onValue=${setSource} options=${[
        ['', t('create.from.none')], ...names.map((one) => [one, one])]} />
            ${source && html`<${Source} key=${source} name=${source}
                chosen=${chosen} onChosen=${setChosen} />`}
            <div class="buttons"><span class="muted" role="status">${
        t('create.chosen', { n: chosen.size,
            count: number(chosen.size) })}</span>
                <button type="button" class="secondary" onClick=${onClose}>${
        t('cancel')}</button>
                <${Run} action=${action} disabled=${!name.trim() ||
        !chosen.size}>${t('create.package.go')}<//></div>
        <//><//>`;
}
