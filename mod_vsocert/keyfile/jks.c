/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JKS and JCEKS: first the whole container, then the trailer over it,
 * and only then what the entries hold.
 */
#include "keyfile/jks.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/evp.h>

#include "base/limits.h"
#include "base/bytes.h"
#include "keyfile/format.h"
#include "keyfile/javaser.h"
#include "keyfile/jks_key.h"
#include "keyfile/parts.h"
#include "keyfile/text.h"

#define HEADER_LEN 12
/* tag, empty alias, time, and a certificate or key of no bytes */
#define MIN_ENTRY   18
#define MAX_ENTRIES (VSO_MAX_KEYS_IN_FILE + VSO_MAX_CERTS_IN_FILE)

/** A file while it is read. */
typedef struct {
    const vso_keyfile_source_t *source;
    apr_uint64_t magic;
    apr_uint64_t version;
    apr_array_header_t *entries; /* entry_t */
    int n_certs;
    vso_pbe_t *pbe;
    vso_result_t *res;
    apr_pool_t *p;
} reader_t;

/** An entry as it stands in the file. */
typedef struct {
    reader_t *reader;
    apr_uint64_t tag;
    const char *alias;
    apr_int64_t created_sec;
    vso_bytes_t key;
    apr_array_header_t *certs; /* vso_bytes_t, DER */
} entry_t;

int vso_jks_digest(const vso_secret_t *password, const unsigned char *data,
                   apr_size_t len, unsigned char digest[SHA_DIGEST_LENGTH],
                   apr_pool_t *p)
{
    static const char salt[] = "Mighty Aphrodite";
    const vso_secret_t *wide = vso_text_utf16be(password, p);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) &&
             EVP_DigestUpdate(ctx, wide->data, wide->len) &&
             EVP_DigestUpdate(ctx, salt, sizeof(salt) - 1) &&
             EVP_DigestUpdate(ctx, data, len) &&
             EVP_DigestFinal_ex(ctx, digest, NULL);

    EVP_MD_CTX_free(ctx);
    return ok;
}

static apr_status_t damaged(reader_t *r, const char *cause)
{
    return vso_fail(r->res, VSO_P_DAMAGED, "keystore",
                    "The file is damaged: %s.", cause);
}

/** Take one certificate; version 2 says its type. */
static apr_status_t take_cert(reader_t *r, entry_t *entry, vso_bytes_t *in)
{
    vso_bytes_t type = {NULL, 0, 0};

    if (r->version == 2) {
        type = vso_bytes_counted(in, 2);
    }
    if (++r->n_certs > VSO_MAX_CERTS_IN_FILE) {
        return vso_fail(r->res, VSO_P_TOO_LARGE, "keystore",
                        "The file holds more than %d certificates.",
                        VSO_MAX_CERTS_IN_FILE);
    }
    APR_ARRAY_PUSH(entry->certs, vso_bytes_t) = vso_bytes_counted(in, 4);
    if (in->bad) {
        return damaged(r, "a certificate is cut short");
    }
    if (r->version == 2 && !vso_bytes_are(&type, VSO_JKS_CERT_TYPE)) {
        return vso_fail(r->res, VSO_P_UNSUPPORTED_FORMAT, "keystore",
                        "The file holds a certificate that is not X.509.");
    }
    return APR_SUCCESS;
}

static apr_status_t take_chain(reader_t *r, entry_t *entry, vso_bytes_t *in)
{
    apr_uint64_t n;

    entry->key = vso_bytes_counted(in, 4);
    for (n = vso_bytes_number(in, 4); n > 0; n--) {
        if (take_cert(r, entry, in) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    return in->bad ? damaged(r, "a private key is cut short") : APR_SUCCESS;
}

static apr_status_t take_secret(reader_t *r, vso_bytes_t *in)
{
    vso_javaser_skip_sealed(in);
    if (in->bad) {
        return damaged(r, "a secret key in it is cut short or of a kind that "
                          "the JDK does not write");
    }
    return APR_SUCCESS;
}

/** Java tells no aliases apart that differ in case alone, and writes them in
 * lower case; other programs do both. */
static int alias_known(const reader_t *r, const char *alias)
{
    int i;

    for (i = 0; i < r->entries->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(r->entries, i, entry_t).alias, alias)) {
            return 1;
        }
    }
    return 0;
}

static apr_status_t take_entry(reader_t *r, vso_bytes_t *in)
{
    entry_t entry = {.reader = r};
    apr_status_t rv;

    entry.tag = vso_bytes_number(in, 4);
    entry.alias = vso_bytes_utf(in, r->p);
    entry.created_sec = (apr_int64_t)vso_bytes_number(in, 8) / 1000;
    entry.certs = apr_array_make(r->p, 1, sizeof(vso_bytes_t));
    if (in->bad) {
        return damaged(r, "an entry is cut short, or its alias is no text");
    }
    if (alias_known(r, entry.alias)) {
        return damaged(r, "two entries have the same alias");
    }
    if (entry.tag == VSO_JKS_PRIVATE_KEY) {
        rv = take_chain(r, &entry, in);
    }
    else if (entry.tag == VSO_JKS_CERTIFICATE) {
        rv = take_cert(r, &entry, in);
    }
    else if (entry.tag == VSO_JKS_SECRET_KEY && r->magic == VSO_JCEKS_MAGIC) {
        rv = take_secret(r, in);
    }
    else {
        rv = damaged(r, "an entry is of a kind that does not exist");
    }
    APR_ARRAY_PUSH(r->entries, entry_t) = entry;
    return rv;
}

