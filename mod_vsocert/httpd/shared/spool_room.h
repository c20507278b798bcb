/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How much of the disk bodies take that wait in files without a name, counted
 * over all children of this node. What a child had counted ends with it.
 */
#ifndef VSOCERT_SHARED_SPOOL_ROOM_H
#define VSOCERT_SHARED_SPOOL_ROOM_H

#include <apr_pools.h>

#include "base/result.h"

/** What one file takes. */
typedef struct vsocert_spool_room_t vsocert_spool_room_t;

/** Find the numbers, or make them (parent, post_config). */
apr_status_t vsocert_spool_room_setup(void);

/** For a new file. It takes room until p goes.
 * @param max  bytes that all files may take */
vsocert_spool_room_t *vsocert_spool_room_make(apr_off_t max, apr_pool_t *p);

/** Before the file grows. @return BUSY: there is no room for it */
apr_status_t vsocert_spool_room_grow(vsocert_spool_room_t *room, apr_size_t len,
                                     vso_result_t *res);

/** Bytes that all files have room for at the moment. */
apr_int64_t vsocert_spool_room_taken(void);

#endif
