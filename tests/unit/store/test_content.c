/* SPDX-License-Identifier: Apache-2.0 */
#include "store_util.h"

#include <openssl/evp.h>

#include "base/hex.h"
#include "base/limits.h"
#include "store/content.h"
#include "store/imports.h"

/** Bytes that differ from place to place. */
static char *pattern(apr_size_t len)
{
    char *data = apr_palloc(pool, len + 1);
    apr_size_t i;

    for (i = 0; i < len; i++) {
        data[i] = (char)(i * 31 + i / VSO_CHUNK * 7 + i / 251);
    }
    return data;
}

static apr_int64_t begin_import(vso_store_t *store)
{
    vso_import_row_t row = {
        .created_by = "vmware", .created_sec = 1000, .expires_sec = 4600};

    assert_ok(vso_imports_begin(store, &row, res, pool));
    return row.id;
}

/** A content of `len` bytes, written in parts of `step`. */
static apr_int64_t stored(vso_store_t *store, apr_int64_t import_id,
                          const char *data, apr_size_t len, apr_size_t step)
{
    vso_content_writer_t *writer = NULL;
    const char *sha256 = NULL;
    apr_int64_t id = 0;
    apr_size_t at;

    assert_ok(vso_content_begin(store, import_id, &writer, res, pool));
    for (at = 0; at < len; at += step) {
        apr_size_t part = len - at < step ? len - at : step;

        assert_ok(vso_content_write(writer, data + at, part, res));
    }
    ck_assert_int_eq(vso_content_written(writer), (apr_int64_t)len);
    assert_ok(vso_content_end(writer, &id, &sha256, res));
    ck_assert_str_eq(sha256,
                     vso_hex_sha256((const unsigned char *)data, len, pool));
    return id;
}

static void assert_reads(const vso_blob_t *blob, const char *data,
                         apr_size_t offset, apr_size_t len)
{
    char *buf = apr_palloc(pool, len + 1);

    assert_ok(blob->read(blob, (apr_int64_t)offset, buf, len, res));
    ck_assert(!memcmp(buf, data + offset, len));
}

static vso_blob_t *blob_of(vso_store_t *store, apr_int64_t id)
{
    vso_blob_t *blob = NULL;

    assert_ok(vso_content_blob(store, id, &blob, res, pool));
    return blob;
}

START_TEST(reads_what_was_written)
{
    static const apr_size_t sizes[] = {
        0, 1, VSO_CHUNK - 1, VSO_CHUNK, VSO_CHUNK + 1, 3 * VSO_CHUNK + 12345};
    vso_store_t *store = store_on(memory_db(), "a");
    apr_size_t i;

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        const char *data = pattern(sizes[i]);
        apr_int64_t id =
            stored(store, begin_import(store), data, sizes[i], 8000);
        vso_blob_t *blob = blob_of(store, id);

        ck_assert_int_eq(blob->size, (apr_int64_t)sizes[i]);
        assert_reads(blob, data, 0, sizes[i]);
    }
}
END_TEST

START_TEST(reads_at_any_place)
{
    vso_store_t *store = store_on(memory_db(), "a");
    apr_size_t len = 2 * VSO_CHUNK + 100;
    const char *data = pattern(len);
    vso_blob_t *blob =
        blob_of(store, stored(store, begin_import(store), data, len, len));

    assert_reads(blob, data, len - 1, 1);
    assert_reads(blob, data, VSO_CHUNK - 1, 2);
    assert_reads(blob, data, 5, VSO_CHUNK);
    assert_reads(blob, data, 17, len - 17);
    assert_reads(blob, data, len, 0);
    assert_reads(blob, data, 0, 1);
}
END_TEST

START_TEST(hands_out_ids_that_json_can_hold)
{
    apr_int64_t before = 0;
    int i;

    for (i = 0; i < 100; i++) {
        apr_int64_t id = vso_content_new_id();

        ck_assert_int_gt(id, 0);
        ck_assert_int_lt(id, (apr_int64_t)1 << 52);
        ck_assert_int_ne(id, before);
        before = id;
    }
}
END_TEST

START_TEST(says_which_row_is_damaged)
{
    static const char *const damage[] = {
        "DELETE FROM vmo_package_chunk WHERE seq = 1",
        "UPDATE vmo_package_chunk SET data = '!' WHERE seq = 1",
        "UPDATE vmo_package_chunk SET data = 'QUJD' WHERE seq = 1",
    };
    apr_size_t len = 2 * VSO_CHUNK;
    const char *data = pattern(len);
    char *buf = apr_palloc(pool, len);
    apr_size_t i;

    for (i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
        const char *path = file_path();
        vso_store_t *store = store_on(file_db(path, pool), "a");
        vso_blob_t *blob =
            blob_of(store, stored(store, begin_import(store), data, len, len));

        plain_sql(path, damage[i]);
        assert_reads(blob, data, 0, VSO_CHUNK);
        ck_assert_int_ne(blob->read(blob, 0, buf, len, res), APR_SUCCESS);
        ck_assert_int_eq(res->problem, VSO_P_DAMAGED);
        ck_assert_ptr_nonnull(strstr(res->detail, "Row 1 of content"));
        vso_result_clear(res);
        assert_reads(blob, data, 0, VSO_CHUNK);
    }
}
END_TEST

