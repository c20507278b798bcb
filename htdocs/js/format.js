// SPDX-License-Identifier: Apache-2.0
// How values of the API read on the page.
import { known, number, t } from './i18n.js';

const DAY_MS = 86400000;

/** "ab12..." as "AB:12:..."; a serial number may have an odd digit. */
export function fingerprint(hex) {
    const digits = (hex || '').toUpperCase();

    return (digits.length % 2 ? `0${digits}` : digits)
        .match(/../g)?.join(':') || '';
}

/** "rsa-2048" as "RSA, 2048 bits"; what is not known stays as it is. */
export function keyName(type) {
    return known(`key.${type}`) ? t(`key.${type}`) : (type || '');
}

/** "DNS:example.org" as its kind and its name. */
export function san(text) {
    const at = text.indexOf(':');
    const kind = at > 0 ? text.slice(0, at) : 'DNS';

    return { kind, name: at > 0 ? text.slice(at + 1) : text };
}

/** Where a certificate stands in its time. */
export function validity(cert, now = Date.now()) {
    const from = Date.parse(cert.notBefore);
    const to = Date.parse(cert.notAfter);
    const share = Math.min(1, Math.max(0, (now - from) / (to - from || 1)));
    const days = Math.floor((to - now) / DAY_MS);
    let state = 'good';

    if (now > to) {
        state = 'over';
    }
    else if (now < from) {
        state = 'early';
    }
    else if (days < 30) {
        state = 'soon';
    }
    return { from, to, share, days, state };
}

/** "364 days left", "expired 3 days ago". */
export function daysText({ state, days, to }, now = Date.now()) {
    if (state === 'over') {
        const ago = Math.floor((now - to) / DAY_MS);

        return ago ? t('validity.over', { n: number(ago) })
            : t('validity.overToday');
    }
    if (state === 'early') {
        return t('validity.early');
    }
    return days ? t('validity.left', { n: days, days: number(days) })
        : t('validity.today');
}

/** What a password resists, roughly: 0 none, 1 weak, 2 fair, 3 strong. */
export function strength(password) {
    const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/]
        .filter((kind) => kind.test(password)).length;
    const distinct = new Set(password).size;
    const bits = Math.min(password.length, distinct * 2) *
        [0, 3.3, 4.2, 4.8, 5.2][kinds];

    return password ? 1 + (bits >= 45) + (bits >= 75) : 0;
}

/** "2.4 KB" */
export function bytes(count) {
    if (count < 1000) {
        return t('file.bytes', { n: count });
    }
    const [unit, size] = count < 1000000 ? ['kilobytes', 1000]
        : ['megabytes', 1000000];

    return t(`file.${unit}`, { n: number(Math.round(count / size * 10) / 10) });
}

/** "SHA-256" for "sha256". */
export const digestName = (text) => text.toUpperCase()
    .replace(/^SHA/, 'SHA-');
