// SPDX-License-Identifier: Apache-2.0
// Files of text that are looked at before they are saved.
import { html, useState } from '../lib.js';
import { get } from '../api.js';
import { save } from '../files.js';
import { t } from '../i18n.js';
import { Run, useAction } from '../ui/action.js';
import { Dialog } from '../ui/dialog.js';
import { announce } from '../ui/live.js';
import { ProblemNotice } from '../ui/notice.js';
import { Copy } from '../ui/text.js';
import { Warnings } from './judgement.js';

/** A text in a file, shown before it is saved. */
function FileDialog({ title, file, help, onClose }) {
    return html`<${Dialog} title=${title} wide onClose=${onClose} actions=${html`
        <button type="button" onClick=${() => {
        save(file);
        announce(t('saved', { name: file.name }));
    }} data-first>${t('download', { name: file.name })}</button>
        <${Copy} text=${file.text} />`}>
        ${help && html`<p>${help}</p>`}
        <${Warnings} warnings=${file.warnings.map((slug) => ({ slug }))} />
        <pre class="pem" tabindex="0" aria-label=${title}>${file.text}</pre>
    <//>`;
}

/** A button that reads a file and shows it. */
export function FileButton({ path, title, children, help, kind = 'secondary',
    onProblem }) {
    const [file, setFile] = useState(null);
    const action = useAction(async ({ signal }) => {
        try {
            setFile(await get(path, { signal }));
        }
        catch (problem) {
            onProblem?.(problem);
            throw problem;
        }
    });

    return html`<${Run} action=${action} type="button" kind=${kind}
        onClick=${() => action.run()}>${children}<//>
        ${action.problem && !onProblem && html`
            <${ProblemNotice} problem=${action.problem} />`}
        ${file && html`<${FileDialog} title=${title} file=${file}
            help=${help} onClose=${() => setFile(null)} />`}`;
}
