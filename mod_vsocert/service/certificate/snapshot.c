/* SPDX-License-Identifier: Apache-2.0 */
#include "service/certificate/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include <apr_atomic.h>
#include <apr_strings.h>

#include "base/hex.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "x509/cert.h"
#include "x509/chain.h"
#include "x509/key.h"
#include "x509/ossl.h"

#define ID_LEN     32
#define MAX_CHAIN  ((apr_size_t)VSO_MAX_CHAIN * VSO_MAX_CERT)
#define MAX_SEALED ((apr_size_t)2 * VSO_MAX_KEY)
#define MAX_HEX    64

struct vso_snapshot_t {
    apr_pool_t *p; /**< its own; everything below lives there */
    volatile apr_uint32_t refs;
    apr_int64_t generation;
    apr_array_header_t *served;    /**< vso_served_t * */
    unsigned char (*live)[ID_LEN]; /**< sorted */
    apr_size_t live_count;
    apr_array_header_t *quarantined; /**< apr_int64_t */
};

/** What vso_snapshot_open works with. */
typedef struct {
    vso_snapshot_t *serving;
    const vso_keyring_t *ring;
    const vso_snapshot_t *previous;
} opening_t;

/* From the database to a text */

static void add_version(vso_json_t *active, const vso_version_t *version)
{
    vso_json_t *item = vso_json_push_object(active);

    vso_json_set_int(item, "id", version->id);
    vso_json_set_string(item, "alias", version->entry);
    vso_json_set_int(item, "version", version->number);
    vso_json_set_string(item, "keyType", version->key_type);
    vso_json_set_string(item, "keyFingerprint", version->key_fingerprint);
    vso_json_set_string(item, "fingerprint", version->fingerprint);
    vso_json_set_string(item, "certificate", version->certificate);
    vso_json_set_string(item, "chain", version->chain);
    vso_json_set_string(item, "sealedKey", version->sealed_key);
}

apr_status_t vso_snapshot_load(vso_store_t *store, const char *keystore_id,
                               apr_int64_t generation, const char **ptext,
                               vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *versions;
    apr_array_header_t *prints;
    vso_json_t *root = vso_json_object(p);
    vso_json_t *array;
    apr_status_t rv;
    const char *text;
    int i;

    if ((rv = vso_versions_active(store, NULL, &versions, res, p)) !=
            APR_SUCCESS ||
        (rv = vso_versions_live(store, &prints, res, p)) != APR_SUCCESS) {
        return rv;
    }
    vso_json_set_string(root, "keystore", keystore_id);
    vso_json_set_int(root, "generation", generation);
    array = vso_json_add_array(root, "active");
    for (i = 0; i < versions->nelts; i++) {
        add_version(array, APR_ARRAY_IDX(versions, i, const vso_version_t *));
    }
    vso_json_set_strings(root, "live", prints);
    text = vso_json_text(root, p);
    if (strlen(text) > VSO_MAX_SERVING) {
        return vso_fail(res, VSO_P_TOO_LARGE, NULL,
                        "All active certificates together are over %d bytes: "
                        "deactivate or destroy some versions.",
                        VSO_MAX_SERVING);
    }
    *ptext = text;
    return APR_SUCCESS;
}

/* From a text to a snapshot */

static int from_hex(const char *hex, unsigned char id[ID_LEN])
{
    static const char digits[] = "0123456789abcdef";
    int i;

    if (strlen(hex) != 2 * ID_LEN || strspn(hex, digits) != 2 * ID_LEN) {
        return 0;
    }
    for (i = 0; i < ID_LEN; i++) {
        id[i] = (unsigned char)((strchr(digits, hex[2 * i]) - digits) * 16 +
                                (strchr(digits, hex[2 * i + 1]) - digits));
    }
    return 1;
}

