/* SPDX-License-Identifier: Apache-2.0 */
/**
 * All rows of a database, looked at.
 */
#ifndef VSO_TEST_ROW_CHECK_UTIL_H
#define VSO_TEST_ROW_CHECK_UTIL_H

#include "store_util.h"

#include "store/row_check.h"

/** Look at the rows of a keystore with the master key "a". @return tables whose
 * sums differ */
static inline int check_rows(const char *path, vso_row_check_t *check)
{
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_row_sums_t *stated = NULL;
    vso_state_row_t row;

    assert_ok(vso_state_row_read(vso_store_db(store), &row, res, pool));
    assert_ok(vso_state_row_verify(&row, vso_store_row_keys(store), &stated,
                                   res, pool));
    assert_ok(vso_row_check_run(vso_store_db(store), vso_store_row_keys(store),
                                check, res, pool));
    return vso_row_check_sums(check, stated, pool);
}

#endif
