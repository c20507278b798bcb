/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <openssl/sha.h>

#include "base/hex.h"
#include "base/limits.h"
#include "base/log.h"
#include "serving/pack.h"
#include "serving/record.h"
#include "serving/record_key.h"
#include "x509/cert.h"
#include "x509/chain.h"
#include "x509/key.h"
#include "x509/name.h"
#include "x509/ocsp.h"
#include "x509/ossl.h"
#include "x509/san.h"

/* Longest reason that a record keeps. */
#define MAX_REASON 512

/** What vso_record_make works with. */
typedef struct {
    const vso_record_keys_t *keys;
    const vso_record_t *before; /**< or NULL */
    vso_record_t *record;
    apr_array_header_t *chains;
    apr_pool_t *temp; /**< of one version: a certificate in memory is many times
                         as large as its DER */
} making_t;

/* Names */

/* What a client can ask for (RFC 6066, 3): letters, digits, '-', '_', '.'. */
static int is_host(const char *name)
{
    const char *label = name;

    if (!strncmp(name, "*.", 2)) {
        label = name + 2;
        if (!strchr(label, '.')) {
            return 0; /* no client matches one right under a top level */
        }
    }
    return *label && strlen(name) <= VSO_UB_DNS_NAME + 2 &&
           strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789-_.") ==
               strlen(label) &&
           *label != '.' && !strstr(label, "..");
}

static void add_name(apr_array_header_t *names, const char *san, apr_pool_t *p)
{
    char *name = apr_pstrdup(p, san);
    apr_size_t len = strlen(name);
    char *c;
    int i;

    for (c = name; *c; c++) {
        *c = (char)apr_tolower(*c);
    }
    if (len > 1 && name[len - 1] == '.') {
        name[len - 1] = '\0';
    }
    for (i = 0; i < names->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(names, i, const char *), name)) {
            return;
        }
    }
    if (is_host(name)) {
        APR_ARRAY_PUSH(names, const char *) = name;
    }
}

static const apr_array_header_t *names_of(const X509 *cert, apr_pool_t *p)
{
    const apr_array_header_t *sans = vso_sans_of_cert(cert, p);
    apr_array_header_t *names =
        apr_array_make(p, sans->nelts + 1, sizeof(const char *));
    int i;

    for (i = 0; i < sans->nelts; i++) {
        const char *san = APR_ARRAY_IDX(sans, i, const char *);

        if (!strncmp(san, "DNS:", 4)) {
            add_name(names, san + 4, p);
        }
    }
    return names;
}

/* Versions */

static int from_hex(const char *hex, unsigned char id[VSO_RECORD_ID_LEN])
{
    static const char digits[] = "0123456789abcdef";
    apr_size_t i;

    if (strlen(hex) != 2 * VSO_RECORD_ID_LEN ||
        strspn(hex, digits) != 2 * VSO_RECORD_ID_LEN) {
        return 0;
    }
    for (i = 0; i < VSO_RECORD_ID_LEN; i++) {
        id[i] = (unsigned char)((strchr(digits, hex[2 * i]) - digits) * 16 +
                                (strchr(digits, hex[2 * i + 1]) - digits));
    }
    return 1;
}

static apr_status_t to_der(X509 *cert, vso_pack_t *pack, vso_result_t *res)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);

    if (len <= 0) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "OpenSSL could not write a certificate.");
    }
    vso_pack_raw(pack, der, (apr_size_t)len);
    OPENSSL_free(der);
    return APR_SUCCESS;
}

