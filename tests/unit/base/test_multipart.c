/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <string.h>

#include "base/limits.h"
#include "base/mime.h"
#include "base/multipart.h"

#define TYPE "multipart/form-data; boundary=b0"

static apr_status_t split_as(const char *type, const char *body, apr_size_t len,
                             apr_array_header_t **pparts)
{
    return vso_multipart_split(vso_blob_memory(body, len, pool), type, pparts,
                               res, pool);
}

static apr_status_t split(const char *body, apr_array_header_t **pparts)
{
    return split_as(TYPE, body, strlen(body), pparts);
}

static void assert_part(const apr_array_header_t *parts, int i,
                        const char *disposition, const char *content)
{
    const vso_multipart_t *part = &APR_ARRAY_IDX(parts, i, vso_multipart_t);
    char *data = NULL;

    ck_assert_int_lt(i, parts->nelts);
    ck_assert_pstr_eq(part->disposition, disposition);
    assert_ok(vso_blob_load(part->content, 1000000, "part", &data, res, pool));
    ck_assert_str_eq(data, content);
}

START_TEST(test_finds_all_parts)
{
    apr_array_header_t *parts;

    assert_ok(split("--b0\r\n"
                    "content-disposition:  form-data; name=a \r\n"
                    "X-Other: 1\r\n\r\n"
                    "one\r\n--b\r\n-- b0\r\n"
                    "--b0\r\n\r\nplain"
                    "\r\n--b0\r\nContent-Transfer-Encoding: binary\r\n\r\n"
                    "\r\n--b0--\r\n",
                    &parts));
    ck_assert_int_eq(parts->nelts, 3);
    assert_part(parts, 0, "form-data; name=a", "one\r\n--b\r\n-- b0");
    assert_part(parts, 1, NULL, "plain");
    assert_part(parts, 2, NULL, "");
    assert_ok(split("--b0--", &parts));
    ck_assert_int_eq(parts->nelts, 0);
}
END_TEST

/** A delimiter on each side of, and across, what is looked at at a time. */
START_TEST(test_finds_delimiters_anywhere)
{
    static const char head[] = "--b0\r\n\r\n";
    static const char end[] = "\r\n--b0--\r\n";
    apr_array_header_t *parts;
    apr_size_t len;

    for (len = 16384 - 24; len < 16384 + 8; len++) {
        char *body = apr_pcalloc(pool, len + 100);

        memset(body, '-', len);
        memcpy(body, head, strlen(head));
        memcpy(body + len, end, strlen(end));
        assert_ok(split_as(TYPE, body, len + strlen(end), &parts));
        ck_assert_int_eq(parts->nelts, 1);
        ck_assert_int_eq(APR_ARRAY_IDX(parts, 0, vso_multipart_t).content->size,
                         (apr_int64_t)(len - strlen(head)));
    }
}
END_TEST

START_TEST(test_refuses_what_others_may_read_otherwise)
{
    static const char *const bodies[] = {
        "",
        "no delimiter",
        "\r\n--b0\r\n\r\nx\r\n--b0--", /* something in front */
        "preamble\r\n--b0\r\n\r\nx\r\n--b0--",
        "--b0\r\n\r\nx\r\n--b0--\r\nepilogue",
        "--b0\r\n\r\nx\r\n--b0--\r\n\r\n",
        "--b0\r\n\r\nx", /* no end */
        "--b0\r\n\r\nx\r\n--b0",
        "--b0\r\n\r\nx\r\n--b0-",
        "--b0\n\nx\n--b0--\n", /* LF alone */
        "--b0\r\n\r\nx\n--b0\r\n\r\ny\r\n--b0--",
        "--b0 \r\n\r\nx\r\n--b0--",                  /* padding */
        "--b0\r\n\r\nx--b0\r\n\r\ny\r\n--b0--",      /* amid a line */
        "--b0\r\n\r\nx\r\n--b01\r\n\r\ny\r\n--b0--", /* a longer one */
        "--b0\r\n--b0--",                            /* no part at all */
        "--b0\r\nA: b\r\n--b0--",                    /* no empty line */
        "--b0\r\nA: b\r\n c\r\n\r\nx\r\n--b0--",     /* folded */
        "--b0\r\nA\r\n\r\nx\r\n--b0--",              /* no colon */
        "--b0\r\nA : b\r\n\r\nx\r\n--b0--",
        "--b0\r\nA: b\nB: c\r\n\r\nx\r\n--b0--",
        "--b0\r\nContent-Type: a/b\r\ncontent-type: c/d\r\n\r\nx\r\n--b0--",
        NULL};
    static const char *const types[] = {
        "multipart/form-data",
        "multipart/form-data; boundary*0=b0",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=b0; boundary=b1",
        "multipart/form-data; boundary=b0; Boundary*0=b1",
        "multipart/form-data; boundary=\"b0,b1\"",
        "multipart/form-data; boundary=b0 b1",
        "multipart/form-data; "
        "boundary=12345678901234567890123456789012345678901234567890"
        "123456789012345678901",
        NULL};
    static const char good[] = "--b0\r\n\r\nx\r\n--b0--";
    apr_array_header_t *parts;
    int i;

    for (i = 0; bodies[i]; i++) {
        assert_refused(split(bodies[i], &parts), VSO_P_MALFORMED);
    }
    for (i = 0; types[i]; i++) {
        assert_refused(split_as(types[i], good, strlen(good), &parts),
                       VSO_P_MALFORMED);
    }
    assert_ok(split_as("Multipart/Form-Data;charset=x ; BOUNDARY = \"b0\"",
                       good, strlen(good), &parts));
}
END_TEST

