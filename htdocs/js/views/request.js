// SPDX-License-Identifier: Apache-2.0
// Ask a CA for another subject, other names or a new key.
import { html, useState } from '../lib.js';
import { get } from '../api.js';
import { useDraft } from '../drafts.js';
import { t } from '../i18n.js';
import { change, panel } from '../panel.js';
import { href } from '../router.js';
import { useStore } from '../store.js';
import { Run, useAction } from '../ui/action.js';
import { Form } from '../ui/form.js';
import { announce } from '../ui/live.js';
import { actionOf, whyNot } from '../parts/actions.js';
import { CsrFile } from '../parts/csr-file.js';
import { Procedure, Unavailable, useTag } from '../parts/procedure.js';
import { KeyField, specOf, startValues, SUBJECT_FIELDS,
    SubjectFields } from '../parts/subject.js';

export default function Request() {
    const { certificate: data } = useStore(panel);
    const tag = useTag();
    const [file, setFile] = useState(null);
    const [values, set, drop] = useDraft('request',
        { ...startValues(data),
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
        setFile({ ...await get(`/versions/${id}/csr`, { signal }),
            details: done.certificate.warnings });
        announce(t('request.done'));
    });
    const why = whyNot('request', actionOf('request', data.actions));

    if (why) {
        return html`<${Procedure} name="request"><${Unavailable} why=${why}
            links=${[]} /><//>`;
    }
    if (file) {
        return html`<${Procedure} name="csr" title=${t('request.done')}
            intro=${t('request.doneText')}><${CsrFile} file=${file}
            warnings=${file.details} /><//>`;
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
