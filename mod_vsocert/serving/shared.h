/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the processes of one node share about its replica: a few numbers and a
 * lock, in memory that the caller lends (in httpd: memory of all children,
 * which outlives graceful restarts). Everything may be called by every process
 * and thread at any time; a process that is killed leaves nothing torn.
 */
#ifndef VSO_SERVING_SHARED_H
#define VSO_SERVING_SHARED_H

#include <apr_pools.h>
#include <apr_time.h>

/** Of one node. */
typedef struct vso_shared_t vso_shared_t;

/** Bytes that it takes. */
apr_size_t vso_shared_size(void);

/** Make it of vso_shared_size() zero bytes. */
apr_status_t vso_shared_init(void *memory);

/** Grows whenever something else is to be served. One atomic read: for each
 * handshake. Never 0. */
apr_int64_t vso_shared_edition(const vso_shared_t *shared);
void vso_shared_bump(vso_shared_t *shared);

/** Take the lock of writers. A process that is killed while it holds the lock
 * does not keep it.
 * @return APR_TIMEUP */
apr_status_t vso_shared_lock(vso_shared_t *shared, apr_interval_time_t timeout);
void vso_shared_unlock(vso_shared_t *shared);

/** Which replica file is the node's: grows when it was replaced by another one
 * of the same path; who has an older one open opens the path again. */
apr_int64_t vso_shared_file(const vso_shared_t *shared);
void vso_shared_file_replaced(vso_shared_t *shared);

/** 1 while a committed change could not be put into the replica. */
int vso_shared_unpublished(const vso_shared_t *shared);
void vso_shared_set_unpublished(vso_shared_t *shared, int unpublished);

/** Keys that are destroyed while the replica still has them. Bounded: where
 * there is no room, every key counts as destroyed until the list is cleared. */
void vso_shared_destroy(vso_shared_t *shared, const unsigned char key_id[32]);
int vso_shared_destroyed(const vso_shared_t *shared,
                         const unsigned char key_id[32]);
void vso_shared_destroyed_clear(vso_shared_t *shared);

/** This process is, or is no more, inside the replica's library (counted, for
 * its threads). */
void vso_shared_enter(vso_shared_t *shared);
void vso_shared_leave(vso_shared_t *shared);

/** How many processes died inside since the last call; their marks are taken
 * off. */
int vso_shared_take_dead(vso_shared_t *shared);

#endif
