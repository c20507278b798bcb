/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <apr_strings.h>

#include "store/connection.h"
#include "store/migration.h"

struct vso_store_t {
    vso_db_t *db;
    const vso_keyring_t *ring;
    vso_row_keys_t *keys;
    const vso_secret_t *audit_key; /**< NULL while sealed */
    const char *sealed;            /**< why, or NULL */
    const char *forged;            /**< what is, or NULL */
    vso_state_t state;             /**< when it was opened */
};

/* The audit key */

apr_status_t vso_store_reseal(const vso_store_t *store, const char **psealed,
                              vso_result_t *res, apr_pool_t *p)
{
    return vso_seal(store->ring, store->audit_key,
                    vso_state_row_audit_place(store->state.keystore_id, p),
                    psealed, res, p);
}

static void open_audit_key(vso_store_t *store, const vso_state_row_t *row,
                           apr_pool_t *p)
{
    const char *aad = vso_state_row_audit_place(row->state.keystore_id, p);
    vso_result_t *cause = vso_result_create(p);
    vso_secret_t *key = NULL;

    if (!*row->sealed_audit_key) {
        store->sealed = "The keystore is new and has no master key yet: set "
                        "VSOCertMasterKey.";
        return;
    }
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

/** Verify a state row, unless the keystore is sealed. */
static void verify(vso_store_t *store, vso_state_row_t *row, apr_pool_t *p)
{
    vso_result_t *cause = vso_result_create(p);
    vso_row_sums_t *sums;

    row->state.authentic = 0;
    if (store->sealed) {
        return;
    }
    if (vso_state_row_verify(row, store->keys, &sums, cause, p) ==
        APR_SUCCESS) {
        row->state.authentic = 1;
    }
    else if (cause->problem == VSO_P_SEALED) {
        store->sealed =
            apr_pstrcat(p, "The keystore is sealed. ", cause->detail, NULL);
    }
    else {
        store->forged = cause->detail;
    }
}

/* Stores */

/** The row of a keystore with the schema of this build. Each poll of each node
 * asks for it, so one query has to suffice where both are there. */
static apr_status_t ensure_row(vso_db_t *db, const vso_migration_how_t *how,
                               vso_state_row_t *row, vso_result_t *res,
                               apr_pool_t *p)
{
    if (vso_state_row_read(db, row, vso_result_create(p), p) == APR_SUCCESS &&
        (row->schema_version == VSO_SCHEMA_VERSION ||
         (vso_migration_waits(row->schema_version) &&
          !vso_migration_has_key(how)))) {
        return APR_SUCCESS;
    }
    /* Another session, or a dead one? Somebody else may be at it as well, and
     * what was prepared is for an older schema. */
    if (vso_connection_wake(db, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_db_forget(db);
    return vso_migration_ensure(db, how, res, p) == APR_SUCCESS
               ? vso_state_row_read(db, row, res, p)
               : APR_EGENERAL;
}

apr_status_t vso_store_open(vso_db_t *db, const vso_keyring_t *ring, int make,
                            vso_store_t **pstore, vso_result_t *res,
                            apr_pool_t *p)
{
    const vso_migration_how_t how = {.ring = ring, .make = make, .adopts = 1};
    vso_store_t *store = apr_pcalloc(p, sizeof(*store));
    vso_state_row_t row;
    apr_status_t rv;

    store->db = db;
    store->ring = ring;
    rv = ensure_row(db, &how, &row, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    store->keys = vso_state_row_keys(&row, ring, p);
    if (!store->keys) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "OpenSSL could not derive the keys of rows.");
    }
    open_audit_key(store, &row, p);
    verify(store, &row, p);
    if (row.state.authentic &&
        vso_state_row_check_here(&row, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    store->state = row.state;
    *pstore = store;
    return APR_SUCCESS;
}

const char *vso_store_sealed(const vso_store_t *store)
{
    return store->sealed;
}

const char *vso_store_forged(const vso_store_t *store)
{
    return store->forged;
}

vso_row_keys_t *vso_store_row_keys(const vso_store_t *store)
{
    return store->keys;
}

vso_db_t *vso_store_db(const vso_store_t *store)
{
    vso_db_set_row_keys(store->db, store->keys);
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
        verify(store, &row, p);
        *state = row.state;
    }
    return rv;
}

apr_status_t vso_store_read_sound(vso_store_t *store, vso_state_t *state,
                                  vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = vso_store_read_state(store, state, res, p);

    return rv != APR_SUCCESS || state->authentic
               ? rv
               : vso_fail(res, store->sealed ? VSO_P_SEALED : VSO_P_INTEGRITY,
                          NULL, "%s",
                          store->sealed ? store->sealed : store->forged);
}