static apr_status_t read_version(const vso_json_t *item, vso_version_t *version,
                                 vso_result_t *res, apr_pool_t *p)
{
    struct {
        const char *name;
        apr_size_t max;
        const char **pvalue;
    } texts[] = {
        {"alias", VSO_MAX_ENTRY, &version->entry},
        {"keyType", MAX_HEX, &version->key_type},
        {"keyFingerprint", MAX_HEX, &version->key_fingerprint},
        {"fingerprint", MAX_HEX, &version->fingerprint},
        {"certificate", 2 * VSO_MAX_CERT, &version->certificate},
        {"chain", 2 * MAX_CHAIN, &version->chain},
        {"sealedKey", MAX_SEALED, &version->sealed_key},
    };
    apr_status_t rv;
    apr_size_t i;

    version->state = VSO_STATE_ACTIVE;
    if ((rv = vso_json_get_int(item, "id", 0, APR_INT64_MAX, &version->id,
                               res)) != APR_SUCCESS ||
        (rv = vso_json_get_int(item, "version", 0, APR_INT64_MAX,
                               &version->number, res)) != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i].pvalue = "";
        rv = vso_json_get_string(item, texts[i].name, texts[i].max,
                                 texts[i].pvalue, res, p);
        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    return version->id ? APR_SUCCESS
                       : vso_fail(res, VSO_P_MALFORMED, "active",
                                  "A version without an id.");
}

static apr_status_t free_stack(void *baton)
{
    sk_X509_free(baton);
    return APR_SUCCESS;
}

/* The certificates stay the array's, and so the pool's. */
static STACK_OF(X509) * to_stack(const apr_array_header_t *certs, apr_pool_t *p)
{
    STACK_OF(X509) *stack = sk_X509_new_null();
    int i;

    for (i = 0; stack && i < certs->nelts; i++) {
        if (!sk_X509_push(stack, APR_ARRAY_IDX(certs, i, X509 *))) {
            sk_X509_free(stack);
            return NULL;
        }
    }
    if (stack) {
        apr_pool_cleanup_register(p, stack, free_stack, apr_pool_cleanup_null);
    }
    return stack;
}

/* Parse, unseal, match. */
static apr_status_t open_version(const vso_keyring_t *ring,
                                 const vso_version_t *version,
                                 vso_served_t *served, vso_result_t *res,
                                 apr_pool_t *p)
{
    apr_array_header_t *chain;
    vso_secret_t *der;
    apr_status_t rv;

    if ((rv = vso_versions_open(ring, version, &der, res, p)) != APR_SUCCESS ||
        (rv = vso_key_from_der(der, &served->pkey, res, p)) != APR_SUCCESS ||
        (rv = vso_cert_parse(version->certificate, strlen(version->certificate),
                             &served->cert, res, p)) != APR_SUCCESS ||
        (rv = vso_certs_parse_pem(version->chain, &chain, res, p)) !=
            APR_SUCCESS) {
        return rv;
    }
    vso_wipe(der->data, der->len);
    served->id = version->id;
    served->entry = version->entry;
    served->algorithm = vso_key_algorithm(vso_key_type(served->pkey, p), p);
    served->fingerprint = vso_cert_fingerprint(served->cert, p);
    served->issuer = chain->nelts ? APR_ARRAY_IDX(chain, 0, X509 *) : NULL;
    served->chain = to_stack(vso_chain_without_root(chain, p), p);
    if (!served->chain) {
        return vso_fail(res, VSO_P_INTERNAL, NULL, "Out of memory.");
    }
    if (!from_hex(vso_key_fingerprint(served->pkey, p), served->key_id) ||
        strcmp(version->key_fingerprint, vso_hex(served->key_id, ID_LEN, p)) ||
        !vso_key_matches(served->pkey, served->cert)) {
        return vso_fail(res, VSO_P_KEY_MISMATCH, NULL,
                        "The certificate does not belong to the key.");
    }
    if (strcmp(version->fingerprint, served->fingerprint)) {
        return vso_fail(res, VSO_P_DAMAGED, NULL,
                        "The certificate is not the one that was stored.");
    }
    return APR_SUCCESS;
}

static int known_quarantined(const vso_snapshot_t *serving, apr_int64_t id)
{
    int i;

    for (i = 0; serving && i < serving->quarantined->nelts; i++) {
        if (APR_ARRAY_IDX(serving->quarantined, i, apr_int64_t) == id) {
            return 1;
        }
    }
    return 0;
}

