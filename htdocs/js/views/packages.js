// SPDX-License-Identifier: Apache-2.0
// The stored packages, and the ways to another.
import { html, useEffect, useState } from '../lib.js';
import { call } from '../api.js';
import { bytes } from '../format.js';
import { t } from '../i18n.js';
import { panel } from '../panel.js';
import { go, href } from '../router.js';
import { useStore } from '../store.js';
import { Run, useAction } from '../ui/action.js';
import { FileField } from '../ui/file.js';
import { Notice, ProblemNotice, ProblemText } from '../ui/notice.js';
import { Lacks, may } from '../parts/actions.js';
import { usePages } from '../parts/pages.js';
import { Progress } from '../ui/progress.js';
import { Text, Time } from '../ui/text.js';
import { commonName } from '../parts/details.js';
import { elementsText } from '../parts/elements.js';
import { PackageMarks } from '../parts/package.js';
import { CreateDialog } from '../parts/package-create.js';

const beforeLeaving = (event) => event.preventDefault();

/** A file goes up as soon as it is chosen: what is in it is shown before
 * anything is imported. */
function Upload() {
    const [file, setFile] = useState(null);
    const action = useAction(async ({ signal, onProgress }, chosen) => {
        const { data } = await call('POST', '/packages/imports',
            { file: chosen, signal, onProgress, timeout: 0 });

        go('packages', 'imports', data.id);
    });
    const { busy, share, problem } = action;

    useEffect(() => {
        if (busy) {
            addEventListener('beforeunload', beforeLeaving);
        }
        return () => removeEventListener('beforeunload', beforeLeaving);
    }, [busy]);
    return html`<section class="card upload" aria-label=${t('upload.title')}>
        ${problem && html`<${Notice} kind=${
        problem.slug === 'cancelled' ? 'info' : 'bad'} role="alert">
            <p><strong><${Text} value=${file?.name} /></strong></p>
            ${problem.slug === 'cancelled' ? html`<p>${
        t('upload.cancelled')}</p>` : html`<${ProblemText}
                problem=${problem} /><p>${t('upload.nothing')}</p>`}<//>`}
        ${busy ? html`<p class="label"><${Text} value=${file.name} />
            ${' '}<span class="muted">${bytes(file.size)}</span></p>
            <${Progress} label=${t('upload.title')} onCancel=${action.cancel}
                share=${share === 1 ? null : share}>${
        t(share === 1 ? 'upload.checking' : 'upload.busy')}<//>`
        : html`<${FileField} name="package" label=${t('upload.title')}
            help=${t('upload.help')} drop=${t('upload.drop')} file=${null}
            accept=".package,.zip,application/zip" onFile=${(chosen) => {
        setFile(chosen);
        action.run(chosen);
    }} />`}
    </section>`;
}

/** Uploads that nobody has decided on yet. */
function Waiting({ generation }) {
    const { items } = usePages('/packages/imports', generation);

    if (!items?.length) {
        return null;
    }
    return html`<section class="stored"><h2>${t('imports.waiting')}</h2>
        <ul class="card rows">${items.map((one) => html`<li key=${one.id}>
            <a class="row" href=${href('packages', 'imports', one.id)}>
            <span class="row-main"><strong><${Text} value=${one.name} /></strong>
                <span class="muted">${bytes(one.size)} · <${Text}
                    value=${one.createdBy} /> · ${t('imports.until')} <${Time}
                    value=${one.expiresAt} /></span></span>
            <span class="row-side"><span class="badge badge-wait">${
        t('imports.review')}</span></span></a></li>`)}</ul></section>`;
}

function PackageRow({ one }) {
    return html`<li><a class="row" href=${href('packages', one.name)}>
        <span class="row-main"><strong><${Text} value=${one.name} /></strong>
            ${one.description && html`<span class="row-text"><${Text}
                value=${one.description} /></span>`}
            ${one.signerText && html`<span class="muted">${
        t('package.signedBy')} <${Text} value=${commonName(one.signerText)} /></span>`}
            <span class="muted">${elementsText(one.elements)} · ${
        bytes(one.size)} · <${Time} value=${one.importedAt} /> · <${Text}
                value=${one.importedBy} /></span></span>
        <span class="row-side"><${PackageMarks} one=${one} /></span></a></li>`;
}

export default function Packages() {
    const { status } = useStore(panel);
    const [creating, setCreating] = useState(false);
    const generation = status?.database.generation;
    const { items, next, load } = usePages('/packages', generation, {},
        'after');

    return html`<h1 tabindex="-1">${t('packages')}</h1>
        <p class="lead">${t('packages.intro')}</p>
        ${may(status, 'manage') ? html`<${Upload} />`
        : html`<${Lacks} right="manage" />`}
        <${Waiting} generation=${generation} />
        <section class="stored"><header><h2>${t('packages.stored')}</h2>
            ${items?.length > 0 && may(status, 'manage') && html`<button
                type="button" class="secondary"
                onClick=${() => setCreating(true)}>${
        t('create.package')}</button>`}</header>
        ${load.problem && html`<${ProblemNotice} problem=${load.problem} />`}
        ${items && !items.length && html`<div class="card empty">
            <p><strong>${t('packages.none')}</strong></p>
            <p class="lead">${t('packages.none.text')}</p></div>`}
        ${items?.length > 0 && html`<ul class="card rows">${items.map((one) =>
        html`<${PackageRow} key=${one.name} one=${one} />`)}</ul>`}
        ${next && html`<${Run} action=${load} type="button" kind="secondary"
            onClick=${() => load.run(next)}>${t('more')}<//>`}</section>
        ${creating && html`<${CreateDialog}
            onClose=${() => setCreating(false)} />`}`;
}
