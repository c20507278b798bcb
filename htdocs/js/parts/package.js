// SPDX-License-Identifier: Apache-2.0
// What is said of a package wherever it is named.
import { html } from '../lib.js';
import { t } from '../i18n.js';
import { Mark } from './elements.js';

export const packagePath = (name) => `/packages/${encodeURIComponent(name)}`;

/** It came in though its signer was not trusted, whoever is now. */
export function OnceMark({ trust }) {
    return trust === 'once' && html`<${Mark} kind="bad">${
        t('package.once')}<//>`;
}

export function PackageMarks({ one }) {
    return html`${one.encrypted && html`<${Mark}>${t('package.encrypted')}<//>`}
        ${one.signature === 'weak' && html`<${Mark} kind="wait">${
        t('package.weak')}<//>`}
        <${OnceMark} trust=${one.trust} />
        ${!one.signer && html`<${Mark} kind="gone">${t('package.own')}<//>`}`;
}
