// SPDX-License-Identifier: Apache-2.0
// What somebody typed and has not sent yet, kept while views come and go.
// Passwords are never put here.
import { useState } from './lib.js';

const drafts = new Map();

/** @return [values, set(patch), drop()] */
export function useDraft(name, initial) {
    const [values, setValues] = useState(
        () => drafts.get(name) || { ...initial });

    return [
        values,
        (patch) => setValues((before) => {
            const after = { ...before, ...patch };

            drafts.set(name, after);
            return after;
        }),
        () => {
            drafts.delete(name);
            setValues({ ...initial });
        },
    ];
}

export function dropDrafts() {
    drafts.clear();
}

addEventListener('beforeunload', (event) => {
    if (drafts.size) {
        event.preventDefault();
    }
});
