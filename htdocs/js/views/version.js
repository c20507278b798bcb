// SPDX-License-Identifier: Apache-2.0
// One version: look at it, roll back to it, destroy its key.
import { html, useEffect, useState } from '../lib.js';
import { get } from '../api.js';
import { versionHref } from '../entry.js';
import { Problem } from '../http.js';
import { keyName } from '../format.js';
import { t } from '../i18n.js';
import { change, confirmServed, panel } from '../panel.js';
import { go, href } from '../router.js';
import { useStore } from '../store.js';
import { Run, useAction } from '../ui/action.js';
import { Dialog } from '../ui/dialog.js';
import { Form, TextField } from '../ui/form.js';
import { announce } from '../ui/live.js';
import { Notice, ProblemNotice } from '../ui/notice.js';
import { Fingerprint, Text, Time } from '../ui/text.js';
import { Lacks, may as has, mayChange } from '../parts/actions.js';
import { Badge } from '../parts/badge.js';
import { Chain } from '../parts/chain.js';
import { Details, nameOf, Row, Sans } from '../parts/details.js';
import { FileButton } from '../parts/pem.js';
import { Warnings, WhatNext } from '../parts/judgement.js';
import { Validity } from '../parts/validity.js';
import { MovePreview, useMovePreview } from '../parts/preview.js';
import { Scheduled, ScheduleDialog } from '../parts/schedule.js';

/** Roll back: what would work is shown before it is done. */
function ActivateDialog({ version, onClose }) {
    const preview = useMovePreview(version, 'activate');
    const activate = useAction(async ({ signal }) => {
        const done = await change('POST', `/versions/${version.id}/activate`,
            { signal, etag: version.etag });

        onClose();
        go('certificate');
        confirmServed(done.certificate.fingerprint,
            t('activate.done', { n: version.version }));
    });

    return html`<${Dialog} title=${t('activate.title', { n: version.version })}
        wide onClose=${onClose} actions=${html`
        <button type="button" class="secondary" data-first onClick=${onClose}>${
        t('cancel')}</button>
        <${Run} action=${activate} type="button" disabled=${!preview.shown}
            busyText=${t('activate.busy')} onClick=${() => activate.run()}>${
        t('activate.go')}<//>`}>
        ${activate.problem && html`
            <${ProblemNotice} problem=${activate.problem} />`}
        <p>${t('activate.text')}</p>
        <${MovePreview} preview=${preview} />
        <p class="label">${t('cert.fingerprint')}</p>
        <${Fingerprint} value=${version.fingerprint} />
        <${WhatNext} cert=${version} /><//>`;
}

/** The stored packages that nobody can read once the key is gone. */
function NeededBy({ packages }) {
    return html`<${Notice} kind="soon">
        <ul class="plain">${packages.map((name) => html`<li key=${name}>
            <a href=${href('packages', name)}><${Text} value=${name} /></a>
        </li>`)}</ul>
        <p>${t('destroy.needed.text')}</p><//>`;
}

/** The versions that hold the same key, and go with it. */
function SharedBy({ versions }) {
    const { certificate } = useStore(panel);

    return html`<${Notice} kind="soon"><p>${t('destroy.shared')}</p>
        <ul class="plain">${versions.map((one) => html`<li
            key=${one.versionId}><a href=${versionHref(one.entry,
        one.versionId, certificate.entry)}>${
        t('destroy.shared.version', { n: one.number, entry: one.entry,
            state: t(`state.${one.state}`) })}</a></li>`)}</ul><//>`;
}

function DestroyDialog({ version, onClose }) {
    const [typed, setTyped] = useState('');
    const phrase = `destroy ${version.version}`;
    const [needed, setNeeded] = useState(null);
    const [shared, setShared] = useState(null);
    const destroy = useAction(async ({ signal }) => {
        if (typed.trim().toLowerCase() !== phrase) {
            throw new Problem('not-confirmed', { field: 'confirm' });
        }
        await change('DELETE', `/versions/${version.id}`, { signal,
            etag: version.etag, query: { force: Boolean(needed) || null,
                withSharedKey: Boolean(shared) || null } });
        onClose();
        announce(t(shared ? 'destroy.doneShared' : 'destroy.done',
            { n: version.version }));
    });

    useEffect(() => {
        const { slug, packages, versions = [] } = destroy.problem || {};

        if (slug === 'package-needs-key') {
            setNeeded(packages || []);
        }
        else if (slug === 'key-in-use' && versions.length > 0 &&
            versions.every(({ state }) => state !== 'active')) {
            setShared(versions);
        }
    }, [destroy.problem]);
    return html`<${Dialog} title=${t('destroy.title', { n: version.version })}
        onClose=${onClose}>
        <${Notice} kind="bad"><p>${t('destroy.text')}</p><//>
        <p class="dialog-name"><${Text} value=${nameOf(version)} /></p>
        <${Form} action=${destroy} fields=${['confirm']}
            label=${t('destroy.title', { n: version.version })}
            onSubmit=${() => destroy.run()}>
            ${shared && html`<${SharedBy} versions=${shared} />`}
            ${needed && html`<${NeededBy} packages=${needed} />`}
            <${TextField} name="confirm" action=${destroy} value=${typed}
                label=${t('destroy.confirm', { phrase })} onValue=${setTyped}
                input=${{ autocomplete: 'off', autocapitalize: 'off',
        spellcheck: false }} />
            <div class="buttons">
                <button type="button" class="secondary" data-first
                    onClick=${onClose}>${t('keep')}</button>
                <${Run} action=${destroy} kind="danger"
                    disabled=${typed.trim().toLowerCase() !== phrase}>${
        t(needed ? 'destroy.anyway' : shared ? 'destroy.goShared'
            : 'destroy.go')}<//>
            </div><//><//>`;
}

