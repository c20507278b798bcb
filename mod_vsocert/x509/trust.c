/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/trust.h"

#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <apr_time.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/limits.h"
#include "x509/cert.h"
#include "x509/name.h"
#include "x509/ossl.h"
#include "x509/pem.h"

#define FIELD "VSOCertTrustCA"

/* X509_check_ca: basicConstraints CA:TRUE, and roots of version 1. */
#define IS_CA      1
#define IS_V1_ROOT 3

/* OpenSSL's security level 1: no MD5 or SHA-1 signature below the trusted
 * certificate, no RSA key under 1024 bits. */
#define AUTH_LEVEL 1

#define ALLOWED_USAGE (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)
#define ALLOWED_EKU   (XKU_CODE_SIGN | XKU_SMIME | XKU_SSL_SERVER | XKU_ANYEKU)

struct vso_trust_ca_t {
    X509_STORE *store;
    apr_array_header_t *crls; /**< X509_CRL *, also in the store */
    int n_certs;
};

static apr_status_t free_store(void *baton)
{
    X509_STORE_free(baton);
    return APR_SUCCESS;
}

static apr_status_t free_crl(void *baton)
{
    X509_CRL_free(baton);
    return APR_SUCCESS;
}

static apr_status_t load_file(const char *path, char **pdata, apr_size_t *plen,
                              vso_result_t *res, apr_pool_t *p)
{
    apr_file_t *file = NULL;
    char reason[128];
    apr_finfo_t info;
    apr_status_t rv;

    rv = apr_file_open(&file, path, APR_READ | APR_BINARY, 0, p);
    if (rv == APR_SUCCESS) {
        rv = apr_file_info_get(&info, APR_FINFO_SIZE, file);
    }
    if (rv == APR_SUCCESS && info.size > VSO_MAX_TRUST_CA) {
        apr_file_close(file);
        return vso_fail(res, VSO_P_TOO_LARGE, FIELD,
                        "The file %s is larger than %d bytes.", path,
                        VSO_MAX_TRUST_CA);
    }
    if (rv == APR_SUCCESS) {
        *plen = (apr_size_t)info.size;
        *pdata = apr_palloc(p, *plen + 1);
        (*pdata)[*plen] = '\0';
        rv = apr_file_read_full(file, *pdata, *plen, NULL);
    }
    if (file) {
        apr_file_close(file);
    }
    if (rv != APR_SUCCESS) {
        return vso_fail(res, VSO_P_INVALID, FIELD,
                        "The file %s cannot be read: %s.", path,
                        apr_strerror(rv, reason, sizeof(reason)));
    }
    return APR_SUCCESS;
}

static apr_status_t add_cert(vso_trust_ca_t *ca, const vso_secret_t *der,
                             int number, vso_result_t *res, apr_pool_t *p)
{
    vso_result_t *inner = vso_result_create(p);
    int kind;
    X509 *cert;

    if (vso_cert_parse((const char *)der->data, der->len, &cert, inner, p) !=
        APR_SUCCESS) {
        if (vso_cert_unknown(inner)) {
            /* a bundle for all uses may hold such; it vouches for nobody */
            vso_warn(res, "not-used", "PEM block %d of the file: %s", number,
                     inner->detail);
            return APR_SUCCESS;
        }
        return vso_fail(res, VSO_P_DAMAGED, FIELD,
                        "PEM block %d of the file: %s", number, inner->detail);
    }
    kind = X509_check_ca(cert);
    if (kind != IS_CA && kind != IS_V1_ROOT) {
        return vso_fail(res, VSO_P_INVALID, FIELD,
                        "PEM block %d of the file, \"%s\", is no certification "
                        "authority. Trust a single signer in the list of "
                        "trusted certificates instead.",
                        number, vso_name_text(X509_get_subject_name(cert), p));
    }
    if (X509_STORE_add_cert(ca->store, cert) != 1) {
        return vso_fail(res, VSO_P_INTERNAL, FIELD,
                        "PEM block %d of the file cannot be used (%s).", number,
                        vso_ossl_reason(p));
    }
    ca->n_certs++;
    return APR_SUCCESS;
}

static apr_status_t add_crl(vso_trust_ca_t *ca, const vso_secret_t *der,
                            int number, vso_result_t *res, apr_pool_t *p)
{
    const unsigned char *at = der->data;
    X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)der->len);

    if (crl) {
        apr_pool_cleanup_register(p, crl, free_crl, apr_pool_cleanup_null);
    }
    if (!crl || at != der->data + der->len ||
        X509_STORE_add_crl(ca->store, crl) != 1) {
        return vso_fail(res, VSO_P_DAMAGED, FIELD,
                        "PEM block %d of the file: the revocation list does "
                        "not parse (%s).",
                        number, vso_ossl_reason(p));
    }
    APR_ARRAY_PUSH(ca->crls, X509_CRL *) = crl;
    return APR_SUCCESS;
}

