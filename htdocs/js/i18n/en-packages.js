// SPDX-License-Identifier: Apache-2.0
export default {
    'packages.intro': 'What was imported or made here. Every package is ' +
        'signed with the server certificate when it is exported.',
    'packages.stored': 'Stored packages',
    'packages.none': 'No packages yet',
    'packages.none.text': 'Import a .package file above. You see who signed ' +
        'it and what is in it before anything is stored.',
    'upload.title': 'Import a package',
    'upload.help': 'Nothing is imported yet: you see who signed it and what ' +
        'is in it, and decide then.',
    'upload.drop': 'Drop a .package file here, or',
    'upload.busy': 'Uploading…',
    'upload.checking': 'Checking every signature…',
    'upload.cancelled': 'The upload was cancelled. Nothing was imported.',
    'upload.nothing': 'Nothing was imported, and nothing is left on the ' +
        'server.',
    'imports.waiting': 'Uploaded, not decided yet',
    'imports.until': 'kept until',
    'imports.review': 'Review',

    'package.encrypted': 'Encrypted',
    'package.weak': 'Weak signature',
    'package.own': 'Made here',
    'package.own.help': 'Nobody yet: it was made here, and is signed when it ' +
        'is exported.',
    'package.once': 'Imported once',
    'package.trust': 'Trust at import',
    'package.trust.once': 'Imported once from an untrusted signer',
    'package.trust.provider': 'The signer was trusted from this import on',
    'package.trust.own': 'The signer was a certificate of this server',
    'package.trust.table': 'The signer was in the list of trusted certificates',
    'package.trust.ca': 'A CA that this server trusts vouched for the signer',
    'package.signedBy': 'Signed by',
    'package.signer': 'Signed by',
    'package.signedAt': 'Signed at',
    'package.size': 'Size',
    'package.id': 'Identifier',
    'package.uploaded': 'Uploaded',
    'package.imported': 'Imported',
    'package.sha256': 'SHA-256 of the file',
    'package.meta': 'Description by its author',
    'package.needs': 'It opens with these keys',
    'package.needs.text': 'Destroy them, and nobody can read it. Keep an ' +
        'export of the certificate database.',
    'package.key': 'Key of {alias}',
    'package.key.gone': 'A key that is not on this server',
    'package.export': 'Export',
    'package.delete': 'Delete',
    'meta.pkg-owner': 'Owner',
    'meta.pkg-signer': 'Signer, as it was written',
    'meta.used-plugins': 'Plug-ins it uses',
    'meta.vso-version': 'Version of Orchestrator',
    'meta.vso-build-nb': 'Build of Orchestrator',

    'type.Workflow': 'Workflow',
    'type.ScriptModule': 'Action',
    'type.ConfigurationElement': 'Configuration element',
    'type.ResourceElement': 'Resource',
    'type.PolicyTemplate': 'Policy template',
    'type.ActionEnvironment': 'Environment',
    'elements': 'Elements',
    'elements.count': '{count} elements',
    'elements.count.one': '{count} element',
    'elements.element': 'Element',
    'elements.version': 'Version',
    'elements.chosen': 'Import it',
    'elements.chosenOf': '{n} of {all} chosen',
    'elements.all': 'All',
    'elements.no': 'None',
    'elements.newer': 'New and newer ones',
    'elements.more': 'Show more ({n} left)',
    'elements.author': 'Author:',
    'elements.also': 'Also in',
    'elements.tag': 'Tag',
    'content.weak': 'Author’s signature is weak',
    'content.invalid': 'Author’s signature does not fit',
    'content.unchecked': 'Author’s signature cannot be checked',
    'version.new': 'new here',
    'version.newer': 'newer',
    'version.older': 'older',
    'version.same': 'the same is stored',
    'version.stored': 'stored:',

    'signer.role.package': 'Signed the package',
    'signer.role.author': 'Author of elements',
    'signer.untrusted': 'Not trusted.',
    'signer.by.own': 'Trusted: it is a certificate of this server.',
    'signer.by.table': 'Trusted: it is in the list of trusted certificates.',
    'signer.vouches': 'It vouches for the authors of packages that it signs.',
    'signer.by.ca': 'Trusted: a CA that this server trusts vouches for it.',

    'review': 'Review before importing',
    'review.intro': 'Nothing has been imported yet.',
    'review.minutes': 'The upload is kept for {n} more minutes.',
    'review.minutes.one': 'The upload is kept for {n} more minute.',
    'review.seconds': 'The upload is kept for {n} more seconds.',
    'review.seconds.one': 'The upload is kept for {n} more second.',
    'review.loading': 'Reading the package…',
    'review.badge': 'Not imported yet',
    'review.stored': 'A package of this name is stored; this one replaces it',
    'review.untrusted': 'Signed by somebody this server does not trust',
    'review.untrusted.text': 'Anybody can make a certificate with any name in ' +
        'it. Ask the sender for the fingerprint, by telephone or on paper, ' +
        'and compare it with the one below before you import anything.',
    'review.trusted': 'Every signature is intact, and every signer is trusted',
    'review.vouched': 'Every signature is intact, and a trusted signer vouches ' +
        'for the authors',
    'review.weak': 'Signatures rest on a weak digest',
    'review.weak.text': 'Whoever can make two files with the same digest ' +
        'could have exchanged the content. Older Orchestrator servers know ' +
        'no better digest. If you import it nevertheless, that is recorded.',
    'review.encrypted': 'The package is encrypted, and a key of this server ' +
        'opens it',
    'review.encrypted.text': 'It is stored encrypted, as it came.',
    'review.signers': 'Who signed it',
    'review.compare': 'Compare the fingerprint with the one that the sender ' +
        'gives you over another channel than the file.',
    'review.chosen.help': 'New elements and newer versions are chosen. For ' +
        'all others, the stored version stays.',
    'review.decision': 'Your decision',
    'review.import': 'Import',
    'review.importing': 'Importing…',
    'review.trust': 'Import and trust {n} signers',
    'review.trust.one': 'Import and trust signer',
    'review.cancelled': 'The import is cancelled',
    'review.gone': 'This upload is gone',
    'review.gone.text': 'It was imported or cancelled in another window or ' +
        'by somebody else, or one hour has passed. Upload the file again if ' +
        'you still want to import it.',
    'review.again': 'Go to the packages',
    'tags': 'Tags',
    'tags.help': 'For the chosen elements.',
    'tags.keep': 'Keep',
    'tags.keep.help': 'Tags of the stored element stay.',
    'tags.overwrite': 'Overwrite',
    'tags.overwrite.help': 'Tags of the package take their place.',
    'tags.omit': 'Leave out',
    'tags.omit.help': 'The elements have no tags afterwards.',
    'done.title': 'The package is imported',
    'done.imported': '{count} elements were imported.',
    'done.imported.one': '{count} element was imported.',
    'done.skipped': '{count} elements were left out.',
    'done.skipped.one': '{count} element was left out.',
    'done.trusted': '{n} signers are trusted from now on',
    'done.trusted.one': 'The signer is trusted from now on',
    'done.show': 'Show the package',
    'done.another': 'Import another',

    'delete.title': 'Delete this package?',
    'delete.text': 'This cannot be undone. Export it first if you may need ' +
        'it again.',
    'delete.going': '{count} elements are in no other package, and are ' +
        'deleted with it:',
    'delete.going.one': '{count} element is in no other package, and is ' +
        'deleted with it:',
    'delete.more': 'and {n} more',
    'delete.none': 'No element is deleted: all of them are in other packages ' +
        'as well.',
    'delete.staying': '{count} elements stay in other packages.',
    'delete.staying.one': '{count} element stays in another package.',
    'delete.go': 'Delete for good',
    'delete.done': '{name} is deleted',

    'lacks.decrypt': 'It is exported as it is stored: for those who could open ' +
        'it then. To have it decrypted, or encrypted for others, takes the ' +
        'right “export”, which an administrator grants.',
    'pkgexport.title': 'Export this package',
    'pkgexport.intro': 'The file is signed with the active server ' +
        'certificate, which is attached.',
    'pkgexport.go': 'Export',
    'pkgexport.busy': 'Signing…',
    'pkgexport.receiving': 'Receiving the file…',
    'encrypt': 'Encryption',
    'encrypt.no': 'Signed only',
    'encrypt.no.help': 'Everybody who gets the file can read it.',
    'encrypt.yes': 'Signed and encrypted',
    'encrypt.yes.help': 'This server and the recipients can read it, nobody ' +
        'else.',
    'recipients': 'Certificates of the recipients',
    'recipients.help': 'The server certificates of those who shall be able to ' +
        'open it, PEM or DER. Without any, only this server can.',
    'certificates.paste': 'or paste them here',
    'certificates.pasted': 'Pasted',
    'certificates.none': 'There is no certificate in this file.',
    'certificates.added': '{n} certificates added',
    'certificates.added.one': '{n} certificate added',
    'certificates.remove': 'Remove {name}',
    'rights': 'Rights and version history',
    'rights.may': 'What receivers may do',
    'rights.may.help': 'Taking a right away changes the elements: their ' +
        'authors’ signatures no longer fit and are left out.',
    'rights.view': 'View contents',
    'rights.repackage': 'Add to packages',
    'rights.edit': 'Edit contents',
    'history': 'With version history',
    'history.help': 'Earlier versions of the elements go with them.',

    'digest': 'Digest of the signatures',
    'digest.keep': 'As it came ({digest})',
    'digest.keep.help': 'Servers that could check the package before can ' +
        'check the export.',
    'digest.md5': 'MD5',
    'digest.md5.help': 'Every Orchestrator server checks it. It is weak; the ' +
        'second signature beside it is not.',
    'digest.sha256': 'SHA-256',
    'digest.sha256.help': 'As servers from 8.5 on sign. Older ones may refuse ' +
        'the package.',

    'create.package': 'Make a package',
    'create.package.intro': 'A new package of elements that are stored here ' +
        'already.',
    'create.package.go': 'Make it',
    'create.package.done': 'The package is created',
    'create.name': 'Name',
    'create.name.help': 'Usually like com.example.library.',
    'create.description': 'Description',
    'create.from': 'Elements of',
    'create.from.help': 'Choose a package, then its elements. You can take ' +
        'some of several packages.',
    'create.from.none': 'Choose a stored package',
    'create.chosen': '{count} elements chosen',
    'create.chosen.one': '{count} element chosen',

    'trusted.intro': 'Packages signed by these certificates are imported ' +
        'without a question. Certificates of this server, and those of the ' +
        'configured CAs, need not be listed.',
    'trusted.none': 'Nobody is trusted by hand yet',
    'trusted.none.text': 'Add a certificate below, or choose “Import and ' +
        'trust signer” when you review a package.',
    'trusted.fromFile': 'From a file',
    'trusted.fromPackage': 'From the package',
    'trusted.expired': 'Expired',
    'trusted.expired.text': 'What it signed is still imported without a ' +
        'question, with a warning.',
    'trusted.packages': 'Stored packages with its signature',
    'trusted.remove': 'Remove',
    'trusted.remove.named': 'Remove {name}',
    'trusted.remove.title': 'Trust this certificate no longer?',
    'trusted.remove.text': 'You will be asked before packages that it signs ' +
        'are imported.',
    'trusted.remove.packages': 'It signed these stored packages, or elements ' +
        'in them. They stay:',
    'trusted.remove.packages.one': 'It signed this stored package, or ' +
        'elements in it. It stays:',
    'trusted.vouches': 'Vouches for the authors of packages that it signs',
    'trusted.vouches.help': 'Packages with its CMS signature are imported ' +
        'without a question about the authors of the elements. For a server of ' +
        'yours that exports what you imported there.',
    'trusted.vouches.on': 'The certificate vouches for authors now',
    'trusted.vouches.off': 'The certificate vouches for authors no longer',
    'trusted.removed': 'The certificate is no longer trusted',
    'trusted.add': 'Add a certificate',
    'trusted.add.help': 'Add only a certificate that you received over a ' +
        'channel you trust. PEM or DER.',
    'trusted.add.go': 'Trust this certificate',
    'trusted.file': 'File of the certificate',
    'trusted.added': 'The certificate is trusted now',
    'trusted.there': 'The certificate was trusted already',

    'warning.content-signature': 'Authors’ signatures do not fit',
    'warning.content-signature.count': '{count} elements have an author’s ' +
        'signature that does not fit',
    'warning.content-signature.count.one': '{count} element has an author’s ' +
        'signature that does not fit',
    'warning.content-signature-unchecked': 'Authors’ signatures cannot be ' +
        'checked',
    'warning.content-signature-unchecked.count': '{count} elements have an ' +
        'author’s signature that cannot be checked',
    'warning.content-signature-unchecked.count.one': '{count} element has an ' +
        'author’s signature that cannot be checked',
    'warning.content-signature-dropped': 'Authors’ signatures were left out',
    'warning.content-signature-dropped.do': 'The rights of those elements ' +
        'were changed, so what their authors signed is no longer the same. ' +
        'Your signature vouches for them.',
    'warning.rights-not-set': 'Some elements keep their rights',
    'warning.rights-not-set.do': 'They are of a kind that cannot carry them.',
    'warning.no-orchestrator-signature': 'Orchestrator servers cannot check ' +
        'the signature',
    'warning.no-orchestrator-signature.do': 'They know RSA keys only, and ' +
        'the active key is an EC one. Create an RSA certificate beside it to ' +
        'export for them.',
    'warning.expired-signer': 'A trusted signer’s certificate has expired',
    'warning.ca-as-signer': 'It is a CA, not a signer',
    'warning.ca-as-signer.do': 'Only packages that it signed itself are ' +
        'trusted. To trust what it issues, name it in VSOCertTrustCA.',
    'warning.stored-newer': 'A newer version was replaced',
    'warning.stored-newer.count': '{count} newer versions were replaced',
    'warning.stored-newer.count.one': '{count} newer version was replaced',
    'warning.tags-replaced': 'Tags were replaced',
    'warning.tags-replaced.count': 'Tags of {count} elements were replaced',
    'warning.tags-replaced.count.one': 'Tags of {count} element were replaced',
};
