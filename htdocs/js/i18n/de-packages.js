// SPDX-License-Identifier: Apache-2.0
export default {
    'packages.intro': 'Was hier importiert oder erstellt wurde. Jedes Paket ' +
        'wird beim Export mit dem Serverzertifikat signiert.',
    'packages.stored': 'Gespeicherte Pakete',
    'packages.none': 'Noch keine Pakete',
    'packages.none.text': 'Importieren Sie oben eine .package-Datei. Sie ' +
        'sehen, wer sie signiert hat und was darin ist, bevor etwas ' +
        'gespeichert wird.',
    'upload.title': 'Ein Paket importieren',
    'upload.help': 'Noch wird nichts importiert: Sie sehen erst, wer es ' +
        'signiert hat und was darin ist, und entscheiden dann.',
    'upload.drop': 'Eine .package-Datei hier ablegen, oder',
    'upload.busy': 'Wird hochgeladen …',
    'upload.checking': 'Jede Signatur wird geprüft …',
    'upload.cancelled': 'Das Hochladen wurde abgebrochen. Nichts wurde ' +
        'importiert.',
    'upload.nothing': 'Nichts wurde importiert, und auf dem Server bleibt ' +
        'nichts zurück.',
    'imports.waiting': 'Hochgeladen, noch nicht entschieden',
    'imports.until': 'aufbewahrt bis',
    'imports.review': 'Prüfen',

    'package.encrypted': 'Verschlüsselt',
    'package.weak': 'Schwache Signatur',
    'package.own': 'Hier erstellt',
    'package.own.help': 'Noch niemand: Es wurde hier erstellt und wird beim ' +
        'Export signiert.',
    'package.once': 'Einmalig importiert',
    'package.trust': 'Vertrauen beim Import',
    'package.trust.once': 'Einmalig von einem Unterzeichner importiert, dem ' +
        'nicht vertraut wurde',
    'package.trust.provider': 'Dem Unterzeichner wurde von diesem Import an ' +
        'vertraut',
    'package.trust.own': 'Der Unterzeichner war ein Zertifikat dieses Servers',
    'package.trust.table': 'Der Unterzeichner stand in der Liste der ' +
        'vertrauten Zertifikate',
    'package.trust.ca': 'Eine CA, der dieser Server vertraut, bürgte für den ' +
        'Unterzeichner',
    'package.signedBy': 'Signiert von',
    'package.signer': 'Signiert von',
    'package.signedAt': 'Signiert am',
    'package.size': 'Größe',
    'package.id': 'Kennung',
    'package.uploaded': 'Hochgeladen',
    'package.imported': 'Importiert',
    'package.sha256': 'SHA-256 der Datei',
    'package.meta': 'Was sein Ersteller dazu schrieb',
    'package.needs': 'Diese Schlüssel öffnen es',
    'package.needs.text': 'Werden sie vernichtet, kann es niemand mehr lesen. ' +
        'Verwahren Sie einen Export der Zertifikatsdatenbank.',
    'package.key': 'Schlüssel von {alias}',
    'package.key.gone': 'Ein Schlüssel, der nicht auf diesem Server ist',
    'package.export': 'Exportieren',
    'package.delete': 'Löschen',
    'meta.pkg-owner': 'Eigentümer',
    'meta.pkg-signer': 'Unterzeichner, wie er eingetragen ist',
    'meta.used-plugins': 'Benutzte Plug-ins',
    'meta.vso-version': 'Orchestrator-Version',
    'meta.vso-build-nb': 'Orchestrator-Build',

    'type.Workflow': 'Workflow',
    'type.ScriptModule': 'Aktion',
    'type.ConfigurationElement': 'Konfigurationselement',
    'type.ResourceElement': 'Ressource',
    'type.PolicyTemplate': 'Richtlinienvorlage',
    'type.ActionEnvironment': 'Umgebung',
    'elements': 'Elemente',
    'elements.count': '{count} Elemente',
    'elements.count.one': '{count} Element',
    'elements.element': 'Element',
    'elements.version': 'Version',
    'elements.chosen': 'Importieren',
    'elements.chosenOf': '{n} von {all} gewählt',
    'elements.all': 'Alle',
    'elements.no': 'Keine',
    'elements.newer': 'Neue und neuere',
    'elements.more': 'Mehr anzeigen (noch {n})',
    'elements.author': 'Urheber:',
    'elements.also': 'Auch in',
    'elements.tag': 'Schlagwort',
    'content.weak': 'Signatur des Urhebers ist schwach',
    'content.invalid': 'Signatur des Urhebers passt nicht',
    'content.unchecked': 'Signatur des Urhebers nicht prüfbar',
    'version.new': 'hier neu',
    'version.newer': 'neuer',
    'version.older': 'älter',
    'version.same': 'dieselbe ist gespeichert',
    'version.stored': 'gespeichert:',

    'signer.role.package': 'Hat das Paket signiert',
    'signer.role.author': 'Urheber von Elementen',
    'signer.untrusted': 'Nicht vertraut.',
    'signer.by.own': 'Vertraut: Es ist ein Zertifikat dieses Servers.',
    'signer.by.table': 'Vertraut: Es steht in der Liste der vertrauten ' +
        'Zertifikate.',
    'signer.vouches': 'Es bürgt für die Urheber der Pakete, die es signiert.',
    'signer.by.ca': 'Vertraut: Eine CA, der dieser Server vertraut, bürgt ' +
        'dafür.',

    'review': 'Prüfen vor dem Import',
    'review.intro': 'Noch ist nichts importiert.',
    'review.minutes': 'Das Hochgeladene wird noch {n} Minuten aufbewahrt.',
    'review.minutes.one': 'Das Hochgeladene wird noch {n} Minute aufbewahrt.',
    'review.seconds': 'Das Hochgeladene wird noch {n} Sekunden aufbewahrt.',
    'review.seconds.one': 'Das Hochgeladene wird noch {n} Sekunde aufbewahrt.',
    'review.loading': 'Das Paket wird gelesen …',
    'review.badge': 'Noch nicht importiert',
    'review.stored': 'Ein Paket dieses Namens ist gespeichert; dieses tritt ' +
        'an seine Stelle',
    'review.untrusted': 'Signiert von jemandem, dem dieser Server nicht ' +
        'vertraut',
    'review.untrusted.text': 'Jeder kann ein Zertifikat mit beliebigem Namen ' +
        'ausstellen. Lassen Sie sich den Fingerabdruck vom Absender am ' +
        'Telefon oder auf Papier geben, und vergleichen Sie ihn mit dem ' +
        'unten, bevor Sie etwas importieren.',
    'review.trusted': 'Jede Signatur ist unversehrt, und jedem Unterzeichner ' +
        'wird vertraut',
    'review.vouched': 'Jede Signatur ist unversehrt, und ein vertrauter ' +
        'Unterzeichner bürgt für die Urheber',
    'review.weak': 'Signaturen beruhen auf einer schwachen Prüfsumme',
    'review.weak.text': 'Wer zwei Dateien mit derselben Prüfsumme herstellen ' +
        'kann, könnte den Inhalt ausgetauscht haben. Ältere ' +
        'Orchestrator-Server kennen nichts Besseres. Dass Sie es trotzdem ' +
        'importieren, wird festgehalten.',
    'review.encrypted': 'Das Paket ist verschlüsselt, und ein Schlüssel ' +
        'dieses Servers öffnet es',
    'review.encrypted.text': 'Es wird verschlüsselt gespeichert, wie es kam.',
    'review.signers': 'Wer es signiert hat',
    'review.compare': 'Vergleichen Sie den Fingerabdruck mit dem, den der ' +
        'Absender Ihnen auf anderem Weg als dem der Datei nennt.',
    'review.chosen.help': 'Gewählt ist, was neu oder neuer als das ' +
        'Gespeicherte ist. Was nicht gewählt ist, bleibt, wie es ' +
        'gespeichert ist.',
    'review.decision': 'Was damit geschieht',
    'review.import': 'Importieren',
    'review.importing': 'Wird importiert …',
    'review.trust': 'Importieren und {n} Unterzeichnern vertrauen',
    'review.trust.one': 'Importieren und Unterzeichner vertrauen',
    'review.cancelled': 'Der Import ist abgebrochen',
    'review.gone': 'Dieses Hochgeladene gibt es nicht mehr',
    'review.gone.text': 'Es wurde in einem anderen Fenster oder von jemand ' +
        'anderem importiert oder abgebrochen, oder seine Stunde ist um. ' +
        'Laden Sie die Datei noch einmal hoch, wenn Sie sie importieren ' +
        'möchten.',
    'review.again': 'Zu den Paketen',
    'tags': 'Schlagwörter',
    'tags.help': 'Der gewählten Elemente.',
    'tags.keep': 'Behalten',
    'tags.keep.help': 'Die des gespeicherten Elements bleiben.',
    'tags.overwrite': 'Überschreiben',
    'tags.overwrite.help': 'Die des Pakets treten an ihre Stelle.',
    'tags.omit': 'Weglassen',
    'tags.omit.help': 'Die Elemente haben danach keine.',
    'done.title': 'Das Paket ist importiert',
    'done.imported': '{count} Elemente wurden importiert.',
    'done.imported.one': '{count} Element wurde importiert.',
    'done.skipped': '{count} Elemente wurden ausgelassen.',
    'done.skipped.one': '{count} Element wurde ausgelassen.',
    'done.trusted': '{n} Unterzeichnern wird von nun an vertraut',
    'done.trusted.one': 'Dem Unterzeichner wird von nun an vertraut',
    'done.show': 'Das Paket anzeigen',
    'done.another': 'Ein anderes importieren',

    'delete.title': 'Dieses Paket löschen?',
    'delete.text': 'Das lässt sich nicht rückgängig machen. Exportieren Sie ' +
        'es vorher, wenn Sie es noch einmal brauchen könnten.',
    'delete.going': '{count} Elemente sind in keinem anderen Paket und werden ' +
        'mit ihm gelöscht:',
    'delete.going.one': '{count} Element ist in keinem anderen Paket und wird ' +
        'mit ihm gelöscht:',
    'delete.more': 'und {n} weitere',
    'delete.none': 'Kein Element wird gelöscht: Alle sind auch in anderen ' +
        'Paketen.',
    'delete.staying': '{count} Elemente bleiben in anderen Paketen.',
    'delete.staying.one': '{count} Element bleibt in einem anderen Paket.',
    'delete.go': 'Endgültig löschen',
    'delete.done': '{name} ist gelöscht',

    'lacks.decrypt': 'Es wird exportiert, wie es gespeichert ist: für die, die ' +
        'es damals öffnen konnten. Es zu entschlüsseln oder für andere zu ' +
        'verschlüsseln, braucht das Recht „export“, das ein Administrator ' +
        'vergibt.',
    'pkgexport.title': 'Dieses Paket exportieren',
    'pkgexport.intro': 'Die Datei wird mit dem aktiven Serverzertifikat ' +
        'signiert, das ihr beiliegt.',
    'pkgexport.go': 'Exportieren',
    'pkgexport.busy': 'Wird signiert …',
    'pkgexport.receiving': 'Die Datei wird empfangen …',
    'encrypt': 'Verschlüsselung',
    'encrypt.no': 'Nur signiert',
    'encrypt.no.help': 'Jeder, der die Datei bekommt, kann sie lesen.',
    'encrypt.yes': 'Signiert und verschlüsselt',
    'encrypt.yes.help': 'Dieser Server und die Empfänger können sie lesen, ' +
        'sonst niemand.',
    'recipients': 'Zertifikate der Empfänger',
    'recipients.help': 'Die Serverzertifikate derer, die es öffnen können ' +
        'sollen, PEM oder DER. Ohne eines kann es nur dieser Server.',
    'certificates.paste': 'oder hier einfügen',
    'certificates.pasted': 'Eingefügt',
    'certificates.none': 'In dieser Datei ist kein Zertifikat.',
    'certificates.added': '{n} Zertifikate hinzugefügt',
    'certificates.added.one': '{n} Zertifikat hinzugefügt',
    'certificates.remove': '{name} entfernen',
    'rights': 'Rechte und Versionsgeschichte',
    'rights.may': 'Was Empfänger dürfen',
    'rights.may.help': 'Wer ein Recht wegnimmt, ändert die Elemente: Die ' +
        'Signaturen ihrer Urheber passen dann nicht mehr und werden ' +
        'weggelassen.',
    'rights.view': 'Inhalt ansehen',
    'rights.repackage': 'In Pakete aufnehmen',
    'rights.edit': 'Inhalt bearbeiten',
    'history': 'Mit Versionsgeschichte',
    'history.help': 'Frühere Versionen der Elemente gehen mit.',

    'digest': 'Prüfsumme der Signaturen',
    'digest.keep': 'Wie das Paket kam ({digest})',
    'digest.keep.help': 'Server, die das Paket bisher prüfen konnten, können ' +
        'auch den Export prüfen.',
    'digest.md5': 'MD5',
    'digest.md5.help': 'Jeder Orchestrator-Server prüft sie. Sie ist schwach; ' +
        'die zweite Signatur daneben ist es nicht.',
    'digest.sha256': 'SHA-256',
    'digest.sha256.help': 'So signieren Server ab 8.5. Ältere lehnen das ' +
        'Paket womöglich ab.',

    'create.package': 'Paket erstellen',
    'create.package.intro': 'Ein neues Paket aus Elementen, die hier schon ' +
        'gespeichert sind.',
    'create.package.go': 'Erstellen',
    'create.package.done': 'Das Paket ist erstellt',
    'create.name': 'Name',
    'create.name.help': 'Üblich ist etwas wie com.example.library.',
    'create.description': 'Beschreibung',
    'create.from': 'Elemente aus',
    'create.from.help': 'Wählen Sie ein Paket, dann seine Elemente. Sie ' +
        'können welche aus mehreren Paketen nehmen.',
    'create.from.none': 'Gespeichertes Paket wählen',
    'create.chosen': '{count} Elemente gewählt',
    'create.chosen.one': '{count} Element gewählt',

    'trusted.intro': 'Pakete, die von diesen signiert sind, werden ohne ' +
        'Rückfrage importiert. Zertifikate dieses Servers und die der ' +
        'eingerichteten CAs brauchen hier nicht zu stehen.',
    'trusted.none': 'Noch wird niemandem von Hand vertraut',
    'trusted.none.text': 'Fügen Sie unten ein Zertifikat hinzu, oder wählen ' +
        'Sie beim Prüfen eines Pakets „Importieren und Unterzeichner ' +
        'vertrauen“.',
    'trusted.fromFile': 'Aus einer Datei',
    'trusted.fromPackage': 'Aus dem Paket',
    'trusted.expired': 'Abgelaufen',
    'trusted.expired.text': 'Was es signiert hat, wird weiter ohne Rückfrage ' +
        'importiert, mit einer Warnung.',
    'trusted.packages': 'Gespeicherte Pakete mit seiner Signatur',
    'trusted.remove': 'Entfernen',
    'trusted.remove.named': '{name} entfernen',
    'trusted.remove.title': 'Diesem Zertifikat nicht mehr vertrauen?',
    'trusted.remove.text': 'Bei Paketen, die es signiert, wird vor dem Import ' +
        'wieder gefragt.',
    'trusted.remove.packages': 'Es hat diese gespeicherten Pakete oder ' +
        'Elemente darin signiert. Sie bleiben:',
    'trusted.remove.packages.one': 'Es hat dieses gespeicherte Paket oder ' +
        'Elemente darin signiert. Es bleibt:',
    'trusted.vouches': 'Bürgt für die Urheber der Pakete, die es signiert',
    'trusted.vouches.help': 'Pakete mit seiner CMS-Signatur werden ohne ' +
        'Rückfrage zu den Urhebern der Elemente importiert. Für einen eigenen ' +
        'Server, der exportiert, was Sie dort importiert haben.',
    'trusted.vouches.on': 'Das Zertifikat bürgt jetzt für Urheber',
    'trusted.vouches.off': 'Das Zertifikat bürgt nicht mehr für Urheber',
    'trusted.removed': 'Dem Zertifikat wird nicht mehr vertraut',
    'trusted.add': 'Ein Zertifikat hinzufügen',
    'trusted.add.help': 'Nur eines, das Sie auf verlässlichem Weg bekommen ' +
        'haben. PEM oder DER.',
    'trusted.add.go': 'Diesem Zertifikat vertrauen',
    'trusted.file': 'Datei des Zertifikats',
    'trusted.added': 'Dem Zertifikat wird jetzt vertraut',
    'trusted.there': 'Dem Zertifikat wurde schon vertraut',

    'warning.content-signature': 'Signaturen von Urhebern passen nicht',
    'warning.content-signature.count': '{count} Elemente haben eine Signatur ' +
        'des Urhebers, die nicht passt',
    'warning.content-signature.count.one': '{count} Element hat eine Signatur ' +
        'des Urhebers, die nicht passt',
    'warning.content-signature-unchecked': 'Signaturen von Urhebern sind ' +
        'nicht prüfbar',
    'warning.content-signature-unchecked.count': '{count} Elemente haben eine ' +
        'Signatur des Urhebers, die nicht prüfbar ist',
    'warning.content-signature-unchecked.count.one': '{count} Element hat ' +
        'eine Signatur des Urhebers, die nicht prüfbar ist',
    'warning.content-signature-dropped': 'Signaturen von Urhebern wurden ' +
        'weggelassen',
    'warning.content-signature-dropped.do': 'Die Rechte dieser Elemente ' +
        'wurden geändert; was ihre Urheber signiert haben, ist nicht mehr ' +
        'dasselbe. Ihre Signatur bürgt für sie.',
    'warning.rights-not-set': 'Manche Elemente behalten ihre Rechte',
    'warning.rights-not-set.do': 'Sie sind von einer Art, die keine tragen ' +
        'kann.',
    'warning.no-orchestrator-signature': 'Orchestrator-Server können die ' +
        'Signatur nicht prüfen',
    'warning.no-orchestrator-signature.do': 'Sie kennen nur RSA-Schlüssel, ' +
        'und der aktive ist ein EC-Schlüssel. Erstellen Sie daneben ein ' +
        'RSA-Zertifikat, um für sie zu exportieren.',
    'warning.expired-signer': 'Das Zertifikat eines vertrauten Unterzeichners ' +
        'ist abgelaufen',
    'warning.ca-as-signer': 'Es ist eine CA, kein Unterzeichner',
    'warning.ca-as-signer.do': 'Es steht für Pakete, die sie selbst ' +
        'signiert hat. Um dem zu vertrauen, was sie ausstellt, nennen Sie ' +
        'sie in VSOCertTrustCA.',
    'warning.stored-newer': 'Eine neuere Version wurde ersetzt',
    'warning.stored-newer.count': '{count} neuere Versionen wurden ersetzt',
    'warning.stored-newer.count.one': '{count} neuere Version wurde ersetzt',
    'warning.tags-replaced': 'Schlagwörter wurden ersetzt',
    'warning.tags-replaced.count': 'Schlagwörter von {count} Elementen wurden ' +
        'ersetzt',
    'warning.tags-replaced.count.one': 'Schlagwörter von {count} Element ' +
        'wurden ersetzt',
};
