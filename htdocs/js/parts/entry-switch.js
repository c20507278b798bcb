// SPDX-License-Identifier: Apache-2.0
// Another entry for the pages: a part of its name is typed, or its certificate's.
import { html, useEffect, useRef, useState } from '../lib.js';
import { entryHref } from '../entry.js';
import { t } from '../i18n.js';
import { panel } from '../panel.js';
import { href, route } from '../router.js';
import { useStore } from '../store.js';
import { Dialog } from '../ui/dialog.js';
import { TextField } from '../ui/form.js';
import { announce } from '../ui/live.js';
import { ProblemNotice } from '../ui/notice.js';
import { Text } from '../ui/text.js';
import { useTyping } from '../ui/typing.js';
import { EntryState } from './entry.js';
import { usePages } from './pages.js';

const MAX_SEARCH = 253;
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/** The list of versions stays one; what else there is belongs to one entry. */
const target = (entry) => entryHref(entry,
    route.get().name === 'versions' ? 'versions' : 'certificate');

/** Arrow keys go through the list, and up to the field again. */
function walk(event) {
    const step = STEPS[event.key];
    const places = [...event.currentTarget.querySelectorAll('input, a.row')];
    const at = places.indexOf(event.target);

    if (step && at >= 0) {
        event.preventDefault();
        places[at + step]?.focus();
    }
}

function Row({ one, current, onClose }) {
    return html`<li><a class="row" href=${target(one.entry)}
        onClick=${onClose} aria-current=${
        one.entry === current ? 'true' : undefined}>
        <span class="row-main"><strong><${Text} value=${one.entry} /></strong>
        </span>
        <span class="row-side"><${EntryState} one=${one} /></span></a></li>`;
}

/** Enter: to the entry of that name, or the only one that was found. Answers to
 * what was typed before do not count. */
function useEnter(q, { items, isOf }, onClose) {
    const [entered, setEntered] = useState(false);
    const list = useRef(null);

    useEffect(() => {
        if (!entered || !isOf) {
            return;
        }
        const chosen = items.length === 1 ? items[0]
            : items.find((one) => one.entry === q);

        setEntered(false);
        if (chosen) {
            onClose();
            location.assign(target(chosen.entry));
        }
        else {
            list.current?.querySelector('a')?.focus();
        }
    }, [entered, isOf]);
    return { list, setEntered };
}

export default function EntrySwitch({ onClose }) {
    const { certificate } = useStore(panel);
    const [q, setQ] = useState('');
    const typing = useTyping(q, setQ);
    const pages = usePages('/entries', null, { entry: null, q: q || null },
        'after');
    const { items, next, load } = pages;
    const { list, setEntered } = useEnter(q, pages, onClose);
    const found = items && t(!items.length ? 'entries.nothing'
        : next ? 'entries.switch.more' : 'entries.found', { n: items.length,
        count: items.length });

    useEffect(() => {
        if (found) {
            announce(found);
        }
    }, [items]);
    return html`<${Dialog} title=${t('entries.switch')} onClose=${onClose}>
        <div class="entry-chooser" onKeyDown=${walk}>
        <search><form onSubmit=${(event) => {
        event.preventDefault();
        typing.now();
        setEntered(true);
    }}>
            <${TextField} name="entry-q" label=${t('entries.q')}
                value=${typing.text} onValue=${(text) => {
        setEntered(false);
        typing.type(text);
    }} input=${{ type: 'search', 'data-first': true,
        maxlength: MAX_SEARCH, autocomplete: 'off', autocapitalize: 'off', spellcheck: false }} />
        </form></search>
        ${load.problem && html`<${ProblemNotice} problem=${load.problem} />`}
        ${items?.length > 0 && html`<ul class="rows" ref=${list}>${
        items.map((one) => html`<${Row} key=${one.entry} one=${one}
            current=${certificate?.entry} onClose=${onClose} />`)}</ul>`}
        <p class="muted">${found || t('loading')}</p>
        <p><a href=${href('entries')} onClick=${onClose}>${
        t('entries.all')}</a></p></div><//>`;
}
