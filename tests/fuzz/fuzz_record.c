/* SPDX-License-Identifier: Apache-2.0 */
#define FUZZ_NAME "record"
#include "fuzz.h"

#include "serving/record.h"

/* A record whose MAC is right, as only who has the master key can make it: what
 * is behind the MAC is read as strictly as what is not. */
static void one(const unsigned char *data, apr_size_t len)
{
    vso_bytes_t text = {data, len, 0};
    vso_keyring_t *ring = vso_keyring_create(pool);
    vso_record_keys_t keys = {ring, "0123456789abcdef", NULL};
    vso_record_t *record = NULL;
    vso_bytes_t sealed;
    vso_bytes_t again;
    EVP_PKEY *key = NULL;
    int i;

    vso_keyring_add(ring, vso_secret_make(VSO_MASTER_KEY_LEN, pool));
    PROMISE(vso_record_seal_text(&keys, "entries/server", &text, &sealed, res,
                                 pool) == APR_SUCCESS);
    if (vso_record_decode(&keys, "server", &text, &record, res, pool) ==
        APR_SUCCESS) {
        abort();
    }
    PROMISE(!record && res->problem != VSO_P_NONE && res->detail);
    vso_result_clear(res);
    if (vso_record_decode(&keys, "server", &sealed, &record, res, pool) !=
        APR_SUCCESS) {
        PROMISE(!record && res->problem == VSO_P_DAMAGED && res->detail);
        return;
    }
    for (i = 0; i < record->versions->nelts; i++) {
        const vso_record_version_t *version =
            &APR_ARRAY_IDX(record->versions, i, vso_record_version_t);

        vso_record_key(&keys, "server", version, NULL, &key,
                       vso_result_create(pool), pool);
    }
    PROMISE(vso_record_encode(&keys, record, &again, res, pool) == APR_SUCCESS);
    PROMISE(again.len == sealed.len);
}
