/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/cert.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/hex.h"
#include "base/limits.h"
#include "x509/chain.h"
#include "x509/der.h"
#include "x509/key.h"
#include "x509/ossl.h"
#include "x509/pem.h"
#include "x509/san.h"
#include "x509/usage.h"

#define HOUR_SEC    3600
#define DAY_SEC     86400
#define SERIAL_BITS 128

/** 1 when the curve of an EC key is one that OpenSSL has, or is not named. */
static int knows_curve(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *curve;
    const void *value;
    EC_GROUP *group;
    int type;

    X509_ALGOR_get0(NULL, &type, &value, algorithm);
    if (type != V_ASN1_OBJECT) {
        return 1;
    }
    curve = value;
    group = EC_GROUP_new_by_curve_name(OBJ_obj2nid(curve));
    EC_GROUP_free(group);
    return group != NULL;
}

/** Say that the key is of an algorithm that is not known, where it is; 0 for
 * a damaged one. */
static int key_unknown(X509 *cert, vso_result_t *res, apr_pool_t *p)
{
    ASN1_OBJECT *object = NULL;
    X509_ALGOR *algorithm = NULL;
    char name[80] = "";
    int nid;

    X509_PUBKEY_get0_param(&object, NULL, NULL, &algorithm,
                           X509_get_X509_PUBKEY(cert));
    nid = OBJ_obj2nid(object);
    if (nid == NID_X9_62_id_ecPublicKey ? knows_curve(algorithm)
                                        : EVP_PKEY_asn1_find(NULL, nid) != 0) {
        return 0;
    }
    OBJ_obj2txt(name, sizeof(name), object, 0);
    ERR_clear_error();
    vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "certificate",
             "The key of the certificate \"%.200s\" is of an algorithm or a "
             "curve that is not known (%s).",
             vso_name_text(X509_get_subject_name(cert), p), name);
    return 1;
}

/** Look at once at what would fail much later: version, dates, public key,
 * extensions. */
static apr_status_t check_content(X509 *cert, vso_result_t *res, apr_pool_t *p)
{
    long version = X509_get_version(cert);

    if (version < X509_VERSION_1 || version > X509_VERSION_3) {
        return vso_fail(res, VSO_P_DAMAGED, "certificate",
                        "A certificate has a version that does not exist "
                        "(RFC 5280, 4.1.2.1).");
    }
    if (!ASN1_TIME_check(X509_get0_notBefore(cert)) ||
        !ASN1_TIME_check(X509_get0_notAfter(cert))) {
        return vso_fail(res, VSO_P_DAMAGED, "certificate",
                        "A certificate's validity is no date (RFC 5280, "
                        "4.1.2.5).");
    }
    if (!X509_get0_pubkey(cert) && key_unknown(cert, res, p)) {
        return APR_EGENERAL;
    }
    if (!X509_get0_pubkey(cert) || X509_check_purpose(cert, -1, 0) != 1) {
        return vso_fail(res, VSO_P_DAMAGED, "certificate",
                        "A certificate's public key or extensions do not "
                        "parse (%s).",
                        vso_ossl_reason(p));
    }
    return APR_SUCCESS;
}

