// SPDX-License-Identifier: Apache-2.0
export default {
    'warning.expired': 'It has expired',
    'warning.expired.do': 'Have it renewed by the CA, or replace it now: ' +
        'clients refuse it.',
    'warning.not-yet-valid': 'It is not valid yet',
    'warning.not-yet-valid.do': 'Check the clock of this server, or wait ' +
        'until it is valid.',
    'warning.weak-signature': 'The signature is weak',
    'warning.weak-signature.do': 'Ask the CA for a certificate signed with ' +
        'SHA-256.',
    'warning.weak-key': 'The key is weak',
    'warning.weak-key.do': 'Replace it with an RSA key of 2048 bits or more.',
    'warning.no-san': 'It names no host in the way that browsers look for',
    'warning.no-san.do': 'Make a request with the host names under “Also ' +
        'valid for”.',
    'warning.name-mismatch': 'It is not valid for a name of this server',
    'warning.name-mismatch.do': 'Make a request, or replace it, with that ' +
        'name under “Also valid for”.',
    'warning.not-published': 'This node does not serve it yet',
    'warning.not-published.do': 'It is stored, and the node tries again each ' +
        'second. See its error log: its disk may be full.',
    'warning.chain-incomplete': 'The chain is incomplete',
    'warning.chain-incomplete.do': 'Ask the CA for the intermediate ' +
        'certificates and import its reply together with them.',
    'warning.authority-key-id': 'It names another certificate of its CA',
    'warning.authority-key-id.do': 'Ask the CA to issue it again: some ' +
        'clients refuse it.',
    'warning.issuer-not-ca': 'An issuer in the chain is no CA',
    'warning.issuer-not-ca.do': 'Ask the CA for its proper chain: clients ' +
        'refuse this one.',
    'warning.no-server-auth': 'It was not issued for servers',
    'warning.no-server-auth.do': 'Ask the CA for a certificate with the ' +
        'usage “server authentication”.',
    'warning.key-usage': 'Its key usage lacks “digital signature”',
    'warning.key-usage.do': 'Ask the CA for a certificate with the key usage ' +
        '“digital signature”: browsers refuse this one.',
    'warning.ca-as-leaf': 'It is the certificate of a CA',
    'warning.ca-as-leaf.do': 'Replace it with one that is not a CA’s ' +
        '(CA:FALSE).',
    'warning.path-length': 'The chain is longer than a CA in it allows',
    'warning.path-length.do': 'Ask the CA for a certificate from another ' +
        'intermediate: clients refuse this chain.',
    'warning.critical-extension': 'It has a critical extension that is not ' +
        'known',
    'warning.critical-extension.do': 'Ask the CA for a certificate without ' +
        'it: clients refuse this one.',
    'warning.client-support': 'Some clients cannot use this key',
    'warning.client-support.do': 'Use an RSA or P-256 key, or serve one ' +
        'beside it.',
    'warning.names-changed': 'The CA changed the names',
    'warning.names-changed.do': 'If a name is missing that clients use, ask ' +
        'the CA for it before you activate this certificate.',
    'warning.subject-changed': 'The CA changed the subject',
    'warning.rewritten': 'The CA wrote the names differently',
    'warning.names-left-out': 'Some names are not in the request',
    'warning.names-left-out.do': 'The request asks for host names and IP ' +
        'addresses only. If you need the other names, talk to your CA.',
    'warning.many-names': 'The request has many names',
    'warning.many-names.do': 'Many CAs allow 100 names in one certificate. ' +
        'If yours refuses the request, ask for fewer names.',
    'warning.not-served': 'No virtual host serves this entry',
    'warning.not-served.do': 'Name it with VSOCertAlias in the configuration ' +
        'of a virtual host, or check its spelling.',
    'warning.passive-key': 'It is for a key that is passive',
    'warning.passive-key.do': 'Go on only if you want that key back.',
    'warning.no-rsa-signer': 'No RSA key stays active',
    'warning.no-rsa-signer.do': 'Exported packages will not have ' +
        'Orchestrator’s own signatures. If Orchestrator servers import them, ' +
        'keep an RSA certificate active.',
    'warning.quarantined': 'Its row in the database was damaged or edited',
    'warning.quarantined.do': 'Restore the database, or replace the ' +
        'certificate. Look for who could write to the database.',
    'warning.secret-key': 'A secret key in the file is not used',
    'warning.not-used': 'The file holds more than is used',
    'warning.several-certificates': 'The file holds several certificates ' +
        'for this key',
    'warning.several-certificates.do': 'Compare the dates and the issuer: the ' +
        'one named here is used.',
    'warning.key-not-listed': 'A key of the file is left out',
    'warning.unencrypted-key': 'The key in the file is not encrypted',
    'warning.unencrypted-key.do': 'Destroy the file, or keep it as safe as ' +
        'the key itself.',
};
