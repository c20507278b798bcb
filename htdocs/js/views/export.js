// SPDX-License-Identifier: Apache-2.0
// Export certificate database.
import { html, useState } from '../lib.js';
import { call } from '../api.js';
import { save } from '../files.js';
import { Problem } from '../http.js';
import { t } from '../i18n.js';
import { panel, refresh } from '../panel.js';
import { href } from '../router.js';
import { useStore } from '../store.js';
import { Run, useAction } from '../ui/action.js';
import { Choice, Form, PasswordField } from '../ui/form.js';
import { announce } from '../ui/live.js';
import { Notice } from '../ui/notice.js';
import { whyNot } from '../parts/actions.js';
import { Procedure, Unavailable } from '../parts/procedure.js';

const MIN_PASSWORD = 12; // as the server has it (VSO_MIN_PASSWORD)
const FORMATS = ['pkcs12', 'pem', 'jceks', 'jks'];

/** Before anything is sent. */
function check(password, again) {
    if ([...password].length < MIN_PASSWORD || !password.trim()) {
        throw new Problem('password-short', { field: 'password' });
    }
    if (password !== again) {
        throw new Problem('passwords-differ', { field: 'again' });
    }
}

export default function Export({ id }) {
    const { certificate: data } = useStore(panel);
    const [format, setFormat] = useState('pkcs12');
    const [password, setPassword] = useState('');
    const [again, setAgain] = useState('');
    const [saved, setSaved] = useState(null);
    const action = useAction(async ({ signal }) => {
        check(password, again);
        const body = { password, format };

        if (id) {
            body.version = Number(id);
        }
        const file = await call('POST', '/keystore/export', { signal, body });

        save(file);
        setSaved(file.name);
        setPassword('');
        setAgain('');
        announce(t('saved', { name: file.name }));
        await refresh({ mine: true }).catch(() => {});
    });
    const why = id && data.actions.export.available ? null
        : whyNot('export', data.actions.export);

    if (why) {
        return html`<${Procedure} name="export"><${Unavailable} why=${why}
            links=${data.certificate ? [] : ['create', 'import']} /><//>`;
    }
    return html`<${Procedure} name="export">
        ${saved && html`<${Notice} kind="good" role="status"
            title=${t('saved', { name: saved })}>
            <p>${t('export.saved')}</p><//>`}
        <${Form} action=${action} fields=${['password', 'again', 'format']}
            label=${t('do.export')} onSubmit=${() => action.run()}>
            <div class="card">
            <${PasswordField} name="password" label=${t('export.password')}
                help=${t('export.password.help')} action=${action} hint
                autocomplete="new-password" value=${password}
                onValue=${setPassword} />
            <${PasswordField} name="again" label=${t('export.again')}
                action=${action} autocomplete="new-password" value=${again}
                onValue=${setAgain} />
            <${Notice} kind="info"><p>${t('export.loss')}</p><//>
            <${Choice} name="format" label=${t('export.format')}
                action=${action} value=${format} onValue=${setFormat}
                options=${FORMATS.map((one) => [one, t(`format.${one}`),
        t(`format.${one}.help`)])} />
            </div>
            <div class="buttons">
                <${Run} action=${action} busyText=${t('export.busy')}>${
        t('export.go')}<//>
                <a href=${href('certificate')}>${
        t(saved ? 'done' : 'cancel')}</a></div>
        <//><//>`;
}
