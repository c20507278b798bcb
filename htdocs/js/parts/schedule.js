// SPDX-License-Identifier: Apache-2.0
// A version that becomes active later: when, and forgetting that.
import { html, useState } from '../lib.js';
import { localTime, t } from '../i18n.js';
import { Problem } from '../http.js';
import { change } from '../panel.js';
import { Run, useAction } from '../ui/action.js';
import { Dialog } from '../ui/dialog.js';
import { Form, TextField } from '../ui/form.js';
import { announce } from '../ui/live.js';
import { Notice, ProblemNotice } from '../ui/notice.js';
import { Time } from '../ui/text.js';
import { MovePreview, useMovePreview } from './preview.js';

/** What such a field holds is a time without a zone: here it is UTC. */
const toField = (date) => date.toISOString().slice(0, 16);
const fromField = (text) => new Date(`${text}Z`);

/** "2026-12-31 22:00 UTC" */
const utcText = (date) => `${toField(date).replace('T', ' ')} UTC`;

function schedule(version, at, signal) {
    return change('POST', `/versions/${version.id}/activate`,
        { signal, etag: version.etag, body: { at } });
}

/** Says when the version becomes active; offers to change and forget it. */
export function Scheduled({ version, may, onAsk, onDone }) {
    const forget = useAction(async ({ signal }) => {
        await schedule(version, null, signal);
        announce(t('schedule.forgotten', { n: version.version }));
        onDone();
    });

    return html`<${Notice} kind="info" title=${t('schedule.waits')}>
        <p><strong>${utcText(new Date(version.scheduledAt))}</strong> · ${
    t('schedule.here')} <${Time} value=${version.scheduledAt} /></p>
        <p>${t('schedule.clock')}</p>
        ${forget.problem && html`
            <${ProblemNotice} problem=${forget.problem} />`}
        ${may && html`<div class="buttons">
            <button type="button" class="secondary" onClick=${onAsk}>${
    t('schedule.change')}</button>
            <${Run} action=${forget} type="button" kind="secondary"
                onClick=${() => forget.run()}>${t('schedule.forget')}<//>
        </div>`}<//>`;
}

export function ScheduleDialog({ version, onClose, onDone }) {
    const [value, setValue] = useState(version.scheduledAt
        ? toField(new Date(version.scheduledAt)) : '');
    const then = fromField(value);
    const given = !Number.isNaN(then.getTime());
    const preview = useMovePreview(version, 'activate');
    const action = useAction(async ({ signal }) => {
        if (!given) {
            throw new Problem('no-time', { field: 'at' });
        }
        await schedule(version, then.toISOString(), signal);
        onClose();
        announce(t('schedule.done', { n: version.version,
            at: utcText(then) }));
        onDone();
    });

    return html`<${Dialog} title=${t('schedule.title', { n: version.version })}
        onClose=${onClose}>
        <p>${t('schedule.text')}</p>
        <${MovePreview} preview=${preview} />
        <${Form} action=${action} fields=${['at']} label=${
    t('schedule.title', { n: version.version })}
            onSubmit=${() => action.run()}>
            <${TextField} name="at" action=${action} value=${value}
                label=${t('schedule.at')} help=${t('schedule.at.help', {
        now: utcText(new Date()) })} onValue=${setValue}
                input=${{ type: 'datetime-local', 'data-first': true }} />
            <p class="muted" role="status">${given
        ? `${t('schedule.here')} ${localTime(then)}` : ''}</p>
            <div class="buttons">
                <button type="button" class="secondary" onClick=${onClose}>${
    t('cancel')}</button>
                <${Run} action=${action} disabled=${!preview.shown}>${
    t('schedule.go')}<//>
            </div><//><//>`;
}
