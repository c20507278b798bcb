/* SPDX-License-Identifier: Apache-2.0 */
#include "store_util.h"
#include "store/connection.h"

#include <sys/wait.h>

static const char *const older[] = {
    "CREATE TABLE IF NOT EXISTS vmo_keystore_state (id {int} NOT NULL PRIMARY "
    "KEY, schema_version {int} NOT NULL, keystore_id {name} NOT NULL, "
    "generation {int} NOT NULL, next_id {int} NOT NULL, audit_seq {int} NOT "
    "NULL, audit_mac {name} NOT NULL, sealed_audit_key {text} NOT NULL, "
    "lock_count {int} NOT NULL){options}",
    "CREATE TABLE IF NOT EXISTS vmo_audit (seq {int} NOT NULL){options}",
    NULL,
};
static const char *const middle[] = {
    "CREATE TABLE IF NOT EXISTS extra (a {int} NOT NULL){options}",
    NULL,
};
static const char *const newest[] = {
    "INSERT INTO extra (a) VALUES (7)",
    NULL,
};
static const char *const repeatable[] = {
    "CREATE TABLE IF NOT EXISTS more (a {int} NOT NULL){options}",
    NULL,
};
static const char *const column[] = {
    "ALTER TABLE extra ADD COLUMN b {int} NOT NULL DEFAULT 7",
    NULL,
};
static const char *const broken[] = {
    "CREATE TABLE IF NOT EXISTS half (a {int} NOT NULL){options}",
    "INSERT INTO nowhere (a) VALUES (7)",
    NULL,
};

/** Without a master key: there is nothing to protect in these tables. */
static const vso_migration_how_t anyhow = {NULL, 1, 1};

static apr_status_t ensure(vso_db_t *db, int make)
{
    const vso_migration_how_t how = {ring_of("a"), make, 1};

    return vso_migration_ensure(db, &how, res, pool);
}

static const char *version_of(const char *path)
{
    return plain_sql(path, "SELECT schema_version FROM vmo_keystore_state");
}

START_TEST(creates_it_once)
{
    const char *path = file_path();
    vso_db_t *db = file_db(path, pool);
    const char *id;

    assert_ok(ensure(db, 1));
    ck_assert_str_eq(version_of(path), APR_STRINGIFY(VSO_SCHEMA_VERSION));
    id = plain_sql(path, "SELECT keystore_id FROM vmo_keystore_state");
    ck_assert_uint_eq(strlen(id), 32);
    assert_ok(ensure(db, 1));
    assert_ok(ensure(file_db(path, pool), 1));
    ck_assert_str_eq(
        plain_sql(path, "SELECT keystore_id FROM vmo_keystore_state"), id);
    ck_assert_str_eq(count_tables(path, "vmo_%"), "18");
}
END_TEST

START_TEST(gives_every_keystore_its_own_id)
{
    const char *one = file_path();
    const char *two = file_path();

    assert_ok(ensure(file_db(one, pool), 1));
    assert_ok(ensure(file_db(two, pool), 1));
    ck_assert_str_ne(
        plain_sql(one, "SELECT keystore_id FROM vmo_keystore_state"),
        plain_sql(two, "SELECT keystore_id FROM vmo_keystore_state"));
}
END_TEST

START_TEST(migrates_step_by_step)
{
    static const vso_migration_step_t steps[] = {{.version = 1, .sql = older},
                                                 {.version = 2, .sql = middle},
                                                 {.version = 5, .sql = newest}};
    const char *path = file_path();
    vso_db_t *db = file_db(path, pool);

    assert_ok(vso_migration_apply(db, steps, 1, &anyhow, res, pool));
    ck_assert_str_eq(version_of(path), "1");
    assert_ok(vso_migration_apply(db, steps, 3, &anyhow, res, pool));
    ck_assert_str_eq(version_of(path), "5");
    assert_ok(vso_migration_apply(db, steps, 3, &anyhow, res, pool));
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM extra"), "1");
}
END_TEST