START_TEST(test_refuses_what_is_not_looked_into)
{
    static const char *const heads[] = {
        "Content-Transfer-Encoding: base64",
        "Content-Transfer-Encoding: quoted-printable", "Content-Encoding: gzip",
        "Content-Type: multipart/mixed; boundary=b1", NULL};
    apr_array_header_t *parts;
    int i;

    for (i = 0; heads[i]; i++) {
        assert_refused(split(apr_pstrcat(pool, "--b0\r\n", heads[i],
                                         "\r\n\r\nx\r\n--b0--", NULL),
                             &parts),
                       VSO_P_MEDIA_TYPE);
    }
}
END_TEST

START_TEST(test_keeps_to_its_caps)
{
    apr_array_header_t *parts;
    const char *body = "";
    char *long_head = apr_pcalloc(pool, VSO_MAX_PART_HEAD + 1);
    int i;

    for (i = 0; i < VSO_MAX_PARTS; i++) {
        body = apr_pstrcat(pool, body, "--b0\r\n\r\nx\r\n", NULL);
    }
    assert_ok(split(apr_pstrcat(pool, body, "--b0--", NULL), &parts));
    ck_assert_int_eq(parts->nelts, VSO_MAX_PARTS);
    assert_refused(split(apr_pstrcat(pool, body, body, "--b0--", NULL), &parts),
                   VSO_P_TOO_LARGE);
    memset(long_head, 'a', VSO_MAX_PART_HEAD);
    assert_refused(split(apr_pstrcat(pool, "--b0\r\n", long_head,
                                     ": 1\r\n\r\nx\r\n--b0--", NULL),
                         &parts),
                   VSO_P_MALFORMED);
}
END_TEST

START_TEST(test_reads_parameters)
{
    const char *field = "attachment; A=1;b = \"x; \\\"y\" ;c; d*=UTF-8''e";
    const char *value;
    const char *name;
    const char *all = "";

    while (vso_mime_next(&field, &name, &value, pool)) {
        all = apr_pstrcat(pool, all, name, "<", value, ">", NULL);
    }
    ck_assert_str_eq(all, "a<1>b<x; \"y>c<>d*<UTF-8''e>");
}
END_TEST

START_TEST(test_reads_file_names)
{
    static const char *const yes[] = {
        "attachment; filename=a.package",
        "attachment; filename=\"a b.PACKAGE\"",
        "attachment; FileName=a b.package",
        "attachment; filename=\"a.package",
        "attachment; filename*=utf-8''a%2Epack%61ge",
        "attachment; filename=\"a.zip\"; filename*=UTF-8'en'b.package",
        "attachment;filename=a.package;size=3",
        NULL};
    static const char *const no[] = {"attachment",
                                     "attachment; filename=package",
                                     "attachment; filename=a.package.txt",
                                     "attachment; name=a.package",
                                     "attachment; filename=\"a.package;\"",
                                     "",
                                     NULL};
    int i;

    for (i = 0; yes[i]; i++) {
        ck_assert_msg(vso_mime_filename_ends(yes[i], ".package", pool), "%s",
                      yes[i]);
    }
    for (i = 0; no[i]; i++) {
        ck_assert_msg(!vso_mime_filename_ends(no[i], ".package", pool), "%s",
                      no[i]);
    }
    ck_assert(!vso_mime_filename_ends(NULL, ".package", pool));
}
END_TEST

START_TEST(test_tells_media_types)
{
    ck_assert(vso_mime_is("Application/ZIP", "application/zip"));
    ck_assert(vso_mime_is("application/zip ; a=b", "application/zip"));
    ck_assert(vso_mime_is("multipart/form-data", "multipart/"));
    ck_assert(!vso_mime_is("application/zip2", "application/zip"));
    ck_assert(!vso_mime_is("application/zi", "application/zip"));
    ck_assert(!vso_mime_is(NULL, "application/zip"));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("multipart");
    TCase *tc = unit_case(s, "multipart");

    tcase_add_test(tc, test_finds_all_parts);
    tcase_add_test(tc, test_finds_delimiters_anywhere);
    tcase_add_test(tc, test_refuses_what_others_may_read_otherwise);
    tcase_add_test(tc, test_refuses_what_is_not_looked_into);
    tcase_add_test(tc, test_keeps_to_its_caps);
    tcase_add_test(tc, test_reads_parameters);
    tcase_add_test(tc, test_reads_file_names);
    tcase_add_test(tc, test_tells_media_types);
    return s;
}
