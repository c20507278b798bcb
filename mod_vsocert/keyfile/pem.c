/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PEM (RFC 7468): a private key, its certificate and others, in any order and
 * with text between them.
 */
#include <string.h>

#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/limits.h"
#include "keyfile/format.h"
#include "keyfile/parts.h"
#include "keyfile/pbe.h"
#include "keyfile/text.h"
#include "x509/cert.h"
#include "x509/ossl.h"

typedef struct {
    const vso_keyfile_source_t *source;
    const apr_array_header_t *passwords;
    vso_pbe_t *pbe;
    vso_parts_t *parts;
    vso_result_t *res;
    apr_pool_t *p;
} reader_t;

/** A key that waits to be opened. */
typedef struct {
    reader_t *reader;
    const char *header; /* RFC 1421 header fields, or "" */
    vso_secret_t *der;  /* maybe encrypted */
    int type;           /* EVP_PKEY_*, of a traditional key */
} pem_key_t;

static apr_status_t damaged_key(vso_result_t *res)
{
    return vso_fail(res, VSO_P_DAMAGED, "keystore",
                    "The private key in the file is damaged.");
}

/** The key needs no password: say that the one given protects nothing. */
static void warn_unencrypted(vso_result_t *res)
{
    vso_warn(res, "unencrypted-key",
             "The private key in the file is not encrypted; the password was "
             "not used. Delete the file or keep it safe.");
}

static apr_status_t open_encrypted(void *baton, EVP_PKEY **pkey,
                                   vso_result_t *res, apr_pool_t *p)
{
    const pem_key_t *key = baton;
    const unsigned char *end = key->der->data;
    X509_SIG *sealed = d2i_X509_SIG(NULL, &end, (long)key->der->len);
    const ASN1_OCTET_STRING *bytes;
    const X509_ALGOR *algorithm;
    void *info = NULL;
    apr_status_t rv;

    if (!sealed || end != key->der->data + key->der->len) {
        rv = damaged_key(res);
        goto leave;
    }
    X509_SIG_get0(sealed, &algorithm, &bytes);
    rv =
        vso_pbe_open(key->reader->pbe, algorithm, bytes, key->reader->passwords,
                     ASN1_ITEM_rptr(PKCS8_PRIV_KEY_INFO), &info, res);
    if (rv == APR_EACCES) {
        rv = vso_format_wrong_password(res);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_format_key(info, pkey, res, p);
    }

leave:
    PKCS8_PRIV_KEY_INFO_free(info);
    X509_SIG_free(sealed);
    return rv;
}

static apr_status_t open_plain(void *baton, EVP_PKEY **pkey, vso_result_t *res,
                               apr_pool_t *p)
{
    const pem_key_t *key = baton;
    const unsigned char *end = key->der->data;
    PKCS8_PRIV_KEY_INFO *info =
        d2i_PKCS8_PRIV_KEY_INFO(NULL, &end, (long)key->der->len);
    apr_status_t rv;

    if (!info || end != key->der->data + key->der->len) {
        rv = damaged_key(res);
    }
    else {
        rv = vso_format_key(info, pkey, res, p);
        warn_unencrypted(res);
    }
    PKCS8_PRIV_KEY_INFO_free(info);
    return rv;
}

/** A traditional key (RFC 8017 A.1.2, RFC 5915), or NULL. */
static EVP_PKEY *parse_traditional(int type, const unsigned char *der, long len)
{
    const unsigned char *end = der;
    EVP_PKEY *pkey = d2i_PrivateKey(type, NULL, &end, len);

    if (pkey && end != der + len) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    return pkey;
}

/** pem_password_cb: hands out a vso_secret_t. */
static int give_password(char *buf, int size, int rwflag, void *baton)
{
    const vso_secret_t *password = baton;

    (void)rwflag;
    if (password->len > (apr_size_t)size) {
        return -1;
    }
    if (password->len) {
        memcpy(buf, password->data, password->len);
    }
    return (int)password->len;
}

/** 1 when the default library context has the cipher. */
static int has_cipher(const EVP_CIPHER *cipher)
{
    EVP_CIPHER *found =
        EVP_CIPHER_fetch(NULL, EVP_CIPHER_get0_name(cipher), NULL);

    EVP_CIPHER_free(found);
    return found != NULL;
}

/** "Proc-Type: 4,ENCRYPTED": MD5 once over password and salt, whatever the
 * cipher (OpenSSL's own scheme, PEM_do_header). */
static apr_status_t open_proc_type(const pem_key_t *key, EVP_PKEY **pkey,
                                   vso_result_t *res, apr_pool_t *p)
{
    const apr_array_header_t *passwords = key->reader->passwords;
    char *header = apr_pstrdup(p, key->header);
    EVP_CIPHER_INFO cipher;
    int i;

    if (!PEM_get_EVP_CIPHER_INFO(header, &cipher) || !cipher.cipher ||
        !has_cipher(cipher.cipher)) {
        return vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "keystore",
                        "The private key is encrypted with a cipher that is "
                        "not supported. Write it anew with `openssl pkcs8 "
                        "-topk8`.");
    }
    for (i = 0; i < passwords->nelts; i++) {
        vso_secret_t *copy = vso_secret_copy(key->der->data, key->der->len, p);
        long len = (long)copy->len;
        EVP_PKEY *found = NULL;

        if (PEM_do_header(&cipher, copy->data, &len, give_password,
                          APR_ARRAY_IDX(passwords, i, vso_secret_t *))) {
            found = parse_traditional(key->type, copy->data, len);
        }
        if (found) {
            *pkey = vso_pkey_bind(found, p);
            return APR_SUCCESS;
        }
    }
    return vso_format_wrong_password(res);
}

