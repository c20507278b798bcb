// SPDX-License-Identifier: Apache-2.0
// Export certificate signing request.
import { html, useEffect, useState } from '../lib.js';
import { get } from '../api.js';
import { t } from '../i18n.js';
import { panel } from '../panel.js';
import { href } from '../router.js';
import { useStore } from '../store.js';
import { useAction } from '../ui/action.js';
import { ProblemNotice } from '../ui/notice.js';
import { whyNot } from '../parts/actions.js';
import { CsrFile } from '../parts/csr-file.js';
import { Procedure, Unavailable } from '../parts/procedure.js';

export default function Csr() {
    const { certificate: data } = useStore(panel);
    const [file, setFile] = useState(null);
    const action = useAction(async ({ signal }) =>
        setFile(await get('/certificate/csr', { signal })));
    const left = data.certificate?.subjectAltNames.filter(
        (name) => !/^(DNS|IP):/.test(name));
    const why = whyNot('csr', data.actions.csr);

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
