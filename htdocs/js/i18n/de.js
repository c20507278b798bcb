// SPDX-License-Identifier: Apache-2.0
export default {
    'product': 'Zertifikatskonsole',
    'title': 'Serverzertifikat',
    'versions': 'Versionen',
    'entries': 'Einträge',
    'entry': 'Eintrag',
    'entry.switch': 'Eintrag wechseln',
    'entry.own': 'Den Eintrag dieses Hosts öffnen',
    'entry.destroy': 'Alle Schlüssel dieses Eintrags vernichten',
    'packages': 'Pakete',
    'trusted': 'Vertraute Zertifikate',
    'activity': 'Verlauf',
    'status': 'Status',
    'nav': 'Konsole',
    'skip': 'Zum Inhalt',
    'loading': 'Wird geladen …',
    'noView': 'Diese Seite gibt es nicht',
    'back.label': 'Zurück',
    'none': '–',
    'noName': '(ohne Namen)',
    'optional': 'freiwillig',
    'close': 'Schließen',
    'cancel': 'Abbrechen',
    'keep': 'Behalten',
    'done': 'Zurück zum Zertifikat',
    'more': 'Mehr laden',
    'reload': 'Seite neu laden',
    'busy': 'In Arbeit …',
    'upload': 'Hochladen',
    'saved': 'Gespeichert als {name}',
    'download': '{name} speichern',
    'print': 'Drucken',
    'copy': 'Kopieren',
    'copy.csr': 'Anforderung kopieren',
    'copy.fingerprint': 'Fingerabdruck kopieren',
    'copy.done': 'In die Zwischenablage kopiert',
    'copy.doneShort': 'Kopiert',
    'theme': 'Farben',
    'theme.auto': 'Wie das System',
    'theme.light': 'Hell',
    'theme.dark': 'Dunkel',
    'language': 'Sprache',

    'signin': 'Anmelden',
    'signin.user': 'Benutzername',
    'signin.password': 'Kennwort',
    'signin.busy': 'Anmeldung läuft …',
    'signin.out': 'Sie sind abgemeldet. Die Sitzung ist auf dem Server ' +
        'beendet.',
    'signin.help': 'Der Benutzer der Konfigurationsoberfläche heißt vmware. ' +
        'Wer den Server gestartet hat, hat das Kennwort im Terminal gesehen.',
    'signedInAs': 'Angemeldet als',
    'signout': 'Abmelden',
    'signout.failed': 'Das Abmelden ist misslungen: Die Sitzung besteht ' +
        'vielleicht noch. Versuchen Sie es noch einmal.',
    'again.title': 'Ihre Sitzung ist abgelaufen',
    'again.text': 'Melden Sie sich wieder als {user} an. Was Sie eingegeben ' +
        'haben, ist noch da, und es geht dort weiter, wo es war.',
    'again.other': 'Als jemand anderes anmelden und alles verwerfen',

    'confirm.title': 'Kennwort noch einmal eingeben',
    'confirm.text': 'Das verlangt eine Anmeldung in den letzten fünf ' +
        'Minuten, damit es niemand sonst an Ihrem Bildschirm tun kann. Geben ' +
        'Sie das Kennwort von {user} ein; was Sie eingegeben haben, bleibt, ' +
        'und es geht dort weiter, wo es war.',
    'confirm.go': 'Bestätigen',

    'cert.subject': 'Inhaber',
    'cert.issuer': 'Aussteller',
    'cert.issuedBy': 'Ausgestellt von',
    'cert.selfSigned': 'Selbstsigniert: Es bürgt für sich selbst',
    'cert.sans': 'Gültig für',
    'cert.validity': 'Gültig',
    'cert.key': 'Schlüssel',
    'cert.signature': 'Signatur',
    'cert.serial': 'Seriennummer',
    'cert.fingerprint': 'SHA-256-Fingerabdruck',
    'sans.none': 'Keine weiteren Namen',
    'version.n': 'Version {n}',
    'version.created': 'Erstellt',
    'version.activated': 'Zuletzt aktiviert',
    'versions.intro': 'Jeder Schlüssel, den dieser Server hatte. Ein passiver ' +
        'kann jederzeit wieder aktiv werden; so macht man eine Änderung ' +
        'rückgängig.',
    'versions.none': 'Noch keine Versionen. Erstellen oder importieren Sie ' +
        'zuerst ein Zertifikat.',
    'state.active': 'Aktiv',
    'state.pending': 'Wartet auf die CA',
    'state.passive': 'Passiv',
    'state.retired': 'Vernichtet',
    'state.active.help': 'Jede neue Verbindung bekommt es.',
    'state.pending.help': 'Schlüssel und Anforderung sind bereit; die Antwort ' +
        'der CA macht es aktiv.',
    'state.passive.help': 'Wird nicht ausgeliefert. Der Schlüssel liest und ' +
        'prüft weiter Pakete und kann wieder aktiv werden.',
    'state.retired.help': 'Der Schlüssel ist vernichtet. Das Zertifikat ' +
        'bleibt als Nachweis.',
    'origin.self-signed': 'Hier erstellt, selbstsigniert',
    'origin.ca-signed': 'Von einer CA signiert',
    'origin.imported': 'Importiert',

    'validity.left': 'noch {days} Tage',
    'validity.left.one': 'noch {days} Tag',
    'validity.today': 'Läuft heute ab',
    'validity.over': 'Seit {n} Tagen abgelaufen',
    'validity.overToday': 'Heute abgelaufen',
    'validity.early': 'Noch nicht gültig',
    'validity.bar': '{percent} % der Laufzeit sind vorbei',
    'validity.from': 'Von',
    'validity.to': 'bis',

    'served': 'Ausgeliefert',
    'served.live': 'In Betrieb: Dieser Knoten gibt es jeder neuen Verbindung',
    'served.not': 'Dieser Knoten liefert es zur Zeit nicht aus',
    'served.none': 'Kein virtueller Host dieses Servers hat diesen Eintrag',
    'chain': 'Zertifikatskette',
    'chain.details': 'Zertifikat der Kette',
    'chain.root': 'Wurzel',
    'chain.intermediate': 'Zwischenzertifikat',
    'chain.leaf': 'Serverzertifikat',
    'chain.selfSigned': 'Serverzertifikat, selbstsigniert',
    'chain.missing': 'Der Aussteller fehlt in der Kette',
    'chain.before': 'Zertifikatskette jetzt',
    'chain.after': 'Zertifikatskette danach',
    'chain.update': 'Nur die Kette von Version {n} ({state}, {key}) ändert ' +
        'sich: Schlüssel und Zertifikat bleiben.',
    'chain.go': 'Kette aktualisieren',
    'chain.done': 'Die Zertifikatskette ist aktualisiert',
    'pem': 'PEM anzeigen',
    'pem.title': 'Zertifikat und Kette, PEM',
    'pem.help': 'Darin ist nichts geheim: Jeder Client bekommt dasselbe bei ' +
        'jeder Verbindung.',
    'also.title': 'Ebenfalls ausgeliefert: {key}',
    'also.text': 'Jeder Client bekommt die Schlüsselart, die er vorzieht.',
    'also.more': 'Diese Version anzeigen',

    'empty.title': 'Es gibt noch kein Serverzertifikat',
    'empty.text': 'Bis dahin antwortet der Server mit einem vorläufigen ' +
        'Zertifikat, für das niemand bürgt. Es gibt zwei Wege, anzufangen.',
    'empty.entry': 'Noch kein Zertifikat im Eintrag',
    'empty.entry.text': 'Kein virtueller Host dieses Servers hat diesen ' +
        'Eintrag (VSOCertAlias). Haben Sie hier ein Zertifikat erwartet, ' +
        'prüfen Sie den Namen. Es gibt zwei Wege, anzufangen.',
    'empty.create': 'Neu anfangen',
    'empty.create.text': 'Einen Schlüssel und ein selbstsigniertes Zertifikat ' +
        'erstellen. Es wird sofort ausgeliefert; eine Zertifizierungsstelle ' +
        '(CA) kann es später signieren.',
    'empty.import': 'Eines mitbringen',
    'empty.import.text': 'Die Zertifikatsdatenbank importieren, die ein ' +
        'anderer Server exportiert hat, oder eine PKCS#12-, Java- oder ' +
        'PEM-Datei.',
    'empty.bootstrap': 'Fingerabdruck des vorläufigen Zertifikats, das Ihr ' +
        'Browser jetzt sieht:',
    'backup.title': 'Sichern Sie dieses Zertifikat',
    'backup.text': 'Der private Schlüssel liegt nur in der Datenbank dieses ' +
        'Servers. Exportieren Sie die Zertifikatsdatenbank, und verwahren ' +
        'Sie die Datei sicher. Dieser Hinweis bleibt, bis das geschehen ist.',

    'pending.since': 'Angefordert',
    'pending.text': 'Schlüssel und Anforderung sind bereit. Ausgeliefert wird ' +
        'weiter dasselbe. Hat die CA geantwortet, importieren Sie die Antwort.',
    'pending.csr': 'CSR noch einmal anzeigen',
    'pending.discard': 'Verwerfen',
    'pending.discardTitle': 'Diese Anforderung verwerfen?',
    'pending.discardText': 'Der Schlüssel wird vernichtet, und eine Antwort ' +
        'der CA darauf kann nicht mehr importiert werden. Ausgeliefert wird ' +
        'weiter dasselbe.',
    'pending.discarded': 'Die Anforderung ist verworfen',

    'dos': 'Was Sie tun können',
    'dos.signed': 'Von einer CA signieren lassen',
    'dos.safe': 'Sichern',
    'dos.change': 'Ändern',
    'do.csr': 'Zertifikatsanforderung exportieren',
    'do.csr.help': 'Für den aktiven Schlüssel und die aktiven Namen. ' +
        'Speichert VSOcertificate.csr für Ihre CA.',
    'do.request': 'Anforderung mit Änderungen oder neuem Schlüssel',
    'do.request.help': 'Andere Namen, ein anderer Inhaber oder Schlüssel. ' +
        'Ausgeliefert wird dasselbe, bis die Antwort kommt.',
    'do.reply': 'Antwort der CA importieren',
    'do.reply.help': 'Das Zertifikat, das die CA signiert hat. Sie sehen, was ' +
        'daraus würde, bevor sich etwas ändert.',
    'do.export': 'Zertifikatsdatenbank exportieren',
    'do.export.help': 'Schlüssel, Zertifikat und Kette in einer Datei mit ' +
        'Kennwort: zur Sicherung oder für einen anderen Server.',
    'do.replace': 'Zertifikat ersetzen',
    'do.replace.help': 'Durch ein neues selbstsigniertes oder eines aus einer ' +
        'Datei. Das alte wird passiv und kann zurückgeholt werden.',
    'do.import': 'Zertifikatsdatenbank importieren',
    'do.import.help': 'Von einem anderen Orchestrator-Server, oder eine ' +
        'PKCS#12-, Java- oder PEM-Datei.',
    'do.create': 'Selbstsigniertes Zertifikat erstellen',
    'do.create.help': 'Erstellt die Zertifikatsdatenbank mit ihrem Schlüssel.',
    'lacks.manage': 'Sie dürfen das ansehen, aber nichts ändern: Dazu braucht ' +
        'es das Recht „manage“, das ein Administrator vergibt.',
    'lacks.export': 'Sie dürfen keine privaten Schlüssel exportieren: Dazu ' +
        'braucht es das Recht „export“, das ein Administrator vergibt.',
    'lacks.sign': 'Sie dürfen keine Pakete exportieren: Ein Export wird ' +
        'signiert, und dazu braucht es das Recht „sign“. Ein Administrator ' +
        'vergibt es.',
    'why.exists.create': 'Nicht verfügbar: Es gibt schon ein Zertifikat. ' +
        'Ersetzen Sie es.',
    'why.exists.import': 'Nicht verfügbar, sobald es ein Zertifikat gibt. Um ' +
        'zu einem aus einer Datei zu wechseln, wählen Sie Ersetzen.',
    'why.none.export': 'Nicht verfügbar: Es gibt noch kein Zertifikat.',
    'why.none.csr': 'Nicht verfügbar: Es gibt noch kein Zertifikat. Erstellen ' +
        'Sie eines, oder fordern Sie eines für einen neuen Schlüssel an.',
    'why.none.reply': 'Nicht verfügbar: Es wurde noch nichts an eine CA ' +
        'geschickt.',
    'why.none.replace': 'Nicht verfügbar: Es gibt noch kein Zertifikat.',
    'why.none.request': 'Nicht verfügbar: Es gibt noch kein Zertifikat.',

    'subject': 'Für wen das Zertifikat ist',
    'subject.commonName': 'Allgemeiner Name (Common Name)',
    'subject.commonName.short': 'CN',
    'subject.commonName.help': 'Der Hostname, unter dem der Server aufgerufen ' +
        'wird, zum Beispiel www.example.org.',
    'subject.organization': 'Organisation',
    'subject.organization.short': 'O',
    'subject.organization.help': 'Rechtlicher Name der Firma.',
    'subject.organizationalUnit': 'Organisationseinheit',
    'subject.organizationalUnit.short': 'OU',
    'subject.organizationalUnit.help': 'Abteilung, die den Server betreibt.',
    'subject.locality': 'Ort',
    'subject.locality.short': 'L',
    'subject.locality.help': 'Ausgeschrieben.',
    'subject.state': 'Bundesland oder Kanton',
    'subject.state.short': 'ST',
    'subject.state.help': 'Ausgeschrieben, nicht abgekürzt.',
    'subject.country': 'Land',
    'subject.country.short': 'C',
    'subject.country.help': 'Wo die Organisation eingetragen ist.',
    'subject.country.none': 'Keine Angabe',
    'sans': 'Auch gültig für',
    'sans.help': 'Weitere Hostnamen und IP-Adressen. Der allgemeine Name ' +
        'kommt von selbst dazu. Eingabetaste, Komma oder Leerzeichen ' +
        'beenden einen Namen.',
    'sans.placeholder': 'intranet.example.org, 192.0.2.10',
    'chip.remove': '{name} entfernen',
    'key': 'Schlüssel',
    'key.help': 'RSA-2048 geht überall und signiert Pakete. EC-Schlüssel sind ' +
        'kleiner und schneller, können aber keine Orchestrator-Pakete ' +
        'signieren.',
    'key.keep': 'Den jetzigen Schlüssel behalten',
    'key.keep.help': 'Nur Namen oder Inhaber ändern sich.',
    'key.rsa-1024': 'RSA, 1024 Bit',
    'key.rsa-2048': 'RSA, 2048 Bit',
    'key.rsa-2048.help': 'Empfohlen: Jeder Client und jede CA nimmt ihn',
    'key.rsa-3072': 'RSA, 3072 Bit',
    'key.rsa-3072.help': 'Für Vorschriften, die mehr als 112 Bit Sicherheit ' +
        'verlangen',
    'key.rsa-4096': 'RSA, 4096 Bit',
    'key.rsa-4096.help': 'Langsamere Verbindungen; braucht einige Sekunden',
    'key.ec-p256': 'EC, P-256',
    'key.ec-p256.help': 'Schnell und modern; sehr alte Clients lehnen ihn ab',
    'key.ec-p384': 'EC, P-384',
    'key.ec-p384.help': 'Für Vorschriften, die ihn verlangen',
    'days': 'Wie viele Tage gültig',
    'days.help': '1 bis 3650. Browser sind mit 365 zufrieden.',

    'create.intro': 'Erstellt einen privaten Schlüssel und ein ' +
        'selbstsigniertes Zertifikat und liefert es ab der nächsten ' +
        'Verbindung aus. Der Schlüssel verlässt den Server nur, wenn Sie ihn ' +
        'exportieren.',
    'create.key': 'Schlüssel und Dauer',
    'create.go': 'Erstellen und ausliefern',
    'create.busy': 'Der Schlüssel wird erstellt und erprobt …',
    'create.done': 'Das Zertifikat ist erstellt',
    'replace.intro': 'Setzt ein anderes Zertifikat an die Stelle des aktiven. ' +
        'Die alte Version wird passiv: Pakete bleiben lesbar, und unter ' +
        'Versionen kann sie wieder aktiv werden. Oder stellt eines mit der ' +
        'anderen Schlüsselart, RSA oder EC, daneben.',
    'replace.way': 'Ersetzen durch',
    'replace.new': 'Ein neues selbstsigniertes Zertifikat',
    'replace.new.help': 'Hier wird ein neuer Schlüssel erstellt.',
    'replace.file': 'Ein Zertifikat aus einer Datei',
    'replace.file.help': 'Zertifikatsdatenbank, PKCS#12, Java-Keystore oder ' +
        'PEM-Datei.',
    'place': 'Was mit dem aktiven Zertifikat geschieht',
    'place.replace': 'Ersetzen',
    'place.replace.help': 'Alle aktiven Versionen werden passiv, gleich ' +
        'welchen Schlüssel sie haben.',
    'place.beside': 'Daneben stellen',
    'place.beside.help': 'RSA und EC werden nebeneinander ausgeliefert: Nur ' +
        'eine Version mit derselben Schlüsselart wird passiv.',
    'place.goes': 'Version {n} ({key}) wird passiv.',
    'place.stays': 'Version {n} ({key}) bleibt neben der neuen aktiv.',
    'place.go': 'Hinzufügen und ausliefern',
    'place.added': 'Das Zertifikat ist hinzugefügt; was aktiv war, bleibt aktiv',
    'replace.go': 'Ersetzen und ausliefern',
    'replace.done': 'Das Zertifikat ist ersetzt',
    'request.intro': 'Erstellt eine Zertifikatsanforderung mit anderen Namen, ' +
        'einem anderen Inhaber oder einem neuen Schlüssel. Ausgeliefert wird ' +
        'dasselbe, bis die Antwort der CA importiert ist.',
    'request.go': 'Anforderung erstellen',
    'request.done': 'Die Anforderung ist bereit',
    'request.doneText': 'Sie wartet unter Serverzertifikat, bis die Antwort ' +
        'der CA kommt oder Sie sie verwerfen.',
    'csr.intro': 'Die Anforderung für Schlüssel, Inhaber und Namen, die aktiv ' +
        'sind. Darin ist nichts geheim.',
    'csr.title': 'Zertifikatsanforderung (CSR)',
    'csr.short': 'CSR anzeigen',
    'csr.help': 'Schicken Sie diese Datei Ihrer Zertifizierungsstelle. Darin ' +
        'ist nichts geheim.',
    'csr.next': 'Wie es weitergeht',
    'csr.step1': 'Schicken Sie die Datei Ihrer Zertifizierungsstelle, per ' +
        'E-Mail oder über ihr Formular.',
    'csr.step2': 'Die CA signiert sie und schickt ein Zertifikat zurück: Auch ' +
        'Tage später ist gut, der Schlüssel wartet hier.',
    'csr.step3': 'Importieren Sie die Antwort in dieser Konsole.',
    'csr.other': 'Soll das Zertifikat für andere Namen sein oder einen neuen ' +
        'Schlüssel haben?',
    'reply.intro': 'Was die CA geschickt hat, wie es kam: PEM, DER oder ' +
        'PKCS#7 (.p7b), mit oder ohne Kette.',
    'reply.file': 'Datei der CA',
    'reply.file.help': 'Sie wird Ihnen gezeigt, bevor sie verwendet wird.',
    'reply.drop': 'Datei hier ablegen, oder',
    'reply.text': 'oder den Text einfügen',
    'reply.text.help': 'Mit oder ohne Text davor und danach. Mehrere ' +
        'Zertifikate dürfen in beliebiger Reihenfolge kommen.',
    'reply.pairs': 'Es gehört zum Schlüssel von Version {n} ({state}).',
    'reply.go': 'Dieses Zertifikat aktivieren',
    'reply.done': 'Das Zertifikat der CA ist aktiv',
    'import.intro': 'Holt Schlüssel und Zertifikat aus einer Datei. Sie sehen, ' +
        'was darin ist, bevor sich etwas ändert.',
    'import.file': 'Zertifikatsdatenbank',
    'import.file.help': 'vmo-server.vmokeystore, .p12, .pfx, .jks, .jceks ' +
        'oder .pem, bis 4 MB. Was es ist, zeigt der Inhalt.',
    'import.drop': 'Datei hier ablegen, oder',
    'import.password': 'Kennwort der Datei',
    'import.password.help': 'Das beim Export eingegeben wurde.',
    'import.more': 'Der Schlüssel hat ein eigenes Kennwort',
    'import.keyPassword': 'Kennwort des Schlüssels',
    'import.keyPassword.help': 'In Java-Keystores kann jeder eines haben.',
    'import.use': 'Wofür es ist',
    'import.use.serve': 'Ausliefern',
    'import.use.replace': 'Als Serverzertifikat verwenden (ersetzt das ' +
        'jetzige)',
    'import.use.beside': 'Neben das jetzige stellen',
    'import.use.beside.help': 'RSA und EC werden nebeneinander ausgeliefert: ' +
        'Nur eine Version mit derselben Schlüsselart wird passiv.',
    'import.use.serve.help': 'Jede neue Verbindung bekommt es.',
    'import.use.passive': 'Nur für Pakete',
    'import.use.passive.help': 'Der Schlüssel wird gespeichert und liest alte ' +
        'Pakete. Ausgeliefert wird weiter dasselbe.',
    'import.choose': 'Die Datei enthält mehrere Schlüssel: welchen?',
    'import.choose.help': 'Die anderen bleiben in der Datei.',
    'import.read': 'Das Kennwort stimmt, und Schlüssel und Zertifikat gehören ' +
        'zusammen. Format: {format}.',
    'import.go': 'Importieren und ausliefern',
    'import.goPassive': 'Nur für Pakete importieren',
    'import.done': 'Die Zertifikatsdatenbank ist importiert',
    'import.donePassive': 'Der Schlüssel ist als passive Version importiert',
    'export.intro': 'Speichert Schlüssel, Zertifikat und Kette in einer Datei. ' +
        'Wer Datei und Kennwort hat, kann sich als dieser Server ausgeben.',
    'export.password': 'Kennwort für die Datei',
    'export.password.help': 'Mindestens 12 Zeichen, nicht nur Leerzeichen. ' +
        'Lang ist besser als kompliziert: Vier zufällige ' +
        'Wörter sind ein gutes.',
    'export.again': 'Dasselbe Kennwort noch einmal',
    'export.loss': 'Ohne dieses Kennwort öffnet niemand die Datei, auch ' +
        'dieser Server nicht. Ist auch die Datenbank verloren, ist der ' +
        'Schlüssel weg, und mit ihm jedes Paket, das für ihn verschlüsselt ' +
        'wurde. Verwahren Sie Kennwort und Datei, aber nicht am selben Ort.',
    'export.format': 'Format',
    'export.short': 'Exportieren',
    'export.go': 'Zertifikatsdatenbank exportieren',
    'export.busy': 'Wird verschlüsselt …',
    'export.saved': 'Probieren Sie sie einmal aus, solange Sie das Original ' +
        'haben: Der Import zeigt, was in einer Datei ist, ohne etwas zu ' +
        'ändern.',
    'format.pkcs12': 'PKCS#12',
    'format.pkcs12.help': 'Empfohlen: AES-256; OpenSSL, Java, Windows und ' +
        'diese Konsole lesen es',
    'format.pem': 'PEM',
    'format.pem.help': 'Text mit verschlüsseltem Schlüssel, für andere ' +
        'Webserver',
    'format.jceks': 'JCEKS',
    'format.jceks.help': 'Schwach, Triple DES: nur für Orchestrator-Server ' +
        'und altes Java, die nichts anderes lesen',
    'format.jks': 'JKS',
    'format.jks.help': 'Sehr schwach: nur für altes Java, das nichts anderes ' +
        'liest',
    'strength.0': '',
    'strength.1': 'Schwach: Es könnte erraten werden',
    'strength.2': 'Mittel',
    'strength.3': 'Stark',

    'password.show': 'Kennwort anzeigen',
    'password.showShort': 'Zeigen',
    'password.hideShort': 'Verbergen',
    'file.pick': 'Datei wählen',
    'file.other': 'Andere wählen',
    'file.remove': 'Entfernen',
    'file.taken': '{name} ist gewählt',
    'file.empty': 'Die Datei ist leer.',
    'file.tooLarge': 'Die Datei hat {size}; höchstens {max} können importiert ' +
        'werden.',
    'file.bytes': '{n} Bytes',
    'file.kilobytes': '{n} kB',
    'file.megabytes': '{n} MB',

    'preview.go': 'Vorschau',
    'preview.busy': 'Wird geprüft und erprobt …',
    'preview.ready': 'Die Vorschau steht unten',
    'preview.served': 'Version {n}, die dann ausgeliefert wird',
    'preview.badge': 'Vorschau – noch ist nichts geändert',
    'trial.title': 'Probeverbindung',
    'trial.all': 'Der Server hat es im Speicher mit seinen eigenen ' +
        'Einstellungen versucht: Jedes Protokoll geht.',
    'trial.some': 'Der Server hat es im Speicher mit seinen eigenen ' +
        'Einstellungen versucht: Nicht jedes Protokoll geht.',
    'trial.none': 'Der Server hat es im Speicher mit seinen eigenen ' +
        'Einstellungen versucht: Nichts geht.',
    'trial.works': 'geht',
    'trial.fails': 'geht nicht',
    'next.title': 'Was Ihr Browser tun wird',
    'next.selfSigned': 'Für ein selbstsigniertes Zertifikat bürgt niemand, ' +
        'darum zeigt Ihr Browser bei der nächsten Verbindung eine Warnseite.',
    'next.ca': 'Kennt Ihr Browser die CA „{ca}“, merken Sie nichts. Kennt er ' +
        'sie nicht, zeigt er bei der nächsten Verbindung eine Warnseite.',
    'next.host': 'Diese Seite wurde als {host} geöffnet, und für diesen Namen ' +
        'gilt das Zertifikat nicht: Rechnen Sie mit einer Warnseite.',
    'next.how': 'Um wieder hineinzukommen, laden Sie diese Seite neu, ' +
        'vergleichen den Fingerabdruck auf der Warnseite mit dem, der hier ' +
        'nach der Änderung steht, und fahren fort. Ihre Sitzung bleibt.',
    'activate.busy': 'Wird aktiviert …',
    'activate.button': 'Aktiv machen',
    'activate.title': 'Version {n} wieder aktiv machen?',
    'activate.text': 'Sie wird ab der nächsten Verbindung ausgeliefert. Die ' +
        'Version, die sie verdrängt, wird passiv.',
    'activate.go': 'Aktivieren',
    'activate.done': 'Version {n} ist wieder aktiv',
    'schedule.button': 'Später aktiv machen',
    'schedule.title': 'Version {n} später aktiv machen?',
    'schedule.text': 'Dass sie ausgeliefert werden kann, wird jetzt geprüft. ' +
        'Im gewählten Augenblick liefern alle Knoten sie aus, und die ' +
        'Version, die sie verdrängt, wird passiv.',
    'schedule.at': 'Datum und Uhrzeit, in UTC',
    'schedule.at.help': 'Es gilt die Uhr der Datenbank, nicht diese. Hier ' +
        'ist es {now}.',
    'schedule.here': 'In Ihrer Zeitzone:',
    'schedule.go': 'Vormerken',
    'schedule.done': 'Version {n} wird um {at} aktiv',
    'schedule.waits': 'Diese Version wird von selbst aktiv',
    'schedule.clock': 'Nach der Uhr der Datenbank, auf allen Knoten. Wird ' +
        'sie vorher aktiviert oder vernichtet, ist das vergessen.',
    'schedule.from': 'aktiv ab',
    'schedule.change': 'Zeitpunkt ändern',
    'schedule.forget': 'Vergessen',
    'schedule.forgotten': 'Version {n} bleibt, wie sie ist',
    'deactivate.button': 'Nicht mehr ausliefern',
    'deactivate.title': 'Version {n} nicht mehr ausliefern?',
    'deactivate.text': 'Die andere Schlüsselart bleibt in Betrieb. Clients, ' +
        'die nur diese können, kommen nicht mehr hinein.',
    'deactivate.go': 'Nicht mehr ausliefern',
    'deactivate.done': 'Version {n} ist jetzt passiv',
    'destroy.button': 'Schlüssel vernichten',
    'destroy.title': 'Den Schlüssel von Version {n} vernichten?',
    'destroy.text': 'Das lässt sich nicht rückgängig machen. Pakete, die für ' +
        'diesen Schlüssel verschlüsselt wurden, kann niemand mehr lesen, es ' +
        'sei denn, Sie haben ihn exportiert.',
    'destroy.confirm': 'Geben Sie zur Bestätigung „{phrase}“ ein',
    'destroy.go': 'Endgültig vernichten',
    'destroy.needed.text': 'Ist er vernichtet, kann sie niemand mehr lesen. ' +
        'Exportieren Sie sie vorher unverschlüsselt, oder verwahren Sie einen ' +
        'Export der Zertifikatsdatenbank: Wer ihn importiert, öffnet sie ' +
        'wieder.',
    'destroy.anyway': 'Trotzdem vernichten',
    'destroy.done': 'Der Schlüssel von Version {n} ist vernichtet',
    'destroy.shared': 'Diese Versionen haben denselben Schlüssel. Er kann ' +
        'nur in allen zugleich vernichtet werden:',
    'destroy.shared.version': 'Version {n} von {entry} ({state})',
    'destroy.goShared': 'In allen Versionen vernichten',
    'destroy.doneShared': 'Der Schlüssel ist in allen seinen Versionen ' +
        'vernichtet',

    'outcome.checking': 'Neue Verbindung, um zu sehen, was der Server ' +
        'ausliefert …',
    'outcome.live': 'Neu verbunden: Dieser Knoten liefert jetzt das ' +
        'Zertifikat mit diesem Fingerabdruck aus.',
    'outcome.elsewhere': 'Es ist gespeichert, und dieser Knoten liefert es ' +
        'noch nicht aus. Sehen Sie unter Status nach.',
    'outcome.nowhere': 'Es ist gespeichert. Noch liefert es niemand aus: ' +
        'Kein virtueller Host dieses Servers hat diesen Eintrag ' +
        '(VSOCertAlias).',
    'outcome.unreachable': 'Es ist gespeichert. Ihr Browser verbindet sich ' +
        'nicht mehr, wohl weil er dem neuen Zertifikat nicht traut. Laden ' +
        'Sie die Seite neu, vergleichen Sie diesen Fingerabdruck mit dem auf ' +
        'der Warnseite, und fahren Sie fort.',
    'foreign.title': 'Jemand anderes hat etwas geändert',
    'foreign.text': 'Was Sie sehen, ist auf dem neuesten Stand.',
    'foreign.more': 'Siehe Verlauf',
    'stale.title': 'Inzwischen geändert',
    'stale.text': 'Jemand anderes hat das Serverzertifikat geändert, nachdem ' +
        'Sie diese Seite geöffnet haben. Von Ihnen ist nichts ausgeführt, ' +
        'und was Sie eingegeben haben, ist noch da.',
    'stale.now': 'Jetzt aktiv:',
    'stale.none': 'Jetzt ist kein Zertifikat aktiv.',
    'stale.look': 'Erst ansehen',
    'stale.accept': 'Mit meiner Änderung fortfahren',
    'offline.text': 'Die Konsole fragt alle paar Sekunden wieder nach und ' +
        'macht von selbst weiter. Was Sie eingegeben haben, ist noch da.',
    'offline.after': 'Wurde das Zertifikat gerade geändert, traut Ihr Browser ' +
        'dem neuen vielleicht nicht: Laden Sie die Seite neu, um es zu sehen.',
    'offline.now': 'Jetzt versuchen',

    'kind.create': 'Zertifikat erstellt',
    'kind.replace': 'Zertifikat ersetzt',
    'kind.request': 'Anforderung erstellt',
    'kind.reply': 'Antwort der CA importiert',
    'kind.chain': 'Zertifikatskette aktualisiert',
    'kind.import': 'Zertifikatsdatenbank importiert',
    'kind.adopt': 'Geladenes Zertifikat übernommen',
    'kind.export': 'Zertifikatsdatenbank exportiert',
    'kind.activate': 'Version aktiviert',
    'kind.schedule': 'Aktivierung geplant',
    'kind.unschedule': 'Geplante Aktivierung verworfen',
    'kind.deactivate': 'Version außer Betrieb genommen',
    'kind.destroy': 'Schlüssel vernichtet',
    'kind.destroy-entry': 'Alle Schlüssel eines Eintrags vernichtet',
    'kind.reseal': 'Schlüssel neu versiegelt',
    'kind.accept-restore': 'Wiederhergestellte Sicherung angenommen',
    'kind.package-upload': 'Paket zur Prüfung hochgeladen',
    'kind.package-import': 'Paket importiert',
    'kind.package-cancel': 'Import eines Pakets abgebrochen',
    'kind.package-create': 'Paket erstellt',
    'kind.package-delete': 'Paket gelöscht',
    'kind.package-export': 'Paket exportiert',
    'kind.trust-add': 'Einem Zertifikat vertraut',
    'kind.trust-change': 'Vertrauen in ein Zertifikat geändert',
    'kind.trust-remove': 'Einem Zertifikat das Vertrauen entzogen',

    'restored.title': 'Die Datenbank ist älter als das Ausgelieferte',
    'restored.look': 'Unter Status entscheiden',

    'problem.offline': 'Der Server ist nicht erreichbar',
    'problem.cancelled': 'Abgebrochen. Der Server war vielleicht schon ' +
        'fertig: Was Sie sehen, ist auf dem neuesten Stand.',
    'problem.unreadable': 'Die Antwort des Servers ist nicht lesbar',
    'problem.file-unreadable': 'Die Datei ist nicht mehr lesbar: Wählen Sie ' +
        'sie noch einmal',
    'problem.wrong-sign-in': 'Benutzername oder Kennwort ist falsch.',
    'problem.password-short': 'Das Kennwort braucht mindestens 12 Zeichen, ' +
        'nicht nur Leerzeichen.',
    'problem.passwords-differ': 'Die beiden Kennwörter sind nicht gleich.',
    'problem.not-confirmed': 'Geben Sie genau das Verlangte ein.',
    'problem.malformed': 'Die Anfrage ist nicht lesbar',
    'problem.not-signed-in': 'Melden Sie sich erst an',
    'problem.forbidden': 'Das dürfen Sie nicht',
    'problem.sign-in-again': 'Melden Sie sich erst noch einmal an',
    'problem.not-found': 'Das gibt es nicht',
    'problem.timeout': 'Die Anfrage hat zu lange gebraucht',
    'problem.certificate-exists': 'Es gibt schon ein Zertifikat',
    'problem.no-certificate': 'Es gibt kein Zertifikat',
    'problem.wrong-state': 'Der Zustand erlaubt das nicht',
    'problem.key-in-use': 'Der Schlüssel wird gebraucht',
    'problem.entry-served': 'Ein virtueller Host liefert diesen Eintrag aus',
    'problem.key-not-exportable': 'Der Schlüssel lässt sich nicht übernehmen',
    'problem.choose-alias': 'Die Datei enthält mehrere Schlüssel',
    'problem.integrity': 'Die Datenbank wurde verändert',
    'problem.moved-keystore': 'Der Keystore ist jetzt in einer anderen ' +
        'Datenbank',
    'problem.restored-database': 'Die Datenbank ist älter als das ' +
        'Ausgelieferte',
    'problem.stale': 'Jemand anderes war schneller',
    'problem.too-large': 'Zu groß',
    'problem.no-time': 'Geben Sie Datum und Uhrzeit an',
    'problem.expectation-failed': 'Die Anfrage erwartet, was der Server ' +
        'nicht kann',
    'problem.invalid': 'Das kann nicht angenommen werden',
    'problem.key-mismatch': 'Zertifikat und Schlüssel gehören nicht zusammen',
    'problem.wrong-password': 'Das Kennwort ist falsch',
    'problem.unsupported-format': 'Diese Art von Datei geht hier nicht',
    'problem.damaged': 'Die Datei ist beschädigt',
    'problem.weak-key': 'Zu schwach, um ausgeliefert zu werden',
    'problem.not-servable': 'Es kann nicht ausgeliefert werden',
    'problem.untrusted-signer': 'Signiert von jemandem, dem dieser Server ' +
        'nicht vertraut',
    'problem.digest-mismatch': 'Es ist nicht das Paket, das angezeigt wurde',
    'problem.package-needs-key': 'Gespeicherte Pakete brauchen diesen ' +
        'Schlüssel',
    'problem.package-exists': 'Ein Paket dieses Namens gibt es schon',
    'problem.bad-package': 'Das Paket ist beschädigt',
    'problem.bad-zip': 'Das Archiv ist beschädigt',
    'problem.zip-bomb': 'Das Archiv wird ausgepackt zu groß',
    'problem.unsafe-name': 'Ein Dateiname im Paket ist nicht sicher',
    'problem.duplicate-name': 'Eine Datei steht zweimal im Paket',
    'problem.bad-xml': 'Eine XML-Datei im Paket ist beschädigt',
    'problem.bad-signature': 'Eine Signatur im Paket stimmt nicht',
    'problem.no-recipient': 'Kein Schlüssel dieses Servers öffnet das Paket',
    'problem.slow-down': 'Zu viele Versuche oder Uploads',
    'problem.internal': 'Der Server hat versagt',
    'problem.not-signed': 'Das Paket der Anwendung kann nicht signiert werden',
    'problem.no-signer': 'Es ist nichts da, womit Pakete signiert werden',
    'problem.sealed': 'Der Keystore ist verschlossen',
    'problem.busy': 'Der Server ist ausgelastet',
    'problem.database-unavailable': 'Die Datenbank ist nicht verfügbar',
    'problem.newer-schema': 'Die Datenbank ist von einer neueren Version',
};
