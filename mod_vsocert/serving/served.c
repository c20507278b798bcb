/* SPDX-License-Identifier: Apache-2.0 */
#include "serving/served.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <apr_atomic.h>
#include <apr_hash.h>

#include "base/hex.h"
#include "base/log.h"
#include "x509/chain.h"
#include "x509/ossl.h"

/* One of each algorithm: RSA, RSA-PSS, EC, and what may come. */
#define MAX_VERSIONS 6

/** A parsed chain. */
typedef struct {
    unsigned char id[VSO_RECORD_ID_LEN];
    int uses; /* under the lock of the table */
    X509 *issuer;
    STACK_OF(X509) * certs; /* without the root */
} chain_t;

struct vso_served_chains_t {
    pthread_mutex_t lock;
    apr_hash_t *table; /* id -> chain_t */
};

/** A version, and what it holds on to. */
typedef struct {
    vso_served_t served;
    chain_t *chain; /* NULL: none */
} version_t;

struct vso_served_entry_t {
    volatile apr_uint32_t refs;
    vso_served_chains_t *chains;
    unsigned char tag[VSO_RECORD_ID_LEN];
    char *name;
    int count;
    version_t versions[MAX_VERSIONS];
};

/* Chains */

vso_served_chains_t *vso_served_chains_make(apr_pool_t *p)
{
    vso_served_chains_t *chains = apr_pcalloc(p, sizeof(*chains));

    pthread_mutex_init(&chains->lock, NULL);
    chains->table = apr_hash_make(p);
    return chains;
}

static void chain_free(chain_t *chain)
{
    X509_free(chain->issuer);
    sk_X509_pop_free(chain->certs, X509_free);
    free(chain);
}

static void chain_drop(vso_served_chains_t *chains, chain_t *chain)
{
    int last;

    pthread_mutex_lock(&chains->lock);
    last = --chain->uses == 0;
    if (last) {
        apr_hash_set(chains->table, chain->id, sizeof(chain->id), NULL);
    }
    pthread_mutex_unlock(&chains->lock);
    if (last) {
        chain_free(chain);
    }
}

/** Find a chain by its id, or put this one in its place. */
static chain_t *chain_share(vso_served_chains_t *chains,
                            const unsigned char id[VSO_RECORD_ID_LEN],
                            chain_t *made)
{
    chain_t *chain;

    pthread_mutex_lock(&chains->lock);
    chain = apr_hash_get(chains->table, id, VSO_RECORD_ID_LEN);
    if (!chain && made) {
        chain = made;
        apr_hash_set(chains->table, chain->id, sizeof(chain->id), chain);
    }
    if (chain) {
        chain->uses++;
    }
    pthread_mutex_unlock(&chains->lock);
    return chain;
}

/** Parse certificates, one behind the other. */
static chain_t *chain_parse(const unsigned char id[VSO_RECORD_ID_LEN],
                            const vso_bytes_t *der)
{
    chain_t *chain = calloc(1, sizeof(*chain));
    const unsigned char *at = der->data;
    const unsigned char *end = der->data + der->len;

    if (!chain || !(chain->certs = sk_X509_new_null())) {
        free(chain);
        return NULL;
    }
    memcpy(chain->id, id, sizeof(chain->id));
    while (at < end) {
        X509 *cert = d2i_X509(NULL, &at, end - at);

        if (!cert || !sk_X509_push(chain->certs, cert)) {
            X509_free(cert);
            chain_free(chain);
            return NULL;
        }
    }
    if (sk_X509_num(chain->certs)) {
        X509 *last = sk_X509_value(chain->certs, sk_X509_num(chain->certs) - 1);

        chain->issuer = sk_X509_value(chain->certs, 0);
        X509_up_ref(chain->issuer);
        if (vso_chain_is_root(last)) {
            X509_free(sk_X509_pop(chain->certs));
        }
    }
    return chain;
}

/** A chain of the replica. @param pchain  one use; NULL for "no chain" */
static apr_status_t chain_get(const vso_served_source_t *source,
                              const unsigned char id[VSO_RECORD_ID_LEN],
                              chain_t **pchain, vso_result_t *res,
                              apr_pool_t *p)
{
    static const unsigned char none[VSO_RECORD_ID_LEN];
    vso_bytes_t der;
    apr_status_t rv;
    chain_t *made;

    *pchain = NULL;
    if (!memcmp(id, none, sizeof(none)) ||
        (*pchain = chain_share(source->chains, id, NULL))) {
        return APR_SUCCESS;
    }
    rv = vso_replica_chain(source->replica, id, &der, res, p);
    if (rv != APR_SUCCESS) {
        return vso_fail(res, VSO_P_DAMAGED, NULL, "Its chain is missing.");
    }
    made = chain_parse(id, &der);
    if (!made) {
        return vso_fail(res, VSO_P_DAMAGED, NULL,
                        "Its chain cannot be parsed.");
    }
    *pchain = chain_share(source->chains, id, made);
    if (*pchain != made) {
        chain_free(made);
    }
    return APR_SUCCESS;
}

