/* SPDX-License-Identifier: Apache-2.0 */
#include "store/statements.h"

#include <string.h>

#define STATE "vmo_keystore_state"

#define VERSION_COLUMNS                                                        \
    "id, alias, version, state, origin, key_type, key_fingerprint, "           \
    "sealed_key, csr, certificate, chain, subject, issuer, subject_text, "     \
    "issuer_text, serial, sans, signature_algorithm, fingerprint, "            \
    "not_before_sec, not_after_sec, self_signed, created_sec, created_by, "    \
    "activated_sec, generation"

#define SELECT_VERSION "SELECT " VERSION_COLUMNS " FROM vmo_keystore "

#define AUDIT_COLUMNS                                                          \
    "seq, at_sec, actor, address, action, alias, version_id, outcome, "        \
    "detail, mac"

#define TRUSTED_COLUMNS                                                        \
    "fingerprint, certificate, subject_text, issuer_text, serial, key_type, "  \
    "not_before_sec, not_after_sec, source, added_by, added_sec, vouches"

#define SELECT_TRUSTED                                                         \
    "SELECT " TRUSTED_COLUMNS " FROM vmo_trusted_certificate "

#define PACKAGE_COLUMNS                                                        \
    "id, name, package_id, description, meta, sha256, signer, signer_text, "   \
    "signature, encrypted, imported_sec, imported_by, generation, digest, "    \
    "trust"

/* A sum of edited sizes must not overflow. */
#define SIZE                                                                   \
    "CASE WHEN c.size BETWEEN 0 AND 1099511627776 THEN c.size ELSE 0 END"

#define SELECT_PACKAGE                                                         \
    "SELECT " PACKAGE_COLUMNS ", (SELECT COUNT(*) FROM vmo_package_member m"   \
    " WHERE m.package_id = vmo_package.id), COALESCE((SELECT SUM(" SIZE ")"    \
    " FROM vmo_package_member m, vmo_package_element e,"                       \
    " vmo_package_content c WHERE m.package_id = vmo_package.id"               \
    " AND e.id = m.element_id AND c.id = e.content_id), 0) FROM vmo_package "

#define ELEMENT_COLUMNS                                                        \
    "id, element_id, folder, type, name, path, version, tags, files, "         \
    "certificates, signer, author, signature, needs, content_id, "             \
    "imported_sec, imported_by, trust"

#define SELECT_ELEMENT                                                         \
    "SELECT " ELEMENT_COLUMNS ", COALESCE((SELECT c.size"                      \
    " FROM vmo_package_content c"                                              \
    " WHERE c.id = vmo_package_element.content_id), 0)"                        \
    " FROM vmo_package_element "

/* An element's author is vouched for by the signature of its content alone. */
#define AUTHORED "e.signature IN ('valid', 'weak')"

#define IMPORT_COLUMNS                                                         \
    "id, content_id, sha256, size, name, created_by, created_sec, expires_sec"

#define SELECT_STAGED                                                          \
    "SELECT " IMPORT_COLUMNS " FROM vmo_import WHERE content_id <> 0 "

#define NODE_COLUMNS                                                           \
    "node, instance, pid, version, generation, quarantined, sealed, served, "  \
    "poll_msec, started_sec, last_seen_sec"

