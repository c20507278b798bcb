// SPDX-License-Identifier: Apache-2.0
import { html, useId } from '../lib.js';

/** One thing to switch on, with a word on what it means. */
export function Check({ checked, onChecked, label, help, disabled }) {
    const id = useId();

    return html`<div class="check">
        <input type="checkbox" id=${id} checked=${checked} disabled=${disabled}
            aria-describedby=${help ? `${id}-help` : undefined}
            onChange=${(event) => onChecked(event.target.checked)} />
        <div><label for=${id}>${label}</label>
            ${help && html`<p class="help" id=${`${id}-help`}>${help}</p>`}
        </div></div>`;
}
