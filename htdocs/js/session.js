// SPDX-License-Identifier: Apache-2.0
// Who is signed in. The cookie itself is out of a script's reach, so that the
// browser only remembers that there was one; the server decides.
import { exchange } from './http.js';
import { makeStore, memory } from './store.js';

const MARK = 'vso-user';

/** phase: "out" (sign-in page), "in", "expired" (dialog over the page) */
export const session = makeStore({
    phase: memory.get(MARK) ? 'in' : 'out',
    user: memory.get(MARK) || '',
    reason: null,
});

let waiting = null;

/** A call was answered with 401. Resolves when somebody signed in again. */
export function lostSession() {
    if (!waiting) {
        waiting = {};
        waiting.promise = new Promise((resolve) => {
            waiting.resolve = resolve;
        });
        session.set({ phase: session.get().phase === 'out' ? 'out'
            : 'expired' });
    }
    return waiting.promise;
}

/** @return true, or false for a wrong name or password; throws "offline" */
export async function signIn(user, password) {
    const xhr = await exchange('POST', new URL('login', document.baseURI), {
        body: new URLSearchParams({
            httpd_username: user, httpd_password: password }).toString(),
        type: 'application/x-www-form-urlencoded',
    });

    if (xhr.status >= 400) {
        return false;
    }
    memory.set(MARK, user);
    session.set({ phase: 'in', user, reason: null });
    waiting?.resolve();
    waiting = null;
    return true;
}

/** Leave the page as if nobody had been here; waiting calls stay unsent. */
export function forget(reason) {
    memory.set(MARK, null);
    waiting = null;
    session.set({ phase: 'out', reason });
}

export async function signOut() {
    const xhr = await exchange('GET', new URL('logout', document.baseURI));

    if (xhr.status < 400 || xhr.status === 401) {
        forget('signed-out');
    }
    return xhr.status < 400 || xhr.status === 401;
}
