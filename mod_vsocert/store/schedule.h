/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Activations that wait for their time: the rows of vmo_schedule, one per
 * version at the most. Their time is the database's.
 */
#ifndef VSO_SCHEDULE_H
#define VSO_SCHEDULE_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"
#include "store/change.h"

/** One row. */
typedef struct {
    apr_int64_t version_id;
    apr_int64_t at_sec;
    const char *actor; /**< who asked for it */
    const char *address;
} vso_scheduled_t;

/** All, the earliest first: vso_scheduled_t. */
apr_status_t vso_schedule_list(vso_store_t *store,
                               apr_array_header_t **pscheduled,
                               vso_result_t *res, apr_pool_t *p);

/** When a version is to become active, 0: it is not. */
apr_int64_t vso_schedule_find(const apr_array_header_t *scheduled,
                              apr_int64_t version_id);

/** Inside a change: a version's time, in place of another. */
apr_status_t vso_schedule_set(vso_change_t *change,
                              const vso_scheduled_t *scheduled,
                              vso_result_t *res, apr_pool_t *p);

/** Inside a change: forget a version's time, where it has one. */
apr_status_t vso_schedule_clear(vso_change_t *change, apr_int64_t version_id,
                                int *pcleared, vso_result_t *res,
                                apr_pool_t *p);

#endif
