/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody can do who writes to the database and has no master key: each
 * column of each table that has MACs is edited, rows are swapped, deleted,
 * duplicated, and put back. None of it is used. */
#include "keystore_of.h"

#include "store/content.h"
#include "store/entries.h"
#include "store/imports.h"
#include "store/packages.h"
#include "store/schedule.h"
#include "store/tables.h"
#include "store/trust.h"
#include "store/versions.h"

/* Uses of a row, each of which is refused where anything in it was edited */

static apr_status_t open_version(vso_store_t *store)
{
    vso_version_t *version = NULL;
    vso_secret_t *key = NULL;
    apr_status_t rv = vso_versions_get(store, 2, &version, res, pool);

    return rv == APR_SUCCESS ? vso_versions_open(vso_store_keyring(store),
                                                 version, &key, res, pool)
                             : rv;
}

static apr_status_t trust_signer(vso_store_t *store)
{
    vso_trusted_t *row = NULL;
    apr_status_t rv = vso_trust_is(store, "aa11", &row, res, pool);

    return rv == APR_SUCCESS && !row ? APR_NOTFOUND : rv;
}

static apr_status_t run_schedule(vso_store_t *store)
{
    apr_array_header_t *rows = NULL;
    apr_status_t rv = vso_schedule_whole(store, &rows, res, pool);

    return rv == APR_SUCCESS && !rows->nelts ? APR_NOTFOUND : rv;
}

static apr_status_t export_package(vso_store_t *store)
{
    vso_package_row_t *row = NULL;
    apr_status_t rv =
        vso_packages_get(store, "org.example.one", &row, res, pool);

    return rv == APR_SUCCESS
               ? vso_row_require(&row->proof, "vmo_package", "", res)
               : rv;
}

static apr_status_t export_element(vso_store_t *store)
{
    apr_array_header_t *rows = NULL;
    apr_status_t rv = vso_packages_elements(store, 101, &rows, res, pool);

    if (rv != APR_SUCCESS || !rows->nelts) {
        return rv == APR_SUCCESS ? APR_NOTFOUND : rv;
    }
    return vso_row_require(&APR_ARRAY_IDX(rows, 0, vso_element_row_t *)->proof,
                           "vmo_package_element", "", res);
}

static apr_status_t read_content(vso_store_t *store)
{
    vso_blob_t *blob = NULL;

    return vso_content_blob(store, 103, &blob, res, pool);
}

static apr_status_t confirm_import(vso_store_t *store)
{
    vso_import_row_t *row = NULL;

    return vso_imports_get(store, 105, 0, &row, res, pool);
}

static apr_status_t read_entry(vso_store_t *store)
{
    vso_entry_t *entry = NULL;
    apr_status_t rv = vso_entries_get(store, "server", &entry, res, pool);

    if (rv != APR_SUCCESS || !entry) {
        return rv == APR_SUCCESS ? APR_NOTFOUND : rv;
    }
    return vso_row_require(&entry->proof, "vmo_entry", "server", res);
}

static apr_status_t change(vso_store_t *store)
{
    vso_audit_event_t event = event_of("test");

    return vso_change_run(store, &event, no_change, NULL, NULL, res, pool);
}

static const struct {
    const char *table;
    const char *row; /**< which one */
    apr_status_t (*use)(vso_store_t *store);
} uses[] = {
    {"vmo_keystore_state", "id = 1", change},
    {"vmo_keystore", "id = 2", open_version},
    {"vmo_trusted_certificate", "fingerprint = 'aa11'", trust_signer},
    {"vmo_package", "id = 101", export_package},
    {"vmo_package_element", "id = 102", export_element},
    {"vmo_package_member", "package_id = 101", export_element},
    {"vmo_package_content", "id = 103", read_content},
    {"vmo_import", "id = 105", confirm_import},
    {"vmo_schedule", "version_id = 1", run_schedule},
    {"vmo_entry", "name = 'server'", read_entry},
};

