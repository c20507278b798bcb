// SPDX-License-Identifier: Apache-2.0
// Who is signed in. The cookie itself is out of a script's reach, so that the
// browser only remembers that there was one; the server decides.
import { exchange, Problem, problemOf } from './http.js';
import { makeStore, memory } from './store.js';

const MARK = 'vso-user';

/** phase: "out" (sign-in page), "in"; with a dialog over the page: "expired"
 * (the session ended), "stale" (a call takes a sign-in of late) */
export const session = makeStore({
    phase: memory.get(MARK) ? 'in' : 'out',
    user: memory.get(MARK) || '',
    reason: null,
});

let waiting = null;
let confirming = null;

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

/** A call takes a sign-in of the last minutes. Resolves once there was one;
 * throws "not-repeated" where the person, or the signal, called it off. */
export function confirmPerson(signal) {
    if (!confirming) {
        confirming = {};
        confirming.promise = new Promise((resolve, reject) => {
            Object.assign(confirming, { resolve, reject });
        });
        session.set({ phase: 'stale' });
        signal?.addEventListener('abort', callOff, { once: true });
    }
    return confirming.promise;
}

/** The person does not sign in: the page stays as it was. */
export function callOff() {
    confirming?.reject(new Problem('not-repeated'));
    confirming = null;
    if (session.get().phase === 'stale') {
        session.set({ phase: 'in' });
    }
}

/** @return true, or false for a wrong name or password; throws what else is
 * wrong, "slow-down" after too many of them */
export async function signIn(user, password) {
    const xhr = await exchange('POST', new URL('login', document.baseURI), {
        body: new URLSearchParams({
            httpd_username: user, httpd_password: password }).toString(),
        type: 'application/x-www-form-urlencoded',
    });

    if (xhr.status === 401) {
        return false;
    }
    if (xhr.status >= 400) {
        throw await problemOf(xhr);
    }
    memory.set(MARK, user);
    session.set({ phase: 'in', user, reason: null });
    waiting?.resolve();
    confirming?.resolve();
    waiting = null;
    confirming = null;
    return true;
}

/** Leave the page as if nobody had been here; waiting calls stay unsent. */
export function forget(reason) {
    memory.set(MARK, null);
    waiting = null;
    confirming = null;
    session.set({ phase: 'out', reason });
}

export async function signOut() {
    const xhr = await exchange('GET', new URL('logout', document.baseURI));

    if (xhr.status < 400 || xhr.status === 401) {
        forget('signed-out');
    }
    return xhr.status < 400 || xhr.status === 401;
}
