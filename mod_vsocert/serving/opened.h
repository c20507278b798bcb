/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Opened certificates: what handshakes use, in the memory of one process, by
 * entry. Parsed and unsealed at the first use after a change, counted, at most
 * so many, least recently used out first. Nothing is kept by name, which
 * strangers choose.
 *
 * An opened entry carries the edition that was read before its record was
 * looked up. It is used only where that is not below the edition that the
 * handshake read first: whoever got the response of a change meets no
 * certificate of before.
 */
#ifndef VSO_SERVING_OPENED_H
#define VSO_SERVING_OPENED_H

#include <apr_pools.h>

#include "serving/replica.h"
#include "serving/served.h"

/** All of a process. */
typedef struct vso_opened_t vso_opened_t;

/** @param max  entries (VSOCertOpen), at least 1
 * @param p    outlives the threads that use it; with it all goes that nobody
 *             holds */
apr_status_t vso_opened_make(vso_replica_t *replica, int max,
                             vso_opened_t **popened, apr_pool_t *p);

/** An entry as it is to be served now. The hot path: one atomic read and a look
 * into a table.
 * @return one reference, for vso_opened_unref; NULL: the entry has nothing to
 *         serve, or the replica cannot be read */
vso_served_entry_t *vso_opened_get(vso_opened_t *opened, const char *entry);

/** Open again, ahead of handshakes, what is in memory and has changed; for the
 * poller's thread, after each edition. */
void vso_opened_refresh(vso_opened_t *opened);

/** For metrics. */
typedef struct {
    apr_int64_t entries; /**< in memory */
    apr_int64_t opened;  /**< since the process started */
    apr_int64_t dropped; /**< to make room */
} vso_opened_counts_t;

void vso_opened_counts(vso_opened_t *opened, vso_opened_counts_t *counts);

#endif
