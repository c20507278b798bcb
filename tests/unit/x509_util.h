/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Keys and certificates for the tests of x509/, made with OpenSSL alone, so
 * that nothing of the core judges itself. Everything is freed with `pool`.
 */
#ifndef VSO_X509_UTIL_H
#define VSO_X509_UTIL_H

#include "unit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/cms.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "x509/ossl.h"

#define DAY 86400

/** What a certificate is to be like. What is 0 gets a sensible value. */
typedef struct {
    const char *cn;
    EVP_PKEY *key;    /**< whose certificate it is */
    X509 *issuer;     /**< NULL: self-signed */
    EVP_PKEY *signer; /**< the issuer's key */
    int ca;           /**< CA:TRUE */
    int from_days;    /**< 0: yesterday */
    int until_days;   /**< 0: in a year */
    const EVP_MD *md; /**< NULL: SHA-256 */
    const char *sans; /**< "DNS:a,IP:1.2.3.4" */
    const char *eku;  /**< "serverAuth" */
    const char *key_usage;
    const char *aki;         /**< NULL: "keyid" */
    const char *constraints; /**< NULL: as ca says */
    const char *odd;         /**< an extension 1.2.3.4: "critical,DER:0500" */
    int plain;               /**< neither extensions nor key ids */
} wish_t;

static inline EVP_PKEY *ec_key(void)
{
    return vso_pkey_bind(EVP_EC_gen("P-256"), pool);
}

/** On any curve: "brainpoolP256r1". */
static inline EVP_PKEY *curve_key(const char *curve)
{
    return vso_pkey_bind(EVP_EC_gen(curve), pool);
}

/** P-256 with its parameters written out. */
static inline EVP_PKEY *explicit_key(void)
{
    EVP_PKEY *key = ec_key();

    ck_assert_int_eq(EVP_PKEY_set_utf8_string_param(
                         key, OSSL_PKEY_PARAM_EC_ENCODING, "explicit"),
                     1);
    return key;
}

/** The next of the RSA keys that the build made (VSO_UNIT_KEYS): to make one
 * takes longer than most tests. A test gets each of them once, and new ones
 * when there are no more. */
static inline EVP_PKEY *rsa_key(unsigned int bits)
{
    const char *size = apr_psprintf(pool, "rsa-%u", bits);
    EVP_PKEY *key = NULL;
    void *number = NULL;
    int *used;
    FILE *in;

    apr_pool_userdata_get(&number, size, pool);
    used = number ? number : apr_pcalloc(pool, sizeof(*used));
    apr_pool_userdata_setn(used, size, NULL, pool);
    in =
        fopen(apr_psprintf(pool, VSO_UNIT_KEYS "/%s.%d", size, (*used)++), "r");
    if (in) {
        key = PEM_read_PrivateKey(in, NULL, NULL, NULL);
        fclose(in);
        ck_assert_ptr_nonnull(key);
    }
    return vso_pkey_bind(key ? key : EVP_RSA_gen(bits), pool);
}

