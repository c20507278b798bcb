// SPDX-License-Identifier: Apache-2.0
// Views are behind the '#', so that each has an address and the server needs
// to know one page only.
import { makeStore } from './store.js';

function plain(part) {
    try {
        return decodeURIComponent(part);
    }
    catch {
        return part; // typed by somebody, with a lone %
    }
}

function parse() {
    const [, address, query] = /^#?\/?([^?]*)\??(.*)$/.exec(location.hash);
    const [name, ...path] = address.split('/').map(plain);

    return { name: name || 'certificate', path: path.filter(Boolean),
        query: Object.fromEntries(new URLSearchParams(query)) };
}

export const route = makeStore(parse());

addEventListener('hashchange', () => route.set(parse()));

export function href(name, ...path) {
    const parts = path.filter((part) => part || part === 0);

    return `#/${[name === 'certificate' ? '' : name, ...parts]
        .map(encodeURIComponent).join('/')}`;
}

export function go(name, ...path) {
    location.hash = href(name, ...path);
}

/** What this view is asked for, behind a '?' in its address, in place of what
 * stood there: going back leaves the view. */
export function setQuery(query) {
    const { name, path } = parse();
    const text = new URLSearchParams(Object.entries(query)
        .filter(([, value]) => value)).toString();

    history.replaceState(null, '',
        href(name, ...path) + (text && `?${text}`));
    route.set(parse());
}
