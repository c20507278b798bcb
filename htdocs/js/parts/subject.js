// SPDX-License-Identifier: Apache-2.0
// The fields that Create, Replace and Request share.
import { html, useEffect, useState } from '../lib.js';
import { get } from '../api.js';
import { entryName } from '../entry.js';
import { country, language, t } from '../i18n.js';
import { useStore } from '../store.js';
import { ChipsField, Choice, SelectField, TextField } from '../ui/form.js';

export const SUBJECT_FIELDS = ['subject.commonName', 'subject.organization',
    'subject.organizationalUnit', 'subject.locality', 'subject.state',
    'subject.country', 'subjectAltNames', 'key', 'days', 'subject'];

const LIMITS = { commonName: 64, organization: 64, organizationalUnit: 64,
    locality: 128, state: 128 };
const AUTOCOMPLETE = { organization: 'organization',
    locality: 'address-level2', state: 'address-level1' };
const KEYS = ['rsa-2048', 'rsa-3072', 'rsa-4096', 'ec-p256', 'ec-p384'];

let countries = null;

function useCountries() {
    const [list, setList] = useState(countries || []);

    useEffect(() => {
        if (!countries) {
            get('/countries').then(({ data }) => {
                countries = data.items;
                setList(countries);
            }, () => {});
        }
    }, []);
    return list;
}

/** The name that clients ask for: of the host that serves the entry, or the
 * entry's own where it can be one. */
function hostName({ hosts }) {
    if (entryName === null) {
        return location.hostname;
    }
    return hosts[0] || (entryName.includes('.') ? entryName : '');
}

/** What a form starts with: the certificate's values, or the host's name.
 * @param data  GET /certificate */
export function startValues(data) {
    const cert = data.certificate;
    const subject = cert?.subject || { commonName: hostName(data) };

    return {
        commonName: subject.commonName || '',
        organization: subject.organization || '',
        organizationalUnit: subject.organizationalUnit || '',
        locality: subject.locality || '',
        state: subject.state || '',
        country: subject.country || '',
        sans: (cert?.subjectAltNames || [])
            .filter((name) => /^(DNS|IP):/.test(name))
            .map((name) => name.replace(/^(DNS|IP):/, '')),
        key: 'rsa-2048',
        days: '365',
    };
}

/** The members that the API takes. */
export function specOf(values) {
    const subject = {};

    for (const name of [...Object.keys(LIMITS), 'country']) {
        if (values[name].trim()) {
            subject[name] = values[name].trim();
        }
    }
    return { subject, subjectAltNames: values.sans };
}

function Part({ name, values, set, action }) {
    return html`<${TextField} name=${`subject.${name}`} action=${action}
        label=${t(`subject.${name}`)} help=${t(`subject.${name}.help`)}
        optional=${name !== 'commonName'} value=${values[name]}
        onValue=${(value) => set({ [name]: value })} input=${{
        maxlength: LIMITS[name], autocomplete: AUTOCOMPLETE[name] || 'off',
        spellcheck: false, required: name === 'commonName' }} />`;
}

export function SubjectFields(props) {
    const { values, set, action } = props;
    const { code } = useStore(language);
    const list = useCountries()
        .map((one) => [one, `${country(one)} (${one})`])
        .sort((a, b) => a[1].localeCompare(b[1], code));

    return html`<fieldset><legend>${t('subject')}</legend>
        <${Part} name="commonName" ...${props} />
        <div class="columns">
            <${Part} name="organization" ...${props} />
            <${Part} name="organizationalUnit" ...${props} />
            <${Part} name="locality" ...${props} />
            <${Part} name="state" ...${props} />
        </div>
        <${SelectField} name="subject.country" action=${action}
            label=${t('subject.country')} help=${t('subject.country.help')}
            optional value=${values.country}
            onValue=${(value) => set({ country: value })} options=${[
        ['', t('subject.country.none')],
        ...(list.length || !values.country ? list
            : [[values.country, values.country]])]} />
        <${ChipsField} name="subjectAltNames" action=${action}
            label=${t('sans')} help=${t('sans.help')} optional
            placeholder=${t('sans.placeholder')} values=${values.sans}
            onValues=${(sans) => set({ sans })} />
    </fieldset>`;
}

/** @param keep  offer to keep the key that is active */
export function KeyField({ values, set, action, keep }) {
    const options = KEYS.map((key) => [key, t(`key.${key}`),
        t(`key.${key}.help`)]);

    return html`<${Choice} name="key" action=${action} label=${t('key')}
        help=${t('key.help')} value=${values.key}
        onValue=${(key) => set({ key })} options=${keep
        ? [['', t('key.keep'), t('key.keep.help')], ...options] : options} />`;
}

export function DaysField({ values, set, action }) {
    return html`<${TextField} name="days" action=${action} label=${t('days')}
        help=${t('days.help')} value=${values.days}
        onValue=${(days) => set({ days })}
        input=${{ inputmode: 'numeric', maxlength: 4, class: 'short',
        autocomplete: 'off' }} />`;
}

/** Days as a number; what is none is left for the API to refuse. */
export const daysOf = (values) => Number(values.days) || 0;
