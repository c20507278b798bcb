// SPDX-License-Identifier: Apache-2.0
// Import certificate database: look into the file, choose, import.
import { html, useEffect, useRef, useState } from '../lib.js';
import { base64, call } from '../api.js';
import { useDraft } from '../drafts.js';
import { keyName } from '../format.js';
import { t } from '../i18n.js';
import { change, confirmServed, panel } from '../panel.js';
import { go, href } from '../router.js';
import { useStore } from '../store.js';
import { Run, useAction } from '../ui/action.js';
import { FileField } from '../ui/file.js';
import { Choice, Form, PasswordField } from '../ui/form.js';
import { announce } from '../ui/live.js';
import { Text, Time } from '../ui/text.js';
import { whyNot } from '../parts/actions.js';
import { Warnings } from '../parts/judgement.js';
import { placeBody, placeDone, PlaceNote } from '../parts/place.js';
import { chainNote, Preview } from './preview.js';
import { Procedure, Unavailable, useTag } from './procedure.js';

const MAX_BYTES = 4 * 1024 * 1024;
const FIELDS = ['keystore', 'password', 'keyPassword', 'alias'];

/** The keys in a file that holds several. */
function Entries({ entries, alias, onAlias, action }) {
    return html`<${Choice} name="alias" action=${action}
        label=${t('import.choose')} help=${t('import.choose.help')}
        value=${alias} onValue=${onAlias}
        options=${entries.map((entry) => [entry.alias,
        html`<${Text} value=${entry.alias} />`,
        entry.subjectText && html`<${Text} value=${entry.subjectText} />,
            ${keyName(entry.key)}, ${t('validity.to')} <${Time}
            value=${entry.notAfter} style="day" />`])} />`;
}

/** @param exists  there is a certificate: replace it, or keep the key only */
export function ImportForm({ exists, tag }) {
    const [values, set, drop] = useDraft('import',
        { file: null, use: 'serve', alias: null });
    const [password, setPassword] = useState('');
    const [keyPassword, setKeyPassword] = useState('');
    const [preview, setPreview] = useState(null);
    const result = useRef(null);
    const updates = preview?.chainUpdates;
    const passive = values.use === 'passive' && !updates;
    const place = values.use === 'beside' ? 'beside' : 'replace';
    const { certificate: data } = useStore(panel);

    async function bodyOf(alias) {
        const body = { keystore: await base64(values.file), password };

        if (keyPassword) {
            body.keyPassword = keyPassword;
        }
        if (alias !== null) {
            body.alias = alias;
        }
        if (values.use === 'passive') {
            body.passive = true;
        }
        return exists && values.use !== 'passive'
            ? { ...body, ...placeBody(place) } : body;
    }
    const look = useAction(async ({ signal, onProgress }, alias) => {
        const answer = await call('POST', '/keystore/import', { signal,
            onProgress, body: { ...await bodyOf(alias), preview: true } });

        setPreview({ ...answer.data, all: alias === null
            ? answer.data.entries : preview.all });
        set({ alias: alias === null && answer.data.entries.length === 1
            ? null : alias });
        announce(t('preview.ready'));
    });
    const store = useAction(async ({ signal, onProgress }) => {
        const body = await bodyOf(values.alias);

        if (updates) {
            delete body.passive;
            delete body.beside;
            body.replace = true;
        }
        const done = await change('POST', '/keystore/import',
            { signal, onProgress, etag: tag.tag, body });

        drop();
        if (done.certificate.state === 'passive') {
            go('versions', done.certificate.id);
            announce(t(updates ? 'chain.done' : 'import.donePassive'));
            return;
        }
        go('certificate');
        confirmServed(done.certificate.fingerprint,
            t(updates ? 'chain.done' : exists ? placeDone(done, 'replace.done')
                : 'import.done'));
    });
    const edit = () => {
        setPreview(null);
        look.clear();
        store.clear();
    };

    useEffect(() => {
        if (preview) {
            (result.current.querySelector('h2') ||
                result.current.querySelector('input'))?.focus();
        }
    }, [preview]);
    return html`<${Form} action=${look} fields=${FIELDS}
            label=${t('do.import')} onSubmit=${() => look.run(null)}>
            <div class="card">
            <${FileField} name="keystore" label=${t('import.file')}
                help=${t('import.file.help')} action=${look}
                file=${values.file} max=${MAX_BYTES} drop=${t('import.drop')}
                onFile=${(file) => {
        set({ file, alias: null });
        edit();
    }} />
            <${PasswordField} name="password" label=${t('import.password')}
                help=${t('import.password.help')} action=${look}
                autocomplete="off" value=${password}
                onValue=${(value) => {
        setPassword(value);
        edit();
    }} />
            <details class="more"><summary>${t('import.more')}</summary>
                <${PasswordField} name="keyPassword" optional
                    label=${t('import.keyPassword')} autocomplete="off"
                    help=${t('import.keyPassword.help')} action=${look}
                    value=${keyPassword} onValue=${(value) => {
        setKeyPassword(value);
        edit();
    }} /></details>
            <${Choice} name="use" label=${t('import.use')} value=${values.use}
                onValue=${(use) => {
        set({ use });
        edit();
    }} options=${(exists ? ['serve', 'beside', 'passive']
        : ['serve', 'passive']).map((use) => [use,
        t(exists && use === 'serve' ? 'import.use.replace'
            : `import.use.${use}`),
        t(exists && use === 'serve' ? 'place.replace.help'
            : `import.use.${use}.help`)])} />
            <${Run} action=${look} disabled=${!values.file}
                kind=${preview ? 'secondary' : 'primary'}
                busyText=${t('preview.busy')}>${t('preview.go')}<//>
            </div>
        <//>
        <div ref=${result}>
        ${preview && preview.all.length > 1 && html`<div class="card">
            <${Entries} entries=${preview.all} alias=${values.alias}
                action=${look} onAlias=${(alias) => look.run(alias)} /></div>`}
        ${preview && !preview.certificate && html`
            <${Warnings} warnings=${preview.warnings} />`}
        ${preview?.certificate && html`
            <${Preview} cert=${preview.certificate} trial=${preview.trial}
                served=${!passive} updates=${updates} note=${updates
        ? chainNote(updates) : t('import.read',
            { format: t(`format.${preview.format}`) })} />
            <${Form} action=${store} label=${t('import.go')}
                onSubmit=${() => store.run()}>
                ${exists && !passive && !updates && html`<${PlaceNote}
                    data=${data} newKey=${preview.certificate.key}
                    place=${place} />`}
                <div class="buttons">
                <${Run} action=${store} disabled=${tag.stale}
                    busyText=${t('activate.busy')}>${
        t(updates ? 'chain.go' : passive ? 'import.goPassive' : 'import.go')}<//>
                <a href=${href('certificate')}>${t('cancel')}</a></div>
            <//>`}</div>`;
}

export default function Import() {
    const { certificate: data } = useStore(panel);
    const tag = useTag();
    const [wasPossible] = useState(data.actions.import.available);
    const why = whyNot('import', data.actions.import, data.state);

    return html`<${Procedure} name="import" tag=${tag}>
        ${why && !wasPossible ? html`<${Unavailable} why=${why}
            links=${data.certificate ? ['replace'] : []} />`
        : html`<${ImportForm} tag=${tag} />`}<//>`;
}