#define USES ((int)(sizeof(uses) / sizeof(*uses)))

/** A value that the column can hold, and did not. */
static const char *edited(const vso_column_t *column)
{
    if (!strcmp(column->name, "state")) {
        return "'passive'";
    }
    if (column->type == VSO_COLUMN_INT) {
        return apr_pstrcat(pool, column->name, " + 1000", NULL);
    }
    return on("mysql")
               ? apr_pstrcat(pool, "CONCAT(", column->name, ", 'x')", NULL)
               : apr_pstrcat(pool, column->name, " || 'x'", NULL);
}

/** Not covered: the counter of locks, which decides nothing. Not to be edited:
 * the one id that the table takes. */
static int is_left_out(const char *table, const char *column)
{
    return !strcmp(table, "vmo_keystore_state") &&
           (!strcmp(column, "locks") || !strcmp(column, "id"));
}

/** Is it used, by a node that reads it now? */
static int is_used(const char *path, apr_status_t (*use)(vso_store_t *store),
                   const char *what)
{
    vso_result_t *opened = vso_result_create(pool);
    vso_store_t *store = NULL;
    apr_pool_t *p;
    int used;

    apr_pool_create(&p, pool);
    used = vso_store_open(file_db(path, p), ring_of("a"), 1, &store, opened,
                          p) == APR_SUCCESS &&
           use(store) == APR_SUCCESS;
    ck_assert_msg(res->problem != VSO_P_INTERNAL, "%s: %s", what, res->detail);
    vso_result_clear(res);
    apr_pool_destroy(p);
    return used;
}

START_TEST(uses_no_row_with_an_edited_column)
{
    const vso_table_t *table = vso_table_find(uses[_i].table);
    const char *path = keystore_of(KEYSTORE_PARTS);
    const vso_column_t *column;

    plain_sql(path, apr_pstrcat(pool, "CREATE TABLE kept AS SELECT * FROM ",
                                table->name, NULL));
    if (uses[_i].use != change) { /* which changes the row */
        ck_assert(is_used(path, uses[_i].use, table->name));
    }
    for (column = table->columns; column->name; column++) {
        if (is_left_out(table->name, column->name)) {
            continue;
        }
        plain_sql(path, apr_pstrcat(pool, "UPDATE ", table->name, " SET ",
                                    column->name, " = ", edited(column),
                                    " WHERE ", uses[_i].row, NULL));
        ck_assert_msg(!is_used(path, uses[_i].use, column->name), "%s of %s",
                      column->name, table->name);
        plain_sql(path, apr_pstrcat(pool, "DELETE FROM ", table->name, NULL));
        plain_sql(path, apr_pstrcat(pool, "INSERT INTO ", table->name,
                                    " SELECT * FROM kept", NULL));
    }
    ck_assert(is_used(path, uses[_i].use, table->name));
}
END_TEST

START_TEST(has_a_use_of_each_table)
{
    int i;

    for (i = 0; vso_table_with_macs(i); i++) {
        int j = 0;

        while (j < USES &&
               strcmp(uses[j].table, vso_table_with_macs(i)->name)) {
            j++;
        }
        ck_assert_msg(j < USES, "%s", vso_table_with_macs(i)->name);
    }
    ck_assert_int_eq(i, USES);
}
END_TEST

static int is_forged(vso_store_t *store, apr_int64_t id)
{
    vso_version_t *version = NULL;

    assert_ok(vso_versions_get(store, id, &version, res, pool));
    return !version->proof.authentic;
}

START_TEST(uses_no_rows_that_were_swapped)
{
    const char *path = keystore_of(KEYSTORE_PARTS);
    vso_store_t *store;

    plain_sql(path, "UPDATE vmo_keystore SET id = 1000 WHERE id = 1");
    plain_sql(path, "UPDATE vmo_keystore SET id = 1 WHERE id = 2");
    plain_sql(path, "UPDATE vmo_keystore SET id = 2 WHERE id = 1000");
    store = store_on(file_db(path, pool), "a");
    ck_assert(is_forged(store, 1));
    ck_assert(is_forged(store, 2));
    ck_assert(!is_forged(store, 3));
}
END_TEST