/* Versions */

static void version_free(vso_served_chains_t *chains, version_t *version)
{
    vso_served_t *served = &version->served;

    X509_free(served->cert);
    EVP_PKEY_free(served->pkey);
    free((char *)served->algorithm);
    free((char *)served->fingerprint);
    free((char *)served->ocsp_url);
    if (version->chain) {
        chain_drop(chains, version->chain);
    }
    memset(version, 0, sizeof(*version));
}

static void set_chain(version_t *version, chain_t *chain)
{
    version->chain = chain;
    version->served.issuer = chain ? chain->issuer : NULL;
    version->served.chain = chain ? chain->certs : NULL;
}

static apr_status_t out_of_memory(vso_result_t *res)
{
    return vso_fail(res, VSO_P_INTERNAL, NULL, "Out of memory.");
}

static apr_status_t set_texts(version_t *version, const char *algorithm,
                              const char *fingerprint, const char *ocsp_url,
                              vso_result_t *res)
{
    vso_served_t *served = &version->served;

    served->algorithm = strdup(algorithm);
    served->fingerprint = strdup(fingerprint);
    served->ocsp_url = strdup(ocsp_url);
    return served->algorithm && served->fingerprint && served->ocsp_url
               ? APR_SUCCESS
               : out_of_memory(res);
}

static apr_status_t parse_cert(const vso_bytes_t *der, X509 **pcert,
                               vso_result_t *res)
{
    const unsigned char *at = der->data;

    *pcert = d2i_X509(NULL, &at, (long)der->len);
    return *pcert && at == der->data + der->len
               ? APR_SUCCESS
               : vso_fail(res, VSO_P_DAMAGED, NULL,
                          "Its certificate cannot be parsed.");
}

/** Fill `version`, which is all zeros; what it holds on a failure is freed by
 * the caller. */
