/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PEM (RFC 7468): a private key, its certificate and others, PKCS#7 bags of
 * them included, in any order and with text between them; or a PKCS#12 file in
 * PEM armour, as GnuTLS writes it.
 */
#include <string.h>

#include <apr_strings.h>
#include <openssl/pem.h>

#include "base/limits.h"
#include "keyfile/format.h"
#include "keyfile/parts.h"
#include "keyfile/pbe.h"
#include "keyfile/text.h"
#include "x509/bag.h"
#include "x509/ossl.h"
#include "x509/pem.h"

/** A file while it is read. */
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
                        "not supported. Save it again with `openssl pkcs8 "
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

/** The private keys that are read. */
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

#define KEY_LABELS ((int)(sizeof(key_labels) / sizeof(*key_labels)))

int vso_format_key_row(const char *label)
{
    int i;

    for (i = 0; i < KEY_LABELS; i++) {
        if (!strcmp(label, key_labels[i].label)) {
            return i;
        }
    }
    return -1;
}

static apr_status_t add_key(reader_t *r, int row, const char *header,
                            vso_secret_t *der)
{
    vso_parts_key_t part = {.alias = ""};
    pem_key_t *key;

    if (der->len > VSO_MAX_KEY) {
        return vso_fail(r->res, VSO_P_TOO_LARGE, "keystore",
                        "A private key in the file is larger than %d bytes.",
                        VSO_MAX_KEY);
    }
    key = apr_palloc(r->p, sizeof(*key));
    key->reader = r;
    key->header = header;
    key->der = der;
    key->type = key_labels[row].type;
    part.open = key_labels[row].open;
    part.baton = key;
    return vso_parts_add_key(r->parts, &part, r->res);
}

static apr_status_t add_cert(reader_t *r, const unsigned char *der,
                             apr_size_t len)
{
    const vso_parts_id_t none = {NULL, 0};

    if (vso_bag_is_pkcs7(der, len)) {
        return vso_parts_add_pkcs7(r->parts, der, len, r->res);
    }
    return vso_parts_add_cert(r->parts, der, len, none, NULL, r->res);
}

/** Say what a block is that is not used; parameters of a curve or of DH come
 * along with many keys. */
static void pass_over(reader_t *r, const char *label)
{
    if (!strcmp(label, PEM_STRING_X509_TRUSTED)) {
        vso_parts_add_unused(r->parts,
                             "A certificate in OpenSSL's own \"trusted\" form "
                             "is not used: convert it with `openssl x509`.",
                             r->res);
    }
    else if (!strstr(label, "PARAMETERS")) {
        vso_parts_add_unused(
            r->parts,
            apr_psprintf(r->p, "A block \"%.64s\" in the file is not used.",
                         label),
            r->res);
    }
}

/** Sort one block in by its label. */
static apr_status_t add_block(reader_t *r, const vso_pem_block_t *block)
{
    int row = vso_format_key_row(block->label);
    vso_secret_t *der;

    if (row < 0 && !vso_pem_is_cert(block->label) &&
        !vso_pem_is_bag(block->label)) {
        pass_over(r, block->label);
        return APR_SUCCESS;
    }
    if (vso_pem_decode(block, &der, r->p) != APR_SUCCESS) {
        return vso_fail(r->res, VSO_P_DAMAGED, "keystore",
                        "The PEM block \"%.64s\" in the file is damaged: %s.",
                        block->label,
                        block->body ? "it is not base64"
                                    : "it has no END line, and may be cut "
                                      "short");
    }
    return row < 0 ? add_cert(r, der->data, der->len)
                   : add_key(r, row, block->header, der);
}

/** Read all blocks. @param parmoured  the first PKCS#12 file in PEM armour,
 * which is then all that counts */
static apr_status_t read_blocks(reader_t *r, vso_secret_t **parmoured)
{
    vso_pem_reader_t reader =
        vso_pem_open((const char *)r->source->data, r->source->len, r->p);
    apr_status_t rv = APR_SUCCESS;
    vso_pem_block_t block;
    int n = 0;

    while (rv == APR_SUCCESS && vso_pem_next(&reader, &block, r->p)) {
        if (++n > VSO_MAX_PEM_BLOCKS) {
            return vso_fail(r->res, VSO_P_TOO_LARGE, "keystore",
                            "The file holds more than %d PEM blocks.",
                            VSO_MAX_PEM_BLOCKS);
        }
        if (strcmp(block.label, VSO_PEM_PKCS12)) {
            rv = add_block(r, &block);
        }
        else if (vso_pem_decode(&block, parmoured, r->p) == APR_SUCCESS) {
            return APR_SUCCESS;
        }
        else {
            rv = vso_fail(r->res, VSO_P_DAMAGED, "keystore",
                          "The PKCS#12 file in its PEM armour is damaged or "
                          "cut short.");
        }
    }
    return rv;
}

static apr_status_t read_armoured(const vso_keyfile_source_t *source,
                                  const vso_secret_t *data,
                                  vso_keyfile_t **pfile, vso_result_t *res,
                                  apr_pool_t *p)
{
    vso_keyfile_source_t inner = *source;

    inner.data = data->data;
    inner.len = data->len;
    return vso_pkcs12_read(&inner, pfile, res, p);
}

apr_status_t vso_pem_read(const vso_keyfile_source_t *source,
                          vso_keyfile_t **pfile, vso_result_t *res,
                          apr_pool_t *p)
{
    reader_t *r = apr_palloc(p, sizeof(*r));
    vso_secret_t *armoured = NULL;

    r->source = source;
    r->passwords = vso_text_spellings(vso_format_key_password(source), p);
    r->pbe = vso_pbe_create(p);
    r->parts = vso_parts_create("pem", p);
    r->res = res;
    r->p = p;
    if (read_blocks(r, &armoured) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return armoured ? read_armoured(source, armoured, pfile, res, p)
                    : vso_parts_assemble(r->parts, source->alias, pfile, res);
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
