// SPDX-License-Identifier: Apache-2.0
import { html } from '../lib.js';
import { t } from '../i18n.js';

/** How far something long has come, and the way out of it.
 * @param share  0 to 1, or null where nobody knows */
export function Progress({ share, label, children, onCancel }) {
    const percent = share === null ? null : Math.floor(share * 100);

    return html`<div class="progress">
        <progress max="100" value=${percent ?? undefined}
            aria-label=${label}></progress>
        <div class="progress-text"><span role="status">${children}</span>
            ${percent !== null && html`<span class="muted">${percent} %</span>`}
            ${onCancel && html`<button type="button" class="quiet"
                onClick=${onCancel}>${t('cancel')}</button>`}</div>
    </div>`;
}