/* The version of before, with references of its own. */
static const vso_served_t *keep(const vso_served_t *old, apr_pool_t *p)
{
    vso_served_t *served = apr_pmemdup(p, old, sizeof(*old));
    apr_array_header_t *chain = apr_array_make(p, 4, sizeof(X509 *));
    int i;

    served->entry = apr_pstrdup(p, old->entry);
    served->algorithm = apr_pstrdup(p, old->algorithm);
    served->fingerprint = apr_pstrdup(p, old->fingerprint);
    served->cert = vso_x509_ref(old->cert, p);
    served->pkey = vso_pkey_ref(old->pkey, p);
    served->issuer = old->issuer ? vso_x509_ref(old->issuer, p) : NULL;
    for (i = 0; i < sk_X509_num(old->chain); i++) {
        APR_ARRAY_PUSH(chain, X509 *) =
            vso_x509_ref(sk_X509_value(old->chain, i), p);
    }
    served->chain = to_stack(chain, p);
    return served->chain ? served : NULL;
}

static const vso_served_t *find(const vso_snapshot_t *serving,
                                const char *entry, const char *algorithm)
{
    const vso_served_t *served = NULL;
    int i;

    for (i = 0; serving && (served = vso_snapshot_get(serving, entry, i)) &&
                strcmp(served->algorithm, algorithm);
         i++) {
    }
    return served;
}

/* Leave a version out, and go on with what was served in its place as long as
 * that key exists. */
static void quarantine(opening_t *opening, const vso_version_t *version,
                       const vso_result_t *res, apr_pool_t *p)
{
    vso_snapshot_t *serving = opening->serving;
    const char *algorithm = vso_key_algorithm(version->key_type, p);
    const vso_served_t *old =
        find(opening->previous, version->entry, algorithm);

    APR_ARRAY_PUSH(serving->quarantined, apr_int64_t) = version->id;
    if (!known_quarantined(opening->previous, version->id)) {
        vso_log(VSO_LOG_ERROR,
                "version %" APR_INT64_T_FMT " of entry %s does not open and "
                "is not served: %s",
                version->id, version->entry, res->detail);
    }
    if (old && vso_snapshot_key_live(serving, old->key_id) &&
        !find(serving, version->entry, algorithm)) {
        old = keep(old, serving->p);
        if (old) {
            APR_ARRAY_PUSH(serving->served, const vso_served_t *) = old;
        }
    }
}

static apr_status_t open_active(opening_t *opening, const vso_json_t *root,
                                vso_result_t *res, apr_pool_t *p)
{
    vso_snapshot_t *serving = opening->serving;
    vso_json_t *array = NULL;
    apr_status_t rv;
    apr_size_t i;

    rv = vso_json_get_array(root, "active", &array, res);
    for (i = 0; rv == APR_SUCCESS && i < vso_json_length(array); i++) {
        vso_served_t *served = apr_pcalloc(serving->p, sizeof(*served));
        vso_version_t *version = apr_pcalloc(serving->p, sizeof(*version));
        vso_result_t *own = vso_result_create(p);

        rv = read_version(vso_json_item(array, i), version, res, serving->p);
        if (rv != APR_SUCCESS) {
            break;
        }
        if (open_version(opening->ring, version, served, own, serving->p) ==
            APR_SUCCESS) {
            APR_ARRAY_PUSH(serving->served, const vso_served_t *) = served;
        }
        else {
            quarantine(opening, version, own, p);
        }
    }
    return rv;
}

static int compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, ID_LEN);
}

