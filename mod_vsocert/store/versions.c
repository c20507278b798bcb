/* SPDX-License-Identifier: Apache-2.0 */
#include "store/versions.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "store/rows.h"

static const char *const state_texts[] = {"pending", "active", "passive",
                                          "retired"};

#define STATES ((int)(sizeof(state_texts) / sizeof(state_texts[0])))

const char *vso_version_state_text(vso_version_state_e state)
{
    return state_texts[state];
}

/* Reading */

static const vso_member_t members[] = {
    VSO_MEMBER(vso_version_t, id),
    VSO_MEMBER_OF(vso_version_t, entry, "alias"),
    VSO_MEMBER_OF(vso_version_t, number, "version"),
    VSO_MEMBER(vso_version_t, origin),
    VSO_MEMBER(vso_version_t, key_type),
    VSO_MEMBER(vso_version_t, key_fingerprint),
    VSO_MEMBER(vso_version_t, sealed_key),
    VSO_MEMBER(vso_version_t, csr),
    VSO_MEMBER(vso_version_t, certificate),
    VSO_MEMBER(vso_version_t, chain),
    VSO_MEMBER(vso_version_t, subject),
    VSO_MEMBER(vso_version_t, issuer),
    VSO_MEMBER(vso_version_t, subject_text),
    VSO_MEMBER(vso_version_t, issuer_text),
    VSO_MEMBER(vso_version_t, serial),
    VSO_MEMBER(vso_version_t, sans),
    VSO_MEMBER(vso_version_t, signature_algorithm),
    VSO_MEMBER(vso_version_t, fingerprint),
    VSO_MEMBER(vso_version_t, not_before_sec),
    VSO_MEMBER(vso_version_t, not_after_sec),
    VSO_MEMBER(vso_version_t, self_signed),
    VSO_MEMBER(vso_version_t, created_sec),
    VSO_MEMBER(vso_version_t, created_by),
    VSO_MEMBER(vso_version_t, activated_sec),
    VSO_MEMBER(vso_version_t, generation),
    VSO_MEMBERS_END,
};

/* State and slot are not members as they stand in the row. */
static const vso_record_t record = {"vmo_keystore", sizeof(vso_version_t),
                                    members};

static apr_status_t read_row(const vso_row_t *row, vso_version_t *to,
                             vso_result_t *res)
{
    const char *state = vso_row_text(row, vso_row_column(&record, "state"));
    int i = 0;

    vso_row_read(&record, row, to);
    while (i < STATES && strcmp(state_texts[i], state)) {
        i++;
    }
    if (i == STATES) {
        return vso_fail(res, VSO_P_DATABASE, "state",
                        "Row %" APR_INT64_T_FMT
                        " of vmo_keystore has an unknown state.",
                        to->id);
    }
    to->state = (vso_version_state_e)i;
    return APR_SUCCESS;
}

static apr_status_t collect_version(void *baton, const vso_row_t *row,
                                    vso_result_t *res)
{
    apr_array_header_t *versions = baton;
    vso_version_t *version = apr_palloc(versions->pool, sizeof(*version));

    APR_ARRAY_PUSH(versions, vso_version_t *) = version;
    return read_row(row, version, res);
}

apr_status_t vso_versions_add(vso_store_t *store, vso_sql_e sql,
                              const char **args, apr_array_header_t *versions,
                              vso_result_t *res, apr_pool_t *p)
{
    return vso_db_select(vso_store_db(store), sql, args, collect_version,
                         versions, res, p);
}

static apr_status_t select_versions(vso_store_t *store, vso_sql_e sql,
                                    const char **args,
                                    apr_array_header_t **pversions,
                                    vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *versions =
        apr_array_make(p, 8, sizeof(vso_version_t *));
    apr_status_t rv;

    rv = vso_versions_add(store, sql, args, versions, res, p);
    if (rv == APR_SUCCESS) {
        *pversions = versions;
    }
    return rv;
}

apr_status_t vso_versions_list(vso_store_t *store, const char *entry,
                               apr_int64_t before, int limit,
                               apr_array_header_t **pversions,
                               vso_result_t *res, apr_pool_t *p)
{
    const char *args[3];

    limit = limit < 1 ? 1 : limit > VSO_MAX_PAGE ? VSO_MAX_PAGE : limit;
    args[0] = entry;
    args[1] = vso_db_number(before ? before : APR_INT64_MAX, p);
    args[2] = vso_db_number(limit, p);
    return entry ? select_versions(store, VSO_SQL_VERSION_LIST_ENTRY, args,
                                   pversions, res, p)
                 : select_versions(store, VSO_SQL_VERSION_LIST, args + 1,
                                   pversions, res, p);
}

apr_status_t vso_versions_list_state(vso_store_t *store, const char *entry,
                                     const char *state, apr_int64_t before,
                                     int limit, apr_array_header_t **pversions,
                                     vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {entry, state,
                          vso_db_number(before ? before : APR_INT64_MAX, p),
                          vso_db_number(limit, p)};

    return select_versions(store, VSO_SQL_VERSION_LIST_STATE, args, pversions,
                           res, p);
}

