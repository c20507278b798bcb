/* SPDX-License-Identifier: Apache-2.0 */
#include "store_util.h"

#include "store/content.h"
#include "store/imports.h"
#include "store/packages.h"

/** What one change puts: a package with its elements. */
typedef struct {
    vso_package_row_t package;
    vso_element_row_t elements[3];
    int count;
    int swept;
} import_t;

static apr_status_t put(vso_change_t *change, void *baton,
                        vso_audit_event_t *event, vso_result_t *result,
                        apr_pool_t *p)
{
    import_t *import = baton;
    apr_status_t rv;
    int i;

    (void)event;
    rv = vso_packages_put(change, &import->package, NULL, result, p);
    for (i = 0; rv == APR_SUCCESS && i < import->count; i++) {
        rv = vso_elements_put(change, &import->elements[i], result, p);
        if (rv == APR_SUCCESS) {
            rv = vso_packages_add_member(change, import->package.id,
                                         import->elements[i].id, result, p);
        }
    }
    return rv == APR_SUCCESS
               ? vso_elements_sweep(change, &import->swept, result, p)
               : rv;
}

static void run_put(vso_store_t *store, import_t *import)
{
    vso_audit_event_t event = event_of("test");

    assert_ok(vso_change_run(store, &event, put, import, NULL, res, pool));
}

static apr_status_t remove_package(vso_change_t *change, void *baton,
                                   vso_audit_event_t *event,
                                   vso_result_t *result, apr_pool_t *p)
{
    import_t *import = baton;

    (void)event;
    return vso_packages_delete(change, import->package.id, &import->swept,
                               result, p);
}

static apr_status_t run_remove(vso_store_t *store, import_t *import)
{
    vso_audit_event_t event = event_of("test");

    return vso_change_run(store, &event, remove_package, import, NULL, res,
                          pool);
}

/** A content as it is written before a change adopts it. */
static apr_int64_t content(vso_store_t *store, const char *text)
{
    vso_content_writer_t *writer = NULL;
    const char *sha256 = NULL;
    apr_int64_t id = 0;

    assert_ok(vso_content_begin(store, 1, &writer, res, pool));
    assert_ok(vso_content_write(writer, text, strlen(text), res));
    assert_ok(vso_content_end(writer, &id, &sha256, res));
    return id;
}

static vso_element_row_t element(vso_store_t *store, const char *id)
{
    vso_element_row_t row = {.element_id = id,
                             .folder = id,
                             .type = "Workflow",
                             .name = id,
                             .path = "Library/Examples",
                             .version = "1.2.3",
                             .tags = "[\"a\"]",
                             .files = "[]",
                             .certificates = "",
                             .signer = "f1",
                             .author = "f2",
                             .signature = "valid",
                             .needs = "",
                             .imported_by = "vmware",
                             .trust = "once"};

    row.content_id = content(store, id);
    return row;
}

static import_t import_of(const char *name)
{
    import_t import = {.package = {.name = name,
                                   .package_id = "pkg-id",
                                   .description = "Ünïcode \xf0\x9f\x93\xa6",
                                   .meta = "{}",
                                   .sha256 = "abc",
                                   .signer = "f1",
                                   .signer_text = "CN=one",
                                   .signature = "weak",
                                   .imported_by = "vmware",
                                   .digest = "sha256",
                                   .trust = "table"}};

    return import;
}

/** A stored package with one element of each id. */
static import_t stored(vso_store_t *store, const char *name, const char *first,
                       const char *second)
{
    import_t import = import_of(name);

    import.elements[import.count++] = element(store, first);
    if (second) {
        import.elements[import.count++] = element(store, second);
    }
    run_put(store, &import);
    return import;
}

static vso_package_row_t *package(vso_store_t *store, const char *name)
{
    vso_package_row_t *row = NULL;

    assert_ok(vso_packages_get(store, name, &row, res, pool));
    return row;
}

static vso_element_row_t *find(vso_store_t *store, const char *id)
{
    vso_element_row_t *row = NULL;

    assert_ok(vso_elements_find(store, id, &row, res, pool));
    return row;
}

static const char *joined(const apr_array_header_t *names)
{
    return apr_array_pstrcat(pool, names, ' ');
}

static int has_content(vso_store_t *store, apr_int64_t id)
{
    vso_result_t *why = vso_result_create(pool);
    vso_blob_t *blob;

    return vso_content_blob(store, id, &blob, why, pool) == APR_SUCCESS;
}

