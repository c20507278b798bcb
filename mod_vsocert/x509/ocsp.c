/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/ocsp.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/ocsp.h>

#include "x509/ossl.h"

/* Clocks of responders may be ahead by this much. */
#define LEEWAY_SEC 300
#define DAY_SEC    86400

/* Addresses of responders have 20 to 60 characters. */
#define MAX_URL 1024

#define SCHEME "http://"
#define DIGITS "0123456789"
#define LETTERS                                                                \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"                                               \
    "abcdefghijklmnopqrstuvwxyz"

static int is_port(const char *text)
{
    apr_size_t len = strspn(text, DIGITS);
    apr_int64_t port = len > 5 ? 0 : apr_atoi64(text);

    return !text[len] && (!len || (port >= 1 && port <= 65535));
}

/** A name or an IPv4 address, or an IPv6 address in brackets; and a port. */
static int is_authority(const char *text)
{
    int bracket = *text == '[';
    apr_size_t len = bracket ? strspn(text + 1, DIGITS "abcdefABCDEF:.")
                             : strspn(text, DIGITS LETTERS "-._");

    text += len + (bracket ? 1 : 0);
    if (!len || (bracket && *text++ != ']')) {
        return 0;
    }
    return !*text || (*text == ':' && is_port(text + 1));
}

/** Does this go into a request as it is (RFC 3986: printable ASCII, without
 * user, blanks and fragment)? It comes from a certificate, which an importer
 * may have made. */
static int is_plain_http(const char *url, apr_pool_t *p)
{
    apr_size_t len = strlen(SCHEME);
    const char *rest = url + len;
    apr_size_t host;

    if (strlen(url) > MAX_URL || strncmp(url, SCHEME, len) != 0) {
        return 0;
    }
    host = strcspn(rest, "/?");
    return is_authority(apr_pstrmemdup(p, rest, host)) &&
           !rest[host +
                 strspn(rest + host, DIGITS LETTERS "-._~%!$&'()*+,;=:@/?")];
}

const char *vso_ocsp_url(X509 *cert, apr_pool_t *p)
{
    STACK_OF(OPENSSL_STRING) *urls = X509_get1_ocsp(cert);
    const char *url = NULL;
    int i;

    for (i = 0; !url && i < sk_OPENSSL_STRING_num(urls); i++) {
        const char *one = sk_OPENSSL_STRING_value(urls, i);

        if (is_plain_http(one, p)) {
            url = apr_pstrdup(p, one);
        }
    }
    X509_email_free(urls);
    return url;
}

const unsigned char *vso_ocsp_request(X509 *cert, X509 *issuer,
                                      apr_size_t *plen, apr_pool_t *p)
{
    OCSP_CERTID *id = OCSP_cert_to_id(NULL, cert, issuer);
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    unsigned char *der = NULL;
    unsigned char *copy = NULL;
    int len;

    if (id && request && OCSP_request_add0_id(request, id)) {
        id = NULL;
        len = i2d_OCSP_REQUEST(request, &der);
        if (len > 0) {
            *plen = (apr_size_t)len;
            copy = apr_pmemdup(p, der, *plen);
        }
    }
    OPENSSL_free(der);
    OCSP_CERTID_free(id);
    OCSP_REQUEST_free(request);
    return copy;
}

/** Signed by the issuer, or by a certificate of the issuer's for that. */
static int signed_well(OCSP_BASICRESP *basic, const vso_ocsp_subject_t *subject)
{
    STACK_OF(X509) *certs = sk_X509_new_null();
    X509_STORE *store = X509_STORE_new();
    int good = 0;

    if (certs && store && sk_X509_push(certs, subject->issuer) &&
        X509_STORE_add_cert(store, subject->issuer) &&
        X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN)) {
        X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store),
                                   (time_t)subject->now_sec);
        good = OCSP_basic_verify(basic, certs, store, 0) == 1;
    }
    sk_X509_free(certs);
    X509_STORE_free(store);
    return good;
}

/** Of then; without nextUpdate for a day. */
static int is_of(apr_int64_t now_sec, const ASN1_TIME *this,
                 const ASN1_TIME *next, apr_int64_t *pnext_sec)
{
    apr_int64_t from_sec = vso_asn1_time_sec(this);

    *pnext_sec = next ? vso_asn1_time_sec(next) : now_sec + DAY_SEC;
    return from_sec <= now_sec + LEEWAY_SEC &&
           *pnext_sec >= now_sec - LEEWAY_SEC && from_sec <= *pnext_sec;
}

static apr_status_t check_basic(const vso_ocsp_subject_t *subject,
                                OCSP_BASICRESP *basic, apr_int64_t *pnext_sec,
                                int *prevoked, vso_result_t *res)
{
    OCSP_CERTID *id = OCSP_cert_to_id(NULL, subject->cert, subject->issuer);
    apr_int64_t next_sec;
    ASN1_GENERALIZEDTIME *this = NULL;
    ASN1_GENERALIZEDTIME *next = NULL;
    int status = V_OCSP_CERTSTATUS_UNKNOWN;
    int found;

    found = id && OCSP_resp_find_status(basic, id, &status, NULL, NULL, &this,
                                        &next) == 1;
    OCSP_CERTID_free(id);
    if (!found || status == V_OCSP_CERTSTATUS_UNKNOWN) {
        return vso_fail(res, VSO_P_INVALID, NULL,
                        "The responder does not know the certificate.");
    }
    if (!signed_well(basic, subject)) {
        return vso_fail(res, VSO_P_INVALID, NULL,
                        "The response is not signed by the certificate's "
                        "issuer, nor by whom it delegated that to.");
    }
    if (!is_of(subject->now_sec, this, next, &next_sec)) {
        return vso_fail(res, VSO_P_INVALID, NULL,
                        "The response is not of now.");
    }
    *pnext_sec = next_sec;
    *prevoked = status == V_OCSP_CERTSTATUS_REVOKED;
    return APR_SUCCESS;
}

apr_status_t vso_ocsp_check(const vso_ocsp_subject_t *subject,
                            const unsigned char *der, apr_size_t len,
                            apr_int64_t *pnext_sec, int *prevoked,
                            vso_result_t *res, apr_pool_t *p)
{
    const unsigned char *at = der;
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)len);
    OCSP_BASICRESP *basic = NULL;
    apr_status_t rv;

    if (response && at == der + len &&
        OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL) {
        basic = OCSP_response_get1_basic(response);
    }
    rv = basic ? check_basic(subject, basic, pnext_sec, prevoked, res)
               : vso_fail(res, VSO_P_INVALID, NULL,
                          "The responder gave no usable response (%s).",
                          vso_ossl_reason(p));
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    return rv;
}
