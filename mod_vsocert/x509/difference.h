/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a CA changed: the names that were asked for against those of the
 * certificate.
 */
#ifndef VSO_DIFFERENCE_H
#define VSO_DIFFERENCE_H

#include <apr_tables.h>
#include <openssl/x509.h>

#include "base/result.h"

/**
 * Warn of each difference: names-changed (subjectAltNames that were left out
 * or added), subject-changed (the same of the subject's attributes), rewritten
 * (the same names in another order or spelling; the order of subjectAltNames
 * and the case of DNS names mean nothing).
 * @param subject  that was asked for
 * @param sans     const char *: "DNS:a", that were asked for
 * @param got      the CA's certificate
 */
void vso_difference_warn(const X509_NAME *subject,
                         const apr_array_header_t *sans, X509 *got,
                         vso_result_t *res);

#endif
