// SPDX-License-Identifier: Apache-2.0
// Why something cannot be done, in the reader's language where it is known.
import { known, t } from '../i18n.js';

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
 * @return {text, lang}, or null where it can be done
 */
export function whyNot(name, action) {
    if (!action || action.available) {
        return null;
    }
    const key = `why.${BY_STATE[action.problem]}.${name}`;

    return known(key) ? { text: t(key) } : { text: action.reason, lang: 'en' };
}

/** May this user change versions, and can anybody? */
export const mayChange = (status) =>
    Boolean(status?.rights.includes('manage')) && !status.sealed;
