// SPDX-License-Identifier: Apache-2.0
// What speaks for and against serving a certificate.
import { html } from '../lib.js';
import { isServedHere } from '../entry.js';
import { known, number, t } from '../i18n.js';
import { panel } from '../panel.js';
import { useStore } from '../store.js';
import { Notice, Sign } from '../ui/notice.js';
import { Text } from '../ui/text.js';

// Clients fail.
const BAD = ['expired', 'issuer-not-ca', 'quarantined', 'not-yet-valid',
    'client-support', 'key-usage', 'path-length', 'critical-extension'];
// Nothing has to be done.
const NOTES = ['subject-changed', 'rewritten', 'names-left-out', 'many-names'];

function kindOf(slug) {
    if (NOTES.includes(slug)) {
        return 'info';
    }
    return BAD.includes(slug) ? 'bad' : 'soon';
}

function titleOf({ slug, count }) {
    if (count && known(`warning.${slug}.count`)) {
        return t(`warning.${slug}.count`, { n: count, count: number(count) });
    }
    return known(`warning.${slug}`) ? t(`warning.${slug}`) : slug;
}

/** Each warning: what it means, the server's words, what to do.
 * @param todo  false: what a certificate's owner would do is not to be said */
export function Warnings({ warnings = [], todo = true }) {
    if (!warnings.length) {
        return null;
    }
    return html`<div class="warnings">${warnings.map(
        ({ slug, detail, count }) => html`
        <${Notice} key=${slug + detail}
            kind=${kindOf(slug)} title=${titleOf({ slug, count })}>
            ${detail && html`<p lang="en"><${Text} value=${detail} /></p>`}
            ${todo && known(`warning.${slug}.do`) && html`
                <p class="todo">${t(`warning.${slug}.do`)}</p>`}
        <//>`)}</div>`;
}

/** The trial handshake: what would work, before anything is changed. */
export function Trial({ outcomes }) {
    if (!outcomes?.length) {
        return null;
    }
    const works = outcomes.filter((one) => one.works).length;

    return html`<section class="trial">
        <h3>${t('trial.title')}</h3>
        <p class="help">${works === outcomes.length ? t('trial.all')
        : t(works ? 'trial.some' : 'trial.none')}</p>
        <ul>${outcomes.map((one) => html`<li key=${one.protocol}>
            <${Sign} kind=${one.works ? 'good' : 'bad'} />
            <span><strong>${one.protocol.replace('TLSv', 'TLS ')}</strong>
            ${' '}${one.works ? t('trial.works') : t('trial.fails')}
            ${one.works ? one.cipher && html`<code>${one.cipher}</code>`
        : one.reason && html`<span lang="en" class="muted">
            <${Text} value=${one.reason} /></span>`}</span></li>`)}</ul>
    </section>`;
}

function covers(names, host) {
    return names.some((text) => {
        const name = text.replace(/^(DNS|IP):/, '').toLowerCase();

        return name === host || (name.startsWith('*.') &&
            host.split('.').slice(1).join('.') === name.slice(2));
    });
}

/** What the person's own browser will do once this is served, and how they
 * get back in. */
export function WhatNext({ cert, selfSigned, names }) {
    const { certificate: data } = useStore(panel);
    const host = location.hostname.replace(/^\[|\]$/g, '').toLowerCase();
    const own = cert ? cert.selfSigned : selfSigned;
    const sans = cert ? cert.subjectAltNames : names;
    const fits = covers(sans || [], host);
    const root = cert && cert.chain.at(-1);

    if (!isServedHere(data)) {
        return null;
    }
    return html`<${Notice} kind="info" title=${t('next.title')}>
        <p>${own ? t('next.selfSigned') : t('next.ca', {
        ca: root ? root.subject.commonName || root.subjectText
            : cert.issuerText })}</p>
        ${!fits && html`<p>${t('next.host', { host })}</p>`}
        <p>${t('next.how')}</p><//>`;
}