/* The chain as it is stored, root included; none: len 0. */
static apr_status_t make_chain(const apr_array_header_t *certs,
                               vso_record_chain_t *chain, vso_result_t *res,
                               apr_pool_t *p)
{
    vso_pack_t der = vso_pack_make(2048, p);
    int i;

    memset(chain, 0, sizeof(*chain));
    for (i = 0; i < certs->nelts; i++) {
        apr_status_t rv = to_der(APR_ARRAY_IDX(certs, i, X509 *), &der, res);

        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    chain->der = vso_pack_bytes(&der);
    if (der.len) {
        SHA256(der.data, der.len, chain->id);
    }
    return APR_SUCCESS;
}

/* The key of a row, and its certificate, which match. */
static apr_status_t open_pair(const vso_keyring_t *ring,
                              const vso_version_t *row, EVP_PKEY **ppkey,
                              X509 **pcert, vso_result_t *res, apr_pool_t *p)
{
    vso_secret_t *der;
    apr_status_t rv;

    if ((rv = vso_versions_open(ring, row, &der, res, p)) != APR_SUCCESS) {
        return rv;
    }
    rv = vso_key_from_der(der, ppkey, res, p);
    vso_wipe(der->data, der->len);
    if (rv != APR_SUCCESS ||
        (rv = vso_cert_parse(row->certificate, strlen(row->certificate), pcert,
                             res, p)) != APR_SUCCESS) {
        return rv;
    }
    if (strcmp(row->key_fingerprint, vso_key_fingerprint(*ppkey, p)) ||
        !vso_key_matches(*ppkey, *pcert)) {
        return vso_fail(res, VSO_P_KEY_MISMATCH, NULL,
                        "The certificate does not belong to the key.");
    }
    if (strcmp(row->fingerprint, vso_cert_fingerprint(*pcert, p))) {
        return vso_fail(res, VSO_P_DAMAGED, NULL,
                        "The certificate is not the one that was stored.");
    }
    return APR_SUCCESS;
}

/* The version of a record by its id, or NULL. */
static const vso_record_version_t *find_id(const vso_record_t *record,
                                           apr_int64_t id)
{
    int i;

    for (i = 0; record && i < record->versions->nelts; i++) {
        const vso_record_version_t *version =
            &APR_ARRAY_IDX(record->versions, i, vso_record_version_t);

        if (version->id == id) {
            return version;
        }
    }
    return NULL;
}

/* Parse, unseal, match, seal for the record. */
static apr_status_t make_version(const making_t *making,
                                 const vso_version_t *row,
                                 vso_record_version_t *version,
                                 vso_record_chain_t *chain, vso_result_t *res,
                                 apr_pool_t *p)
{
    const char *entry = making->record->entry;
    vso_pack_t der = vso_pack_make(2048, p);
    apr_array_header_t *certs;
    EVP_PKEY *pkey = NULL;
    X509 *cert = NULL;
    const char *url;
    apr_status_t rv;

    if ((rv = open_pair(making->keys->ring, row, &pkey, &cert, res,
                        making->temp)) != APR_SUCCESS ||
        (rv = vso_certs_parse_pem(row->chain, &certs, res, making->temp)) !=
            APR_SUCCESS ||
        (rv = make_chain(certs, chain, res, p)) != APR_SUCCESS ||
        (rv = to_der(cert, &der, res)) != APR_SUCCESS) {
        return rv;
    }
    memset(version, 0, sizeof(*version));
    version->id = row->id;
    version->number = row->number;
    version->not_before_sec = vso_asn1_time_sec(X509_get0_notBefore(cert));
    version->not_after_sec = vso_asn1_time_sec(X509_get0_notAfter(cert));
    version->activated_sec = row->activated_sec;
    version->algorithm = vso_key_algorithm(vso_key_type(pkey, p), p);
    from_hex(row->key_fingerprint, version->key_id);
    from_hex(row->fingerprint, version->fingerprint);
    version->cert = vso_pack_bytes(&der);
    memcpy(version->chain, chain->id, VSO_RECORD_ID_LEN);
    version->names = names_of(cert, p);
    url = certs->nelts ? vso_ocsp_url(cert, p) : NULL;
    version->ocsp_url = url ? url : "";
    return vso_record_key_seal(making->keys, entry, version, pkey,
                               find_id(making->before, row->id), res, p);
}

/* Versions that do not open */

static const vso_record_version_t *find_algorithm(const vso_record_t *record,
                                                  const char *algorithm)
{
    int i;

    for (i = 0; record && i < record->versions->nelts; i++) {
        const vso_record_version_t *version =
            &APR_ARRAY_IDX(record->versions, i, vso_record_version_t);

        if (!strcmp(version->algorithm, algorithm)) {
            return version;
        }
    }
    return NULL;
}

static int compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, VSO_RECORD_ID_LEN);
}

static int is_live(const vso_record_t *record,
                   const unsigned char key_id[VSO_RECORD_ID_LEN])
{
    return bsearch(key_id, record->live->elts, (size_t)record->live->nelts,
                   VSO_RECORD_ID_LEN, compare_ids) != NULL;
}

static int known_quarantined(const vso_record_t *record, apr_int64_t id)
{
    int i;

    for (i = 0; record && i < record->quarantined->nelts; i++) {
        if (APR_ARRAY_IDX(record->quarantined, i, vso_record_bad_t).id == id) {
            return 1;
        }
    }
    return 0;
}

