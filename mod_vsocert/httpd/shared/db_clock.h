/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The database's clock, as all children of this node know it. The clock of the
 * node may be wrong; what a fleet shares goes by the database's.
 */
#ifndef VSOCERT_SHARED_DB_CLOCK_H
#define VSOCERT_SHARED_DB_CLOCK_H

#include <httpd.h>
#include <apr_time.h>

/** Find the memory, or make it (parent, post_config). */
apr_status_t vsocert_db_clock_setup(void);

/** The database said its time.
 * @param now     this node's time at that moment
 * @param db_sec  the database's; a difference below two seconds is none */
void vsocert_db_clock_set(apr_time_t now, apr_int64_t db_sec);

/** What has to be added to this node's time. */
apr_interval_time_t vsocert_db_clock_offset(void);

/** The database's time in seconds. */
apr_int64_t vsocert_db_clock_now_sec(void);

#endif
