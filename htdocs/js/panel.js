// SPDX-License-Identifier: Apache-2.0
// What the server says now: the certificate, its tag, the node's status. Asks
// again while somebody is there, so that what others change is noticed, a
// server that was away is found again, and a session that ended is known
// before anything is typed for nothing.
import { call, get } from './api.js';
import { Problem } from './http.js';
import { session } from './session.js';
import { makeStore } from './store.js';

const ASK_MS = 5000;
const IDLE_MS = 300000;
const ASK_TIMEOUT_MS = 15000;

export const panel = makeStore({
    certificate: null, // GET /certificate
    etag: null,
    status: null,      // GET /status
    trouble: null,     // Problem of the last question
    foreign: null,     // somebody else's change: its audit row, or true
    outcome: null,     // of an activation: {fingerprint, state, text}
});

let timer = null;
let lastInput = Date.now();
let asking = null;
let failures = 0;

/** Read the certificate again. mine: this page has just changed it. */
export async function refresh({ mine = false, signal } = {}) {
    const { data, etag } = await get('/certificate', { signal });
    const before = panel.get().etag;
    const patch = { certificate: data, etag, trouble: null };

    if (!mine && before && before !== etag) {
        patch.foreign = await get('/audit', {
            query: { limit: 1, entry: data.entry }, signal })
            .then((answer) => answer.data.items[0] || true, () => true);
    }
    panel.set(patch);
}

async function ask() {
    const before = panel.get();
    const { data } = await get('/status', { timeout: ASK_TIMEOUT_MS });
    const changed = !before.status || before.trouble ||
        !before.certificate ||
        before.status.database.generation !== data.database.generation ||
        before.status.generation !== data.generation;

    panel.set({ status: data });
    if (changed) {
        await refresh();
    }
    failures = 0;
}

function plan() {
    const wait = failures ? Math.min(ASK_MS, 500 * 2 ** failures) : ASK_MS;

    clearTimeout(timer);
    timer = setTimeout(() => {
        const idle = Date.now() - lastInput > IDLE_MS && !failures;

        if (document.hidden || idle || session.get().phase !== 'in') {
            plan();
        }
        else {
            askNow();
        }
    }, wait);
}

/** Ask now, and go on asking. */
export function askNow() {
    asking ||= ask().catch((problem) => {
        failures += 1;
        panel.set({ trouble: problem instanceof Problem ? problem
            : new Problem('unreadable') });
    }).finally(() => {
        asking = null;
        plan();
    });
    return asking;
}

function input() {
    const slept = Date.now() - lastInput > IDLE_MS;

    lastInput = Date.now();
    if (slept && session.get().phase === 'in') {
        askNow();
    }
}

export function startAsking() {
    for (const kind of ['pointerdown', 'keydown']) {
        addEventListener(kind, input, { capture: true, passive: true });
    }
    addEventListener('online', askNow);
    document.addEventListener('visibilitychange', () => {
        if (!document.hidden && session.get().phase === 'in') {
            askNow();
        }
    });
    return askNow();
}

/** Forget everything: somebody signed out. */
export function clearPanel() {
    panel.set({ certificate: null, etag: null, status: null, trouble: null,
        foreign: null, outcome: null });
}

/** A change of what the page showed, so that nobody else's is overwritten. */
export async function change(method, path, options) {
    try {
        const answer = await call(method, path, options);

        await refresh({ mine: true }).catch(() => {});
        return answer.data;
    }
    catch (problem) {
        if (['cancelled', 'offline', 'stale'].includes(problem.slug)) {
            // it may have happened all the same
            await refresh().catch(() => {});
        }
        throw problem;
    }
}

/** Wait until this node serves the certificate, and say so. */
export async function confirmServed(fingerprint, text) {
    const deadline = Date.now() + 15000;

    panel.set({ outcome: { fingerprint, text, state: 'checking' } });
    do {
        try {
            const { data } = await get('/status',
                { timeout: ASK_TIMEOUT_MS });

            panel.set({ status: data });
            if (data.served.some((one) => one.fingerprint === fingerprint)) {
                panel.set({ outcome: { fingerprint, text, state: 'live' } });
                return;
            }
            if (!panel.get().certificate?.hosts.length) {
                panel.set({ outcome: { fingerprint, text, state: 'nowhere' } });
                return;
            }
        }
        catch (problem) {
            if (problem.slug === 'offline') {
                panel.set({ outcome: { fingerprint, text,
                    state: 'unreachable' } });
                askNow();
                return;
            }
        }
        await new Promise((resolve) => {
            setTimeout(resolve, 300);
        });
    } while (Date.now() < deadline);
    panel.set({ outcome: { fingerprint, text, state: 'elsewhere' } });
}
