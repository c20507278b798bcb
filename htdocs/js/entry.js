// SPDX-License-Identifier: Apache-2.0
// The entry that this page is about: its address names it, ?entry=NAME, or the
// virtual host does.
import { href } from './router.js';

/** What the address names; null where the virtual host does. */
export const entryName = new URLSearchParams(location.search).get('entry');

/** Is this page itself served with the entry's certificate?
 * @param hosts  of GET /certificate */
export const isServedHere = ({ hosts }) => entryName === null ||
    hosts.includes(location.hostname);

/** Address of a version of any entry: only pages of its own entry know it. */
export const versionHref = (entry, id, current) => (entry === current
    ? href('versions', id) : entryHref(entry, 'versions', id));

/** Address of a view of an entry, another one than this page's maybe.
 * @param name  null: the virtual host's own */
export function entryHref(name, ...view) {
    const url = new URL(document.baseURI);

    url.search = name === null ? '' : new URLSearchParams({ entry: name });
    url.hash = href(...(view.length ? view : ['certificate']));
    return url.href;
}
