/* SPDX-License-Identifier: Apache-2.0 */
#include "keyfile/parts.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "keyfile/sound.h"
#include "keyfile/text.h"
#include "x509/key.h"

/* 9999-12-31T23:59:59Z: what a file says beyond is no date. */
#define END_OF_TIME APR_INT64_C(253402300799)

typedef struct {
    X509 *cert;
    vso_parts_id_t id;
} part_cert_t;

struct vso_parts_t {
    apr_pool_t *p;
    const char *format;
    apr_array_header_t *keys;  /* vso_parts_key_t */
    apr_array_header_t *certs; /* part_cert_t */
};

vso_parts_t *vso_parts_create(const char *format, apr_pool_t *p)
{
    vso_parts_t *parts = apr_palloc(p, sizeof(*parts));

    parts->p = p;
    parts->format = format;
    parts->keys = apr_array_make(p, 1, sizeof(vso_parts_key_t));
    parts->certs = apr_array_make(p, 4, sizeof(part_cert_t));
    return parts;
}

apr_status_t vso_parts_add_key(vso_parts_t *parts, const vso_parts_key_t *key,
                               vso_result_t *res)
{
    if (parts->keys->nelts == VSO_MAX_KEYS_IN_FILE) {
        return vso_fail(res, VSO_P_TOO_LARGE, "keystore",
                        "The file holds more than %d private keys.",
                        VSO_MAX_KEYS_IN_FILE);
    }
    APR_ARRAY_PUSH(parts->keys, vso_parts_key_t) = *key;
    return APR_SUCCESS;
}

apr_status_t vso_parts_add_cert(vso_parts_t *parts, X509 *cert,
                                vso_parts_id_t id, vso_result_t *res)
{
    part_cert_t *part;
    int i;

    for (i = 0; i < parts->certs->nelts; i++) {
        part = &APR_ARRAY_IDX(parts->certs, i, part_cert_t);
        if (!X509_cmp(part->cert, cert)) {
            if (part->id.len == 0) {
                part->id = id;
            }
            return APR_SUCCESS;
        }
    }
    if (parts->certs->nelts == VSO_MAX_CERTS_IN_FILE) {
        return vso_fail(res, VSO_P_TOO_LARGE, "keystore",
                        "The file holds more than %d certificates.",
                        VSO_MAX_CERTS_IN_FILE);
    }
    part = apr_array_push(parts->certs);
    part->cert = cert;
    part->id = id;
    return APR_SUCCESS;
}

/** The key with this alias among the first n, or NULL. */
static vso_parts_key_t *key_by_alias(const vso_parts_t *parts, int n,
                                     const char *alias)
{
    int i;

    for (i = 0; i < n; i++) {
        vso_parts_key_t *key = &APR_ARRAY_IDX(parts->keys, i, vso_parts_key_t);

        if (vso_text_same_alias(key->alias, alias)) {
            return key;
        }
    }
    return NULL;
}

/** Several keys need names that differ: those without one are counted, as
 * Java does, and one that stands twice gets a number. */
static void name_keys(vso_parts_t *parts)
{
    int i;

    for (i = 0; parts->keys->nelts > 1 && i < parts->keys->nelts; i++) {
        vso_parts_key_t *key = &APR_ARRAY_IDX(parts->keys, i, vso_parts_key_t);
        const char *base = *key->alias ? key->alias : apr_itoa(parts->p, i + 1);
        const char *alias = base;
        int n;

        for (n = 2; key_by_alias(parts, i, alias); n++) {
            alias = apr_psprintf(parts->p, "%s (%d)", base, n);
        }
        key->alias = alias;
    }
}

/** 1 when certificate and key carry the same, not empty, id. */
static int same_id(const vso_parts_id_t *a, const vso_parts_id_t *b)
{
    return a->len > 0 && a->len == b->len && !memcmp(a->data, b->data, a->len);
}