apr_status_t vso_versions_active(vso_store_t *store, const char *entry,
                                 apr_array_header_t **pversions,
                                 vso_result_t *res, apr_pool_t *p)
{
    return select_versions(store, VSO_SQL_ENTRY_ACTIVE_ONE, &entry, pversions,
                           res, p);
}

apr_status_t vso_versions_get(vso_store_t *store, apr_int64_t id,
                              vso_version_t **pversion, vso_result_t *res,
                              apr_pool_t *p)
{
    const char *args[] = {vso_db_number(id, p)};
    apr_array_header_t *versions = NULL;
    apr_status_t rv;

    rv = select_versions(store, VSO_SQL_VERSION_GET, args, &versions, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!versions->nelts) {
        return vso_fail(res, VSO_P_NOT_FOUND, "id",
                        "There is no version with id %s.", args[0]);
    }
    *pversion = APR_ARRAY_IDX(versions, 0, vso_version_t *);
    return APR_SUCCESS;
}

apr_status_t vso_versions_by_fingerprint(vso_store_t *store,
                                         const char *key_fingerprint,
                                         apr_array_header_t **pversions,
                                         vso_result_t *res, apr_pool_t *p)
{
    return select_versions(store, VSO_SQL_VERSION_BY_FINGERPRINT,
                           &key_fingerprint, pversions, res, p);
}

apr_status_t vso_versions_by_certificate(vso_store_t *store, const char *entry,
                                         const char *fingerprint,
                                         apr_array_header_t **pversions,
                                         vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {entry, fingerprint};

    return select_versions(store, VSO_SQL_VERSION_BY_CERTIFICATE, args,
                           pversions, res, p);
}

apr_status_t vso_versions_own(vso_store_t *store, const char *fingerprint,
                              apr_array_header_t **pversions, vso_result_t *res,
                              apr_pool_t *p)
{
    return select_versions(store, VSO_SQL_VERSION_OWN, &fingerprint, pversions,
                           res, p);
}

apr_status_t vso_versions_pending(vso_store_t *store, const char *entry,
                                  apr_array_header_t **pversions,
                                  vso_result_t *res, apr_pool_t *p)
{
    return select_versions(store, VSO_SQL_VERSION_PENDING, &entry, pversions,
                           res, p);
}

apr_status_t vso_versions_generation(vso_store_t *store, const char *entry,
                                     apr_int64_t *pgeneration,
                                     vso_result_t *res, apr_pool_t *p)
{
    *pgeneration = 0;
    return vso_rows_number(vso_store_db(store), VSO_SQL_ENTRY_GENERATION,
                           &entry, pgeneration, res, p);
}

