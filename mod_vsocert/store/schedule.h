/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Scheduled activations: the rows of vmo_schedule, at most one per version.
 * Times are by the database's clock.
 */
#ifndef VSO_SCHEDULE_H
#define VSO_SCHEDULE_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"
#include "store/change.h"
#include "store/row_proof.h"

/** One row. */
typedef struct {
    apr_int64_t version_id;
    apr_int64_t at_sec;
    const char *actor; /**< who asked for it */
    const char *address;
    vso_row_proof_t proof; /**< what its MAC says: one that is not authentic is
                                not run */
} vso_scheduled_t;

/** All, the earliest first: vso_scheduled_t. */
apr_status_t vso_schedule_list(vso_store_t *store,
                               apr_array_header_t **pscheduled,
                               vso_result_t *res, apr_pool_t *p);

/** The same for those who run them: the whole table is believed, or none of it.
 * @param pscheduled  vso_scheduled_t *
 * @param res         INTEGRITY, SEALED: it is not to be believed */
apr_status_t vso_schedule_whole(vso_store_t *store,
                                apr_array_header_t **pscheduled,
                                vso_result_t *res, apr_pool_t *p);

/** Time at which a version is to become active; 0: none. One that is not
 * authentic does not count. */
apr_int64_t vso_schedule_find(const apr_array_header_t *scheduled,
                              apr_int64_t version_id);

/** Inside a change: set a version's time, or replace it. */
apr_status_t vso_schedule_set(vso_change_t *change,
                              const vso_scheduled_t *scheduled,
                              vso_result_t *res, apr_pool_t *p);

/** Inside a change: delete a version's time, if it has one. */
apr_status_t vso_schedule_clear(vso_change_t *change, apr_int64_t version_id,
                                int *pcleared, vso_result_t *res,
                                apr_pool_t *p);

#endif
