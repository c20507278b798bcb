/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Keys that a change destroyed and the replica still has, as it cannot be
 * written.
 */
#ifndef VSO_SERVING_DESTROYED_H
#define VSO_SERVING_DESTROYED_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "serving/replica.h"

/** They count as destroyed in the entries of the change, and nowhere else
 * (vso_shared_destroy). @param rows  vso_record_rows_t: after the change */
void vso_destroyed_note(vso_replica_t *replica, const apr_array_header_t *rows,
                        apr_int64_t generation, apr_pool_t *p);

#endif
