/* SPDX-License-Identifier: Apache-2.0 */
#include "package/envelope.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/hex.h"
#include "base/limits.h"
#include "package/envelope_der.h"
#include "package/rawsig.h"
#include "x509/key.h"
#include "x509/name.h"
#include "x509/ossl.h"

/* Recipients that an error text names before it says how many more. */
#define MAX_NAMED 8

static apr_status_t damaged(const char *name, const char *wrong,
                            vso_result_t *res)
{
    return vso_fail(res, VSO_P_DAMAGED, name, "\"%s\" %s.", name, wrong);
}

static apr_status_t cannot_receive(X509 *cert, const char *cause,
                                   vso_result_t *res, apr_pool_t *p)
{
    return vso_fail(res, VSO_P_INVALID, "recipients",
                    "Nothing can be encrypted for \"%s\": %s. Leave it out, or "
                    "take another certificate of this recipient.",
                    vso_name_text(X509_get_subject_name(cert), p), cause);
}

/** May one encrypt for it, as far as the certificate says (RFC 5280,
 * 4.2.1.3)? */
static apr_status_t check_recipient(X509 *cert, vso_result_t *res,
                                    apr_pool_t *p)
{
    const EVP_PKEY *pkey = X509_get0_pubkey(cert);
    uint32_t usage = X509_get_key_usage(cert);
    int rsa = pkey && EVP_PKEY_is_a(pkey, "RSA");

    if (!rsa && !(pkey && EVP_PKEY_is_a(pkey, "EC"))) {
        return cannot_receive(cert, "its key is neither RSA nor EC", res, p);
    }
    if (vso_rawsig_short_key(pkey)) {
        return cannot_receive(cert, "its key is too short to protect anything",
                              res, p);
    }
    if (!(usage & (rsa ? KU_KEY_ENCIPHERMENT : KU_KEY_AGREEMENT))) {
        return cannot_receive(cert,
                              rsa ? "its keyUsage lacks keyEncipherment"
                                  : "its keyUsage lacks keyAgreement",
                              res, p);
    }
    return APR_SUCCESS;
}

/** RSAES-OAEP with SHA-256 (RFC 5756), or ECDH with the X9.63 KDF and SHA-256
 * (RFC 5753, 7.1.4): OpenSSL's defaults are PKCS#1 v1.5 and SHA-1. */
static int set_algorithm(CMS_RecipientInfo *ri)
{
    EVP_PKEY_CTX *ctx = CMS_RecipientInfo_get0_pkey_ctx(ri);

    if (!ctx) {
        return 0;
    }
    if (CMS_RecipientInfo_type(ri) == CMS_RECIPINFO_AGREE) {
        return EVP_PKEY_CTX_set_ecdh_kdf_md(ctx, EVP_sha256()) == 1;
    }
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()) == 1;
}