/** All columns of a table but its first one. */
static const char *others(const char *table)
{
    const vso_table_t *found = vso_table_find(table);
    const char *names = vso_table_names(found, vso_table_width(found), pool);

    return strchr(names, ',') + 2;
}

START_TEST(uses_no_row_that_was_duplicated)
{
    const char *path = keystore_of(KEYSTORE_PARTS);
    vso_blob_t *blob = NULL;
    vso_store_t *store;
    const char *names = others("vmo_package_content");

    plain_sql(path,
              apr_pstrcat(pool, "INSERT INTO vmo_package_content (id, ", names,
                          ") SELECT 1103, ", names,
                          " FROM vmo_package_content WHERE id = 103", NULL));
    names = others("vmo_schedule");
    plain_sql(path,
              apr_pstrcat(pool, "INSERT INTO vmo_schedule (version_id, ", names,
                          ") SELECT 2, ", names, " FROM vmo_schedule", NULL));
    store = store_on(file_db(path, pool), "a");
    assert_refused(vso_content_blob(store, 1103, &blob, res, pool),
                   VSO_P_DAMAGED);
    assert_ok(vso_content_blob(store, 103, &blob, res, pool));
    /* what was inserted is in no sum, and takes nothing from the others */
    assert_ok(run_schedule(store));
}
END_TEST

START_TEST(misses_rows_that_were_deleted)
{
    const char *path = keystore_of(KEYSTORE_PARTS);
    vso_store_t *store;

    plain_sql(path, "DELETE FROM vmo_schedule");
    plain_sql(path, "DELETE FROM vmo_trusted_certificate");
    store = store_on(file_db(path, pool), "a");
    assert_refused(run_schedule(store), VSO_P_INTEGRITY);
    assert_refused(trust_signer(store), VSO_P_INTEGRITY);
}
END_TEST

static apr_status_t remove_signer(vso_change_t *change, void *baton,
                                  vso_audit_event_t *event,
                                  vso_result_t *result, apr_pool_t *p)
{
    (void)baton;
    (void)event;
    return vso_trust_remove(change, "aa11", result, p);
}

/* An old row has a right MAC. */
START_TEST(trusts_nobody_who_was_put_back)
{
    const char *path = keystore_of(KEYSTORE_PARTS);
    vso_store_t *store = store_on(file_db(path, pool), "a");
    vso_audit_event_t event = event_of("test");
    vso_trusted_t *row = NULL;

    plain_sql(path,
              "CREATE TABLE kept AS SELECT * FROM vmo_trusted_certificate");
    store = store_on(file_db(path, pool), "a");
    assert_ok(
        vso_change_run(store, &event, remove_signer, NULL, NULL, res, pool));
    assert_ok(vso_trust_is(store, "aa11", &row, res, pool));
    ck_assert_ptr_null(row);
    plain_sql(path, "INSERT INTO vmo_trusted_certificate SELECT * FROM kept");
    assert_refused(trust_signer(store), VSO_P_INTEGRITY);
}
END_TEST

START_TEST(trusts_nobody_who_was_inserted)
{
    const char *path = keystore_of(KEYSTORE_PARTS);
    vso_trusted_t *row = NULL;
    vso_store_t *store;

    plain_sql(path, "INSERT INTO vmo_trusted_certificate VALUES"
                    " ('bb22', 'PEM', 'CN=x', 'CN=x', '01', 'rsa-2048', 0,"
                    " 4000000000, 'file', 'vmware', 5, 1, '')");
    store = store_on(file_db(path, pool), "a");
    assert_ok(vso_trust_is(store, "bb22", &row, res, pool));
    ck_assert_ptr_null(row);
    assert_ok(trust_signer(store));
}
END_TEST

