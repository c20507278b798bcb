// SPDX-License-Identifier: Apache-2.0
// Create certificate database and self-signed certificate.
import { html } from '../lib.js';
import { panel } from '../panel.js';
import { useStore } from '../store.js';
import { whyNot } from '../parts/actions.js';
import { CreateForm, useCreate } from '../parts/create-form.js';
import { Procedure, Unavailable, useTag } from '../parts/procedure.js';

export default function Create() {
    const { certificate: data } = useStore(panel);
    const tag = useTag();
    const form = useCreate(false, tag);
    const why = whyNot('create', data.actions.create);

    return html`<${Procedure} name="create" tag=${tag} action=${form.action}>
        ${why && !form.action.busy ? html`<${Unavailable} why=${why}
            links=${data.certificate ? ['replace', 'csr'] : []} />`
        : html`<${CreateForm} tag=${tag} ...${form} />`}<//>`;
}