/* What was verified at the first reading is what is used at the second. */
START_TEST(misses_what_is_changed_between_two_readings)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    apr_size_t len = 6 * VSO_CHUNK;
    const char *data = pattern(len);
    apr_int64_t id = stored(store, begin_import(store), data, len, len);
    vso_content_pins_t *pins = vso_content_pins_make(pool);
    vso_blob_t *blob = blob_of(store, id);
    vso_blob_t *again = NULL;
    char byte;

    assert_reads(blob, data, 0, len);
    assert_ok(vso_content_blob_pinned(store, id, pins, &again, res, pool));
    assert_reads(again, data, 0, len);
    plain_sql(path, "UPDATE vmo_package_chunk SET data = REPLACE(data, 'A',"
                    " 'B') WHERE seq = 0");
    assert_refused(blob->read(blob, 0, &byte, 1, res), VSO_P_DAMAGED);
    assert_ok(vso_content_blob_pinned(store, id, pins, &again, res, pool));
    assert_refused(again->read(again, 0, &byte, 1, res), VSO_P_DAMAGED);
    assert_reads(again, data, VSO_CHUNK, len - VSO_CHUNK);
}
END_TEST

START_TEST(refuses_an_edited_size)
{
    static const char *const sizes[] = {"-1",
                                        "-9223372036854775808",
                                        "9223372036854775807",
                                        "0",
                                        "size + 1",
                                        "size - 196608",
                                        "-size"};
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    apr_size_t len = 2 * VSO_CHUNK;
    apr_int64_t id = stored(store, begin_import(store), pattern(len), len, len);
    vso_blob_t *blob = NULL;
    char *buf = apr_palloc(pool, len);
    size_t i;

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        plain_sql(path, apr_pstrcat(pool,
                                    "UPDATE vmo_package_content SET size ="
                                    " ",
                                    sizes[i], NULL));
        assert_refused(vso_content_blob(store, id, &blob, res, pool),
                       VSO_P_DAMAGED);
        plain_sql(path, apr_psprintf(pool,
                                     "UPDATE vmo_package_content"
                                     " SET size = %d",
                                     (int)len));
    }
    plain_sql(path, "UPDATE vmo_package_content SET size = size - 1");
    assert_refused(vso_content_blob(store, id, &blob, res, pool),
                   VSO_P_DAMAGED);
    plain_sql(path, "UPDATE vmo_package_content SET size = size + 1");
    blob = blob_of(store, id);
    assert_ok(blob->read(blob, 0, buf, len, res));
    assert_ok(vso_content_holds(blob, 0, (apr_int64_t)len, res));
    assert_refused(vso_content_holds(blob, 0, (apr_int64_t)len + 1, res),
                   VSO_P_DAMAGED);
    assert_refused(vso_content_holds(blob, 5, -1, res), VSO_P_DAMAGED);
    assert_refused(vso_content_holds(blob, -5, 1, res), VSO_P_DAMAGED);
}
END_TEST

START_TEST(misses_what_is_not_there)
{
    vso_store_t *store = store_on(memory_db(), "a");
    vso_blob_t *blob = NULL;

    assert_refused(vso_content_blob(store, 17, &blob, res, pool),
                   VSO_P_NOT_FOUND);
}
END_TEST

/** Somebody else confirmed the import, say: nothing is damaged. */
START_TEST(misses_what_goes_while_it_is_read)
{
    vso_store_t *store = store_on(memory_db(), "a");
    apr_size_t len = 2 * VSO_CHUNK;
    const char *data = pattern(len);
    apr_int64_t id = stored(store, begin_import(store), data, len, len);
    vso_blob_t *blob = blob_of(store, id);
    char byte;

    assert_reads(blob, data, 0, 1);
    assert_ok(vso_content_drop(store, id, res, pool));
    assert_refused(blob->read(blob, VSO_CHUNK, &byte, 1, res), VSO_P_NOT_FOUND);
}
END_TEST

typedef struct {
    apr_int64_t id;
    apr_int64_t import_id;
} adoption_t;

static apr_status_t adopt(vso_change_t *change, void *baton,
                          vso_audit_event_t *event, vso_result_t *result,
                          apr_pool_t *p)
{
    adoption_t *adoption = baton;

    (void)event;
    return vso_content_adopt(change, adoption->id, adoption->import_id, result,
                             p);
}

static apr_status_t run_adopt(vso_store_t *store, apr_int64_t id,
                              apr_int64_t import_id)
{
    adoption_t adoption = {id, import_id};
    vso_audit_event_t event = event_of("test");

    return vso_change_run(store, &event, adopt, &adoption, NULL, res, pool);
}

