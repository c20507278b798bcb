/* SPDX-License-Identifier: Apache-2.0 */
/* An SQLite file of which one page is damaged: who needs it is told which file
 * that is, all else goes on, and nothing is written over. */
#include "store_util.h"

#include "store/connection.h"
#include "store/tables.h"
#include "store/versions.h"

#define MAX_PAGE 65536

/** A page of a database file. */
typedef struct {
    const char *path;
    apr_size_t size;
    apr_off_t offset;
    char saved[MAX_PAGE];
} page_t;

static apr_status_t insert(vso_change_t *change, void *baton,
                           vso_audit_event_t *event, vso_result_t *result,
                           apr_pool_t *p)
{
    vso_version_t version = {.entry = "server",
                             .state = VSO_STATE_ACTIVE,
                             .key_type = "ec-p256",
                             .key_fingerprint = "print"};

    (void)baton;
    (void)event;
    return vso_versions_insert(change, &version, vso_secret_copy("key", 3, p),
                               result, p);
}

/** A file that nobody has open, with one version and so many changes. */
static const char *closed_keystore(int changes)
{
    const char *path = file_path();
    vso_audit_event_t event = event_of("create");
    vso_store_t *store = NULL;
    vso_db_t *db = NULL;
    apr_pool_t *p;

    apr_pool_create(&p, pool);
    db = file_db(path, p);
    assert_ok(vso_store_open(db, ring_of("a"), 1, &store, res, p));
    assert_ok(vso_change_run(store, &event, insert, NULL, NULL, res, p));
    change_times(store, changes);
    apr_pool_destroy(p); /* the last one writes the journal into the file */
    return path;
}

static void overwrite(const page_t *page, const char *data)
{
    apr_off_t offset = page->offset;
    apr_file_t *file;

    ck_assert_int_eq(apr_file_open(&file, page->path, APR_READ | APR_WRITE,
                                   APR_OS_DEFAULT, pool),
                     0);
    apr_file_seek(file, APR_SET, &offset);
    ck_assert_int_eq(apr_file_write_full(file, data, page->size, NULL), 0);
    apr_file_close(file);
}

static void save(page_t *page, apr_int64_t number)
{
    apr_file_t *file;

    page->offset = (apr_off_t)(number - 1) * (apr_off_t)page->size;
    ck_assert_int_eq(
        apr_file_open(&file, page->path, APR_READ, APR_OS_DEFAULT, pool), 0);
    apr_file_seek(file, APR_SET, &(apr_off_t){page->offset});
    ck_assert_int_eq(apr_file_read_full(file, page->saved, page->size, NULL),
                     0);
    apr_file_close(file);
}

static void spoil(const page_t *page)
{
    char noise[MAX_PAGE];

    memset(noise, 0x55, page->size);
    overwrite(page, noise);
}

/** The first page of a table, or its last leaf; read, and damaged. */
static page_t *damaged(const char *path, const char *table, int leaf)
{
    page_t *page = apr_pcalloc(pool, sizeof(*page));
    unsigned char *header = (unsigned char *)page->saved;

    page->path = path;
    page->size = (apr_size_t)apr_atoi64(plain_sql(path, "PRAGMA page_size"));
    ck_assert_uint_le(page->size, MAX_PAGE);
    save(page,
         apr_atoi64(plain_sql(path, apr_psprintf(pool,
                                                 "SELECT rootpage FROM"
                                                 " sqlite_master WHERE name ="
                                                 " '%s'",
                                                 table))));
    if (leaf) {
        ck_assert_int_eq(header[0], 5); /* it has pages below it */
        save(page, (apr_int64_t)header[8] << 24 | header[9] << 16 |
                       header[10] << 8 | header[11]);
    }
    spoil(page);
    return page;
}

static apr_status_t pass(void *baton, const vso_row_t *row,
                         vso_result_t *result)
{
    (void)row;
    (void)result;
    ++*(int *)baton;
    return APR_SUCCESS;
}

