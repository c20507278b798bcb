// SPDX-License-Identifier: Apache-2.0
// The certificates whose packages are imported without a question.
import { html, useRef, useState } from '../lib.js';
import { call } from '../api.js';
import { base64 } from '../files.js';
import { t } from '../i18n.js';
import { panel } from '../panel.js';
import { href } from '../router.js';
import { useStore } from '../store.js';
import { Run, useAction } from '../ui/action.js';
import { Dialog } from '../ui/dialog.js';
import { Check } from '../ui/check.js';
import { FileField } from '../ui/file.js';
import { Field, Form } from '../ui/form.js';
import { announce } from '../ui/live.js';
import { Notice, ProblemNotice } from '../ui/notice.js';
import { Lacks, may } from '../parts/actions.js';
import { usePages } from '../parts/pages.js';
import { Fingerprint, Text, Time } from '../ui/text.js';
import { validity } from '../format.js';
import { Mark } from '../parts/elements.js';
import { Warnings } from '../parts/judgement.js';
import { CertificateRows } from '../parts/signer.js';

const MAX_BYTES = 1024 * 1024;

function PackageLinks({ names }) {
    return html`<ul class="plain listed">${names.map((name) => html`
        <li key=${name}><a href=${href('packages', name)}><${Text}
            value=${name} /></a></li>`)}</ul>`;
}

function RemoveDialog({ cert, onClose, onDone }) {
    const action = useAction(async ({ signal }) => {
        await call('DELETE', `/trusted-certificates/${cert.fingerprint}`,
            { signal });
        onClose();
        onDone();
        announce(t('trusted.removed'));
    });

    return html`<${Dialog} title=${t('trusted.remove.title')}
        onClose=${onClose} actions=${html`
        <button type="button" class="secondary" data-first onClick=${onClose}>${
        t('keep')}</button>
        <${Run} action=${action} type="button" kind="danger"
            onClick=${() => action.run()}>${t('trusted.remove')}<//>`}>
        ${action.problem && html`<${ProblemNotice} problem=${action.problem} />`}
        <p class="dialog-name"><${Text} value=${cert.subjectText} /></p>
        <${Fingerprint} value=${cert.fingerprint} copy=${false} />
        <p>${t('trusted.remove.text')}</p>
        ${cert.packages.length > 0 && html`<p>${t('trusted.remove.packages',
        { n: cert.packages.length })}</p>
            <${PackageLinks} names=${cert.packages} />`}<//>`;
}

/** Whether it stands for what others made, too. */
function Vouches({ cert, manages, onDone }) {
    const action = useAction(async ({ signal }, vouches) => {
        await call('POST', '/trusted-certificates', { signal,
            body: { fingerprint: cert.fingerprint, vouches } });
        onDone();
        announce(t(vouches ? 'trusted.vouches.on' : 'trusted.vouches.off'));
    });

    return html`${action.problem && html`<${ProblemNotice}
            problem=${action.problem} />`}
        <${Check} label=${html`${t('trusted.vouches')}<span
            class="visually-hidden"> ${cert.subjectText}</span>`}
            help=${t('trusted.vouches.help')} checked=${cert.vouches}
            disabled=${action.busy || !manages} onChecked=${(on) => action.run(on)} />`;
}

