// SPDX-License-Identifier: Apache-2.0
// All versions of the entry, newest first.
import { html } from '../lib.js';
import { daysText, keyName, validity } from '../format.js';
import { t } from '../i18n.js';
import { panel } from '../panel.js';
import { href } from '../router.js';
import { useStore } from '../store.js';
import { Run } from '../ui/action.js';
import { ProblemNotice } from '../ui/notice.js';
import { usePages } from '../parts/pages.js';
import { Text, Time } from '../ui/text.js';
import { Badge } from '../parts/badge.js';
import { nameOf } from '../parts/details.js';

function VersionRow({ version }) {
    const cert = version.notAfter && validity(version);

    return html`<li><a class="row" href=${href('versions', version.id)}>
        <span class="row-number">${version.version}</span>
        <span class="row-main"><strong><${Text} value=${nameOf(version)} />
            </strong><span class="muted">${t(`origin.${version.origin}`)} · ${
        keyName(version.key)} · <${Time} value=${version.createdAt} /></span>
        </span>
        <span class="row-side"><${Badge} state=${version.state} />
            ${version.scheduledAt && html`<span class="muted">${
        t('schedule.from')} <${Time} value=${version.scheduledAt} /></span>`}
            ${cert && version.state !== 'retired' && html`
            <span class="muted">${daysText(cert)}</span>`}</span></a></li>`;
}

export default function Versions() {
    const { etag } = useStore(panel);
    const { items, next, load } = usePages('/versions', etag);

    return html`<h1 tabindex="-1">${t('versions')}</h1>
        <p class="lead">${t('versions.intro')}</p>
        ${load.problem && html`<${ProblemNotice} problem=${load.problem} />`}
        ${items && !items.length && html`<p class="card muted">${
        t('versions.none')}</p>`}
        ${items?.length > 0 && html`<ul class="card rows">${items.map((one) =>
        html`<${VersionRow} key=${one.id} version=${one} />`)}</ul>`}
        ${next && html`<${Run} action=${load} type="button" kind="secondary"
            onClick=${() => load.run(next)}>${t('more')}<//>`}`;
}
