// SPDX-License-Identifier: Apache-2.0
// What something would become, shown before anything is changed.
import { html, useEffect, useState } from '../lib.js';
import { call } from '../api.js';
import { keyName } from '../format.js';
import { t } from '../i18n.js';
import { Chain } from './chain.js';
import { Details, issuerName, nameOf } from './details.js';
import { Trial, Warnings, WhatNext } from './judgement.js';
import { Validity } from './validity.js';
import { useAction } from '../ui/action.js';
import { Notice, ProblemNotice } from '../ui/notice.js';
import { Text } from '../ui/text.js';

/** What activating or deactivating a version would do, asked for at once.
 * @return {look (the action), shown (the answer, or null)} */
export function useMovePreview(version, move) {
    const [shown, setShown] = useState(null);
    const look = useAction(async ({ signal }) => {
        const { data } = await call('POST', `/versions/${version.id}/${move}`,
            { signal, body: { preview: true } });

        setShown(data);
    });

    useEffect(() => {
        look.run();
    }, []);
    return { look, shown };
}

/** What is to be known of each certificate that would be served. */
export function MovePreview({ preview: { look, shown } }) {
    return html`${look.busy && html`<p class="muted">${t('preview.busy')}</p>`}
        ${look.problem && html`<${ProblemNotice} problem=${look.problem} />`}
        <${Warnings} warnings=${shown?.warnings || []} />
        ${shown && shown.served.map((one) => html`<section key=${one.id}>
            ${one.warnings.length > 0 && html`<h3>${
    t('preview.served', { n: one.version })}</h3>`}
            <${Warnings} warnings=${one.warnings} /></section>`)}
        <${Trial} outcomes=${shown?.trial} />`;
}

/** What changes where only chains do, a sentence for each version. */
export const chainNote = (updates) => updates.map((one) => t('chain.update',
    { n: one.number, state: t(`state.${one.state}`), key: keyName(one.key) }))
    .join(' ');

/**
 * @param served   it would be handed out to clients
 * @param updates  the "chainUpdates" of the preview, or nothing
 */
export function Preview({ cert, trial, note, served = true, updates }) {
    const incomplete = cert.warnings.some(
        (one) => one.slug === 'chain-incomplete');

    return html`<section class="preview card" aria-labelledby="preview">
        <header><p class="hero-badges"><span class="badge badge-wait">${
        t('preview.badge')}</span></p>
            <h2 id="preview" tabindex="-1"><${Text} value=${nameOf(cert)} /></h2>
            <p class="hero-issuer">${cert.selfSigned ? t('cert.selfSigned')
        : html`${t('cert.issuedBy')} <${Text} value=${issuerName(cert)} />`}</p>
        </header>
        ${note && html`<${Notice} kind="good"><p>${note}</p><//>`}
        <${Warnings} warnings=${cert.warnings} />
        <${Validity} cert=${cert} />
        ${served && html`<${Trial} outcomes=${trial} />`}
        ${updates && html`<section class="chain-section">
            <h3>${t('chain.before')}</h3>
            <${Chain} cert=${{ ...cert, chain: updates[0].before }}
                missingIssuer=${!updates[0].before.length} /></section>`}
        <section class="chain-section"><h3>${
        t(updates ? 'chain.after' : 'chain')}</h3>
            <${Chain} cert=${cert} missingIssuer=${incomplete} /></section>
        <${Details} cert=${cert} />
        ${served && !updates && html`<${WhatNext} cert=${cert} />`}
    </section>`;
}
