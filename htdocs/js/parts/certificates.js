// SPDX-License-Identifier: Apache-2.0
// Certificates of others, from files or pasted. Only what stands between the
// lines of a certificate is taken: a key beside it never leaves the browser.
import { html, useState } from '../lib.js';
import { Problem } from '../http.js';
import { t } from '../i18n.js';
import { FileField } from '../ui/file.js';
import { Field } from '../ui/form.js';
import { announce } from '../ui/live.js';
import { Fingerprint, Text } from '../ui/text.js';

const BLOCK =
    /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g;
const MAX_BYTES = 1024 * 1024;
const DER_SEQUENCE = 0x30;

async function known(der, from) {
    const digest = await crypto.subtle.digest('SHA-256', der);
    const hex = (buffer) => [...new Uint8Array(buffer)]
        .map((byte) => byte.toString(16).padStart(2, '0')).join('');

    return { from, fingerprint: hex(digest),
        certificate: btoa(Array.from(new Uint8Array(der),
            (byte) => String.fromCharCode(byte)).join('')) };
}

const bytesOf = (base64) => Uint8Array.from(
    atob(base64.replace(/\s/g, '')), (char) => char.charCodeAt(0));

/** @return [{certificate (base64 DER), fingerprint, from}] */
async function ofText(text, from) {
    try {
        return await Promise.all([...text.matchAll(BLOCK)].map(([, body]) =>
            known(bytesOf(body), from)));
    }
    catch {
        return []; // no base64
    }
}

async function ofFile(file) {
    const buffer = await file.arrayBuffer().catch(() => {
        throw new Problem('file-unreadable');
    });
    const data = new Uint8Array(buffer);

    return data[0] === DER_SEQUENCE ? [await known(buffer, file.name)]
        : ofText(new TextDecoder().decode(data), file.name);
}

/** A list of certificates that grows by files and pasted text. */
export function CertificatesField({ name, label, help, values, onValues,
    action }) {
    const [text, setText] = useState('');
    const [wrong, setWrong] = useState(null);

    function add(found) {
        const fresh = found.filter((one) => !values.some((other) =>
            other.fingerprint === one.fingerprint));

        setWrong(found.length ? null : t('certificates.none'));
        if (found.length) {
            onValues([...values, ...fresh]);
            announce(t('certificates.added', { n: fresh.length }));
        }
    }
    async function typed(value) {
        const found = await ofText(value, t('certificates.pasted'));

        setText(found.length ? '' : value);
        if (found.length) {
            add(found);
        }
    }
    return html`<div class="certificates">
        <${FileField} name=${name} label=${label} help=${help} action=${action}
            error=${wrong} file=${null} max=${MAX_BYTES}
            drop=${t('reply.drop')} accept=".pem,.crt,.cer,.der"
            onFile=${(file) => ofFile(file).then(add,
        (problem) => setWrong(t(`problem.${problem.slug}`)))} />
        <${Field} name=${`${name}-text`} label=${t('certificates.paste')}>${
        (props) => html`<textarea ...${props} rows="3" class="pem"
            spellcheck=${false} value=${text}
            placeholder="-----BEGIN CERTIFICATE-----"
            onInput=${(event) => typed(event.target.value)}></textarea>`}<//>
        ${values.length > 0 && html`<ul class="taken">${values.map((one) => html`
            <li key=${one.fingerprint}><div><strong><${Text} value=${one.from} />
                </strong><${Fingerprint} value=${one.fingerprint}
                copy=${false} /></div>
                <button type="button" class="quiet small" aria-label=${
        t('certificates.remove', { name: one.from })} onClick=${() =>
        onValues(values.filter((other) => other !== one))}>${
        t('file.remove')}</button></li>`)}</ul>`}
    </div>`;
}
