/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What others want to be told of: changes, as the audit trail has them, and
 * certificates that come to their end.
 */
#ifndef VSO_SERVICE_EVENTS_H
#define VSO_SERVICE_EVENTS_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"
#include "store/versions.h"
#include "store/store.h"

/** One event. Texts are never NULL. */
typedef struct {
    const char *name; /**< "created", "activated", "chain-updated", "import",
                         "export", "key-destroyed", "package-import",
                           "package-export", "expiring-30", "expiring-14",
                           "expiring-7", "expiring-1", "expired" */
    const char *entry;
    const char *package; /**< name of the package; "" where it is about none */
    apr_int64_t seq;     /**< audit row; 0 for the end of a certificate */
    const char *actor;   /**< who did it; "" for the end of one */
    apr_int64_t at_sec;  /**< when; 0 for the end of one */
    apr_int64_t version_id; /**< 0: none, and what follows is "" or 0 */
    const char *subject;
    const char *fingerprint;
    apr_int64_t not_after_sec;
} vso_event_t;

/**
 * Changes after an audit row, oldest first.
 * @param pevents  vso_event_t
 * @param plast    audit row that was looked at last; `after` where none is
 *                 newer. There may be more: ask again until it stays
 */
apr_status_t vso_events_since(vso_store_t *store, apr_int64_t after,
                              apr_array_header_t **pevents, apr_int64_t *plast,
                              vso_result_t *res, apr_pool_t *p);

/**
 * Where every active certificate stands that has 30 days or less: the nearest
 * mark only, so that one that came late is not told of four times.
 * @param names    of entries, const char *; NULL: all
 * @param pevents  vso_event_t
 */
apr_status_t vso_events_ending(vso_store_t *store,
                               const apr_array_header_t *names,
                               apr_array_header_t **pevents, vso_result_t *res,
                               apr_pool_t *p);

#endif