static apr_status_t parse_der(const unsigned char *der, apr_size_t len,
                              X509 **pcert, vso_result_t *res, apr_pool_t *p)
{
    const unsigned char *at = der;
    X509 *cert;

    if (len > VSO_MAX_CERT) {
        return vso_fail(res, VSO_P_TOO_LARGE, "certificate",
                        "A certificate is larger than %d bytes.", VSO_MAX_CERT);
    }
    if (vso_der_size(der, len) > len) {
        return vso_fail(
            res, VSO_P_DAMAGED, "certificate",
            "A certificate does not parse: it is cut short, %" APR_SIZE_T_FMT
            " of %" APR_SIZE_T_FMT " bytes are there.",
            len, vso_der_size(der, len));
    }
    cert = vso_x509_bind(d2i_X509(NULL, &at, (long)len), p);
    if (!cert) {
        return vso_fail(res, VSO_P_DAMAGED, "certificate",
                        "A certificate does not parse (%s).",
                        vso_ossl_reason(p));
    }
    if (at != der + len) {
        return vso_fail(res, VSO_P_DAMAGED, "certificate",
                        "Bytes follow the end of a certificate (RFC 5280, "
                        "4.1).");
    }
    if (check_content(cert, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *pcert = cert;
    return APR_SUCCESS;
}

int vso_cert_unknown(const vso_result_t *res)
{
    return res->problem == VSO_P_UNSUPPORTED_FORMAT;
}

static apr_status_t parse_block(const vso_pem_block_t *block, X509 **pcert,
                                vso_result_t *res, apr_pool_t *p)
{
    vso_secret_t *der;

    if (!vso_pem_is_cert(block->label)) {
        return vso_fail(res, VSO_P_DAMAGED, "certificate",
                        "A PEM block \"%.64s\" stands where a certificate "
                        "belongs.",
                        block->label);
    }
    if (vso_pem_decode(block, &der, p) != APR_SUCCESS) {
        return vso_fail(res, VSO_P_DAMAGED, "certificate",
                        "A PEM certificate has no END line or is not base64 "
                        "(RFC 7468).");
    }
    return parse_der(der->data, der->len, pcert, res, p);
}

apr_status_t vso_cert_parse(const char *data, apr_size_t len, X509 **pcert,
                            vso_result_t *res, apr_pool_t *p)
{
    vso_pem_reader_t reader = vso_pem_open(data, len, p);
    vso_pem_block_t block;
    vso_pem_block_t second;
    X509 *cert;

    if (len > 2 * VSO_MAX_CERT) { /* PEM takes a third more than DER */
        return vso_fail(res, VSO_P_TOO_LARGE, "certificate",
                        "A certificate is larger than %d bytes.", VSO_MAX_CERT);
    }
    /* DER may hold a text that looks like PEM */
    if (vso_der_begins(data, len) || !vso_pem_next(&reader, &block, p)) {
        return parse_der((const unsigned char *)data, len, pcert, res, p);
    }
    if (parse_block(&block, &cert, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (vso_pem_next(&reader, &second, p)) {
        return vso_fail(res, VSO_P_DAMAGED, "certificate",
                        "More than one PEM block stands where one certificate "
                        "belongs.");
    }
    *pcert = cert;
    return APR_SUCCESS;
}

apr_status_t vso_certs_parse_pem(const char *pem, apr_array_header_t **pcerts,
                                 vso_result_t *res, apr_pool_t *p)
{
    vso_pem_reader_t reader = vso_pem_open(pem, strlen(pem), p);
    apr_array_header_t *certs = apr_array_make(p, 4, sizeof(X509 *));
    vso_pem_block_t block;

    while (vso_pem_next(&reader, &block, p)) {
        X509 *cert;

        if (certs->nelts == VSO_MAX_CERTS_IN_FILE) {
            return vso_fail(res, VSO_P_TOO_LARGE, "certificate",
                            "There are more than %d certificates.",
                            VSO_MAX_CERTS_IN_FILE);
        }
        if (parse_block(&block, &cert, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        APR_ARRAY_PUSH(certs, X509 *) = cert;
    }
    *pcerts = certs;
    return APR_SUCCESS;
}

static const char *serial_text(const X509 *cert, apr_pool_t *p)
{
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
    char *hex = number ? BN_bn2hex(number) : NULL;
    char *text = apr_pstrdup(p, hex ? hex : "");
    char *digits = text;

    OPENSSL_free(hex);
    BN_free(number);
    while (digits[0] == '0' && digits[1]) {
        digits++;
    }
    for (text = digits; *text; text++) {
        *text = (char)apr_tolower(*text);
    }
    return digits;
}

static const char *signature_text(const X509 *cert)
{
    int nid = X509_get_signature_nid(cert);

    return nid == NID_undef ? "unknown" : OBJ_nid2ln(nid);
}

const char *vso_cert_fingerprint(X509 *cert, apr_pool_t *p)
{
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned int len = 0;

    X509_digest(cert, EVP_sha256(), md, &len);
    return vso_hex(md, len, p);
}

vso_cert_info_t *vso_cert_info(X509 *cert, apr_pool_t *p)
{
    vso_cert_info_t *info = apr_pcalloc(p, sizeof(*info));
    const X509_NAME *subject = X509_get_subject_name(cert);
    const X509_NAME *issuer = X509_get_issuer_name(cert);
    EVP_PKEY *pkey = X509_get0_pubkey(cert);

    info->subject = vso_subject_from_name(subject, p);
    info->issuer = vso_subject_from_name(issuer, p);
    info->subject_text = vso_name_text(subject, p);
    info->issuer_text = vso_name_text(issuer, p);
    info->serial = serial_text(cert, p);
    info->sans = vso_sans_of_cert(cert, p);
    info->key_type = vso_key_type(pkey, p);
    info->key_fingerprint = vso_key_fingerprint(pkey, p);
    info->signature_algorithm = signature_text(cert);
    info->fingerprint = vso_cert_fingerprint(cert, p);
    info->not_before_sec = vso_asn1_time_sec(X509_get0_notBefore(cert));
    info->not_after_sec = vso_asn1_time_sec(X509_get0_notAfter(cert));
    info->self_signed = vso_chain_is_root(cert);
    info->is_ca = X509_check_ca(cert) == 1;
    return info;
}

const char *vso_cert_to_pem(X509 *cert, apr_pool_t *p)
{
    apr_array_header_t *one = apr_array_make(p, 1, sizeof(X509 *));

    APR_ARRAY_PUSH(one, X509 *) = cert;
    return vso_certs_to_pem(one, p);
}

const char *vso_certs_to_pem(const apr_array_header_t *certs, apr_pool_t *p)
{
    BIO *bio = BIO_new(BIO_s_mem());
    const char *pem = "";
    char *data = NULL;
    long len;
    int i;

    for (i = 0; bio && i < certs->nelts; i++) {
        PEM_write_bio_X509(bio, APR_ARRAY_IDX(certs, i, X509 *));
    }
    if (bio) {
        len = BIO_get_mem_data(bio, &data);
        pem = apr_pstrmemdup(p, data ? data : "", (apr_size_t)len);
    }
    BIO_free(bio);
    return pem;
}

/** 128 random bits, positive and not zero (RFC 5280, 4.1.2.2). */
static int set_serial(X509 *cert)
{
    BIGNUM *number = BN_new();
    int ok = number &&
             BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ANY,
                     BN_RAND_BOTTOM_ANY) == 1 &&
             !BN_is_zero(number) &&
             BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) != NULL;

    BN_free(number);
    return ok;
}

static int set_times(X509 *cert, const vso_cert_spec_t *spec)
{
    time_t from = (time_t)(spec->now_sec - HOUR_SEC);
    time_t until = (time_t)(spec->now_sec + (apr_int64_t)spec->days * DAY_SEC);

    return ASN1_TIME_set(X509_getm_notBefore(cert), from) &&
           ASN1_TIME_set(X509_getm_notAfter(cert), until);
}

static int set_name(X509 *cert, const vso_subject_t *subject)
{
    X509_NAME *name = vso_subject_to_name(subject);
    int ok = name && X509_set_subject_name(cert, name) == 1 &&
             X509_set_issuer_name(cert, name) == 1;

    X509_NAME_free(name);
    return ok;
}

/** Add an extension by its text; the context gives the key of "hash". */
static int add_text(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *extension;
    X509V3_CTX ctx;
    int ok;

    X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    ok = extension && X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return ok;
}

static int add_extensions(X509 *cert, const vso_cert_spec_t *spec)
{
    STACK_OF(X509_EXTENSION) *usage =
        vso_usage_extensions(spec->pkey, spec->sans);
    int ok =
        usage && add_text(cert, NID_basic_constraints, "critical,CA:FALSE");
    int i;

    for (i = 0; ok && i < sk_X509_EXTENSION_num(usage); i++) {
        ok = X509_add_ext(cert, sk_X509_EXTENSION_value(usage, i), -1) == 1;
    }
    ok = ok && add_text(cert, NID_subject_key_identifier, "hash");
    sk_X509_EXTENSION_pop_free(usage, X509_EXTENSION_free);
    return ok;
}

apr_status_t vso_cert_self_sign(const vso_cert_spec_t *spec, X509 **pcert,
                                vso_result_t *res, apr_pool_t *p)
{
    X509 *cert = vso_x509_bind(X509_new(), p);

    if (!cert || X509_set_version(cert, X509_VERSION_3) != 1 ||
        !set_serial(cert) || !set_times(cert, spec) ||
        !set_name(cert, spec->subject) ||
        X509_set_pubkey(cert, spec->pkey) != 1 || !add_extensions(cert, spec) ||
        X509_sign(cert, spec->pkey, vso_usage_digest(spec->pkey)) == 0) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "The certificate could not be made (%s).",
                        vso_ossl_reason(p));
    }
    *pcert = cert;
    return APR_SUCCESS;
}