/** Read a whole table. */
static apr_status_t read_table(vso_db_t *db, const vso_table_t *table,
                               int *prows)
{
    vso_statement_t *statement = NULL;
    apr_status_t rv;

    *prows = 0;
    rv = vso_db_compile(
        db,
        apr_pstrcat(pool, "SELECT ",
                    vso_table_names(table, vso_table_width(table), pool),
                    " FROM ", table->name, NULL),
        &statement, res, pool);
    return rv == APR_SUCCESS ? vso_db_select_compiled(db, statement, NULL, pass,
                                                      prows, res, pool)
                             : rv;
}

/** It was refused, and what is said names the file. */
static void assert_named(apr_status_t rv, const char *path)
{
    ck_assert_int_ne(rv, APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_DATABASE);
    ck_assert_msg(strstr(res->detail, path) != NULL, "%s", res->detail);
    vso_result_clear(res);
}

START_TEST(names_the_file_and_reads_all_other_tables)
{
    const vso_table_t *bad = &vso_tables()[_i];
    const char *path = closed_keystore(3);
    page_t *page = damaged(path, bad->name, 0);
    vso_store_t *store = NULL;
    const vso_table_t *table;
    vso_db_t *db = NULL;
    int rows;

    assert_ok(vso_connection_open("sqlite3", path, &db, res, pool));
    if (strcmp(bad->name, "vmo_keystore_state")) {
        assert_ok(vso_store_open(db, ring_of("a"), 1, &store, res, pool));
    }
    else {
        assert_named(vso_store_open(db, ring_of("a"), 1, &store, res, pool),
                     path);
    }
    for (table = vso_tables(); table->name; table++) {
        if (table == bad) {
            assert_named(read_table(db, table, &rows), path);
        }
        else {
            assert_ok(read_table(db, table, &rows));
        }
    }
    overwrite(page, page->saved);
    store = store_on(file_db(path, pool), "a");
    ck_assert_int_eq(vso_store_state(store)->generation, 4);
    for (table = vso_tables(); table->name; table++) {
        assert_ok(read_table(vso_store_db(store), table, &rows));
    }
    change_times(store, 1);
}
END_TEST

START_TEST(writes_nothing_where_it_cannot_write_all)
{
    const char *path = closed_keystore(3);
    page_t *page = damaged(path, "vmo_audit", 0);
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_audit_event_t event = event_of("create");
    vso_audit_verdict_t verdict;
    apr_array_header_t *versions = NULL;

    assert_named(vso_change_run(store, &event, insert, NULL, NULL, res, pool),
                 path);
    assert_named(vso_audit_verify(store, &verdict, res, pool), path);
    assert_ok(vso_versions_active(store, "server", &versions, res, pool));
    ck_assert_int_eq(versions->nelts, 1);
    overwrite(page, page->saved);
    store = store_on(file_db(path, pool), "a");
    ck_assert_int_eq(vso_store_state(store)->generation, 4);
    assert_ok(vso_audit_verify(store, &verdict, res, pool));
    ck_assert(verdict.intact);
    ck_assert_int_eq(verdict.rows, 4);
}
END_TEST

/* What stands before the page is read, and taken for no answer. */
START_TEST(takes_part_of_a_table_for_no_answer)
{
    const char *path = closed_keystore(60);
    page_t *page = damaged(path, "vmo_audit", 1);
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_audit_verdict_t verdict;
    apr_array_header_t *rows = NULL;

    assert_named(vso_audit_since(store, 0, 500, &rows, res, pool), path);
    assert_named(vso_audit_list(store, 0, 5, &rows, res, pool), path);
    assert_named(vso_audit_verify(store, &verdict, res, pool), path);
    assert_ok(vso_audit_since(store, 0, 5, &rows, res, pool));
    ck_assert_int_eq(rows->nelts, 5);
    overwrite(page, page->saved);
    assert_ok(vso_audit_verify(store_on(file_db(path, pool), "a"), &verdict,
                               res, pool));
    ck_assert(verdict.intact);
    ck_assert_int_eq(verdict.rows, 61);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("damage");
    TCase *tc = unit_case(s, "damage");
    int tables = 0;

    while (vso_tables()[tables].name) {
        tables++;
    }
    if (!on_server()) {
        tcase_add_loop_test(tc, names_the_file_and_reads_all_other_tables, 0,
                            tables);
        tcase_add_test(tc, writes_nothing_where_it_cannot_write_all);
        tcase_add_test(tc, takes_part_of_a_table_for_no_answer);
    }
    return s;
}
