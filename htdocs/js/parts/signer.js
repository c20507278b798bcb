// SPDX-License-Identifier: Apache-2.0
// Who signed: everything that is needed to find out whether it is really them.
import { html } from '../lib.js';
import { daysText, keyName, validity } from '../format.js';
import { t } from '../i18n.js';
import { Sign } from '../ui/notice.js';
import { Fingerprint, Hex, Text, Time } from '../ui/text.js';
import { Row } from './details.js';

/** From when to when, and whether that is now. */
export function Times({ cert }) {
    const now = validity(cert);

    return html`<${Time} value=${cert.notBefore} style="day" /> – <${Time}
        value=${cert.notAfter} style="day" />${now.state !== 'good' && html`${' '}
        <span class="mark-text ${now.state}">${daysText(now)}</span>`}`;
}

/** The rows of a certificate that is known by its text only. */
export function CertificateRows({ cert }) {
    return html`<dl class="details">
        <${Row} label=${t('cert.fingerprint')} wide>
            <${Fingerprint} value=${cert.fingerprint} /><//>
        <${Row} label=${t('cert.issuer')}>${
        cert.selfSigned || cert.subjectText === cert.issuerText
            ? t('cert.selfSigned')
            : html`<${Text} value=${cert.issuerText} />`}<//>
        <${Row} label=${t('cert.validity')}><${Times} cert=${cert} /><//>
        <${Row} label=${t('cert.key')}>${keyName(cert.key)}<//>
        <${Row} label=${t('cert.serial')}><${Hex} value=${cert.serial} /><//>
    </dl>`;
}

/** One of those whose signatures a package carries. */
export function Signer({ signer }) {
    const { trusted, by } = signer;

    return html`<li class="signer ${trusted ? 'trusted' : 'untrusted'}">
        <${Sign} kind=${trusted ? 'good' : 'bad'} />
        <div class="signer-body">
            <p class="muted">${t(`signer.role.${signer.role}`)}</p>
            <h3 class="signer-name"><${Text} value=${signer.subjectText ||
        t('noName')} /></h3>
            ${trusted ? html`<p class="signer-why">${
        t(`signer.by.${by || 'table'}`)}${signer.vouches && html`
                ${' '}${t('signer.vouches')}`}</p>`
        : html`<p class="signer-why"><strong>${t('signer.untrusted')}</strong>
                ${' '}<span lang="en"><${Text} value=${
        signer.why.replace(/^Not trusted: (.)/,
            (_, first) => first.toUpperCase())} /></span></p>`}
            <${CertificateRows} cert=${signer} />
        </div></li>`;
}