START_TEST(comes_back_as_it_was_put)
{
    vso_store_t *store = store_on(memory_db(), "a");
    import_t import = stored(store, "com.example.one", "e-b", "e-a");
    vso_package_row_t *row = package(store, "com.example.one");
    apr_array_header_t *rows = NULL;
    vso_element_row_t *first;

    ck_assert_int_eq(row->id, import.package.id);
    ck_assert_str_eq(row->package_id, "pkg-id");
    ck_assert_str_eq(row->description, "Ünïcode \xf0\x9f\x93\xa6");
    ck_assert_str_eq(row->meta, "{}");
    ck_assert_str_eq(row->sha256, "abc");
    ck_assert_str_eq(row->signer, "f1");
    ck_assert_str_eq(row->signer_text, "CN=one");
    ck_assert_str_eq(row->signature, "weak");
    ck_assert(!row->encrypted);
    ck_assert_int_eq(row->elements, 2);
    ck_assert_int_eq(row->size, 6);
    ck_assert_int_gt(row->imported_sec, 1600000000);
    ck_assert_str_eq(row->imported_by, "vmware");
    ck_assert_str_eq(row->digest, "sha256");
    ck_assert_str_eq(row->trust, "table");
    ck_assert_int_eq(row->generation, import.package.generation);

    assert_ok(vso_packages_elements(store, row->id, &rows, res, pool));
    ck_assert_int_eq(rows->nelts, 2);
    first = APR_ARRAY_IDX(rows, 0, vso_element_row_t *);
    ck_assert_str_eq(first->element_id, "e-a");
    ck_assert_str_eq(first->folder, "e-a");
    ck_assert_str_eq(first->type, "Workflow");
    ck_assert_str_eq(first->path, "Library/Examples");
    ck_assert_str_eq(first->version, "1.2.3");
    ck_assert_str_eq(first->tags, "[\"a\"]");
    ck_assert_str_eq(first->author, "f2");
    ck_assert_str_eq(first->signature, "valid");
    ck_assert_int_eq(first->size, 3);
    ck_assert_int_eq(first->content_id, import.elements[1].content_id);
    ck_assert_ptr_null(find(store, "e-c"));
    assert_refused(vso_packages_get(store, "com.example.two", &row, res, pool),
                   VSO_P_NOT_FOUND);
}
END_TEST

START_TEST(lists_by_name_page_by_page)
{
    vso_store_t *store = store_on(memory_db(), "a");
    apr_array_header_t *rows = NULL;

    stored(store, "c", "e1", NULL);
    stored(store, "a", "e1", NULL);
    stored(store, "b", "e1", NULL);
    assert_ok(vso_packages_list(store, "", 2, &rows, res, pool));
    ck_assert_int_eq(rows->nelts, 2);
    ck_assert_str_eq(APR_ARRAY_IDX(rows, 0, vso_package_row_t *)->name, "a");
    ck_assert_str_eq(APR_ARRAY_IDX(rows, 1, vso_package_row_t *)->name, "b");
    assert_ok(vso_packages_list(store, "b", 2, &rows, res, pool));
    ck_assert_int_eq(rows->nelts, 1);
    ck_assert_str_eq(APR_ARRAY_IDX(rows, 0, vso_package_row_t *)->name, "c");
}
END_TEST

START_TEST(an_element_is_stored_once)
{
    vso_store_t *store = store_on(memory_db(), "a");
    import_t one = stored(store, "one", "shared", "mine");
    import_t two = stored(store, "two", "shared", NULL);
    apr_array_header_t *names = NULL;

    ck_assert_int_eq(one.elements[0].id, two.elements[0].id);
    ck_assert(!has_content(store, one.elements[0].content_id));
    ck_assert(has_content(store, two.elements[0].content_id));
    assert_ok(
        vso_packages_holding(store, one.elements[0].id, &names, res, pool));
    ck_assert_str_eq(joined(names), "one two");
    assert_ok(
        vso_packages_holding(store, one.elements[1].id, &names, res, pool));
    ck_assert_str_eq(joined(names), "one");
}
END_TEST

START_TEST(a_new_import_replaces_what_the_package_held)
{
    vso_store_t *store = store_on(memory_db(), "a");
    import_t before = stored(store, "one", "stays", "goes");
    import_t after = stored(store, "one", "stays", "comes");

    ck_assert_int_eq(after.package.id, before.package.id);
    ck_assert_int_gt(after.package.generation, before.package.generation);
    ck_assert_int_eq(after.swept, 1);
    ck_assert_int_eq(package(store, "one")->elements, 2);
    ck_assert_ptr_null(find(store, "goes"));
    ck_assert(!has_content(store, before.elements[1].content_id));
    ck_assert_ptr_nonnull(find(store, "comes"));
}
END_TEST

