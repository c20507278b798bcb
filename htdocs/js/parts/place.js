// SPDX-License-Identifier: Apache-2.0
// What becomes of the active versions when another certificate takes its place
// among them: all make room (replace), or only the one with the same kind of
// key (beside).
import { html } from '../lib.js';
import { keyName } from '../format.js';
import { t } from '../i18n.js';
import { Choice } from '../ui/form.js';
import { Notice } from '../ui/notice.js';

// as the server tells algorithms apart: RSA-PSS is served beside RSA
const kindOf = (key) => (key.startsWith('rsa-pss-') ? 'RSA-PSS'
    : key.split('-')[0].toUpperCase());

/** The versions that are active now. */
export const activeOf = (data) => [data.certificate, data.also].filter(Boolean);

/** 1 when a version with another kind of key is active. */
export const hasOther = (data, key) => activeOf(data).some(
    (one) => kindOf(one.key) !== kindOf(key));

/** The member of the request. */
export const placeBody = (place) => (place === 'beside' ? { beside: true }
    : { replace: true });

export function PlaceField({ value, onValue, action }) {
    return html`<${Choice} name="place" label=${t('place')} value=${value}
        action=${action} onValue=${onValue} options=${['replace', 'beside'].map(
        (one) => [one, t(`place.${one}`), t(`place.${one}.help`)])} />`;
}

/** Who makes room for a certificate with this kind of key, and who stays. */
export function PlaceNote({ data, newKey, place }) {
    const active = activeOf(data);
    const goes = active.filter((one) => place === 'replace' ||
        kindOf(one.key) === kindOf(newKey));
    const stays = active.filter((one) => !goes.includes(one));
    const isRsa = ({ key }) => kindOf(key) === 'RSA';
    const line = (name) => (one) => html`<li key=${one.id}>${t(name,
        { n: one.version, key: keyName(one.key) })}</li>`;

    return html`<ul class="plain help">${goes.map(line('place.goes'))}${
        stays.map(line('place.stays'))}</ul>
        ${goes.some(isRsa) && !stays.some(isRsa) && kindOf(newKey) !== 'RSA' &&
            html`<${Notice} kind="soon" title=${t('warning.no-rsa-signer')}>
            <p>${t('warning.no-rsa-signer.do')}</p><//>`}`;
}

/** What came of it, from the answer to the change. */
export const placeDone = (done, text) => (done.turnsPassive?.length === 0 &&
    text === 'replace.done' ? 'place.added' : text);
