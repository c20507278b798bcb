/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Who a certificate is for: the subject as an administrator types it, checked,
 * and as X.509 holds it (RFC 5280, 4.1.2.6; upper bounds of X.520). The
 * subjectAltNames are in san.h.
 */
#ifndef VSO_NAME_H
#define VSO_NAME_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

#include "base/result.h"

/** UTF-8 texts, NULL or "" where absent. */
typedef struct {
    const char *common_name; /**< required when a certificate is made */
    const char *organization;
    const char *organizational_unit;
    const char *locality;
    const char *state;
    const char *country; /**< ISO 3166-1 alpha-2, upper case */
} vso_subject_t;

/** ISO 3166-1 alpha-2 codes, sorted, ends in NULL. */
extern const char *const vso_countries[];

/**
 * Check and normalise: trimmed, valid UTF-8, no control characters, lengths
 * per X.520, country in vso_countries (lower case is raised).
 * @param in     as typed
 * @param pout   set on success only
 * @param res    INVALID with the API's member name ("subject.country")
 */
apr_status_t vso_subject_check(const vso_subject_t *in, vso_subject_t **pout,
                               vso_result_t *res, apr_pool_t *p);

/** The subject as an X509_NAME (UTF8String, country PrintableString), in the
 * order C, ST, L, O, OU, CN. The caller frees it. NULL: out of memory. */
X509_NAME *vso_subject_to_name(const vso_subject_t *subject);

/** First value of each attribute that vso_subject_t knows. */
vso_subject_t *vso_subject_from_name(const X509_NAME *name, apr_pool_t *p);

/** RFC 4514 text, UTF-8 kept readable, control and bidi characters escaped. */
const char *vso_name_text(const X509_NAME *name, apr_pool_t *p);

#endif
