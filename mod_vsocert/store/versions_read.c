/* SPDX-License-Identifier: Apache-2.0 */
#include "store/versions_impl.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "store/key_place.h"
#include "store/rows.h"

#define KEYSTORE VSO_VERSIONS_TABLE

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
    VSO_MEMBER_MAC(vso_version_t),
    VSO_MEMBERS_END,
};

/* State and slot are not members as they stand in the row. */
static const vso_record_t record = {KEYSTORE, sizeof(vso_version_t), members};

const vso_record_t *vso_versions_record(void)
{
    return &record;
}

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
    vso_version_t *version = apr_pcalloc(versions->pool, sizeof(*version));

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

static const char *text_of(const char *text)
{
    return text ? text : "";
}

const char *vso_versions_place(const vso_version_t *version, apr_pool_t *p)
{
    const vso_key_place_t parts = {
        vso_db_number(version->id, p),     version->entry,
        vso_db_number(version->number, p), version->key_fingerprint,
        text_of(version->certificate),     text_of(version->chain),
    };

    return version->place_7 ? vso_key_place_7(&parts, p)
                            : vso_key_place(&parts, p);
}

apr_status_t vso_versions_open(const vso_keyring_t *ring,
                               const vso_version_t *version,
                               vso_secret_t **pkey, vso_result_t *res,
                               apr_pool_t *p)
{
    vso_result_t *cause = vso_result_create(p);

    if (vso_row_require(&version->proof, KEYSTORE,
                        vso_db_number(version->id, p), res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!*version->sealed_key) {
        return vso_fail(res, VSO_P_WRONG_STATE, "id",
                        "The key of version %" APR_INT64_T_FMT
                        " of entry \"%s\" was destroyed.",
                        version->number, version->entry);
    }
    if (vso_seal_open(ring, version->sealed_key, vso_versions_place(version, p),
                      pkey, cause, p) != APR_SUCCESS) {
        return vso_fail(res, cause->problem, "id",
                        "The key of version %" APR_INT64_T_FMT
                        " of entry \"%s\" does not open. %s",
                        version->number, version->entry, cause->detail);
    }
    return APR_SUCCESS;
}
