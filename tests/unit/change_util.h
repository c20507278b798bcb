/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the tests of changes share: the state row, and the trail.
 */
#ifndef VSO_CHANGE_UTIL_H
#define VSO_CHANGE_UTIL_H

#include "store_util.h"

static inline vso_state_t state_of(vso_store_t *store)
{
    vso_state_t state;

    assert_ok(vso_store_read_state(store, &state, res, pool));
    return state;
}

static inline apr_array_header_t *trail(vso_store_t *store)
{
    apr_array_header_t *rows = NULL;

    assert_ok(vso_audit_list(store, 0, 500, &rows, res, pool));
    return rows;
}

static inline const vso_audit_row_t *newest(vso_store_t *store)
{
    return &APR_ARRAY_IDX(trail(store), 0, vso_audit_row_t);
}

static inline void assert_intact(vso_store_t *store, apr_int64_t rows)
{
    vso_audit_verdict_t verdict;

    assert_ok(vso_audit_verify(store, &verdict, res, pool));
    ck_assert_msg(verdict.intact, "row %d: %s", (int)verdict.bad_seq,
                  verdict.reason);
    ck_assert_int_eq(verdict.rows, rows);
}

/** Insert a session: something of a change's own to look for. */
static inline apr_status_t insert_session(vso_change_t *change, const char *key,
                                          vso_result_t *result, apr_pool_t *p)
{
    const char *args[] = {"data", "0", key};

    return vso_db_exec(vso_store_db(change->store), VSO_SQL_SESSION_INSERT,
                       args, NULL, result, p);
}

#endif
