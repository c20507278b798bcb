/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Every SQL statement of the module, by name. The texts are the same for
 * SQLite, PostgreSQL and MariaDB; what differs between them is in dialect.c.
 *
 * Parameters are written as apr_dbd_prepare takes them (%s, %lld); what is
 * handed over is always a text.
 */
#ifndef VSO_STATEMENTS_H
#define VSO_STATEMENTS_H

typedef enum {
    /* vmo_keystore_state */
    VSO_SQL_SCHEMA_VERSION, /**< -> schema_version */
    VSO_SQL_SCHEMA_SET,     /**< schema_version, again: never lowers it */
    VSO_SQL_STATE_CREATE,   /**< keystore_id, audit_mac */
    VSO_SQL_STATE_LOCK,     /**< changes the row, and so locks it */
    VSO_SQL_STATE_READ,     /**< -> keystore_id, generation, next_id,
                                 audit_seq, audit_mac, sealed_audit_key */
    VSO_SQL_STATE_WRITE,    /**< generation, next_id, audit_seq, audit_mac */
    VSO_SQL_STATE_SEAL,     /**< sealed_audit_key */

    /* vmo_keystore; selects return the columns of vso_version_t in order */
    VSO_SQL_KEYS_LIST,           /**< id below, rows at the most */
    VSO_SQL_KEYS_LIST_ALIAS,     /**< alias, id below, rows at the most */
    VSO_SQL_KEYS_ACTIVE,         /**< no parameters */
    VSO_SQL_KEYS_ACTIVE_ALIAS,   /**< alias */
    VSO_SQL_KEYS_GET,            /**< id */
    VSO_SQL_KEYS_BY_FINGERPRINT, /**< key_fingerprint */
    VSO_SQL_KEYS_BY_CERTIFICATE, /**< alias, fingerprint */
    VSO_SQL_KEYS_PENDING,        /**< alias */
    VSO_SQL_KEYS_GENERATION,     /**< alias -> highest, or 0 */
    VSO_SQL_KEYS_LIVE,           /**< -> key_fingerprint */
    VSO_SQL_KEYS_NEWEST,         /**< alias -> highest version, or 0 */
    VSO_SQL_KEYS_INSERT,         /**< all columns in order, then slot */
    VSO_SQL_KEYS_STATE,          /**< state, slot, state, activated_sec,
                                      generation, id, state before */
    VSO_SQL_KEYS_CERTIFICATE,    /**< see vso_keys_set_certificate */
    VSO_SQL_KEYS_RESEAL,         /**< sealed_key, generation, id, sealed_key
                                      before */

    /* vmo_audit */
    VSO_SQL_AUDIT_INSERT,      /**< all columns in order */
    VSO_SQL_AUDIT_LIST,        /**< seq below, rows at the most; newest first */
    VSO_SQL_AUDIT_LIST_ACTION, /**< action, seq below, rows at the most */
    VSO_SQL_AUDIT_LAST,   /**< action, version_id -> the newest that worked */
    VSO_SQL_AUDIT_WALK,   /**< seq above, rows at the most; oldest first */
    VSO_SQL_AUDIT_COUNT,  /**< -> number of rows */
    VSO_SQL_AUDIT_RECENT, /**< at_sec from, actor, outcome -> number of rows */

    /* vmo_session: the first four with the parameters that mod_session_dbd
     * hands over, to be prepared under its labels */
    VSO_SQL_SESSION_SELECT,
    VSO_SQL_SESSION_INSERT,
    VSO_SQL_SESSION_UPDATE,
    VSO_SQL_SESSION_DELETE,
    VSO_SQL_SESSION_PURGE, /**< now in microseconds: drop what has expired */

    VSO_SQL_COUNT
} vso_sql_e;

/** Text of a statement. */
const char *vso_sql_text(vso_sql_e sql);

/** Number of its parameters. */
int vso_sql_params(vso_sql_e sql);

#endif
