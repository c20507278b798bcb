// SPDX-License-Identifier: Apache-2.0
// The review of an upload, and what becomes of it.
import { useState } from '../lib.js';
import { call, get } from '../api.js';
import { t } from '../i18n.js';
import { go } from '../router.js';
import { useAction } from '../ui/action.js';
import { announce } from '../ui/live.js';

const GONE = ['not-found', 'wrong-state'];

/** What was found, and what is chosen of it. orGone(work): where the upload is
 * there no more, that is known instead of a problem. */
export function useReview(id) {
    const [report, setReport] = useState(null);
    const [chosen, setChosen] = useState(new Set());
    const [tags, setTags] = useState('keep');
    const [gone, setGone] = useState(false);
    const look = async (signal) => {
        const { data } = await get(`/packages/imports/${id}`,
            { signal, timeout: 0 });

        setReport(data);
        return data;
    };
    const orGone = async (work) => {
        try {
            await work();
        }
        catch (problem) {
            if (!GONE.includes(problem.slug)) {
                throw problem;
            }
            setGone(true);
        }
    };
    const load = useAction(({ signal }) => orGone(async () => {
        const data = await look(signal);

        announce(t(data.needsTrust ? 'review.untrusted' : 'review.trusted'));
        setChosen(new Set(data.elements.filter((one) => one.selected)
            .map((one) => one.id)));
    }));

    return { report, chosen, setChosen, tags, setTags, gone, load, look, orGone,
        over: () => setGone(true) };
}

/** The body of .../confirm. @param trust  "once", "provider" or null */
function bodyOf({ report, chosen, tags }, trust) {
    const elements = chosen.size === report.elements.length ? 'all'
        : [...chosen];
    const body = { sha256: report.sha256, tags, elements };

    return trust ? { ...body, trust } : body;
}

/** Importing what was chosen, or not. */
export function useImport(id, review) {
    const { look, orGone } = review;
    const [done, setDone] = useState(null);
    const confirm = useAction(({ signal }, trust) => orGone(async () => {
        try {
            const { data } = await call('POST',
                `/packages/imports/${id}/confirm`,
                { signal, body: bodyOf(review, trust), timeout: 0 });

            setDone(data);
            announce(t('done.title'));
        }
        catch (problem) {
            if (!GONE.includes(problem.slug)) {
                await look(); // it may have been decided, or judged anew
            }
            throw problem;
        }
    }));
    const cancel = useAction(({ signal }) => orGone(async () => {
        await call('DELETE', `/packages/imports/${id}`, { signal });
        go('packages');
        announce(t('review.cancelled'));
    }));

    return { done, confirm, cancel };
}
