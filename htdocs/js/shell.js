// SPDX-License-Identifier: Apache-2.0
// What stands around the sign-in page as well.
import { html, useState } from './lib.js';
import { chooseLanguage, language, languages, t } from './i18n.js';
import { memory, useStore } from './store.js';

const THEMES = ['auto', 'light', 'dark'];

export function Mark() {
    return html`<svg class="mark" viewBox="0 0 32 32" width="32" height="32"
        aria-hidden="true" focusable="false"><rect width="32" height="32"
        rx="8" /><path d="M16 5.500l8 3v6.600c0 5.200-3.300 9.200-8 11.400-4.700-2.200-8-6.200-8-11.400V8.500z" />
        <path d="M12 15.800l3 3 5.200-5.400" /></svg>`;
}

function Theme() {
    const [choice, setChoice] = useState(memory.get('vso-theme') || 'auto');

    function choose(value) {
        memory.set('vso-theme', value === 'auto' ? null : value);
        dispatchEvent(new Event('vso-theme'));
        setChoice(value);
    }
    return html`<label class="pickone"><span>${t('theme')}</span>
        <select value=${choice} onChange=${(e) => choose(e.target.value)}>
        ${THEMES.map((one) => html`<option key=${one} value=${one}
            selected=${one === choice}>${t(`theme.${one}`)}</option>`)}
        </select></label>`;
}

function Language() {
    const { code } = useStore(language);

    return html`<label class="pickone"><span>${t('language')}</span>
        <select value=${code} onChange=${(e) =>
        chooseLanguage(e.target.value)}>
        ${Object.entries(languages).map(([one, name]) => html`<option
            key=${one} value=${one} lang=${one} selected=${one === code}>${
        name}</option>`)}
        </select></label>`;
}

export function Preferences() {
    return html`<div class="preferences"><${Theme} /><${Language} /></div>`;
}
