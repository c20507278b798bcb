/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Rows of the database that records are made of.
 */
#ifndef VSO_SERVING_ROWS_H
#define VSO_SERVING_ROWS_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"
#include "store/store.h"

/** Those of entries, as of a generation.
 * @param names  const char *, at most VSO_ENTRIES_PAGE
 * @param prows  vso_record_rows_t: one of each name, in this order
 * @param res    DATABASE */
apr_status_t vso_rows_read(vso_store_t *store, const apr_array_header_t *names,
                           apr_int64_t as_of, apr_array_header_t **prows,
                           vso_result_t *res, apr_pool_t *p);

#endif
