/* SPDX-License-Identifier: Apache-2.0 */
#include "package_service_util.h"

#include "service/package/import_content.h"

/** A staged package, and what is copied of it. */
typedef struct {
    apr_int64_t id;
    vso_review_t *report;
    vso_lost_tags_t lost;
} staged_t;

static staged_t stage(apr_array_header_t *parts, signer_t signer)
{
    staged_t made = {0};

    assert_ok(try_upload(packed(parts, signer, EVP_sha256()), &made.id,
                         &made.report));
    return made;
}

static vso_review_element_t *item(const staged_t *made, const char *id)
{
    int i;

    for (i = 0; i < made->report->elements->nelts; i++) {
        vso_review_element_t *one =
            APR_ARRAY_IDX(made->report->elements, i, vso_review_element_t *);

        if (!strcmp(one->element->id, id)) {
            return one;
        }
    }
    ck_abort_msg("no %s", id);
    return NULL;
}

static apr_status_t copy(staged_t *made, const char *id, vso_import_tags_e tags,
                         vso_element_row_t *row)
{
    const vso_copying_t copying = {
        context,        made->id, made->report->package,
        item(made, id), tags,     &made->lost};

    memset(row, 0, sizeof(*row));
    row->tags = "of the package";
    return vso_import_content_copy(&copying, row, res);
}

START_TEST(files_lie_one_behind_the_other)
{
    signer_t signer = author();
    staged_t made = stage(make_elements(signer), signer);
    apr_array_header_t *files = NULL;
    vso_element_row_t row;
    vso_blob_t *content = NULL;
    apr_int64_t offset = 0;
    int i;

    assert_ok(copy(&made, "script", VSO_TAGS_KEEP, &row));
    assert_ok(vso_files_parse(row.files, &files, res, pool));
    ck_assert_int_eq(files->nelts,
                     item(&made, "script")->element->files->nelts);
    assert_ok(
        vso_content_blob(context->store, row.content_id, &content, res, pool));
    for (i = 0; i < files->nelts; i++) {
        const vso_stored_file_t *file =
            APR_ARRAY_IDX(files, i, vso_stored_file_t *);
        const char *sha256 = NULL;

        ck_assert_int_eq(file->offset, offset);
        assert_ok(vso_blob_sha256(
            vso_blob_part(content, file->offset, file->size, pool), &sha256,
            res, pool));
        ck_assert_str_eq(file->sha256, sha256);
        offset += file->size;
    }
    ck_assert_int_eq(content->size, offset);
    ck_assert_str_eq(row.tags, "of the package");
}
END_TEST

/** What was verified is what is stored, whoever has the database. */
START_TEST(other_bytes_than_were_verified_are_refused)
{
    signer_t signer = author();
    staged_t made = stage(make_elements(signer), signer);
    vso_element_row_t row;

    vso_element_file(item(&made, "flow")->element, "data")->sha256 = "00";
    assert_refused(copy(&made, "flow", VSO_TAGS_KEEP, &row),
                   VSO_P_BAD_SIGNATURE);
    ck_assert_int_eq(row.content_id, 0);
}
END_TEST

START_TEST(omitted_tags_are_not_copied)
{
    signer_t signer = author();
    apr_array_header_t *parts = make_elements(signer);
    vso_element_row_t row;
    staged_t made;

    put_text(parts, "elements/flow/tags", "<tags><tag name='a'/></tags>");
    made = stage(parts, signer);
    assert_ok(copy(&made, "flow", VSO_TAGS_OMIT, &row));
    ck_assert_ptr_null(strstr(row.files, "\"tags\""));
    ck_assert_str_eq(row.tags, "");
    assert_ok(copy(&made, "flow", VSO_TAGS_OVERWRITE, &row));
    ck_assert_ptr_nonnull(strstr(row.files, "\"tags\""));
    ck_assert_str_eq(row.tags, "of the package");
}
END_TEST

/** Of the stored element, whose content says where they are. */
START_TEST(edited_tags_of_a_stored_element_are_refused)
{
    signer_t signer = author();
    apr_array_header_t *parts = make_elements(signer);
    vso_element_row_t row;
    staged_t made;

    put_text(parts, "elements/flow/tags", "<tags><tag name='a'/></tags>");
    import_all(packed(parts, signer, EVP_sha256()));
    edit("UPDATE vmo_package_element SET files = "
         "REPLACE(files, '\"offset\":0', '\"offset\":1')");
    parts = make_elements(signer);
    made = stage(parts, signer);
    assert_refused(copy(&made, "script", VSO_TAGS_KEEP, &row), VSO_P_DAMAGED);
    assert_ok(copy(&made, "script", VSO_TAGS_OVERWRITE, &row));
    edit("UPDATE vmo_package_element SET files = "
         "REPLACE(files, '\"size\":', '\"size\":99')");
    made = stage(parts, signer);
    assert_refused(copy(&made, "flow", VSO_TAGS_KEEP, &row), VSO_P_DAMAGED);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("import_content");
    TCase *tc = service_case(s, "import_content");

    tcase_add_test(tc, files_lie_one_behind_the_other);
    tcase_add_test(tc, other_bytes_than_were_verified_are_refused);
    tcase_add_test(tc, omitted_tags_are_not_copied);
    tcase_add_test(tc, edited_tags_of_a_stored_element_are_refused);
    return s;
}
