// SPDX-License-Identifier: Apache-2.0
// The node, its database, and what it serves.
import { html, useEffect, useState } from '../lib.js';
import { get } from '../api.js';
import { entryName } from '../entry.js';
import { t } from '../i18n.js';
import { askNow, change, panel } from '../panel.js';
import { href } from '../router.js';
import { useStore } from '../store.js';
import { Run, useAction } from '../ui/action.js';
import { Dialog } from '../ui/dialog.js';
import { announce } from '../ui/live.js';
import { Notice, ProblemNotice, Sign } from '../ui/notice.js';
import { Fingerprint, Text, Time } from '../ui/text.js';
import { Lacks, may } from '../parts/actions.js';
import { Row } from '../parts/details.js';

function State({ good, children }) {
    return html`<span class="served ${good ? 'live' : 'dead'}">
        <${Sign} kind=${good ? 'good' : 'bad'} /><span>${children}</span></span>`;
}

function Reseal({ manages }) {
    const [answer, setAnswer] = useState(null);
    const action = useAction(async ({ signal }) => {
        setAnswer(await change('POST', '/keystore/reseal', { signal }));
    });

    return html`<section class="card"><h2>${t('reseal')}</h2>
        <p>${t('reseal.text')}</p>
        <${Lacks} right="manage" />
        ${manages && html`<${Run} action=${action} type="button"
            kind="secondary" onClick=${() => action.run()}>${
        t('reseal.go')}<//>`}
        ${action.problem && html`<${ProblemNotice} problem=${action.problem} />`}
        ${answer && html`<${Notice} kind="good" role="status"><p>${
        t('reseal.done', { n: answer.resealed })}</p><//>`}</section>`;
}

/** The way out of a restored backup. */
function Restored({ status }) {
    const [asking, setAsking] = useState(false);
    const action = useAction(async ({ signal }) => {
        await change('POST', '/keystore/accept-restore', { signal });
        setAsking(false);
        announce(t('restored.done'));
        await askNow();
    });

    return html`<${Notice} kind="bad" title=${t('restored.title')}>
        <p>${t('restored.text', { served: status.generation,
        database: status.database.generation })}</p>
        ${may(status, 'manage') && html`<p><button type="button"
            class="danger" onClick=${() => setAsking(true)}>${
        t('restored.go')}</button></p>`}
        ${asking && html`<${Dialog} title=${t('restored.title')}
            onClose=${() => setAsking(false)} actions=${html`
            <button type="button" class="secondary" data-first
                onClick=${() => setAsking(false)}>${t('cancel')}</button>
            <${Run} action=${action} type="button" kind="danger"
                onClick=${() => action.run()}>${t('restored.go')}<//>`}>
            ${action.problem && html`
                <${ProblemNotice} problem=${action.problem} />`}
            <p>${t('restored.ask')}</p><//>`}<//>`;
}

function Node({ status }) {
    return html`<section class="card"><h2>${t('node')}</h2><dl class="details">
        <${Row} label=${t('node.version')}>mod_vsocert ${status.version}<//>
        <${Row} label=${t('node.server')}>${status.server}<//>
        <${Row} label=${t('node.openssl')}>${status.openssl}<//>
        <${Row} label=${t('node.generation')}>${status.generation}<//>
        <${Row} label=${t('node.poll')}>
            <${Time} value=${status.lastPoll} style="medium" /><//>
    </dl></section>`;
}

function Database({ database, sealed, sealedReason }) {
    return html`<section class="card"><h2>${t('database')}</h2>
        <dl class="details">
        <${Row} label=${t('database.state')}><${State}
            good=${database.available}>${t(database.available
        ? 'database.up' : 'database.down')}<//><//>
        ${database.since && html`<${Row} label=${t('database.since')}>
            <${Time} value=${database.since} style="medium" /><//>`}
        <${Row} label=${t('database.driver')}>${database.driver}<//>
        <${Row} label=${t('database.generation')}>${database.generation}<//>
        <${Row} label=${t('sealed')} wide><${State} good=${!sealed}>${
        sealed ? t('sealed.yes') : t('sealed.no')}<//>
            ${sealedReason && html`<p lang="en">
                <${Text} value=${sealedReason} /></p>`}<//>
        ${database.keystore && html`<${Row} label=${t('database.keystore')}
            wide><code>${database.keystore}</code><//>`}
    </dl></section>`;
}

/** "40 s ago", in the unit that says enough. */
function ago(seconds) {
    const [unit, size] = seconds < 120 ? ['seconds', 1]
        : seconds < 7200 ? ['minutes', 60] : ['hours', 3600];

    return t(`fleet.ago.${unit}`, { n: Math.max(0, Math.floor(seconds / size)) });
}

function nodeState(one) {
    if (!one.live) {
        return t('fleet.silent', { ago: ago(one.ageSeconds) });
    }
    if (one.sealed) {
        return t('fleet.sealed');
    }
    return t(one.serves ? 'fleet.serves' : 'fleet.behind',
        { generation: one.generation });
}

/** All nodes that share the database; asked for whenever the status is. */
function Fleet({ status }) {
    const [fleet, setFleet] = useState(null);

    useEffect(() => {
        const asked = new AbortController();

        get('/nodes', { signal: asked.signal })
            .then(({ data }) => setFleet(data), () => {});
        return () => asked.abort();
    }, [status]);
    if (!fleet || !fleet.items.length) {
        return null;
    }
    const good = (one) => one.live && one.serves && !one.sealed;
    const serving = fleet.items.filter(good).length;

    return html`<section class="card"><h2>${t('fleet')}</h2>
        <p><${State} good=${serving === fleet.items.length}>${
        t('fleet.summary', { serving, n: fleet.items.length,
            generation: fleet.generation })}<//></p>
        <ul class="served-list">${fleet.items.map((one) => html`
            <li key=${one.node}><p><strong><${Text} value=${one.node} /></strong>
                ${one.self && html` (${t('fleet.self')})`}</p>
                <${State} good=${good(one)}>${nodeState(one)}<//></li>`)}</ul>
    </section>`;
}

export default function Status() {
    const { status } = useStore(panel);

    return html`<h1 tabindex="-1">${t('status')}</h1>
        <p class="lead">${t('status.intro')}</p>
        ${status && html`
        ${status.restored && html`<${Restored} status=${status} />`}
        ${status.quarantined.map(({ versionId }) => html`<${Notice} kind="bad"
            key=${versionId} title=${t('warning.quarantined')}>
            <p><a href=${href('versions', versionId)}>${
        t('activity.version')}</a></p><//>`)}
        <section class="card"><h2>${t('status.served')}</h2>
            ${!status.served.length && html`<p>${t(entryName === null
        ? 'status.nothing' : 'served.none')}</p>`}
            <ul class="served-list">${status.served.map((one) => html`
            <li key=${one.fingerprint}><p><strong>${one.algorithm}</strong>
                ${' '}${one.bootstrap ? t('status.bootstrap') : html`
                <a href=${href('versions', one.versionId)}>${
        t('activity.version')}</a>`}</p>
                <${Fingerprint} value=${one.fingerprint} /></li>`)}</ul>
        </section>
        <div class="columns"><${Node} status=${status} />
            <${Database} ...${status} /></div>
        <${Fleet} status=${status} />
        <${Reseal} manages=${may(status, 'manage')} />`}`;
}