apr_status_t vso_versions_turned(vso_store_t *store, const char *entry,
                                 apr_array_header_t **pversions,
                                 vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {entry, NULL};
    apr_int64_t generation = 0;

    if (vso_rows_number(vso_store_db(store), VSO_SQL_VERSION_TURNED_LAST, args,
                        &generation, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    args[1] = vso_db_number(generation, p);
    return select_versions(store, VSO_SQL_VERSION_TURNED, args, pversions, res,
                           p);
}

apr_status_t vso_versions_live(vso_store_t *store, apr_array_header_t **pprints,
                               vso_result_t *res, apr_pool_t *p)
{
    return vso_rows_texts(vso_store_db(store), VSO_SQL_VERSION_LIVE, NULL,
                          pprints, res, p);
}

/* Sealing */

/** The place that a key is sealed to. */
static const char *place(const vso_version_t *version, apr_pool_t *p)
{
    return apr_psprintf(p, "%" APR_INT64_T_FMT "|%s|%" APR_INT64_T_FMT "|%s",
                        version->id, version->entry, version->number,
                        version->key_fingerprint);
}

apr_status_t vso_versions_open(const vso_keyring_t *ring,
                               const vso_version_t *version,
                               vso_secret_t **pkey, vso_result_t *res,
                               apr_pool_t *p)
{
    vso_result_t *cause = vso_result_create(p);

    if (!*version->sealed_key) {
        return vso_fail(res, VSO_P_WRONG_STATE, "id",
                        "The key of version %" APR_INT64_T_FMT
                        " of entry \"%s\" was destroyed.",
                        version->number, version->entry);
    }
    if (vso_seal_open(ring, version->sealed_key, place(version, p), pkey, cause,
                      p) != APR_SUCCESS) {
        return vso_fail(res, cause->problem, "id",
                        "The key of version %" APR_INT64_T_FMT
                        " of entry \"%s\" does not open. %s",
                        version->number, version->entry, cause->detail);
    }
    return APR_SUCCESS;
}

/* Writing */

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

static apr_status_t insert_row(vso_db_t *db, const vso_version_t *version,
                               vso_result_t *res, apr_pool_t *p)
{
    const char **args = vso_row_args(&record, version, p);

    args[vso_row_column(&record, "state")] =
        vso_version_state_text(version->state);
    args[vso_row_column(&record, "slot")] = slot(version, version->state, p);
    return vso_db_exec(db, VSO_SQL_VERSION_INSERT, args, NULL, res, p);
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
    rv = vso_seal(vso_store_keyring(change->store), key, place(version, p),
                  &version->sealed_key, res, p);
    if (rv == APR_SUCCESS) {
        rv = insert_row(db, version, res, p);
        vso_change_touch(change, version->entry);
    }
    return rv == APR_SUCCESS && version->state == VSO_STATE_ACTIVE
               ? note_turn(change, version, res, p)
               : rv;
}

/** Run an update that must meet its row. */
static apr_status_t update(vso_change_t *change, vso_sql_e sql,
                           const char **args, const vso_version_t *version,
                           vso_result_t *res, apr_pool_t *p)
{
    int affected = 0;
    apr_status_t rv;

    rv = vso_db_exec(vso_store_db(change->store), sql, args, &affected, res, p);
    if (rv == APR_SUCCESS && affected != 1) {
        rv = vso_fail(res, VSO_P_STALE, "id",
                      "Version %" APR_INT64_T_FMT
                      " of entry \"%s\" was changed meanwhile: look again.",
                      version->number, version->entry);
    }
    vso_change_touch(change, version->entry);
    return rv;
}

apr_status_t vso_versions_set_state(vso_change_t *change,
                                    vso_version_t *version,
                                    vso_version_state_e state,
                                    vso_result_t *res, apr_pool_t *p)
{
    apr_int64_t activated_sec =
        state == VSO_STATE_ACTIVE ? change->now_sec : version->activated_sec;
    const char *args[] = {
        vso_version_state_text(state),          slot(version, state, p),
        vso_version_state_text(state),          vso_db_number(activated_sec, p),
        vso_db_number(change->generation, p),   vso_db_number(version->id, p),
        vso_version_state_text(version->state),
    };
    apr_status_t rv;

    if (version->state == VSO_STATE_RETIRED) {
        return vso_fail(res, VSO_P_WRONG_STATE, "id",
                        "The key of version %" APR_INT64_T_FMT
                        " of entry \"%s\" was destroyed.",
                        version->number, version->entry);
    }
    rv = update(change, VSO_SQL_VERSION_STATE, args, version, res, p);
    if (rv == APR_SUCCESS &&
        (state == VSO_STATE_ACTIVE || version->state == VSO_STATE_ACTIVE)) {
        rv = note_turn(change, version, res, p);
    }
    if (rv == APR_SUCCESS) {
        version->state = state;
        if (state == VSO_STATE_RETIRED) {
            version->sealed_key = "";
        }
        version->activated_sec = activated_sec;
        version->generation = change->generation;
    }
    return rv;
}

apr_status_t vso_versions_set_certificate(vso_change_t *change,
                                          const vso_version_t *version,
                                          vso_result_t *res, apr_pool_t *p)
{
    const char **args = vso_row_args(&record, version, p);
    const char **rest = args + vso_row_column(&record, "self_signed") + 1;

    rest[0] = args[vso_row_column(&record, "origin")];
    rest[1] = vso_db_number(change->generation, p);
    rest[2] = args[vso_row_column(&record, "id")];
    args += vso_row_column(&record, "certificate");
    return update(change, VSO_SQL_VERSION_CERTIFICATE, args, version, res, p);
}

apr_status_t vso_versions_set_chain(vso_change_t *change,
                                    vso_version_t *version, const char *chain,
                                    vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {
        chain,
        vso_db_number(change->generation, p),
        vso_db_number(version->id, p),
        version->fingerprint ? version->fingerprint : "",
        vso_version_state_text(version->state),
    };
    apr_status_t rv =
        update(change, VSO_SQL_VERSION_CHAIN, args, version, res, p);

    if (rv == APR_SUCCESS) {
        version->chain = chain;
        version->generation = change->generation;
    }
    return rv;
}

apr_status_t vso_versions_reseal(vso_change_t *change, vso_version_t *version,
                                 int *pdone, vso_result_t *res, apr_pool_t *p)
{
    const vso_keyring_t *ring = vso_store_keyring(change->store);
    const char *id = vso_seal_id(version->sealed_key, p);
    const char *args[4];
    vso_secret_t *key = NULL;
    apr_status_t rv;

    if (id && vso_keyring_size(ring) && !strcmp(id, vso_keyring_id(ring))) {
        *pdone = 0;
        return APR_SUCCESS;
    }
    rv = vso_versions_open(ring, version, &key, res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_seal(ring, key, place(version, p), &args[0], res, p);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    args[1] = vso_db_number(change->generation, p);
    args[2] = vso_db_number(version->id, p);
    args[3] = version->sealed_key;
    rv = update(change, VSO_SQL_VERSION_RESEAL, args, version, res, p);
    if (rv == APR_SUCCESS) {
        version->sealed_key = args[0];
        version->generation = change->generation;
        *pdone = 1;
    }
    return rv;
}
