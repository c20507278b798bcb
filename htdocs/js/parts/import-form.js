// SPDX-License-Identifier: Apache-2.0
// Look into a certificate database, choose a key in it, import that.
import { html, useEffect, useRef, useState } from '../lib.js';
import { call } from '../api.js';
import { useDraft } from '../drafts.js';
import { base64 } from '../files.js';
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
import { Warnings } from './judgement.js';
import { placeBody, placeDone, PlaceNote } from './place.js';
import { chainNote, Preview } from './preview.js';

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

/** The body of the call. @param alias  of a key in the file; null: its one */
async function bodyOf({ values, passwords, exists }, alias) {
    const { file, use } = values;
    const body = { keystore: await base64(file), password: passwords.file };

    if (passwords.key) {
        body.keyPassword = passwords.key;
    }
    if (alias !== null) {
        body.alias = alias;
    }
    if (use === 'passive') {
        return { ...body, passive: true };
    }
    return exists ? { ...body, ...placeBody(use) } : body;
}

/** The same where the file has nothing but a better chain. */
function chainBody({ passive, beside, ...body }) {
    return { ...body, replace: true };
}

/** What was typed and chosen.
 * @return {values, passwords, set(patch), setPasswords(patch), drop()} */
function useTyped() {
    const [values, set, drop] = useDraft('import',
        { file: null, use: 'serve', alias: null });
    const [passwords, setPasswords] = useState({ file: '', key: '' });

    return { values, passwords, set, drop, setPasswords: (patch) =>
        setPasswords((before) => ({ ...before, ...patch })) };
}

/** Looking into the file: the action, and what it found, or null. */
function useLook(form) {
    const [preview, setPreview] = useState(null);
    const look = useAction(async ({ signal, onProgress }, alias) => {
        const { data } = await call('POST', '/keystore/import', { signal,
            onProgress, body: { ...await bodyOf(form, alias), preview: true } });

        setPreview({ ...data,
            all: alias === null ? data.entries : preview.all });
        form.set({ alias });
        announce(t('preview.ready'));
    });

    return { look, preview, forget: () => setPreview(null) };
}

/** Importing it. */
function useImport(form, preview, tag) {
    const { values, exists, drop } = form;
    const updates = preview?.chainUpdates;

    return useAction(async ({ signal, onProgress }) => {
        const body = await bodyOf(form, values.alias);
        const done = await change('POST', '/keystore/import', { signal,
            onProgress, etag: tag.tag, body: updates ? chainBody(body) : body });

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
}

function PasswordFields({ passwords, onPasswords, action }) {
    return html`<${PasswordField} name="password" label=${t('import.password')}
            help=${t('import.password.help')} action=${action}
            autocomplete="off" value=${passwords.file}
            onValue=${(file) => onPasswords({ file })} />
        <details class="more"><summary>${t('import.more')}</summary>
            <${PasswordField} name="keyPassword" optional
                label=${t('import.keyPassword')} autocomplete="off"
                help=${t('import.keyPassword.help')} action=${action}
                value=${passwords.key}
                onValue=${(key) => onPasswords({ key })} /></details>`;
}

function UseField({ exists, value, onValue }) {
    const uses = exists ? ['serve', 'beside', 'passive'] : ['serve', 'passive'];
    const replaces = (use) => exists && use === 'serve';

    return html`<${Choice} name="use" label=${t('import.use')} value=${value}
        onValue=${onValue} options=${uses.map((use) => [use,
        t(replaces(use) ? 'import.use.replace' : `import.use.${use}`),
        t(replaces(use) ? 'place.replace.help' : `import.use.${use}.help`)])} />`;
}

/** What the file holds would become of, and the button for it. */
function Found({ preview, form, store, tag }) {
    const { certificate: data } = useStore(panel);
    const { certificate: cert, chainUpdates: updates } = preview;
    const passive = form.values.use === 'passive' && !updates;
    const place = form.values.use === 'beside' ? 'beside' : 'replace';

    return html`<${Preview} cert=${cert} trial=${preview.trial}
            served=${!passive} updates=${updates} note=${updates
        ? chainNote(updates) : t('import.read',
            { format: t(`format.${preview.format}`) })} />
        <${Form} action=${store} label=${t('import.go')}
            onSubmit=${() => store.run()}>
            ${form.exists && !passive && !updates && html`<${PlaceNote}
                data=${data} newKey=${cert.key} place=${place} />`}
            <div class="buttons">
            <${Run} action=${store} disabled=${tag.stale}
                busyText=${t('activate.busy')}>${
        t(updates ? 'chain.go' : passive ? 'import.goPassive' : 'import.go')}<//>
            <a href=${href('certificate')}>${t('cancel')}</a></div>
        <//>`;
}

/** @param exists  there is a certificate: replace it, or keep the key only */
export function ImportForm({ exists, tag }) {
    const form = { ...useTyped(), exists };
    const { values, passwords, set, setPasswords } = form;
    const { look, preview, forget } = useLook(form);
    const store = useImport(form, preview, tag);
    const result = useRef(null);
    const edited = () => {
        forget();
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
        edited();
    }} />
            <${PasswordFields} passwords=${passwords} action=${look}
                onPasswords=${(patch) => {
        setPasswords(patch);
        edited();
    }} />
            <${UseField} exists=${exists} value=${values.use}
                onValue=${(use) => {
        set({ use });
        edited();
    }} />
            <${Run} action=${look} disabled=${!values.file}
                kind=${preview ? 'secondary' : 'primary'}
                busyText=${t('preview.busy')}>${t('preview.go')}<//>
            </div>
        <//>
        <div ref=${result}>
        ${preview?.all.length > 1 && html`<div class="card">
            <${Entries} entries=${preview.all} alias=${values.alias}
                action=${look} onAlias=${(alias) => look.run(alias)} /></div>`}
        ${preview && !preview.certificate && html`
            <${Warnings} warnings=${preview.warnings} />`}
        ${preview?.certificate && html`<${Found} preview=${preview}
            form=${form} store=${store} tag=${tag} />`}</div>`;
}
