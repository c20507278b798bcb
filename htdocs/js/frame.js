// SPDX-License-Identifier: Apache-2.0
// What stands around every view.
import { html, useEffect, useRef, useState } from './lib.js';
import { entryHref, entryName } from './entry.js';
import { t } from './i18n.js';
import { askNow, panel } from './panel.js';
import { href, route } from './router.js';
import { session, signOut } from './session.js';
import { Mark, Preferences } from './shell.js';
import { useStore } from './store.js';
import { useAction } from './ui/action.js';
import { announce } from './ui/live.js';
import { Notice, ProblemText } from './ui/notice.js';
import { Text } from './ui/text.js';
import { Later, withTexts } from './parts/later.js';

const TABS = ['certificate', 'versions', 'entries', 'packages', 'trusted',
    'activity', 'status'];

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

const chooser = () => withTexts('entries', import('./parts/entry-switch.js'));

/** Which entry the pages are about, and the way to another one. */
function EntrySwitch() {
    const { certificate } = useStore(panel);
    const [open, setOpen] = useState(false);
    const name = certificate?.entry || entryName;

    return html`<div class="entry-switch">${name && html`
        <button type="button" class="quiet small" aria-haspopup="dialog"
            onClick=${() => setOpen(true)}><span class="muted">${
        t('entry')}</span> <strong><${Text}
            value=${name} /></strong>
            <span class="visually-hidden">, ${t('entry.switch')}</span>
            <svg viewBox="0 0 16 10" width="12" height="8" aria-hidden="true">
            <path d="M2 2l6 6 6-6" /></svg></button>`}
        ${open && html`<${Later} load=${chooser}
            onClose=${() => setOpen(false)} />`}</div>`;
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
            <span>${t('product')}<small><bdi>${
        location.host}</bdi></small></span></a>
        <${EntrySwitch} />
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
            <${ProblemText} problem=${trouble} />
            ${trouble.field === 'entry' && html`<p><a href=${
        entryHref(null)}>${t('entry.own')}</a></p>`}<//>`;
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
