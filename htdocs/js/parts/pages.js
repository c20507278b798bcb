// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from '../lib.js';
import { get } from '../api.js';
import { useAction } from '../ui/action.js';

const PAGE = 50;      // rows that a call gives at least, if there are so many
const MAX_PAGE = 500; // and at most

/** A page; of a list that is read again as many rows as it had.
 * @param query  of where a page begins: what to ask for */
async function readRows(path, { query, from, count, signal }) {
    const items = [];
    let next = from;

    do {
        const limit = count ? Math.max(PAGE,
            Math.min(count - items.length, MAX_PAGE)) : null;
        const { data } = await get(path, { signal,
            query: { ...query(next), limit } });

        items.push(...data.items);
        ({ next } = data);
    } while (next && items.length < count);
    return { items, next };
}

/**
 * A list that is read in pages.
 * @param key     another one where there is a newer list
 * @param cursor  the query's name for where a page begins
 * @param count   rows to begin with; 0: one page
 * @return {items, next, of, isOf, load}: load.run(next) reads on. A newer list has as
 * many rows as the one before. of: the query that items answer, as JSON; isOf:
 * that is this one
 */
export function usePages(path, key, query, cursor = 'before', count = 0) {
    const [page, setPage] = useState({ items: null, next: null });
    const asked = JSON.stringify(query);
    const list = useRef({ asked, count, shown: 0 });
    const load = useAction(async ({ signal }, from) => {
        const now = list.current;

        if (from) {
            now.count = now.shown + PAGE;
        }
        const { items, next } = await readRows(path, { from, signal,
            count: from ? 0 : now.count,
            query: (place) => ({ ...query, [cursor]: place }) });

        now.shown = items.length + (from ? now.shown : 0);
        setPage((before) => ({ next, of: asked,
            items: from ? [...before.items, ...items] : items }));
    });

    useEffect(() => {
        if (list.current.asked !== asked) {
            list.current = { asked, count: 0, shown: 0 };
        }
        load.again(null);
    }, [key, asked]);
    return { ...page, isOf: page.of === asked, load };
}
