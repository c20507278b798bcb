/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The cache file of the version before, which had no replica: one line
 * "vsocert-cache 1 MAC", then one JSON object with the active versions of all
 * entries. Read once, so that an upgrade while the database is away serves what
 * was served.
 */
#ifndef VSO_SERVING_OLD_CACHE_H
#define VSO_SERVING_OLD_CACHE_H

#include <apr_pools.h>

#include "base/result.h"
#include "serving/replica.h"

/** 1 for a file that begins like one. A symbolic link is none. */
int vso_old_cache_is(const char *path);

/**
 * Fill a replica that holds nothing yet. It belongs to no lineage then, and is
 * complete up to the generation before the file's: the database's is wanted,
 * unless it is an older one.
 * @param res  DAMAGED: also where it was written with another master key;
 *             INTERNAL
 */
apr_status_t vso_old_cache_take(const char *path, vso_replica_t *replica,
                                vso_result_t *res, apr_pool_t *p);

#endif
