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

/**
 * @param action  {available, reason, problem} of GET /certificate
 * @return {text, lang}, or null where it can be done
 */
export function whyNot(name, action, state) {
    if (!action || action.available) {
        return null;
    }
    const key = state === 'active' ? `why.exists.${name}` : `why.none.${name}`;

    if (/already|no certificate/i.test(action.reason) && known(key)) {
        return { text: t(key) };
    }
    return { text: action.reason, lang: 'en' };
}
