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
    const [name, ...path] = location.hash.replace(/^#\/?/, '').split('/')
        .map(plain);

    return { name: name || 'certificate', path: path.filter(Boolean) };
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
