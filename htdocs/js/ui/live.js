// SPDX-License-Identifier: Apache-2.0
// What a screen reader is told when the page changes by itself.
import { html } from '../lib.js';
import { makeStore, useStore } from '../store.js';

const spoken = makeStore({ text: '', turn: 0 });

export function announce(text) {
    spoken.set({ text, turn: spoken.get().turn + 1 });
}

export function Live() {
    const { text, turn } = useStore(spoken);

    return html`<div class="visually-hidden" role="status" aria-live="polite">
        <span key=${turn}>${text}</span></div>`;
}