/* A column is added once, whatever became of those who began with it. */
START_TEST(finishes_a_step_that_was_broken_off)
{
    static const vso_migration_step_t steps[] = {
        {.version = 1, .sql = older},
        {.version = 2, .sql = middle},
        {.version = 3, .sql = column},
        {.version = 4, .sql = repeatable}};
    static const char *const at[] = {"2", "1000003", "1000002"};
    const char *path = file_path();
    vso_db_t *db = file_db(path, pool);
    int i;

    assert_ok(vso_migration_apply(db, steps, 3, &anyhow, res, pool));
    plain_sql(path, "INSERT INTO extra (a) VALUES (1)");
    ck_assert_str_eq(plain_sql(path, "SELECT b FROM extra"), "7");
    for (i = 0; i < 3; i++) {
        plain_sql(path,
                  apr_psprintf(pool,
                               "UPDATE vmo_keystore_state SET schema_version ="
                               " %s",
                               at[i]));
        if (i == 1) { /* an older build */
            assert_refused(
                vso_migration_apply(db, steps, 2, &anyhow, res, pool),
                VSO_P_NEWER_SCHEMA);
        }
        assert_ok(vso_migration_apply(db, steps, 4, &anyhow, res, pool));
        ck_assert_str_eq(version_of(path), "4");
        ck_assert_str_eq(plain_sql(path, "SELECT b FROM extra"), "7");
    }
}
END_TEST

/* Two nodes at once, of one build or of two */

static int ensured(const char *path, const vso_migration_step_t *steps,
                   int count)
{
    const vso_migration_how_t how = {ring_of("a"), 1, 1};
    vso_result_t *own = vso_result_create(pool);
    vso_db_t *db = NULL;
    apr_status_t rv;

    rv = vso_connection_open(test_driver(), path, &db, own, pool);
    if (rv == APR_SUCCESS) {
        rv = steps ? vso_migration_apply(db, steps, count, &anyhow, own, pool)
                   : vso_migration_ensure(db, &how, own, pool);
    }
    if (rv != APR_SUCCESS && own->problem != VSO_P_NEWER_SCHEMA) {
        fprintf(stderr, "%s\n", own->detail);
    }
    return rv == APR_SUCCESS;
}

START_TEST(is_made_once_by_many_at_once)
{
    int status = 0;
    int round;
    int i;

    for (round = 0; round < 5; round++) {
        const char *path = file_path();

        for (i = 0; i < 4; i++) {
            if (fork() == 0) {
                _exit(ensured(path, NULL, 0) ? 0 : 1);
            }
        }
        for (i = 0; i < 4; i++) {
            ck_assert_int_ge(wait(&status), 0);
            ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        }
        ck_assert_str_eq(version_of(path), APR_STRINGIFY(VSO_SCHEMA_VERSION));
        ck_assert_str_eq(
            plain_sql(path, "SELECT COUNT(*) FROM vmo_keystore_state"), "1");
    }
}
END_TEST

START_TEST(never_goes_back_when_builds_are_mixed)
{
    static const vso_migration_step_t steps[] = {
        {.version = 1, .sql = older},
        {.version = 2, .sql = middle},
        {.version = 5, .sql = repeatable}};
    int status = 0;
    int round;
    int i;

    for (round = 0; round < 5; round++) {
        const char *path = file_path();

        for (i = 0; i < 4; i++) {
            if (fork() == 0) {
                ensured(path, steps, i % 2 ? 3 : 2);
                _exit(0);
            }
        }
        while (wait(&status) > 0) {
        }
        ck_assert_str_eq(version_of(path), "5");
    }
}
END_TEST

