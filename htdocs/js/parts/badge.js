// SPDX-License-Identifier: Apache-2.0
import { html } from '../lib.js';
import { t } from '../i18n.js';

const BADGE = { active: 'good', pending: 'wait', passive: 'off',
    retired: 'gone' };

export function Badge({ state }) {
    return html`<span class="badge badge-${BADGE[state]}">${
        t(`state.${state}`)}</span>`;
}
