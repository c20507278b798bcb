/* SPDX-License-Identifier: Apache-2.0 */
/* Keystores of every schema version, as builds of their time had left them,
 * under this build: no row and no value is lost. */
#include "keystore_of.h"

#include "store/content.h"
#include "store/copy.h"
#include "store/imports.h"
#include "store/nodes.h"
#include "store/packages.h"
#include "store/schedule.h"
#include "store/staples.h"
#include "store/tables.h"
#include "store/trust.h"
#include "store/versions.h"

#define INSERT "INSERT INTO "

/** The table that a statement fills; NULL for another statement. */
static const char *table_of(const char *sql)
{
    const char *name = sql + strlen(INSERT);

    return strncmp(sql, INSERT, strlen(INSERT))
               ? NULL
               : apr_pstrmemdup(pool, name, strcspn(name, " "));
}

/** "a, b, c" of "INSERT INTO t (a, b, c) ...". */
static const char *columns_of(const char *sql)
{
    const char *open = strchr(sql, '(') + 1;

    return apr_pstrmemdup(pool, open, strcspn(open, ")"));
}

typedef struct {
    int columns;
    const char *text;
} dump_t;

static apr_status_t add_row(void *baton, const vso_row_t *row,
                            vso_result_t *result)
{
    dump_t *dump = baton;
    int i;

    (void)result;
    for (i = 0; i < dump->columns; i++) {
        dump->text =
            apr_pstrcat(pool, dump->text, vso_row_text(row, i), "|", NULL);
    }
    dump->text = apr_pstrcat(pool, dump->text, "\n", NULL);
    return APR_SUCCESS;
}

/** All values of a table in these columns. */
static const char *values_of(vso_db_t *db, const char *table,
                             const char *columns)
{
    vso_statement_t *statement = NULL;
    dump_t dump = {1, ""};
    const char *comma;

    for (comma = columns; (comma = strchr(comma, ',')) != NULL; comma++) {
        dump.columns++;
    }
    assert_ok(vso_db_compile(
        db,
        apr_psprintf(pool, "SELECT %s FROM %s ORDER BY 1, 2", columns, table),
        &statement, res, pool));
    assert_ok(
        vso_db_select_compiled(db, statement, NULL, add_row, &dump, res, pool));
    ck_assert_str_ne(dump.text, "");
    return dump.text;
}

/** The key is sealed anew by the step to version 8: whether there is one. */
static const char *without_sealed_key(const char *columns)
{
    static const char column[] = " sealed_key,";
    const char *at = strstr(columns, column);

    return at ? apr_pstrcat(
                    pool,
                    apr_pstrmemdup(pool, columns, (apr_size_t)(at - columns)),
                    " CASE WHEN sealed_key = '' THEN 0 ELSE 1 END,",
                    at + strlen(column), NULL)
              : columns;
}

/** All that a keystore of this schema version holds, but for the version and
 * the count of locks. */
static const char *everything(vso_db_t *db, int version)
{
    const char *last = "";
    const char *text = "";
    int i;
    int j;

    for (i = 0; i < version; i++) {
        for (j = 0; keystore_parts[i].rows[j]; j++) {
            const char *sql = keystore_parts[i].rows[j];
            const char *table = table_of(sql);

            if (!table || !strcmp(table, last)) {
                continue;
            }
            last = table;
            text = apr_pstrcat(
                pool, text, table, "\n",
                values_of(db, table,
                          strcmp(table, "vmo_keystore_state")
                              ? without_sealed_key(columns_of(sql))
                              : "id, keystore_id, generation, next_id,"
                                " audit_seq, audit_mac, sealed_audit_key"),
                NULL);
        }
    }
    return text;
}

/** Check's own comparison has no room for texts of this length. */
static void assert_same(const char *text, const char *expected)
{
    apr_size_t same = 0;

    while (text[same] && text[same] == expected[same]) {
        same++;
    }
    ck_assert_msg(!strcmp(text, expected), "\"%.100s\" instead of \"%.100s\"",
                  text + same, expected + same);
}

START_TEST(has_a_keystore_of_each_schema_version)
{
    int count;
    const vso_migration_step_t *steps = vso_migration_steps(&count, pool);
    int i;
    int j;

    ck_assert_int_eq(count, VSO_SCHEMA_VERSION);
    ck_assert_int_eq(KEYSTORE_PARTS, VSO_SCHEMA_VERSION);
    for (i = 0; i < count; i++) {
        ck_assert_int_eq(steps[i].version, i + 1);
        for (j = 0; keystore_parts[i].step[j]; j++) {
            ck_assert_ptr_nonnull(steps[i].sql[j]);
            ck_assert_str_eq(steps[i].sql[j], keystore_parts[i].step[j]);
        }
        ck_assert_ptr_null(steps[i].sql[j]);
    }
}
END_TEST