static apr_status_t
version_open(const vso_served_source_t *source, const vso_record_keys_t *keys,
             const vso_record_t *record, const vso_record_version_t *from,
             version_t *version, vso_result_t *res, apr_pool_t *p)
{
    vso_served_t *served = &version->served;
    chain_t *chain = NULL;
    EVP_PKEY *pkey;

    served->id = from->id;
    memcpy(served->key_id, from->key_id, sizeof(served->key_id));
    if (set_texts(version, from->algorithm,
                  vso_hex(from->fingerprint, VSO_RECORD_ID_LEN, p),
                  from->ocsp_url, res) != APR_SUCCESS ||
        parse_cert(&from->cert, &served->cert, res) != APR_SUCCESS ||
        vso_record_key(keys, record->entry, from, NULL, &pkey, res, p) !=
            APR_SUCCESS ||
        chain_get(source, from->chain, &chain, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    EVP_PKEY_up_ref(pkey);
    served->pkey = pkey;
    set_chain(version, chain);
    return APR_SUCCESS;
}

static apr_status_t version_copy(vso_served_chains_t *chains,
                                 const version_t *old, version_t *version,
                                 vso_result_t *res)
{
    const vso_served_t *from = &old->served;
    vso_served_t *served = &version->served;

    served->id = from->id;
    memcpy(served->key_id, from->key_id, sizeof(served->key_id));
    X509_up_ref(from->cert);
    served->cert = from->cert;
    EVP_PKEY_up_ref(from->pkey);
    served->pkey = from->pkey;
    set_chain(version,
              old->chain ? chain_share(chains, old->chain->id, NULL) : NULL);
    return set_texts(version, from->algorithm, from->fingerprint,
                     from->ocsp_url, res);
}

/* Entries */

static vso_served_entry_t *entry_make(const vso_served_source_t *source,
                                      const char *name)
{
    vso_served_entry_t *entry = calloc(1, sizeof(*entry));

    if (entry && !(entry->name = strdup(name))) {
        free(entry);
        entry = NULL;
    }
    if (entry) {
        entry->chains = source->chains;
        apr_atomic_set32(&entry->refs, 1);
    }
    return entry;
}

void vso_opened_ref(vso_served_entry_t *entry)
{
    apr_atomic_inc32(&entry->refs);
}

void vso_opened_unref(vso_served_entry_t *entry)
{
    int i;

    if (apr_atomic_dec32(&entry->refs)) {
        return;
    }
    for (i = 0; i < entry->count; i++) {
        version_free(entry->chains, &entry->versions[i]);
    }
    free(entry->name);
    free(entry);
}

const vso_served_t *vso_opened_at(const vso_served_entry_t *entry, int i)
{
    return i >= 0 && i < entry->count ? &entry->versions[i].served : NULL;
}

const char *vso_opened_name(const vso_served_entry_t *entry)
{
    return entry->name;
}

/** Take the place of the next version, or give it up. */
static void keep(vso_served_entry_t *entry, version_t *version, apr_status_t rv)
{
    if (rv == APR_SUCCESS) {
        version->served.entry = entry->name;
        entry->count++;
    }
    else {
        version_free(entry->chains, version);
    }
}

static int is_live(const vso_record_t *record, const unsigned char *key_id)
{
    int i;

    for (i = 0; i < record->live->nelts; i++) {
        if (!memcmp(record->live->elts + (apr_size_t)i * VSO_RECORD_ID_LEN,
                    key_id, VSO_RECORD_ID_LEN)) {
            return 1;
        }
    }
    return 0;
}

static int is_destroyed(const vso_served_source_t *source, const char *entry,
                        const unsigned char *key_id)
{
    return vso_shared_destroyed(vso_replica_options(source->replica)->shared,
                                entry, key_id);
}

/** In the place of a version that does not open. */
static void add_old(const vso_served_source_t *source,
                    vso_served_entry_t *entry, const vso_record_t *record,
                    const vso_served_entry_t *before, const char *algorithm,
                    apr_pool_t *p)
{
    int i;

    for (i = 0; before && i < before->count; i++) {
        const version_t *old = &before->versions[i];

        if (!strcmp(old->served.algorithm, algorithm) &&
            is_live(record, old->served.key_id) &&
            !is_destroyed(source, record->entry, old->served.key_id)) {
            version_t *version = &entry->versions[entry->count];

            keep(entry, version,
                 version_copy(source->chains, old, version,
                              vso_result_create(p)));
            return;
        }
    }
}

static void add_version(const vso_served_source_t *source,
                        const vso_record_keys_t *keys,
                        vso_served_entry_t *entry, const vso_record_t *record,
                        const vso_record_version_t *from,
                        const vso_served_entry_t *before, apr_pool_t *p)
{
    version_t *version = &entry->versions[entry->count];
    vso_result_t *res = vso_result_create(p);
    apr_status_t rv;

    if (is_destroyed(source, record->entry, from->key_id)) {
        return;
    }
    rv = version_open(source, keys, record, from, version, res, p);
    keep(entry, version, rv);
    if (rv != APR_SUCCESS) {
        vso_log(VSO_LOG_ERROR,
                "version %" APR_INT64_T_FMT " of entry %s cannot be opened "
                "from the replica: %s",
                from->id, record->entry, res->detail);
        add_old(source, entry, record, before, from->algorithm, p);
    }
}

apr_status_t vso_served_make(const vso_served_source_t *source,
                             const char *name, const vso_served_entry_t *before,
                             vso_served_entry_t **pserved, vso_result_t *res,
                             apr_pool_t *p)
{
    vso_record_keys_t keys = {.ring =
                                  vso_replica_options(source->replica)->ring};
    unsigned char tag[VSO_RECORD_ID_LEN];
    vso_served_entry_t *entry;
    vso_record_t *record;
    apr_status_t rv;
    int i;

    rv = vso_replica_tag(source->replica, name, tag, res, p);
    if (rv == APR_SUCCESS) {
        rv = vso_replica_entry(source->replica, name, &record, res, p);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    keys.keystore_id = record->keystore_id;
    entry = entry_make(source, name);
    if (!entry) {
        return out_of_memory(res);
    }
    memcpy(entry->tag, tag, sizeof(entry->tag));
    for (i = 0; i < record->versions->nelts && entry->count < MAX_VERSIONS;
         i++) {
        add_version(
            source, &keys, entry, record,
            &APR_ARRAY_IDX(record->versions, i, const vso_record_version_t),
            before, p);
    }
    if (!entry->count) {
        vso_opened_unref(entry);
        entry = NULL;
    }
    *pserved = entry;
    return APR_SUCCESS;
}

vso_served_entry_t *vso_served_rest(const vso_served_source_t *source,
                                    vso_served_entry_t *before)
{
    vso_served_entry_t *entry;
    vso_result_t *res;
    apr_pool_t *p;
    int i;

    if (!before || !(entry = entry_make(source, before->name))) {
        return NULL;
    }
    apr_pool_create(&p, NULL);
    res = vso_result_create(p);
    for (i = 0; i < before->count; i++) {
        const version_t *old = &before->versions[i];
        version_t *version = &entry->versions[entry->count];

        if (vso_replica_key_live(source->replica, old->served.key_id,
                                 before->name)) {
            keep(entry, version,
                 version_copy(source->chains, old, version, res));
        }
    }
    apr_pool_destroy(p);
    if (!entry->count) {
        vso_opened_unref(entry);
        entry = NULL;
    }
    return entry;
}

int vso_served_is(const vso_served_source_t *source,
                  const vso_served_entry_t *served,
                  const unsigned char tag[VSO_RECORD_ID_LEN])
{
    int i;

    if (memcmp(served->tag, tag, VSO_RECORD_ID_LEN)) {
        return 0;
    }
    for (i = 0; i < served->count; i++) {
        if (is_destroyed(source, served->name,
                         served->versions[i].served.key_id)) {
            return 0;
        }
    }
    return 1;
}
