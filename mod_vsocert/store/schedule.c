/* SPDX-License-Identifier: Apache-2.0 */
#include "store/schedule.h"

static apr_status_t collect(void *baton, const vso_row_t *row,
                            vso_result_t *res)
{
    vso_scheduled_t *scheduled = apr_array_push(baton);

    (void)res;
    scheduled->version_id = vso_row_int(row, 0);
    scheduled->at_sec = vso_row_int(row, 1);
    scheduled->actor = vso_row_text(row, 2);
    scheduled->address = vso_row_text(row, 3);
    return APR_SUCCESS;
}

apr_status_t vso_schedule_list(vso_store_t *store,
                               apr_array_header_t **pscheduled,
                               vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, 2, sizeof(vso_scheduled_t));
    apr_status_t rv;

    rv = vso_db_select(vso_store_db(store), VSO_SQL_SCHEDULE_LIST, NULL,
                       collect, list, res, p);
    if (rv == APR_SUCCESS) {
        *pscheduled = list;
    }
    return rv;
}

apr_int64_t vso_schedule_find(const apr_array_header_t *scheduled,
                              apr_int64_t version_id)
{
    int i;

    for (i = 0; i < scheduled->nelts; i++) {
        const vso_scheduled_t *one =
            &APR_ARRAY_IDX(scheduled, i, vso_scheduled_t);

        if (one->version_id == version_id) {
            return one->at_sec;
        }
    }
    return 0;
}

apr_status_t vso_schedule_set(vso_change_t *change,
                              const vso_scheduled_t *scheduled,
                              vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {
        vso_db_number(scheduled->version_id, p),
        vso_db_number(scheduled->at_sec, p),
        scheduled->actor,
        scheduled->address,
    };
    int cleared;
    apr_status_t rv;

    rv = vso_schedule_clear(change, scheduled->version_id, &cleared, res, p);
    return rv == APR_SUCCESS
               ? vso_db_exec(vso_store_db(change->store),
                             VSO_SQL_SCHEDULE_INSERT, args, NULL, res, p)
               : rv;
}

apr_status_t vso_schedule_clear(vso_change_t *change, apr_int64_t version_id,
                                int *pcleared, vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {vso_db_number(version_id, p)};

    *pcleared = 0;
    return vso_db_exec(vso_store_db(change->store), VSO_SQL_SCHEDULE_DELETE,
                       args, pcleared, res, p);
}
