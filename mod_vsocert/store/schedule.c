/* SPDX-License-Identifier: Apache-2.0 */
#include "store/schedule.h"

#include "store/row_write.h"
#include "store/rows_whole.h"

#define SCHEDULE "vmo_schedule"

static const vso_member_t members[] = {
    VSO_MEMBER(vso_scheduled_t, version_id),
    VSO_MEMBER(vso_scheduled_t, at_sec),
    VSO_MEMBER(vso_scheduled_t, actor),
    VSO_MEMBER(vso_scheduled_t, address),
    VSO_MEMBER_MAC(vso_scheduled_t),
    VSO_MEMBERS_END,
};

static const vso_record_t record = {SCHEDULE, sizeof(vso_scheduled_t), members};

apr_status_t vso_schedule_list(vso_store_t *store,
                               apr_array_header_t **pscheduled,
                               vso_result_t *res, apr_pool_t *p)
{
    return vso_rows_list(vso_store_db(store), VSO_SQL_SCHEDULE_LIST, NULL,
                         &record, pscheduled, res, p);
}

apr_status_t vso_schedule_whole(vso_store_t *store,
                                apr_array_header_t **pscheduled,
                                vso_result_t *res, apr_pool_t *p)
{
    return vso_rows_whole(vso_store_db(store), VSO_SQL_SCHEDULE_WHOLE, &record,
                          pscheduled, res, p);
}

apr_int64_t vso_schedule_find(const apr_array_header_t *scheduled,
                              apr_int64_t version_id)
{
    int i;

    for (i = 0; i < scheduled->nelts; i++) {
        const vso_scheduled_t *one =
            &APR_ARRAY_IDX(scheduled, i, vso_scheduled_t);

        if (one->version_id == version_id && one->proof.authentic) {
            return one->at_sec;
        }
    }
    return 0;
}

apr_status_t vso_schedule_set(vso_change_t *change,
                              const vso_scheduled_t *scheduled,
                              vso_result_t *res, apr_pool_t *p)
{
    int cleared;
    apr_status_t rv;

    rv = vso_schedule_clear(change, scheduled->version_id, &cleared, res, p);
    return rv == APR_SUCCESS
               ? vso_row_insert(vso_store_db(change->store), change->sums,
                                SCHEDULE, vso_row_args(&record, scheduled, p),
                                NULL, res, p)
               : rv;
}

apr_status_t vso_schedule_clear(vso_change_t *change, apr_int64_t version_id,
                                int *pcleared, vso_result_t *res, apr_pool_t *p)
{
    const char *args[] = {vso_db_number(version_id, p)};
    vso_db_t *db = vso_store_db(change->store);
    apr_array_header_t *rows = NULL;
    apr_status_t rv;

    *pcleared = 0;
    rv = vso_rows_list(db, VSO_SQL_SCHEDULE_GET, args, &record, &rows, res, p);
    if (rv != APR_SUCCESS || !rows->nelts) {
        return rv;
    }
    *pcleared = 1;
    return vso_row_delete(db, change->sums, SCHEDULE, args,
                          &APR_ARRAY_IDX(rows, 0, vso_scheduled_t).proof, res,
                          p);
}
