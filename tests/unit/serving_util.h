/* SPDX-License-Identifier: Apache-2.0 */
/** Rows, records and replicas for the tests of serving/. */
#ifndef VSO_SERVING_UTIL_H
#define VSO_SERVING_UTIL_H

#include "x509_util.h"

#include <unistd.h>

#include <sys/mman.h>

#include "base/hex.h"
#include "base/log.h"
#include "serving/record.h"
#include "serving/replica.h"
#include "x509/cert.h"
#include "x509/key.h"

#define KEYSTORE "0123456789abcdef"
#define LINEAGE  "fedcba9876543210"

/** A keyring of master keys that consist of one byte each. */
static inline vso_keyring_t *ring_of(const char *bytes)
{
    vso_keyring_t *ring = vso_keyring_create(pool);

    for (; *bytes; bytes++) {
        vso_secret_t *master = vso_secret_make(VSO_MASTER_KEY_LEN, pool);

        memset(master->data, *bytes, master->len);
        ck_assert_int_eq(vso_keyring_add(ring, master), APR_SUCCESS);
    }
    return ring;
}

/** Keys of the keystore that tests have, under master key 'a'. */
static inline const vso_record_keys_t *keys_of(const char *bytes)
{
    return vso_record_keys_make(ring_of(bytes), KEYSTORE, pool);
}

/** Lines that were logged since, in pool. */
static const char *logged;

static inline void keep_line(void *baton, vso_log_level_e level,
                             const char *text)
{
    (void)baton;
    (void)level;
    logged = apr_pstrcat(pool, logged, text, "\n", NULL);
}

static inline void start_log(void)
{
    logged = "";
    vso_log_set_sink(keep_line, NULL);
}

/** What a row is of. */
typedef struct {
    apr_int64_t id;
    const char *entry;
    EVP_PKEY *key;
    X509 *cert;
    const apr_array_header_t *chain; /**< X509 *; NULL: none */
    apr_int64_t activated_sec;
} row_wish_t;

/** A row of vmo_keystore, as the database would give it. */
static inline vso_version_t *row_of(const vso_keyring_t *ring,
                                    const row_wish_t *wish)
{
    vso_version_t *row = apr_pcalloc(pool, sizeof(*row));
    const vso_cert_info_t *info = vso_cert_info(wish->cert, pool);
    vso_secret_t *der;

    row->id = wish->id;
    row->entry = wish->entry;
    row->number = wish->id;
    row->state = VSO_STATE_ACTIVE;
    row->proof.authentic = 1;
    row->place_7 = 1;
    row->key_type = vso_key_type(wish->key, pool);
    row->key_fingerprint = vso_key_fingerprint(wish->key, pool);
    row->certificate = pem_of(wish->cert);
    row->chain = wish->chain ? vso_certs_to_pem(wish->chain, pool) : "";
    row->fingerprint = info->fingerprint;
    row->not_before_sec = info->not_before_sec;
    row->not_after_sec = info->not_after_sec;
    row->activated_sec = wish->activated_sec;
    assert_ok(vso_key_to_der(wish->key, &der, res, pool));
    assert_ok(
        vso_seal(ring, der,
                 apr_psprintf(pool, "%d|%s|%d|%s", (int)row->id, row->entry,
                              (int)row->number, row->key_fingerprint),
                 &row->sealed_key, res, pool));
    return row;
}

/** Rows of an entry. @param live  key fingerprints; NULL: those of rows */
static inline vso_record_rows_t rows_of(const char *entry, apr_int64_t as_of,
                                        vso_version_t *first,
                                        vso_version_t *second)
{
    apr_array_header_t *rows = apr_array_make(pool, 2, sizeof(void *));
    apr_array_header_t *live = apr_array_make(pool, 2, sizeof(void *));
    vso_record_rows_t made = {entry, as_of, rows, live};

    if (first) {
        APR_ARRAY_PUSH(rows, vso_version_t *) = first;
        APR_ARRAY_PUSH(live, const char *) = first->key_fingerprint;
    }
    if (second) {
        APR_ARRAY_PUSH(rows, vso_version_t *) = second;
        APR_ARRAY_PUSH(live, const char *) = second->key_fingerprint;
    }
    return made;
}

static inline const vso_record_version_t *version_at(const vso_record_t *record,
                                                     int i)
{
    ck_assert_int_lt(i, record->versions->nelts);
    return &APR_ARRAY_IDX(record->versions, i, vso_record_version_t);
}

/** Shared memory of a node, which children of a fork share. */
static inline vso_shared_t *make_shared(void)
{
    void *memory = mmap(NULL, vso_shared_size(), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    ck_assert_ptr_ne(memory, MAP_FAILED);
    ck_assert_int_eq(vso_shared_init(memory), APR_SUCCESS);
    return memory;
}

#endif
