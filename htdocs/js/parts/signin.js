// SPDX-License-Identifier: Apache-2.0
import { html, useEffect, useRef, useState } from '../lib.js';
import { t } from '../i18n.js';
import { callOff, forget, session, signIn } from '../session.js';
import { useStore } from '../store.js';
import { Run, useAction } from '../ui/action.js';
import { Dialog } from '../ui/dialog.js';
import { Form, PasswordField, TextField } from '../ui/form.js';
import { Notice } from '../ui/notice.js';
import { Problem } from '../http.js';
import { Mark } from '../shell.js';

function SignInForm({ user: fixed, onDone, onCancel, go = t('signin') }) {
    const [user, setUser] = useState(fixed || '');
    const [password, setPassword] = useState('');
    const action = useAction(async () => {
        if (!await signIn(user.trim(), password)) {
            setPassword('');
            throw new Problem('wrong-sign-in', { field: 'password' });
        }
        onDone?.();
    });

    return html`<${Form} action=${action} fields=${['password']}
        label=${go} onSubmit=${() => action.run()}>
        ${fixed ? html`<input type="text" class="visually-hidden" value=${user}
            name="username" autocomplete="username" readonly tabindex="-1"
            aria-hidden="true" />`
        : html`<${TextField} name="username" label=${t('signin.user')}
            value=${user} onValue=${setUser} input=${{ name: 'username',
        autocomplete: 'username', autocapitalize: 'off', spellcheck: false,
        required: true }} />`}
        <${PasswordField} name="password" label=${t('signin.password')}
            value=${password} onValue=${setPassword} action=${action}
            autocomplete="current-password" first=${Boolean(fixed)} />
        <div class=${onCancel ? 'buttons' : ''}>
            ${onCancel && html`<button type="button" class="secondary"
                onClick=${onCancel}>${t('cancel')}</button>`}
            <${Run} action=${action} busyText=${t('signin.busy')}>${go}<//>
        </div>
    <//>`;
}

export function SignIn() {
    const { reason } = useStore(session);
    const box = useRef(null);

    useEffect(() => {
        document.title = `${t('signin')} – ${t('title')}`;
        box.current.querySelector('input')?.focus();
    }, []);
    return html`<main class="signin" ref=${box}>
        <article class="card">
            <header><${Mark} /><h1>${t('title')}</h1>
                <p class="muted"><bdi>${location.host}</bdi></p></header>
            ${reason === 'signed-out' && html`<${Notice} kind="good"
                role="status"><p>${t('signin.out')}</p><//>`}
            <${SignInForm} />
        </article>
        <p class="help">${t('signin.help')}</p>
    </main>`;
}

/** Over the page: what was asked for takes a password that was typed of late. */
export function Confirm() {
    const { user } = useStore(session);

    return html`<${Dialog} title=${t('confirm.title')} onClose=${callOff}>
        <p>${t('confirm.text', { user })}</p>
        <${SignInForm} user=${user} go=${t('confirm.go')}
            onCancel=${callOff} />
    <//>`;
}

/** Over the page: the session ended, and what was typed is still there. */
export function SignInAgain() {
    const { user } = useStore(session);

    return html`<${Dialog} title=${t('again.title')} locked>
        <p>${t('again.text', { user })}</p>
        <${SignInForm} user=${user} />
        <p><button type="button" class="link" onClick=${() => forget(null)}>${
        t('again.other')}</button></p>
    <//>`;
}
