/* SPDX-License-Identifier: Apache-2.0 */
#include "package/cms.h"

#include <limits.h>

#include <apr_strings.h>
#include <openssl/cms.h>
#include <openssl/err.h>

#include "base/limits.h"
#include "package/rawsig.h"
#include "x509/cert.h"
#include "x509/key.h"
#include "x509/ossl.h"
#include "x509/usage.h"

#define SIGN_FLAGS (CMS_DETACHED | CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP)

/* Who is trusted is the caller's to decide: path validation stays out. */
#define VERIFY_FLAGS (CMS_DETACHED | CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY)

/* The one value of an attribute that stands once. */
#define ONLY_ONE (-3)

/** Digests that are accepted (RFC 5754), and their short names. */
static const struct {
    int nid;
    const char *name;
} digests[] = {
    {NID_sha256, "sha256"},
    {NID_sha384, "sha384"},
    {NID_sha512, "sha512"},
};

/** Signature algorithms that go with them. */
static const int signatures[] = {
    NID_rsaEncryption,
    NID_sha256WithRSAEncryption,
    NID_sha384WithRSAEncryption,
    NID_sha512WithRSAEncryption,
    NID_rsassaPss,
    NID_ecdsa_with_SHA256,
    NID_ecdsa_with_SHA384,
    NID_ecdsa_with_SHA512,
};

static apr_status_t bad(vso_result_t *res, const char *what)
{
    return vso_fail(res, VSO_P_BAD_SIGNATURE, VSO_PACKAGE_P7S,
                    "The package's CMS signature %s.", what);
}

/** Add the signing time, or OpenSSL would take the clock's. */
static int add_time(CMS_SignerInfo *si, apr_int64_t now_sec)
{
    ASN1_TIME *when = ASN1_TIME_set(NULL, (time_t)now_sec);
    int ok = when &&
             CMS_signed_add1_attr_by_NID(si, NID_pkcs9_signingTime,
                                         ASN1_STRING_type(when), when, -1) == 1;

    ASN1_TIME_free(when);
    return ok;
}

static int add_chain(CMS_ContentInfo *cms, const vso_package_key_t *key)
{
    int ok = 1;
    int i;

    for (i = 0; ok && key->chain && i < key->chain->nelts; i++) {
        X509 *cert = APR_ARRAY_IDX(key->chain, i, X509 *);

        ok = !X509_cmp(cert, key->cert) || CMS_add1_cert(cms, cert) == 1;
    }
    return ok;
}

/** CMS to DER in p. */
static int to_der(CMS_ContentInfo *cms, const unsigned char **pder,
                  apr_size_t *plen, apr_pool_t *p)
{
    unsigned char *der = NULL;
    int len = i2d_CMS_ContentInfo(cms, &der);

    if (len <= 0) {
        return 0;
    }
    *pder = apr_pmemdup(p, der, (apr_size_t)len);
    *plen = (apr_size_t)len;
    OPENSSL_free(der);
    return 1;
}

apr_status_t vso_cms_sign(const char *data, apr_size_t len,
                          const vso_package_key_t *key,
                          const unsigned char **pder, apr_size_t *plen,
                          vso_result_t *res, apr_pool_t *p)
{
    const EVP_MD *md = vso_usage_digest(key->pkey);
    apr_status_t rv = APR_SUCCESS;
    CMS_ContentInfo *cms = NULL;
    CMS_SignerInfo *si;
    BIO *in = NULL;

    if (!md) {
        return vso_fail(res, VSO_P_INVALID, "key",
                        "A %s key cannot sign packages: use an RSA or EC key.",
                        vso_key_type(key->pkey, p));
    }
    if (len <= INT_MAX) {
        in = BIO_new_mem_buf(data, (int)len);
    }
    cms = CMS_sign(NULL, NULL, NULL, NULL, SIGN_FLAGS);
    si = in && cms ? CMS_add1_signer(cms, key->cert, key->pkey, md, SIGN_FLAGS)
                   : NULL;
    if (!si || !add_time(si, key->now_sec) || !add_chain(cms, key) ||
        CMS_final(cms, in, NULL, SIGN_FLAGS) != 1 ||
        !to_der(cms, pder, plen, p)) {
        rv = vso_fail(res, VSO_P_INTERNAL, NULL,
                      "The package cannot be signed (%s).", vso_ossl_reason(p));
    }
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    ERR_clear_error();
    return rv;
}

