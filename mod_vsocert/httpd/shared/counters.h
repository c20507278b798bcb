/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What this node has done since httpd started, also before graceful restarts:
 * numbers in shared memory that every child adds to without a lock.
 */
#ifndef VSOCERT_SHARED_COUNTERS_H
#define VSOCERT_SHARED_COUNTERS_H

#include <httpd.h>

#include "base/problem.h"

typedef enum {
    VSOCERT_COUNT_IMPORT,         /**< keystore files */
    VSOCERT_COUNT_EXPORT,         /**< keystore files */
    VSOCERT_COUNT_PACKAGE_IMPORT, /**< packages that were confirmed */
    VSOCERT_COUNT_PACKAGE_EXPORT,
    VSOCERT_COUNT_PACKAGE_SIGNED,   /**< of other applications */
    VSOCERT_COUNT_PACKAGE_VERIFIED, /**< of other applications, and good */
    VSOCERT_COUNT_SIGN_IN,          /**< user and password that were right */
    VSOCERT_COUNT_SIGN_IN_FAILED,   /**< that were not */
    VSOCERT_COUNT_SIGN_IN_REFUSED,  /**< that nobody looked at: too many */
    VSOCERT_COUNT_RESUMED,          /**< handshakes that resumed a session */
    VSOCERT_COUNT_OTHER, /**< handshakes of versions for which the table has no
                              room */
    VSOCERT_COUNT_REFUSED_PACKAGE, /**< for want of a slot; in the order of
                                        vsocert_slot_e */
    VSOCERT_COUNT_REFUSED_DERIVATION,
    VSOCERT_COUNTS
} vsocert_count_e;

/** How many handshakes a version had. */
typedef struct {
    apr_int64_t version_id; /**< 0: the bootstrap certificate, or a file */
    apr_int64_t count;
} vsocert_handshakes_t;

/** Find the counters, or make them (parent, post_config). */
apr_status_t vsocert_counters_setup(void);

void vsocert_count(vsocert_count_e what);
void vsocert_count_problem(vso_problem_e problem);
void vsocert_count_handshake(apr_int64_t version_id);

apr_int64_t vsocert_counted(vsocert_count_e what);
apr_int64_t vsocert_counted_problems(vso_problem_e problem);

/** The i-th version that had handshakes. @return 0 behind the last */
int vsocert_counted_handshakes(int i, vsocert_handshakes_t *found);

#endif
