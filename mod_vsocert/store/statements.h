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

#include <apr_pools.h>

#include "store/tables.h"

/** Names in a statement that asks for several entries at once: their number is
 * part of the text, so that more ask again, and fewer name one of them twice.
 */
#define VSO_ENTRY_LIST 50

typedef enum {
    /* vmo_keystore_state */
    VSO_SQL_SCHEMA_VERSION, /**< -> schema_version */
    VSO_SQL_SCHEMA_SET,     /**< schema_version, the one before */
    VSO_SQL_STATE_LOCK,     /**< changes the row, and so locks it */
    VSO_SQL_STATE_READ,     /**< -> all columns in order */
    VSO_SQL_STATE_FILL,     /**< lineage: what version 7 added */
    VSO_SQL_STATE_MOVED,    /**< moved_sec, sums, mac */
    VSO_SQL_STATE_WRITE,    /**< generation, next_id, audit_seq, audit_mac,
                                 sealed_audit_key, lineage, serving_generation,
                                 sums, mac; audit_seq and locks as they were
                                 read under the lock */

    /* vmo_change */
    VSO_SQL_CHANGE_INSERT, /**< seq of its audit row, token */
    VSO_SQL_CHANGE_TOKEN,  /**< seq -> token */
    VSO_SQL_CHANGE_PURGE,  /**< seq: those up to it */

    /* vmo_keystore; selects return all columns in order */
    VSO_SQL_VERSION_LIST,           /**< id below, rows at the most */
    VSO_SQL_VERSION_LIST_ENTRY,     /**< entry, id below, rows at the most */
    VSO_SQL_VERSION_LIST_STATE,     /**< entry, state, id below, rows at the
                                         most */
    VSO_SQL_VERSION_GET,            /**< id */
    VSO_SQL_VERSION_BY_FINGERPRINT, /**< key_fingerprint */
    VSO_SQL_VERSION_BY_CERTIFICATE, /**< entry, fingerprint */
    VSO_SQL_VERSION_OWN,            /**< fingerprint: active and passive ones */
    VSO_SQL_VERSION_PENDING,        /**< entry */
    VSO_SQL_VERSION_LIVE,           /**< -> key_fingerprint */
    VSO_SQL_VERSION_NEWEST,         /**< entry -> highest version, or 0 */
    VSO_SQL_VERSION_TURNED_LAST,    /**< see vso_versions_turned */
    VSO_SQL_VERSION_TURNED,         /**< the same */
    VSO_SQL_VERSION_ASIDE,          /**< slot, id, mac: see
                                         vso_versions_set_state */
    VSO_SQL_ACTIVATION_DELETE,      /**< see vso_versions_set_state */
    VSO_SQL_ACTIVATION_INSERT,      /**< the same */

    /* vmo_entry; selects return all columns in order */
    VSO_SQL_ENTRY_GET,        /**< name */
    VSO_SQL_ENTRY_GENERATION, /**< name -> generation */
    VSO_SQL_ENTRY_CHANGED,    /**< generation, the same, name, rows at the most:
                                   those that follow this place */
    VSO_SQL_ENTRY_LIST,       /**< name above, FILTERED, rows at the most */
    VSO_SQL_ENTRY_LIST_BY_END,  /**< not_after_sec, the same, name: those that
                                     follow this place; not_after_sec at most,
                                     FILTERED, rows at the most */
    VSO_SQL_ENTRY_SOME,         /**< VSO_ENTRY_LIST names */
    VSO_SQL_ENTRY_COUNT,        /**< see vso_entries_count */
    VSO_SQL_ENTRY_BRIEF,        /**< VSO_ENTRY_LIST names -> see
                                     vso_entries_brief */
    VSO_SQL_ENTRY_ACTIVE,       /**< VSO_ENTRY_LIST names; columns of
                                     vmo_keystore */
    VSO_SQL_ENTRY_ACTIVE_ONE,   /**< name; the same */
    VSO_SQL_ENTRY_ACTIVE_BY_ID, /**< name; the same, by id */
    VSO_SQL_ENTRY_LIVE,         /**< VSO_ENTRY_LIST names -> entry,
                                     key_fingerprint */
    VSO_SQL_ENTRY_LIVE_ONE,     /**< name -> the same */
    VSO_SQL_ENTRY_SERVED,       /**< entry -> id, not_after_sec, self_signed,
                                     subject_text, sans, issuer_text */
    VSO_SQL_ENTRY_WAITING,      /**< entry, rows at the most -> subject_text,
                                     sans; newest first */
    VSO_SQL_ENTRY_PENDING,      /**< entry -> number of rows */
    VSO_SQL_ENTRY_EXPORTED,     /**< version_id -> at_sec of the last time */
    VSO_SQL_ENTRY_FILL,         /**< generation, active, not_after_sec, pending,
                                     self_signed, backed_up_sec, search, name:
                                     a row of schema version 7 */
    VSO_SQL_ENTRY_DELETE_ALL,   /**< no parameters */
    VSO_SQL_ENTRY_NAMES,        /**< entry above, rows at the most -> entry,
                                     highest generation of its versions */

    /* vmo_audit */
    VSO_SQL_AUDIT_INSERT,      /**< all columns in order */
    VSO_SQL_AUDIT_LIST,        /**< seq below, rows at the most; newest first */
    VSO_SQL_AUDIT_LIST_ACTION, /**< action, seq below, rows at the most */
    VSO_SQL_AUDIT_FIND_ENTRY,  /**< entry, then FOUND */
    VSO_SQL_AUDIT_FIND_ACTOR,  /**< actor, then FOUND */
    VSO_SQL_AUDIT_FIND_ACTION, /**< action, then FOUND */
    VSO_SQL_AUDIT_FIND_OUTCOME, /**< outcome, then FOUND */
    VSO_SQL_AUDIT_FIND,         /**< FOUND */
    VSO_SQL_AUDIT_RANGE, /**< at_sec from, and to -> lowest and highest seq, or
                              0 */
    VSO_SQL_AUDIT_LAST,  /**< action, version_id -> the newest that worked */
    VSO_SQL_AUDIT_WALK,  /**< seq above, rows at the most; oldest first */
    VSO_SQL_AUDIT_COUNT, /**< -> number of rows */

    /* vmo_trusted_certificate; selects return all columns in order */
    VSO_SQL_TRUST_LIST,    /**< no parameters; newest first */
    VSO_SQL_TRUST_WHOLE,   /**< the same behind the state row: rows_whole.h */
    VSO_SQL_TRUST_FIND,    /**< fingerprint */
    VSO_SQL_TRUST_SUBJECT, /**< subject_text, fingerprint that is not meant */
    VSO_SQL_TRUST_COUNT,   /**< -> number of rows */

    /* vmo_package; selects return all columns in order, then the number of its
     * elements and the size of their files */
    VSO_SQL_PACKAGE_LIST,      /**< name above, rows at the most */
    VSO_SQL_PACKAGE_GET,       /**< name */
    VSO_SQL_PACKAGE_BY_ID,     /**< id */
    VSO_SQL_PACKAGE_HOLDING,   /**< element's row id -> name */
    VSO_SQL_PACKAGE_BY_SIGNER, /**< fingerprint, three times -> name */
    VSO_SQL_PACKAGE_SIGNERS,   /**< -> fingerprint, name of a package */
    VSO_SQL_PACKAGE_BY_KEY,    /**< pattern for needs -> name, needs */

    /* vmo_package_element; selects return all columns in order, then the size
     * of its files */
    VSO_SQL_ELEMENT_LIST,  /**< package id; and the columns of
                                vmo_package_member */
    VSO_SQL_ELEMENT_FIND,  /**< element_id */
    VSO_SQL_ELEMENT_LOOSE, /**< in no package */

    /* vmo_package_member */
    VSO_SQL_MEMBER_LIST, /**< package id -> all columns in order */

    /* vmo_package_content, vmo_package_chunk */
    VSO_SQL_CONTENT_GET,  /**< id -> all columns in order, number of chunks */
    VSO_SQL_CONTENT_DROP, /**< import_id */
    VSO_SQL_CONTENT_LOST, /**< import_id of those whose import is gone */
    VSO_SQL_CHUNK_INSERT, /**< content_id, seq, data */
    VSO_SQL_CHUNK_READ,   /**< content_id, seq -> data */
    VSO_SQL_CHUNK_DELETE, /**< content_id */
    VSO_SQL_CHUNK_DROP,   /**< import_id */
    VSO_SQL_CHUNK_LOST,   /**< content_id of those whose content is gone */

    /* vmo_import; selects return all columns in order */
    VSO_SQL_IMPORT_ROW,             /**< id */
    VSO_SQL_IMPORT_GET,             /**< id, now_sec: staged, and not expired */
    VSO_SQL_IMPORT_LIST,            /**< now_sec */
    VSO_SQL_IMPORT_COUNT,           /**< now_sec -> number of rows */
    VSO_SQL_IMPORT_COUNT_RECEIVING, /**< now_sec, created_by -> number of rows
                                         that are uploading */
    VSO_SQL_IMPORT_DELETE,          /**< id */
    VSO_SQL_IMPORT_ENDED,           /**< now_sec -> id */
    VSO_SQL_IMPORT_EXPIRE,          /**< id, now_sec */

    /* vmo_session */
    VSO_SQL_SESSION_SELECT, /**< session_key -> session */
    VSO_SQL_SESSION_INSERT, /**< session, expiry, session_key */
    VSO_SQL_SESSION_UPDATE, /**< session, expiry, session_key */
    VSO_SQL_SESSION_DELETE, /**< session_key */
    VSO_SQL_SESSION_PURGE,  /**< now in microseconds: drop what has expired */

    /* vmo_node */
    VSO_SQL_NODE_LIST,       /**< no parameters -> all columns in order */
    VSO_SQL_NODE_INSERT,     /**< all columns in order */
    VSO_SQL_NODE_UPDATE,     /**< pid, version, generation, quarantined, sealed,
                                  served, poll_msec, configured, by_name, entries,
                                  last_seen_sec, node, instance */
    VSO_SQL_NODE_CONFIGURED, /**< last_seen_sec above, now_sec -> configured,
                                  by_name; once for equal ones */
    VSO_SQL_NODE_TOUCH,      /**< last_seen_sec, node, instance */
    VSO_SQL_NODE_DELETE,     /**< node */
    VSO_SQL_NODE_PURGE,      /**< last_seen_sec below */

    /* vmo_event */
    VSO_SQL_EVENT_COUNT,  /**< event, version_id, seq -> number of rows */
    VSO_SQL_EVENT_INSERT, /**< all columns in order */
    VSO_SQL_EVENT_LAST,   /**< -> highest seq, or 0 */
    VSO_SQL_EVENT_PURGE,  /**< seq below (and above 0), at_sec below */

    /* vmo_event, as places of attempts: seq 0 */
    VSO_SQL_ATTEMPT_GET,    /**< event, version_id -> at_sec, node */
    VSO_SQL_ATTEMPT_RENEW,  /**< node, at_sec, event, version_id, node before */
    VSO_SQL_ATTEMPT_DELETE, /**< event, version_id, node */

    /* vmo_schedule */
    VSO_SQL_SCHEDULE_LIST,  /**< no parameters -> all columns in order */
    VSO_SQL_SCHEDULE_WHOLE, /**< the same behind the state row: rows_whole.h */
    VSO_SQL_SCHEDULE_GET,   /**< version_id -> the same */

    /* vmo_ocsp */
    VSO_SQL_OCSP_GET,    /**< fingerprint -> all columns in order */
    VSO_SQL_OCSP_INSERT, /**< response, next_update_sec, fetched_sec,
                              fingerprint */
    VSO_SQL_OCSP_UPDATE, /**< the same */
    VSO_SQL_OCSP_SWEEP,  /**< next_update_sec below */

    VSO_SQL_ROWS, /**< the first of those that vso_sql_row names */
    VSO_SQL_COUNT = VSO_SQL_ROWS + 3 * VSO_MAX_MACS
} vso_sql_e;

/** What is done to one row of a table with MACs: for row_write.c. */
typedef enum {
    VSO_SQL_ROW_INSERT, /**< all columns in order */
    VSO_SQL_ROW_UPDATE, /**< the columns behind the key, then the key, then the
                             mac of before */
    VSO_SQL_ROW_DELETE  /**< the key, then the mac of before */
} vso_sql_row_e;

/** That statement, which is made from the table. */
vso_sql_e vso_sql_row(const vso_table_t *table, vso_sql_row_e kind);

/** Text of a statement, as it is prepared; NULL where vso_sql_row has no
 * table for this number. */
const char *vso_sql_text(vso_sql_e sql, apr_pool_t *p);

/** Number of parameters of a text. */
int vso_sql_params(const char *text);

#endif
