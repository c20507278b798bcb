/* SPDX-License-Identifier: Apache-2.0 */
#include "store/versions_impl.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "store/row_write.h"

#define KEYSTORE VSO_VERSIONS_TABLE

static const char *text_of(const char *text)
{
    return text ? text : "";
}

/** What keeps two active versions of one algorithm apart from each other in
 * the table: the algorithm ("rsa" of "rsa-2048", "rsa-pss" of "rsa-pss-2048",
 * which are served side by side), or the version number. */
static const char *slot(const vso_version_t *version, vso_version_state_e state,
                        apr_pool_t *p)
{
    static const char pss[] = "rsa-pss";
    apr_size_t len = strcspn(version->key_type, "-");

    if (!strncmp(version->key_type, pss, sizeof(pss) - 1)) {
        len = sizeof(pss) - 1;
    }
    return state == VSO_STATE_ACTIVE ? apr_pstrmemdup(p, version->key_type, len)
                                     : vso_db_number(version->number, p);
}

/** The row of a version that is in this state. */
static const char **row_of(const vso_version_t *version,
                           vso_version_state_e state, apr_pool_t *p)
{
    const char **args = vso_row_args(vso_versions_record(), version, p);

    args[vso_row_column(vso_versions_record(), "state")] =
        vso_version_state_text(state);
    args[vso_row_column(vso_versions_record(), "slot")] =
        slot(version, state, p);
    return args;
}

static apr_status_t insert_row(vso_change_t *change, vso_version_t *version,
                               vso_result_t *res, apr_pool_t *p)
{
    return vso_row_insert(vso_store_db(change->store), change->sums, KEYSTORE,
                          row_of(version, version->state, p), &version->proof,
                          res, p);
}

/** Record that this change makes the version active, or takes it out. */
static apr_status_t note_turn(const vso_change_t *change,
                              const vso_version_t *version, vso_result_t *res,
                              apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(change->store);
    const char *args[] = {vso_db_number(version->id, p),
                          vso_db_number(change->generation, p)};
    apr_status_t rv =
        vso_db_exec(db, VSO_SQL_ACTIVATION_DELETE, args, NULL, res, p);

    return rv == APR_SUCCESS
               ? vso_db_exec(db, VSO_SQL_ACTIVATION_INSERT, args, NULL, res, p)
               : rv;
}

