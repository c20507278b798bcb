// SPDX-License-Identifier: Apache-2.0
// An uploaded package, looked at before anything of it is imported.
import { html, useEffect, useRef, useState } from '../lib.js';
import { bytes } from '../format.js';
import { number, t } from '../i18n.js';
import { panel } from '../panel.js';
import { href } from '../router.js';
import { useStore } from '../store.js';
import { Run } from '../ui/action.js';
import { Choice } from '../ui/form.js';
import { Notice, ProblemNotice } from '../ui/notice.js';
import { Hex, Text, Time } from '../ui/text.js';
import { Lacks, may } from '../parts/actions.js';
import { commonName, Row } from '../parts/details.js';
import { Choosers, Elements, ElementMarks,
    Mark } from '../parts/elements.js';
import { Warnings } from '../parts/judgement.js';
import { Signer } from '../parts/signer.js';
import { Imported } from '../parts/imported.js';
import { useImport, useReview } from '../parts/import-review.js';

const SOON_SEC = 120;
const WEAK = 'weak-signature'; // said by the verdict, with what it means

/** How long the upload is kept. Told aloud only when time gets short. */
function Countdown({ until, onOver }) {
    const left = () => Math.ceil((Date.parse(until) - Date.now()) / 1000);
    const [seconds, setSeconds] = useState(left);

    useEffect(() => {
        const timer = setInterval(() => {
            setSeconds(left());
            if (left() <= 0) {
                onOver();
            }
        }, 1000);

        return () => clearInterval(timer);
    }, [until]);
    if (seconds > SOON_SEC) {
        return html`<span>${t('review.minutes',
            { n: Math.ceil(seconds / 60) })}</span>`;
    }
    return html`<strong class="refused">${t('review.seconds',
        { n: Math.max(0, seconds) })}</strong>`;
}

/** The untrusted ones that "trust" would be about: an author counts only
 * where the signature is really theirs. */
function strangers({ signers, elements }) {
    const authors = new Set(elements.filter(({ contentSignature }) =>
        ['valid', 'weak'].includes(contentSignature))
        .map(({ author }) => author));

    return signers.filter((one) => !one.trusted &&
        (one.role === 'package' || authors.has(one.fingerprint)));
}

function isWeak(report) {
    return report.package.signature === 'weak' || report.elements.some(
        (one) => one.signature === 'weak' || one.contentSignature === 'weak');
}

/** The judgement of the whole in one sentence. */
function Verdict({ report }) {
    const { package: one, needsTrust } = report;
    const weak = report.warnings.filter(({ slug }) => slug === WEAK);
    const vouched = strangers(report).length > 0;

    return html`${needsTrust ? html`<${Notice} kind="bad"
            title=${t('review.untrusted')}>
            <p>${t('review.untrusted.text')}</p><//>`
        : html`<${Notice} kind="good" title=${
        t(vouched ? 'review.vouched' : 'review.trusted')} />`}
        ${isWeak(report) && html`<${Notice} kind="soon"
            title=${t('review.weak')}>${weak.map(({ detail }) => html`
            <p lang="en" key=${detail}><${Text} value=${detail} /></p>`)}
            <p>${t('review.weak.text')}</p><//>`}
        ${one.encrypted && html`<${Notice} kind="info"
            title=${t('review.encrypted')}>
            <p>${t('review.encrypted.text')}</p><//>`}`;
}

function Package({ report }) {
    const { package: one } = report;

    return html`<article class="card hero"><header>
            <p class="hero-badges"><span class="badge badge-wait">${
        t('review.badge')}</span>
            ${one.stored && html`<span class="muted">${
        t('review.stored')}</span>`}</p>
            <h2><${Text} value=${one.name} /></h2>
            ${one.description && html`<p class="hero-issuer"><${Text}
                value=${one.description} /></p>`}</header>
        <${Verdict} report=${report} />
        <${Warnings} warnings=${report.warnings.filter(
        ({ slug }) => slug !== WEAK)} todo=${false} />
        <dl class="details">
            <${Row} label=${t('elements')}>${number(report.elements.length)}<//>
            <${Row} label=${t('package.size')}>${bytes(report.size)}<//>
            <${Row} label=${t('package.uploaded')}><${Time}
                value=${report.createdAt} /> · <${Text}
                value=${report.createdBy} /><//>
            ${one.signedAt && html`<${Row} label=${t('package.signedAt')}>
                <${Time} value=${one.signedAt} /><//>`}
            <${Row} label=${t('package.sha256')} wide>
                <${Hex} value=${report.sha256} /><//>
        </dl></article>`;
}

function versionOf(element) {
    const { version, storedVersion: stored, newer } = element;
    const same = stored !== null && stored === version;
    let note = html`<${Mark} kind="good">${t('version.new')}<//>`;

    if (stored !== null) {
        note = same ? html`<span class="muted">${t('version.same')}</span>`
            : html`<${Mark} kind=${newer ? 'good' : 'wait'}>${
                t(newer ? 'version.newer' : 'version.older')}<//>
                <span class="muted">${t('version.stored')} <${Text}
                value=${stored || t('none')} /></span>`;
    }
    return html`<span class="version"><strong><${Text}
        value=${version || t('none')} /></strong>${note}</span>`;
}

/** The elements, with the newer ones chosen beforehand. chosen null: for who
 * may only look */
