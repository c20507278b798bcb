// SPDX-License-Identifier: Apache-2.0
export default {
    'product': 'Certificate console',
    'title': 'Server Certificate',
    'versions': 'Versions',
    'entries': 'Entries',
    'entry': 'Entry',
    'entry.switch': 'switch entry',
    'entry.own': 'Open the entry of this host',
    'entry.destroy': 'Destroy all keys of this entry',
    'packages': 'Packages',
    'trusted': 'Trusted Certificates',
    'activity': 'Activity',
    'status': 'Status',
    'nav': 'Console',
    'skip': 'Skip to the content',
    'loading': 'Loading…',
    'noView': 'There is no such page',
    'back.label': 'Back',
    'none': '–',
    'noName': '(no name)',
    'optional': 'optional',
    'close': 'Close',
    'cancel': 'Cancel',
    'keep': 'Keep it',
    'done': 'Back to the certificate',
    'more': 'Load more',
    'reload': 'Reload the page',
    'busy': 'Working…',
    'upload': 'Upload',
    'saved': 'Saved as {name}',
    'download': 'Save {name}',
    'print': 'Print',
    'copy': 'Copy',
    'copy.csr': 'Copy the request',
    'copy.fingerprint': 'Copy the fingerprint',
    'copy.done': 'Copied to the clipboard',
    'copy.doneShort': 'Copied',
    'theme': 'Colours',
    'theme.auto': 'As the system',
    'theme.light': 'Light',
    'theme.dark': 'Dark',
    'language': 'Language',

    'signin': 'Sign in',
    'signin.user': 'User name',
    'signin.password': 'Password',
    'signin.busy': 'Signing in…',
    'signin.out': 'You are signed out. The session has ended at the server.',
    'signin.help': 'The user of the configuration interface is vmware. ' +
        'Whoever started the server saw its password on the terminal.',
    'signedInAs': 'Signed in as',
    'signout': 'Sign out',
    'signout.failed': 'Signing out did not work: the session may still be ' +
        'open. Try again.',
    'again.title': 'Your session has ended',
    'again.text': 'Sign in again as {user}. What you typed is still here, ' +
        'and the action continues.',
    'again.other': 'Sign in as somebody else and discard it',

    'confirm.title': 'Enter your password again',
    'confirm.text': 'This needs a sign-in within the last five minutes, so ' +
        'that nobody else can do it at your screen. Enter the password of ' +
        '{user}; what you typed stays, and the action continues.',
    'confirm.go': 'Confirm',

    'cert.subject': 'Subject',
    'cert.issuer': 'Issuer',
    'cert.issuedBy': 'Issued by',
    'cert.selfSigned': 'Self-signed: it vouches for itself',
    'cert.sans': 'Valid for',
    'cert.validity': 'Valid',
    'cert.key': 'Key',
    'cert.signature': 'Signature',
    'cert.serial': 'Serial number',
    'cert.fingerprint': 'SHA-256 fingerprint',
    'sans.none': 'No alternative names',
    'version.n': 'Version {n}',
    'version.created': 'Created',
    'version.activated': 'Last activated',
    'versions.intro': 'Every key that this server has had. A passive one ' +
        'can be made active again at any time; that is how a change is ' +
        'rolled back.',
    'versions.none': 'No versions yet. Create or import a certificate first.',
    'state.active': 'Active',
    'state.pending': 'Waiting for the CA',
    'state.passive': 'Passive',
    'state.retired': 'Destroyed',
    'state.active.help': 'Served to every new connection.',
    'state.pending.help': 'Key and request are ready; the CA’s reply makes ' +
        'it active.',
    'state.passive.help': 'Not served. Its key still reads and verifies ' +
        'packages, and can be made active again.',
    'state.retired.help': 'The key is destroyed. The certificate is kept for ' +
        'the record.',
    'origin.self-signed': 'Created here, self-signed',
    'origin.ca-signed': 'Signed by a CA',
    'origin.imported': 'Imported',

    'validity.left': '{days} days left',
    'validity.left.one': '{days} day left',
    'validity.today': 'Expires today',
    'validity.over': 'Expired {n} days ago',
    'validity.overToday': 'Expired today',
    'validity.early': 'Not valid yet',
    'validity.bar': '{percent} % of its validity has passed',
    'validity.from': 'From',
    'validity.to': 'until',

    'served': 'Served',
    'served.live': 'Live: this node hands it out to every new connection',
    'served.not': 'This node does not hand it out at the moment',
    'served.none': 'No virtual host of this server has this entry',
    'chain': 'Certificate chain',
    'chain.details': 'Certificate in the chain',
    'chain.root': 'Root',
    'chain.intermediate': 'Intermediate',
    'chain.leaf': 'Server certificate',
    'chain.selfSigned': 'Server certificate, self-signed',
    'chain.missing': 'Issuer is missing from the chain',
    'chain.before': 'Certificate chain now',
    'chain.after': 'Certificate chain afterwards',
    'chain.update': 'Only the chain of version {n} ({state}, {key}) changes: ' +
        'its key and certificate stay.',
    'chain.go': 'Update the chain',
    'chain.done': 'The certificate chain is updated',
    'pem': 'Show PEM',
    'pem.title': 'Certificate and chain, PEM',
    'pem.help': 'No secret in here: every client gets the same at each ' +
        'connection.',
    'also.title': 'Also served: {key}',
    'also.text': 'Clients are given the key type that they prefer.',
    'also.more': 'Show this version',

    'empty.title': 'There is no server certificate yet',
    'empty.text': 'Until there is one, the server answers with a temporary ' +
        'certificate that nobody vouches for. There are two ways to begin.',
    'empty.entry': 'No certificate yet in entry',
    'empty.entry.text': 'No virtual host of this server has this entry ' +
        '(VSOCertAlias). If you expected a certificate here, check the name. ' +
        'There are two ways to begin.',
    'empty.create': 'Create one',
    'empty.create.text': 'Create a key and a self-signed certificate. It ' +
        'serves at once; a certificate authority (CA) can sign it later.',
    'empty.import': 'Import one',
    'empty.import.text': 'Import the certificate database that another ' +
        'server exported, or a PKCS#12, Java or PEM file.',
    'empty.bootstrap': 'Fingerprint of the temporary certificate that your ' +
        'browser sees now:',
    'backup.title': 'Export a backup of this certificate',
    'backup.text': 'Its private key exists in this server’s database only. ' +
        'Export the certificate database and keep the file in a safe place. ' +
        'This reminder stays until you have.',

    'pending.since': 'Requested',
    'pending.text': 'Key and request are ready. What is served has not ' +
        'changed. When the CA has answered, import its reply.',
    'pending.csr': 'Show the CSR again',
    'pending.discard': 'Discard',
    'pending.discardTitle': 'Discard this request?',
    'pending.discardText': 'Its key is destroyed, and a reply that the CA ' +
        'sends for it can no longer be imported. What is served does not ' +
        'change.',
    'pending.discarded': 'The request is discarded',

    'dos': 'What you can do',
    'dos.signed': 'Have it signed by a CA',
    'dos.safe': 'Keep it safe',
    'dos.change': 'Change it',
    'do.csr': 'Export certificate signing request',
    'do.csr.help': 'For the key and the names that are active. Saves ' +
        'VSOcertificate.csr, to be sent to your CA.',
    'do.request': 'Request with changes or a new key',
    'do.request.help': 'Other names, another subject or another key. What is ' +
        'served stays until the reply comes.',
    'do.reply': 'Import the CA’s reply',
    'do.reply.help': 'The certificate that the CA signed. You see what it ' +
        'would become before anything changes.',
    'do.export': 'Export certificate database',
    'do.export.help': 'Key, certificate and chain in one file that a password ' +
        'protects: for a backup, or for another server.',
    'do.replace': 'Replace the certificate',
    'do.replace.help': 'With a new self-signed one, or one from a file. The ' +
        'old one turns passive and can be brought back.',
    'do.import': 'Import certificate database',
    'do.import.help': 'From another Orchestrator server, or any PKCS#12, ' +
        'Java or PEM file.',
    'do.create': 'Create a self-signed certificate',
    'do.create.help': 'Creates the certificate database with its key.',
    'lacks.manage': 'You may look at this, but not change anything: that takes ' +
        'the right “manage”, which an administrator grants.',
    'lacks.export': 'You may not export private keys: that takes the right ' +
        '“export”, which an administrator grants.',
    'lacks.sign': 'You may not export packages: an export is signed, which ' +
        'takes the right “sign”. An administrator grants it.',
    'why.exists.create': 'Not available: a certificate exists already. ' +
        'Replace it instead.',
    'why.exists.import': 'Not available once a certificate exists. To change ' +
        'to one from a file, choose Replace.',
    'why.none.export': 'Not available: there is no certificate yet.',
    'why.none.csr': 'Not available: there is no certificate yet. Create one, ' +
        'or request one for a new key.',
    'why.none.reply': 'Not available: nothing has been sent to a CA yet.',
    'why.none.replace': 'Not available: there is no certificate yet.',
    'why.none.request': 'Not available: there is no certificate yet.',

    'subject': 'Who the certificate is for',
    'subject.commonName': 'Common name',
    'subject.commonName.short': 'CN',
    'subject.commonName.help': 'The host name that people type to reach this ' +
        'server, for example www.example.org.',
    'subject.organization': 'Organization',
    'subject.organization.short': 'O',
    'subject.organization.help': 'Legal name of the company.',
    'subject.organizationalUnit': 'Organizational unit',
    'subject.organizationalUnit.short': 'OU',
    'subject.organizationalUnit.help': 'Department that runs the server.',
    'subject.locality': 'Locality',
    'subject.locality.short': 'L',
    'subject.locality.help': 'City, written out.',
    'subject.state': 'State or province',
    'subject.state.short': 'ST',
    'subject.state.help': 'Written out, not abbreviated.',
    'subject.country': 'Country',
    'subject.country.short': 'C',
    'subject.country.help': 'Where the organization is registered.',
    'subject.country.none': 'Not stated',
    'sans': 'Also valid for',
    'sans.help': 'Other host names and IP addresses. The common name is ' +
        'added by itself. Enter, comma or space ends a name.',
    'sans.placeholder': 'intranet.example.org, 192.0.2.10',
    'chip.remove': 'Remove {name}',
    'key': 'Key',
    'key.help': 'RSA-2048 works everywhere and signs packages. EC keys are ' +
        'smaller and faster, but cannot sign Orchestrator packages.',
    'key.keep': 'Keep the present key',
    'key.keep.help': 'Only names or subject change.',
    'key.rsa-1024': 'RSA, 1024 bits',
    'key.rsa-2048': 'RSA, 2048 bits',
    'key.rsa-2048.help': 'Recommended: accepted by every client and CA',
    'key.rsa-3072': 'RSA, 3072 bits',
    'key.rsa-3072.help': 'For rules that ask for more than 112 bits of ' +
        'security',
    'key.rsa-4096': 'RSA, 4096 bits',
    'key.rsa-4096.help': 'Slower handshakes; takes some seconds to create',
    'key.ec-p256': 'EC, P-256',
    'key.ec-p256.help': 'Fast and modern; very old clients refuse it',
    'key.ec-p384': 'EC, P-384',
    'key.ec-p384.help': 'For rules that ask for it',
    'days': 'Valid for how many days',
    'days.help': '1 to 3650. Browsers accept 365.',

    'create.intro': 'Creates a private key and a self-signed certificate, ' +
        'and serves it from the next connection on. The key never leaves ' +
        'the server unless you export it.',
    'create.key': 'Key and time',
    'create.go': 'Create and serve',
    'create.busy': 'Creating the key and trying it…',
    'create.done': 'The certificate is created',
    'replace.intro': 'Puts another certificate in place of the active one. ' +
        'The old version turns passive: packages stay readable, and it ' +
        'can be made active again under Versions. Or adds one with the other ' +
        'kind of key, RSA or EC, beside it.',
    'replace.way': 'Replace it with',
    'replace.new': 'A new self-signed certificate',
    'replace.new.help': 'A new key is made here.',
    'replace.file': 'A certificate from a file',
    'replace.file.help': 'A certificate database, PKCS#12, Java keystore or ' +
        'PEM file.',
    'place': 'What happens to the active certificate',
    'place.replace': 'Replace it',
    'place.replace.help': 'All active versions turn passive, whatever ' +
        'their key.',
    'place.beside': 'Add beside it',
    'place.beside.help': 'RSA and EC are served side by side: only a version ' +
        'with the same kind of key turns passive.',
    'place.goes': 'Version {n} ({key}) turns passive.',
    'place.stays': 'Version {n} ({key}) stays active beside the new one.',
    'place.go': 'Add and serve',
    'place.added': 'The certificate is added; what was active stays active',
    'replace.go': 'Replace and serve',
    'replace.done': 'The certificate is replaced',
    'request.intro': 'Makes a certificate signing request with other names, ' +
        'another subject or a new key. What is served stays as it is until ' +
        'the CA’s reply is imported.',
    'request.go': 'Make the request',
    'request.done': 'The request is ready',
    'request.doneText': 'It waits under Server Certificate until the CA’s ' +
        'reply comes, or until you discard it.',
    'csr.intro': 'The request for the key, subject and names that are active. ' +
        'It holds no secret.',
    'csr.title': 'Certificate signing request',
    'csr.short': 'Show CSR',
    'csr.help': 'Send this file to your certificate authority. It holds no ' +
        'secret.',
    'csr.next': 'What comes next',
    'csr.step1': 'Send the file to your certificate authority, by mail or in ' +
        'its form.',
    'csr.step2': 'The CA signs it and sends back a certificate: days later ' +
        'is fine, the key waits here.',
    'csr.step3': 'Import that reply on this console.',
    'csr.other': 'Should the certificate be for other names, or have a new ' +
        'key?',
    'reply.intro': 'What the CA sent back, as it came: PEM, DER or PKCS#7 ' +
        '(.p7b), with or without its chain.',
    'reply.file': 'File of the CA',
    'reply.file.help': 'It is shown to you before it is used.',
    'reply.drop': 'Drop the file here, or',
    'reply.text': 'or paste its text',
    'reply.text.help': 'With or without text around it. Several certificates ' +
        'may come in any order.',
    'reply.pairs': 'It belongs to the key of version {n} ({state}).',
    'reply.go': 'Activate this certificate',
    'reply.done': 'The certificate of the CA is active',
    'import.intro': 'Brings key and certificate from a file. You see what is ' +
        'inside before anything changes.',
    'import.file': 'Certificate database',
    'import.file.help': 'vmo-server.vmokeystore, .p12, .pfx, .jks, .jceks or ' +
        '.pem, up to 4 MB. The format is recognized by its content.',
    'import.drop': 'Drop the file here, or',
    'import.password': 'Password of the file',
    'import.password.help': 'The one that was typed when it was exported.',
    'import.more': 'The key has a password of its own',
    'import.keyPassword': 'Password of the key',
    'import.keyPassword.help': 'Java keystores can have one for each key.',
    'import.use': 'What it is for',
    'import.use.serve': 'Serve it',
    'import.use.replace': 'Use as the server certificate (replaces the ' +
        'current one)',
    'import.use.beside': 'Add beside the current one',
    'import.use.beside.help': 'RSA and EC are served side by side: only a ' +
        'version with the same kind of key turns passive.',
    'import.use.serve.help': 'Every new connection gets it.',
    'import.use.passive': 'For packages only',
    'import.use.passive.help': 'The key is stored and reads old packages. ' +
        'What is served does not change.',
    'import.choose': 'The file holds several keys: which one?',
    'import.choose.help': 'The others stay in the file.',
    'import.read': 'The password is right and key and certificate belong ' +
        'together. Format: {format}.',
    'import.go': 'Import and serve',
    'import.goPassive': 'Import for packages only',
    'import.done': 'The certificate database is imported',
    'import.donePassive': 'The key is imported as a passive version',
    'export.intro': 'Saves key, certificate and chain in one file. Whoever ' +
        'has the file and its password can be this server.',
    'export.password': 'Password for the file',
    'export.password.help': 'At least 12 characters, not blanks alone. Long ' +
        'is better than complicated: four random ' +
        'words make a good one.',
    'export.again': 'The same password again',
    'export.loss': 'Nobody can open the file without this password, not even ' +
        'this server. If the database is lost as well, the key is gone, and ' +
        'with it every package that was encrypted for it. Keep password and ' +
        'file, but not in the same place.',
    'export.format': 'Format',
    'export.short': 'Export',
    'export.go': 'Export certificate database',
    'export.busy': 'Encrypting…',
    'export.saved': 'Try it once while you still have the original: import ' +
        'shows what is in a file without changing anything.',
    'format.pkcs12': 'PKCS#12',
    'format.pkcs12.help': 'Recommended: AES-256; OpenSSL, Java, Windows and ' +
        'this console read it',
    'format.pem': 'PEM',
    'format.pem.help': 'Text with an encrypted key, for other web servers',
    'format.jceks': 'JCEKS',
    'format.jceks.help': 'Weak, Triple DES: only for Orchestrator servers and ' +
        'old Java that read nothing else',
    'format.jks': 'JKS',
    'format.jks.help': 'Very weak: only for old Java that reads nothing else',
    'strength.0': '',
    'strength.1': 'Weak: it could be guessed',
    'strength.2': 'Fair',
    'strength.3': 'Strong',

    'password.show': 'Show the password',
    'password.showShort': 'Show',
    'password.hideShort': 'Hide',
    'file.pick': 'Choose a file',
    'file.other': 'Choose another',
    'file.remove': 'Remove',
    'file.taken': '{name} is chosen',
    'file.empty': 'The file is empty.',
    'file.tooLarge': 'The file has {size}; at most {max} can be imported.',
    'file.bytes': '{n} bytes',
    'file.kilobytes': '{n} KB',
    'file.megabytes': '{n} MB',

    'preview.go': 'Preview',
    'preview.busy': 'Checking, and trying a handshake…',
    'preview.ready': 'The preview is shown below',
    'preview.served': 'Version {n}, which is served then',
    'preview.badge': 'Preview – nothing has changed yet',
    'trial.title': 'Trial handshake',
    'trial.all': 'The server has tried it in memory with its own settings: ' +
        'every protocol works.',
    'trial.some': 'The server has tried it in memory with its own settings: ' +
        'not every protocol works.',
    'trial.none': 'The server has tried it in memory with its own settings: ' +
        'nothing works.',
    'trial.works': 'works',
    'trial.fails': 'does not work',
    'next.title': 'What your browser will do',
    'next.selfSigned': 'Nobody vouches for a self-signed certificate, so ' +
        'your browser will show a warning page the next time it connects.',
    'next.ca': 'If your browser knows the CA “{ca}”, you will notice ' +
        'nothing. If it does not, it will show a warning page the next time ' +
        'it connects.',
    'next.host': 'This page was opened as {host}, and the certificate is not ' +
        'valid for that name: expect a warning page.',
    'next.how': 'To get back in, reload this page, compare the fingerprint ' +
        'on the warning page with the one shown here after the change, and ' +
        'go on. Your session stays.',
    'activate.busy': 'Activating…',
    'activate.button': 'Make active',
    'activate.title': 'Make version {n} active again?',
    'activate.text': 'It is served from the next connection on. The version ' +
        'that it displaces turns passive.',
    'activate.go': 'Activate',
    'activate.done': 'Version {n} is active again',
    'schedule.button': 'Make active later',
    'schedule.title': 'Make version {n} active later?',
    'schedule.text': 'The server tests now that it can be served. At the ' +
        'scheduled time all nodes begin to serve it, and the version that it ' +
        'displaces turns passive.',
    'schedule.at': 'Date and time, in UTC',
    'schedule.at.help': 'The clock of the database decides, not this one. ' +
        'Here it is {now}.',
    'schedule.here': 'In your time zone:',
    'schedule.go': 'Schedule',
    'schedule.done': 'Version {n} becomes active at {at}',
    'schedule.waits': 'This version becomes active by itself',
    'schedule.clock': 'By the clock of the database, on all nodes. ' +
        'Activating or destroying it earlier cancels the schedule.',
    'schedule.from': 'active from',
    'schedule.change': 'Change the time',
    'schedule.forget': 'Forget it',
    'schedule.forgotten': 'Version {n} stays as it is',
    'deactivate.button': 'Stop serving',
    'deactivate.title': 'Stop serving version {n}?',
    'deactivate.text': 'The other key type stays in service. Clients that ' +
        'can only use this one will fail to connect.',
    'deactivate.go': 'Stop serving',
    'deactivate.done': 'Version {n} is passive now',
    'destroy.button': 'Destroy the key',
    'destroy.title': 'Destroy the key of version {n}?',
    'destroy.text': 'This cannot be undone. Packages that were encrypted for ' +
        'this key can no longer be read, unless you have an export of it.',
    'destroy.confirm': 'Type “{phrase}” to confirm',
    'destroy.go': 'Destroy for good',
    'destroy.needed.text': 'Nobody can read them once the key is destroyed. ' +
        'Export them without encryption first, or keep an export of the ' +
        'certificate database: importing it opens them again.',
    'destroy.anyway': 'Destroy anyway',
    'destroy.done': 'The key of version {n} is destroyed',
    'destroy.shared': 'These versions hold the same key. It can only be ' +
        'destroyed in all of them at once:',
    'destroy.shared.version': 'Version {n} of {entry} ({state})',
    'destroy.goShared': 'Destroy in all versions',
    'destroy.doneShared': 'The key is destroyed in all versions that held it',

    'outcome.checking': 'Reconnecting, to see what the server hands out…',
    'outcome.live': 'Reconnected: this node now hands out the certificate ' +
        'with this fingerprint.',
    'outcome.elsewhere': 'It is stored, and this node does not hand it out ' +
        'yet. Look at Status.',
    'outcome.nowhere': 'It is stored. Nothing serves it yet: no virtual host ' +
        'of this server has this entry (VSOCertAlias).',
    'outcome.unreachable': 'It is stored. Your browser does not connect any ' +
        'more, most likely because it does not trust the new certificate. ' +
        'Reload the page, compare this fingerprint with the one on the ' +
        'warning page, and go on.',
    'foreign.title': 'Somebody else has changed something',
    'foreign.text': 'What you see is up to date.',
    'foreign.more': 'See Activity',
    'stale.title': 'Changed meanwhile',
    'stale.text': 'Somebody else changed the server certificate after you ' +
        'opened this page. Your change was not made, and what you typed is ' +
        'still here.',
    'stale.now': 'Active now:',
    'stale.none': 'No certificate is active now.',
    'stale.look': 'Look at it first',
    'stale.accept': 'Go on with my change',
    'offline.text': 'The console asks again every few seconds and goes on by ' +
        'itself. What you typed is still here.',
    'offline.after': 'If the certificate was just changed, your browser may ' +
        'not trust the new one: reload the page to see.',
    'offline.now': 'Try now',

    'kind.create': 'Certificate created',
    'kind.replace': 'Certificate replaced',
    'kind.request': 'Request made',
    'kind.reply': 'CA’s reply imported',
    'kind.chain': 'Certificate chain updated',
    'kind.import': 'Certificate database imported',
    'kind.adopt': 'Certificate taken over',
    'kind.export': 'Certificate database exported',
    'kind.activate': 'Version activated',
    'kind.schedule': 'Activation scheduled',
    'kind.unschedule': 'Scheduled activation cancelled',
    'kind.deactivate': 'Version taken out of service',
    'kind.destroy': 'Key destroyed',
    'kind.destroy-entry': 'Entry destroyed',
    'kind.reseal': 'Keys sealed anew',
    'kind.accept-restore': 'Restored backup accepted',
    'kind.package-upload': 'Package uploaded for review',
    'kind.package-import': 'Package imported',
    'kind.package-cancel': 'Import of a package cancelled',
    'kind.package-create': 'Package created',
    'kind.package-delete': 'Package deleted',
    'kind.package-export': 'Package exported',
    'kind.trust-add': 'Certificate trusted',
    'kind.trust-change': 'Trust in a certificate changed',
    'kind.trust-remove': 'Trust in a certificate withdrawn',

    'restored.title': 'The database is older than what is served',
    'restored.look': 'See Status to decide',

    'problem.offline': 'The server cannot be reached',
    'problem.cancelled': 'Cancelled. The server may have finished all the ' +
        'same: what you see is up to date.',
    'problem.unreadable': 'The server gave an answer that cannot be read',
    'problem.file-unreadable': 'The file cannot be read any more: choose it ' +
        'again',
    'problem.wrong-sign-in': 'User name or password is wrong.',
    'problem.password-short': 'The password needs at least 12 characters, ' +
        'and not blanks alone.',
    'problem.passwords-differ': 'The two passwords are not the same.',
    'problem.not-confirmed': 'Type exactly what is asked for.',
    'problem.malformed': 'The request cannot be read',
    'problem.not-signed-in': 'Sign in first',
    'problem.forbidden': 'You are not allowed to do this',
    'problem.sign-in-again': 'Sign in again first',
    'problem.not-found': 'There is no such thing',
    'problem.timeout': 'The request took too long',
    'problem.certificate-exists': 'A certificate exists already',
    'problem.no-certificate': 'There is no certificate',
    'problem.wrong-state': 'Its state does not allow this',
    'problem.key-in-use': 'The key is in use',
    'problem.entry-served': 'The entry is served',
    'problem.key-not-exportable': 'The key cannot be exported',
    'problem.choose-alias': 'The file holds several keys',
    'problem.integrity': 'The database was edited',
    'problem.moved-keystore': 'The keystore is in another database now',
    'problem.restored-database': 'The database is older than what is served',
    'problem.stale': 'Somebody else was quicker',
    'problem.too-large': 'Too large',
    'problem.no-time': 'Give a date and a time',
    'problem.expectation-failed': 'The request expects what the server ' +
        'cannot do',
    'problem.invalid': 'This cannot be accepted',
    'problem.key-mismatch': 'Certificate and key do not belong together',
    'problem.wrong-password': 'The password is wrong',
    'problem.unsupported-format': 'This kind of file cannot be used here',
    'problem.damaged': 'The file is damaged',
    'problem.weak-key': 'Too weak to be served',
    'problem.not-servable': 'It cannot be served',
    'problem.untrusted-signer': 'Signed by somebody this server does not ' +
        'trust',
    'problem.digest-mismatch': 'It is not the package that was shown',
    'problem.package-needs-key': 'Stored packages need this key',
    'problem.package-exists': 'There is a package of this name already',
    'problem.bad-package': 'The package is damaged',
    'problem.bad-zip': 'The archive is damaged',
    'problem.zip-bomb': 'The archive unpacks to too much',
    'problem.unsafe-name': 'A file name in the package is not safe',
    'problem.duplicate-name': 'A file stands twice in the package',
    'problem.bad-xml': 'An XML file in the package is damaged',
    'problem.bad-signature': 'A signature in the package does not hold',
    'problem.no-recipient': 'No key on this server opens the package',
    'problem.slow-down': 'Too many attempts or uploads',
    'problem.internal': 'The server failed',
    'problem.not-signed': 'The package of the application cannot be signed',
    'problem.no-signer': 'There is nothing to sign packages with',
    'problem.sealed': 'The keystore is sealed',
    'problem.busy': 'The server is busy',
    'problem.database-unavailable': 'The database is not available',
    'problem.newer-schema': 'The database is from a newer version',
};
