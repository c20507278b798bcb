// SPDX-License-Identifier: Apache-2.0
// Texts: one file per language in i18n/, loaded when it is wanted.
import { makeStore, memory } from './store.js';

export const languages = { en: 'English', de: 'Deutsch' };
export const language = makeStore({ code: 'en' });

const parts = new Set(); // of the console, whose texts were asked for
let texts = {};

async function read(code, part) {
    const name = part ? `${code}-${part}` : code;

    return (await import(`./i18n/${name}.js`)).default;
}

function preferred() {
    const wanted = [memory.get('vso-language'), ...navigator.languages];

    return wanted.filter(Boolean).map((tag) => tag.slice(0, 2))
        .find((code) => code in languages) || 'en';
}

export async function loadLanguage(code = preferred()) {
    texts = Object.assign({}, ...await Promise.all(
        [null, ...parts].map((part) => read(code, part))));
    document.documentElement.lang = code;
    language.set({ code });
}

export function chooseLanguage(code) {
    memory.set('vso-language', code);
    return loadLanguage(code);
}

/** Texts that only a part of the console needs: "packages", "node", "entries",
 * "warnings". */
export async function needTexts(part) {
    if (!parts.has(part)) {
        const more = await read(language.get().code, part);

        parts.add(part);
        texts = { ...texts, ...more };
    }
}

const formats = new Map(); // Intl's are slow to make: a list needs hundreds

/** One of Intl's, for the reader's language. */
function formatOf(Kind, options) {
    const { code } = language.get();
    const key = [Kind.name, code, JSON.stringify(options)].join();

    if (!formats.has(key)) {
        formats.set(key, new Kind(code, options));
    }
    return formats.get(key);
}

/** Is there such a text? */
export const known = (key) => key in texts;

/** A text with its {places} filled; for {n} there may be "key.one". */
export function t(key, values = {}) {
    const one = 'n' in values && formatOf(Intl.PluralRules)
        .select(values.n) === 'one' && texts[`${key}.one`];
    const text = one || texts[key] || key;

    return text.replace(/\{(\w+)\}/g,
        (place, name) => (name in values ? String(values[name]) : place));
}

export function number(value) {
    return formatOf(Intl.NumberFormat).format(value);
}

/** A time in the reader's zone. */
export function localTime(date, style = 'short') {
    return formatOf(Intl.DateTimeFormat, {
        dateStyle: 'medium', ...(style === 'day' ? {} : { timeStyle: style }),
    }).format(date);
}

/** "United States" for "US". */
export function country(code) {
    try {
        return new Intl.DisplayNames(language.get().code,
            { type: 'region', fallback: 'code' }).of(code);
    }
    catch {
        return code;
    }
}