function DeactivateDialog({ version, onClose }) {
    const preview = useMovePreview(version, 'deactivate');
    const action = useAction(async ({ signal }) => {
        await change('POST', `/versions/${version.id}/deactivate`,
            { signal, etag: version.etag });
        onClose();
        announce(t('deactivate.done', { n: version.version }));
    });

    return html`<${Dialog} title=${t('deactivate.title',
        { n: version.version })} onClose=${onClose} actions=${html`
        <button type="button" class="secondary" data-first onClick=${onClose}>${
        t('cancel')}</button>
        <${Run} action=${action} type="button" kind="danger"
            disabled=${!preview.shown}
            onClick=${() => action.run()}>${t('deactivate.go')}<//>`}>
        ${action.problem && html`<${ProblemNotice} problem=${action.problem} />`}
        <p>${t('deactivate.text')}</p>
        <${MovePreview} preview=${preview} /><//>`;
}

function PendingVersion({ version }) {
    return html`<dl class="details"><${Row} label=${t('cert.subject')}>
            <${Text} value=${version.csrSubjectText} /><//>
        <${Row} label=${t('cert.sans')}>
            <${Sans} names=${version.csrSubjectAltNames} /><//>
        <${Row} label=${t('cert.key')}>${keyName(version.key)}<//></dl>`;
}

function VersionActions({ version, onAsk, both, may, exports }) {
    const { state, id } = version;

    return html`<footer class="buttons">
        ${state === 'passive' && may && html`<button type="button"
            onClick=${() => onAsk('activate')}>${t('activate.button')}</button>`}
        ${state === 'passive' && may && !version.scheduledAt && html`
            <button type="button" class="secondary"
            onClick=${() => onAsk('schedule')}>${t('schedule.button')}</button>`}
        ${state === 'pending' && may && html`<a role="button" href=${href('reply')}>${
        t('do.reply')}</a>`}
        ${state !== 'retired' && html`<${FileButton}
            path=${`/versions/${id}/csr`} title=${t('csr.title')}
            help=${t('csr.help')}>${t('csr.short')}<//>`}
        ${state !== 'pending' && html`<${FileButton}
            path=${`/versions/${id}/certificate.pem`} title=${t('pem.title')}
            help=${t('pem.help')}>${t('pem')}<//>`}
        ${(state === 'passive' || state === 'active') && exports && html`<a
            role="button"
            class="secondary" href=${href('export', id)}>${
        t('export.short')}</a>`}
        ${state === 'active' && both && may && html`<button type="button"
            class="quiet danger" onClick=${() => onAsk('deactivate')}>${
        t('deactivate.button')}</button>`}
        ${(state === 'passive' || state === 'pending') && may && html`
            <button type="button" class="quiet danger"
            onClick=${() => onAsk('destroy')}>${t('destroy.button')}</button>`}
    </footer>`;
}

const DIALOGS = { activate: ActivateDialog, deactivate: DeactivateDialog,
    destroy: DestroyDialog, schedule: ScheduleDialog };

export default function Version({ id }) {
    const { etag, certificate: data, status } = useStore(panel);
    const [version, setVersion] = useState(null);
    const [asked, setAsked] = useState(null);
    const load = useAction(async ({ signal }) => {
        setVersion((await get(`/versions/${id}`, { signal })).data);
    });
    const Asked = DIALOGS[asked];
    const may = mayChange(status);

    useEffect(() => {
        load.run();
    }, [id, etag]);
    return html`<nav class="back" aria-label=${t('back.label')}><a href=${
        href('versions')}>← ${t('versions')}</a></nav>
        <h1 tabindex="-1">${version ? t('version.n', { n: version.version })
        : t('versions')}</h1>
        ${load.problem && html`<${ProblemNotice} problem=${load.problem} />`}
        ${version && html`<article class="card hero">
            <header><p class="hero-badges"><${Badge} state=${version.state} />
                <span class="muted">${t(`origin.${version.origin}`)}</span></p>
                <h2><${Text} value=${nameOf(version)} /></h2>
                <p class="muted">${t(`state.${version.state}.help`)}</p></header>
            ${version.scheduledAt && html`<${Scheduled} version=${version}
                may=${may} onDone=${load.run}
                onAsk=${() => setAsked('schedule')} />`}
            ${version.fingerprint ? html`<${Validity} cert=${version} />
                <${Warnings} warnings=${version.state === 'retired' ? []
        : version.warnings} />
                <${Details} cert=${version} />
                <section class="chain-section"><h3>${t('chain')}</h3>
                <${Chain} cert=${version} missingIssuer=${
        version.warnings.some(({ slug }) => slug === 'chain-incomplete')} />
                </section>` : html`<${PendingVersion} version=${version} />`}
            <dl class="details"><${Row} label=${t('version.created')}>
                <${Time} value=${version.createdAt} /> · <${Text}
                value=${version.createdBy} /><//>
                ${version.activatedAt && html`<${Row}
                    label=${t('version.activated')}>
                    <${Time} value=${version.activatedAt} /><//>`}</dl>
            <${VersionActions} version=${version} onAsk=${setAsked}
                both=${Boolean(data.also)} may=${may}
                exports=${has(status, 'export')} />
            ${version.state !== 'retired' && html`<${Lacks} right="manage" />
                <${Lacks} right="export" />`}
        </article>`}
        ${Asked && html`<${Asked} version=${version} onDone=${load.run}
            onClose=${() => setAsked(null)} />`}`;
}
