/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A certificate as JSON, wherever it is shown: the one served, an issuer, a
 * signer, one in a file.
 */
#ifndef VSOCERT_REQUEST_CERT_SHAPE_H
#define VSOCERT_REQUEST_CERT_SHAPE_H

#include "base/json.h"
#include "x509/cert.h"

/** Members beside those that every certificate has. */
enum {
    VSOCERT_CERT_NAMES = 1, /**< "subject", "issuer", "signatureAlgorithm" */
    VSOCERT_CERT_SANS = 2,  /**< "subjectAltNames" */
    VSOCERT_CERT_SELF = 4   /**< "selfSigned" */
};

/** Whole days until then, negative once it is over. */
apr_int64_t vsocert_cert_shape_days(apr_int64_t not_after_sec,
                                    apr_int64_t now_sec);

/**
 * Set "subjectText", "issuerText", "serial", "key", "notBefore", "notAfter",
 * "fingerprint", and more by the flags.
 * @param info     of what the flags ask for only
 * @param now_sec  for "daysLeft": whole days, negative once it is over; 0: no
 *                 such member
 */
void vsocert_cert_shape_put(vso_json_t *obj, const vso_cert_info_t *info,
                            int flags, apr_int64_t now_sec);

#endif