START_TEST(survives_its_import_once_adopted)
{
    vso_store_t *store = store_on(memory_db(), "a");
    apr_int64_t import_id = begin_import(store);
    apr_int64_t kept = stored(store, import_id, "kept", 4, 4);
    apr_int64_t dropped = stored(store, import_id, "dropped", 7, 7);
    vso_blob_t *blob = NULL;

    assert_refused(run_adopt(store, kept, import_id + 1), VSO_P_STALE);
    assert_ok(run_adopt(store, kept, import_id));
    assert_refused(run_adopt(store, kept, import_id), VSO_P_STALE);
    assert_ok(vso_imports_delete(store, NULL, import_id, res, pool));
    assert_reads(blob_of(store, kept), "kept", 0, 4);
    assert_refused(vso_content_blob(store, dropped, &blob, res, pool),
                   VSO_P_NOT_FOUND);
    assert_refused(run_adopt(store, dropped, import_id), VSO_P_STALE);
}
END_TEST

START_TEST(an_upload_whose_import_went_leaves_nothing)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    apr_int64_t import_id = begin_import(store);
    vso_content_writer_t *writer = NULL;
    apr_size_t len = 3 * VSO_CHUNK;
    const char *data = pattern(len);
    const char *sha256 = NULL;
    apr_int64_t id = 0;

    assert_ok(vso_content_begin(store, import_id, &writer, res, pool));
    assert_ok(vso_content_write(writer, data, VSO_CHUNK, res));
    assert_ok(vso_imports_delete(store, NULL, import_id, res, pool));
    assert_ok(vso_content_write(writer, data, len, res));
    assert_refused(vso_content_end(writer, &id, &sha256, res), VSO_P_NOT_FOUND);
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM vmo_package_chunk"),
                     "0");
}
END_TEST

START_TEST(deletes_content_and_chunks)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    apr_size_t len = 2 * VSO_CHUNK;
    apr_int64_t import_id = begin_import(store);
    apr_int64_t id = stored(store, import_id, pattern(len), len, len);
    apr_int64_t other = stored(store, import_id, "other", 5, 5);

    assert_ok(vso_content_drop(store, id, res, pool));
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM vmo_package_chunk"),
                     "1");
    assert_reads(blob_of(store, other), "other", 0, 5);
    assert_ok(vso_content_drop(store, id, res, pool));
}
END_TEST

/** Contents so far, as another connection sees them. */
static const char *committed(const char *path)
{
    return plain_sql(path, "SELECT COUNT(*) FROM vmo_package_content");
}

START_TEST(small_contents_share_a_transaction)
{
    const apr_int64_t large = 2 * 1024 * 1024;
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    apr_int64_t import_id = begin_import(store);
    vso_content_batch_t batch;
    apr_int64_t id;

    vso_content_batch_begin(store, &batch);
    assert_ok(vso_content_batch_next(&batch, 5, res, pool));
    stored(store, import_id, "small", 5, 5);
    assert_ok(vso_content_batch_next(&batch, 5, res, pool));
    stored(store, import_id, "small", 5, 5);
    ck_assert_str_eq(committed(path), "0");
    assert_ok(vso_content_batch_next(&batch, large, res, pool));
    ck_assert_str_eq(committed(path), "2");
    stored(store, import_id, "said to be large", 16, 16);
    ck_assert_str_eq(committed(path), "3");
    assert_ok(vso_content_batch_next(&batch, 5, res, pool));
    id = stored(store, import_id, "small", 5, 5);
    assert_ok(vso_content_batch_end(&batch, APR_SUCCESS, res, pool));
    ck_assert_str_eq(committed(path), "4");
    assert_reads(blob_of(store, id), "small", 0, 5);
}
END_TEST

START_TEST(a_batch_that_fails_takes_its_last_transaction_back)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    apr_int64_t import_id = begin_import(store);
    vso_content_batch_t batch;

    vso_content_batch_begin(store, &batch);
    assert_ok(vso_content_batch_next(&batch, 1000000, res, pool));
    stored(store, import_id, "one", 3, 3);
    assert_ok(vso_content_batch_next(&batch, 1000000, res, pool));
    stored(store, import_id, "two", 3, 3);
    ck_assert_int_eq(vso_content_batch_end(&batch, APR_EGENERAL, res, pool),
                     APR_EGENERAL);
    ck_assert_str_eq(committed(path), "1");
    change_times(store, 1); /* no transaction is open */
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("content");
    TCase *tc = unit_case(s, "content");

    tcase_add_test(tc, reads_what_was_written);
    tcase_add_test(tc, reads_at_any_place);
    tcase_add_test(tc, hands_out_ids_that_json_can_hold);
    tcase_add_test(tc, says_which_row_is_damaged);
    tcase_add_test(tc, misses_what_is_changed_between_two_readings);
    tcase_add_test(tc, refuses_an_edited_size);
    tcase_add_test(tc, misses_what_is_not_there);
    tcase_add_test(tc, misses_what_goes_while_it_is_read);
    tcase_add_test(tc, survives_its_import_once_adopted);
    tcase_add_test(tc, an_upload_whose_import_went_leaves_nothing);
    tcase_add_test(tc, deletes_content_and_chunks);
    tcase_add_test(tc, small_contents_share_a_transaction);
    tcase_add_test(tc, a_batch_that_fails_takes_its_last_transaction_back);
    return s;
}
