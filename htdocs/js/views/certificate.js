// SPDX-License-Identifier: Apache-2.0
// The page itself: what is served, what waits, and what can be done.
import { html, useState } from '../lib.js';
import { isServedHere } from '../entry.js';
import { keyName } from '../format.js';
import { t } from '../i18n.js';
import { change, panel } from '../panel.js';
import { href } from '../router.js';
import { useStore } from '../store.js';
import { Run, useAction } from '../ui/action.js';
import { Dialog } from '../ui/dialog.js';
import { announce } from '../ui/live.js';
import { Notice, ProblemNotice, Sign } from '../ui/notice.js';
import { Fingerprint, Text, Time } from '../ui/text.js';
import { actionOf, may, mayChange, whyNot } from '../parts/actions.js';
import { Chain } from '../parts/chain.js';
import { Details, issuerName, nameOf, Row } from '../parts/details.js';
import { FileButton } from '../parts/pem.js';
import { Warnings } from '../parts/judgement.js';
import { Later, withTexts } from '../parts/later.js';
import { Validity } from '../parts/validity.js';

const GROUPS = [
    ['signed', ['csr', 'request', 'reply']],
    ['safe', ['export']],
    ['change', ['replace', 'import', 'create']],
];

/** Is it this that the node hands out? */
function Live({ cert, status, hosts }) {
    const live = status.served.some(
        (one) => one.fingerprint === cert.fingerprint);

    return html`<span class="served ${live ? 'live' : 'dead'}">
        <${Sign} kind=${live ? 'good' : 'soon'} /><span>${t(live
        ? 'served.live' : hosts.length ? 'served.not' : 'served.none')}</span>
    </span>`;
}

function Served({ cert, status, hosts }) {
    return html`<${Row} label=${t('served')} wide>
        ${status && html`<${Live} cert=${cert} status=${status}
            hosts=${hosts} />`}
        ${hosts.length > 0 && html`<ul class="sans">${hosts.map((host) => html`
            <li key=${host}><${Text} value=${host} /></li>`)}</ul>`}
    <//>`;
}

function Outcome() {
    const { outcome } = useStore(panel);
    const done = () => panel.set({ outcome: null });

    if (!outcome) {
        return null;
    }
    const { state, fingerprint, text } = outcome;
    const kind = { live: 'good', checking: 'info' }[state] || 'soon';

    return html`<${Notice} kind=${kind} role="status" onClose=${done}
        title=${text}>
        <p>${t(`outcome.${state}`)}</p>
        <p><${Fingerprint} value=${fingerprint} /></p>
        ${state === 'unreachable' && html`<p><button type="button"
            onClick=${() => location.reload()}>${t('reload')}</button></p>`}
    <//>`;
}

function Foreign() {
    const { foreign } = useStore(panel);

    if (!foreign) {
        return null;
    }
    return html`<${Notice} kind="info" role="status" title=${t('foreign.title')}
        onClose=${() => panel.set({ foreign: null })}>
        <p>${foreign === true ? t('foreign.text') : html`
            <${Text} value=${foreign.actor} /> · ${
        t(`kind.${foreign.action}`)} · <${Time} value=${foreign.at} />`}
            ${' '}<a href=${href('activity')}>${t('foreign.more')}</a></p><//>`;
}

