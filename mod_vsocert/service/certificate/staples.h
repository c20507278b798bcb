/* SPDX-License-Identifier: Apache-2.0 */
/**
 * When OCSP responses are to be fetched.
 */
#ifndef VSO_SERVICE_STAPLES_H
#define VSO_SERVICE_STAPLES_H

#include "store/staples.h"

/**
 * Is it time to fetch a response? A response is renewed in the middle of its
 * time, so that a responder that is down for a while is not missed.
 * @param staples      vso_staple_t: what is there
 * @param fingerprint  of the certificate
 * @param now_sec      the database's time
 */
int vso_staple_is_due(const apr_array_header_t *staples,
                      const char *fingerprint, apr_int64_t now_sec);

#endif
