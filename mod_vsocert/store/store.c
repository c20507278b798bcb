/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <apr_strings.h>
#include <openssl/rand.h>

#include "store/connection.h"
#include "store/migration.h"
#include "store/transaction.h"

#define AUDIT_KEY_LEN 32

struct vso_store_t {
    vso_db_t *db;
    const vso_keyring_t *ring;
    const vso_secret_t *audit_key; /**< NULL while sealed */
    const char *sealed;            /**< why, or NULL */
    vso_state_t state;             /**< when it was opened */
};

/* The audit key */

static apr_status_t seal_audit_key(vso_store_t *store, const char *keystore_id,
                                   const vso_secret_t *key, vso_result_t *res,
                                   apr_pool_t *p)
{
    const char *aad = apr_pstrcat(p, "audit|", keystore_id, NULL);
    const char *args[1];
    apr_status_t rv;

    rv = vso_seal(store->ring, key, aad, &args[0], res, p);
    return rv == APR_SUCCESS ? vso_state_row_update(
                                   store->db, VSO_SQL_STATE_SEAL, args, res, p)
                             : rv;
}

apr_status_t vso_store_reseal(vso_store_t *store, const char *keystore_id,
                              vso_result_t *res, apr_pool_t *p)
{
    return seal_audit_key(store, keystore_id, store->audit_key, res, p);
}

static void open_audit_key(vso_store_t *store, const vso_state_row_t *row,
                           apr_pool_t *p)
{
    const char *aad = apr_pstrcat(p, "audit|", row->state.keystore_id, NULL);
    vso_result_t *cause = vso_result_create(p);
    vso_secret_t *key = NULL;

    if (vso_seal_open(store->ring, row->sealed_audit_key, aad, &key, cause,
                      p) == APR_SUCCESS) {
        store->audit_key = key;
        return;
    }
    store->sealed =
        cause->problem == VSO_P_SEALED
            ? apr_pstrcat(p, "The keystore is sealed. ", cause->detail, NULL)
            : "The keystore is sealed: keystore_id or sealed_audit_key in "
              "vmo_keystore_state was changed. Restore the database from a "
              "backup.";
}

/** Make the audit key of a new keystore, unless somebody else just did.
 * *row becomes what the database holds then. */
static apr_status_t make_audit_key(vso_store_t *store, vso_state_row_t *row,
                                   vso_result_t *res, apr_pool_t *p)
{
    vso_secret_t *key = vso_secret_make(AUDIT_KEY_LEN, p);
    apr_status_t rv;

    rv = vso_transaction_begin(store->db, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = vso_state_row_lock(store->db, row, res, p);
    if (rv == APR_SUCCESS && !*row->sealed_audit_key) {
        rv = RAND_bytes(key->data, AUDIT_KEY_LEN) == 1
                 ? seal_audit_key(store, row->state.keystore_id, key, res, p)
                 : vso_fail(res, VSO_P_INTERNAL, NULL,
                            "The random number generator failed.");
        if (rv == APR_SUCCESS) {
            rv = vso_state_row_read(store->db, row, res, p);
        }
    }
    if (rv != APR_SUCCESS) {
        vso_transaction_rollback(store->db, p);
        return rv;
    }
    return vso_transaction_commit(store->db, res, p);
}

/* Stores */

/** The row of a keystore with the schema of this build. Each poll of each node
 * asks for it, so one query has to suffice where both are there. */
static apr_status_t ensure_row(vso_db_t *db, int make, vso_state_row_t *row,
                               vso_result_t *res, apr_pool_t *p)
{
    if (vso_state_row_read(db, row, vso_result_create(p), p) == APR_SUCCESS &&
        row->schema_version == VSO_SCHEMA_VERSION) {
        return APR_SUCCESS;
    }
    /* Another session, or a dead one? Somebody else may be at it as well, and
     * what was prepared is for an older schema. */
    if (vso_connection_wake(db, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_db_forget(db);
    return vso_migration_ensure(db, make, res, p) == APR_SUCCESS
               ? vso_state_row_read(db, row, res, p)
               : APR_EGENERAL;
}

apr_status_t vso_store_open(vso_db_t *db, const vso_keyring_t *ring, int make,
                            vso_store_t **pstore, vso_result_t *res,
                            apr_pool_t *p)
{
    vso_store_t *store = apr_pcalloc(p, sizeof(*store));
    vso_state_row_t row;
    apr_status_t rv;

    store->db = db;
    store->ring = ring;
    rv = ensure_row(db, make, &row, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!*row.sealed_audit_key && !vso_keyring_size(ring)) {
        store->sealed = "The keystore is new and has no master key yet: set "
                        "VSOCertMasterKey.";
    }
    else {
        if (!*row.sealed_audit_key) {
            rv = make_audit_key(store, &row, res, p);
            if (rv != APR_SUCCESS) {
                return rv;
            }
        }
        open_audit_key(store, &row, p);
    }
    store->state = row.state;
    *pstore = store;
    return APR_SUCCESS;
}

const char *vso_store_sealed(const vso_store_t *store)
{
    return store->sealed;
}

vso_db_t *vso_store_db(const vso_store_t *store)
{
    return store->db;
}

const vso_state_t *vso_store_state(const vso_store_t *store)
{
    return &store->state;
}

const vso_keyring_t *vso_store_keyring(const vso_store_t *store)
{
    return store->ring;
}

const vso_secret_t *vso_store_audit_key(const vso_store_t *store)
{
    return store->audit_key;
}

apr_status_t vso_store_now(const vso_store_t *store, apr_int64_t *pnow_sec,
                           vso_result_t *res, apr_pool_t *p)
{
    return vso_db_now(store->db, pnow_sec, res, p);
}

void vso_store_scrub(const vso_store_t *store, apr_pool_t *p)
{
    vso_db_scrub(store->db, p);
}

int vso_store_is_file(const vso_store_t *store)
{
    return vso_db_dialect(store->db)->file_sql != NULL;
}

apr_status_t vso_store_read_state(vso_store_t *store, vso_state_t *state,
                                  vso_result_t *res, apr_pool_t *p)
{
    vso_state_row_t row;
    apr_status_t rv;

    rv = vso_state_row_read(store->db, &row, res, p);
    if (rv == APR_SUCCESS) {
        *state = row.state;
    }
    return rv;
}
