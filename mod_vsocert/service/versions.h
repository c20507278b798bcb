/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The versions of an entry: look, roll back and forward, destroy.
 */
#ifndef VSO_VERSIONS_H
#define VSO_VERSIONS_H

#include "service/service.h"
#include "service/version.h"

/** One version of svc's entry; NOT_FOUND also when it belongs to another. */
apr_status_t vso_versions_get(vso_service_t *svc, apr_int64_t id,
                              vso_version_t **pversion);

/** Its request: a pending version's own, else one for its key with its
 * certificate's subject and SANs. WRONG_STATE when the key is destroyed. */
apr_status_t vso_versions_csr(vso_service_t *svc, apr_int64_t id,
                              const char **ppem);

/** Make a passive version active; the active one of the same algorithm turns
 * passive. WRONG_STATE; what vso_version_prove refuses. */
apr_status_t vso_versions_activate(vso_service_t *svc, apr_int64_t id,
                                   vso_version_t **pversion);

/** Take an active version out of service, while another algorithm's stays:
 * the way from RSA and EC side by side to one of them. */
apr_status_t vso_versions_deactivate(vso_service_t *svc, apr_int64_t id,
                                     vso_version_t **pversion);

/**
 * Destroy a pending or passive version's key; the row stays for the record.
 * WRONG_STATE for the active one; KEY_IN_USE while another version holds the
 * same key.
 */
apr_status_t vso_versions_destroy(vso_service_t *svc, apr_int64_t id,
                                  vso_version_t **pversion);

#endif
