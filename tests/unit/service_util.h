/* SPDX-License-Identifier: Apache-2.0 */
/** A keystore in memory with a caller, for tests of the service layer. */
#ifndef VSO_SERVICE_UTIL_H
#define VSO_SERVICE_UTIL_H

#include "database.h"

#include "service/certificate/certificate.h"
#include "service/certificate/keystore.h"
#include "service/context.h"
#include "service/certificate/preview.h"
#include "service/certificate/entry_versions.h"

static vso_keyring_t *ring;
static vso_context_t *context;
static vso_outcome_t outcome;

static inline vso_keyring_t *ring_of(const char *first, const char *second)
{
    vso_keyring_t *made = vso_keyring_create(pool);

    ck_assert_int_eq(vso_keyring_add(made, vso_secret_copy(first, 32, pool)),
                     APR_SUCCESS);
    if (second) {
        ck_assert_int_eq(
            vso_keyring_add(made, vso_secret_copy(second, 32, pool)),
            APR_SUCCESS);
    }
    return made;
}

/** The same database, as another caller or under another keyring. */
static vso_context_t *service_on(vso_db_t *db, const vso_keyring_t *keys)
{
    vso_context_t *made = apr_pcalloc(pool, sizeof(*made));
    apr_array_header_t *hosts = apr_array_make(pool, 1, sizeof(char *));

    APR_ARRAY_PUSH(hosts, const char *) = "www.example.org";
    assert_ok(vso_store_open(db, keys, 1, &made->store, res, pool));
    made->entry = "server";
    made->actor = "vmware";
    made->address = "192.0.2.1";
    made->may_manage = made->may_export = 1;
    made->hosts = hosts;
    made->profile = vso_trial_profile_default(pool);
    made->clock = apr_pcalloc(pool, sizeof(*made->clock));
    made->p = pool;
    return made;
}

static void service_setup(void)
{
    unit_setup();
    memset(&outcome, 0, sizeof(outcome));
    ring = ring_of("0123456789abcdef0123456789abcdef", NULL);
    context = service_on(memory_db(), ring);
}

static inline TCase *service_case(Suite *s, const char *name)
{
    TCase *tc = tcase_create(name);

    tcase_add_checked_fixture(tc, service_setup, unit_teardown);
    tcase_set_timeout(tc, 120);
    suite_add_tcase(s, tc);
    return tc;
}

static const vso_certificate_spec_t ec_spec = {
    .subject = {.common_name = "www.example.org", .country = "ch"},
    .has_subject = 1,
    .key = "ec-p256",
    .days = 30};

/** Create or replace with an EC key. */
static inline vso_version_t *create(int replace)
{
    vso_certificate_spec_t spec = ec_spec;
    vso_version_t *version = NULL;

    spec.replace = replace;
    assert_ok(vso_certificate_create(context, &spec, &version, &outcome, res));
    return version;
}

/** Destroy a version's key, as ?force and ?withSharedKey say. */
static inline apr_status_t destroy_key(apr_int64_t id, int force, int shared,
                                       vso_destroyed_t *destroyed)
{
    const vso_destroy_spec_t spec = {force, shared};

    return vso_entry_versions_destroy(context, id, &spec, destroyed, &outcome,
                                      res);
}

static inline vso_version_t *found(apr_int64_t id)
{
    vso_version_t *version = NULL;

    assert_ok(vso_versions_get(context->store, id, &version, res, pool));
    return version;
}

/** Outcome of the newest audit row. */
static inline const char *last_outcome(void)
{
    apr_array_header_t *rows;

    assert_ok(vso_audit_list(context->store, 0, 1, &rows, res, pool));
    ck_assert_int_eq(rows->nelts, 1);
    return APR_ARRAY_IDX(rows, 0, vso_audit_row_t).outcome;
}

#endif