/** The short name of the signer's digest; NULL where it is not accepted. */
static const char *digest_name(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *oid = NULL;
    apr_size_t i;

    X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
    for (i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
        if (OBJ_obj2nid(oid) == digests[i].nid) {
            return digests[i].name;
        }
    }
    return NULL;
}

static int is_known_signature(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *oid = NULL;
    apr_size_t i;

    X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
    for (i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
        if (OBJ_obj2nid(oid) == signatures[i]) {
            return 1;
        }
    }
    return 0;
}

/** The only SignerInfo, with algorithms and attributes as they have to be. */
static apr_status_t check_signer(CMS_ContentInfo *cms,
                                 vso_package_signer_t *signer,
                                 vso_result_t *res)
{
    STACK_OF(CMS_SignerInfo) *all = CMS_get0_SignerInfos(cms);
    X509_ALGOR *signature = NULL;
    X509_ALGOR *digest = NULL;
    const ASN1_TIME *when;
    CMS_SignerInfo *si;
    ASN1_OBJECT *oid;

    if (sk_CMS_SignerInfo_num(all) != 1) {
        return bad(res, "does not have exactly one signer");
    }
    si = sk_CMS_SignerInfo_value(all, 0);
    CMS_SignerInfo_get0_algs(si, NULL, NULL, &digest, &signature);
    signer->digest = digest_name(digest);
    if (!signer->digest || !is_known_signature(signature)) {
        return bad(res, "uses another digest than SHA-256, SHA-384 or SHA-512, "
                        "or an algorithm that is not read here");
    }
    if (!CMS_signed_get0_data_by_OBJ(si, OBJ_nid2obj(NID_pkcs9_contentType),
                                     ONLY_ONE, V_ASN1_OBJECT) ||
        !CMS_signed_get0_data_by_OBJ(si, OBJ_nid2obj(NID_pkcs9_messageDigest),
                                     ONLY_ONE, V_ASN1_OCTET_STRING)) {
        return bad(res, "lacks a signed attribute (RFC 5652, 11)");
    }
    oid = OBJ_nid2obj(NID_pkcs9_signingTime);
    when = CMS_signed_get0_data_by_OBJ(si, oid, ONLY_ONE, V_ASN1_UTCTIME);
    if (!when) {
        when = CMS_signed_get0_data_by_OBJ(si, oid, ONLY_ONE,
                                           V_ASN1_GENERALIZEDTIME);
    }
    if (!when || !ASN1_TIME_check(when)) {
        return bad(res, "does not say when it was made");
    }
    signer->signing_time_sec = vso_asn1_time_sec(when);
    return APR_SUCCESS;
}

/** The certificates inside, each read as strictly as one alone; the signer's
 * is found by what its SignerInfo names. */
