// SPDX-License-Identifier: Apache-2.0
import { html, render, useEffect, useRef } from './lib.js';
import { dropDrafts } from './drafts.js';
import { language, loadLanguage, t } from './i18n.js';
import { clearPanel, panel, startAsking } from './panel.js';
import { route } from './router.js';
import { session } from './session.js';
import { Footer, Header, Preferences, Trouble } from './shell.js';
import { useStore } from './store.js';
import { Live } from './ui/live.js';
import { Activity } from './views/activity.js';
import { Certificate } from './views/certificate.js';
import { Create } from './views/create.js';
import { Export } from './views/export.js';
import { Import } from './views/import.js';
import { Replace } from './views/replace.js';
import { Reply } from './views/reply.js';
import { Csr, Request } from './views/request.js';
import { SignIn, SignInAgain } from './views/signin.js';
import { Status } from './views/status.js';
import { Version, Versions } from './views/versions.js';

const VIEWS = {
    certificate: Certificate, create: Create, csr: Csr, request: Request,
    reply: Reply, import: Import, export: Export, replace: Replace,
    versions: Versions, activity: Activity, status: Status,
};

function View() {
    const { name, id } = useStore(route);
    const { code } = useStore(language);
    const box = useRef(null);
    const first = useRef(true);
    const Shown = name === 'versions' && id ? Version : VIEWS[name];

    useEffect(() => {
        const heading = box.current.querySelector('h1');

        document.title = heading && heading.textContent !== t('title')
            ? `${heading.textContent} – ${t('title')}` : t('title');
        if (!first.current) {
            heading?.focus({ preventScroll: true });
            scrollTo(0, 0);
        }
        first.current = false;
    }, [name, id, code]);
    return html`<div ref=${box}>${Shown
        ? html`<${Shown} id=${id} key=${`${name}/${id}`} />`
        : html`<h1 tabindex="-1">${t('noView')}</h1>
            <p><a href="#/">${t('title')}</a></p>`}</div>`;
}

/** Signed in. */
function Console() {
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
        ${phase === 'expired' && html`<${SignInAgain} />`}`;
}

function App() {
    const { phase } = useStore(session);

    useStore(language);
    return html`${phase === 'out' ? html`<${SignIn} />
        <footer class="bottom"><div class="wrap"><${Preferences} /></div>
        </footer>` : html`<${Console} />`}<${Live} />`;
}

await loadLanguage();
render(html`<${App} />`, document.getElementById('app'));
