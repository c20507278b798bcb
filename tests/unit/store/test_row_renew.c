/* SPDX-License-Identifier: Apache-2.0 */
/* The first MACs of a keystore of before, and those of another master key. */
#include "keystore_of.h"

#include "store/rows.h"
#include "store/table_walk.h"

/** All rows of a keystore on the way through their MACs. */
typedef struct {
    const vso_row_keys_t *keys;
    vso_row_sums_t *sums;
    int rows;
} proving_t;

static apr_status_t prove(void *baton, const vso_table_t *table,
                          const char **values, vso_result_t *result,
                          apr_pool_t *p)
{
    proving_t *proving = baton;
    vso_row_proof_t proof;

    vso_row_prove(proving->keys, table, values, &proof, p);
    ck_assert_msg(proof.authentic, "%s of %s", values[0], table->name);
    proving->rows++;
    return proof.counted
               ? vso_row_sums_add(proving->sums, table->name, proof.mac, result)
               : APR_SUCCESS;
}

/** Every row has its MAC, and the state row their sums. */
static void assert_authentic_by(const char *ring, const char *path, int rows)
{
    vso_store_t *store = store_on(file_db(path, pool), ring);
    vso_db_t *db = vso_store_db(store);
    const vso_table_t *table;
    vso_state_row_t row;
    vso_row_sums_t *stated = NULL;
    proving_t proving = {vso_db_row_keys(db), NULL, 0};
    int i;

    ck_assert_ptr_null(vso_store_forged(store));
    ck_assert(vso_store_state(store)->authentic);
    proving.sums = vso_row_sums_make(proving.keys, pool);
    assert_ok(vso_state_row_read(db, &row, res, pool));
    assert_ok(vso_state_row_verify(&row, proving.keys, &stated, res, pool));
    for (i = 0; (table = vso_table_with_macs(i)) != NULL; i++) {
        assert_ok(vso_table_walk(db, table, prove, &proving, res, pool));
        ck_assert_msg(vso_row_sums_equal(proving.sums, stated, table->name),
                      "%s", table->name);
    }
    ck_assert_int_ge(proving.rows, rows);
}

static void assert_authentic(const char *path, int rows)
{
    assert_authentic_by("a", path, rows);
}

START_TEST(gives_every_row_its_mac)
{
    const char *path = keystore_of(_i);

    assert_authentic(path, _i < 2 ? 7 : 14);
    change_times(store_on(file_db(path, pool), "a"), 1);
    assert_authentic(path, _i < 2 ? 7 : 14);
}
END_TEST

/** The first statements of a step, as a process leaves them that is killed
 * where the tables cannot be taken back. */
static void begin_step_8(const char *path, int statements)
{
    vso_db_t *db = file_db(path, pool);
    int i;

    for (i = 0; i < statements; i++) {
        const char *sql = keystore_parts[7].step[i];

        if (!strstr(sql, "DROP DEFAULT") ||
            !vso_db_dialect(db)->keeps_defaults) {
            assert_ok(vso_db_run(
                db, vso_dialect_expand(vso_db_dialect(db), sql, pool), res,
                pool));
        }
    }
}

START_TEST(gives_macs_where_the_step_was_broken_off)
{
    static const char *const at[] = {"7", "1000008"};
    int all = 0;
    int i;

    while (keystore_parts[7].step[all]) {
        all++;
    }
    for (i = 0; i <= all; i += 4) {
        const char *path = keystore_of(7);

        begin_step_8(path, i);
        plain_sql(path, apr_psprintf(pool,
                                     "UPDATE vmo_keystore_state SET"
                                     " schema_version = %s",
                                     at[i / 4 % 2]));
        assert_authentic(path, 14);
    }
}
END_TEST

/* A keystore of before is not taken over without its master key, and stays as
 * it is. */
