// SPDX-License-Identifier: Apache-2.0
// Change the certificate: the old version turns passive.
import { html, useState } from '../lib.js';
import { t } from '../i18n.js';
import { panel } from '../panel.js';
import { useStore } from '../store.js';
import { Choice } from '../ui/form.js';
import { whyNot } from '../parts/actions.js';
import { CreateForm, useCreate } from '../parts/create-form.js';
import { ImportForm } from '../parts/import-form.js';
import { Procedure, Unavailable, useTag } from '../parts/procedure.js';

export default function Replace() {
    const { certificate: data } = useStore(panel);
    const tag = useTag();
    const form = useCreate(true, tag);
    const [way, setWay] = useState('new');
    const why = whyNot('replace', data.actions.replace);

    if (why) {
        return html`<${Procedure} name="replace"><${Unavailable} why=${why}
            links=${['create', 'import']} /><//>`;
    }
    return html`<${Procedure} name="replace" tag=${tag} action=${form.action}>
        <${Choice} name="way" label=${t('replace.way')} value=${way}
            onValue=${setWay} options=${['new', 'file'].map((one) => [one,
        t(`replace.${one}`), t(`replace.${one}.help`)])} />
        ${way === 'new' ? html`<${CreateForm} replace tag=${tag} ...${form} />`
        : html`<${ImportForm} exists tag=${tag} />`}<//>`;
}