static apr_status_t read_live(vso_snapshot_t *serving, const vso_json_t *root,
                              vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *prints = apr_array_make(p, 1, sizeof(const char *));
    apr_status_t rv;
    int i;

    rv = vso_json_get_strings(root, "live", VSO_MAX_SERVING / MAX_HEX, MAX_HEX,
                              &prints, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    serving->live = apr_palloc(serving->p, (apr_size_t)(prints->nelts + 1) *
                                               sizeof(*serving->live));
    for (i = 0; i < prints->nelts; i++) {
        serving->live_count +=
            (apr_size_t)from_hex(APR_ARRAY_IDX(prints, i, const char *),
                                 serving->live[serving->live_count]);
    }
    qsort(serving->live, serving->live_count, sizeof(*serving->live),
          compare_ids);
    return APR_SUCCESS;
}

static apr_status_t read_head(const vso_json_t *root, const char **pkeystore_id,
                              apr_int64_t *pgeneration, vso_result_t *res,
                              apr_pool_t *p)
{
    const char *keystore_id = NULL;
    apr_int64_t generation = -1;
    apr_status_t rv;

    if ((rv = vso_json_get_string(root, "keystore", MAX_HEX, &keystore_id, res,
                                  p)) != APR_SUCCESS ||
        (rv = vso_json_get_int(root, "generation", 0, APR_INT64_MAX,
                               &generation, res)) != APR_SUCCESS) {
        return rv;
    }
    if (!keystore_id || generation < 0) {
        return vso_fail(res, VSO_P_MALFORMED, NULL,
                        "Keystore or generation is missing.");
    }
    *pkeystore_id = keystore_id;
    *pgeneration = generation;
    return APR_SUCCESS;
}

static apr_status_t parse(const char *text, apr_size_t len, vso_json_t **proot,
                          vso_result_t *res, apr_pool_t *p)
{
    if (len > VSO_MAX_SERVING) {
        return vso_fail(res, VSO_P_TOO_LARGE, NULL, "Over %d bytes.",
                        VSO_MAX_SERVING);
    }
    return vso_json_parse(text, len, proot, res, p);
}

apr_status_t vso_snapshot_open(const char *text, apr_size_t len,
                               const vso_keyring_t *ring,
                               const vso_snapshot_t *previous,
                               vso_snapshot_t **pserving, vso_result_t *res)
{
    opening_t opening = {NULL, ring, previous};
    const char *keystore_id;
    vso_snapshot_t *serving;
    vso_json_t *root;
    apr_pool_t *temp;
    apr_status_t rv;
    apr_pool_t *p;

    apr_pool_create(&p, NULL);
    apr_pool_create(&temp, p);
    serving = opening.serving = apr_pcalloc(p, sizeof(*serving));
    serving->p = p;
    apr_atomic_set32(&serving->refs, 1);
    serving->served = apr_array_make(p, 4, sizeof(const vso_served_t *));
    serving->quarantined = apr_array_make(p, 1, sizeof(apr_int64_t));
    if ((rv = parse(text, len, &root, res, temp)) == APR_SUCCESS &&
        (rv = read_head(root, &keystore_id, &serving->generation, res, p)) ==
            APR_SUCCESS &&
        (rv = read_live(serving, root, res, temp)) == APR_SUCCESS) {
        rv = open_active(&opening, root, res, temp);
    }
    if (rv != APR_SUCCESS) {
        apr_pool_destroy(p);
        return rv;
    }
    apr_pool_destroy(temp);
    *pserving = serving;
    return APR_SUCCESS;
}

apr_status_t vso_snapshot_peek(const char *text, apr_size_t len,
                               const char **pkeystore_id,
                               apr_int64_t *pgeneration, vso_result_t *res,
                               apr_pool_t *p)
{
    vso_json_t *root;
    apr_status_t rv = parse(text, len, &root, res, p);

    if (rv == APR_SUCCESS) {
        rv = read_head(root, pkeystore_id, pgeneration, res, p);
    }
    return rv;
}

/* A snapshot in use */

void vso_snapshot_ref(vso_snapshot_t *serving)
{
    apr_atomic_inc32(&serving->refs);
}

void vso_snapshot_unref(vso_snapshot_t *serving)
{
    if (!apr_atomic_dec32(&serving->refs)) {
        apr_pool_destroy(serving->p);
    }
}

const vso_served_t *vso_snapshot_get(const vso_snapshot_t *serving,
                                     const char *entry, int i)
{
    int at;

    for (at = 0; at < serving->served->nelts; at++) {
        const vso_served_t *served =
            APR_ARRAY_IDX(serving->served, at, const vso_served_t *);

        if (!strcmp(served->entry, entry) && i-- == 0) {
            return served;
        }
    }
    return NULL;
}

const vso_served_t *vso_snapshot_at(const vso_snapshot_t *serving, int i)
{
    return i < serving->served->nelts
               ? APR_ARRAY_IDX(serving->served, i, const vso_served_t *)
               : NULL;
}

apr_int64_t vso_snapshot_generation(const vso_snapshot_t *serving)
{
    return serving->generation;
}

int vso_snapshot_key_live(const vso_snapshot_t *serving,
                          const unsigned char key_id[32])
{
    return bsearch(key_id, serving->live, serving->live_count,
                   sizeof(*serving->live), compare_ids) != NULL;
}

const apr_array_header_t *
vso_snapshot_quarantined(const vso_snapshot_t *serving)
{
    return serving->quarantined;
}
