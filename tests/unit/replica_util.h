/* SPDX-License-Identifier: Apache-2.0 */
/** A replica in a folder of its own, and what is put into it. */
#ifndef VSO_REPLICA_UTIL_H
#define VSO_REPLICA_UTIL_H

#include "serving_util.h"

#include <sys/wait.h>

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static vso_keyring_t *ring;
static vso_shared_t *shared;
static const char *path;

static void replica_setup(void)
{
    char *folder;

    unit_setup();
    start_log();
    ring = ring_of("a");
    shared = make_shared();
    folder = mkdtemp(temp_path("replica"));
    ck_assert_ptr_nonnull(folder);
    path = apr_pstrcat(pool, folder, "/serving-2.mdb", NULL);
}

static void replica_teardown(void)
{
    static const char *const suffixes[] = {
        "", "-lock", ".owner", ".damaged", ".foreign", ".newer", ".older"};
    size_t i;

    for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        unlink(apr_pstrcat(pool, path, suffixes[i], NULL));
    }
    ck_assert_int_eq(rmdir(apr_pstrndup(pool, path, strlen(path) - 14)), 0);
    munmap(shared, vso_shared_size());
    unit_teardown();
}

static inline vso_replica_t *open_with(const vso_keyring_t *keys)
{
    vso_replica_options_t options = {path, shared, keys};
    vso_replica_t *replica = NULL;

    assert_ok(vso_replica_open(&options, &replica, res, pool));
    return replica;
}

static inline vso_replica_txn_t *
begin_for(vso_replica_t *replica, const char *keystore, const char *lineage)
{
    vso_replica_txn_t *txn = NULL;

    assert_ok(vso_replica_begin(replica, &txn, res, pool));
    assert_ok(vso_replica_side(txn, keystore, lineage, res));
    return txn;
}

/** An EC certificate for names. */
static inline vso_version_t *row_for(apr_int64_t id, const char *entry,
                                     const char *sans)
{
    EVP_PKEY *key = ec_key();
    X509 *cert = make_cert(&(wish_t){.cn = entry, .key = key, .sans = sans});

    return row_of(ring, &(row_wish_t){.id = id,
                                      .entry = entry,
                                      .key = key,
                                      .cert = cert,
                                      .activated_sec = 1000 + id});
}

/** Put an entry as of a generation. @return pnews */
static inline int put_rows(vso_replica_txn_t *txn,
                           const vso_record_rows_t *rows)
{
    vso_record_keys_t keys = {ring, KEYSTORE, NULL};
    vso_record_t *before = NULL;
    apr_array_header_t *chains;
    vso_record_t *record;
    int news = 0;

    vso_replica_txn_entry(txn, rows->entry, &before, res, pool);
    assert_ok(
        vso_record_make(&keys, rows, before, &record, &chains, res, pool));
    assert_ok(vso_replica_put(txn, record, chains, &news, res, pool));
    return news;
}

/** In a transaction of its own. */
static inline int put_one(vso_replica_t *replica, const char *entry,
                          apr_int64_t as_of, vso_version_t *row)
{
    vso_replica_txn_t *txn = begin_for(replica, KEYSTORE, LINEAGE);
    vso_record_rows_t rows = rows_of(entry, as_of, row, NULL);
    int news = put_rows(txn, &rows);

    assert_ok(vso_replica_commit(txn, res));
    return news;
}

static inline const char *name_of(vso_replica_t *replica, const char *name)
{
    char entry[65] = "";

    if (vso_replica_by_name(replica, name, (apr_int64_t)time(NULL), entry) !=
        APR_SUCCESS) {
        return "";
    }
    return apr_pstrdup(pool, entry);
}

/** Run something in a child. @return its status */
static inline int in_child(void (*run)(void))
{
    int status = -1;
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (!pid) {
        run();
        _exit(0);
    }
    ck_assert_int_gt(pid, 0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return status;
}

static inline void put_something(vso_replica_t *replica, apr_int64_t id,
                                 apr_int64_t as_of)
{
    put_one(replica, "server", as_of,
            row_for(id, "server", "DNS:www.example.org"));
}

/** The version of the entry server, 0: none */
static inline int version_of(vso_replica_t *replica)
{
    vso_record_t *record = NULL;

    if (vso_replica_entry(replica, "server", &record, res, pool) !=
        APR_SUCCESS) {
        vso_result_clear(res);
        return 0;
    }
    return (int)version_at(record, 0)->id;
}

static inline TCase *replica_case(Suite *s, const char *name)
{
    TCase *tc = tcase_create(name);

    tcase_add_checked_fixture(tc, replica_setup, replica_teardown);
    tcase_set_timeout(tc, 120);
    suite_add_tcase(s, tc);
    return tc;
}

#endif