function Pending({ version, problem }) {
    const { status } = useStore(panel);
    const manages = may(status, 'manage');
    const [asking, setAsking] = useState(false);
    const discard = useAction(async ({ signal }) => {
        await change('DELETE', `/versions/${version.id}`,
            { signal, etag: version.etag });
        announce(t('pending.discarded'));
        setAsking(false);
    });

    return html`<article class="card pending">
        <header><span class="badge badge-wait">${t('state.pending')}</span>
            <h2><${Text} value=${nameOf(version)} /></h2>
            <p class="muted">${t('pending.since')} <${Time} value=${
        version.createdAt} /> · ${keyName(version.key)} · ${
        t('version.n', { n: version.version })}</p></header>
        <p>${t('pending.text')}</p>
        <div class="buttons">
            ${manages && html`<a role="button" href=${href('reply')}>${
        t('do.reply')}</a>`}
            <${FileButton} path=${`/versions/${version.id}/csr`}
                title=${t('csr.title')} help=${t('csr.help')}>${
        t('pending.csr')}<//>
            ${manages && html`<button type="button" class="quiet danger"
                onClick=${() => setAsking(true)}>${t('pending.discard')}</button>`}
        </div>
        ${problem}
        ${asking && html`<${Dialog} title=${t('pending.discardTitle')}
            onClose=${() => setAsking(false)} actions=${html`
            <button type="button" class="secondary" data-first
                onClick=${() => setAsking(false)}>${t('keep')}</button>
            <${Run} action=${discard} type="button" kind="danger"
                onClick=${() => discard.run()}>${t('pending.discard')}<//>`}>
            ${discard.problem && html`
                <${ProblemNotice} problem=${discard.problem} />`}
            <p>${t('pending.discardText')}</p><//>`}
    </article>`;
}

/** The whole row can be clicked; the link itself is its name only. */
function ActionRow({ name, why }) {
    const about = `do-${name}`;
    const label = t(`do.${name}`);

    return html`<li class=${why ? 'do off' : 'do'}><span class="do-text">
        ${why ? html`<span class="do-name" role="link" aria-disabled="true"
            tabindex="0" aria-describedby=${about}>${label}</span>`
        : html`<a class="do-name" href=${href(name)} aria-describedby=${
            about}>${label}</a>`}
        <span class="do-help" id=${why ? undefined : about}>${
        t(`do.${name}.help`)}</span>
        ${why && html`<span class="do-why" id=${about} lang=${
        why.lang}>${why.text}</span>`}</span>
        ${!why && html`<svg class="arrow" viewBox="0 0 10 16" width="10"
            height="16" aria-hidden="true"><path d="M2 2l6 6-6 6" /></svg>`}
    </li>`;
}

function Actions({ data }) {
    return html`<section class="dos" aria-labelledby="dos">
        <h2 id="dos">${t('dos')}</h2>
        <div class="do-groups">${GROUPS.map(([group, names]) => html`
            <div key=${group}><h3>${t(`dos.${group}`)}</h3>
            <ul>${names.map((name) => html`<${ActionRow} key=${name}
                name=${name} why=${whyNot(name,
        actionOf(name, data.actions))} />`)}</ul>
            </div>`)}</div>
    </section>`;
}

function Backup({ data }) {
    if (data.backup?.exportedAt || !data.actions.export.available) {
        return null;
    }
    return html`<${Notice} kind="soon" title=${t('backup.title')}>
        <p>${t('backup.text')}</p>
        <p><a role="button" class="secondary" href=${href('export')}>${
        t('do.export')}</a></p><//>`;
}

function Empty({ data, status }) {
    const bootstrap = isServedHere(data) &&
        status?.served.find((one) => one.bootstrap);

    return html`<article class="card empty">
        <svg class="empty-art" viewBox="0 0 96 72" width="96" height="72"
            aria-hidden="true"><rect x="6" y="6" width="68" height="52" rx="6" />
            <path d="M18 20h30M18 31h44M18 42h18" />
            <circle cx="72" cy="50" r="14" /><path class="plus"
            d="M72 44v12M66 50h12" /></svg>
        <h2>${data.hosts.length ? t('empty.title') : html`${
        t('empty.entry')} <${Text} value=${data.entry} />`}</h2>
        <p class="lead">${t(data.hosts.length ? 'empty.text'
        : 'empty.entry.text')}</p>
        <div class="ways">
            ${['create', 'import'].map((name) => {
        const why = whyNot(name, data.actions[name]);

        return html`<div key=${name} class="way">
                <h3>${t(`empty.${name}`)}</h3>
                <p>${t(`empty.${name}.text`)}</p>
                ${why ? html`<p class="do-why" lang=${why.lang}>${why.text}</p>`
        : html`<a role="button" class=${name === 'create' ? '' : 'secondary'}
            href=${href(name)}>${t(`do.${name}`)}</a>`}</div>`;
    })}
        </div>
        ${bootstrap && html`<div class="bootstrap">
            <p class="muted">${t('empty.bootstrap')}</p>
            <${Fingerprint} value=${bootstrap.fingerprint} /></div>`}
    </article>`;
}

