// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from '../lib.js';
import { get } from '../api.js';
import { useAction } from '../ui/action.js';

/** A list that is read in pages. cursor: the query's name for where a page
 * begins */
export function usePages(path, key, query, cursor = 'before') {
    const [items, setItems] = useState(null);
    const [next, setNext] = useState(null);
    const load = useAction(async ({ signal }, from) => {
        const { data } = await get(path,
            { signal, query: { ...query, [cursor]: from } });

        setItems((old) => (from ? [...(old || []), ...data.items]
            : data.items));
        setNext(data.next);
    });

    useEffect(() => {
        load.run(null);
    }, [key]);
    return { items, next, load };
}