static const char *const texts[VSO_SQL_COUNT] = {
    [VSO_SQL_SCHEMA_VERSION] =
        "SELECT schema_version FROM " STATE " WHERE id = 1",
    [VSO_SQL_SCHEMA_SET] = "UPDATE " STATE " SET schema_version = %lld"
                           " WHERE id = 1 AND schema_version = %lld",
    [VSO_SQL_STATE_CREATE] =
        "INSERT INTO " STATE " (id, schema_version, keystore_id, generation,"
        " next_id, audit_seq, audit_mac, sealed_audit_key, lock_count)"
        " VALUES (1, 0, %s, 0, 1, 0, %s, '', 0)",
    [VSO_SQL_STATE_LOCK] = "UPDATE " STATE " SET lock_count = lock_count + 1"
                           " WHERE id = 1",
    [VSO_SQL_STATE_READ] =
        "SELECT keystore_id, generation, next_id,"
        " audit_seq, audit_mac, sealed_audit_key,"
        " lock_count, schema_version FROM " STATE " WHERE id = 1",
    [VSO_SQL_STATE_WRITE] =
        "UPDATE " STATE " SET generation = %lld, next_id = %lld,"
        " audit_seq = %lld, audit_mac = %s"
        " WHERE id = 1 AND audit_seq = %lld AND lock_count = %lld",
    [VSO_SQL_STATE_SEAL] = "UPDATE " STATE " SET sealed_audit_key = %s"
                           " WHERE id = 1",

    [VSO_SQL_CHANGE_INSERT] =
        "INSERT INTO vmo_change (seq, token) VALUES (%lld, %s)",
    [VSO_SQL_CHANGE_TOKEN] = "SELECT token FROM vmo_change WHERE seq = %lld",
    [VSO_SQL_CHANGE_PURGE] = "DELETE FROM vmo_change WHERE seq <= %lld",

    [VSO_SQL_KEYS_LIST] =
        SELECT_VERSION "WHERE id < %lld ORDER BY id DESC LIMIT %lld",
    [VSO_SQL_KEYS_LIST_ALIAS] = SELECT_VERSION
    "WHERE alias = %s AND id < %lld ORDER BY id DESC LIMIT %lld",
    [VSO_SQL_KEYS_ACTIVE] =
        SELECT_VERSION "WHERE state = 'active' ORDER BY alias, slot",
    [VSO_SQL_KEYS_ACTIVE_ALIAS] =
        SELECT_VERSION "WHERE alias = %s AND state = 'active' ORDER BY slot",
    [VSO_SQL_KEYS_GET] = SELECT_VERSION "WHERE id = %lld",
    [VSO_SQL_KEYS_BY_FINGERPRINT] = SELECT_VERSION
    "WHERE key_fingerprint = %s AND sealed_key <> '' ORDER BY id DESC",
    [VSO_SQL_KEYS_BY_CERTIFICATE] =
        SELECT_VERSION "WHERE alias = %s AND fingerprint = %s ORDER BY id DESC",
    [VSO_SQL_KEYS_OWN] = SELECT_VERSION
    "WHERE fingerprint = %s AND state IN ('active', 'passive')"
    " ORDER BY id DESC",
    [VSO_SQL_KEYS_PENDING] = SELECT_VERSION
    "WHERE alias = %s AND state = 'pending' ORDER BY id DESC",
    [VSO_SQL_KEYS_GENERATION] = "SELECT COALESCE(MAX(generation), 0)"
                                " FROM vmo_keystore WHERE alias = %s",
    [VSO_SQL_KEYS_LIVE] = "SELECT DISTINCT key_fingerprint FROM vmo_keystore"
                          " WHERE sealed_key <> ''",
    [VSO_SQL_KEYS_NEWEST] = "SELECT COALESCE(MAX(version), 0)"
                            " FROM vmo_keystore WHERE alias = %s",
    [VSO_SQL_KEYS_INSERT] =
        "INSERT INTO vmo_keystore (" VERSION_COLUMNS ", slot) VALUES ("
        "%lld, %s, %lld, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,"
        " %s, %s, %s, %s, %lld, %lld, %lld, %lld, %s, %lld, %lld, %s)",
    [VSO_SQL_KEYS_STATE] =
        "UPDATE vmo_keystore SET state = %s, slot = %s, sealed_key ="
        " CASE WHEN %s = 'retired' THEN '' ELSE sealed_key END,"
        " activated_sec = %lld, generation = %lld"
        " WHERE id = %lld AND state = %s",
    [VSO_SQL_KEYS_CERTIFICATE] =
        "UPDATE vmo_keystore SET origin = %s, certificate = %s, chain = %s,"
        " subject = %s, issuer = %s, subject_text = %s, issuer_text = %s,"
        " serial = %s, sans = %s, signature_algorithm = %s,"
        " fingerprint = %s, not_before_sec = %lld, not_after_sec = %lld,"
        " self_signed = %lld, generation = %lld"
        " WHERE id = %lld AND state = 'pending'",
    [VSO_SQL_KEYS_TURNED_LAST] = "SELECT COALESCE(MAX(a.generation), 0)"
                                 " FROM vmo_activation a, vmo_keystore k"
                                 " WHERE k.id = a.version_id AND k.alias = %s"
                                 " AND k.state IN ('active', 'passive')",
    [VSO_SQL_KEYS_TURNED] = SELECT_VERSION
    "WHERE alias = %s AND id IN (SELECT a.version_id FROM vmo_activation a"
    " WHERE a.generation = %lld) ORDER BY id",
    [VSO_SQL_TURN_DELETE] =
        "DELETE FROM vmo_activation WHERE version_id = %lld",
    [VSO_SQL_TURN_INSERT] =
        "INSERT INTO vmo_activation (version_id, generation)"
        " VALUES (%lld, %lld)",
    [VSO_SQL_KEYS_CHAIN] =
        "UPDATE vmo_keystore SET chain = %s, generation = %lld"
        " WHERE id = %lld AND fingerprint = %s AND state = %s",
    [VSO_SQL_KEYS_RESEAL] =
        "UPDATE vmo_keystore SET sealed_key = %s, generation = %lld"
        " WHERE id = %lld AND sealed_key = %s",

    [VSO_SQL_AUDIT_INSERT] = "INSERT INTO vmo_audit (" AUDIT_COLUMNS ") VALUES"
                             " (%lld, %lld, %s, %s, %s, %s, %lld, %s, %s, %s)",
    [VSO_SQL_AUDIT_LIST] = "SELECT " AUDIT_COLUMNS " FROM vmo_audit"
                           " WHERE seq < %lld ORDER BY seq DESC LIMIT %lld",
    [VSO_SQL_AUDIT_LIST_ACTION] =
        "SELECT " AUDIT_COLUMNS " FROM vmo_audit"
        " WHERE action = %s AND seq < %lld ORDER BY seq DESC LIMIT %lld",
    [VSO_SQL_AUDIT_LAST] = "SELECT " AUDIT_COLUMNS " FROM vmo_audit"
                           " WHERE action = %s AND version_id = %lld"
                           " AND outcome = 'ok' ORDER BY seq DESC LIMIT 1",
    [VSO_SQL_AUDIT_WALK] = "SELECT " AUDIT_COLUMNS " FROM vmo_audit"
                           " WHERE seq > %lld ORDER BY seq LIMIT %lld",
    [VSO_SQL_AUDIT_COUNT] = "SELECT COUNT(*) FROM vmo_audit",

    [VSO_SQL_TRUST_LIST] =
        SELECT_TRUSTED "ORDER BY added_sec DESC, fingerprint",
    [VSO_SQL_TRUST_FIND] = SELECT_TRUSTED "WHERE fingerprint = %s",
    [VSO_SQL_TRUST_SUBJECT] =
        SELECT_TRUSTED "WHERE subject_text = %s AND fingerprint <> %s"
                       " ORDER BY added_sec DESC, fingerprint",
    [VSO_SQL_TRUST_COUNT] = "SELECT COUNT(*) FROM vmo_trusted_certificate",
    [VSO_SQL_TRUST_INSERT] =
        "INSERT INTO vmo_trusted_certificate (" TRUSTED_COLUMNS ") VALUES"
        " (%s, %s, %s, %s, %s, %s, %lld, %lld, %s, %s, %lld, %lld)",
    [VSO_SQL_TRUST_VOUCHES] =
        "UPDATE vmo_trusted_certificate SET vouches = %lld"
        " WHERE fingerprint = %s",
    [VSO_SQL_TRUST_DELETE] = "DELETE FROM vmo_trusted_certificate"
                             " WHERE fingerprint = %s",

    [VSO_SQL_PACKAGE_LIST] =
        SELECT_PACKAGE "WHERE name > %s ORDER BY name LIMIT %lld",
    [VSO_SQL_PACKAGE_GET] = SELECT_PACKAGE "WHERE name = %s",
    [VSO_SQL_PACKAGE_HOLDING] =
        "SELECT p.name FROM vmo_package p, vmo_package_member m"
        " WHERE m.element_id = %lld AND p.id = m.package_id ORDER BY p.name",
    [VSO_SQL_PACKAGE_BY_SIGNER] =
        "SELECT p.name FROM vmo_package p WHERE p.signer = %s OR EXISTS"
        " (SELECT 1 FROM vmo_package_member m, vmo_package_element e"
        " WHERE m.package_id = p.id AND e.id = m.element_id"
        " AND (e.signer = %s OR (e.author = %s AND " AUTHORED ")))"
        " ORDER BY p.name",
    [VSO_SQL_PACKAGE_SIGNERS] =
        "SELECT p.signer, p.name FROM vmo_package p"
        " UNION SELECT e.signer, p.name FROM vmo_package p,"
        " vmo_package_member m, vmo_package_element e"
        " WHERE m.package_id = p.id AND e.id = m.element_id"
        " UNION SELECT e.author, p.name FROM vmo_package p,"
        " vmo_package_member m, vmo_package_element e"
        " WHERE m.package_id = p.id AND e.id = m.element_id AND " AUTHORED
        " ORDER BY 2, 1",
    [VSO_SQL_PACKAGE_BY_KEY] =
        "SELECT p.name, e.needs FROM vmo_package p, vmo_package_member m,"
        " vmo_package_element e WHERE m.package_id = p.id"
        " AND e.id = m.element_id AND e.needs LIKE %s ORDER BY p.name",
    [VSO_SQL_PACKAGE_INSERT] =
        "INSERT INTO vmo_package (" PACKAGE_COLUMNS ") VALUES (%lld, %s, %s,"
        " %s, %s, %s, %s, %s, %s, %lld, %lld, %s, %lld, %s, %s)",
    [VSO_SQL_PACKAGE_UPDATE] =
        "UPDATE vmo_package SET package_id = %s, description = %s, meta = %s,"
        " sha256 = %s, signer = %s, signer_text = %s, signature = %s,"
        " encrypted = %lld, imported_sec = %lld, imported_by = %s,"
        " generation = %lld, digest = %s, trust = %s WHERE id = %lld",
    [VSO_SQL_PACKAGE_TRUST] =
        "UPDATE vmo_package SET trust = %s WHERE id = %lld",
    [VSO_SQL_PACKAGE_DELETE] = "DELETE FROM vmo_package WHERE id = %lld",

    [VSO_SQL_ELEMENT_LIST] = SELECT_ELEMENT
    "WHERE id IN (SELECT m.element_id FROM vmo_package_member m"
    " WHERE m.package_id = %lld)"
    " ORDER BY path, name, element_id",
    [VSO_SQL_ELEMENT_FIND] = SELECT_ELEMENT "WHERE element_id = %s",
    [VSO_SQL_ELEMENT_LOOSE] =
        "SELECT id, content_id FROM vmo_package_element WHERE NOT EXISTS"
        " (SELECT 1 FROM vmo_package_member m"
        " WHERE m.element_id = vmo_package_element.id) ORDER BY id",
    [VSO_SQL_ELEMENT_INSERT] =
        "INSERT INTO vmo_package_element (" ELEMENT_COLUMNS ") VALUES (%lld,"
        " %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %lld, %lld, %s,"
        " %s)",
    [VSO_SQL_ELEMENT_UPDATE] =
        "UPDATE vmo_package_element SET folder = %s, type = %s, name = %s,"
        " path = %s, version = %s, tags = %s, files = %s, certificates = %s,"
        " signer = %s, author = %s, signature = %s, needs = %s,"
        " content_id = %lld, imported_sec = %lld, imported_by = %s,"
        " trust = %s WHERE id = %lld",
    [VSO_SQL_ELEMENT_DELETE] =
        "DELETE FROM vmo_package_element WHERE id = %lld",

    [VSO_SQL_MEMBER_INSERT] = "INSERT INTO vmo_package_member"
                              " (package_id, element_id) VALUES (%lld, %lld)",
    [VSO_SQL_MEMBER_CLEAR] =
        "DELETE FROM vmo_package_member WHERE package_id = %lld",

    [VSO_SQL_CONTENT_INSERT] =
        "INSERT INTO vmo_package_content (id, import_id, size, sha256)"
        " VALUES (%lld, %lld, 0, '')",
    [VSO_SQL_CONTENT_END] = "UPDATE vmo_package_content SET size = %lld,"
                            " sha256 = %s WHERE id = %lld",
    [VSO_SQL_CONTENT_SIZE] =
        "SELECT size, (SELECT COUNT(*) FROM vmo_package_chunk k"
        " WHERE k.content_id = vmo_package_content.id)"
        " FROM vmo_package_content WHERE id = %lld",
    [VSO_SQL_CONTENT_ADOPT] = "UPDATE vmo_package_content SET import_id = 0"
                              " WHERE id = %lld AND import_id = %lld",
    [VSO_SQL_CONTENT_DELETE] =
        "DELETE FROM vmo_package_content WHERE id = %lld",
    [VSO_SQL_CONTENT_DROP] =
        "DELETE FROM vmo_package_content WHERE import_id = %lld",
    [VSO_SQL_CONTENT_LOST] =
        "SELECT DISTINCT import_id FROM vmo_package_content WHERE import_id <> "
        "0 AND NOT EXISTS"
        " (SELECT 1 FROM vmo_import i"
        " WHERE i.id = vmo_package_content.import_id)",
    [VSO_SQL_CHUNK_INSERT] = "INSERT INTO vmo_package_chunk"
                             " (content_id, seq, data) VALUES (%lld, %lld, %s)",
    [VSO_SQL_CHUNK_READ] = "SELECT data FROM vmo_package_chunk"
                           " WHERE content_id = %lld AND seq = %lld",
    [VSO_SQL_CHUNK_DELETE] =
        "DELETE FROM vmo_package_chunk WHERE content_id = %lld",
    [VSO_SQL_CHUNK_DROP] =
        "DELETE FROM vmo_package_chunk WHERE content_id IN"
        " (SELECT c.id FROM vmo_package_content c WHERE c.import_id = %lld)",
    [VSO_SQL_CHUNK_LOST] = "SELECT DISTINCT content_id FROM vmo_package_chunk "
                           "WHERE NOT EXISTS (SELECT 1"
                           " FROM vmo_package_content c"
                           " WHERE c.id = vmo_package_chunk.content_id)",

    [VSO_SQL_IMPORT_INSERT] = "INSERT INTO vmo_import (" IMPORT_COLUMNS ")"
                              " VALUES (%lld, %lld, %s, %lld, %s, %s, %lld,"
                              " %lld)",
    [VSO_SQL_IMPORT_STAGE] =
        "UPDATE vmo_import SET content_id = %lld, sha256 = %s, size = %lld,"
        " name = %s, expires_sec = %lld WHERE id = %lld",
    [VSO_SQL_IMPORT_GET] = SELECT_STAGED "AND id = %lld AND expires_sec > %lld",
    [VSO_SQL_IMPORT_LIST] = SELECT_STAGED
    "AND expires_sec > %lld ORDER BY created_sec DESC, id DESC",
    [VSO_SQL_IMPORT_COUNT] =
        "SELECT COUNT(*) FROM vmo_import WHERE expires_sec > %lld",
    [VSO_SQL_IMPORT_DELETE] = "DELETE FROM vmo_import WHERE id = %lld",
    [VSO_SQL_IMPORT_RENEW] = "UPDATE vmo_import SET expires_sec = %lld"
                             " WHERE id = %lld AND content_id = 0",
    [VSO_SQL_IMPORT_ENDED] =
        "SELECT id FROM vmo_import WHERE expires_sec <= %lld",
    [VSO_SQL_IMPORT_EXPIRE] =
        "DELETE FROM vmo_import WHERE id = %lld AND expires_sec <= %lld",

    /* The second is the time of the node that asks, which decides nothing:
     * mod_session looks for itself whether what it decodes has expired. */
    [VSO_SQL_SESSION_SELECT] =
        "SELECT session FROM vmo_session WHERE session_key = %s"
        " AND expiry <> %lld",
    [VSO_SQL_SESSION_INSERT] =
        "INSERT INTO vmo_session (session, expiry, session_key)"
        " VALUES (%s, %lld, %s)",
    [VSO_SQL_SESSION_UPDATE] =
        "UPDATE vmo_session SET session = %s, expiry = %lld,"
        " session_key = %s WHERE session_key = %s",
    [VSO_SQL_SESSION_DELETE] = "DELETE FROM vmo_session"
                               " WHERE session_key = %s",
    [VSO_SQL_SESSION_PURGE] = "DELETE FROM vmo_session"
                              " WHERE expiry <> 0 AND expiry <= %lld",

    /* beats makes every update change its row, so that databases that count
     * changed rows count this one. */
    [VSO_SQL_NODE_LIST] = "SELECT " NODE_COLUMNS " FROM vmo_node ORDER BY node",
    [VSO_SQL_NODE_INSERT] =
        "INSERT INTO vmo_node (" NODE_COLUMNS ", beats) VALUES"
        " (%s, %s, %lld, %s, %lld, %lld, %lld, %s, %lld, %lld, %lld, 0)",
    [VSO_SQL_NODE_UPDATE] =
        "UPDATE vmo_node SET pid = %lld, version = %s, generation = %lld,"
        " quarantined = %lld, sealed = %lld, served = %s, poll_msec = %lld,"
        " last_seen_sec = %lld, beats = beats + 1"
        " WHERE node = %s AND instance = %s",
    [VSO_SQL_NODE_TOUCH] =
        "UPDATE vmo_node SET last_seen_sec = %lld, beats = beats + 1"
        " WHERE node = %s AND instance = %s",
    [VSO_SQL_NODE_DELETE] = "DELETE FROM vmo_node WHERE node = %s",
    [VSO_SQL_NODE_PURGE] = "DELETE FROM vmo_node WHERE last_seen_sec < %lld",

    [VSO_SQL_SCHEDULE_LIST] =
        "SELECT version_id, at_sec, actor, address FROM vmo_schedule"
        " ORDER BY at_sec, version_id",
    [VSO_SQL_SCHEDULE_INSERT] =
        "INSERT INTO vmo_schedule (version_id, at_sec, actor, address)"
        " VALUES (%lld, %lld, %s, %s)",
    [VSO_SQL_SCHEDULE_DELETE] = "DELETE FROM vmo_schedule"
                                " WHERE version_id = %lld",

    [VSO_SQL_OCSP_LIST] = "SELECT fingerprint, response, next_update_sec,"
                          " fetched_sec FROM vmo_ocsp",
    [VSO_SQL_OCSP_INSERT] =
        "INSERT INTO vmo_ocsp (response, next_update_sec, fetched_sec,"
        " fingerprint) VALUES (%s, %lld, %lld, %s)",
    [VSO_SQL_OCSP_UPDATE] =
        "UPDATE vmo_ocsp SET response = %s, next_update_sec = %lld,"
        " fetched_sec = %lld WHERE fingerprint = %s",
    [VSO_SQL_OCSP_SWEEP] = "DELETE FROM vmo_ocsp WHERE next_update_sec < %lld",

    [VSO_SQL_EVENT_COUNT] = "SELECT COUNT(*) FROM vmo_event WHERE event = %s"
                            " AND version_id = %lld AND seq = %lld",
    [VSO_SQL_EVENT_INSERT] =
        "INSERT INTO vmo_event (event, version_id, seq, node, at_sec)"
        " VALUES (%s, %lld, %lld, %s, %lld)",
    [VSO_SQL_EVENT_LAST] = "SELECT COALESCE(MAX(seq), 0) FROM vmo_event",
    [VSO_SQL_EVENT_PURGE] = "DELETE FROM vmo_event"
                            " WHERE seq > 0 AND seq < %lld AND at_sec < %lld",

    [VSO_SQL_ATTEMPT_GET] =
        "SELECT at_sec, node FROM vmo_event WHERE event = %s"
        " AND version_id = %lld AND seq = 0",
    [VSO_SQL_ATTEMPT_RENEW] =
        "UPDATE vmo_event SET node = %s, at_sec = %lld WHERE event = %s"
        " AND version_id = %lld AND seq = 0 AND node = %s",
    [VSO_SQL_ATTEMPT_DELETE] = "DELETE FROM vmo_event WHERE event = %s"
                               " AND version_id = %lld AND seq = 0"
                               " AND node = %s",
};

const char *vso_sql_text(vso_sql_e sql)
{
    return texts[sql];
}

int vso_sql_params(vso_sql_e sql)
{
    return vso_sql_count(texts[sql]);
}

int vso_sql_count(const char *s)
{
    int n = 0;

    while ((s = strchr(s, '%')) != NULL) {
        s++;
        n++;
    }
    return n;
}
