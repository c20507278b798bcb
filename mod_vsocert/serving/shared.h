/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the processes of one node share about its replica: a few numbers and a
 * lock, in memory that the caller lends (in httpd: memory of all children,
 * which outlives graceful restarts). Everything may be called by every process
 * and thread at any time; a process that is killed leaves nothing torn.
 */
#ifndef VSO_SERVING_SHARED_H
#define VSO_SERVING_SHARED_H

#include <sys/stat.h>

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

/** It was replaced: forgets what was noted of the one of before. */
void vso_shared_file_replaced(vso_shared_t *shared);

/** This is the file that the path leads to, as its opener sees it; another one
 * than who opened it before: it was replaced, by whomever. Under the lock of
 * writers. */
void vso_shared_file_seen(vso_shared_t *shared, const struct stat *file);

/* A committed change that could not be put into the replica. */

/** 1 while there is one. */
int vso_shared_unpublished(const vso_shared_t *shared);

/** There is one, of this generation (at least 1). */
void vso_shared_set_unpublished(vso_shared_t *shared, apr_int64_t generation);

/**
 * A change that could not be put destroyed keys of this entry: until the
 * replica has the entry as of it, those of `kept` alone count as existing in
 * it. Other entries may have the same keys. Of two changes of an entry the
 * later counts.
 * @param kept  of count keys; more than VSO_GONE_KEPT are not noted, and
 *              count as destroyed
 * @return 0: there is no room, and nothing was noted
 */
int vso_shared_destroy(vso_shared_t *shared, const char *entry,
                       apr_int64_t generation, const unsigned char (*kept)[32],
                       int count);

/** 1: a change destroyed this key of the entry, and the replica has not caught
 * up. */
int vso_shared_destroyed(const vso_shared_t *shared, const char *entry,
                         const unsigned char key_id[32]);

/** The replica has the entry as of this generation: forget what was destroyed
 * in it up to then. The caller lets the edition grow. */
void vso_shared_entry_put(vso_shared_t *shared, const char *entry,
                          apr_int64_t generation);

/** The replica is complete up to this generation: forget the changes up to it,
 * and those only, as others may have been made meanwhile. The edition grows
 * where keys counted as destroyed. */
void vso_shared_published(vso_shared_t *shared, apr_int64_t generation);

/* Who is inside the replica's library: what a damaged file makes of a process
 * cannot be caught there. */

/** This process is, or is no more, inside (counted, for its threads). */
void vso_shared_enter(vso_shared_t *shared);
void vso_shared_leave(vso_shared_t *shared);

/** Look for processes that died inside; their marks are taken off, and they are
 * added to vso_shared_died. @return how many were found */
int vso_shared_take_dead(vso_shared_t *shared);

/** It is of this process alone, for a replica that is filled beside: nobody
 * needs to look. Before it is used. */
void vso_shared_unwatch(vso_shared_t *shared);

/** How many processes died inside since the file was replaced. */
int vso_shared_died(const vso_shared_t *shared);

/** Something in the file is not what was written; until it is replaced. */
void vso_shared_set_damaged(vso_shared_t *shared);
int vso_shared_damaged(const vso_shared_t *shared);

#endif