static apr_status_t add_block(vso_trust_ca_t *ca, const vso_pem_block_t *block,
                              int number, vso_result_t *res, apr_pool_t *p)
{
    vso_secret_t *der;

    if (!vso_pem_is_cert(block->label) && strcmp(block->label, "X509 CRL")) {
        return vso_fail(res, VSO_P_INVALID, FIELD,
                        "PEM block %d of the file is \"%.64s\": it takes "
                        "certificates and revocation lists only.",
                        number, block->label);
    }
    if (vso_pem_decode(block, &der, p) != APR_SUCCESS) {
        return vso_fail(res, VSO_P_DAMAGED, FIELD,
                        "PEM block %d of the file has no END line or is not "
                        "base64 (RFC 7468).",
                        number);
    }
    return strcmp(block->label, "X509 CRL") ? add_cert(ca, der, number, res, p)
                                            : add_crl(ca, der, number, res, p);
}

apr_status_t vso_trust_ca_load(const char *path, vso_trust_ca_t **pca,
                               vso_result_t *res, apr_pool_t *p)
{
    vso_trust_ca_t *ca = apr_pcalloc(p, sizeof(*ca));
    vso_pem_reader_t reader;
    vso_pem_block_t block;
    apr_size_t len = 0;
    char *data = NULL;
    apr_status_t rv;
    int n;

    ca->crls = apr_array_make(p, 2, sizeof(X509_CRL *));
    ca->store = X509_STORE_new();
    if (!ca->store) {
        return vso_fail(res, VSO_P_INTERNAL, FIELD, "There is no memory.");
    }
    apr_pool_cleanup_register(p, ca->store, free_store, apr_pool_cleanup_null);
    rv = load_file(path, &data, &len, res, p);
    if (rv == APR_SUCCESS) {
        reader = vso_pem_open(data, len, p);
    }
    for (n = 1; rv == APR_SUCCESS && vso_pem_next(&reader, &block, p); n++) {
        rv = add_block(ca, &block, n, res, p);
    }
    if (rv == APR_SUCCESS && ca->n_certs == 0) {
        rv = vso_fail(res, VSO_P_INVALID, FIELD,
                      "The file %s holds no certification authority; it takes "
                      "certificates in PEM.",
                      path);
    }
    ERR_clear_error();
    if (rv == APR_SUCCESS) {
        *pca = ca;
    }
    return rv;
}

/** What a judgement found: the first error, and at which certificate. */
typedef struct {
    const vso_trust_ca_t *ca;
    int error;
    int depth;
    X509 *cert;
} finding_t;

/** 1 when the bundle has a revocation list of this certificate's issuer. */
static int has_crl(const vso_trust_ca_t *ca, const X509 *cert)
{
    int i;

    for (i = 0; i < ca->crls->nelts; i++) {
        if (!X509_NAME_cmp(
                X509_CRL_get_issuer(APR_ARRAY_IDX(ca->crls, i, X509_CRL *)),
                X509_get_issuer_name(cert))) {
            return 1;
        }
    }
    return 0;
}

/** 1 when it is a CA of the bundle at the end of a chain, not self-signed: its
 * own issuer is not there to say whether it was revoked. */
static int is_partial_end(X509_STORE_CTX *ctx)
{
    int end = sk_X509_num(X509_STORE_CTX_get0_chain(ctx)) - 1;

    return X509_STORE_CTX_get_error_depth(ctx) == end &&
           (X509_VERIFY_PARAM_get_flags(X509_STORE_CTX_get0_param(ctx)) &
            X509_V_FLAG_PARTIAL_CHAIN);
}

static int is_about_crl(int error)
{
    return error == X509_V_ERR_UNABLE_TO_GET_CRL ||
           error == X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER ||
           error == X509_V_ERR_CRL_SIGNATURE_FAILURE ||
           error == X509_V_ERR_CRL_HAS_EXPIRED ||
           error == X509_V_ERR_CRL_NOT_YET_VALID ||
           error == X509_V_ERR_DIFFERENT_CRL_SCOPE;
}

/** A CA without revocation list is no error, one with a list that cannot be
 * used is. */
static int on_verify(int ok, X509_STORE_CTX *ctx)
{
    finding_t *finding = X509_STORE_CTX_get_app_data(ctx);
    int error = X509_STORE_CTX_get_error(ctx);

    if (ok) {
        return 1;
    }
    if (is_about_crl(error) &&
        (is_partial_end(ctx) ||
         (error == X509_V_ERR_UNABLE_TO_GET_CRL &&
          !has_crl(finding->ca, X509_STORE_CTX_get_current_cert(ctx))))) {
        X509_STORE_CTX_set_error(ctx, X509_V_OK);
        return 1;
    }
    finding->error = error;
    finding->depth = X509_STORE_CTX_get_error_depth(ctx);
    finding->cert = X509_STORE_CTX_get_current_cert(ctx);
    return 0;
}

static const char *date_text(const ASN1_TIME *when, apr_pool_t *p)
{
    apr_time_exp_t parts;

    apr_time_exp_gmt(&parts, apr_time_from_sec(vso_asn1_time_sec(when)));
    return apr_psprintf(p, "%04d-%02d-%02d", parts.tm_year + 1900,
                        parts.tm_mon + 1, parts.tm_mday);
}