static X509 *cert_by_id(const vso_parts_t *parts, const vso_parts_id_t *id)
{
    int i;

    for (i = 0; i < parts->certs->nelts; i++) {
        const part_cert_t *part = &APR_ARRAY_IDX(parts->certs, i, part_cert_t);

        if (same_id(&part->id, id)) {
            return part->cert;
        }
    }
    return NULL;
}

/** The certificate of an open key: the one with its id, else the newest. */
static X509 *cert_by_key(const vso_parts_t *parts, const EVP_PKEY *pkey,
                         const vso_parts_id_t *id)
{
    X509 *best = NULL;
    int i;

    for (i = 0; i < parts->certs->nelts; i++) {
        const part_cert_t *part = &APR_ARRAY_IDX(parts->certs, i, part_cert_t);

        if (!vso_key_matches(pkey, part->cert)) {
            continue;
        }
        if (same_id(&part->id, id)) {
            return part->cert;
        }
        if (!best || ASN1_TIME_compare(X509_get0_notBefore(part->cert),
                                       X509_get0_notBefore(best)) > 0) {
            best = part->cert;
        }
    }
    return best;
}

/** All certificates but the key's own: its chain in front of the others. */
static apr_array_header_t *others(const vso_parts_t *parts,
                                  const vso_parts_key_t *key, const X509 *cert)
{
    apr_array_header_t *chain = apr_array_make(parts->p, 4, sizeof(X509 *));
    int i;

    for (i = 0; key->chain && i < key->chain->nelts; i++) {
        APR_ARRAY_PUSH(chain, X509 *) = APR_ARRAY_IDX(key->chain, i, X509 *);
    }
    for (i = 0; i < parts->certs->nelts; i++) {
        X509 *other = APR_ARRAY_IDX(parts->certs, i, part_cert_t).cert;

        if (other != cert) {
            APR_ARRAY_PUSH(chain, X509 *) = other;
        }
    }
    return chain;
}

static apr_status_t no_certificate(const vso_parts_t *parts,
                                   const vso_parts_key_t *key,
                                   vso_result_t *res)
{
    if (!key->cert && parts->certs->nelts == 0) {
        return vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "keystore",
                        "The file holds a private key without a certificate. "
                        "Put key and certificate into one file.");
    }
    return vso_fail(res, VSO_P_KEY_MISMATCH, "keystore",
                    "None of the certificates in the file belongs to its "
                    "private key.");
}

