// SPDX-License-Identifier: Apache-2.0
// What the caller may do, and why something cannot be done, in the reader's
// language where it is known.
import { html } from '../lib.js';
import { known, t } from '../i18n.js';
import { panel } from '../panel.js';
import { useStore } from '../store.js';
import { Notice } from '../ui/notice.js';

/** Requesting for a new key needs no certificate. */
export function actionOf(name, actions) {
    if (name !== 'request') {
        return actions[name];
    }
    return actions.create.available ? actions.create : actions.replace;
}

// Refusals that the state of the entry explains.
const BY_STATE = { 'certificate-exists': 'exists', 'no-certificate': 'none' };

/**
 * @param action  {available, problem, reason} of GET /certificate
 * @return {text, lang, forbidden}, or null where it can be done
 */
export function whyNot(name, action) {
    if (!action || action.available) {
        return null;
    }
    if (action.problem === 'forbidden') {
        return { forbidden: true, text: t(name === 'export' ? 'lacks.export'
            : 'lacks.manage') };
    }
    const key = `why.${BY_STATE[action.problem]}.${name}`;

    return known(key) ? { text: t(key) } : { text: action.reason, lang: 'en' };
}

/** Has this user a right? One of /status: read, manage, export, sign. */
export const may = (status, right) =>
    Boolean(status?.rights.includes(right));

/** May this user change versions, and can anybody? */
export const mayChange = (status) => may(status, 'manage') && !status.sealed;

/** In place of what the user has no right to: which one it takes. */
export function Lacks({ right }) {
    const { status } = useStore(panel);

    if (!status || may(status, right)) {
        return null;
    }
    return html`<${Notice} kind="info"><p>${t(`lacks.${right}`)}</p><//>`;
}