/* The trail cannot be begun anew. */
START_TEST(gives_no_audit_key_to_a_state_row_without_one)
{
    const char *path = keystore_of(KEYSTORE_PARTS);
    vso_store_t *store;

    plain_sql(path, "DELETE FROM vmo_audit");
    plain_sql(path, "UPDATE vmo_keystore_state SET audit_seq = 0,"
                    " audit_mac = '" VSO_FIRST_MAC "', sealed_audit_key = ''");
    store = store_on(file_db(path, pool), "a");
    ck_assert_ptr_nonnull(vso_store_sealed(store));
    assert_refused(change(store), VSO_P_SEALED);
    ck_assert_str_eq(
        plain_sql(path, "SELECT sealed_audit_key FROM vmo_keystore_state"), "");
}
END_TEST

START_TEST(changes_nothing_after_the_trail_was_emptied)
{
    const char *path = keystore_of(KEYSTORE_PARTS);
    vso_store_t *store;

    plain_sql(path, "DELETE FROM vmo_audit");
    plain_sql(path, "UPDATE vmo_keystore_state SET audit_seq = 0,"
                    " audit_mac = '" VSO_FIRST_MAC "'");
    store = store_on(file_db(path, pool), "a");
    ck_assert_ptr_nonnull(strstr(vso_store_forged(store), "MAC"));
    assert_refused(change(store), VSO_P_INTEGRITY);
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM vmo_audit"), "0");
}
END_TEST

static apr_status_t destroy(vso_change_t *change, void *baton,
                            vso_audit_event_t *event, vso_result_t *result,
                            apr_pool_t *p)
{
    vso_version_t *version = NULL;
    apr_status_t rv = vso_versions_get(change->store, 1, &version, result, p);

    (void)event;
    return rv == APR_SUCCESS
               ? vso_versions_set_state(
                     change, version, *(vso_version_state_e *)baton, result, p)
               : rv;
}

/* It gets no MAC, so that nothing of it is taken for what this module wrote; to
 * be rid of it takes it away. */
START_TEST(deletes_an_edited_version_and_writes_none)
{
    const char *path = keystore_of(KEYSTORE_PARTS);
    vso_audit_event_t event = event_of("test");
    vso_version_state_e state = VSO_STATE_ACTIVE;
    vso_version_t *version = NULL;
    vso_store_t *store;

    plain_sql(path, "UPDATE vmo_keystore SET certificate = 'x' WHERE id = 1");
    store = store_on(file_db(path, pool), "a");
    assert_refused(
        vso_change_run(store, &event, destroy, &state, NULL, res, pool),
        VSO_P_DAMAGED);
    state = VSO_STATE_RETIRED;
    event = event_of("test");
    assert_ok(vso_change_run(store, &event, destroy, &state, NULL, res, pool));
    assert_refused(vso_versions_get(store, 1, &version, res, pool),
                   VSO_P_NOT_FOUND);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("row_edits");
    TCase *tc = unit_case(s, "row_edits");

    tcase_add_test(tc, has_a_use_of_each_table);
    tcase_add_loop_test(tc, uses_no_row_with_an_edited_column, 0, USES);
    tcase_add_test(tc, uses_no_rows_that_were_swapped);
    tcase_add_test(tc, uses_no_row_that_was_duplicated);
    tcase_add_test(tc, misses_rows_that_were_deleted);
    tcase_add_test(tc, trusts_nobody_who_was_put_back);
    tcase_add_test(tc, trusts_nobody_who_was_inserted);
    tcase_add_test(tc, gives_no_audit_key_to_a_state_row_without_one);
    tcase_add_test(tc, changes_nothing_after_the_trail_was_emptied);
    tcase_add_test(tc, deletes_an_edited_version_and_writes_none);
    return s;
}