/** Does a row of this table have a value for this column? */
static int is_filled(const char *table, const char *column)
{
    const char *set = apr_pstrcat(pool, " ", column, " = ", NULL);
    const char *update = apr_pstrcat(pool, "UPDATE ", table, " SET", NULL);
    const char *listed = apr_pstrcat(pool, ", ", column, ",", NULL);
    const char *const *sql;
    int i;

    for (i = 0; i < KEYSTORE_PARTS; i++) {
        for (sql = keystore_parts[i].rows; *sql; sql++) {
            const char *filled = table_of(*sql);

            if ((filled && !strcmp(filled, table) &&
                 strstr(apr_pstrcat(pool, ", ", columns_of(*sql), ",", NULL),
                        listed)) ||
                (!strncmp(*sql, update, strlen(update)) && strstr(*sql, set))) {
                return 1;
            }
        }
    }
    return 0;
}

START_TEST(has_a_value_in_each_column)
{
    const vso_table_t *table;
    const vso_column_t *column;

    for (table = vso_tables(); table->name; table++) {
        for (column = table->columns; column->name; column++) {
            ck_assert_msg(is_filled(table->name, column->name),
                          "keystores.h has no value for %s of %s", column->name,
                          table->name);
        }
    }
}
END_TEST

START_TEST(keeps_every_row_and_value)
{
    const char *path = keystore_of(_i);
    const char *before = everything(file_db(path, pool), _i);
    vso_store_t *store = store_on(file_db(path, pool), "a");

    assert_same(everything(vso_store_db(store), _i), before);
    ck_assert_ptr_null(vso_store_sealed(store));
    ck_assert_str_eq(
        plain_sql(path, "SELECT schema_version FROM vmo_keystore_state"),
        APR_STRINGIFY(VSO_SCHEMA_VERSION));
}
END_TEST

START_TEST(opens_its_keys_and_goes_on_with_its_trail)
{
    vso_store_t *store = store_on(file_db(keystore_of(_i), pool), "a");
    vso_audit_verdict_t verdict;
    vso_version_t *version = NULL;
    vso_secret_t *key = NULL;
    int id;

    for (id = 1; id <= 4; id++) {
        const char *text = apr_psprintf(pool, "key of version %d", id);

        assert_ok(vso_versions_get(store, id, &version, res, pool));
        if (version->state == VSO_STATE_RETIRED) {
            assert_refused(
                vso_versions_open(ring_of("a"), version, &key, res, pool),
                VSO_P_WRONG_STATE);
            continue;
        }
        assert_ok(vso_versions_open(ring_of("a"), version, &key, res, pool));
        ck_assert_uint_eq(key->len, strlen(text));
        ck_assert_mem_eq(key->data, text, key->len);
    }
    change_times(store, 1);
    assert_ok(vso_audit_verify(store, &verdict, res, pool));
    ck_assert(verdict.intact);
    ck_assert_int_eq(verdict.rows, 7);
}
END_TEST

START_TEST(reads_its_packages)
{
    vso_store_t *store = store_on(file_db(keystore_of(_i), pool), "a");
    vso_trusted_t *trusted = NULL;
    vso_package_row_t *package = NULL;
    vso_element_row_t *element = NULL;
    vso_import_row_t *import = NULL;
    vso_blob_t *blob = NULL;
    char data[5];

    assert_ok(vso_trust_find(store, "aa11", &trusted, res, pool));
    ck_assert_str_eq(trusted->subject_text, "CN=Signer");
    ck_assert_int_eq(trusted->vouches, _i >= 6);
    assert_ok(vso_packages_get(store, "org.example.one", &package, res, pool));
    ck_assert_int_eq(package->elements, 1);
    ck_assert_int_eq(package->size, 5);
    ck_assert_str_eq(package->trust, _i >= 6 ? "table" : "");
    assert_ok(vso_elements_find(store, "element-1", &element, res, pool));
    ck_assert_str_eq(element->needs, " key-print-2 ");
    ck_assert_str_eq(element->trust, _i >= 6 ? "once" : "");
    assert_ok(vso_content_blob(store, element->content_id, &blob, res, pool));
    ck_assert_int_eq(blob->size, 5);
    assert_ok(blob->read(blob, 0, data, sizeof(data), res));
    ck_assert_mem_eq(data, "hello", 5);
    assert_ok(vso_imports_get(store, 105, 0, &import, res, pool));
    ck_assert_str_eq(import->name, "org.example.two");
}
END_TEST

