// SPDX-License-Identifier: Apache-2.0
// The form that makes a key and a self-signed certificate: the first one, or
// in place of the active one.
import { html } from '../lib.js';
import { useDraft } from '../drafts.js';
import { t } from '../i18n.js';
import { change, confirmServed, panel } from '../panel.js';
import { go, href } from '../router.js';
import { useStore } from '../store.js';
import { Run, useAction } from '../ui/action.js';
import { Form } from '../ui/form.js';
import { WhatNext } from './judgement.js';
import { placeBody, placeDone, PlaceField, PlaceNote } from './place.js';
import { DaysField, daysOf, KeyField, specOf, startValues, SUBJECT_FIELDS,
    SubjectFields } from './subject.js';

export function CreateForm({ replace, tag, action, values, set }) {
    const { certificate: data } = useStore(panel);

    return html`<${Form} action=${action} fields=${SUBJECT_FIELDS}
        label=${t(replace ? 'do.replace' : 'do.create')}
        onSubmit=${() => action.run()}>
        <div class="card">
            <${SubjectFields} values=${values} set=${set} action=${action} />
            <fieldset><legend>${t('create.key')}</legend>
                <${KeyField} values=${values} set=${set} action=${action} />
                <${DaysField} values=${values} set=${set} action=${action} />
            </fieldset>
        </div>
        <${WhatNext} selfSigned names=${[values.commonName, ...values.sans]} />
        ${replace && html`<${PlaceField} value=${values.place}
                action=${action} onValue=${(place) => set({ place })} />
            <${PlaceNote} data=${data} newKey=${values.key}
                place=${values.place} />`}
        <div class="buttons">
            <${Run} action=${action} disabled=${tag.stale}
                busyText=${t('create.busy')}>${
        t(!replace ? 'create.go' : values.place === 'beside' ? 'place.go'
            : 'replace.go')}<//>
            <a href=${href('certificate')}>${t('cancel')}</a>
        </div>
    <//>`;
}

/** The form's state and what it does. */
export function useCreate(replace, tag) {
    const [values, set, drop] = useDraft(replace ? 'replace' : 'create',
        { ...startValues(panel.get().certificate), place: 'replace' });
    const action = useAction(async ({ signal }) => {
        const body = { ...specOf(values), key: values.key,
            days: daysOf(values) };
        const done = await change('POST', '/certificate', { signal,
            etag: tag.tag, body: replace ? { ...body, ...placeBody(values.place) } : body });

        drop();
        go('certificate');
        confirmServed(done.certificate.fingerprint,
            t(placeDone(done, replace ? 'replace.done' : 'create.done')));
    });

    return { values, set, action };
}
