// SPDX-License-Identifier: Apache-2.0
// The elements of a package, by type and by path.
import { html, useId, useMemo, useState } from '../lib.js';
import { bytes } from '../format.js';
import { known, language, number, t } from '../i18n.js';
import { useStore } from '../store.js';
import { Text } from '../ui/text.js';

const PAGE = 200; // rows drawn at a time: a package may hold 5,000

export function typeName(type) {
    return known(`type.${type}`) ? t(`type.${type}`) : type;
}

export function elementsText(n) {
    return t('elements.count', { n, count: number(n) });
}

function sorted(elements, code) {
    const order = new Intl.Collator(code, { numeric: true });

    return [...elements].sort((a, b) =>
        order.compare(typeName(a.type), typeName(b.type)) ||
        order.compare(a.path || '', b.path || '') ||
        order.compare(a.name || '', b.name || ''));
}

/** Runs of the same type and path. */
function groupsOf(elements) {
    const groups = [];

    for (const element of elements) {
        const last = groups.at(-1);

        if (last?.type === element.type && last.path === element.path) {
            last.elements.push(element);
        }
        else {
            groups.push({ type: element.type, path: element.path,
                elements: [element] });
        }
    }
    return groups;
}

export function Mark({ kind = 'off', children }) {
    return html`<span class="badge badge-${kind}">${children}</span>`;
}

/** What an author's own signature over an element is worth. */
const CONTENT = { weak: 'wait', invalid: 'bad', unchecked: 'gone' };

/** What there is to say about every element, wherever it is shown. */
export function ElementMarks({ element, children }) {
    const { contentSignature: content } = element;

    return html`<p class="marks"><span class="muted">${
        element.size !== undefined && bytes(element.size)}</span>
        ${element.encrypted && html`<${Mark}>${t('package.encrypted')}<//>`}
        ${content in CONTENT && html`<${Mark} kind=${CONTENT[content]}>${
        t(`content.${content}`)}<//>`}
        ${(element.tags || []).map((tag) => html`<span class="tag" key=${tag}>
            <span class="visually-hidden">${t('elements.tag')} </span>
            <${Text} value=${tag} /></span>`)}
        ${children}</p>`;
}

/**
 * @param chosen    a Set of ids, where some can be chosen; or null
 * @param onChosen  takes the next Set
 * @param marks     (element) => what to say beneath its name
 * @param version   (element) => what to say of its version
 */
export function Elements({ elements, chosen, onChosen, marks, version }) {
    const { code } = useStore(language);
    const [limit, setLimit] = useState(PAGE);
    const id = useId();
    const list = useMemo(() => sorted(elements, code), [elements, code]);
    let row = 0;

    function toggle(element) {
        const next = new Set(chosen);

        if (!next.delete(element.id)) {
            next.add(element.id);
        }
        onChosen(next);
    }
    return html`<div class="elements"><table>
        <caption class="visually-hidden">${t('elements')}</caption>
        <thead><tr>${chosen && html`<th scope="col"><span
            class="visually-hidden">${t('elements.chosen')}</span></th>`}
            <th scope="col">${t('elements.element')}</th>
            <th scope="col">${t('elements.version')}</th></tr></thead>
        ${groupsOf(list.slice(0, limit)).map((group) => html`
        <tbody key=${`${group.type} ${group.path}`}>
            <tr class="group"><th scope="rowgroup" colspan=${chosen ? 3 : 2}>
                ${typeName(group.type)}${group.path && html`
                <span class="path"><${Text} value=${group.path} /></span>`}
            </th></tr>
            ${group.elements.map((element) => {
        const box = `${id}-${row += 1}`;
        const name = element.name || element.id;

        return html`<tr key=${element.id} class=${
            chosen && !chosen.has(element.id) ? 'left-out' : ''}>
                ${chosen && html`<td><input type="checkbox" id=${box}
                    checked=${chosen.has(element.id)}
                    onChange=${() => toggle(element)} /></td>`}
                <td>${chosen ? html`<label for=${box}><${Text} value=${name} />
                    </label>` : html`<span class="element-name"><${Text}
                    value=${name} /></span>`}${marks(element)}</td>
                <td>${version(element)}</td></tr>`;
    })}
        </tbody>`)}
    </table>
    ${list.length > limit && html`<p><button type="button" class="quiet"
        onClick=${() => setLimit(limit + PAGE)}>${t('elements.more',
        { n: number(list.length - limit) })}</button></p>`}</div>`;
}

/** Buttons that choose many at once. */
export function Choosers({ elements, chosen, onChosen, newer }) {
    const pick = (wanted) => () => onChosen(new Set(
        elements.filter(wanted).map((element) => element.id)));

    return html`<div class="choosers"><span role="status">${
        t('elements.chosenOf', { n: number(chosen.size),
            all: number(elements.length) })}</span>
        <button type="button" class="quiet small" onClick=${
        pick(() => true)}>${t('elements.all')}</button>
        <button type="button" class="quiet small" onClick=${
        pick(() => false)}>${t('elements.no')}</button>
        ${newer && html`<button type="button" class="quiet small" onClick=${
        pick(newer)}>${t('elements.newer')}</button>`}</div>`;
}