static apr_status_t open_traditional(void *baton, EVP_PKEY **pkey,
                                     vso_result_t *res, apr_pool_t *p)
{
    const pem_key_t *key = baton;
    EVP_PKEY *found;

    if (strstr(key->header, "ENCRYPTED")) {
        return open_proc_type(key, pkey, res, p);
    }
    found = parse_traditional(key->type, key->der->data, (long)key->der->len);
    if (!found) {
        return damaged_key(res);
    }
    *pkey = vso_pkey_bind(found, p);
    warn_unencrypted(res);
    return APR_SUCCESS;
}

static const struct {
    const char *label;
    vso_parts_open_fn *open;
    int type;
} key_labels[] = {
    {PEM_STRING_PKCS8, open_encrypted, EVP_PKEY_NONE},
    {PEM_STRING_PKCS8INF, open_plain, EVP_PKEY_NONE},
    {PEM_STRING_RSA, open_traditional, EVP_PKEY_RSA},
    {PEM_STRING_ECPRIVATEKEY, open_traditional, EVP_PKEY_EC},
    {PEM_STRING_DSA, open_traditional, EVP_PKEY_DSA},
};

static apr_status_t add_key(reader_t *r, apr_size_t row, const char *header,
                            const unsigned char *der, apr_size_t len)
{
    vso_parts_key_t part = {.alias = ""};
    pem_key_t *key;

    if (len > VSO_MAX_KEY) {
        return vso_fail(r->res, VSO_P_TOO_LARGE, "keystore",
                        "A private key in the file is larger than %d bytes.",
                        VSO_MAX_KEY);
    }
    key = apr_palloc(r->p, sizeof(*key));
    key->reader = r;
    key->header = apr_pstrdup(r->p, header);
    key->der = vso_secret_copy(der, len, r->p);
    key->type = key_labels[row].type;
    part.open = key_labels[row].open;
    part.baton = key;
    return vso_parts_add_key(r->parts, &part, r->res);
}

static apr_status_t add_cert(reader_t *r, const unsigned char *der,
                             apr_size_t len)
{
    const vso_parts_id_t none = {NULL, 0};
    X509 *cert;

    if (vso_cert_parse((const char *)der, len, &cert, r->res, r->p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_parts_add_cert(r->parts, cert, none, r->res);
}

/** Sort one block in by its label. */
static apr_status_t add_block(reader_t *r, const char *label,
                              const char *header, const unsigned char *der,
                              apr_size_t len)
{
    apr_size_t i;

    for (i = 0; i < sizeof(key_labels) / sizeof(*key_labels); i++) {
        if (!strcmp(label, key_labels[i].label)) {
            return add_key(r, i, header, der, len);
        }
    }
    if (!strcmp(label, PEM_STRING_X509) ||
        !strcmp(label, PEM_STRING_X509_OLD)) {
        return add_cert(r, der, len);
    }
    if (!strstr(label, "PARAMETERS")) {
        vso_warn(r->res, "not-used",
                 "A block \"%.64s\" in the file is not used.", label);
    }
    return APR_SUCCESS;
}

static apr_status_t read_blocks(reader_t *r)
{
    BIO *in = BIO_new_mem_buf(r->source->data, (int)r->source->len);
    apr_status_t rv = APR_SUCCESS;
    unsigned char *der;
    char *header;
    char *label;
    long len;

    while (rv == APR_SUCCESS && PEM_read_bio(in, &label, &header, &der, &len)) {
        rv = add_block(r, label, header, der, (apr_size_t)len);
        OPENSSL_free(label);
        OPENSSL_free(header);
        OPENSSL_clear_free(der, (size_t)len);
    }
    if (rv == APR_SUCCESS &&
        ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
        rv = vso_fail(r->res, VSO_P_DAMAGED, "keystore",
                      "A PEM block in the file is cut short or damaged: %s.",
                      vso_ossl_reason(r->p));
    }
    BIO_free(in);
    return rv;
}

apr_status_t vso_pem_read(const vso_keyfile_source_t *source,
                          vso_keyfile_t **pfile, vso_result_t *res,
                          apr_pool_t *p)
{
    reader_t *r = apr_palloc(p, sizeof(*r));

    r->source = source;
    r->passwords = vso_text_spellings(vso_format_key_password(source), p);
    r->pbe = vso_pbe_create(p);
    r->parts = vso_parts_create("pem", p);
    r->res = res;
    r->p = p;
    if (read_blocks(r) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_parts_assemble(r->parts, source->alias, pfile, res);
}

apr_status_t vso_pem_write(const vso_keyfile_sink_t *sink, vso_secret_t **pdata,
                           vso_result_t *res, apr_pool_t *p)
{
    BIO *out = BIO_new(BIO_s_mem());
    X509_SIG *sealed = vso_pbe_seal(sink->pkey, sink->password);
    int ok = out && sealed && PEM_write_bio_PKCS8(out, sealed) &&
             PEM_write_bio_X509(out, sink->cert);
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; ok && i < sink->chain->nelts; i++) {
        ok = PEM_write_bio_X509(out, APR_ARRAY_IDX(sink->chain, i, X509 *));
    }
    if (ok) {
        *pdata = vso_format_bio_bytes(out, p);
    }
    else {
        rv = vso_fail(res, VSO_P_INTERNAL, NULL,
                      "OpenSSL could not write the file: %s.",
                      vso_ossl_reason(p));
    }
    X509_SIG_free(sealed);
    BIO_free(out);
    return rv;
}
