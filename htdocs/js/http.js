// SPDX-License-Identifier: Apache-2.0
// One exchange with the server. fetch cannot say how much is uploaded.

const TIMEOUT_MS = 120000;

/** What went wrong: a problem document of the API, or one of our own slugs
 * "offline", "cancelled" and "unreadable". */
export class Problem extends Error {
    constructor(slug, members = {}) {
        super(members.detail || slug);
        this.slug = slug;
        Object.assign(this, members);
    }
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

/** The JSON of an answer; null where it is none. */
export async function json(xhr) {
    try {
        return JSON.parse(await xhr.response.text());
    }
    catch {
        return null;
    }
}

/** What a refusal says. */
export async function problemOf(xhr) {
    const doc = await json(xhr);

    if (!doc || typeof doc.type !== 'string') {
        return new Problem('unreadable', { status: xhr.status });
    }
    return new Problem(doc.type.replace(/^urn:vsocert:problem:/, ''), doc);
}
