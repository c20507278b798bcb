// SPDX-License-Identifier: Apache-2.0
// What the views that change something have in common: the way back, and the
// notice that somebody else was quicker.
import { html, useState } from '../lib.js';
import { t } from '../i18n.js';
import { panel } from '../panel.js';
import { href } from '../router.js';
import { useStore } from '../store.js';
import { nameOf } from './details.js';
import { Notice } from '../ui/notice.js';
import { Fingerprint, Text } from '../ui/text.js';

/** The tag that this view began with, sent as If-Match. Somebody else's
 * change makes it stale; only the person can accept the new one. */
export function useTag() {
    const { etag } = useStore(panel);
    const [tag, setTag] = useState(etag);

    return { tag, stale: tag !== etag, accept: () => setTag(etag) };
}

function Stale({ tag, action }) {
    const { certificate: data } = useStore(panel);

    if (!tag?.stale) {
        return null;
    }
    return html`<${Notice} kind="soon" role="alert" title=${t('stale.title')}>
        <p>${t('stale.text')}</p>
        ${data.certificate ? html`<p>${t('stale.now')} <strong><${Text}
            value=${nameOf(data.certificate)} /></strong>, ${
        t('version.n', { n: data.certificate.version })}</p>
            <${Fingerprint} value=${data.certificate.fingerprint} copy=${
        false} />` : html`<p>${t('stale.none')}</p>`}
        <p class="buttons"><a role="button" class="secondary" href=${
        href('certificate')}>${t('stale.look')}</a>
            <button type="button" onClick=${() => {
        tag.accept();
        action?.clear();
    }}>${t('stale.accept')}</button></p><//>`;
}

/** A view: its heading, a word on what it does, and its content. */
export function Procedure({ name, title, intro, tag, action, children }) {
    return html`<nav class="back" aria-label=${t('back.label')}><a
            href=${href('certificate')}>← ${t('title')}</a></nav>
        <h1 tabindex="-1">${title || t(`do.${name}`)}</h1>
        <p class="lead">${intro || t(`${name}.intro`)}</p>
        <${Stale} tag=${tag} action=${action} />
        ${children}`;
}

/** A view that the state does not allow: why, and what to do instead. */
export function Unavailable({ why, links }) {
    return html`<${Notice} kind="info">
        <p lang=${why.lang}>${why.text}</p>
        ${!why.forbidden && links.length > 0 && html`<p class="buttons">${links.map((name) =>
        html`<a role="button" class="secondary" key=${name} href=${
            href(name)}>${t(`do.${name}`)}</a>`)}</p>`}<//>`;
}