function Chosen({ report, chosen, onChosen }) {
    const names = new Map(report.signers.map((one) =>
        [one.fingerprint, commonName(one.subjectText)]));
    const signer = report.signers.find((one) => one.role === 'package');

    return html`<section class="card"><header><h2>${t('elements')}</h2>
        ${chosen && html`<p class="muted">${t('review.chosen.help')}</p>`}
        </header>
        ${chosen && html`<${Choosers} elements=${report.elements}
            chosen=${chosen} onChosen=${onChosen}
            newer=${(one) => one.selected} />`}
        <${Elements} elements=${report.elements} chosen=${chosen}
            onChosen=${onChosen} version=${versionOf} marks=${(one) => html`
            <${ElementMarks} element=${one}>
                ${!one.trusted && signer?.trusted && html`<${Mark} kind="bad">${
        t('signer.untrusted')}<//>`}
                ${one.author && one.author !== report.package.signer && html`
                    <span class="muted">${t('elements.author')} <${Text}
                    value=${names.get(one.author)} /></span>`}
            <//>`} /></section>`;
}

/** It was decided on elsewhere, or its time is over. */
function Gone() {
    return html`<${Notice} kind="soon" role="alert" title=${t('review.gone')}>
        <p>${t('review.gone.text')}</p>
        <p><a role="button" href=${href('packages')}>${t('review.again')}</a></p>
    <//>`;
}

/** What to do with it. Where something is not as it should be, Enter does
 * no harm. */
function Decision({ report, confirm, cancel }) {
    const box = useRef(null);
    const unknown = strangers(report);
    const safe = !report.needsTrust && !isWeak(report);

    useEffect(() => {
        box.current.querySelector('[data-first]')
            .focus({ preventScroll: true });
    }, [report]);
    return html`<section class="decision" ref=${box}
        aria-label=${t('review.decision')}>
        <${Run} action=${cancel} type="button" first=${safe ? undefined : ''}
            kind=${safe ? 'secondary' : 'primary'} disabled=${confirm.busy}
            onClick=${() => cancel.run()}>${t('cancel')}<//>
        <${Run} action=${confirm} type="button" first=${safe ? '' : undefined}
            kind=${report.needsTrust ? 'secondary' : 'primary'}
            busyText=${t('review.importing')} long disabled=${cancel.busy}
            onClick=${() => confirm.run(report.needsTrust ? 'once' : null)}>${
        t('review.import')}<//>
        ${report.needsTrust && unknown.length > 0 && html`<button type="button"
            class="secondary" aria-disabled=${confirm.busy || cancel.busy
        ? 'true' : undefined} onClick=${() => confirm.run('provider')}>${
        t('review.trust', { n: unknown.length })}</button>`}
    </section>`;
}

/** How the elements come in, and whether. */
function Deciding({ state, confirm, cancel, trouble }) {
    return html`<div class="card"><${Choice} name="tags" label=${t('tags')}
            help=${t('tags.help')} value=${state.tags}
            onValue=${state.setTags}
            options=${['keep', 'overwrite', 'omit'].map((one) => [one,
        t(`tags.${one}`), t(`tags.${one}.help`)])} /></div>
        <div ref=${trouble}>${[confirm.problem, cancel.problem]
        .filter(Boolean).map((problem) => html`<${ProblemNotice}
            id="problem-import" problem=${problem} />`)}</div>
        <${Decision} report=${state.report} confirm=${confirm}
            cancel=${cancel} />`;
}

export default function Review({ id }) {
    const { status } = useStore(panel);
    const manages = may(status, 'manage');
    const state = useReview(id);
    const { report, gone, load } = state;
    const { done, confirm, cancel } = useImport(id, state);
    const trouble = useRef(null);

    useEffect(() => {
        load.run();
    }, []);
    useEffect(() => {
        trouble.current?.querySelector('[tabindex]')?.focus();
    }, [confirm.problem, cancel.problem]);
    if (done) {
        return html`<${Imported} result=${done} />`;
    }
    return html`<nav class="back" aria-label=${t('back.label')}><a
            href=${href('packages')}>← ${t('packages')}</a></nav>
        <h1 tabindex="-1">${t('review')}</h1>
        <p class="lead">${t('review.intro')} ${report && !gone && html`
            <${Countdown} until=${report.expiresAt} onOver=${state.over} />`}</p>
        ${load.problem && html`<${ProblemNotice} problem=${load.problem} />`}
        ${gone && html`<${Gone} />`}
        ${load.busy && !report && html`<p class="loading">${
        t('review.loading')}</p>`}
        ${report && !gone && html`<${Package} report=${report} />
            <section class="card"><header><h2>${t('review.signers')}</h2>
                ${report.needsTrust && html`<p class="muted">${
        t('review.compare')}</p>`}</header>
                <ul class="signers">${report.signers.map((one) => html`
                    <${Signer} key=${one.fingerprint + one.role}
                        signer=${one} />`)}</ul></section>
            <${Chosen} report=${report}
                chosen=${manages ? state.chosen : null}
                onChosen=${state.setChosen} />
            ${manages ? html`<${Deciding} state=${state} confirm=${confirm}
                cancel=${cancel} trouble=${trouble} />`
        : html`<${Lacks} right="manage" />`}`}`;
}
