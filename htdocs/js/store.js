// SPDX-License-Identifier: Apache-2.0
// A value that components watch.
import { useEffect, useReducer } from './lib.js';

export function makeStore(initial) {
    const watchers = new Set();
    let value = initial;

    return {
        get: () => value,
        set(patch) {
            value = { ...value, ...patch };
            watchers.forEach((watcher) => watcher());
        },
        watch(watcher) {
            watchers.add(watcher);
            return () => watchers.delete(watcher);
        },
    };
}

/** The store's value; the component is drawn again when it changes. */
export function useStore(store) {
    const [, redraw] = useReducer((n) => n + 1, 0);

    useEffect(() => store.watch(() => redraw()), [store]);
    return store.get();
}

/** What the browser remembers between visits: no secret, and never needed. */
export const memory = {
    get(name) {
        try {
            return localStorage.getItem(name);
        }
        catch {
            return null;
        }
    },
    set(name, value) {
        try {
            if (value === null) {
                localStorage.removeItem(name);
            }
            else {
                localStorage.setItem(name, value);
            }
        }
        catch {
            // storage may be forbidden
        }
    },
};
