// SPDX-License-Identifier: Apache-2.0
import { html } from '../lib.js';
import { known, t } from '../i18n.js';
import { Text } from './text.js';

const PATHS = {
    good: 'M4.500 10.500l3.500 3.500 7.500-8',
    info: 'M10 9v5M10 6v.1',
    soon: 'M10 5.500v5.500M10 14.200v.1',
    bad: 'M6 6l8 8M14 6l-8 8',
};

/** A small round sign; its meaning always stands beside it in words. */
export function Sign({ kind }) {
    return html`<svg class="sign sign-${kind}" viewBox="0 0 20 20" width="20"
        height="20" aria-hidden="true" focusable="false">
        <circle cx="10" cy="10" r="10" /><path d=${PATHS[kind]} /></svg>`;
}

/** @param kind  "good", "info", "soon" (amber), "bad" */
export function Notice({ kind = 'info', title, children, role, onClose,
    id }) {
    return html`<div class="notice notice-${kind}" role=${role} id=${id}
        tabindex=${id ? -1 : undefined}>
        <${Sign} kind=${kind} />
        <div class="notice-body">${title && html`<strong>${title}</strong>`}
            ${children}</div>
        ${onClose && html`<button type="button" class="quiet icon"
            aria-label=${t('close')} onClick=${onClose}>×</button>`}
    </div>`;
}

/** What a Problem says: its meaning in the reader's language, and the
 * server's own words. */
export function ProblemText({ problem }) {
    const key = `problem.${problem.slug}`;
    const title = known(key) ? t(key) : problem.title;

    return html`${title && html`<strong>${title}</strong>`}
        ${problem.detail && html`<p lang="en">
            <${Text} value=${problem.detail} /></p>`}`;
}

export function ProblemNotice({ problem, id, children }) {
    return html`<${Notice} kind="bad" role="alert" id=${id}>
        <${ProblemText} problem=${problem} />${children}<//>`;
}
