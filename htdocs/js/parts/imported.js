// SPDX-License-Identifier: Apache-2.0
// What an import has done.
import { html, useEffect, useRef } from '../lib.js';
import { number, t } from '../i18n.js';
import { href } from '../router.js';
import { Notice } from '../ui/notice.js';
import { Fingerprint, Text } from '../ui/text.js';
import { Warnings } from './judgement.js';

/** @param result  of .../confirm */
export function Imported({ result }) {
    const heading = useRef(null);
    const { package: one, imported, skipped, trusted = [] } = result;

    useEffect(() => {
        heading.current.focus();
        scrollTo(0, 0);
    }, []);
    return html`<nav class="back" aria-label=${t('back.label')}><a
            href=${href('packages')}>← ${t('packages')}</a></nav>
        <h1 tabindex="-1" ref=${heading}>${t('done.title')}</h1>
        <article class="card">
            <h2><${Text} value=${one.name} /></h2>
            <p>${t('done.imported', { n: imported, count: number(imported) })}
                ${skipped > 0 && html`${' '}${t('done.skipped',
        { n: skipped, count: number(skipped) })}`}</p>
            ${trusted.length > 0 && html`<${Notice} kind="info"
                title=${t('done.trusted', { n: trusted.length })}>
                ${trusted.map((fingerprint) => html`<p key=${fingerprint}>
                    <${Fingerprint} value=${fingerprint} copy=${false} /></p>`)}
                <p><a href=${href('trusted')}>${t('trusted')}</a></p><//>`}
            <${Warnings} warnings=${result.warnings} todo=${false} />
            <div class="buttons"><a role="button" href=${
        href('packages', one.name)}>${t('done.show')}</a>
                <a role="button" class="secondary" href=${href('packages')}>${
        t('done.another')}</a></div>
        </article>`;
}
