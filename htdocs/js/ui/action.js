// SPDX-License-Identifier: Apache-2.0
// One running call: never twice at once, with progress, a way out, and its
// error kept beside the form that it came from.
import { html, useEffect, useRef, useState } from '../lib.js';
import { t } from '../i18n.js';

const IDLE = { busy: false, share: null, problem: null };

/** Once through the work. turn: is another one when this was replaced. */
async function attempt(work, { running, turn }, set, args) {
    const mine = turn.current;

    running.current = new AbortController();
    set({ busy: true, share: null, problem: null });
    try {
        return await work({
            signal: running.current.signal,
            onProgress: (share) => set({ share }),
        }, ...args);
    }
    catch (problem) {
        if (!problem.slug) {
            throw problem;
        }
        // called off before anything was done: all is as it was
        if (problem.slug !== 'not-repeated' && mine === turn.current) {
            set({ problem });
        }
        return undefined;
    }
    finally {
        running.current = null;
        set({ busy: false, share: null });
    }
}

/**
 * @param work  async ({signal, onProgress}, ...args)
 * @return {busy, share, problem, run(...args), again(...args), cancel(),
 * clear()}; again: in place of the one that runs
 */
export function useAction(work) {
    const [state, setState] = useState(IDLE);
    const running = useRef(null);
    const ended = useRef(null); // a promise of the last one
    const turn = useRef(0);     // counts those that were replaced
    const gone = useRef(false);

    useEffect(() => () => {
        gone.current = true;
        running.current?.abort();
    }, []);

    const set = (patch) => {
        if (!gone.current) {
            setState((before) => ({ ...before, ...patch }));
        }
    };

    function run(...args) {
        if (running.current) {
            return undefined;
        }
        ended.current = attempt(work, { running, turn }, set, args);
        return ended.current;
    }

    async function again(...args) {
        turn.current += 1;
        const mine = turn.current;

        running.current?.abort();
        await ended.current;
        return mine === turn.current ? run(...args) : undefined;
    }
    return {
        ...state,
        run,
        again,
        cancel: () => running.current?.abort(),
        clear: () => set({ problem: null }),
    };
}

/** The button that starts an action, and what is shown while it runs.
 * @param long  it may take many seconds of which nobody can tell the end */
export function Run({ action, children, kind = 'primary', type = 'submit',
    onClick, disabled, busyText, share, first, long }) {
    const percent = action.share === null ? null
        : Math.round(action.share * 100);

    return html`<span class="run">
        <button type=${type} class=${kind} data-first=${first} aria-disabled=${
        action.busy || disabled ? 'true' : undefined}
            onClick=${(event) => {
        if (action.busy || disabled) {
            event.preventDefault();
        }
        else {
            onClick?.(event);
        }
    }}>${children}</button>
        ${action.busy && html`<span class="running" role="status">
            <span class="spinner" aria-hidden="true"></span>
            ${busyText || t('busy')}
            ${percent !== null && percent < 100 && html`
                <progress max="100" value=${percent} aria-label=${
        share || t('upload')}></progress>`}
            ${percent === null && long && html`
                <progress aria-label=${busyText}></progress>`}
            <button type="button" class="quiet" onClick=${action.cancel}>${
        t('cancel')}</button></span>`}
    </span>`;
}
