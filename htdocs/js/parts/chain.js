// SPDX-License-Identifier: Apache-2.0
// The chain as a tree: who vouches for whom, from the root down.
import { html, useState } from '../lib.js';
import { t } from '../i18n.js';
import { daysText, validity } from '../format.js';
import { Dialog } from '../ui/dialog.js';
import { Text } from '../ui/text.js';
import { Details, nameOf } from './details.js';
import { Validity } from './validity.js';

const STEP = 26;
const HEIGHT = 56;

// drawn around 0 0: a seal, an exclamation mark, a cross, a question mark
const MARKS = {
    good: 'M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0',
    soon: 'M0-5.500v6M0 4.800v.1',
    early: 'M0-5.500v6M0 4.800v.1',
    over: 'M-4-4l8 8M4-4l-8 8',
    missing: 'M-3-3q0-3 3-3t3 3q0 2-3 3.500v1.500M0 5.500v.1',
};

/** A branch: down from the certificate above, and over to this one. */
function Branch({ depth, missing, state }) {
    const x = 14 + depth * STEP;
    const y = HEIGHT / 2;

    return html`<svg class="branch branch-${state}" aria-hidden="true"
        focusable="false" width=${x + 16} height=${HEIGHT}
        viewBox="0 0 ${x + 16} ${HEIGHT}">
        ${depth > 0 && html`<path class=${missing ? 'dashed' : ''} d="M${
        x - STEP} -30V${y - 8}q0 8 8 8H${x - 12}" />`}
        <circle cx=${x} cy=${y} r="11" />
        <g transform="translate(${x} ${y})"><path class="mark" d=${
        MARKS[state]} /></g>
    </svg>`;
}

/** The line from a certificate down to the next. */
function Stem({ depth }) {
    const x = 14 + depth * STEP;

    return html`<svg class="stem" aria-hidden="true" focusable="false"
        width=${x + 2} height="100%"><path d="M${x} 0V400" /></svg>`;
}

function role(cert, i, last) {
    if (i === last) {
        return cert.selfSigned ? t('chain.selfSigned') : t('chain.leaf');
    }
    return cert.selfSigned ? t('chain.root') : t('chain.intermediate');
}

export function Chain({ cert, missingIssuer }) {
    const [shown, setShown] = useState(null);
    const path = [...[...cert.chain].reverse(), cert];
    const last = path.length - 1;
    const top = path[0];
    const missing = missingIssuer && !top.selfSigned;

    return html`<ol class="chain">
        ${missing && html`<li>
            <${Branch} depth=${0} state="missing" />
            <span class="chain-text"><span class="chain-name">
                <${Text} value=${top.issuerText} /></span>
            <span class="chain-role">${t('chain.missing')}</span></span>
            <${Stem} depth=${0} /></li>`}
        ${path.map((one, i) => {
        const depth = i + (missing ? 1 : 0);
        const { state, ...time } = validity(one);

        return html`<li key=${one.fingerprint}>
            <${Branch} depth=${depth} missing=${missing && i === 0}
                state=${state} />
            <button type="button" class="chain-text" aria-haspopup="dialog"
                onClick=${() => setShown(one)}>
                <span class="chain-name"><${Text} value=${nameOf(one)} /></span>
                <span class="chain-role">${role(one, i, last)} · ${
        daysText({ state, ...time })}</span>
            </button>
            ${i < last && html`<${Stem} depth=${depth} />`}</li>`;
    })}
        ${shown && html`<${Dialog} title=${t('chain.details')} wide
            onClose=${() => setShown(null)}>
            <p class="dialog-name"><${Text} value=${nameOf(shown)} /></p>
            <${Validity} cert=${shown} />
            <${Details} cert=${shown} /><//>`}
    </ol>`;
}
