// SPDX-License-Identifier: Apache-2.0
// The end of an entry: all its keys are destroyed.
import { html, useEffect, useState } from '../lib.js';
import { Problem } from '../http.js';
import { t } from '../i18n.js';
import { change, panel } from '../panel.js';
import { href } from '../router.js';
import { useStore } from '../store.js';
import { Run, useAction } from '../ui/action.js';
import { Dialog } from '../ui/dialog.js';
import { Form, TextField } from '../ui/form.js';
import { Notice } from '../ui/notice.js';
import { Text } from '../ui/text.js';

// What "force" passes over.
const OBJECTIONS = ['entry-served', 'key-in-use', 'package-needs-key'];

/** Why it is not done as it is, and what would come of doing it. */
function Objection({ problem, hosts }) {
    const { slug, packages, versions } = problem;
    const names = packages || versions?.map((one) => t(
        'destroy.shared.version', { n: one.number, entry: one.entry,
            state: t(`state.${one.state}`) })) || hosts;

    return html`<${Notice} kind="soon" role="alert" title=${
        t(`problem.${slug}`)}>
        <ul class="plain">${names.map((name) => html`<li key=${name}>
            <${Text} value=${name} /></li>`)}</ul>
        <p>${t(`entries.destroy.${slug}`)}</p>
        <p>${t('entries.destroy.force')}</p><//>`;
}

function Done({ name, count, onClose }) {
    return html`<${Dialog} title=${t('entries.destroy.title')}
        onClose=${onClose} actions=${html`<a role="button" data-first
            href=${href('entries')}>${t('entries.all')}</a>`}>
        <${Notice} kind="good" role="status" title=${
        t('entries.destroy.done', { n: count })}>
            <p><${Text} value=${name} /></p><//><//>`;
}

export default function DestroyEntry({ onClose }) {
    const { certificate: data, etag } = useStore(panel);
    const [tag] = useState(etag);
    const [name] = useState(data.entry);
    const [typed, setTyped] = useState('');
    const [objection, setObjection] = useState(null);
    const [count, setCount] = useState(null);
    const isNamed = typed.trim() === name;
    const action = useAction(async ({ signal }) => {
        if (!isNamed) {
            throw new Problem('not-confirmed', { field: 'confirm' });
        }
        const { destroyed } = await change('DELETE',
            `/entries/${encodeURIComponent(name)}`,
            { signal, etag: tag, query: { force: Boolean(objection) || null } });

        setCount(destroyed);
    });
    const { problem } = action;
    const objects = OBJECTIONS.includes(problem?.slug);

    useEffect(() => {
        if (objects) {
            setObjection(problem);
        }
    }, [problem]);
    if (count !== null) {
        return html`<${Done} name=${name} count=${count} onClose=${onClose} />`;
    }
    return html`<${Dialog} title=${t('entries.destroy.title')}
        onClose=${onClose}>
        <${Notice} kind="bad"><p>${t('entries.destroy.text')}</p><//>
        <p class="dialog-name"><${Text} value=${name} /></p>
        ${problem?.slug === 'stale' && html`<${Notice} kind="soon" role="alert"
            title=${t('stale.title')}><p>${t('entries.destroy.stale')}</p><//>`}
        <${Form} action=${objects ? { ...action, problem: null } : action}
            fields=${['confirm']} label=${t('entries.destroy.title')}
            onSubmit=${() => action.run()}>
            ${objection && html`<${Objection} problem=${objection}
                hosts=${data.hosts} />`}
            <${TextField} name="confirm" action=${action} value=${typed}
                label=${t('destroy.confirm', { phrase: name })}
                onValue=${setTyped} input=${{ autocomplete: 'off',
        autocapitalize: 'off', spellcheck: false }} />
            <div class="buttons">
                <button type="button" class="secondary" data-first
                    onClick=${onClose}>${t('keep')}</button>
                <${Run} action=${action} kind="danger" disabled=${!isNamed}>${
        t(objection ? 'destroy.anyway' : 'destroy.go')}<//>
            </div><//><//>`;
}
