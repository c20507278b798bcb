// SPDX-License-Identifier: Apache-2.0
// All entries of the keystore: found by a part of a name, by state, by when they
// expire. The address says what is asked for.
import { html, useEffect, useMemo, useRef, useState } from '../lib.js';
import { entryHref } from '../entry.js';
import { keyName } from '../format.js';
import { known, language, number, t } from '../i18n.js';
import { panel } from '../panel.js';
import { route, setQuery } from '../router.js';
import { useStore } from '../store.js';
import { Run } from '../ui/action.js';
import { SelectField, TextField } from '../ui/form.js';
import { announce } from '../ui/live.js';
import { ProblemNotice } from '../ui/notice.js';
import { Text, Time } from '../ui/text.js';
import { useTyping } from '../ui/typing.js';
import { Lacks, mayChange } from '../parts/actions.js';
import { commonName } from '../parts/details.js';
import { EntryState } from '../parts/entry.js';
import { NewEntry } from '../parts/entry-new.js';
import { usePages } from '../parts/pages.js';

const MAX_SEARCH = 253;  // characters of a host name
const MAX_HOSTS = 3;     // that a row names
// The first is what holds where the address names none.
const CHOICES = { state: ['', 'active', 'pending', 'none'],
    expires: ['', '0', '7', '14', '30'],
    served: ['', 'true', 'false'],
    sort: ['', 'expires'] };
// The days left of a certificate say so as well.
const IN_DAYS = ['expired', 'not-yet-valid'];

/** What the address asks for; nothing that the server would refuse. */
function filtersOf({ q = '', ...query }) {
    const chosen = Object.entries(CHOICES).map(([name, values]) =>
        [name, values.includes(query[name]) ? query[name] : '']);

    return { q: q.slice(0, MAX_SEARCH), ...Object.fromEntries(chosen) };
}

const setFilters = (patch) =>
    setQuery({ ...filtersOf(route.get().query), ...patch });

function Filters({ filters }) {
    const typing = useTyping(filters.q, (q) => setFilters({ q }));

    return html`<search><form class="toolbar filters" onSubmit=${(event) => {
        event.preventDefault();
        typing.now();
    }}>
        <${TextField} name="q" label=${t('entries.q')} help=${
        t('entries.q.help')} value=${typing.text} onValue=${typing.type}
            input=${{ type: 'search', maxlength: MAX_SEARCH, autocomplete: 'off',
        autocapitalize: 'off', spellcheck: false }} />
        ${Object.entries(CHOICES).map(([name, values]) => html`
        <${SelectField} key=${name} name=${name} label=${t(`entries.${name}`)}
            value=${filters[name]} onValue=${(value) =>
        setFilters({ [name]: value })} options=${values.map((one) =>
        [one, t(`entries.${name}.${one || 'all'}`)])} />`)}</form></search>`;
}

/** What an entry serves, in a line. */
function Certificate({ cert, entry }) {
    const name = commonName(cert.subjectText);

    return html`<span class="row-text muted">${name !== entry && html`<${Text}
            value=${name} /> · `}${cert.selfSigned ? t('entries.selfSigned')
        : html`<${Text} value=${commonName(cert.issuerText)} />`} · ${
        keyName(cert.key)} · ${t('validity.to')} <${Time} value=${
        cert.notAfter} style="day" /></span>`;
}

function Hosts({ one }) {
    const rest = one.hosts.length - MAX_HOSTS;

    if (!one.hosts.length) {
        return one.served && html`<span class="row-text">${
            t('entries.byName')}</span>`;
    }
    return html`<span class="row-text">${t('entries.hosts')} <${Text}
        value=${one.hosts.slice(0, MAX_HOSTS).join(', ')} />${rest > 0 &&
        ` ${t('entries.hosts.more', { n: rest })}`}</span>`;
}

/** Where the list is left, it says so to itself: one comes back to it. */
function leave(name, count) {
    history.replaceState({ entry: name, count }, '');
}