static inline void put(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509_EXTENSION *extension;
    X509V3_CTX ctx;

    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    ck_assert_ptr_nonnull(extension);
    ck_assert_int_eq(X509_add_ext(cert, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

/** Put the extension 1.2.3.4, which nobody knows. */
static inline void put_odd(X509 *cert, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf(NULL, NULL, "1.2.3.4", value);

    ck_assert_ptr_nonnull(extension);
    ck_assert_int_eq(X509_add_ext(cert, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static inline void put_extensions(X509 *cert, X509 *issuer, const wish_t *wish)
{
    put(cert, issuer, NID_basic_constraints,
        wish->constraints ? wish->constraints
        : wish->ca        ? "critical,CA:TRUE"
                          : "CA:FALSE");
    if (wish->odd) {
        put_odd(cert, wish->odd);
    }
    put(cert, issuer, NID_subject_key_identifier, "hash");
    if (issuer != cert) {
        put(cert, issuer, NID_authority_key_identifier,
            wish->aki ? wish->aki : "keyid");
    }
    if (wish->key_usage) {
        put(cert, issuer, NID_key_usage, wish->key_usage);
    }
    if (wish->sans) {
        put(cert, issuer, NID_subject_alt_name, wish->sans);
    }
    if (wish->eku) {
        put(cert, issuer, NID_ext_key_usage, wish->eku);
    }
}

/** Make the certificate. */
static inline X509 *make_cert(const wish_t *wish)
{
    static int serial = 1000;
    X509 *cert = vso_x509_bind(X509_new(), pool);
    X509 *issuer = wish->issuer ? wish->issuer : cert;
    X509_NAME *name = X509_get_subject_name(cert);
    time_t now = time(NULL);

    X509_set_version(cert, wish->plain ? X509_VERSION_1 : X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                               (const unsigned char *)wish->cn, -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(issuer));
    ASN1_TIME_set(X509_getm_notBefore(cert),
                  now + DAY * (wish->from_days ? wish->from_days : -1));
    ASN1_TIME_set(X509_getm_notAfter(cert),
                  now + DAY * (wish->until_days ? wish->until_days : 365));
    X509_set_pubkey(cert, wish->key);
    if (!wish->plain) {
        put_extensions(cert, issuer, wish);
    }
    ck_assert_int_gt(X509_sign(cert, wish->signer ? wish->signer : wish->key,
                               wish->md ? wish->md : EVP_sha256()),
                     0);
    return cert;
}

/** A CA with root and intermediate, and a server certificate below it. */
typedef struct {
    EVP_PKEY *root_key;
    EVP_PKEY *mid_key;
    EVP_PKEY *leaf_key;
    X509 *root;
    X509 *mid;
    X509 *leaf;
} pki_t;

static inline pki_t make_pki(void)
{
    pki_t pki = {ec_key(), ec_key(), ec_key(), NULL, NULL, NULL};

    pki.root = make_cert(&(wish_t){.cn = "Root", .key = pki.root_key, .ca = 1});
    pki.mid = make_cert(&(wish_t){.cn = "Issuing",
                                  .key = pki.mid_key,
                                  .issuer = pki.root,
                                  .signer = pki.root_key,
                                  .ca = 1});
    pki.leaf = make_cert(&(wish_t){.cn = "www.example.org",
                                   .key = pki.leaf_key,
                                   .issuer = pki.mid,
                                   .signer = pki.mid_key,
                                   .sans = "DNS:www.example.org",
                                   .eku = "serverAuth"});
    return pki;
}

/** An array of the certificates up to a NULL. */
static inline apr_array_header_t *certs_of(X509 *first, ...)
{
    apr_array_header_t *certs = apr_array_make(pool, 4, sizeof(X509 *));
    X509 *cert;
    va_list args;

    va_start(args, first);
    for (cert = first; cert; cert = va_arg(args, X509 *)) {
        APR_ARRAY_PUSH(certs, X509 *) = cert;
    }
    va_end(args);
    return certs;
}

/** An array of the texts up to a NULL. */
static inline apr_array_header_t *texts_of(const char *first, ...)
{
    apr_array_header_t *texts = apr_array_make(pool, 4, sizeof(const char *));
    const char *text;
    va_list args;

    va_start(args, first);
    for (text = first; text; text = va_arg(args, const char *)) {
        APR_ARRAY_PUSH(texts, const char *) = text;
    }
    va_end(args);
    return texts;
}

/** Bytes with their length. */
typedef struct {
    const char *data;
    apr_size_t len;
} bytes_t;

/** What is in a memory BIO, which is freed. */
static inline bytes_t take_bio(BIO *bio)
{
    bytes_t bytes;
    char *data = NULL;

    bytes.len = (apr_size_t)BIO_get_mem_data(bio, &data);
    bytes.data = apr_pstrmemdup(pool, data ? data : "", bytes.len);
    BIO_free(bio);
    return bytes;
}

static inline bytes_t der_of(X509 *cert)
{
    BIO *bio = BIO_new(BIO_s_mem());

    ck_assert_int_eq(i2d_X509_bio(bio, cert), 1);
    return take_bio(bio);
}

static inline const char *pem_of(X509 *cert)
{
    BIO *bio = BIO_new(BIO_s_mem());

    ck_assert_int_eq(PEM_write_bio_X509(bio, cert), 1);
    return take_bio(bio).data;
}

/** DER of a certificate (of an EC key) whose key is of an algorithm that nobody
 * knows. */
static inline bytes_t unknown_key(X509 *cert)
{
    static const char ec[] = "\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01";
    bytes_t der = der_of(cert);
    char *data = apr_pmemdup(pool, der.data, der.len);
    char *oid = memmem(data, der.len, ec, 9);

    ck_assert_ptr_nonnull(oid);
    oid[8] = 0x7B;
    der.data = data;
    return der;
}

/** A PKCS#7 bag as CAs send it. */
static inline bytes_t bag_of(const apr_array_header_t *certs, int pem)
{
    PKCS7 *bag = PKCS7_new();
    BIO *bio = BIO_new(BIO_s_mem());
    int i;

    PKCS7_set_type(bag, NID_pkcs7_signed);
    PKCS7_content_new(bag, NID_pkcs7_data);
    /* no content and no signer: a "degenerate" bag */
    PKCS7_set_detached(bag, 1);
    for (i = 0; i < certs->nelts; i++) {
        PKCS7_add_certificate(bag, APR_ARRAY_IDX(certs, i, X509 *));
    }
    ck_assert_int_eq(
        pem ? PEM_write_bio_PKCS7(bio, bag) : i2d_PKCS7_bio(bio, bag), 1);
    PKCS7_free(bag);
    return take_bio(bio);
}

/** The text holds this part, or the test fails and shows the text. */
static inline void assert_shows(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "\"%s\" is not in: %s", part,
                  text);
}

#endif
