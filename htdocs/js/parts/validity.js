// SPDX-License-Identifier: Apache-2.0
import { html } from '../lib.js';
import { daysText, validity } from '../format.js';
import { t } from '../i18n.js';
import { Time } from '../ui/text.js';

/** From when to when, how much of it is over, and what is left. */
export function Validity({ cert }) {
    const now = validity(cert);
    const percent = Math.round(now.share * 1000) / 10;
    const seen = Math.max(percent, 0.7); // a first day should show

    return html`<div class="validity validity-${now.state}">
        <p class="validity-left">${daysText(now)}</p>
        <svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none"
            role="img" aria-label=${t('validity.bar',
        { percent: Math.round(percent) })}>
            <rect class="bar-all" width="100" height="4" />
            <rect class="bar-over" width=${seen} height="4" />
        </svg>
        <p class="validity-ends">
            <span>${t('validity.from')} <${Time} value=${cert.notBefore} /></span>
            <span>${t('validity.to')} <${Time} value=${cert.notAfter} /></span>
        </p>
    </div>`;
}
