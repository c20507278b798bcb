// SPDX-License-Identifier: Apache-2.0
export default {
    'entries.intro': 'Ein Eintrag enthält das Zertifikat eines virtuellen ' +
        'Hosts oder eines Namens mit allen Versionen. Öffnen Sie einen, um ' +
        'es zu erneuern, zu ersetzen oder zu exportieren.',
    'entries.q': 'Suche',
    'entries.q.help': 'Ein Teil des Namens eines Eintrags, eines Hostnamens, ' +
        'des Inhabers oder des Ausstellers.',
    'entries.state': 'Zustand',
    'entries.state.all': 'Alle',
    'entries.state.active': 'Aktiv',
    'entries.state.pending': 'Wartet auf die CA',
    'entries.state.none': 'Leer',
    'entries.expires': 'Läuft ab',
    'entries.expires.all': 'Irgendwann',
    'entries.expires.0': 'Abgelaufen oder heute',
    'entries.expires.7': 'Innerhalb von 7 Tagen',
    'entries.expires.14': 'Innerhalb von 14 Tagen',
    'entries.expires.30': 'Innerhalb von 30 Tagen',
    'entries.served': 'Auslieferung',
    'entries.served.all': 'Alle',
    'entries.served.true': 'Ausgeliefert',
    'entries.served.false': 'Nicht ausgeliefert',
    'entries.sort': 'Sortieren nach',
    'entries.sort.all': 'Name',
    'entries.sort.expires': 'Ablaufdatum',
    'entries.selfSigned': 'Selbstsigniert',
    'entries.hosts': 'Ausgeliefert als',
    'entries.hosts.more': 'und {n} weitere',
    'entries.byName': 'Nach Namen ausgeliefert (VSOCertByName)',
    'entries.nothing': 'Kein Eintrag passt',
    'entries.clear': 'Filter zurücksetzen',
    'entries.empty': 'Es gibt noch keine Einträge',
    'entries.empty.text': 'Einen Eintrag gibt es ab dem ersten Zertifikat ' +
        'oder der ersten Anforderung.',
    'entries.found': '{count} Einträge',
    'entries.found.one': '{count} Eintrag',
    'entries.more': 'Die ersten {count} Einträge',
    'entries.all': 'Alle Einträge',
    'entries.open': 'Eintrag öffnen:',

    'entries.switch': 'Zu einem anderen Eintrag wechseln',
    'entries.switch.more': 'Die ersten {count} Einträge: Tippen Sie, um ' +
        'andere zu finden',

    'entries.new': 'Neuer Eintrag',
    'entries.new.name': 'Name des Eintrags',
    'entries.new.help': 'Bis zu 64 Buchstaben, Ziffern, Punkte, Bindestriche ' +
        'und Unterstriche. Ein virtueller Host liefert ihn aus, wenn sein ' +
        'VSOCertAlias so heißt.',
    'entries.new.go': 'Weiter',
    'problem.bad-entry-name': 'Verwenden Sie nur Buchstaben ohne Umlaute, ' +
        'Ziffern, Punkte, Bindestriche und Unterstriche, am Anfang einen ' +
        'Buchstaben oder eine Ziffer.',
    'problem.entry-exists': 'Einen Eintrag mit diesem Namen gibt es schon',

    'entries.destroy.title': 'Alle Schlüssel dieses Eintrags vernichten?',
    'entries.destroy.text': 'Das lässt sich nicht rückgängig machen. Die ' +
        'Schlüssel aller Versionen werden vernichtet, auch der aktive; die ' +
        'Zertifikate bleiben als Nachweis erhalten.',
    'entries.destroy.entry-served': 'Deren Clients bekommen ab der nächsten ' +
        'Verbindung ein vorläufiges Zertifikat, dem niemand vertraut.',
    'entries.destroy.key-in-use': 'Andere Einträge haben denselben ' +
        'Schlüssel. Sie behalten ihn, und dieser Eintrag verliert ihn.',
    'entries.destroy.package-needs-key': 'Sind die Schlüssel vernichtet, kann ' +
        'niemand mehr diese gespeicherten Pakete lesen. Exportieren Sie sie ' +
        'vorher unverschlüsselt, oder verwahren Sie einen Export der ' +
        'Zertifikatsdatenbank.',
    'entries.destroy.force': '„Trotzdem vernichten“ prüft nicht mehr, ob ein ' +
        'virtueller Host den Eintrag ausliefert, ein anderer Eintrag seine ' +
        'Schlüssel hat oder ein gespeichertes Paket sie braucht.',
    'entries.destroy.stale': 'Es wurde nichts vernichtet. Schließen Sie ' +
        'dieses Fenster, sehen Sie sich den Eintrag an, und beginnen Sie von ' +
        'vorn.',
    'entries.destroy.done': '{n} Schlüssel sind vernichtet',
    'entries.destroy.done.one': '{n} Schlüssel ist vernichtet',
};
