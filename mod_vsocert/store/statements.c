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

static const char *const texts[VSO_SQL_COUNT] = {
    [VSO_SQL_SCHEMA_VERSION] =
        "SELECT schema_version FROM " STATE " WHERE id = 1",
    [VSO_SQL_SCHEMA_SET] = "UPDATE " STATE " SET schema_version = %lld"
                           " WHERE id = 1 AND schema_version < %lld",
    [VSO_SQL_STATE_CREATE] =
        "INSERT INTO " STATE " (id, schema_version, keystore_id, generation,"
        " next_id, audit_seq, audit_mac, sealed_audit_key, lock_count)"
        " VALUES (1, 0, %s, 0, 1, 0, %s, '', 0)",
    [VSO_SQL_STATE_LOCK] = "UPDATE " STATE " SET lock_count = lock_count + 1"
                           " WHERE id = 1",
    [VSO_SQL_STATE_READ] = "SELECT keystore_id, generation, next_id,"
                           " audit_seq, audit_mac, sealed_audit_key"
                           " FROM " STATE " WHERE id = 1",
    [VSO_SQL_STATE_WRITE] =
        "UPDATE " STATE " SET generation = %lld, next_id = %lld,"
        " audit_seq = %lld, audit_mac = %s WHERE id = 1",
    [VSO_SQL_STATE_SEAL] = "UPDATE " STATE " SET sealed_audit_key = %s"
                           " WHERE id = 1",

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
    [VSO_SQL_AUDIT_RECENT] = "SELECT COUNT(*) FROM vmo_audit"
                             " WHERE at_sec >= %lld AND actor = %s"
                             " AND outcome = %s",

    [VSO_SQL_SESSION_SELECT] =
        "SELECT session FROM vmo_session WHERE session_key = %s"
        " AND (expiry = 0 OR expiry > %lld)",
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
};

const char *vso_sql_text(vso_sql_e sql)
{
    return texts[sql];
}

int vso_sql_params(vso_sql_e sql)
{
    const char *s = texts[sql];
    int n = 0;

    while ((s = strchr(s, '%')) != NULL) {
        s++;
        n++;
    }
    return n;
}
