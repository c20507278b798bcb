// SPDX-License-Identifier: Apache-2.0
// What stands around every view.
import { html, useEffect, useRef, useState } from './lib.js';
import { entryName } from './api.js';
import { chooseLanguage, language, languages, t } from './i18n.js';
import { askNow, panel } from './panel.js';
import { href, route } from './router.js';
import { session, signOut } from './session.js';
import { memory, useStore } from './store.js';
import { useAction } from './ui/action.js';
import { announce } from './ui/live.js';
import { Notice, ProblemText } from './ui/notice.js';
import { Text } from './ui/text.js';

const TABS = ['certificate', 'versions', 'packages', 'trusted', 'activity',
    'status'];
const THEMES = ['auto', 'light', 'dark'];

export function Mark() {
    return html`<svg class="mark" viewBox="0 0 32 32" width="32" height="32"
        aria-hidden="true" focusable="false"><rect width="32" height="32"
        rx="8" /><path d="M16 5.500l8 3v6.600c0 5.200-3.300 9.200-8 11.400-4.700-2.200-8-6.200-8-11.400V8.500z" />
        <path d="M12 15.800l3 3 5.200-5.400" /></svg>`;
}

function Theme() {
    const [choice, setChoice] = useState(memory.get('vso-theme') || 'auto');

    function choose(value) {
        memory.set('vso-theme', value === 'auto' ? null : value);
        dispatchEvent(new Event('vso-theme'));
        setChoice(value);
    }
    return html`<label class="pickone"><span>${t('theme')}</span>
        <select value=${choice} onChange=${(e) => choose(e.target.value)}>
        ${THEMES.map((one) => html`<option key=${one} value=${one}
            selected=${one === choice}>${t(`theme.${one}`)}</option>`)}
        </select></label>`;
}

function Language() {
    const { code } = useStore(language);

    return html`<label class="pickone"><span>${t('language')}</span>
        <select value=${code} onChange=${(e) =>
        chooseLanguage(e.target.value)}>
        ${Object.entries(languages).map(([one, name]) => html`<option
            key=${one} value=${one} lang=${one} selected=${one === code}>${
        name}</option>`)}
        </select></label>`;
}

export function Preferences() {
    return html`<div class="preferences"><${Theme} /><${Language} /></div>`;
}

function SignOut() {
    const { user } = useStore(session);
    const action = useAction(async () => {
        if (!await signOut()) {
            announce(t('signout.failed'));
        }
    });

    return html`<div class="who"><span class="muted">${t('signedInAs')}
        ${' '}<strong><${Text} value=${user} /></strong></span>
        <button type="button" class="quiet small" onClick=${
        () => action.run()}>${t('signout')}</button></div>`;
}

export function Header() {
    const { name } = useStore(route);
    const tab = TABS.includes(name) ? name : 'certificate';
    const tabs = useRef(null);

    // on a telephone the row of tabs is longer than the screen
    useEffect(() => {
        const row = tabs.current;
        const { offsetLeft } = row.querySelector('[aria-current]');

        row.scrollLeft = offsetLeft - row.clientWidth / 3;
    }, [tab]);

    return html`<header class="top"><div class="wrap">
        <a class="brand" href=${href('certificate')}><${Mark} />
            <span>${t('product')}<small><bdi>${entryName
        ? `${location.host} · ${entryName}` : location.host}</bdi></small>
            </span></a>
        <${SignOut} />
        <nav class="tabs" ref=${tabs} aria-label=${t('nav')}><ul>${TABS.map((one) => html`
            <li key=${one}><a href=${href(one)} aria-current=${
        one === tab ? (one === name ? 'page' : 'true') : undefined}>${
        t(one === 'certificate' ? 'title' : one)}</a></li>`)}</ul></nav>
    </div></header>`;
}

/** The server is away, or cannot do what it should. */
export function Trouble() {
    const { trouble, status, outcome } = useStore(panel);

    if (trouble?.slug === 'offline') {
        return html`<${Notice} kind="bad" role="alert"
            title=${t('problem.offline')}>
            <p>${t('offline.text')}</p>
            ${outcome && html`<p>${t('offline.after')}</p>`}
            <p class="buttons"><button type="button" onClick=${askNow}>${
        t('offline.now')}</button> <button type="button" class="secondary"
            onClick=${() => location.reload()}>${t('reload')}</button></p><//>`;
    }
    if (trouble && trouble.slug !== 'cancelled') {
        return html`<${Notice} kind="bad" role="alert">
            <${ProblemText} problem=${trouble} /><//>`;
    }
    if (status?.sealed) {
        return html`<${Notice} kind="bad" role="alert"
            title=${t('problem.sealed')}><p lang="en">
            <${Text} value=${status.sealedReason} /></p><//>`;
    }
    if (status?.restored) {
        return html`<${Notice} kind="bad" role="alert"
            title=${t('restored.title')}><p><a href=${href('status')}>${
        t('restored.look')}</a></p><//>`;
    }
    return null;
}

export function Footer() {
    const { status } = useStore(panel);

    return html`<footer class="bottom"><div class="wrap">
        <span class="muted">mod_vsocert ${status?.version}</span>
        <${Preferences} /></div></footer>`;
}
