/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/bag.h"

#include <apr_strings.h>
#include <openssl/cms.h>
#include <openssl/err.h>

#include "base/limits.h"
#include "x509/cert.h"
#include "x509/der.h"

/* Certificates that are passed over are named one by one up to here. */
#define MAX_NAMED 5

/** Add a certificate that was parsed, or find it. */
static apr_status_t add(vso_bag_t *bag, X509 **pcert)
{
    int i;

    for (i = 0; i < bag->certs->nelts; i++) {
        X509 *known = APR_ARRAY_IDX(bag->certs, i, X509 *);

        if (!X509_cmp(known, *pcert)) {
            *pcert = known;
            return APR_SUCCESS;
        }
    }
    APR_ARRAY_PUSH(bag->certs, X509 *) = *pcert;
    return APR_SUCCESS;
}

static apr_status_t too_many(vso_bag_t *bag)
{
    return vso_fail(bag->res, VSO_P_TOO_LARGE, bag->field,
                    "The %s holds more than %d certificates.", bag->field,
                    VSO_MAX_CERTS_IN_FILE);
}

apr_status_t vso_bag_take(vso_bag_t *bag, const unsigned char *der,
                          apr_size_t len, const char *label, X509 **pcert)
{
    vso_result_t *inner = vso_result_create(bag->p);
    const char *lead = label ? apr_pstrcat(bag->p, label, ": ", NULL) : "";
    X509 *cert = NULL;

    if (vso_cert_parse((const char *)der, len, &cert, inner, bag->p) !=
        APR_SUCCESS) {
        if (!vso_cert_unknown(inner)) {
            return vso_fail(bag->res, inner->problem, bag->field, "%s%s", lead,
                            inner->detail);
        }
        if (bag->unknown++ < MAX_NAMED) {
            vso_warn(bag->res, "not-used", "%s%s It is not used.", lead,
                     inner->detail);
        }
    }
    else {
        add(bag, &cert);
    }
    if (bag->certs->nelts + bag->unknown > VSO_MAX_CERTS_IN_FILE) {
        return too_many(bag);
    }
    if (pcert) {
        *pcert = cert;
    }
    return APR_SUCCESS;
}

/** Take a copy of each: what is in the bag stays the bag's. */
static apr_status_t take_all(vso_bag_t *bag, const STACK_OF(X509) * inside)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    if (sk_X509_num(inside) <= 0) {
        return vso_fail(bag->res, VSO_P_UNSUPPORTED_FORMAT, bag->field,
                        "The PKCS#7 file holds no certificates.");
    }
    if (sk_X509_num(inside) > VSO_MAX_CERTS_IN_FILE) {
        return too_many(bag);
    }
    for (i = 0; rv == APR_SUCCESS && i < sk_X509_num(inside); i++) {
        unsigned char *der = NULL;
        int len = i2d_X509(sk_X509_value(inside, i), &der);

        rv = vso_bag_take(
            bag, der, len > 0 ? (apr_size_t)len : 0,
            apr_psprintf(bag->p, "Certificate in the PKCS#7 file, number %d",
                         i + 1),
            NULL);
        OPENSSL_free(der);
    }
    return rv;
}

apr_status_t vso_bag_take_pkcs7(vso_bag_t *bag, const unsigned char *der,
                                apr_size_t len)
{
    const unsigned char *at = der;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)len);
    STACK_OF(X509) *inside = NULL;
    apr_status_t rv;

    if (cms && at == der + len) {
        inside = CMS_get1_certs(cms);
        rv = take_all(bag, inside);
    }
    else {
        rv = vso_fail(bag->res, VSO_P_DAMAGED, bag->field,
                      "The PKCS#7 file does not parse, or bytes follow its "
                      "end.");
    }
    sk_X509_pop_free(inside, X509_free);
    CMS_ContentInfo_free(cms);
    ERR_clear_error();
    return rv;
}

int vso_bag_is_pkcs7(const unsigned char *der, apr_size_t len)
{
    return vso_der_is(ASN1_ITEM_rptr(CMS_ContentInfo), der, len);
}
