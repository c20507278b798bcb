/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the tests of keystore files share: keys and certificates made by
 * OpenSSL alone, and calls with few arguments.
 */
#ifndef VSO_KEYFILE_UNIT_H
#define VSO_KEYFILE_UNIT_H

#include "unit.h"

#include <string.h>

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include "base/limits.h"
#include "keyfile/keyfile.h"
#include "x509/ossl.h"

#define PASSWORD "correct horse"

/** A pair of key and self-signed certificate. */
typedef struct {
    EVP_PKEY *pkey;
    X509 *cert;
} pair_t;

__attribute__((unused)) static X509 *new_cert(EVP_PKEY *pkey, const char *name,
                                              int days_back)
{
    X509 *cert = X509_new();
    X509_NAME *subject = X509_get_subject_name(cert);

    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1 + days_back);
    X509_gmtime_adj(X509_getm_notBefore(cert), -86400L * days_back);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(cert, subject);
    X509_set_pubkey(cert, pkey);
    ck_assert_int_gt(X509_sign(cert, pkey, EVP_sha256()), 0);
    return vso_x509_bind(cert, pool);
}

__attribute__((unused)) static pair_t new_pair(const char *name)
{
    pair_t pair;

    pair.pkey = vso_pkey_bind(EVP_EC_gen("P-256"), pool);
    pair.cert = new_cert(pair.pkey, name, 0);
    return pair;
}

/** A certificate that ca signed, valid from so many days ago to in so many. */
__attribute__((unused)) static X509 *issued_cert(EVP_PKEY *pkey,
                                                 const char *name,
                                                 const pair_t *ca, int days_ago,
                                                 int days_left)
{
    X509 *cert = new_cert(pkey, name, days_ago);

    X509_gmtime_adj(X509_getm_notAfter(cert), 86400L * days_left);
    X509_set_issuer_name(cert, X509_get_subject_name(ca->cert));
    ck_assert_int_gt(X509_sign(cert, ca->pkey, EVP_sha256()), 0);
    return cert;
}

/** DER of a certificate whose key is of an algorithm (or, with curve, on a
 * curve) that nobody knows. */
__attribute__((unused)) static vso_secret_t *unknown_key_der(int curve)
{
    static const char ec[] = "\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01";
    static const char p256[] = "\x06\x08\x2A\x86\x48\xCE\x3D\x03\x01\x07";
    X509 *cert = new_pair("foreign").cert;
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    vso_secret_t *bytes = vso_secret_copy(der, (apr_size_t)len, pool);
    unsigned char *oid =
        memmem(bytes->data, bytes->len, curve ? p256 : ec, curve ? 10 : 9);

    OPENSSL_free(der);
    ck_assert_ptr_nonnull(oid);
    oid[curve ? 9 : 8] = 0x7B;
    return bytes;
}

__attribute__((unused)) static vso_secret_t *secret(const char *text)
{
    return vso_secret_copy(text, strlen(text), pool);
}

/** A library context with the old ciphers, as other programs have them: the
 * default one of this process stays as it is. */
__attribute__((unused)) static OSSL_LIB_CTX *old_programs(void)
{
    static OSSL_LIB_CTX *ctx;

    if (!ctx) {
        ctx = OSSL_LIB_CTX_new();
        ck_assert_ptr_nonnull(OSSL_PROVIDER_load(ctx, "legacy"));
        ck_assert_ptr_nonnull(OSSL_PROVIDER_load(ctx, "default"));
    }
    return ctx;
}

/** Reading an old file has not made its ciphers known to the whole process. */
__attribute__((unused)) static void assert_no_old_ciphers(void)
{
    EVP_CIPHER *rc2 = EVP_CIPHER_fetch(NULL, "RC2-40-CBC", NULL);

    ck_assert_msg(rc2 == NULL, "old ciphers are there for everybody");
    EVP_CIPHER_free(rc2);
}

/** Read with one password. */
__attribute__((unused)) static apr_status_t
read_with(const void *data, apr_size_t len, const char *password,
          const char *alias, vso_keyfile_t **pfile)
{
    vso_keyfile_source_t source = {
        .data = data, .len = len, .password = secret(password), .alias = alias};

    return vso_keyfile_read(&source, pfile, res, pool);
}

