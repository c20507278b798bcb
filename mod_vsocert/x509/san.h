/* SPDX-License-Identifier: Apache-2.0 */
/**
 * subjectAltNames: as an administrator types them, checked, and as X.509
 * holds them (RFC 5280, 4.2.1.6).
 */
#ifndef VSO_SAN_H
#define VSO_SAN_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

#include "base/result.h"

/**
 * Check and normalise subjectAltNames.
 * @param in      const char *: "www.example.org", "*.example.org",
 *                "192.0.2.1", "2001:db8::1", "[2001:db8::1]", optional prefix
 *                "DNS:" or "IP:".
 *                IDN U-labels are turned into A-labels (RFC 5891) or refused.
 * @param also    the common name: added in front when it is a DNS name or IP,
 *                silently left out when it is neither; NULL for none
 * @param pout    const char *, "DNS:a" and "IP:1.2.3.4", lower case, IPv6
 *                compressed (RFC 5952), no duplicates
 * @param res     INVALID, field "subjectAltNames": which name, and the rule
 * that it breaks (san_reason.h)
 */
apr_status_t vso_sans_check(const apr_array_header_t *in, const char *also,
                            apr_array_header_t **pout, vso_result_t *res,
                            apr_pool_t *p);

/** Add those of `more` that sans does not have. */
void vso_sans_add(apr_array_header_t *sans, const apr_array_header_t *more);

/** SANs of a certificate, all of them: "DNS:a", "IP:1.2.3.4", "email:..",
 * "URI:..", "dirName:CN=..", "RID:1.2.3", "otherName:1.2.3" (its type). */
apr_array_header_t *vso_sans_of_cert(const X509 *cert, apr_pool_t *p);

/** Those of them that a CA for servers grants: host names and addresses.
 * @param res  warnings: names-left-out, many-names (over VSO_MAX_SANS) */
apr_array_header_t *vso_sans_for_server(const X509 *cert, vso_result_t *res,
                                        apr_pool_t *p);

/** The names in a sentence: "DNS:a, DNS:b and 7 more". */
const char *vso_sans_listed(const apr_array_header_t *sans, apr_pool_t *p);

/** SANs of a CSR's extensionRequest. */
apr_array_header_t *vso_sans_of_req(X509_REQ *req, apr_pool_t *p);

/** The checked SANs as a GENERAL_NAMES extension; the caller frees it. */
X509_EXTENSION *vso_sans_to_extension(const apr_array_header_t *sans);

/** 1 when host is covered by the certificate's SANs (RFC 6125: one wildcard
 * label on the left), or by its CN where there are no DNS SANs. */
int vso_sans_cover(const X509 *cert, const char *host);

#endif
