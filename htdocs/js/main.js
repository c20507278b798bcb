// SPDX-License-Identifier: Apache-2.0
import { html, render } from './lib.js';
import { language, loadLanguage } from './i18n.js';
import { session } from './session.js';
import { Preferences } from './shell.js';
import { useStore } from './store.js';
import { Live } from './ui/live.js';
import { Later } from './parts/later.js';
import { SignIn } from './parts/signin.js';

// Signing in should not wait for all that comes after it.
const signedIn = () => import('./console.js');

function App() {
    const { phase } = useStore(session);

    useStore(language);
    return html`${phase === 'out' ? html`<${SignIn} />
        <footer class="bottom"><div class="wrap"><${Preferences} /></div>
        </footer>` : html`<${Later} load=${signedIn} />`}<${Live} />`;
}

await loadLanguage();
render(html`<${App} />`, document.getElementById('app'));