START_TEST(deletes_what_no_other_package_holds)
{
    const char *path = file_path();
    vso_store_t *store = store_on(file_db(path, pool), "a");
    import_t one = stored(store, "one", "shared", "mine");
    import_t two = stored(store, "two", "shared", NULL);

    assert_ok(run_remove(store, &one));
    ck_assert_int_eq(one.swept, 1);
    ck_assert_ptr_null(find(store, "mine"));
    ck_assert_ptr_nonnull(find(store, "shared"));
    assert_refused(run_remove(store, &one), VSO_P_NOT_FOUND);
    assert_ok(run_remove(store, &two));
    ck_assert_int_eq(two.swept, 1);
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM vmo_package_chunk"),
                     "0");
    ck_assert_str_eq(
        plain_sql(path, "SELECT COUNT(*) FROM vmo_package_content"), "0");
    ck_assert_str_eq(plain_sql(path, "SELECT COUNT(*) FROM vmo_package_member"),
                     "0");
}
END_TEST

static const char *resting_on(vso_store_t *store, const char *fingerprint)
{
    apr_array_header_t *names = NULL;

    assert_ok(vso_packages_by_signer(store, fingerprint, &names, res, pool));
    return joined(names);
}

START_TEST(knows_what_rests_on_a_signer)
{
    vso_store_t *store = store_on(memory_db(), "a");
    import_t import = import_of("signed");
    apr_array_header_t *pairs = NULL;
    const char *all = "";
    int i;

    import.package.signer = "fp";
    import.elements[import.count++] = element(store, "e1");
    import.elements[0].signer = "fs";
    import.elements[0].author = "fa";
    run_put(store, &import);
    import = import_of("made");
    import.package.signer = "";
    import.elements[import.count++] = element(store, "e2");
    import.elements[0].signer = "fs";
    import.elements[0].author = "fx";
    import.elements[0].signature = "unchecked";
    run_put(store, &import);

    ck_assert_str_eq(resting_on(store, "fp"), "signed");
    ck_assert_str_eq(resting_on(store, "fs"), "made signed");
    ck_assert_str_eq(resting_on(store, "fa"), "signed");
    ck_assert_str_eq(resting_on(store, "fx"), "");
    assert_ok(vso_packages_signers(store, &pairs, res, pool));
    for (i = 0; i < pairs->nelts; i++) {
        const vso_signer_use_t *pair =
            &APR_ARRAY_IDX(pairs, i, vso_signer_use_t);

        all = apr_pstrcat(pool, all, pair->name, ":", pair->fingerprint, " ",
                          NULL);
    }
    ck_assert_str_eq(all, "made: made:fs signed:fa signed:fp signed:fs ");
}
END_TEST

static const char *bound_to(vso_store_t *store, const char *key,
                            const char *other)
{
    apr_array_header_t *others = apr_array_make(pool, 2, sizeof(char *));
    apr_array_header_t *names = NULL;

    APR_ARRAY_PUSH(others, const char *) = key;
    if (other) {
        APR_ARRAY_PUSH(others, const char *) = other;
    }
    assert_ok(vso_packages_by_key(store, key, others, &names, res, pool));
    return joined(names);
}

START_TEST(knows_what_only_a_key_opens)
{
    vso_store_t *store = store_on(memory_db(), "a");
    apr_array_header_t *names = NULL;
    import_t import = import_of("one");

    import.elements[import.count++] = element(store, "e1");
    import.elements[0].needs = " aa bb ";
    import.elements[import.count++] = element(store, "e2");
    import.elements[1].needs = " aa bb ";
    run_put(store, &import);
    import = import_of("two");
    import.elements[import.count++] = element(store, "e3");
    import.elements[0].needs = " bb ";
    run_put(store, &import);

    ck_assert_str_eq(bound_to(store, "aa", NULL), "one");
    ck_assert_str_eq(bound_to(store, "aa", "bb"), "");
    ck_assert_str_eq(bound_to(store, "bb", "aa"), "two");
    ck_assert_str_eq(bound_to(store, "a", NULL), "");
    assert_ok(vso_packages_by_key(store, "bb", NULL, &names, res, pool));
    ck_assert_str_eq(joined(names), "one two");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("packages_store");
    TCase *tc = unit_case(s, "packages_store");

    tcase_add_test(tc, comes_back_as_it_was_put);
    tcase_add_test(tc, lists_by_name_page_by_page);
    tcase_add_test(tc, an_element_is_stored_once);
    tcase_add_test(tc, a_new_import_replaces_what_the_package_held);
    tcase_add_test(tc, deletes_what_no_other_package_holds);
    tcase_add_test(tc, knows_what_rests_on_a_signer);
    tcase_add_test(tc, knows_what_only_a_key_opens);
    return s;
}