START_TEST(reads_what_its_nodes_shared)
{
    vso_store_t *store = store_on(file_db(keystore_of(_i), pool), "a");
    apr_array_header_t *rows = NULL;
    const vso_staple_t *staple;

    assert_ok(vso_nodes_list(store, &rows, res, pool));
    ck_assert_int_eq(rows->nelts, 1);
    ck_assert_str_eq(APR_ARRAY_IDX(rows, 0, vso_node_t).served,
                     "server 2 rsa print-2");
    assert_ok(vso_schedule_list(store, &rows, res, pool));
    ck_assert_int_eq(vso_schedule_find(rows, 1), 4000000001);
    assert_ok(vso_staple_get(store, "print-2", &staple, res, pool));
    ck_assert_int_eq(staple->next_update_sec, 4000000002);
    assert_ok(vso_versions_turned(store, "server", &rows, res, pool));
    ck_assert_int_eq(rows->nelts, _i >= 5 ? 2 : 0);
}
END_TEST

/* What a keystore of before has not got, it gets from what it has. */
START_TEST(gets_the_rows_of_its_entries)
{
    static const char *const columns =
        "name, generation, active, not_after_sec, pending, self_signed,"
        " backed_up_sec, renewal, search";
    vso_db_t *newest = file_db(keystore_of(KEYSTORE_PARTS), pool);
    vso_store_t *store = store_on(file_db(keystore_of(_i), pool), "a");
    const vso_state_t *state = vso_store_state(store);

    assert_same(values_of(vso_store_db(store), "vmo_entry", columns),
                values_of(newest, "vmo_entry", columns));
    ck_assert_uint_eq(strlen(state->lineage), 32);
    ck_assert_int_eq(state->serving_generation, 5);
}
END_TEST

/* MySQL's kind ends the transaction with each change of a table: whoever finds
 * a step that was broken off takes it again. */
START_TEST(fills_a_step_that_was_broken_off)
{
    static const char *const at[] = {"6", "1000007"};
    vso_store_t *store;
    int i;

    for (i = 0; i < 2; i++) {
        const char *path = keystore_of(7);

        plain_sql(path, apr_psprintf(pool,
                                     "UPDATE vmo_keystore_state SET lineage ="
                                     " '', schema_version = %s",
                                     at[i]));
        plain_sql(path, "DELETE FROM vmo_entry WHERE name = 'other'");
        store = store_on(file_db(path, pool), "a");
        ck_assert_str_eq(
            values_of(vso_store_db(store), "vmo_entry", "name, generation"),
            "other|5|\nserver|3|\n");
        ck_assert_uint_eq(strlen(vso_store_state(store)->lineage), 32);
    }
}
END_TEST

static void ignore(void *baton, const char *table, apr_int64_t rows)
{
    (void)baton;
    ck_assert_msg(rows > 0, "%s", table);
}

START_TEST(is_moved_whole)
{
    const vso_copy_how_t how = {ring_of("a"), 1};
    vso_db_t *from = file_db(keystore_of(KEYSTORE_PARTS), pool);
    vso_db_t *to = file_db(file_path(), pool);
    const char *before = everything(from, KEYSTORE_PARTS);

    assert_ok(vso_copy(from, to, &how, ignore, NULL, res, pool));
    assert_same(everything(to, KEYSTORE_PARTS), before);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("upgrade");
    TCase *tc = unit_case(s, "upgrade");
    int end = KEYSTORE_PARTS + 1;

    tcase_add_test(tc, has_a_keystore_of_each_schema_version);
    tcase_add_test(tc, has_a_value_in_each_column);
    tcase_add_loop_test(tc, keeps_every_row_and_value, 1, end);
    tcase_add_loop_test(tc, opens_its_keys_and_goes_on_with_its_trail, 1, end);
    tcase_add_loop_test(tc, reads_its_packages, 2, end);
    tcase_add_loop_test(tc, reads_what_its_nodes_shared, 3, end);
    tcase_add_loop_test(tc, gets_the_rows_of_its_entries, 1, end - 1);
    tcase_add_test(tc, fills_a_step_that_was_broken_off);
    tcase_add_test(tc, is_moved_whole);
    return s;
}
