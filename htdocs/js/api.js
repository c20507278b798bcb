// SPDX-License-Identifier: Apache-2.0
// Calls of the JSON API.
import { entryName } from './entry.js';
import { exchange, json, Problem, problemOf } from './http.js';
import { confirmPerson, lostSession } from './session.js';

const BASE = new URL('api/v1', document.baseURI).href;
const MAX_TEXT_BYTES = 1024 * 1024; // of a file that is shown

function address(path, query) {
    const url = new URL(BASE + path);

    for (const [name, value] of Object.entries({ entry: entryName, ...query })) {
        if (value !== null && value !== undefined) {
            url.searchParams.set(name, value);
        }
    }
    return url;
}

/** Ask for a sign-in where the call failed for want of one. @return false:
 * that was not why */
async function signedInAgain({ status }, { slug }, { signal }) {
    if (status === 401) {
        await lostSession();
        return true;
    }
    if (slug === 'sign-in-again') {
        await confirmPerson(signal);
        return true;
    }
    return false;
}

function fileName(xhr) {
    const header = xhr.getResponseHeader('Content-Disposition') || '';
    const coded = /filename\*=UTF-8''([^;]+)/i.exec(header);
    const found = /filename="((?:[^"\\]|\\.)*)"/.exec(header);

    if (coded) {
        return decodeURIComponent(coded[1]);
    }
    return found ? found[1].replace(/\\(.)/g, '$1') : null;
}

/** A file to be saved; its text, where it is short enough to be shown. */
async function fileOf(xhr, name) {
    const blob = new Blob([xhr.response], { type: 'application/octet-stream' });

    return {
        name,
        blob,
        text: blob.size <= MAX_TEXT_BYTES ? await blob.text() : null,
        warnings: (xhr.getResponseHeader('X-VSOCert-Warnings') || '')
            .split(/[\s,]+/).filter(Boolean),
    };
}

/**
 * One call of the API. Where the session ended, or the call takes a sign-in of
 * late, that is asked for, and the call goes on after it: what was typed is not
 * lost.
 * @param options  body (object) or file (sent as it is), etag (for If-Match),
 *                 query, signal, onProgress(share or null), onReceived(the
 *                 same), timeout, quiet (no sign-in dialog)
 * @return {data, etag, status} of JSON; {blob, text, name, warnings} of a file
 */
export async function call(method, path, options = {}) {
    const request = {
        ...options,
        body: options.file || (options.body && JSON.stringify(options.body)),
        type: options.file ? 'application/octet-stream'
            : options.body && 'application/json',
    };
    const send = () => exchange(method, address(path, options.query), request);
    let xhr = await send();

    while (xhr.status >= 400) {
        const problem = await problemOf(xhr);

        if (options.quiet || !await signedInAgain(xhr, problem, options)) {
            throw problem;
        }
        xhr = await send();
    }
    const name = fileName(xhr);

    if (name) {
        return fileOf(xhr, name);
    }
    const data = await json(xhr);

    if (!data) {
        throw new Problem('unreadable', { status: xhr.status });
    }
    return { data, etag: xhr.getResponseHeader('ETag'), status: xhr.status };
}

export const get = (path, options) => call('GET', path, options);
