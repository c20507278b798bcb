// SPDX-License-Identifier: Apache-2.0
// The one module that talks to the server. XMLHttpRequest, since fetch cannot
// report how much of an upload is through.
import { lostSession } from './session.js';

const BASE = new URL('api/v1', document.baseURI).href;
const ENTRY = new URLSearchParams(location.search).get('entry');
const TIMEOUT_MS = 120000;
const MAX_TEXT_BYTES = 1024 * 1024; // of a file that is shown

/** What went wrong: a problem document of the API, or one of our own slugs
 * "offline", "cancelled" and "unreadable". */
export class Problem extends Error {
    constructor(slug, members = {}) {
        super(members.detail || slug);
        this.slug = slug;
        Object.assign(this, members);
    }
}

function address(path, query) {
    const url = new URL(BASE + path);

    for (const [name, value] of Object.entries({ entry: ENTRY, ...query })) {
        if (value !== null && value !== undefined) {
            url.searchParams.set(name, value);
        }
    }
    return url;
}

/** What an event of XMLHttpRequest says of a transfer: its share, or null. */
const shareOf = (report) => (event) => report(
    event.lengthComputable ? event.loaded / event.total : null);

/** One exchange; resolves for every status. timeout 0: as long as it takes */
export function exchange(method, url, options = {}) {
    const { body, type, etag, signal, onProgress, onReceived } = options;
    const timeout = options.timeout ?? TIMEOUT_MS;

    return new Promise((resolve, reject) => {
        const xhr = new XMLHttpRequest();
        const abort = () => xhr.abort();

        if (signal && signal.aborted) {
            reject(new Problem('cancelled'));
            return;
        }
        xhr.open(method, url);
        xhr.responseType = 'blob'; // large ones need not stay in memory
        xhr.timeout = timeout;
        xhr.onload = () => resolve(xhr);
        xhr.onerror = xhr.ontimeout = () => reject(new Problem('offline'));
        xhr.onabort = () => reject(new Problem('cancelled'));
        xhr.onloadend = () => signal?.removeEventListener('abort', abort);
        signal?.addEventListener('abort', abort);
        if (onProgress && body) {
            xhr.upload.onprogress = shareOf(onProgress);
        }
        if (onReceived) {
            xhr.onprogress = shareOf(onReceived);
        }
        if (type) {
            xhr.setRequestHeader('Content-Type', type);
        }
        if (etag) {
            xhr.setRequestHeader('If-Match', etag);
        }
        xhr.send(body ?? null);
    });
}

async function json(xhr) {
    try {
        return JSON.parse(await xhr.response.text());
    }
    catch {
        return null;
    }
}

async function problemOf(xhr) {
    const doc = await json(xhr);

    if (!doc || typeof doc.type !== 'string') {
        return new Problem('unreadable', { status: xhr.status });
    }
    return new Problem(doc.type.replace(/^urn:vsocert:problem:/, ''), doc);
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
 * One call of the API. A session that ended is asked for again, and the call
 * goes on after it: what was typed is not lost.
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
    let xhr = await exchange(method, address(path, options.query), request);

    while (xhr.status === 401 && !options.quiet) {
        await lostSession();
        xhr = await exchange(method, address(path, options.query), request);
    }
    if (xhr.status >= 400) {
        throw await problemOf(xhr);
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
export const entryName = ENTRY;

/** Hand a file to the browser's downloads. */
export function save(file) {
    const link = document.createElement('a');
    const url = URL.createObjectURL(file.blob);

    link.href = url;
    link.download = file.name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
}

/** A file's bytes in base64, as the API takes them. */
export function base64(file) {
    return new Promise((resolve, reject) => {
        const reader = new FileReader();

        reader.onload = () => resolve(
            reader.result.slice(reader.result.indexOf(',') + 1));
        reader.onerror = () => reject(new Problem('file-unreadable'));
        reader.readAsDataURL(file);
    });
}