/** Take everything between header and trailer. */
static apr_status_t take_container(reader_t *r, vso_bytes_t in)
{
    apr_uint64_t count;

    r->magic = vso_bytes_number(&in, 4);
    r->version = vso_bytes_number(&in, 4);
    count = vso_bytes_number(&in, 4);
    if (r->version != 1 && r->version != 2) {
        return vso_fail(r->res, VSO_P_UNSUPPORTED_FORMAT, "keystore",
                        "The file says that it is of version "
                        "%" APR_UINT64_T_FMT "; versions 1 and 2 are known. "
                        "It may be damaged.",
                        r->version);
    }
    if (count > in.len / MIN_ENTRY) {
        return damaged(r, "it is shorter than its count of entries");
    }
    if (count > MAX_ENTRIES) {
        return vso_fail(r->res, VSO_P_TOO_LARGE, "keystore",
                        "The file holds more than %d entries.", MAX_ENTRIES);
    }
    for (; count > 0; count--) {
        if (take_entry(r, &in) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    return in.len == 0 ? APR_SUCCESS
                       : damaged(r, "bytes follow its last entry");
}

static apr_status_t verify_trailer(reader_t *r)
{
    apr_size_t len = r->source->len - SHA_DIGEST_LENGTH;
    unsigned char digest[SHA_DIGEST_LENGTH];

    if (!vso_jks_digest(r->source->password, r->source->data, len, digest,
                        r->p) ||
        CRYPTO_memcmp(digest, r->source->data + len, sizeof(digest))) {
        return vso_format_wrong_password(r->res);
    }
    return APR_SUCCESS;
}

/** vso_parts_open_fn */
static apr_status_t open_key(void *baton, EVP_PKEY **pkey, vso_result_t *res,
                             apr_pool_t *p)
{
    const entry_t *entry = baton;
    const reader_t *r = entry->reader;
    PKCS8_PRIV_KEY_INFO *info = NULL;
    apr_status_t rv;

    rv = vso_jks_key_open(entry->key.data, entry->key.len,
                          vso_format_key_password(r->source), r->pbe, &info,
                          res, p);
    if (rv == APR_EACCES) {
        rv = vso_format_wrong_key_password(r->source, res);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_format_key(info, pkey, res, p);
    }
    PKCS8_PRIV_KEY_INFO_free(info);
    return rv;
}

/** Add an entry's certificates. @param chain  gets them, or NULL */
static apr_status_t add_certs(const reader_t *r, vso_parts_t *parts,
                              const entry_t *entry, apr_array_header_t *chain)
{
    const vso_parts_id_t none = {NULL, 0};
    int i;

    for (i = 0; i < entry->certs->nelts; i++) {
        const vso_bytes_t *der = &APR_ARRAY_IDX(entry->certs, i, vso_bytes_t);
        X509 *cert;

        if (vso_parts_add_cert(parts, der->data, der->len, none, &cert,
                               r->res) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (chain && cert) {
            APR_ARRAY_PUSH(chain, X509 *) = cert;
        }
    }
    return APR_SUCCESS;
}

/** An entry's first certificate should be the key's, the others its issuers:
 * some programs write them the other way round. */
static apr_status_t add_key(const reader_t *r, vso_parts_t *parts,
                            entry_t *entry)
{
    vso_parts_key_t key = {.alias = entry->alias,
                           .created_sec = entry->created_sec,
                           .open = open_key,
                           .baton = entry};

    if (entry->key.len > VSO_MAX_KEY) {
        return vso_fail(r->res, VSO_P_TOO_LARGE, "keystore",
                        "A private key in the file is larger than %d bytes.",
                        VSO_MAX_KEY);
    }
    key.chain = apr_array_make(r->p, 4, sizeof(X509 *));
    if (add_certs(r, parts, entry, key.chain) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_parts_add_key(parts, &key, r->res);
}

static apr_status_t add_entries(const reader_t *r, vso_parts_t *parts)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < r->entries->nelts; i++) {
        entry_t *entry = &APR_ARRAY_IDX(r->entries, i, entry_t);

        if (entry->tag == VSO_JKS_PRIVATE_KEY) {
            rv = add_key(r, parts, entry);
        }
        else if (entry->tag == VSO_JKS_CERTIFICATE) {
            rv = add_certs(r, parts, entry, NULL);
        }
        else {
            vso_parts_add_secret(parts, entry->alias, r->res);
        }
    }
    return rv;
}

apr_status_t vso_jks_read(const vso_keyfile_source_t *source,
                          vso_keyfile_t **pfile, vso_result_t *res,
                          apr_pool_t *p)
{
    reader_t *r = apr_pcalloc(p, sizeof(*r));
    vso_bytes_t container = {source->data, 0, 0};
    vso_parts_t *parts;

    r->source = source;
    r->entries = apr_array_make(p, 4, sizeof(entry_t));
    r->pbe = vso_pbe_create(p);
    r->res = res;
    r->p = p;
    if (source->len < HEADER_LEN + SHA_DIGEST_LENGTH) {
        return damaged(r, "it is shorter than an empty keystore");
    }
    container.len = source->len - SHA_DIGEST_LENGTH;
    if (take_container(r, container) != APR_SUCCESS ||
        verify_trailer(r) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    parts = vso_parts_create(r->magic == VSO_JCEKS_MAGIC ? "jceks" : "jks", p);
    if (add_entries(r, parts) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_parts_assemble(parts, source->alias, pfile, res);
}