/** Open a key and find its certificate. */
static apr_status_t open_entry(const vso_parts_t *parts,
                               const vso_parts_key_t *key,
                               vso_keyfile_entry_t *entry, vso_result_t *res)
{
    EVP_PKEY *pkey;
    X509 *cert;

    if (key->open(key->baton, &pkey, res, parts->p) != APR_SUCCESS ||
        vso_sound_key(pkey, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    cert = key->cert;
    if (cert && !vso_key_matches(pkey, cert)) {
        cert = NULL;
    }
    if (!cert) {
        cert = cert_by_key(parts, pkey, &key->id);
    }
    if (!cert) {
        return no_certificate(parts, key, res);
    }
    entry->pkey = pkey;
    entry->cert = cert;
    return APR_SUCCESS;
}

/** Fill an entry for a listing; the key stays closed where that is enough. */
static apr_status_t list_entry(const vso_parts_t *parts,
                               const vso_parts_key_t *key,
                               vso_keyfile_entry_t *entry, vso_result_t *res)
{
    vso_result_t *own;

    entry->cert = key->cert ? key->cert : cert_by_id(parts, &key->id);
    if (entry->cert) {
        return APR_SUCCESS;
    }
    own = vso_result_create(parts->p);
    if (open_entry(parts, key, entry, own) != APR_SUCCESS) {
        vso_warn(res, "key-not-listed", "The key \"%s\" is left out: %s",
                 key->alias, own->detail);
        return APR_EGENERAL;
    }
    entry->pkey = NULL;
    return APR_SUCCESS;
}

static apr_status_t no_such_alias(const vso_parts_t *parts, const char *alias,
                                  vso_result_t *res)
{
    const char *known = "";
    int i;

    for (i = 0; i < parts->keys->nelts; i++) {
        known = apr_pstrcat(
            parts->p, known, i ? ", " : "", "\"",
            APR_ARRAY_IDX(parts->keys, i, vso_parts_key_t).alias, "\"", NULL);
    }
    return vso_fail(res, VSO_P_INVALID, "alias",
                    "The file holds no key \"%.200s\"; it has %.1000s.", alias,
                    known);
}

static vso_keyfile_entry_t *new_entry(const vso_parts_t *parts,
                                      const vso_parts_key_t *key)
{
    vso_keyfile_entry_t *entry = apr_pcalloc(parts->p, sizeof(*entry));

    entry->alias = key->alias;
    if (key->created_sec > 0 && key->created_sec <= END_OF_TIME) {
        entry->created_sec = key->created_sec;
    }
    return entry;
}

/** Open one key: the file has an entry for it alone. */
static apr_status_t open_one(const vso_parts_t *parts,
                             const vso_parts_key_t *key, vso_keyfile_t *file,
                             vso_result_t *res)
{
    vso_keyfile_entry_t *entry = new_entry(parts, key);

    if (open_entry(parts, key, entry, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    entry->chain = others(parts, key, entry->cert);
    APR_ARRAY_PUSH(file->entries, vso_keyfile_entry_t *) = entry;
    return APR_SUCCESS;
}

/** List all keys. When only one of them turns out to be of use, there is
 * nothing to choose from, and it is opened. */
static apr_status_t list_all(const vso_parts_t *parts, vso_keyfile_t *file,
                             vso_result_t *res)
{
    const vso_parts_key_t *last = NULL;
    int i;

    for (i = 0; i < parts->keys->nelts; i++) {
        const vso_parts_key_t *key =
            &APR_ARRAY_IDX(parts->keys, i, vso_parts_key_t);
        vso_keyfile_entry_t *entry = new_entry(parts, key);

        if (list_entry(parts, key, entry, res) == APR_SUCCESS) {
            entry->chain = others(parts, key, entry->cert);
            APR_ARRAY_PUSH(file->entries, vso_keyfile_entry_t *) = entry;
            last = key;
        }
    }
    if (!last) {
        return vso_fail(res, VSO_P_WRONG_PASSWORD, "keyPassword",
                        "None of the %d keys in the file opens with the "
                        "password, or none has a certificate.",
                        parts->keys->nelts);
    }
    if (file->entries->nelts == 1) {
        apr_array_clear(file->entries);
        return open_one(parts, last, file, res);
    }
    return APR_SUCCESS;
}

apr_status_t vso_parts_assemble(vso_parts_t *parts, const char *alias,
                                vso_keyfile_t **pfile, vso_result_t *res)
{
    vso_keyfile_t *file = apr_palloc(parts->p, sizeof(*file));
    int n = parts->keys->nelts;
    const vso_parts_key_t *chosen;
    apr_status_t rv;

    file->format = parts->format;
    file->entries = apr_array_make(parts->p, n, sizeof(vso_keyfile_entry_t *));
    if (n == 0) {
        return vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "keystore",
                        "The file holds no private key, only certificates. "
                        "Export it again with the private key.");
    }
    name_keys(parts);
    chosen = n == 1 ? &APR_ARRAY_IDX(parts->keys, 0, vso_parts_key_t) : NULL;
    if (alias) {
        chosen = key_by_alias(parts, n, alias);
        if (!chosen) {
            return no_such_alias(parts, alias, res);
        }
    }
    rv = chosen ? open_one(parts, chosen, file, res)
                : list_all(parts, file, res);
    if (rv == APR_SUCCESS) {
        *pfile = file;
    }
    return rv;
}