static apr_status_t add_recipients(CMS_ContentInfo *cms,
                                   const apr_array_header_t *recipients,
                                   vso_result_t *res, apr_pool_t *p)
{
    int i;

    for (i = 0; i < recipients->nelts; i++) {
        X509 *cert = APR_ARRAY_IDX(recipients, i, X509 *);
        CMS_RecipientInfo *ri;

        if (check_recipient(cert, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        ri = CMS_add1_recipient_cert(cms, cert, CMS_KEY_PARAM);
        if (!ri || !set_algorithm(ri)) {
            return cannot_receive(cert, vso_ossl_reason(p), res, p);
        }
    }
    return APR_SUCCESS;
}

apr_status_t vso_envelope_seal(const vso_envelope_file_t *plain,
                               const apr_array_header_t *recipients,
                               const unsigned char **pder, apr_size_t *plen,
                               vso_result_t *res, apr_pool_t *p)
{
    CMS_ContentInfo *cms = NULL;
    unsigned char *der = NULL;
    BIO *in = NULL;
    apr_status_t rv;
    int der_len;

    if (plain->len > VSO_MAX_ENCRYPTED) {
        return vso_fail(res, VSO_P_TOO_LARGE, plain->name,
                        "\"%s\" is larger than %d bytes; export it without "
                        "encryption.",
                        plain->name, VSO_MAX_ENCRYPTED);
    }
    if (recipients->nelts < 1 || recipients->nelts > VSO_MAX_RECIPIENTS) {
        return vso_fail(res, VSO_P_INVALID, "recipients",
                        "There must be 1 to %d recipients.",
                        VSO_MAX_RECIPIENTS);
    }
    cms = CMS_AuthEnvelopedData_create(EVP_aes_256_gcm());
    in = BIO_new_mem_buf(plain->data, (int)plain->len);
    rv = cms && in ? add_recipients(cms, recipients, res, p) : APR_EGENERAL;
    if (rv != APR_SUCCESS) {
        goto leave;
    }
    rv = APR_EGENERAL;
    if (CMS_set_detached(cms, 0) == 1 &&
        CMS_final(cms, in, NULL, CMS_BINARY) == 1) {
        der_len = i2d_CMS_ContentInfo(cms, &der);
        if (der_len > 0) {
            *pder = apr_pmemdup(p, der, (apr_size_t)der_len);
            *plen = (apr_size_t)der_len;
            rv = APR_SUCCESS;
        }
    }
leave:
    if (rv != APR_SUCCESS) { /* keeps what has been said already */
        vso_fail(res, VSO_P_INTERNAL, plain->name,
                 "\"%s\" cannot be encrypted (%s).", plain->name,
                 vso_ossl_reason(p));
    }
    OPENSSL_free(der);
    BIO_free(in);
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
    return rv;
}

/** Parse, once the outside is as it has to be. The caller frees *pcms. */
static apr_status_t parse(const vso_envelope_file_t *sealed,
                          CMS_ContentInfo **pcms, vso_result_t *res)
{
    const unsigned char *der = (const unsigned char *)sealed->data;
    const unsigned char *at = der;
    const char *wrong;
    CMS_ContentInfo *cms;

    if (sealed->len > VSO_MAX_ENVELOPE) {
        return vso_fail(res, VSO_P_TOO_LARGE, sealed->name,
                        "\"%s\" is larger than %d bytes.", sealed->name,
                        VSO_MAX_ENVELOPE);
    }
    wrong = vso_envelope_der_wrong(der, sealed->len);
    if (wrong) {
        return damaged(sealed->name, wrong, res);
    }
    cms = d2i_CMS_ContentInfo(NULL, &at, (long)sealed->len);
    if (!cms || at != der + sealed->len) {
        CMS_ContentInfo_free(cms);
        ERR_clear_error();
        return damaged(sealed->name, "does not parse as CMS (RFC 5652)", res);
    }
    *pcms = cms;
    return APR_SUCCESS;
}

/** Is this RecipientInfo for the certificate's key? */
static int is_for(CMS_RecipientInfo *ri, X509 *cert)
{
    STACK_OF(CMS_RecipientEncryptedKey) * keys;
    int type = CMS_RecipientInfo_type(ri);
    int i;

    if (type == CMS_RECIPINFO_TRANS) {
        return CMS_RecipientInfo_ktri_cert_cmp(ri, cert) == 0;
    }
    if (type != CMS_RECIPINFO_AGREE) {
        return 0;
    }
    keys = CMS_RecipientInfo_kari_get0_reks(ri);
    for (i = 0; i < sk_CMS_RecipientEncryptedKey_num(keys); i++) {
        if (CMS_RecipientEncryptedKey_cert_cmp(
                sk_CMS_RecipientEncryptedKey_value(keys, i), cert) == 0) {
            return 1;
        }
    }
    return 0;
}

static int fits(CMS_ContentInfo *cms, X509 *cert)
{
    STACK_OF(CMS_RecipientInfo) *all = CMS_get0_RecipientInfos(cms);
    int i;

    for (i = 0; i < sk_CMS_RecipientInfo_num(all); i++) {
        if (is_for(sk_CMS_RecipientInfo_value(all, i), cert)) {
            return 1;
        }
    }
    return 0;
}

/** RSA encryption with PKCS#1 v1.5 padding is refused before any key is used:
 * how it fails would tell about the plaintext (Bleichenbacher). */
static apr_status_t check_padding(CMS_ContentInfo *cms, X509 *cert,
                                  const char *name, vso_result_t *res)
{
    STACK_OF(CMS_RecipientInfo) *all = CMS_get0_RecipientInfos(cms);
    int i;

    for (i = 0; i < sk_CMS_RecipientInfo_num(all); i++) {
        CMS_RecipientInfo *ri = sk_CMS_RecipientInfo_value(all, i);
        const ASN1_OBJECT *oid = NULL;
        X509_ALGOR *algorithm = NULL;

        if (CMS_RecipientInfo_type(ri) != CMS_RECIPINFO_TRANS ||
            !is_for(ri, cert)) {
            continue;
        }
        CMS_RecipientInfo_ktri_get0_algs(ri, NULL, NULL, &algorithm);
        X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
        if (OBJ_obj2nid(oid) != NID_rsaesOaep) {
            return damaged(name,
                           "was encrypted for an RSA key without OAEP "
                           "padding, which is not safe to open",
                           res);
        }
    }
    return APR_SUCCESS;
}

static const char *id_text(X509_NAME *issuer, const ASN1_INTEGER *serial,
                           const ASN1_OCTET_STRING *keyid, apr_pool_t *p)
{
    if (issuer && serial) {
        return apr_psprintf(p, "issuer \"%s\", serial %s",
                            vso_name_text(issuer, p),
                            vso_hex(ASN1_STRING_get0_data(serial),
                                    (apr_size_t)ASN1_STRING_length(serial), p));
    }
    if (keyid) {
        return apr_psprintf(p, "key identifier %s",
                            vso_hex(ASN1_STRING_get0_data(keyid),
                                    (apr_size_t)ASN1_STRING_length(keyid), p));
    }
    return "an unnamed key";
}

/** Add the names of one RecipientInfo. */
static void name_recipients(CMS_RecipientInfo *ri, apr_array_header_t *texts,
                            apr_pool_t *p)
{
    STACK_OF(CMS_RecipientEncryptedKey) * keys;
    ASN1_OCTET_STRING *keyid = NULL;
    ASN1_INTEGER *serial = NULL;
    X509_NAME *issuer = NULL;
    int i;

    switch (CMS_RecipientInfo_type(ri)) {
    case CMS_RECIPINFO_TRANS:
        CMS_RecipientInfo_ktri_get0_signer_id(ri, &keyid, &issuer, &serial);
        APR_ARRAY_PUSH(texts, const char *) = id_text(issuer, serial, keyid, p);
        break;
    case CMS_RECIPINFO_AGREE:
        keys = CMS_RecipientInfo_kari_get0_reks(ri);
        for (i = 0; i < sk_CMS_RecipientEncryptedKey_num(keys); i++) {
            issuer = NULL;
            serial = NULL;
            keyid = NULL;
            CMS_RecipientEncryptedKey_get0_id(
                sk_CMS_RecipientEncryptedKey_value(keys, i), &keyid, NULL, NULL,
                &issuer, &serial);
            APR_ARRAY_PUSH(texts, const char *) =
                id_text(issuer, serial, keyid, p);
        }
        break;
    default:
        APR_ARRAY_PUSH(texts, const char *) = "a password or shared key";
        break;
    }
}

static apr_status_t no_key(CMS_ContentInfo *cms, const char *name,
                           vso_result_t *res, apr_pool_t *p)
{
    STACK_OF(CMS_RecipientInfo) *all = CMS_get0_RecipientInfos(cms);
    apr_array_header_t *texts = apr_array_make(p, 8, sizeof(const char *));
    const char *list = "";
    int i;

    for (i = 0; i < sk_CMS_RecipientInfo_num(all); i++) {
        name_recipients(sk_CMS_RecipientInfo_value(all, i), texts, p);
    }
    for (i = 0; i < texts->nelts && i < MAX_NAMED; i++) {
        list = apr_pstrcat(p, list, i ? "; " : "",
                           APR_ARRAY_IDX(texts, i, const char *), NULL);
    }
    if (texts->nelts > MAX_NAMED) {
        list =
            apr_psprintf(p, "%s; and %d more", list, texts->nelts - MAX_NAMED);
    }
    return vso_fail(res, VSO_P_NO_RECIPIENT, name,
                    "No key here opens \"%s\"; it was encrypted for: %s. "
                    "Import the key of one of them as a keystore file.",
                    name, *list ? list : "nobody");
}

/** Open with this key. A wrong key and changed bytes end in the same words:
 * OpenSSL goes on with a random key where the right one does not come out. */
static apr_status_t open_with(CMS_ContentInfo *cms, const char *name,
                              const vso_envelope_key_t *key,
                              vso_secret_t **pplain, vso_result_t *res,
                              apr_pool_t *p)
{
    BIO *out = BIO_new(BIO_s_mem()); /* wiped when freed */
    apr_status_t rv = APR_SUCCESS;
    char *data = NULL;
    long len;

    if (!out ||
        CMS_decrypt(cms, key->pkey, key->cert, NULL, out, CMS_BINARY) != 1) {
        rv = damaged(name,
                     "cannot be decrypted: it was changed after it was "
                     "encrypted, or for another key",
                     res);
        goto leave;
    }
    len = BIO_get_mem_data(out, &data);
    if (len > VSO_MAX_ENCRYPTED) {
        rv = vso_fail(res, VSO_P_TOO_LARGE, name,
                      "\"%s\" is larger than %d bytes.", name,
                      VSO_MAX_ENCRYPTED);
        goto leave;
    }
    *pplain = vso_secret_copy(data ? data : "", (apr_size_t)len, p);
leave:
    BIO_free(out);
    ERR_clear_error();
    return rv;
}

apr_status_t vso_envelope_open(const vso_envelope_file_t *sealed,
                               const apr_array_header_t *keys,
                               vso_secret_t **pplain,
                               const vso_envelope_key_t **pused,
                               vso_result_t *res, apr_pool_t *p)
{
    const vso_envelope_key_t *key = NULL;
    CMS_ContentInfo *cms = NULL;
    apr_status_t rv;
    int i;

    rv = parse(sealed, &cms, res);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; i < keys->nelts && !key; i++) {
        key = APR_ARRAY_IDX(keys, i, const vso_envelope_key_t *);
        key = fits(cms, key->cert) ? key : NULL;
    }
    rv = key ? check_padding(cms, key->cert, sealed->name, res)
             : no_key(cms, sealed->name, res, p);
    if (rv == APR_SUCCESS) {
        rv = open_with(cms, sealed->name, key, pplain, res, p);
    }
    if (rv == APR_SUCCESS && pused) {
        *pused = key;
    }
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
    return rv;
}

apr_status_t vso_envelope_keys(const vso_envelope_file_t *sealed,
                               const apr_array_header_t *keys,
                               apr_array_header_t **pfitting, vso_result_t *res,
                               apr_pool_t *p)
{
    apr_array_header_t *fitting =
        apr_array_make(p, 2, sizeof(const vso_envelope_key_t *));
    CMS_ContentInfo *cms = NULL;
    apr_status_t rv;
    int i;

    rv = parse(sealed, &cms, res);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; i < keys->nelts; i++) {
        const vso_envelope_key_t *key =
            APR_ARRAY_IDX(keys, i, const vso_envelope_key_t *);

        if (fits(cms, key->cert)) {
            APR_ARRAY_PUSH(fitting, const vso_envelope_key_t *) = key;
        }
    }
    *pfitting = fitting;
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
    return APR_SUCCESS;
}
