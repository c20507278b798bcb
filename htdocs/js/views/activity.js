// SPDX-License-Identifier: Apache-2.0
// The audit trail, newest first.
import { html, useState } from '../lib.js';
import { get } from '../api.js';
import { versionHref } from '../entry.js';
import { known, number, t } from '../i18n.js';
import { panel } from '../panel.js';
import { useStore } from '../store.js';
import { Run, useAction } from '../ui/action.js';
import { SelectField } from '../ui/form.js';
import { announce } from '../ui/live.js';
import { Notice, ProblemNotice, Sign } from '../ui/notice.js';
import { usePages } from '../parts/pages.js';
import { Text, Time } from '../ui/text.js';

const KINDS = ['create', 'replace', 'request', 'reply', 'chain', 'import', 'adopt',
    'export', 'activate', 'deactivate', 'destroy', 'destroy-entry', 'reseal',
    'accept-restore',
    'package-upload', 'package-import', 'package-cancel', 'package-create',
    'package-delete', 'package-export', 'trust-add', 'trust-change',
    'trust-remove'];

// Such a row names the entry of the page that asked, which is of no matter.
const OF_NO_ENTRY = /^(package-|trust-|reseal|accept-restore)/;

const kindName = (kind) => (known(`kind.${kind}`) ? t(`kind.${kind}`) : kind);

function outcomeText(outcome) {
    if (outcome === 'ok') {
        return t('activity.ok');
    }
    const key = `problem.${outcome}`;

    return t('activity.refused', { why: known(key) ? t(key) : outcome });
}

function Entry({ row, current }) {
    const ok = row.outcome === 'ok';

    return html`<li class="entry">
        <${Sign} kind=${ok ? 'good' : 'bad'} />
        <div class="row-main"><p><strong>${kindName(row.action)}</strong>
            ${row.entry && !OF_NO_ENTRY.test(row.action) && html` <${Text}
                value=${row.entry} />`}
            ${row.versionId && html` <a href=${versionHref(row.entry,
        row.versionId, current)}>${t('activity.version')}</a>`}</p>
            ${row.detail && html`<p><${Text} value=${row.detail} /></p>`}
            ${!ok && html`<p class="refused">${outcomeText(row.outcome)}</p>`}
            <p class="muted"><${Time} value=${row.at} style="medium" /> · <${
        Text} value=${row.actor || t('none')} /> · <${Text}
            value=${row.address || t('none')} /></p></div>
        <span class="entry-number muted" title=${t('activity.number')}>#${
        row.seq}</span></li>`;
}

/** Is the record whole? The server walks its chain of hashes. */
function Verify() {
    const [verdict, setVerdict] = useState(null);
    const action = useAction(async ({ signal }) => {
        const { data } = await get('/audit/verify', { signal });

        setVerdict(data);
        announce(t(data.intact ? 'verify.good' : 'verify.bad'));
    });

    return html`<${Run} action=${action} type="button" kind="secondary"
        busyText=${t('verify.busy')} onClick=${() => action.run()}>${
        t('verify')}<//>
        ${action.problem && html`<${ProblemNotice} problem=${action.problem} />`}
        ${verdict && html`<${Notice} kind=${verdict.intact ? 'good' : 'bad'}
            role="status" title=${t(verdict.intact ? 'verify.good'
        : 'verify.bad')}><p>${t('verify.rows', { n: number(verdict.rows) })}
            ${verdict.badSeq && html` #${verdict.badSeq}: <span lang="en">${
        verdict.reason}</span>`}</p><//>`}`;
}

export default function Activity() {
    const { certificate, status } = useStore(panel);
    const [kind, setKind] = useState('');
    const { items, next, load } = usePages('/audit',
        status?.database.generation, { entry: null, action: kind || null });

    return html`<h1 tabindex="-1">${t('activity')}</h1>
        <p class="lead">${t('activity.intro')}</p>
        <div class="toolbar">
            <${SelectField} name="kind" label=${t('activity.kind')}
                value=${kind} onValue=${setKind}
                options=${[['', t('activity.all')], ...KINDS.map((one) =>
        [one, kindName(one)])]} />
            <${Verify} /></div>
        ${load.problem && html`<${ProblemNotice} problem=${load.problem} />`}
        ${items && !items.length && html`<p class="card muted">${
        t('activity.none')}</p>`}
        ${items?.length > 0 && html`<ol class="card rows">${items.map((row) =>
        html`<${Entry} key=${row.seq} row=${row}
            current=${certificate.entry} />`)}</ol>`}
        ${next && html`<${Run} action=${load} type="button" kind="secondary"
            onClick=${() => load.run(next)}>${t('more')}<//>`}`;
}
