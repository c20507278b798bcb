/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The audit trail, vmo_audit: who did what, from where, on which version,
 * and how it ended; never a secret.
 *
 * Rows are chained. mac = HMAC-SHA-256 in lower-case hex over the canonical
 * form of the row, under a random 256-bit audit key that is sealed with the
 * master key in vmo_keystore_state (so that the chain outlives a master-key
 * change-over). Canonical form: the fields seq, at, actor, address, action,
 * alias, version_id, outcome, detail and the mac of the row before (64 zeros
 * for the first), in this order, each as its length in bytes in decimal, a
 * colon, its text, and a line feed; numbers in decimal. Texts are recorded
 * with '?' in place of control characters and of bytes that are no UTF-8, and
 * cut at VSO_MAX_AUDIT_TEXT.
 */
#ifndef VSO_AUDIT_H
#define VSO_AUDIT_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"
#include "base/secret.h"
#include "store/store.h"

/** What is recorded of a change or a refusal. */
typedef struct {
    const char *actor;      /**< user name */
    const char *address;    /**< of the client */
    const char *action;     /**< "create", "csr", "reply", "import", ... */
    const char *entry;      /**< entry, or "" */
    apr_int64_t version_id; /**< 0 for none */
    const char *detail;     /**< short text; "" or NULL for none */
} vso_audit_event_t;

/** A row as it was written. */
typedef struct {
    apr_int64_t seq; /**< from 1, no gaps */
    apr_int64_t at_sec;
    vso_audit_event_t event;
    const char *outcome; /**< "ok" or the problem's slug */
    const char *mac;
} vso_audit_row_t;

/**
 * Rows, newest first.
 * @param before  rows with a lower seq only; 0 for the newest
 * @param limit   1 to VSO_MAX_PAGE
 * @param prows   vso_audit_row_t
 */
apr_status_t vso_audit_list(vso_store_t *store, apr_int64_t before, int limit,
                            apr_array_header_t **prows, vso_result_t *res,
                            apr_pool_t *p);

/** Which rows a list shows; texts NULL: all. */
typedef struct {
    const char *entry;
    const char *actor;
    const char *action;
    const char *outcome;  /**< "ok", or the slug of a problem */
    apr_int64_t from_sec; /**< 0: from the first one on */
    apr_int64_t to_sec;   /**< 0: to the last one */
} vso_audit_filter_t;

/** The same, of those rows only. */
apr_status_t vso_audit_find(vso_store_t *store,
                            const vso_audit_filter_t *filter,
                            apr_int64_t before, int limit,
                            apr_array_header_t **prows, vso_result_t *res,
                            apr_pool_t *p);

/** The same, of one action only. */
apr_status_t vso_audit_list_action(vso_store_t *store, const char *action,
                                   apr_int64_t before, int limit,
                                   apr_array_header_t **prows,
                                   vso_result_t *res, apr_pool_t *p);

/** Rows above a seq, oldest first. */
apr_status_t vso_audit_since(vso_store_t *store, apr_int64_t after, int limit,
                             apr_array_header_t **prows, vso_result_t *res,
                             apr_pool_t *p);

/** When an action was last done on a version, successfully. *pat_sec: 0 for
 * never. */
apr_status_t vso_audit_last(vso_store_t *store, const char *action,
                            apr_int64_t version_id, apr_int64_t *pat_sec,
                            vso_result_t *res, apr_pool_t *p);

/** What the walk found. */
typedef struct {
    int intact;
    apr_int64_t rows;    /**< that were looked at */
    apr_int64_t bad_seq; /**< the first that does not fit; 0 for none */
    const char *reason;  /**< why, in a sentence; or NULL */
    const char *head;    /**< mac of the newest row */
} vso_audit_verdict_t;

/** Walk the whole chain in bounded memory, and compare its head with the
 * state row. SEALED where the audit key does not open. */
apr_status_t vso_audit_verify(vso_store_t *store, vso_audit_verdict_t *verdict,
                              vso_result_t *res, apr_pool_t *p);

/**
 * Write a row: for change.c, inside its transaction.
 * @param row       all but mac, which is set; texts may be NULL
 * @param previous  mac of the row before, or VSO_FIRST_MAC
 */
apr_status_t vso_audit_append(vso_store_t *store, vso_audit_row_t *row,
                              const char *previous, vso_result_t *res,
                              apr_pool_t *p);

#endif
