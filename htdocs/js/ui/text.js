// SPDX-License-Identifier: Apache-2.0
// Texts that others wrote: nothing in them may pass for something else.
import { html, useState } from '../lib.js';
import { announce } from './live.js';
import { fingerprint as colons } from '../format.js';
import { localTime, t } from '../i18n.js';

// Control characters, and those that turn or hide what stands beside them.
const HIDDEN = new RegExp('([\\u0000-\\u001f\\u007f-\\u009f\\u00ad\\u034f' +
    '\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180e\\u200b-\\u200f' +
    '\\u2028-\\u202f\\u205f-\\u206f\\u3164\\ufeff\\uffa0\\ufff0-\\ufffb])',
'u');

function codePoint(character) {
    return `U+${character.codePointAt(0).toString(16).toUpperCase()
        .padStart(4, '0')}`;
}

/** Names of packages and subjects break behind a dot or comma, if at all. */
function breakable(part) {
    return part.length < 20 ? part : part.split(/(?<=[.,])(?=[^\s.,])/u)
        .map((piece, i) => (i ? html`<wbr />${piece}` : piece));
}

/** Any text, kept apart from its surroundings, hidden characters shown. */
export function Text({ value }) {
    const parts = String(value ?? '').split(HIDDEN);

    return html`<bdi>${parts.map((part, i) => (i % 2
        ? html`<span class="hidden-char">${codePoint(part)}</span>`
        : breakable(part)))}</bdi>`;
}

/** A time: the reader's zone, UTC on hover. */
export function Time({ value, style }) {
    if (!value) {
        return html`<span class="muted">${t('none')}</span>`;
    }
    const date = new Date(value);
    const utc = `${date.toISOString().replace('T', ' ').slice(0, 19)} UTC`;

    return html`<time datetime=${date.toISOString()} title=${utc}>${
        localTime(date, style)}</time>`;
}

/** A button that puts a text on the clipboard and says so. */
export function Copy({ text, label }) {
    const [done, setDone] = useState(false);

    async function copy() {
        await navigator.clipboard.writeText(text);
        setDone(true);
        announce(t('copy.done'));
        setTimeout(() => setDone(false), 2000);
    }
    return html`<button type="button" class="quiet small" onClick=${copy}
        aria-label=${label || t('copy')}>${
        done ? t('copy.doneShort') : t('copy')}</button>`;
}

/** Hexadecimal digits, never broken but behind eight bytes. */
export function Hex({ value }) {
    return html`<code class="hex">${(colons(value).match(/.{1,24}/g) || [])
        .map((part) => html`<span>${part}</span>`)}</code>`;
}

/** A SHA-256 fingerprint with its copy button. */
export function Fingerprint({ value, copy = true }) {
    const text = colons(value);

    return html`<span class="fingerprint"><${Hex} value=${value} />${copy && html`
        <${Copy} text=${text} label=${t('copy.fingerprint')} />`}</span>`;
}
