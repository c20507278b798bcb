/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Who a certificate is for: subject and subjectAltNames as an administrator
 * types them, checked, and as X.509 holds them (RFC 5280, 4.1.2.6 and
 * 4.2.1.6; upper bounds of X.520).
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

/**
 * Check and normalise subjectAltNames.
 * @param in      const char *: "www.example.org", "*.example.org",
 *                "192.0.2.1", "2001:db8::1", optional prefix "DNS:" or "IP:".
 *                IDN U-labels are turned into A-labels (RFC 5891) or refused.
 * @param also    the common name: added in front when it is a DNS name or IP,
 *                silently left out when it is neither; NULL for none
 * @param pout    const char *, "DNS:a" and "IP:1.2.3.4", lower case, IPv6
 *                compressed (RFC 5952), no duplicates
 * @param res     INVALID, field "subjectAltNames"
 */
apr_status_t vso_sans_check(const apr_array_header_t *in, const char *also,
                            apr_array_header_t **pout, vso_result_t *res,
                            apr_pool_t *p);

/** SANs of a certificate as "DNS:a", "IP:1.2.3.4", "email:..", "URI:..". */
apr_array_header_t *vso_sans_of_cert(const X509 *cert, apr_pool_t *p);

/** SANs of a CSR's extensionRequest. */
apr_array_header_t *vso_sans_of_req(X509_REQ *req, apr_pool_t *p);

/** The checked SANs as a GENERAL_NAMES extension; the caller frees it. */
X509_EXTENSION *vso_sans_to_extension(const apr_array_header_t *sans);

/** 1 when host is covered by the certificate's SANs (RFC 6125: one wildcard
 * label on the left), or by its CN where there are no DNS SANs. */
int vso_cert_covers(const X509 *cert, const char *host);

#endif