function EntryRow({ one, count }) {
    const warnings = one.warnings.filter((slug) => !IN_DAYS.includes(slug));

    return html`<li><a class="row" href=${entryHref(one.entry)} data-entry=${
        one.entry} onClick=${() => leave(one.entry, count)}>
        <span class="row-main"><strong><${Text} value=${one.entry} /></strong>
            ${[one.certificate, one.also].filter(Boolean).map((cert) => html`
            <${Certificate} key=${cert.id} cert=${cert} entry=${one.entry} />`)}
            <${Hosts} one=${one} />
            ${warnings.map((slug) => html`<span class="row-warning" key=${
        slug}>${known(`warning.${slug}`) ? t(`warning.${slug}`) : slug}</span>`)}
        </span>
        <span class="row-side"><${EntryState} one=${one} /></span></a></li>`;
}

/** No entry at all is another thing than none of those. */
function Nothing({ filtered }) {
    return html`<div class="card empty">
        <p><strong>${t(filtered ? 'entries.nothing' : 'entries.empty')}</strong>
        </p>
        ${filtered ? html`<p><button type="button" class="secondary" onClick=${
        () => setQuery({ sort: filtersOf(route.get().query).sort })}>${
        t('entries.clear')}</button></p>`
        : html`<p class="lead">${t('entries.empty.text')}</p>`}</div>`;
}

/** The focus is where one goes on: at the entry that one comes back from, or at
 * the first of the rows that were added. */
function useFocus(items) {
    const box = useRef(null);
    const left = useRef(history.state?.entry);
    const before = useRef(null); // rows before more were asked for
    const rows = () => [...box.current?.querySelectorAll('a.row') || []];

    useEffect(() => {
        if (!items) {
            return;
        }
        if (left.current) {
            rows().find((one) => one.dataset.entry === left.current)?.focus();
            left.current = null;
        }
        if (before.current !== null && items.length > before.current) {
            rows()[before.current].focus();
            before.current = null;
        }
    }, [items]);
    return { box, more: () => {
        before.current = items.length;
    } };
}

function List({ items, next, of, isOf, load, filtered }) {
    const { box, more } = useFocus(items);
    const { code } = useStore(language);
    // drawn anew for another list or language only, not whenever the server was
    // asked how it is
    const rows = useMemo(() => items?.map((one) => html`<${EntryRow}
        key=${one.entry} one=${one} count=${items.length} />`), [items, code]);
    const found = items && t(next ? 'entries.more' : 'entries.found',
        { n: items.length, count: number(items.length) });

    useEffect(() => {
        if (items) {
            announce(items.length ? found : t(filtered ? 'entries.nothing'
                : 'entries.empty'));
        }
    }, [found, of]);
    if (!items) {
        return load.busy && html`<div class="loading" aria-busy="true"></div>`;
    }
    if (!items.length) {
        return html`<${Nothing} filtered=${filtered} />`;
    }
    return html`<p class="muted count">${found}</p>
        <ul class="card rows" ref=${box} aria-busy=${
        isOf ? undefined : 'true'}>${rows}</ul>
        ${next && html`<${Run} action=${load} type="button" kind="secondary"
            onClick=${() => {
        more();
        load.run(next);
    }}>${t('more')}<//>`}`;
}

export default function Entries() {
    const { status } = useStore(panel);
    const filters = filtersOf(useStore(route).query);
    const [making, setMaking] = useState(false);
    const [count] = useState(() => history.state?.count || 0);
    const query = Object.fromEntries(Object.entries(filters)
        .map(([name, value]) => [name, value || null]));
    const pages = usePages('/entries', status?.database.generation,
        { ...query, entry: null }, 'after', count);
    const filtered = ['q', 'state', 'expires', 'served']
        .some((name) => filters[name]);

    return html`<div class="headed"><h1 tabindex="-1">${t('entries')}</h1>
        ${mayChange(status) && html`<button type="button" class="secondary"
            onClick=${() => setMaking(true)}>${t('entries.new')}</button>`}</div>
        <p class="lead">${t('entries.intro')}</p>
        <${Lacks} right="manage" />
        <${Filters} filters=${filters} />
        ${pages.load.problem && html`<${ProblemNotice}
            problem=${pages.load.problem}><p><button type="button"
            class="secondary" onClick=${() => pages.load.again(null)}>${
        t('offline.now')}</button></p><//>`}
        <${List} ...${pages} filtered=${filtered} />
        ${making && html`<${NewEntry} onClose=${() => setMaking(false)} />`}`;
}
