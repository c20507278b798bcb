// SPDX-License-Identifier: Apache-2.0
// Export the CSR, or ask a CA for another subject or a new key.
import { html, useEffect, useState } from '../lib.js';
import { get, save } from '../api.js';
import { useDraft } from '../drafts.js';
import { t } from '../i18n.js';
import { change, panel } from '../panel.js';
import { href } from '../router.js';
import { useStore } from '../store.js';
import { Run, useAction } from '../ui/action.js';
import { Form } from '../ui/form.js';
import { announce } from '../ui/live.js';
import { ProblemNotice } from '../ui/notice.js';
import { Copy } from '../ui/text.js';
import { actionOf, whyNot } from '../parts/actions.js';
import { Procedure, Unavailable, useTag } from './procedure.js';
import { KeyField, specOf, startValues, SUBJECT_FIELDS,
    SubjectFields } from './subject.js';

/** The request, to be saved or copied, and what comes next. */
function CsrFile({ file }) {
    return html`<div class="card">
        <pre class="pem" tabindex="0" aria-label=${t('csr.title')}>${
    file.text}</pre>
        <div class="buttons"><button type="button" onClick=${() => {
        save(file);
        announce(t('saved', { name: file.name }));
    }}>${t('download', { name: file.name })}</button>
            <${Copy} text=${file.text} label=${t('copy.csr')} /></div>
        <h2>${t('csr.next')}</h2>
        <ol class="steps"><li>${t('csr.step1')}</li><li>${t('csr.step2')}</li>
            <li>${t('csr.step3')}</li></ol>
        <p><a href=${href('reply')}>${t('do.reply')}</a></p>
    </div>`;
}

export function Csr() {
    const { certificate: data } = useStore(panel);
    const [file, setFile] = useState(null);
    const action = useAction(async ({ signal }) =>
        setFile(await get('/certificate/csr', { signal })));
    const why = whyNot('csr', data.actions.csr, data.state);

    useEffect(() => {
        if (!why) {
            action.run();
        }
    }, []);
    return html`<${Procedure} name="csr">
        ${why && html`<${Unavailable} why=${why} links=${['create', 'import']} />`}
        ${action.problem && html`<${ProblemNotice} problem=${action.problem} />`}
        ${file && html`<${CsrFile} file=${file} />`}
        <p class="help">${t('csr.other')} <a href=${href('request')}>${
        t('do.request')}</a></p><//>`;
}

export function Request() {
    const { certificate: data } = useStore(panel);
    const tag = useTag();
    const [file, setFile] = useState(null);
    const [values, set, drop] = useDraft('request',
        { ...startValues(data.certificate),
            key: data.certificate ? '' : 'rsa-2048' });
    const action = useAction(async ({ signal }) => {
        const body = specOf(values);

        if (values.key) {
            body.key = values.key;
        }
        const done = await change('POST', '/certificate/csr',
            { signal, etag: tag.tag, body });
        const { id } = done.certificate;

        drop();
        tag.accept();
        setFile(await get(`/versions/${id}/csr`, { signal }));
        announce(t('request.done'));
    });
    const why = whyNot('request', actionOf('request', data.actions),
        data.state);

    if (why) {
        return html`<${Procedure} name="request"><${Unavailable} why=${why}
            links=${[]} /><//>`;
    }
    if (file) {
        return html`<${Procedure} name="csr" title=${t('request.done')}
            intro=${t('request.doneText')}><${CsrFile} file=${file} /><//>`;
    }
    return html`<${Procedure} name="request" tag=${tag} action=${action}>
        <${Form} action=${action} fields=${SUBJECT_FIELDS}
            label=${t('do.request')} onSubmit=${() => action.run()}>
            <div class="card">
                <${SubjectFields} values=${values} set=${set}
                    action=${action} />
                <fieldset><legend>${t('key')}</legend>
                    <${KeyField} values=${values} set=${set} action=${action}
                        keep=${Boolean(data.certificate)} /></fieldset>
            </div>
            <div class="buttons">
                <${Run} action=${action} disabled=${tag.stale}
                    busyText=${t('create.busy')}>${t('request.go')}<//>
                <a href=${href('certificate')}>${t('cancel')}</a>
            </div>
        <//><//>`;
}