__attribute__((unused)) static vso_secret_t *
written(const char *format, const pair_t *pair, const apr_array_header_t *chain,
        const char *password)
{
    vso_keyfile_sink_t sink = {.format = format,
                               .pkey = pair->pkey,
                               .cert = pair->cert,
                               .chain = chain,
                               .password = secret(password)};
    vso_secret_t *data = NULL;

    if (!chain) {
        sink.chain = apr_array_make(pool, 1, sizeof(X509 *));
    }
    assert_ok(vso_keyfile_write(&sink, &data, res, pool));
    return data;
}

__attribute__((unused)) static const vso_keyfile_entry_t *
entry_at(const vso_keyfile_t *file, int i)
{
    ck_assert_int_lt(i, file->entries->nelts);
    return APR_ARRAY_IDX(file->entries, i, const vso_keyfile_entry_t *);
}

/** The file has one entry, opened, and it is this pair. */
__attribute__((unused)) static void assert_pair(const vso_keyfile_t *file,
                                                const pair_t *pair)
{
    const vso_keyfile_entry_t *entry = entry_at(file, 0);

    ck_assert_int_eq(file->entries->nelts, 1);
    ck_assert_ptr_nonnull(entry->pkey);
    ck_assert_int_eq(EVP_PKEY_eq(entry->pkey, pair->pkey), 1);
    ck_assert_int_eq(X509_cmp(entry->cert, pair->cert), 0);
}

/** The entry's chain holds this certificate. */
__attribute__((unused)) static void
assert_in_chain(const vso_keyfile_entry_t *entry, const X509 *cert)
{
    int i;

    for (i = 0; i < entry->chain->nelts; i++) {
        if (!X509_cmp(APR_ARRAY_IDX(entry->chain, i, X509 *), cert)) {
            return;
        }
    }
    ck_abort_msg("a certificate is not in the chain");
}

/** 1 when there is a warning with this slug whose detail holds text. */
__attribute__((unused)) static int warned(const char *slug, const char *text)
{
    int i;

    for (i = 0; i < res->warnings->nelts; i++) {
        const vso_warning_t *w =
            &APR_ARRAY_IDX(res->warnings, i, vso_warning_t);

        if (!strcmp(w->slug, slug) && strstr(w->detail, text)) {
            return 1;
        }
    }
    return 0;
}

/** What PEM_write_bio_* put into a memory BIO, as text; frees the BIO. */
__attribute__((unused)) static const char *bio_text(BIO *bio)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);
    const char *text = apr_pstrmemdup(pool, data, (apr_size_t)len);

    BIO_free(bio);
    return text;
}

/** Refused whatever length it is cut to, and never with a crash. */
__attribute__((unused)) static void
assert_all_cuts_refused(const vso_secret_t *data, apr_size_t enough,
                        const char *password)
{
    apr_size_t len;

    for (len = 0; len < enough; len++) {
        apr_pool_t *all = pool;
        vso_keyfile_t *file = NULL;
        /* a copy of its own, so that a read past the end is seen */
        unsigned char *copy = malloc(len + 1);

        apr_pool_create(&pool, all);
        memcpy(copy, data->data, len);
        ck_assert_msg(read_with(copy, len, password, NULL, &file) !=
                          APR_SUCCESS,
                      "read at a length of %d", (int)len);
        ck_assert_ptr_null(file);
        ck_assert_ptr_nonnull(res->detail);
        vso_result_clear(res);
        free(copy);
        apr_pool_destroy(pool);
        pool = all;
    }
}

/** Flip each bit: refused, or read with the same key and certificate. Returns
 * how often it was read. */
__attribute__((unused)) static int try_all_flips(const vso_secret_t *data,
                                                 const pair_t *pair,
                                                 const char *password)
{
    unsigned char *copy = malloc(data->len);
    int n_read = 0;
    apr_size_t bit;

    memcpy(copy, data->data, data->len);
    for (bit = 0; bit < data->len * 8; bit++) {
        apr_pool_t *all = pool;
        vso_keyfile_t *file = NULL;

        apr_pool_create(&pool, all);
        copy[bit / 8] ^= (unsigned char)(1u << bit % 8);
        if (read_with(copy, data->len, password, NULL, &file) == APR_SUCCESS) {
            const vso_keyfile_entry_t *entry = entry_at(file, 0);

            ck_assert_msg(EVP_PKEY_eq(entry->pkey, pair->pkey) == 1,
                          "another key after a flip of bit %d", (int)bit);
            n_read++;
        }
        copy[bit / 8] ^= (unsigned char)(1u << bit % 8);
        vso_result_clear(res);
        apr_pool_destroy(pool);
        pool = all;
    }
    free(copy);
    return n_read;
}

#endif
