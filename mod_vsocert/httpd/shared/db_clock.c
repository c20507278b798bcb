/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/db_clock.h"

#include <stdatomic.h>

#include "httpd/shared/memory.h"

#define LEEWAY apr_time_from_sec(2)

static atomic_llong *offset;

apr_status_t vsocert_db_clock_setup(void)
{
    void *memory = NULL;
    apr_status_t rv = vsocert_memory_get("vsocert-db-clock-1", sizeof(*offset),
                                         NULL, &memory);

    offset = memory;
    return rv;
}

void vsocert_db_clock_set(apr_time_t now, apr_int64_t db_sec)
{
    apr_interval_time_t found = apr_time_from_sec(db_sec) - now;

    atomic_store(offset, found < LEEWAY && found > -LEEWAY ? 0 : found);
}

apr_interval_time_t vsocert_db_clock_offset(void)
{
    return atomic_load(offset);
}

apr_int64_t vsocert_db_clock_now_sec(void)
{
    return apr_time_sec(apr_time_now() + vsocert_db_clock_offset());
}