START_TEST(takes_a_failed_step_back)
{
    static const vso_migration_step_t steps[] = {{.version = 1, .sql = older},
                                                 {.version = 2, .sql = broken}};
    static const vso_migration_step_t mended[] = {
        {.version = 1, .sql = older}, {.version = 2, .sql = middle}};
    const char *path = file_path();
    vso_db_t *db = file_db(path, pool);

    assert_refused(vso_migration_apply(db, steps, 2, &anyhow, res, pool),
                   VSO_P_DATABASE);
    /* MySQL's kind takes no table back; the step can be run again, and nothing
     * is written in between. */
    ck_assert_str_eq(version_of(path), on("mysql") ? "1000002" : "1");
    ck_assert_str_eq(count_tables(path, "half"), on("mysql") ? "1" : "0");
    assert_ok(vso_migration_apply(db, mended, 2, &anyhow, res, pool));
    ck_assert_str_eq(version_of(path), "2");
}
END_TEST

START_TEST(refuses_a_newer_one_and_writes_nothing)
{
    const char *path = file_path();
    vso_db_t *db = file_db(path, pool);
    vso_db_t *watcher = file_db(path, pool);
    const char *before;

    assert_ok(ensure(db, 1));
    plain_sql(path, "UPDATE vmo_keystore_state SET schema_version = 99");
    before = written(watcher);
    ck_assert_int_ne(ensure(db, 1), APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_NEWER_SCHEMA);
    ck_assert_ptr_nonnull(strstr(res->detail, "99"));
    vso_result_clear(res);
    ck_assert_str_eq(written(watcher), before);
    ck_assert_str_eq(version_of(path), "99");
}
END_TEST

START_TEST(finishes_what_was_broken_off)
{
    const char *path = file_path();

    /* The tables are there, the row is not: DDL that commits by itself. */
    assert_ok(ensure(file_db(path, pool), 1));
    plain_sql(path, "DELETE FROM vmo_keystore_state");
    plain_sql(path, "DROP TABLE vmo_session");
    assert_ok(ensure(file_db(path, pool), 1));
    ck_assert_str_eq(version_of(path), APR_STRINGIFY(VSO_SCHEMA_VERSION));
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM vmo_session"), "0");
}
END_TEST

START_TEST(does_not_start_over_on_a_used_keystore)
{
    const char *path = file_path();
    vso_db_t *db = file_db(path, pool);

    assert_ok(ensure(db, 1));
    plain_sql(path, "INSERT INTO vmo_audit VALUES"
                    " (1, 0, '', '', '', '', 0, '', '', '')");
    plain_sql(path, "DELETE FROM vmo_keystore_state");
    assert_refused(ensure(db, 1), VSO_P_DATABASE);
    ck_assert_str_eq(version_of(path), "");
}
END_TEST

START_TEST(makes_none_where_one_was)
{
    const char *path = file_path();
    vso_db_t *db = file_db(path, pool);
    apr_int64_t version = 0;

    assert_refused(ensure(db, 0), VSO_P_DATABASE);
    assert_ok(vso_migration_version(db, &version, res, pool));
    ck_assert_int_eq(version, -1);
    assert_ok(ensure(db, 1));
    assert_ok(ensure(db, 0));
    /* a table that is there again, and empty as yet */
    plain_sql(path, "DELETE FROM vmo_keystore_state");
    assert_refused(ensure(db, 0), VSO_P_DATABASE);
    ck_assert_str_eq(version_of(path), "");
}
END_TEST

/** As a build of that time gave it one at its first start. */
static void give_audit_key(const char *path)
{
    const char *id =
        plain_sql(path, "SELECT keystore_id FROM vmo_keystore_state");
    const char *sealed = NULL;

    assert_ok(vso_seal(ring_of("a"), vso_secret_make(32, pool),
                       apr_pstrcat(pool, "audit|", id, NULL), &sealed, res,
                       pool));
    plain_sql(path, apr_pstrcat(pool,
                                "UPDATE vmo_keystore_state SET"
                                " sealed_audit_key = '",
                                sealed, "'", NULL));
}

