// SPDX-License-Identifier: Apache-2.0
export default {
    'entries.intro': 'An entry holds the certificate of a virtual host, or of ' +
        'a name, with all its versions. Open one to renew, replace or export ' +
        'it.',
    'entries.q': 'Search',
    'entries.q.help': 'Part of an entry’s name, a host name, a subject or an ' +
        'issuer.',
    'entries.state': 'State',
    'entries.state.all': 'Any',
    'entries.state.active': 'Active',
    'entries.state.pending': 'Waiting for the CA',
    'entries.state.none': 'Empty',
    'entries.expires': 'Expires',
    'entries.expires.all': 'Any time',
    'entries.expires.0': 'Expired or today',
    'entries.expires.7': 'Within 7 days',
    'entries.expires.14': 'Within 14 days',
    'entries.expires.30': 'Within 30 days',
    'entries.served': 'Served',
    'entries.served.all': 'Any',
    'entries.served.true': 'Served',
    'entries.served.false': 'Not served',
    'entries.sort': 'Sort by',
    'entries.sort.all': 'Name',
    'entries.sort.expires': 'Expiry date',
    'entries.selfSigned': 'Self-signed',
    'entries.hosts': 'Served as',
    'entries.hosts.more': 'and {n} more',
    'entries.byName': 'Served by name (VSOCertByName)',
    'entries.nothing': 'No entry matches',
    'entries.clear': 'Clear filters',
    'entries.empty': 'There are no entries yet',
    'entries.empty.text': 'An entry exists from its first certificate or ' +
        'request on.',
    'entries.found': '{count} entries',
    'entries.found.one': '{count} entry',
    'entries.more': 'The first {count} entries',
    'entries.all': 'All entries',
    'entries.open': 'Open entry',

    'entries.switch': 'Switch to another entry',
    'entries.switch.more': 'The first {count} entries: type to find others',

    'entries.new': 'New entry',
    'entries.new.name': 'Name of the entry',
    'entries.new.help': 'Up to 64 letters, digits, dots, hyphens and ' +
        'underscores. A virtual host serves it if its VSOCertAlias is this ' +
        'name.',
    'entries.new.go': 'Continue',
    'problem.bad-entry-name': 'Use letters, digits, dots, hyphens and ' +
        'underscores only, with a letter or digit first.',
    'problem.entry-exists': 'There is an entry with this name already',

    'entries.destroy.title': 'Destroy all keys of this entry?',
    'entries.destroy.text': 'This cannot be undone. The keys of all its ' +
        'versions are destroyed, including the active one; the certificates ' +
        'are kept for the record.',
    'entries.destroy.entry-served': 'Their clients get a temporary, untrusted ' +
        'certificate from the next connection on.',
    'entries.destroy.key-in-use': 'Other entries hold the same key. They keep ' +
        'it, and this entry loses it.',
    'entries.destroy.package-needs-key': 'Nobody can read these stored ' +
        'packages once the keys are destroyed. Export them without ' +
        'encryption first, or keep an export of the certificate database.',
    'entries.destroy.force': '“Destroy anyway” no longer checks whether a ' +
        'virtual host serves the entry, another entry holds its keys, or a ' +
        'stored package needs them.',
    'entries.destroy.stale': 'Nothing was destroyed. Close this window, look ' +
        'at the entry, and begin again.',
    'entries.destroy.done': '{n} keys are destroyed',
    'entries.destroy.done.one': '{n} key is destroyed',
};
