// SPDX-License-Identifier: Apache-2.0
// Export certificate signing request.
import { html, useEffect, useState } from '../lib.js';
import { get, save } from '../api.js';
import { t } from '../i18n.js';
import { panel } from '../panel.js';
import { href } from '../router.js';
import { useStore } from '../store.js';
import { useAction } from '../ui/action.js';
import { announce } from '../ui/live.js';
import { ProblemNotice } from '../ui/notice.js';
import { Copy } from '../ui/text.js';
import { whyNot } from '../parts/actions.js';
import { Warnings } from '../parts/judgement.js';
import { Procedure, Unavailable } from './procedure.js';

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

export default function Csr() {
    const { certificate: data } = useStore(panel);
    const [file, setFile] = useState(null);
    const action = useAction(async ({ signal }) =>
        setFile(await get('/certificate/csr', { signal })));
    const left = data.certificate?.subjectAltNames.filter(
        (name) => !/^(DNS|IP):/.test(name));
    const why = whyNot('csr', data.actions.csr, data.state);

    useEffect(() => {
        if (!why) {
            action.run();
        }
    }, []);
    return html`<${Procedure} name="csr">
        ${why && html`<${Unavailable} why=${why} links=${['create', 'import']} />`}
        ${action.problem && html`<${ProblemNotice} problem=${action.problem} />`}
        ${file && html`<${CsrFile} file=${file}
            warnings=${file.warnings.map((slug) => ({ slug,
        detail: slug === 'names-left-out' ? left.join(', ') : '' }))} />`}
        <p class="help">${t('csr.other')} <a href=${href('request')}>${
        t('do.request')}</a></p><//>`;
}