static apr_status_t take_certs(CMS_ContentInfo *cms,
                               vso_package_signer_t *signer, vso_result_t *res,
                               apr_pool_t *p)
{
    CMS_SignerInfo *si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
    STACK_OF(X509) *bag = CMS_get1_certs(cms);
    apr_status_t rv = APR_SUCCESS;
    int n = sk_X509_num(bag);
    int i;

    signer->chain = apr_array_make(p, 4, sizeof(X509 *));
    if (n > VSO_MAX_CHAIN + 1) {
        rv = bad(res, "holds more certificates than a chain has");
    }
    for (i = 0; rv == APR_SUCCESS && i < n; i++) {
        unsigned char *der = NULL;
        int len = i2d_X509(sk_X509_value(bag, i), &der);
        X509 *cert;

        if (len <= 0 ||
            vso_cert_parse((const char *)der, (apr_size_t)len, &cert,
                           vso_result_create(p), p) != APR_SUCCESS) {
            rv = bad(res, "holds a damaged certificate");
        }
        else if (!signer->cert && !CMS_SignerInfo_cert_cmp(si, cert)) {
            signer->cert = cert;
            CMS_SignerInfo_set1_signer_cert(si, cert);
        }
        else {
            APR_ARRAY_PUSH(signer->chain, X509 *) = cert;
        }
        OPENSSL_free(der);
    }
    sk_X509_pop_free(bag, X509_free);
    if (rv == APR_SUCCESS && !signer->cert) {
        rv = bad(res, "does not hold its signer's certificate");
    }
    if (rv == APR_SUCCESS &&
        vso_rawsig_short_key(X509_get0_pubkey(signer->cert))) {
        rv = bad(res, "is made with a key that is too short to vouch for "
                      "anything");
    }
    return rv;
}

static apr_status_t check_structure(CMS_ContentInfo *cms, vso_result_t *res)
{
    ASN1_OCTET_STRING **content = NULL;

    if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed) {
        return bad(res, "is no SignedData (RFC 5652, 5)");
    }
    if (OBJ_obj2nid(CMS_get0_eContentType(cms)) != NID_pkcs7_data) {
        return bad(res, "is over something else than data");
    }
    content = CMS_get0_content(cms);
    if (!content || *content) {
        return bad(res, "is not detached");
    }
    return APR_SUCCESS;
}

/** What was signed, to be read once. Not a memory BIO itself: of those
 * CMS_verify makes a copy, and loses it where it does not know the digest. */
static BIO *content_bio(const char *data, apr_size_t len)
{
    BIO *memory = BIO_new_mem_buf(data, (int)len);
    BIO *filter = memory ? BIO_new(BIO_f_null()) : NULL;

    if (!filter) {
        BIO_free(memory);
        return NULL;
    }
    return BIO_push(filter, memory);
}

apr_status_t vso_cms_verify(const char *der, apr_size_t der_len,
                            const char *data, apr_size_t len,
                            vso_package_signer_t **psigner, vso_result_t *res,
                            apr_pool_t *p)
{
    vso_package_signer_t *signer = apr_pcalloc(p, sizeof(*signer));
    const unsigned char *at = (const unsigned char *)der;
    CMS_ContentInfo *cms = NULL;
    BIO *in = NULL;
    apr_status_t rv;

    if (der_len > VSO_MAX_P7S || len > INT_MAX) {
        return vso_fail(res, VSO_P_TOO_LARGE, VSO_PACKAGE_P7S,
                        "The package's CMS signature is larger than %d bytes.",
                        VSO_MAX_P7S);
    }
    cms = d2i_CMS_ContentInfo(NULL, &at, (long)der_len);
    if (!cms || at != (const unsigned char *)der + der_len) {
        rv = bad(res, "does not parse, or bytes follow its end");
        goto leave;
    }
    rv = check_structure(cms, res);
    if (rv == APR_SUCCESS) {
        rv = check_signer(cms, signer, res);
    }
    if (rv == APR_SUCCESS) {
        rv = take_certs(cms, signer, res, p);
    }
    if (rv != APR_SUCCESS) {
        goto leave;
    }
    in = content_bio(data, len);
    if (!in || CMS_verify(cms, NULL, NULL, in, NULL, VERIFY_FLAGS) != 1) {
        rv = bad(res, "does not hold: the manifest was changed after it was "
                      "signed, or the certificate is another one");
        goto leave;
    }
    signer->cms = 1;
    *psigner = signer;
leave:
    BIO_free_all(in);
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
    return rv;
}
