/* SPDX-License-Identifier: Apache-2.0 */
#include "db_util.h"

/** A statement as PostgreSQL itself prepares it; APR's driver would do so at
 * its first use only. */
static const char *pgsql_prepare(int number)
{
    const char *text = vso_sql_text((vso_sql_e)number, pool);
    const char *all = apr_psprintf(pool, "PREPARE s%d AS ", number);
    const char *mark;
    int i = 1;

    for (; (mark = strchr(text, '%')) != NULL; i++) {
        all = apr_pstrcat(pool, all,
                          apr_pstrmemdup(pool, text, (apr_size_t)(mark - text)),
                          apr_psprintf(pool, "$%d", i), NULL);
        text = mark + (mark[1] == 's' ? 2 : 4);
    }
    return apr_pstrcat(pool, all, text, NULL);
}

START_TEST(prepares_every_statement)
{
    vso_db_t *db = with_schema(memory_db());
    vso_statement_t *statement;
    int i;

    for (i = 0; i < VSO_SQL_COUNT; i++) {
        if (!vso_sql_text((vso_sql_e)i, pool)) {
            ck_assert_int_ge(i, VSO_SQL_ROWS + 3 * 10);
            continue;
        }
        assert_ok(vso_db_compile(db, vso_sql_text((vso_sql_e)i, pool),
                                 &statement, res, pool));
        if (on("pgsql")) {
            assert_ok(vso_db_run(db, pgsql_prepare(i), res, pool));
        }
    }
}
END_TEST

START_TEST(counts_parameters)
{
    const vso_table_t *versions = vso_table_find("vmo_keystore");
    const vso_table_t *members = vso_table_find("vmo_package_member");

    ck_assert_int_eq(vso_sql_params(vso_sql_text(VSO_SQL_STATE_READ, pool)), 0);
    ck_assert_int_eq(vso_sql_params(vso_sql_text(VSO_SQL_STATE_WRITE, pool)),
                     11);
    ck_assert_int_eq(vso_sql_params(vso_sql_text(
                         vso_sql_row(versions, VSO_SQL_ROW_INSERT), pool)),
                     28);
    ck_assert_str_eq(
        vso_sql_text(vso_sql_row(members, VSO_SQL_ROW_UPDATE), pool),
        "UPDATE vmo_package_member SET mac = %s WHERE package_id = %lld AND"
        " element_id = %lld AND mac = %s");
    ck_assert_str_eq(
        vso_sql_text(vso_sql_row(members, VSO_SQL_ROW_DELETE), pool),
        "DELETE FROM vmo_package_member WHERE package_id = %lld AND"
        " element_id = %lld AND mac = %s");
    ck_assert_int_eq(vso_sql_params(vso_sql_text(VSO_SQL_ENTRY_LIVE, pool)),
                     VSO_ENTRY_LIST);
    ck_assert_int_eq(vso_sql_params(vso_sql_text(VSO_SQL_AUDIT_INSERT, pool)),
                     10);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("statements");
    TCase *tc = unit_case(s, "statements");

    tcase_add_test(tc, prepares_every_statement);
    tcase_add_test(tc, counts_parameters);
    return s;
}
