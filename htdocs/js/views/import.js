// SPDX-License-Identifier: Apache-2.0
// Import certificate database.
import { html, useState } from '../lib.js';
import { panel } from '../panel.js';
import { useStore } from '../store.js';
import { whyNot } from '../parts/actions.js';
import { ImportForm } from '../parts/import-form.js';
import { Procedure, Unavailable, useTag } from '../parts/procedure.js';

export default function Import() {
    const { certificate: data } = useStore(panel);
    const tag = useTag();
    const [wasPossible] = useState(data.actions.import.available);
    const why = whyNot('import', data.actions.import);

    return html`<${Procedure} name="import" tag=${tag}>
        ${why && !wasPossible ? html`<${Unavailable} why=${why}
            links=${data.certificate ? ['replace'] : []} />`
        : html`<${ImportForm} tag=${tag} />`}<//>`;
}
