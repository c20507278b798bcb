/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A version as a row and as OpenSSL objects: how its columns follow from the
 * certificate, how its key is opened, how it becomes active.
 */
#ifndef VSO_SERVICE_VERSION_ROW_H
#define VSO_SERVICE_VERSION_ROW_H

#include <openssl/x509.h>

#include "base/json.h"
#include "base/secret.h"
#include "service/context.h"
#include "x509/cert.h"

/** A candidate for the keystore, or a row that was opened. */
typedef struct {
    EVP_PKEY *pkey;
    X509 *cert;
    apr_array_header_t *chain;    /**< X509 *, in order, root included */
    apr_array_header_t *outcomes; /**< vso_trial_outcome_t, or NULL */
    const char *field;            /**< the call's member that brought it; NULL:
                                       it is stored, or made here */
    int alone;                    /**< nothing is to be served beside it */
} vso_material_t;

/** Set the columns that follow from certificate and chain. */
void vso_version_row_describe(vso_version_t *version, X509 *cert,
                              const apr_array_header_t *chain, apr_pool_t *p);

/** Set the columns that follow from a waiting request. */
void vso_version_row_describe_request(vso_version_t *version,
                                      const X509_NAME *subject,
                                      const apr_array_header_t *sans,
                                      apr_pool_t *p);

/** A new row of ctx's entry with origin and key columns set. */
vso_version_t *vso_version_row_new(const vso_context_t *ctx, const char *origin,
                                   EVP_PKEY *pkey);

/** Set the attributes of a subject as members of obj; absent ones are null. */
void vso_version_row_put_subject(vso_json_t *obj, const vso_subject_t *subject);

/** Attributes of a column written by vso_version_row_describe. */
vso_subject_t *vso_version_row_subject(const char *column, apr_pool_t *p);

/** "RSA" or "EC". */
const char *vso_version_row_algorithm(const vso_version_t *version,
                                      apr_pool_t *p);

/** Open certificate and chain of a row; pkey stays NULL. DAMAGED. */
apr_status_t vso_version_row_certs(const vso_version_t *version,
                                   vso_material_t *material, vso_result_t *res,
                                   apr_pool_t *p);

/** Open a row whole: key, certificate, chain, and that they belong together.
 * SEALED, DAMAGED, KEY_MISMATCH. */
apr_status_t vso_version_row_open(const vso_context_t *ctx,
                                  const vso_version_t *version,
                                  vso_material_t *material, vso_result_t *res);

/**
 * Say what turns passive when `version` becomes active: in
 * outcome->turns_passive, and the warning no-rsa-signer where it takes the last
 * RSA key.
 * @param replace  1: whatever is active; 0: the one of the same algorithm
 */
apr_status_t vso_version_row_announce(const vso_context_t *ctx,
                                      const vso_version_t *version, int replace,
                                      vso_outcome_t *outcome,
                                      vso_result_t *res);

/** Warn that no RSA key stays active. */
void vso_version_row_warn_no_rsa(vso_result_t *res);

/** Inside a change: read a version again under the lock, and put it into the
 * change's audit event. NOT_FOUND. @param p  of the version */
apr_status_t vso_version_row_take(vso_change_t *change, apr_int64_t id,
                                  vso_version_t **pversion,
                                  vso_audit_event_t *event, vso_result_t *res,
                                  apr_pool_t *p);

/** Inside a change: what `version` takes the place of turns passive, so that it
 * can become active. @param replace  as above */
apr_status_t vso_version_row_displace(vso_change_t *change,
                                      const vso_version_t *version, int replace,
                                      vso_result_t *res, apr_pool_t *p);

/** The version of the RSA key where there is one, else of the EC key. NULL:
 * nothing is active.
 * @param psecondary  the other one, where both are active, else NULL; or NULL
 *                    where it is of no interest */
apr_status_t vso_version_row_primary(const vso_context_t *ctx,
                                     vso_version_t **pprimary,
                                     vso_version_t **psecondary,
                                     vso_result_t *res);

/** The same, which has to be there: NO_CERTIFICATE.
 * @param lacks  what follows on "Entry has no active certificate": what for,
 *               and what to do */
apr_status_t vso_version_row_require(const vso_context_t *ctx,
                                     const char *lacks,
                                     vso_version_t **pprimary,
                                     vso_result_t *res);

/** What is done with each version. */
typedef apr_status_t vso_version_row_fn(void *baton, vso_version_t *version,
                                        vso_result_t *res);

/** Do it with all versions, newest first, until one fails.
 * @param entry  of one entry; NULL: of all */
apr_status_t vso_version_row_each(vso_store_t *store, const char *entry,
                                  vso_version_row_fn *fn, void *baton,
                                  vso_result_t *res, apr_pool_t *p);

#endif
