// SPDX-License-Identifier: Apache-2.0
// Export a package: signed always, encrypted by choice.
import { html, useState } from '../lib.js';
import { call } from '../api.js';
import { save } from '../files.js';
import { digestName } from '../format.js';
import { known, t } from '../i18n.js';
import { href } from '../router.js';
import { panel } from '../panel.js';
import { useStore } from '../store.js';
import { useAction } from '../ui/action.js';
import { Check } from '../ui/check.js';
import { Dialog } from '../ui/dialog.js';
import { Choice, Form } from '../ui/form.js';
import { announce } from '../ui/live.js';
import { Notice } from '../ui/notice.js';
import { Progress } from '../ui/progress.js';
import { may } from './actions.js';
import { CertificatesField } from './certificates.js';
import { packagePath } from './package.js';

const RIGHTS = ['view', 'repackage', 'edit'];
const FIELDS = ['encrypt', 'recipients'];

function bodyOf({ encrypt, recipients, rights, versionHistory, digest }) {
    const body = { encrypt, versionHistory };

    if (digest !== 'keep') {
        body.signatureDigest = digest;
    }
    if (encrypt && recipients.length) {
        body.recipients = recipients.map((one) => one.certificate);
    }
    if (RIGHTS.some((right) => !rights[right])) {
        body.rights = rights;
    }
    return body;
}

/** What is stored encrypted, and the caller may not have decrypted: it goes
 * along as it is, and nothing can be chosen. */
const isLocked = (one, status) => !may(status, 'export') &&
    (one.encrypted || one.items.some(({ encrypted }) => encrypted));

/** What the file is not as one might think it is. */
function Saved({ name, warnings }) {
    return html`<${Notice} kind="good" role="status"
            title=${t('saved', { name })} />
        ${warnings.map((slug) => html`<${Notice} key=${slug} kind="soon"
            title=${known(`warning.${slug}`) ? t(`warning.${slug}`) : slug}>
            ${known(`warning.${slug}.do`) && html`<p>${
        t(`warning.${slug}.do`)}</p>`}<//>`)}`;
}

/** Which servers can check the signatures. */
function Digest({ one, values, set }) {
    return html`<details class="more"><summary>${t('digest')}</summary>
        <${Choice} name="digest" label=${t('digest')} value=${values.digest}
            onValue=${(digest) => set({ digest })}
            options=${['keep', 'md5', 'sha256'].map((value) => [value,
        t(`digest.${value}`, { digest: one.signatureDigest
            ? digestName(one.signatureDigest) : 'MD5' }),
        t(`digest.${value}.help`)])} /></details>`;
}

/** What the receiver may do with the elements. */
function Rights({ values, set }) {
    return html`<details class="more"><summary>${t('rights')}</summary>
        <${Check} label=${t('history')} help=${t('history.help')}
            checked=${values.versionHistory}
            onChecked=${(versionHistory) => set({ versionHistory })} />
        <fieldset class="rights"><legend>${t('rights.may')}</legend>
            <p class="help">${t('rights.may.help')}</p>
            ${RIGHTS.map((right) => html`
            <${Check} key=${right} label=${t(`rights.${right}`)}
                checked=${values.rights[right]} onChecked=${(on) => set({
        rights: { ...values.rights, [right]: on } })} />`)}</fieldset>
    </details>`;
}

/** For whom it is encrypted, and what they may do with it. */
function Receivers({ one, values, set, action }) {
    const { status } = useStore(panel);
    const locked = isLocked(one, status);

    return html`<${Choice} name="encrypt" label=${t('encrypt')}
            value=${values.encrypt ? 'yes' : 'no'} action=${action}
            onValue=${(value) => set({ encrypt: value === 'yes' })}
            options=${['no', 'yes'].map((value) => [value,
        t(`encrypt.${value}`), t(`encrypt.${value}.help`),
        locked && value === 'no'])} />
        ${locked ? html`<${Notice} kind="info"><p>${
        t('lacks.decrypt')}</p><//>` : html`
        ${values.encrypt && html`<${CertificatesField} name="recipients"
            label=${t('recipients')} help=${t('recipients.help')}
            values=${values.recipients} action=${action}
            onValues=${(recipients) => set({ recipients })} />`}
        <${Rights} values=${values} set=${set} />`}`;
}

export function ExportDialog({ one, onClose }) {
    const { status } = useStore(panel);
    const [saved, setSaved] = useState(null);
    const [values, setValues] = useState({
        encrypt: one.encrypted || isLocked(one, status),
        recipients: [], versionHistory: true, digest: 'keep',
        rights: { view: true, repackage: true, edit: true } });
    const set = (patch) => {
        setSaved(null);
        setValues((before) => ({ ...before, ...patch }));
    };
    const action = useAction(async ({ signal, onProgress }) => {
        setSaved(null);
        const file = await call('POST', `${packagePath(one.name)}/export`, {
            signal, body: bodyOf(values), onReceived: onProgress,
            timeout: 0 });

        save(file);
        setSaved(file);
        announce(t('saved', { name: file.name }));
    });

    return html`<${Dialog} title=${t('pkgexport.title')} wide
        onClose=${onClose}>
        <p class="muted">${t('pkgexport.intro')}</p>
        <${Form} action=${action} fields=${FIELDS}
            label=${t('pkgexport.title')} onSubmit=${() => action.run()}>
            ${action.problem?.slug === 'no-certificate' && html`<p><a
                href=${href('create')}>${t('do.create')}</a></p>`}
            <${Receivers} one=${one} values=${values} set=${set}
                action=${action} />
            <${Digest} one=${one} values=${values} set=${set} />
            ${action.busy && html`<${Progress} label=${t('pkgexport.title')}
                share=${action.share} onCancel=${action.cancel}>${
        t(action.share === null ? 'pkgexport.busy'
            : 'pkgexport.receiving')}<//>`}
            ${saved && html`<${Saved} name=${saved.name}
                warnings=${saved.warnings} />`}
            <div class="buttons">
                <button type="button" class="secondary" onClick=${onClose}>${
        t(saved ? 'close' : 'cancel')}</button>
                <button type="submit" class="primary" data-first
                    aria-disabled=${action.busy ? 'true' : undefined}>${
        t('pkgexport.go')}</button></div>
        <//><//>`;
}