apr_status_t vso_versions_insert(vso_change_t *change, vso_version_t *version,
                                 const vso_secret_t *key, vso_result_t *res,
                                 apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(change->store);
    apr_int64_t newest = 0;
    apr_status_t rv;

    if (version->state == VSO_STATE_RETIRED) {
        return vso_fail(res, VSO_P_WRONG_STATE, NULL,
                        "A new version cannot be retired.");
    }
    rv = vso_rows_number(db, VSO_SQL_VERSION_NEWEST, &version->entry, &newest,
                         res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (newest < 0 || newest >= VSO_MAX_NUMBER - 1) {
        return vso_fail(res, VSO_P_DAMAGED, "vmo_keystore",
                        "The highest version of entry \"%s\" in vmo_keystore "
                        "is out of range: its row was edited. Restore the "
                        "database from a backup.",
                        version->entry);
    }
    version->id = vso_change_id(change);
    version->number = newest + 1;
    version->generation = change->generation;
    if (!version->created_sec) {
        version->created_sec = change->now_sec;
    }
    if (version->state == VSO_STATE_ACTIVE) {
        version->activated_sec = change->now_sec;
    }
    rv = vso_seal(vso_store_keyring(change->store), key,
                  vso_versions_place(version, p), &version->sealed_key, res, p);
    if (rv == APR_SUCCESS) {
        rv = insert_row(change, version, res, p);
        vso_change_touch(change, version->entry);
    }
    return rv == APR_SUCCESS && version->state == VSO_STATE_ACTIVE
               ? note_turn(change, version, res, p)
               : rv;
}

static apr_status_t stale(const vso_version_t *version, vso_result_t *res)
{
    return vso_fail(res, VSO_P_STALE, "id",
                    "Version %" APR_INT64_T_FMT
                    " of entry \"%s\" was changed meanwhile: look again.",
                    version->number, version->entry);
}

/** Write a row that was read inside the change.
 * @param row  as it is to be; its proof is that of the one that was read */
static apr_status_t update(vso_change_t *change, vso_version_t *row,
                           vso_result_t *res, apr_pool_t *p)
{
    vso_result_t *cause = vso_result_create(p);

    row->generation = change->generation;
    vso_change_touch(change, row->entry);
    if (vso_row_update(vso_store_db(change->store), change->sums, KEYSTORE,
                       row_of(row, row->state, p), &row->proof, cause,
                       p) == APR_SUCCESS) {
        return APR_SUCCESS;
    }
    return cause->problem == VSO_P_STALE ? stale(row, res)
                                         : vso_fail_as(res, cause);
}

/** Nothing in an edited row is to be believed: it goes with its key. */
static apr_status_t drop(vso_change_t *change, const vso_version_t *version,
                         vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {vso_db_number(version->id, p)};

    vso_change_touch(change, version->entry);
    return vso_row_delete(vso_store_db(change->store), change->sums, KEYSTORE,
                          args, &version->proof, res, p);
}

/** Another one is to be active in its place: it stays what it is, an edited
 * row, with its mac of before. */
static apr_status_t set_aside(vso_change_t *change,
                              const vso_version_t *version, vso_result_t *res,
                              apr_pool_t *p)
{
    const char *args[] = {vso_db_number(version->number, p),
                          vso_db_number(version->id, p), version->proof.mac};
    int affected = 0;
    apr_status_t rv;

    vso_change_touch(change, version->entry);
    rv = vso_db_exec(vso_store_db(change->store), VSO_SQL_VERSION_ASIDE, args,
                     &affected, res, p);
    return rv == APR_SUCCESS && affected != 1 ? stale(version, res) : rv;
}

/** Write the state of a row, or what becomes of one that was edited. */
static apr_status_t write_state(vso_change_t *change, vso_version_t *row,
                                vso_result_t *res, apr_pool_t *p)
{
    int forged = !row->proof.authentic && !row->proof.sealed;

    if (forged && row->state == VSO_STATE_RETIRED) {
        return drop(change, row, res, p);
    }
    return forged && row->state == VSO_STATE_PASSIVE
               ? set_aside(change, row, res, p)
               : update(change, row, res, p);
}

apr_status_t vso_versions_set_state(vso_change_t *change,
                                    vso_version_t *version,
                                    vso_version_state_e state,
                                    vso_result_t *res, apr_pool_t *p)
{
    vso_version_t row = *version;
    apr_status_t rv;

    if (version->state == VSO_STATE_RETIRED) {
        return vso_fail(res, VSO_P_WRONG_STATE, "id",
                        "The key of version %" APR_INT64_T_FMT
                        " of entry \"%s\" was destroyed.",
                        version->number, version->entry);
    }
    row.state = state;
    if (state == VSO_STATE_ACTIVE) {
        row.activated_sec = change->now_sec;
    }
    if (state == VSO_STATE_RETIRED) {
        row.sealed_key = "";
    }
    rv = write_state(change, &row, res, p);
    if (rv == APR_SUCCESS &&
        (state == VSO_STATE_ACTIVE || version->state == VSO_STATE_ACTIVE)) {
        rv = note_turn(change, version, res, p);
    }
    if (rv == APR_SUCCESS) {
        *version = row;
    }
    return rv;
}

/** The row as it is now, under the lock, and its key. STALE where it is not in
 * the state that version says. */
static apr_status_t take(vso_change_t *change, const vso_version_t *version,
                         vso_version_t **prow, vso_secret_t **pkey,
                         vso_result_t *res, apr_pool_t *p)
{
    vso_version_t *row = NULL;
    apr_status_t rv;

    rv = vso_versions_get(change->store, version->id, &row, res, p);
    if (rv == APR_SUCCESS && row->state != version->state) {
        rv = stale(version, res);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_versions_open(vso_store_keyring(change->store), row, pkey, res,
                               p);
    }
    *prow = row;
    return rv;
}

/** Seal the key to the place that the row has now, and write it. */
static apr_status_t seal_and_update(vso_change_t *change, vso_version_t *row,
                                    const vso_secret_t *key, vso_result_t *res,
                                    apr_pool_t *p)
{
    const char *id = vso_seal_id(row->sealed_key, p);
    apr_status_t rv =
        vso_seal_with(vso_store_keyring(change->store), id, key,
                      vso_versions_place(row, p), &row->sealed_key, res, p);

    return rv == APR_SUCCESS ? update(change, row, res, p) : rv;
}

/** The columns that come from a certificate. */
static void copy_certificate(vso_version_t *to, const vso_version_t *from)
{
    to->origin = text_of(from->origin);
    to->certificate = text_of(from->certificate);
    to->chain = text_of(from->chain);
    to->subject = text_of(from->subject);
    to->issuer = text_of(from->issuer);
    to->subject_text = text_of(from->subject_text);
    to->issuer_text = text_of(from->issuer_text);
    to->serial = text_of(from->serial);
    to->sans = text_of(from->sans);
    to->signature_algorithm = text_of(from->signature_algorithm);
    to->fingerprint = text_of(from->fingerprint);
    to->not_before_sec = from->not_before_sec;
    to->not_after_sec = from->not_after_sec;
    to->self_signed = from->self_signed;
}

apr_status_t vso_versions_set_certificate(vso_change_t *change,
                                          vso_version_t *version,
                                          vso_result_t *res, apr_pool_t *p)
{
    vso_version_t *row;
    vso_secret_t *key;
    apr_status_t rv;

    version->state = VSO_STATE_PENDING;
    rv = take(change, version, &row, &key, res, p);
    if (rv == APR_SUCCESS) {
        copy_certificate(row, version);
        rv = seal_and_update(change, row, key, res, p);
    }
    if (rv == APR_SUCCESS) {
        *version = *row;
    }
    return rv;
}

apr_status_t vso_versions_set_chain(vso_change_t *change,
                                    vso_version_t *version, const char *chain,
                                    vso_result_t *res, apr_pool_t *p)
{
    vso_version_t *row;
    vso_secret_t *key;
    apr_status_t rv = take(change, version, &row, &key, res, p);

    if (rv == APR_SUCCESS &&
        strcmp(row->fingerprint, text_of(version->fingerprint))) {
        rv = stale(version, res);
    }
    if (rv == APR_SUCCESS) {
        row->chain = chain;
        rv = seal_and_update(change, row, key, res, p);
    }
    if (rv == APR_SUCCESS) {
        *version = *row;
    }
    return rv;
}

apr_status_t vso_versions_reseal(vso_change_t *change, vso_version_t *version,
                                 int *pdone, vso_result_t *res, apr_pool_t *p)
{
    const vso_keyring_t *ring = vso_store_keyring(change->store);
    const char *id = vso_seal_id(version->sealed_key, p);
    vso_version_t row = *version;
    vso_secret_t *key = NULL;
    apr_status_t rv;

    if (id && vso_keyring_size(ring) && !strcmp(id, vso_keyring_id(ring))) {
        *pdone = 0;
        return APR_SUCCESS;
    }
    rv = vso_versions_open(ring, version, &key, res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_seal(ring, key, vso_versions_place(version, p),
                      &row.sealed_key, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = update(change, &row, res, p);
    }
    if (rv == APR_SUCCESS) {
        *version = row;
        *pdone = 1;
    }
    return rv;
}
