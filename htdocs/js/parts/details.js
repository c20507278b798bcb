// SPDX-License-Identifier: Apache-2.0
// What there is to know about one certificate.
import { html } from '../lib.js';
import { keyName, san } from '../format.js';
import { country, t } from '../i18n.js';
import { Fingerprint, Hex, Text, Time } from '../ui/text.js';

const ATTRIBUTES = ['commonName', 'organization', 'organizationalUnit',
    'locality', 'state', 'country'];

/** The name to call a certificate by. */
export function nameOf(cert) {
    const subject = cert.subject || cert.csrSubject || {};

    return subject.commonName || subject.organization || cert.subjectText ||
        cert.csrSubjectText || t('noName');
}

/** The first CN of an RFC 4514 text; the whole text where there is none. */
export function commonName(text = '') {
    const names = [...text.matchAll(/(?:^|[,+])CN=((?:\\.|[^,+\\])+)/g)];

    return names[0]?.[1].replace(/\\(.)/g, '$1') || text;
}

export function issuerName(cert) {
    return cert.issuer?.commonName || cert.issuer?.organization ||
        cert.issuerText || t('noName');
}

/** A subject's attributes, one a line; its RFC 4514 text where it has none of
 * those that have a name here. */
export function Name({ subject = {}, text }) {
    const present = ATTRIBUTES.filter((name) => subject[name]);

    if (!present.length) {
        return html`<${Text} value=${text || t('noName')} />`;
    }
    return html`<span class="attributes">${present.map((name) => html`
        <span key=${name} class="attribute"><span class="attribute-name">${
        t(`subject.${name}.short`)}</span> <span><${Text} value=${
        subject[name]} />${name === 'country' && html`
            <span class="muted"> ${country(subject[name])}</span>`}</span>
        </span>`)}</span>`;
}

export function Sans({ names }) {
    if (!names?.length) {
        return html`<span class="muted">${t('sans.none')}</span>`;
    }
    return html`<ul class="sans">${names.map(san).map(({ kind, name }) => html`
        <li key=${kind + name}><span class="san-kind">${kind}</span>
            <${Text} value=${name} /></li>`)}</ul>`;
}

export function Row({ label, children, wide }) {
    return html`<div class=${wide ? 'wide' : ''}><dt>${label}</dt>
        <dd>${children}</dd></div>`;
}

/** All rows; more may follow. */
export function Details({ cert, children, times = false }) {
    return html`<dl class="details">
        <${Row} label=${t('cert.subject')}>
            <${Name} subject=${cert.subject} text=${cert.subjectText} /><//>
        <${Row} label=${t('cert.issuer')}>${cert.selfSigned
        ? html`<span>${t('cert.selfSigned')}</span>`
        : html`<${Name} subject=${cert.issuer} text=${cert.issuerText} />`}
        <//>
        ${cert.subjectAltNames && html`<${Row} label=${t('cert.sans')}>
            <${Sans} names=${cert.subjectAltNames} /><//>`}
        ${times && html`<${Row} label=${t('cert.validity')}>
            <${Time} value=${cert.notBefore} /> – <${Time} value=${
        cert.notAfter} /><//>`}
        <${Row} label=${t('cert.key')}>${keyName(cert.key)}<//>
        <${Row} label=${t('cert.signature')}>
            <code>${cert.signatureAlgorithm}</code><//>
        <${Row} label=${t('cert.serial')}><${Hex} value=${cert.serial} /><//>
        <${Row} label=${t('cert.fingerprint')} wide>
            <${Fingerprint} value=${cert.fingerprint} /><//>
        ${children}
    </dl>`;
}

