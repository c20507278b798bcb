// SPDX-License-Identifier: Apache-2.0
// What a list says of an entry.
import { html } from '../lib.js';
import { daysText, validity } from '../format.js';
import { t } from '../i18n.js';
import { Badge } from './badge.js';

/** The time that a brief certificate has left; when it began is not known. */
export const timeOf = (cert) => validity({ ...cert,
    notBefore: new Date(0).toISOString() });

/** The certificate that ends first. */
const firstToEnd = ({ certificate, also }) => [certificate, also]
    .filter(Boolean).sort((a, b) => a.notAfter.localeCompare(b.notAfter))[0];

/** Its states, and what time is left. */
export function EntryState({ one }) {
    const cert = firstToEnd(one);
    const time = cert && timeOf(cert);

    return html`<span class="marks">
            ${cert && html`<${Badge} state="active" />`}
            ${one.pending > 0 && html`<${Badge} state="pending" />`}
            ${!cert && !one.pending && html`<span class="badge badge-gone">${
        t('entries.state.none')}</span>`}</span>
        ${cert && html`<span class=${time.state === 'good' ? 'muted'
        : `mark-text ${time.state}`}>${
        daysText(time)}</span>`}`;
}
