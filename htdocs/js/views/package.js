// SPDX-License-Identifier: Apache-2.0
// One stored package: what it holds, who signed it, which keys it needs.
import { html, useEffect, useState } from '../lib.js';
import { call, get } from '../api.js';
import { bytes, digestName, fingerprint } from '../format.js';
import { known, number, t } from '../i18n.js';
import { panel } from '../panel.js';
import { go, href } from '../router.js';
import { useStore } from '../store.js';
import { Run, useAction } from '../ui/action.js';
import { Dialog } from '../ui/dialog.js';
import { announce } from '../ui/live.js';
import { Notice, ProblemNotice } from '../ui/notice.js';
import { Fingerprint, Text, Time } from '../ui/text.js';
import { Lacks, may } from '../parts/actions.js';
import { commonName, Row } from '../parts/details.js';
import { Elements, ElementMarks, elementsText,
    typeName } from '../parts/elements.js';
import { OnceMark, PackageMarks, packagePath } from '../parts/package.js';
import { ExportDialog } from '../parts/package-export.js';

const NAMED = 20; // elements that a question names; the others are counted

/** Which keys open it: lose them all, and nobody reads it. */
function NeededKeys({ keys }) {
    if (!keys?.length) {
        return null;
    }
    return html`<${Notice} kind="info" title=${t('package.needs')}>
        <ul class="plain">${keys.map((key) => html`<li key=${key.fingerprint}>
            ${key.versionId ? html`<a href=${href('versions', key.versionId)}>${
        t('package.key', { alias: key.alias })}</a>, ${
        t(`state.${key.state}`)}` : t('package.key.gone')}</li>`)}</ul>
        <p>${t('package.needs.text')}</p><//>`;
}

/** What the server that made it wrote about it. */
function Meta({ meta }) {
    const names = Object.keys(meta || {}).filter((name) => meta[name]);

    return names.length > 0 && html`<details class="more">
        <summary>${t('package.meta')}</summary>
        <dl class="details">${names.map((name) => html`<${Row} key=${name}
            label=${known(`meta.${name}`) ? t(`meta.${name}`) : name}>
            <${Text} value=${meta[name]} /><//>`)}</dl></details>`;
}

/** It is gone for good, and so is what no other package holds. */
function DeleteDialog({ one, onClose }) {
    const going = one.items.filter((element) => !element.packages?.length);
    const action = useAction(async ({ signal }) => {
        const { data } = await call('DELETE', packagePath(one.name),
            { signal });

        onClose();
        go('packages');
        announce(t('delete.done', { name: one.name, n: data.elements }));
    });

    return html`<${Dialog} title=${t('delete.title')} onClose=${onClose}
        actions=${html`<button type="button" class="secondary" data-first
            onClick=${onClose}>${t('keep')}</button>
        <${Run} action=${action} type="button" kind="danger"
            onClick=${() => action.run()}>${t('delete.go')}<//>`}>
        ${action.problem && html`<${ProblemNotice} problem=${action.problem} />`}
        <p class="dialog-name"><${Text} value=${one.name} /></p>
        <p>${t('delete.text')}</p>
        ${going.length > 0 ? html`<p>${t('delete.going',
        { n: going.length, count: number(going.length) })}</p>
            <ul class="plain listed">${going.slice(0, NAMED).map((element) =>
        html`<li key=${element.id}><${Text} value=${element.name ||
            element.id} /> <span class="muted">${typeName(element.type)}</span>
        </li>`)}</ul>
            ${going.length > NAMED && html`<p class="muted">${t('delete.more',
        { n: number(going.length - NAMED) })}</p>`}`
        : html`<p>${t('delete.none')}</p>`}
        ${going.length < one.items.length && html`<p>${t('delete.staying', {
        n: one.items.length - going.length,
        count: number(one.items.length - going.length) })}</p>`}<//>`;
}

/** The first bytes of a fingerprint, to tell authors apart by. */
const short = (hex) => `${fingerprint(hex).slice(0, 23)}…`;

function StoredMarks({ element }) {
    return html`<${ElementMarks} element=${element}>
        <${OnceMark} trust=${element.trust} />
        ${element.author && html`<span class="muted">${t('elements.author')}
            ${' '}<${Text} value=${element.authorText
        ? commonName(element.authorText) : short(element.author)} />
        </span>`}
        ${element.packages?.length > 0 && html`<span class="muted">${
        t('elements.also')} ${element.packages.map((name, i) => html`${
        i > 0 && ', '}<a key=${name} href=${href('packages', name)}><${Text}
            value=${name} /></a>`)}</span>`}<//>`;
}

function Stored({ one }) {
    return html`<article class="card hero"><header>
            <p class="hero-badges"><${PackageMarks} one=${one} />
                <span class="muted">${elementsText(one.items.length)}</span></p>
            ${one.description && html`<p><${Text} value=${
        one.description} /></p>`}</header>
        <${NeededKeys} keys=${one.needsKeys} />
        <dl class="details">
            <${Row} label=${t('package.imported')}><${Time}
                value=${one.importedAt} /> · <${Text} value=${
        one.importedBy} /><//>
            <${Row} label=${t('package.size')}>${bytes(one.size)}<//>
            <${Row} label=${t('package.id')}><code>${one.id}</code><//>
            <${Row} label=${t('package.signer')} wide>${one.signer
        ? html`<p><${Text} value=${one.signerText} /></p>
                <${Fingerprint} value=${one.signer} />`
        : t('package.own.help')}<//>
            ${one.trust && html`<${Row} label=${t('package.trust')}>${
        t(`package.trust.${one.trust}`)}<//>`}
            ${one.signatureDigest && html`<${Row} label=${t('digest')}>${
        digestName(one.signatureDigest)}<//>`}
        </dl>
        <${Meta} meta=${one.meta} /></article>
    <section class="card"><header><h2>${t('elements')}</h2></header>
        <${Elements} elements=${one.items} chosen=${null}
            marks=${(element) => html`<${StoredMarks} element=${element} />`}
            version=${(element) => html`<span class="version"><strong><${Text}
                value=${element.version || t('none')} /></strong>
                <span class="muted"><${Time} value=${element.importedAt}
                style="day" /></span></span>`} /></section>`;
}

const DIALOGS = { export: ExportDialog, delete: DeleteDialog };

export default function Package({ id: name }) {
    const { status } = useStore(panel);
    const [one, setOne] = useState(null);
    const [asked, setAsked] = useState(null);
    const load = useAction(async ({ signal }) => {
        setOne((await get(packagePath(name), { signal })).data);
    });
    const Asked = DIALOGS[asked];

    useEffect(() => {
        load.run();
    }, [name, status?.database.generation]);
    return html`<nav class="back" aria-label=${t('back.label')}><a
            href=${href('packages')}>← ${t('packages')}</a></nav>
        <h1 tabindex="-1"><${Text} value=${name} /></h1>
        ${load.problem && html`<${ProblemNotice} problem=${load.problem} />`}
        ${one && html`<div class="buttons head-buttons">
                ${may(status, 'sign') && html`<button type="button"
                    onClick=${() => setAsked('export')}>${
        t('package.export')}</button>`}
                ${may(status, 'manage') && html`<button type="button"
                    class="quiet danger" onClick=${() => setAsked('delete')}>${
        t('package.delete')}</button>`}</div>
            <${Lacks} right="sign" /><${Lacks} right="manage" />
            <${Stored} one=${one} />`}
        ${Asked && html`<${Asked} one=${one}
            onClose=${() => setAsked(null)} />`}`;
}
