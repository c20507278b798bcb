// SPDX-License-Identifier: Apache-2.0
// Views are behind the '#', so that each has an address and the server needs
// to know one page only.
import { makeStore } from './store.js';

function parse() {
    const [name, id] = location.hash.replace(/^#\/?/, '').split('/');

    return { name: name || 'certificate', id: id ? Number(id) : null };
}

export const route = makeStore(parse());

addEventListener('hashchange', () => route.set(parse()));

export const href = (name, id) =>
    `#/${name === 'certificate' ? '' : name}${id ? `/${id}` : ''}`;

export function go(name, id) {
    location.hash = href(name, id);
}