/** "The certificate" for the signer's, else the name of its CA. */
static const char *who(const finding_t *finding, apr_pool_t *p)
{
    if (finding->depth == 0 || !finding->cert) {
        return "The certificate";
    }
    return apr_psprintf(p, "The certification authority \"%s\"",
                        vso_name_text(X509_get_subject_name(finding->cert), p));
}

/** The reason that a reader can do something about. */
static const char *reason_text(const finding_t *finding, X509 *leaf,
                               apr_pool_t *p)
{
    X509 *cert = finding->cert ? finding->cert : leaf;
    const char *issuer = vso_name_text(X509_get_issuer_name(cert), p);

    switch (finding->error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return apr_psprintf(p, "%s expired on %s.", who(finding, p),
                            date_text(X509_get0_notAfter(cert), p));
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return apr_psprintf(p, "%s is not valid before %s.", who(finding, p),
                            date_text(X509_get0_notBefore(cert), p));
    case X509_V_ERR_CERT_REVOKED:
        return apr_psprintf(p, "%s was revoked by \"%s\".", who(finding, p),
                            issuer);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return "The certificate is self-signed.";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return apr_psprintf(p,
                            "Its chain ends at \"%s\", which is not among the "
                            "certification authorities of %s.",
                            issuer, FIELD);
    default:
        break;
    }
    if (is_about_crl(finding->error)) {
        return apr_psprintf(p,
                            "Its revocation status is not known: the "
                            "revocation list of \"%s\" in %s cannot be used "
                            "(%s).",
                            issuer, FIELD,
                            X509_verify_cert_error_string(finding->error));
    }
    return apr_psprintf(p, "%s is not acceptable: %s.", who(finding, p),
                        X509_verify_cert_error_string(finding->error));
}

static STACK_OF(X509) * stack_of(const apr_array_header_t *certs)
{
    STACK_OF(X509) *stack = sk_X509_new_null();
    int i;

    for (i = 0; stack && certs && i < certs->nelts; i++) {
        sk_X509_push(stack, APR_ARRAY_IDX(certs, i, X509 *));
    }
    return stack;
}

static void set_params(X509_STORE_CTX *ctx, finding_t *finding,
                       apr_int64_t now_sec, unsigned long flags)
{
    X509_VERIFY_PARAM *params = X509_STORE_CTX_get0_param(ctx);

    if (finding->ca->crls->nelts) {
        flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
    }
    X509_VERIFY_PARAM_set_flags(params, flags);
    X509_VERIFY_PARAM_set_time(params, (time_t)now_sec);
    X509_VERIFY_PARAM_set_depth(params, VSO_MAX_CHAIN);
    X509_VERIFY_PARAM_set_auth_level(params, AUTH_LEVEL);
    X509_STORE_CTX_set_app_data(ctx, finding);
    X509_STORE_CTX_set_verify_cb(ctx, on_verify);
}

/** Try once. @return NULL, or the reason */
static const char *attempt(finding_t *finding, X509 *cert,
                           STACK_OF(X509) * untrusted, apr_int64_t now_sec,
                           unsigned long flags, apr_pool_t *p)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    const char *reason = NULL;

    finding->error = X509_V_ERR_UNSPECIFIED;
    finding->depth = 0;
    finding->cert = NULL;
    if (!ctx ||
        X509_STORE_CTX_init(ctx, finding->ca->store, cert, untrusted) != 1) {
        reason = "It could not be judged: there is no memory.";
        goto leave;
    }
    set_params(ctx, finding, now_sec, flags);
    if (X509_verify_cert(ctx) != 1) {
        reason = reason_text(finding, cert, p);
    }
leave:
    X509_STORE_CTX_free(ctx);
    ERR_clear_error();
    return reason;
}

/** 1 when the chain led to no root of the bundle, and a CA of the bundle may
 * stand on the way. */
static int has_no_root(int error)
{
    return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
           error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
           error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
}

const char *vso_trust_ca_judge(const vso_trust_ca_t *ca, X509 *cert,
                               const apr_array_header_t *extra,
                               apr_int64_t now_sec, apr_pool_t *p)
{
    finding_t finding = {.ca = ca};
    STACK_OF(X509) *untrusted = NULL;
    const char *reason;

    if (!ca) {
        return "No certification authorities are configured (" FIELD ").";
    }
    if (!(X509_get_key_usage(cert) & ALLOWED_USAGE)) {
        return "Its keyUsage allows no signatures (neither digitalSignature "
               "nor nonRepudiation).";
    }
    if (!(X509_get_extended_key_usage(cert) & ALLOWED_EKU)) {
        return "Its extendedKeyUsage has none of codeSigning, "
               "emailProtection, serverAuth and anyExtendedKeyUsage.";
    }
    untrusted = stack_of(extra);
    reason = attempt(&finding, cert, untrusted, now_sec, 0, p);
    if (reason && has_no_root(finding.error)) {
        reason = attempt(&finding, cert, untrusted, now_sec,
                         X509_V_FLAG_PARTIAL_CHAIN, p);
    }
    sk_X509_free(untrusted);
    return reason;
}
