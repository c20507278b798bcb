/* SPDX-License-Identifier: Apache-2.0 */
#include "keyfile/parts.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "keyfile/sound.h"
#include "keyfile/text.h"
#include "x509/bag.h"
#include "x509/key.h"
#include "x509/name.h"
#include "x509/pick.h"

/* 9999-12-31T23:59:59Z: what a file says beyond is no date. */
#define END_OF_TIME APR_INT64_C(253402300799)

/* Things that are not used are named one by one up to here. */
#define MAX_NAMED 5

struct vso_parts_t {
    apr_pool_t *p;
    const char *format;
    apr_array_header_t *keys; /* vso_parts_key_t */
    vso_bag_t bag;            /* the certificates */
    apr_array_header_t *ids;  /* vso_parts_id_t, one for each of these */
    int secrets;
    int unused;
    const char *remark; /* on the first thing that is not used, or "" */
};

vso_parts_t *vso_parts_create(const char *format, apr_pool_t *p)
{
    vso_parts_t *parts = apr_pcalloc(p, sizeof(*parts));

    parts->p = p;
    parts->format = format;
    parts->keys = apr_array_make(p, 1, sizeof(vso_parts_key_t));
    parts->bag.certs = apr_array_make(p, 4, sizeof(X509 *));
    parts->bag.field = "keystore";
    parts->bag.p = p;
    parts->ids = apr_array_make(p, 4, sizeof(vso_parts_id_t));
    parts->remark = "";
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

apr_status_t vso_parts_add_cert(vso_parts_t *parts, const unsigned char *der,
                                apr_size_t len, vso_parts_id_t id, X509 **pcert,
                                vso_result_t *res)
{
    vso_bag_t *bag = &parts->bag;
    X509 *cert;
    int i;

    bag->res = res;
    if (vso_bag_take(bag, der, len, NULL, &cert) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; cert && i < bag->certs->nelts; i++) {
        if (i == parts->ids->nelts) {
            APR_ARRAY_PUSH(parts->ids, vso_parts_id_t) = id;
        }
        else if (APR_ARRAY_IDX(bag->certs, i, X509 *) == cert &&
                 APR_ARRAY_IDX(parts->ids, i, vso_parts_id_t).len == 0) {
            APR_ARRAY_IDX(parts->ids, i, vso_parts_id_t) = id;
        }
    }
    if (pcert) {
        *pcert = cert;
    }
    return APR_SUCCESS;
}

apr_status_t vso_parts_add_pkcs7(vso_parts_t *parts, const unsigned char *der,
                                 apr_size_t len, vso_result_t *res)
{
    const vso_parts_id_t none = {NULL, 0};
    apr_status_t rv;

    parts->bag.res = res;
    rv = vso_bag_take_pkcs7(&parts->bag, der, len);
    while (parts->ids->nelts < parts->bag.certs->nelts) {
        APR_ARRAY_PUSH(parts->ids, vso_parts_id_t) = none;
    }
    return rv;
}

void vso_parts_add_secret(vso_parts_t *parts, const char *alias,
                          vso_result_t *res)
{
    parts->secrets++;
    vso_warn(res, "secret-key",
             "The secret key \"%s\" in the file is not used.", alias);
}

void vso_parts_add_unused(vso_parts_t *parts, const char *remark,
                          vso_result_t *res)
{
    if (parts->unused == 0) {
        parts->remark = apr_pstrcat(parts->p, " ", remark, NULL);
    }
    if (parts->unused++ < MAX_NAMED) {
        vso_warn(res, "not-used", "%s", remark);
    }
}

/** The key with exactly this alias among the first n, or NULL. */
static vso_parts_key_t *key_by_alias(const vso_parts_t *parts, int n,
                                     const char *alias)
{
    int i;

    for (i = 0; i < n; i++) {
        vso_parts_key_t *key = &APR_ARRAY_IDX(parts->keys, i, vso_parts_key_t);

        if (!strcmp(key->alias, alias)) {
            return key;
        }
    }
    return NULL;
}

/** The key that is asked for: case counts only where nothing else differs. */
static const vso_parts_key_t *find_key(const vso_parts_t *parts,
                                       const char *alias)
{
    const vso_parts_key_t *found =
        key_by_alias(parts, parts->keys->nelts, alias);
    int i;
    int n = 0;

    for (i = 0; !found && i < parts->keys->nelts; i++) {
        n += vso_text_same_alias(
            APR_ARRAY_IDX(parts->keys, i, vso_parts_key_t).alias, alias);
    }
    for (i = 0; n == 1 && i < parts->keys->nelts; i++) {
        const vso_parts_key_t *key =
            &APR_ARRAY_IDX(parts->keys, i, vso_parts_key_t);

        if (vso_text_same_alias(key->alias, alias)) {
            found = key;
        }
    }
    return found;
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

/** The certificates that the file ties to a key: its own chain, and those
 * with its id. */
static apr_array_header_t *own_certs(const vso_parts_t *parts,
                                     const vso_parts_key_t *key)
{
    apr_array_header_t *own = key->chain
                                  ? apr_array_copy(parts->p, key->chain)
                                  : apr_array_make(parts->p, 2, sizeof(X509 *));
    int i;

    for (i = 0; key->id.len > 0 && i < parts->ids->nelts; i++) {
        const vso_parts_id_t *id =
            &APR_ARRAY_IDX(parts->ids, i, vso_parts_id_t);

        if (id->len == key->id.len &&
            !memcmp(id->data, key->id.data, id->len)) {
            APR_ARRAY_PUSH(own, X509 *) =
                APR_ARRAY_IDX(parts->bag.certs, i, X509 *);
        }
    }
    return own;
}

/** Say which of several certificates of a key is used. */
static void tell_pick(const vso_parts_t *parts, const vso_parts_key_t *key,
                      X509 *cert, int n, vso_result_t *res)
{
    const X509_NAME *issuer = X509_get_issuer_name(cert);
    int self = !X509_NAME_cmp(issuer, X509_get_subject_name(cert));
    struct tm until = {0};

    if (n < 2) {
        return;
    }
    ASN1_TIME_to_tm(X509_get0_notAfter(cert), &until);
    vso_warn(res, "several-certificates",
             "The file holds %d certificates for the key%s%.200s%s. The one "
             "that is valid until %04d-%02d-%02d, %s%.200s%s, is used.",
             n, *key->alias ? " \"" : "", key->alias, *key->alias ? "\"" : "",
             until.tm_year + 1900, until.tm_mon + 1, until.tm_mday,
             self ? "self-signed" : "issued by \"",
             self ? "" : vso_name_text(issuer, parts->p), self ? "" : "\"");
}

/** The certificate of an open key, or NULL. */
static X509 *cert_of(const vso_parts_t *parts, const vso_parts_key_t *key,
                     const EVP_PKEY *pkey, vso_result_t *res)
{
    apr_array_header_t *fitting = apr_array_make(parts->p, 2, sizeof(X509 *));
    X509 *cert;
    int i;

    for (i = 0; i < parts->bag.certs->nelts; i++) {
        cert = APR_ARRAY_IDX(parts->bag.certs, i, X509 *);
        if (vso_key_matches(pkey, cert)) {
            APR_ARRAY_PUSH(fitting, X509 *) = cert;
        }
    }
    cert = vso_pick(fitting, own_certs(parts, key), parts->bag.certs);
    if (cert) {
        tell_pick(parts, key, cert, fitting->nelts, res);
    }
    return cert;
}

/** All certificates but the key's own: its chain in front of the others. */
static apr_array_header_t *others(const vso_parts_t *parts,
                                  const vso_parts_key_t *key, const X509 *cert)
{
    apr_array_header_t *chain = apr_array_make(parts->p, 4, sizeof(X509 *));
    int n = key->chain ? key->chain->nelts : 0;
    int i;
    int j;

    for (i = 0; i < n + parts->bag.certs->nelts; i++) {
        X509 *other = i < n ? APR_ARRAY_IDX(key->chain, i, X509 *)
                            : APR_ARRAY_IDX(parts->bag.certs, i - n, X509 *);

        for (j = 0; j < chain->nelts; j++) {
            if (APR_ARRAY_IDX(chain, j, X509 *) == other) {
                break;
            }
        }
        if (other != cert && j == chain->nelts) {
            APR_ARRAY_PUSH(chain, X509 *) = other;
        }
    }
    return chain;
}

static apr_status_t no_certificate(const vso_parts_t *parts, vso_result_t *res)
{
    if (parts->bag.certs->nelts + parts->bag.unknown == 0) {
        return vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "keystore",
                        "The file holds a private key without a certificate. "
                        "Put key and certificate into one file.%s",
                        parts->remark);
    }
    return vso_fail(res, VSO_P_KEY_MISMATCH, "keystore",
                    "None of the certificates in the file belongs to its "
                    "private key.%s%s",
                    parts->bag.unknown ? " Certificates whose key algorithm "
                                         "is unknown were skipped."
                                       : "",
                    parts->remark);
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
    cert = cert_of(parts, key, pkey, res);
    if (!cert) {
        return no_certificate(parts, res);
    }
    entry->pkey = pkey;
    entry->cert = cert;
    entry->chain = others(parts, key, cert);
    return APR_SUCCESS;
}

/** Fill an entry for a listing. The key is opened, as only that shows which
 * certificate is its own; where it has another password than the one given,
 * the certificate that the file ties to it is shown. */
static apr_status_t list_entry(const vso_parts_t *parts,
                               const vso_parts_key_t *key,
                               vso_keyfile_entry_t *entry, vso_result_t *res)
{
    vso_result_t *local = vso_result_create(parts->p);
    apr_array_header_t *tied;

    if (open_entry(parts, key, entry, local) == APR_SUCCESS) {
        apr_array_cat(res->warnings, local->warnings);
        return APR_SUCCESS;
    }
    tied = own_certs(parts, key);
    if (tied->nelts > 0 && (local->problem == VSO_P_WRONG_PASSWORD ||
                            local->problem == VSO_P_TOO_LARGE)) {
        entry->cert = APR_ARRAY_IDX(tied, 0, X509 *);
        entry->chain = others(parts, key, entry->cert);
        return APR_SUCCESS;
    }
    vso_warn(res, "key-not-listed", "The key \"%s\" is left out: %s",
             key->alias, local->detail);
    return APR_EGENERAL;
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
    APR_ARRAY_PUSH(file->entries, vso_keyfile_entry_t *) = entry;
    return APR_SUCCESS;
}

/** 1 when the key is listed already, with the same certificate. */
static int is_listed(const vso_keyfile_t *file,
                     const vso_keyfile_entry_t *entry)
{
    int i;

    for (i = 0; entry->pkey && i < file->entries->nelts; i++) {
        const vso_keyfile_entry_t *known =
            APR_ARRAY_IDX(file->entries, i, vso_keyfile_entry_t *);

        if (known->pkey && known->cert == entry->cert) {
            return 1; /* which fits both keys */
        }
    }
    return 0;
}

/** Of several there is one to choose; a single one is opened. */
static apr_status_t settle(const vso_parts_t *parts, const vso_parts_key_t *key,
                           vso_keyfile_t *file, vso_result_t *res)
{
    vso_keyfile_entry_t *entry =
        APR_ARRAY_IDX(file->entries, 0, vso_keyfile_entry_t *);
    int i;

    if (file->entries->nelts == 1) {
        if (entry->pkey) {
            return APR_SUCCESS;
        }
        apr_array_clear(file->entries);
        return open_one(parts, key, file, res);
    }
    for (i = 0; i < file->entries->nelts; i++) {
        APR_ARRAY_IDX(file->entries, i, vso_keyfile_entry_t *)->pkey = NULL;
    }
    return APR_SUCCESS;
}

/** List all keys, each once. */
static apr_status_t list_all(const vso_parts_t *parts, vso_keyfile_t *file,
                             vso_result_t *res)
{
    const vso_parts_key_t *last = NULL;
    int i;

    for (i = 0; i < parts->keys->nelts; i++) {
        const vso_parts_key_t *key =
            &APR_ARRAY_IDX(parts->keys, i, vso_parts_key_t);
        vso_keyfile_entry_t *entry = new_entry(parts, key);

        if (list_entry(parts, key, entry, res) == APR_SUCCESS &&
            !is_listed(file, entry)) {
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
    return settle(parts, last, file, res);
}

static apr_status_t no_key(const vso_parts_t *parts, vso_result_t *res)
{
    int certs = parts->bag.certs->nelts + parts->bag.unknown;

    if (parts->secrets > 0) {
        return vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "keystore",
                        "The file holds only %s%s and no key pair. A keystore "
                        "file with a private key and its certificate is "
                        "needed.",
                        parts->secrets > 1 ? "secret keys" : "a secret key",
                        certs ? ", certificates" : "");
    }
    if (certs > 0) {
        return vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "keystore",
                        "The file holds no private key, only certificates. "
                        "Export it again with the private key.");
    }
    return vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "keystore",
                    "The file holds neither a key nor a certificate.%s",
                    parts->remark);
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
        return no_key(parts, res);
    }
    name_keys(parts);
    chosen = n == 1 ? &APR_ARRAY_IDX(parts->keys, 0, vso_parts_key_t) : NULL;
    if (alias) {
        chosen = find_key(parts, alias);
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
