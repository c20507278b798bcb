/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Which calls without the right to make them the audit trail is told of, on
 * this node. A row is a change of the database: whoever may only read must not
 * be able to keep it busy, or to fill the trail.
 */
#ifndef VSOCERT_SHARED_REFUSALS_H
#define VSOCERT_SHARED_REFUSALS_H

#include <httpd.h>

/** Refusals of a user in 15 minutes that each have a row; beyond them rows come
 * seconds, and then a minute, apart (base/pace.h). */
#define VSOCERT_REFUSALS_TOLD 60

/** Find the table, or make it (parent, post_config). */
apr_status_t vsocert_refusals_setup(void);

/**
 * A user was refused.
 * @param pleft_out  refusals since the last row that have none
 * @return 1: write a row; 0: leave it out
 */
int vsocert_refusals_tell(const char *user, int *pleft_out);

#endif
