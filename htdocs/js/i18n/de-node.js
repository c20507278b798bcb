// SPDX-License-Identifier: Apache-2.0
export default {
    'activity.intro': 'Jede Änderung und jede Ablehnung, mit wem, von wo und ' +
        'wann. Einträge lassen sich nicht unbemerkt ändern.',
    'activity.kind': 'Anzeigen',
    'activity.all': 'Alles',
    'activity.none': 'Nichts dergleichen.',
    'activity.ok': 'Ausgeführt',
    'activity.refused': 'Abgelehnt: {why}',
    'activity.version': 'Version anzeigen',
    'activity.number': 'Nummer im Protokoll',
    'verify': 'Protokoll prüfen',
    'verify.busy': 'Das ganze Protokoll wird gelesen …',
    'verify.good': 'Das Protokoll ist unversehrt',
    'verify.bad': 'Das Protokoll wurde verändert',
    'verify.rows': '{n} Einträge wurden geprüft.',
    'status.intro': 'Was auf diesem Knoten läuft, wo der Keystore ist, und ' +
        'was bei der nächsten Verbindung ausgeliefert wird.',
    'status.served': 'Von diesem Knoten ausgeliefert',
    'status.nothing': 'Dieser virtuelle Host nimmt sein Zertifikat nicht aus ' +
        'dem Keystore (VSOCertEngine ist aus).',
    'status.bootstrap': 'vorläufiges Zertifikat, noch ist nichts gespeichert',
    'node': 'Knoten',
    'node.version': 'Modul',
    'node.server': 'Server',
    'node.openssl': 'OpenSSL',
    'node.generation': 'Ausgelieferte Generation',
    'node.poll': 'Letzter Blick in die Datenbank',
    'fleet': 'Verbund',
    'fleet.summary': '{serving} von {n} Knoten liefern Generation ' +
        '{generation} aus',
    'fleet.summary.one': '{serving} von {n} Knoten liefert Generation ' +
        '{generation} aus',
    'fleet.self': 'dieser Knoten',
    'fleet.serves': 'Liefert Generation {generation} aus',
    'fleet.behind': 'Liefert Generation {generation} aus, nicht die neueste',
    'fleet.sealed': 'Verschlossen: Der Hauptschlüssel fehlt oder ist falsch',
    'fleet.silent': 'Zuletzt gesehen {ago}',
    'fleet.ago.seconds': 'vor {n} Sekunden',
    'fleet.ago.seconds.one': 'vor {n} Sekunde',
    'fleet.ago.minutes': 'vor {n} Minuten',
    'fleet.ago.hours': 'vor {n} Stunden',
    'database': 'Datenbank',
    'database.state': 'Zustand',
    'database.up': 'Verfügbar',
    'database.down': 'Nicht verfügbar: Das zuletzt Ausgelieferte bleibt',
    'database.since': 'Seit',
    'database.driver': 'Treiber',
    'database.generation': 'Generation',
    'database.keystore': 'Keystore',
    'sealed': 'Private Schlüssel',
    'sealed.no': 'Versiegelt gespeichert, der Hauptschlüssel öffnet sie',
    'sealed.yes': 'Verschlossen: Der Hauptschlüssel fehlt oder ist falsch',
    'reseal': 'Hauptschlüssel',
    'reseal.text': 'Wurde in der Konfiguration ein neuer Hauptschlüssel ' +
        'vorangestellt, versiegeln Sie jeden privaten Schlüssel damit. ' +
        'Danach kann der alte weg.',
    'reseal.go': 'Alle Schlüssel neu versiegeln',
    'reseal.done': '{n} Schlüssel wurden mit dem ersten Hauptschlüssel ' +
        'versiegelt.',
    'reseal.done.one': '{n} Schlüssel wurde mit dem ersten Hauptschlüssel ' +
        'versiegelt.',
    'restored.text': 'Eine Sicherung wurde wiederhergestellt: Sie steht bei ' +
        'Generation {database}, dieser Knoten liefert Generation {served} ' +
        'aus. Änderungen werden abgelehnt, bis jemand entscheidet.',
    'restored.go': 'Ausliefern, was die Sicherung enthält',
    'restored.ask': 'Schlüssel und Zertifikate, die nach der Sicherung ' +
        'entstanden sind, werden nicht mehr ausgeliefert und sind verloren, ' +
        'wenn sie nicht exportiert wurden.',
    'restored.done': 'Ausgeliefert wird jetzt, was die Sicherung enthält',
};