/** A keystore of the fourth version, with rows of its time. */
static const char *fourth(void)
{
    const char *path = file_path();
    int count;
    const vso_migration_step_t *steps = vso_migration_steps(&count, pool);

    ck_assert_int_eq(steps[3].version, 4);
    assert_ok(
        vso_migration_apply(file_db(path, pool), steps, 4, &anyhow, res, pool));
    give_audit_key(path);
    plain_sql(path, "INSERT INTO vmo_package VALUES (1, 'a', '', '', '{}', "
                    "'', '', '', 'weak', 0, 5, 'vmware', 1)");
    plain_sql(path, "INSERT INTO vmo_package_element VALUES (2, 'e', '', '', "
                    "'', '', '', '', '', '', '', '', '', '', 3, 5, 'vmware')");
    plain_sql(path, "INSERT INTO vmo_trusted_certificate VALUES "
                    "('aa', 'PEM', '', '', '', '', 5, 6, 'file', 'vmware', 7)");
    return path;
}

static void assert_provenance(const char *path)
{
    ck_assert_str_eq(version_of(path), APR_STRINGIFY(VSO_SCHEMA_VERSION));
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM vmo_package WHERE "
                                     "digest = '' AND trust = ''"),
                     "1");
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM vmo_package_element "
                                     "WHERE trust = ''"),
                     "1");
    ck_assert_str_eq(
        plain_sql(path, "SELECT COUNT(*) FROM vmo_trusted_certificate WHERE "
                        "vouches = 0"),
        "1");
}

START_TEST(rows_of_before_come_along)
{
    const char *path = fourth();

    assert_ok(ensure(file_db(path, pool), 1));
    assert_provenance(path);
    assert_ok(ensure(file_db(path, pool), 1));
}
END_TEST

START_TEST(adds_the_columns_that_a_broken_step_left_out)
{
    const char *path = fourth();

    plain_sql(path, on("sqlite3") || on("pgsql")
                        ? "ALTER TABLE vmo_package ADD COLUMN digest TEXT NOT "
                          "NULL DEFAULT ''"
                        : "ALTER TABLE vmo_package ADD COLUMN digest "
                          "VARCHAR(255) NOT NULL DEFAULT ''");
    assert_ok(ensure(file_db(path, pool), 1));
    assert_provenance(path);
}
END_TEST

static const char *refused_sql(vso_db_t *db, const char *sql)
{
    ck_assert_int_ne(vso_db_run(db, sql, res, pool), APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_DATABASE);
    sql = res->detail;
    vso_result_clear(res);
    return sql;
}

START_TEST(guards_its_rows)
{
    vso_db_t *db = memory_db();

    assert_ok(ensure(db, 1));
    refused_sql(db, "INSERT INTO vmo_keystore_state"
                    " SELECT 2, 1, 'x', 0, 1, 0, 'm', '', 0");
    refused_sql(db, "UPDATE vmo_keystore_state SET generation = 'seven'");
    refused_sql(db, "UPDATE vmo_keystore_state SET audit_mac = NULL");
    refused_sql(db, "UPDATE vmo_keystore_state SET id = 2");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("schema");
    TCase *tc = unit_case(s, "schema");

    tcase_add_test(tc, creates_it_once);
    tcase_add_test(tc, gives_every_keystore_its_own_id);
    tcase_add_test(tc, migrates_step_by_step);
    tcase_add_test(tc, finishes_a_step_that_was_broken_off);
    tcase_add_test(tc, is_made_once_by_many_at_once);
    tcase_add_test(tc, never_goes_back_when_builds_are_mixed);
    tcase_add_test(tc, takes_a_failed_step_back);
    tcase_add_test(tc, refuses_a_newer_one_and_writes_nothing);
    tcase_add_test(tc, finishes_what_was_broken_off);
    tcase_add_test(tc, does_not_start_over_on_a_used_keystore);
    tcase_add_test(tc, makes_none_where_one_was);
    tcase_add_test(tc, rows_of_before_come_along);
    tcase_add_test(tc, adds_the_columns_that_a_broken_step_left_out);
    tcase_add_test(tc, guards_its_rows);
    return s;
}
