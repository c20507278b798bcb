/* SPDX-License-Identifier: Apache-2.0 */
/* What changes, polls and lists ask, by the plans of the databases: none of it
 * may cost more for more entries, versions or audit rows. */
#include "store_util.h"

#include "store/statements.h"
#include "store/versions.h"

static const vso_sql_e asked[] = {
    VSO_SQL_ENTRY_GET,
    VSO_SQL_ENTRY_GENERATION,
    VSO_SQL_ENTRY_CHANGED,
    VSO_SQL_ENTRY_SOME,
    VSO_SQL_ENTRY_LIST,
    VSO_SQL_ENTRY_LIST_BY_END,
    VSO_SQL_ENTRY_BRIEF,
    VSO_SQL_ENTRY_ACTIVE,
    VSO_SQL_ENTRY_ACTIVE_ONE,
    VSO_SQL_ENTRY_LIVE,
    VSO_SQL_ENTRY_LIVE_ONE,
    VSO_SQL_ENTRY_SERVED,
    VSO_SQL_ENTRY_ACTIVE_BY_ID,
    VSO_SQL_ENTRY_WAITING,
    VSO_SQL_ENTRY_PENDING,
    VSO_SQL_ENTRY_EXPORTED,
    VSO_SQL_VERSION_LIST_ENTRY,
    VSO_SQL_VERSION_GET,
    VSO_SQL_VERSION_BY_CERTIFICATE,
    VSO_SQL_VERSION_OWN,
    VSO_SQL_VERSION_PENDING,
    VSO_SQL_VERSION_NEWEST,
    VSO_SQL_VERSION_TURNED_LAST,
    VSO_SQL_VERSION_TURNED,
    VSO_SQL_AUDIT_LAST,
    VSO_SQL_VERSION_LIST_STATE,
    VSO_SQL_AUDIT_FIND_ENTRY,
    VSO_SQL_AUDIT_FIND_ACTOR,
    VSO_SQL_AUDIT_FIND_ACTION,
    VSO_SQL_AUDIT_FIND_OUTCOME,
    VSO_SQL_AUDIT_FIND,
    VSO_SQL_AUDIT_RANGE,
    VSO_SQL_AUDIT_LIST_ACTION,
};

/** A statement with values in place of its parameters. */
static const char *filled_in(vso_sql_e sql)
{
    const char *text = vso_sql_text(sql, pool);
    const char *out = "";
    const char *mark;

    while ((mark = strchr(text, '%')) != NULL) {
        int is_text = mark[1] == 's';

        out = apr_pstrcat(pool, out,
                          apr_pstrmemdup(pool, text, (apr_size_t)(mark - text)),
                          is_text ? "'many-007'" : "7", NULL);
        text = mark + (is_text ? 2 : 4);
    }
    return apr_pstrcat(pool, out, text, NULL);
}

typedef struct {
    int column;
    const char *text;
} plan_t;

static apr_status_t add_line(void *baton, const vso_row_t *row,
                             vso_result_t *result)
{
    plan_t *plan = baton;

    (void)result;
    plan->text = apr_pstrcat(pool, plan->text, vso_row_text(row, plan->column),
                             "\n", NULL);
    return APR_SUCCESS;
}

/** How the database would do it: a line for each table, the whole table or an
 * index of it. */
static const char *plan_of(vso_db_t *db, vso_sql_e sql)
{
    plan_t plan = {on("sqlite3") ? 3 : 0, ""};
    const char *explain = on("sqlite3") ? "EXPLAIN QUERY PLAN "
                          : on("pgsql") ? "EXPLAIN "
                                        : "EXPLAIN FORMAT=JSON ";
    vso_statement_t *statement = NULL;

    assert_ok(vso_db_compile(db,
                             apr_pstrcat(pool, explain, filled_in(sql), NULL),
                             &statement, res, pool));
    assert_ok(vso_db_select_compiled(db, statement, NULL, add_line, &plan, res,
                                     pool));
    return plan.text;
}

/** Entries with a version each, so that the databases have something to plan
 * for. */
static apr_status_t insert_many(vso_change_t *change, void *baton,
                                vso_audit_event_t *event, vso_result_t *result,
                                apr_pool_t *p)
{
    vso_secret_t *key = vso_secret_copy("key", 3, p);
    apr_status_t rv = APR_SUCCESS;
    int i;

    (void)baton;
    (void)event;
    for (i = 0; rv == APR_SUCCESS && i < 300; i++) {
        vso_version_t version = {.entry = apr_psprintf(p, "many-%03d", i),
                                 .state = VSO_STATE_ACTIVE,
                                 .key_type = "ec-p256",
                                 .key_fingerprint = "print"};

        rv = vso_versions_insert(change, &version, key, result, p);
    }
    return rv;
}

START_TEST(finds_all_by_an_index)
{
    static const char *const scans[] = {"SCAN ", "Seq Scan",
                                        "\"access_type\": \"ALL\"",
                                        "\"access_type\": \"index\""};
    vso_db_t *db = memory_db();
    vso_store_t *store = store_on(db, "a");
    vso_audit_event_t event = event_of("test");
    apr_size_t i;
    apr_size_t j;

    assert_ok(
        vso_change_run(store, &event, insert_many, NULL, NULL, res, pool));
    if (on("pgsql")) {
        /* a table of this size is read whole */
        assert_ok(vso_db_run(db, "SET enable_seqscan = off", res, pool));
        assert_ok(vso_db_run(db, "ANALYZE", res, pool));
    }
    for (i = 0; i < sizeof(asked) / sizeof(*asked) + 4; i++) {
        vso_sql_e sql =
            i < 4 ? vso_sql_row(
                        vso_table_find(i < 2 ? "vmo_entry" : "vmo_keystore"),
                        i % 2 ? VSO_SQL_ROW_UPDATE : VSO_SQL_ROW_DELETE)
                  : asked[i - 4];
        const char *plan = plan_of(db, sql);

        for (j = 0; j < sizeof(scans) / sizeof(*scans); j++) {
            ck_assert_msg(!strstr(plan, scans[j]), "%s\n%s",
                          vso_sql_text(sql, pool), plan);
        }
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("plans");
    TCase *tc = unit_case(s, "plans");

    tcase_add_test(tc, finds_all_by_an_index);
    return s;
}