function Trusted({ cert, manages, onRemove, onDone }) {
    const { state } = validity(cert);
    const over = cert.expired || state === 'over';

    return html`<li class="signer">
        <div class="signer-body">
            <p class="hero-badges">${over && html`<${Mark} kind="bad">${
        t('trusted.expired')}<//>`}
                <span class="muted">${cert.source === 'file'
        ? t('trusted.fromFile') : html`${t('trusted.fromPackage')} <${Text}
            value=${cert.source} />`} · <${Text} value=${cert.addedBy} /> · <${
        Time} value=${cert.addedAt} /></span></p>
            <h2 class="signer-name"><${Text} value=${cert.subjectText ||
        t('noName')} /></h2>
            ${over && html`<p class="signer-why">${t('trusted.expired.text')}</p>`}
            <${CertificateRows} cert=${cert} />
            <${Vouches} cert=${cert} manages=${manages} onDone=${onDone} />
            ${cert.packages.length > 0 && html`<p class="label">${
        t('trusted.packages')}</p><${PackageLinks} names=${cert.packages} />`}
        </div>
        ${manages && html`<button type="button" class="quiet danger"
            aria-label=${t('trusted.remove.named', { name: cert.subjectText })}
            onClick=${onRemove}>${t('trusted.remove')}</button>`}</li>`;
}

/** A certificate that came by a way that can be relied on. */
function AddForm({ onDone }) {
    const [file, setFile] = useState(null);
    const [text, setText] = useState('');
    const [vouches, setVouches] = useState(false);
    const [added, setAdded] = useState(null);
    const action = useAction(async ({ signal }) => {
        const certificate = file ? await base64(file) : text;
        const { data, status } = await call('POST', '/trusted-certificates',
            { signal, body: vouches ? { certificate, vouches }
                : { certificate } });

        setFile(null);
        setText('');
        setVouches(false);
        setAdded({ cert: data.items[0], there: status === 200,
            warnings: data.warnings });
        onDone();
        announce(t('trusted.added'));
    });
    const edit = (work) => (value) => {
        work(value);
        setAdded(null);
        action.clear();
    };

    return html`${added && html`<${Notice} kind="good" role="status"
            title=${t(added.there ? 'trusted.there' : 'trusted.added')}>
            ${added.cert && html`<p><${Text} value=${
        added.cert.subjectText} /></p><p><${Fingerprint}
            value=${added.cert.fingerprint} /></p>`}<//>
        <${Warnings} warnings=${added.warnings} />`}
    <${Form} action=${action} fields=${['certificate']}
        label=${t('trusted.add')} onSubmit=${() => action.run()}>
        <section class="card"><header><h2>${t('trusted.add')}</h2>
            <p class="muted">${t('trusted.add.help')}</p></header>
        <${FileField} name=${file || !text ? 'certificate' : 'file'}
            label=${t('trusted.file')} action=${action} file=${file}
            max=${MAX_BYTES} drop=${t('reply.drop')}
            accept=".pem,.crt,.cer,.der" onFile=${edit(setFile)} />
        ${!file && html`<${Field} name=${text ? 'certificate' : 'text'}
            action=${action} label=${t('reply.text')}>${(props) => html`
            <textarea ...${props} rows="4" class="pem" spellcheck=${false}
                value=${text} placeholder="-----BEGIN CERTIFICATE-----"
                onInput=${(event) => edit(setText)(event.target.value)}>
            </textarea>`}<//>`}
        <${Check} label=${t('trusted.vouches')} checked=${vouches}
            help=${t('trusted.vouches.help')} onChecked=${edit(setVouches)} />
        <${Run} action=${action} disabled=${!file && !text.trim()}>${
        t('trusted.add.go')}<//></section><//>`;
}

export default function TrustedCertificates() {
    const { status } = useStore(panel);
    const [turn, setTurn] = useState(0);
    const [removing, setRemoving] = useState(null);
    const heading = useRef(null);
    const { items, next, load } = usePages('/trusted-certificates',
        `${status?.database.generation}/${turn}`, {}, 'after');
    const again = () => setTurn((before) => before + 1);
    const manages = may(status, 'manage');

    return html`<h1 tabindex="-1" ref=${heading}>${t('trusted')}</h1>
        <p class="lead">${t('trusted.intro')}</p>
        ${load.problem && html`<${ProblemNotice} problem=${load.problem} />`}
        ${items && !items.length && html`<div class="card empty">
            <p><strong>${t('trusted.none')}</strong></p>
            <p class="lead">${t('trusted.none.text')}</p></div>`}
        ${items?.length > 0 && html`<ul class="card signers">${items.map((one) =>
        html`<${Trusted} key=${one.fingerprint} cert=${one} manages=${manages}
            onDone=${again} onRemove=${() => setRemoving(one)} />`)}</ul>`}
        ${next && html`<${Run} action=${load} type="button" kind="secondary"
            onClick=${() => load.run(next)}>${t('more')}<//>`}
        ${manages ? html`<${AddForm} onDone=${again} />`
        : html`<${Lacks} right="manage" />`}
        ${removing && html`<${RemoveDialog} cert=${removing} onDone=${() => {
        again();
        heading.current.focus();
    }} onClose=${() => setRemoving(null)} />`}`;
}
