// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from '../lib.js';
import { get } from '../api.js';
import { useAction } from './action.js';

/** A list that is read in pages. */
export function usePages(path, key, query) {
    const [items, setItems] = useState(null);
    const [next, setNext] = useState(null);
    const load = useAction(async ({ signal }, before) => {
        const { data } = await get(path,
            { signal, query: { ...query, before } });

        setItems((old) => (before ? [...(old || []), ...data.items]
            : data.items));
        setNext(data.next);
    });

    useEffect(() => {
        load.run(null);
    }, [key]);
    return { items, next, load };
}