function Hero({ cert, data, status }) {
    const incomplete = cert.warnings.some(
        (one) => one.slug === 'chain-incomplete');

    return html`<article class="card hero">
        <header>
            <p class="hero-badges"><span class="badge badge-good">${
        t('state.active')}</span> <span class="muted">${
        t('version.n', { n: cert.version })}</span></p>
            <h2><${Text} value=${nameOf(cert)} /></h2>
            <p class="hero-issuer">${cert.selfSigned ? t('cert.selfSigned')
        : html`${t('cert.issuedBy')} <${Text} value=${issuerName(cert)} />`}</p>
        </header>
        <${Validity} cert=${cert} />
        <${Warnings} warnings=${cert.warnings} />
        <${Details} cert=${cert}>
            <${Served} cert=${cert} status=${status} hosts=${data.hosts} />
        <//>
        <section class="chain-section"><h3>${t('chain')}</h3>
            <${Chain} cert=${cert} missingIssuer=${incomplete} /></section>
        <footer class="buttons">
            <${FileButton} path="/certificate.pem" title=${t('pem.title')}
                help=${t('pem.help')}>${t('pem')}<//>
            <button type="button" class="quiet" onClick=${() => print()}>${
        t('print')}</button>
        </footer>
    </article>`;
}

function Also({ cert, status, hosts }) {
    return html`<article class="card also">
        <header><p class="hero-badges"><span class="badge badge-good">${
        t('state.active')}</span> <span class="muted">${
        t('version.n', { n: cert.version })}</span></p>
            <h2>${t('also.title', { key: keyName(cert.key) })}</h2>
            <p class="muted">${t('also.text')}</p></header>
        <${Validity} cert=${cert} />
        <${Warnings} warnings=${cert.warnings} />
        ${status && html`<p><${Live} cert=${cert} status=${status}
            hosts=${hosts} /></p>`}
        <p><a href=${href('versions', cert.id)}>${t('also.more')}</a></p>
    </article>`;
}

const destroyer = () => withTexts('entries',
    import('../parts/entry-destroy.js'));

/** The end of the whole entry. */
function DestroyEntry({ data, status }) {
    const [asking, setAsking] = useState(false);

    return html`${data.state !== 'empty' && mayChange(status) && html`<p
            class="buttons"><button type="button" class="quiet danger"
            onClick=${() => setAsking(true)}>${t('entry.destroy')}</button></p>`}
        ${asking && html`<${Later} load=${destroyer}
            onClose=${() => setAsking(false)} />`}`;
}

export default function Certificate() {
    const { certificate: data, status } = useStore(panel);

    return html`<h1 tabindex="-1">${t('title')}</h1>
        <${Outcome} /><${Foreign} />
        ${data.pending.map((version) => html`<${Pending} key=${version.id}
            version=${version} />`)}
        ${data.certificate ? html`<${Backup} data=${data} />
            <${Hero} cert=${data.certificate} data=${data} status=${status} />
            ${data.also && html`<${Also} cert=${data.also} status=${status}
                hosts=${data.hosts} />`}`
        : html`<${Empty} data=${data} status=${status} />`}
        <${Actions} data=${data} />
        <${DestroyEntry} data=${data} status=${status} />`;
}
