// SPDX-License-Identifier: Apache-2.0
export default {
    'warning.expired': 'Es ist abgelaufen',
    'warning.expired.do': 'Lassen Sie es von der CA erneuern, oder ersetzen ' +
        'Sie es jetzt: Clients lehnen es ab.',
    'warning.not-yet-valid': 'Es ist noch nicht gültig',
    'warning.not-yet-valid.do': 'Prüfen Sie die Uhr dieses Servers, oder ' +
        'warten Sie, bis es gilt.',
    'warning.weak-signature': 'Die Signatur ist schwach',
    'warning.weak-signature.do': 'Bitten Sie die CA um ein Zertifikat mit ' +
        'SHA-256.',
    'warning.weak-key': 'Der Schlüssel ist schwach',
    'warning.weak-key.do': 'Ersetzen Sie ihn durch einen RSA-Schlüssel mit ' +
        '2048 Bit oder mehr.',
    'warning.no-san': 'Es nennt keinen Host so, wie Browser ihn suchen',
    'warning.no-san.do': 'Erstellen Sie eine Anforderung mit den Hostnamen ' +
        'unter „Auch gültig für“.',
    'warning.name-mismatch': 'Für einen Namen dieses Servers gilt es nicht',
    'warning.name-mismatch.do': 'Erstellen Sie eine Anforderung mit diesem ' +
        'Namen unter „Auch gültig für“, oder ersetzen Sie es.',
    'warning.not-published': 'Dieser Knoten liefert es noch nicht aus',
    'warning.not-published.do': 'Es ist gespeichert, und der Knoten versucht ' +
        'es jede Sekunde wieder. Sein Fehlerprotokoll sagt, was fehlt: ' +
        'vielleicht ist die Platte voll.',
    'warning.chain-incomplete': 'Die Kette ist unvollständig',
    'warning.chain-incomplete.do': 'Bitten Sie die CA um die ' +
        'Zwischenzertifikate, und importieren Sie die Antwort mit ihnen.',
    'warning.authority-key-id': 'Es nennt ein anderes Zertifikat seiner CA',
    'warning.authority-key-id.do': 'Lassen Sie es von der CA neu ausstellen: ' +
        'Manche Clients lehnen es ab.',
    'warning.issuer-not-ca': 'Ein Aussteller der Kette ist keine CA',
    'warning.issuer-not-ca.do': 'Bitten Sie die CA um die richtige Kette: ' +
        'Clients lehnen diese ab.',
    'warning.no-server-auth': 'Es wurde nicht für Server ausgestellt',
    'warning.no-server-auth.do': 'Bitten Sie die CA um ein Zertifikat für ' +
        '„Serverauthentifizierung“.',
    'warning.key-usage': 'Der Schlüsselverwendung fehlt „digitale Signatur“',
    'warning.key-usage.do': 'Bitten Sie die CA um ein Zertifikat mit der ' +
        'Schlüsselverwendung „digitale Signatur“: Browser lehnen dieses ab.',
    'warning.ca-as-leaf': 'Es ist das Zertifikat einer CA',
    'warning.ca-as-leaf.do': 'Ersetzen Sie es durch eines, das keiner CA ' +
        'gehört (CA:FALSE).',
    'warning.path-length': 'Die Kette ist länger, als eine CA darin erlaubt',
    'warning.path-length.do': 'Bitten Sie die CA um ein Zertifikat einer ' +
        'anderen Zwischenstelle: Clients lehnen diese Kette ab.',
    'warning.critical-extension': 'Es hat eine unbekannte kritische ' +
        'Erweiterung',
    'warning.critical-extension.do': 'Bitten Sie die CA um ein Zertifikat ' +
        'ohne sie: Clients lehnen dieses ab.',
    'warning.client-support': 'Manche Clients können diesen Schlüssel nicht ' +
        'verwenden',
    'warning.client-support.do': 'Verwenden Sie einen RSA- oder ' +
        'P-256-Schlüssel, oder liefern Sie einen daneben aus.',
    'warning.names-changed': 'Die CA hat die Namen geändert',
    'warning.names-changed.do': 'Fehlt ein Name, den Clients verwenden, bitten ' +
        'Sie die CA darum, bevor Sie dieses Zertifikat aktivieren.',
    'warning.subject-changed': 'Die CA hat den Inhaber geändert',
    'warning.rewritten': 'Die CA hat die Namen anders geschrieben',
    'warning.names-left-out': 'Manche Namen stehen nicht in der Anforderung',
    'warning.names-left-out.do': 'Die Anforderung nennt nur Hostnamen und ' +
        'IP-Adressen. Brauchen Sie die anderen Namen, fragen Sie Ihre CA.',
    'warning.many-names': 'Die Anforderung hat viele Namen',
    'warning.many-names.do': 'Viele CAs erlauben 100 Namen in einem ' +
        'Zertifikat. Lehnt Ihre die Anforderung ab, verlangen Sie weniger.',
    'warning.not-served': 'Kein virtueller Host liefert diesen Eintrag aus',
    'warning.not-served.do': 'Nennen Sie ihn mit VSOCertAlias in der ' +
        'Konfiguration eines virtuellen Hosts, oder prüfen Sie die Schreibweise.',
    'warning.passive-key': 'Es ist für einen passiven Schlüssel',
    'warning.passive-key.do': 'Fahren Sie nur fort, wenn Sie diesen Schlüssel ' +
        'wieder wollen.',
    'warning.no-rsa-signer': 'Kein RSA-Schlüssel bleibt aktiv',
    'warning.no-rsa-signer.do': 'Exportierte Pakete haben dann keine ' +
        'Signaturen von Orchestrators eigener Art. Wenn Orchestrator-Server ' +
        'sie importieren, lassen Sie ein RSA-Zertifikat aktiv.',
    'warning.quarantined': 'Die Zeile in der Datenbank wurde beschädigt oder ' +
        'verändert',
    'warning.quarantined.do': 'Stellen Sie die Datenbank wieder her, oder ' +
        'ersetzen Sie das Zertifikat. Prüfen Sie, wer in die Datenbank ' +
        'schreiben konnte.',
    'warning.secret-key': 'Ein geheimer Schlüssel der Datei wird nicht ' +
        'gebraucht',
    'warning.not-used': 'Die Datei enthält mehr, als gebraucht wird',
    'warning.several-certificates': 'Die Datei enthält mehrere Zertifikate ' +
        'zu diesem Schlüssel',
    'warning.several-certificates.do': 'Vergleichen Sie Daten und Aussteller: ' +
        'Das hier genannte wird benutzt.',
    'warning.key-not-listed': 'Ein Schlüssel der Datei wurde ausgelassen',
    'warning.unencrypted-key': 'Der Schlüssel in der Datei ist nicht ' +
        'verschlüsselt',
    'warning.unencrypted-key.do': 'Vernichten Sie die Datei, oder verwahren ' +
        'Sie sie so sicher wie den Schlüssel selbst.',
};
