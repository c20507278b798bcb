/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The certificates of one file, a CA's reply or a keystore: each once, a
 * bounded number, and none that nothing here can use.
 */
#ifndef VSO_BAG_H
#define VSO_BAG_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

#include "base/result.h"

/** Set field, res, p and an empty certs; the rest to 0. */
typedef struct {
    apr_array_header_t *certs; /**< X509 *, in the file's order */
    int unknown;               /**< passed over: key of unknown algorithm */
    const char *field;         /**< "keystore", "reply": of problems */
    vso_result_t *res;
    apr_pool_t *p;
} vso_bag_t;

/**
 * Take one certificate. One whose key is of an algorithm that is not known is
 * passed over with the warning not-used, as nothing in the file but itself can
 * rest on it.
 * @param label  names it in problems, for example "PEM block 3"; or NULL
 * @param pcert  the certificate, or the same one that was there before; NULL
 *               where it is passed over; or NULL
 * @return as vso_cert_parse; TOO_LARGE over VSO_MAX_CERTS_IN_FILE
 */
apr_status_t vso_bag_take(vso_bag_t *bag, const unsigned char *der,
                          apr_size_t len, const char *label, X509 **pcert);

/** Take the certificates of SignedData, each read as strictly as one alone,
 * without a look at any signature: a PKCS#7 bag is not signed (RFC 5652, 5.1;
 * RFC 2315, 9). UNSUPPORTED_FORMAT where there are none. */
apr_status_t vso_bag_take_pkcs7(vso_bag_t *bag, const unsigned char *der,
                                apr_size_t len);

/** 1 when the bytes are CMS or PKCS#7, whatever they are called: Windows labels
 * a bag CERTIFICATE. */
int vso_bag_is_pkcs7(const unsigned char *der, apr_size_t len);

#endif
