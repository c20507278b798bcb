// SPDX-License-Identifier: Apache-2.0
// A piece of a page that few need: it comes when it is asked for.
import { html, useEffect, useState } from '../lib.js';
import { Problem } from '../http.js';
import { needTexts, t } from '../i18n.js';
import { ProblemNotice } from '../ui/notice.js';

/** A module with texts that only it and its like need. */
export const withTexts = (part, module) => Promise.all([module, needTexts(part)])
    .then(([loaded]) => loaded);

/** @param load  a promise of its module, whose default is shown */
export function Later({ load, ...props }) {
    const [state, setState] = useState({});

    useEffect(() => {
        load().then((module) => setState({ Part: module.default }),
            () => setState({ problem: new Problem('offline') }));
    }, []);
    return state.problem ? html`<${ProblemNotice} problem=${state.problem}>
            <p><button type="button" onClick=${() => location.reload()}>${
        t('reload')}</button></p><//>`
        : state.Part && html`<${state.Part} ...${props} />`;
}
