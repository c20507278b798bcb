// SPDX-License-Identifier: Apache-2.0
// A certificate signing request, and the way from it to a certificate.
import { html } from '../lib.js';
import { save } from '../files.js';
import { t } from '../i18n.js';
import { href } from '../router.js';
import { announce } from '../ui/live.js';
import { Copy } from '../ui/text.js';
import { Warnings } from './judgement.js';

/** The request, to be saved or copied, and what comes next.
 * @param warnings  {slug, detail} of it */
export function CsrFile({ file, warnings }) {
    return html`<div class="card">
        <${Warnings} warnings=${warnings} />
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