/* Leave a version out. */
static void quarantine(making_t *making, const vso_version_t *row,
                       const vso_result_t *res, apr_pool_t *p)
{
    vso_record_bad_t *bad = apr_array_push(making->record->quarantined);

    bad->id = row->id;
    bad->algorithm = vso_key_algorithm(row->key_type, p);
    bad->reason = apr_pstrndup(p, res->detail, MAX_REASON);
    if (!known_quarantined(making->before, row->id)) {
        vso_log(VSO_LOG_ERROR,
                "version %" APR_INT64_T_FMT " of entry %s does not open and "
                "is not served: %s",
                row->id, row->entry, res->detail);
    }
}

/* Go on with what was served in place of those that were left out, as long as
 * its key exists. Its chain is in the replica. */
static void keep_old(making_t *making)
{
    vso_record_t *record = making->record;
    int i;

    for (i = 0; i < record->quarantined->nelts; i++) {
        const vso_record_bad_t *bad =
            &APR_ARRAY_IDX(record->quarantined, i, vso_record_bad_t);
        const vso_record_version_t *old =
            find_algorithm(making->before, bad->algorithm);

        if (old && is_live(record, old->key_id) &&
            !find_algorithm(record, bad->algorithm)) {
            APR_ARRAY_PUSH(record->versions, vso_record_version_t) = *old;
        }
    }
}

static apr_array_header_t *make_live(const apr_array_header_t *prints,
                                     apr_pool_t *p)
{
    apr_array_header_t *live =
        apr_array_make(p, prints->nelts + 1, VSO_RECORD_ID_LEN);
    unsigned char id[VSO_RECORD_ID_LEN];
    int from;
    int to = 0;

    for (from = 0; from < prints->nelts; from++) {
        if (from_hex(APR_ARRAY_IDX(prints, from, const char *), id)) {
            memcpy(apr_array_push(live), id, VSO_RECORD_ID_LEN);
        }
    }
    qsort(live->elts, (size_t)live->nelts, VSO_RECORD_ID_LEN, compare_ids);
    for (from = 0; from < live->nelts; from++) {
        char *at = live->elts + (apr_size_t)from * VSO_RECORD_ID_LEN;

        if (from == 0 ||
            memcmp(at, at - VSO_RECORD_ID_LEN, VSO_RECORD_ID_LEN)) {
            memmove(live->elts + (apr_size_t)to++ * VSO_RECORD_ID_LEN, at,
                    VSO_RECORD_ID_LEN);
        }
    }
    live->nelts = to;
    return live;
}

static int compare_versions(const void *a, const void *b)
{
    const vso_record_version_t *one = a;
    const vso_record_version_t *other = b;

    return one->id < other->id ? -1 : one->id > other->id;
}

apr_status_t vso_record_make(const vso_record_keys_t *keys,
                             const vso_record_rows_t *rows,
                             const vso_record_t *before, vso_record_t **precord,
                             apr_array_header_t **pchains, vso_result_t *res,
                             apr_pool_t *p)
{
    vso_record_t *record = apr_pcalloc(p, sizeof(*record));
    making_t making = {.keys = keys, .record = record};
    int i;

    /* the keys of another keystore's do not open here */
    if (before && !strcmp(before->keystore_id, keys->keystore_id)) {
        making.before = before;
    }
    record->entry = apr_pstrdup(p, rows->entry);
    record->keystore_id = apr_pstrdup(p, keys->keystore_id);
    record->as_of = rows->as_of;
    record->versions = apr_array_make(p, 2, sizeof(vso_record_version_t));
    record->quarantined = apr_array_make(p, 1, sizeof(vso_record_bad_t));
    record->live = make_live(rows->live, p);
    making.chains = apr_array_make(p, 2, sizeof(vso_record_chain_t));
    apr_pool_create(&making.temp, p);
    for (i = 0; i < rows->versions->nelts; i++) {
        const vso_version_t *row =
            APR_ARRAY_IDX(rows->versions, i, const vso_version_t *);
        vso_result_t *own = vso_result_create(making.temp);
        vso_record_version_t version;
        vso_record_chain_t chain;

        if (make_version(&making, row, &version, &chain, own, p) ==
            APR_SUCCESS) {
            APR_ARRAY_PUSH(record->versions, vso_record_version_t) = version;
            if (chain.der.len) {
                APR_ARRAY_PUSH(making.chains, vso_record_chain_t) = chain;
            }
        }
        else if (own->problem == VSO_P_INTERNAL) {
            return vso_fail_as(res, own);
        }
        else {
            quarantine(&making, row, own, p);
        }
        apr_pool_clear(making.temp);
    }
    apr_pool_destroy(making.temp);
    keep_old(&making);
    qsort(record->versions->elts, (size_t)record->versions->nelts,
          sizeof(vso_record_version_t), compare_versions);
    *precord = record;
    *pchains = making.chains;
    return APR_SUCCESS;
}
