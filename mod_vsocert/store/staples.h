/* SPDX-License-Identifier: Apache-2.0 */
/**
 * OCSP responses, shared by all nodes: the rows of vmo_ocsp.
 */
#ifndef VSO_STAPLES_H
#define VSO_STAPLES_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"
#include "store/store.h"

/** One row. */
typedef struct {
    const char *fingerprint; /**< of the certificate */
    const char *response;    /**< DER in base64 */
    apr_int64_t next_update_sec;
    apr_int64_t fetched_sec; /**< by the database's clock */
} vso_staple_t;

/** The response for a certificate; *pstaple is NULL where there is none. */
apr_status_t vso_staple_get(vso_store_t *store, const char *fingerprint,
                            const vso_staple_t **pstaple, vso_result_t *res,
                            apr_pool_t *p);

/** Insert or replace a certificate's response; fetched_sec is set here. Expired
 * ones are deleted. */
apr_status_t vso_staple_put(vso_store_t *store, const vso_staple_t *staple,
                            vso_result_t *res, apr_pool_t *p);

#endif
