// SPDX-License-Identifier: Apache-2.0
// The console of somebody who is signed in: the views, and what stands around
// them.
import { html, useEffect, useRef, useState } from './lib.js';
import { dropDrafts } from './drafts.js';
import { entryName } from './entry.js';
import { Footer, Header, Trouble } from './frame.js';
import { language, needTexts, t } from './i18n.js';
import { clearPanel, panel, startAsking } from './panel.js';
import { route } from './router.js';
import { session } from './session.js';
import { useStore } from './store.js';
import { withTexts } from './parts/later.js';
import { Confirm, SignIn, SignInAgain } from './parts/signin.js';

// Views come when they are asked for: signing in should not wait for them.
const VIEWS = {
    certificate: () => import('./views/certificate.js'),
    create: () => import('./views/create.js'),
    csr: () => import('./views/csr.js'),
    request: () => import('./views/request.js'),
    reply: () => import('./views/reply.js'),
    import: () => import('./views/import.js'),
    export: () => import('./views/export.js'),
    replace: () => import('./views/replace.js'),
    versions: () => import('./views/versions.js'),
    version: () => import('./views/version.js'),
    packages: () => withTexts('packages', import('./views/packages.js')),
    package: () => withTexts('packages', import('./views/package.js')),
    review: () => withTexts('packages', import('./views/review.js')),
    trusted: () => withTexts('packages', import('./views/trusted.js')),
    entries: () => withTexts('entries', import('./views/entries.js')),
    activity: () => withTexts('node', import('./views/activity.js')),
    status: () => withTexts('node', import('./views/status.js')),
};

// Those of one thing, which an address names behind the list of them.
const DETAILS = { versions: 'version', packages: 'package' };

/** @return [view, what of] */
function viewOf({ name, path: [first, second] }) {
    if (name === 'packages' && first === 'imports' && second) {
        return ['review', second];
    }
    if (name in DETAILS && first) {
        return [DETAILS[name], first];
    }
    const view = Object.hasOwn(VIEWS, name) &&
        ![...Object.values(DETAILS), 'review'].includes(name);

    return [view ? name : null, first || null];
}

/** The component of a view, once it is there; null until then. */
function useView(view) {
    const [loaded, setLoaded] = useState({});

    useEffect(() => {
        if (!Object.hasOwn(VIEWS, view)) {
            return;
        }
        Promise.all([VIEWS[view](), needTexts('warnings')]).then(
            ([module]) => setLoaded({ view, component: module.default }),
            () => setLoaded({ view, component: Unloaded }));
    }, [view]);
    return loaded.view === view ? loaded.component : null;
}

/** The server is away, or has newer files than this page. */
function Unloaded() {
    return html`<h1 tabindex="-1">${t('problem.offline')}</h1>
        <p><button type="button" onClick=${() => location.reload()}>${
        t('reload')}</button></p>`;
}

function Unknown() {
    return html`<h1 tabindex="-1">${t('noView')}</h1>
        <p><a href="#/">${t('title')}</a></p>`;
}

function View() {
    const [view, id] = viewOf(useStore(route));
    const { code } = useStore(language);
    const box = useRef(null);
    const first = useRef(true);
    const loaded = useView(view);
    const Shown = view ? loaded : Unknown;

    useEffect(() => {
        const heading = box.current.querySelector('h1');

        if (!heading) {
            return;
        }
        document.title = [...new Set([heading.textContent, entryName,
            t('title')])].filter(Boolean).join(' – ');
        if (!first.current) {
            heading.focus({ preventScroll: true });
            scrollTo(0, 0);
        }
        first.current = false;
    }, [Shown, id, code]);
    return html`<div ref=${box}>${Shown ? html`<${Shown} id=${id}
        key=${`${view}/${id}`} />` : html`<div class="loading"
        aria-busy="true"></div>`}</div>`;
}

export default function Console() {
    const { certificate, trouble } = useStore(panel);
    const { phase } = useStore(session);

    useEffect(() => {
        startAsking();
        return () => {
            clearPanel();
            dropDrafts();
        };
    }, []);
    if (!certificate && phase === 'expired') {
        return html`<${SignIn} />`;
    }
    return html`<a class="skip" href="#main" onClick=${(event) => {
        event.preventDefault();
        document.querySelector('#main h1')?.focus();
    }}>${t('skip')}</a>
        <${Header} />
        <main id="main" class="wrap">
            <div class="trouble"><${Trouble} /></div>
            ${certificate ? html`<${View} />` : html`
            <div class="loading" aria-busy="true">${!trouble && t('loading')}
            </div>`}
        </main>
        <${Footer} />
        ${phase === 'expired' && html`<${SignInAgain} />`}
        ${phase === 'stale' && html`<${Confirm} />`}`;
}