START_TEST(takes_the_master_key_to_give_macs)
{
    static const char *const rings[] = {"", "b"};
    const char *path = keystore_of(7);
    vso_store_t *store = NULL;
    int i;

    for (i = 0; i < 2; i++) {
        assert_refused(vso_store_open(file_db(path, pool), ring_of(rings[i]), 1,
                                      &store, res, pool),
                       VSO_P_SEALED);
        ck_assert_str_eq(
            plain_sql(path, "SELECT schema_version FROM vmo_keystore_state"),
            "7");
    }
    assert_authentic(path, 14);
}
END_TEST

/* Whoever has a record of its own that does not fit says so. */
START_TEST(adopts_no_rows_where_it_must_not)
{
    const vso_migration_how_t how = {ring_of("a"), 1, 0};
    const char *path = keystore_of(7);

    assert_refused(vso_migration_ensure(file_db(path, pool), &how, res, pool),
                   VSO_P_INTEGRITY);
    ck_assert_str_eq(
        plain_sql(path, "SELECT schema_version FROM vmo_keystore_state"), "7");
}
END_TEST

/* A keystore that was begun without a master key holds nothing, and is finished
 * by whoever has one. */
START_TEST(finishes_an_empty_keystore)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "");

    ck_assert_ptr_nonnull(vso_store_sealed(store));
    ck_assert_str_eq(
        plain_sql(path, "SELECT schema_version FROM vmo_keystore_state"),
        "1000008");
    change_times(store_on(file_db(path, pool), "a"), 2);
    assert_authentic(path, 1);
}
END_TEST

static apr_status_t reseal(vso_change_t *change, void *baton,
                           vso_audit_event_t *event, vso_result_t *result,
                           apr_pool_t *p)
{
    (void)event;
    return vso_change_reseal(change, result, p) == APR_SUCCESS
               ? vso_change_renew_rows(change, baton, result, p)
               : APR_EGENERAL;
}

/* Another node that has the old key alone goes on until then. */
START_TEST(writes_with_the_old_master_key_until_rows_are_resealed)
{
    const char *path = keystore_of(7);
    vso_audit_event_t event = event_of("reseal");
    int left = -1;

    change_times(store_on(file_db(path, pool), "ba"), 2);
    change_times(store_on(file_db(path, pool), "a"), 1);
    change_times(store_on(file_db(path, pool), "ba"), 1);
    assert_authentic(path, 14);
    assert_ok(vso_change_run(store_on(file_db(path, pool), "ba"), &event,
                             reseal, &left, NULL, res, pool));
    ck_assert_int_eq(left, 0);
    assert_authentic_by("b", path, 14);
    change_times(store_on(file_db(path, pool), "b"), 1);
    assert_authentic_by("b", path, 14);
    ck_assert_ptr_nonnull(vso_store_sealed(store_on(file_db(path, pool), "a")));
}
END_TEST

START_TEST(reseals_no_row_that_was_edited)
{
    const char *path = keystore_of(KEYSTORE_PARTS);
    vso_audit_event_t event = event_of("reseal");
    const char *before;
    int left = -1;

    plain_sql(path, "UPDATE vmo_package SET name = 'x'");
    before = plain_sql(path, "SELECT mac FROM vmo_package");
    assert_ok(vso_change_run(store_on(file_db(path, pool), "ba"), &event,
                             reseal, &left, NULL, res, pool));
    ck_assert_int_eq(left, 1);
    ck_assert_str_eq(plain_sql(path, "SELECT mac FROM vmo_package"), before);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("row_renew");
    TCase *tc = unit_case(s, "row_renew");

    tcase_add_loop_test(tc, gives_every_row_its_mac, 1, KEYSTORE_PARTS + 1);
    tcase_add_test(tc, gives_macs_where_the_step_was_broken_off);
    tcase_add_test(tc, takes_the_master_key_to_give_macs);
    tcase_add_test(tc, adopts_no_rows_where_it_must_not);
    tcase_add_test(tc, finishes_an_empty_keystore);
    tcase_add_test(tc, writes_with_the_old_master_key_until_rows_are_resealed);
    tcase_add_test(tc, reseals_no_row_that_was_edited);
    return s;
}
