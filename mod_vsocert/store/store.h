/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A keystore on one connection: what a request or a poll works with.
 */
#ifndef VSO_STORE_H
#define VSO_STORE_H

#include <apr_pools.h>

#include "base/result.h"
#include "base/secret.h"
#include "store/db.h"
#include "store/seal.h"
#include "store/state_row.h"

/** An open keystore. Used by one thread. */
typedef struct vso_store_t vso_store_t;

/**
 * Open the keystore: schema ensured, state row verified, audit key opened.
 * @param ring    must live as long as p
 * @param make    0: a keystore that is not there is not made (migration.h)
 * @param res     DATABASE, NEWER_SCHEMA; MOVED: it was moved to another
 *                database; SEALED, INTEGRITY: a keystore of before cannot be
 *                migrated. A missing or wrong master key is no failure
 *                otherwise: see vso_store_sealed; nor is a state row that was
 *                edited: see vso_store_forged
 */
apr_status_t vso_store_open(vso_db_t *db, const vso_keyring_t *ring, int make,
                            vso_store_t **pstore, vso_result_t *res,
                            apr_pool_t *p);

/** NULL while the master key fits; otherwise a sentence that says why it does
 * not, and what to do. A sealed keystore can be read and not written. */
const char *vso_store_sealed(const vso_store_t *store);

/** NULL while the state row is what this module wrote; otherwise a sentence
 * that says what is wrong, and what to do. Such a keystore can be read, each
 * row by its own MAC, and is not changed: that is refused with INTEGRITY. */
const char *vso_store_forged(const vso_store_t *store);

/** The state row as it was when the store was opened. */
const vso_state_t *vso_store_state(const vso_store_t *store);

/** Its connection, which reads and writes rows by this store's keys. */
vso_db_t *vso_store_db(const vso_store_t *store);

/** The master keys that it was opened with. */
const vso_keyring_t *vso_store_keyring(const vso_store_t *store);

/** What the audit trail is chained with: for audit.c. NULL while sealed. */
const vso_secret_t *vso_store_audit_key(const vso_store_t *store);

/** Seconds since the epoch by the database's clock, which is the same for all
 * nodes. */
apr_status_t vso_store_now(const vso_store_t *store, apr_int64_t *pnow_sec,
                           vso_result_t *res, apr_pool_t *p);

/** Leave no copy of a deleted secret in the database's journal: see
 * vso_db_scrub. */
void vso_store_scrub(const vso_store_t *store, apr_pool_t *p);

/** 1 for a database that is a file of this machine, 0 for a server. */
int vso_store_is_file(const vso_store_t *store);

/** vso_store_read_state for those who go by it: INTEGRITY where it is not what
 * this module wrote; SEALED where nobody here can say. */
apr_status_t vso_store_read_sound(vso_store_t *store, vso_state_t *state,
                                  vso_result_t *res, apr_pool_t *p);

/** Read the state row anew. Texts live in p. */
apr_status_t vso_store_read_state(vso_store_t *store, vso_state_t *state,
                                  vso_result_t *res, apr_pool_t *p);

/** The keys of its rows: for change.c. */
vso_row_keys_t *vso_store_row_keys(const vso_store_t *store);

/** The audit key, sealed anew under the ring's first key: for change.c. */
apr_status_t vso_store_reseal(const vso_store_t *store, const char **psealed,
                              vso_result_t *res, apr_pool_t *p);

#endif
