/* SPDX-License-Identifier: Apache-2.0 */
#include "package/zip_name.h"

#include <stdlib.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/limits.h"
#include "base/utf8.h"

/* Longest name in an error text. */
#define MAX_SHOWN 200

const char *vso_zip_name_show(const char *name, apr_size_t len, apr_pool_t *p)
{
    int text = vso_utf8_valid(name, len);
    apr_size_t shown = len < MAX_SHOWN ? len : MAX_SHOWN;
    char *out = apr_palloc(p, 4 * shown + 4);
    char *to = out;
    apr_size_t i;

    /* no character is cut in two */
    while (text && shown < len && ((unsigned char)name[shown] & 0xc0) == 0x80) {
        shown--;
    }
    for (i = 0; i < shown; i++) {
        unsigned char c = (unsigned char)name[i];

        if (c < 0x20 || c == 0x7f || (c >= 0x80 && !text)) {
            to += apr_snprintf(to, 5, "\\x%02x", c);
        }
        else {
            *to++ = (char)c;
        }
    }
    if (shown < len) {
        memcpy(to, "...", 3);
        to += 3;
    }
    *to = '\0';
    return out;
}

/** What is wrong with one part of a path; NULL: nothing. */
static const char *part_wrong(const char *part, apr_size_t len)
{
    if (len == 0) {
        return "has an empty part";
    }
    if ((len == 1 && part[0] == '.') ||
        (len == 2 && part[0] == '.' && part[1] == '.')) {
        return "leads out of its folder";
    }
    return NULL;
}

static const char *name_wrong(const char *name, apr_size_t len)
{
    const char *end = name + len;
    const char *wrong = NULL;
    const char *part = name;
    apr_size_t i;

    if (len == 0) {
        return "is empty";
    }
    if (len > VSO_MAX_ZIP_NAME) {
        return "is too long";
    }
    if (name[0] == '/') {
        return "is an absolute path";
    }
    if (len > 1 && name[1] == ':' && apr_isalpha(name[0])) {
        return "begins with a drive letter";
    }
    for (i = 0; i < len; i++) {
        unsigned char c = (unsigned char)name[i];

        if (c < 0x20 || c == 0x7f) {
            return "holds a control character";
        }
        if (c == '\\') {
            return "holds a backslash";
        }
    }
    if (!vso_utf8_valid(name, len)) {
        return "is not valid UTF-8";
    }
    while (!wrong && part < end) {
        const char *slash = memchr(part, '/', (apr_size_t)(end - part));
        const char *stop = slash ? slash : end;

        wrong = part_wrong(part, (apr_size_t)(stop - part));
        part = stop + 1;
    }
    return wrong;
}

apr_status_t vso_zip_name_check(const char *name, apr_size_t len,
                                vso_result_t *res, apr_pool_t *p)
{
    const char *wrong = name_wrong(name, len);
    const char *shown;

    if (!wrong) {
        return APR_SUCCESS;
    }
    shown = vso_zip_name_show(name, len, p);
    return vso_fail(res, VSO_P_UNSAFE_NAME, shown,
                    "The name of the entry \"%s\" %s. Nothing of the archive "
                    "is used; ask its author to rebuild it.",
                    shown, wrong);
}

/** A character's place: '/' before all others, so that a folder is followed
 * by what it holds; letters without their case. 0 at the end. */
static apr_int32_t place(const unsigned char **ps)
{
    const unsigned char *s = *ps;
    apr_int32_t c = *s;

    if (c && c < 0x80) {
        ++*ps;
    }
    else if (c) {
        c = vso_utf8_next(ps, s + strnlen((const char *)s, 4));
    }
    return c == '/' ? 1 : vso_utf8_lower(c);
}

int vso_zip_name_compare(const char *a, const char *b)
{
    const unsigned char *one = (const unsigned char *)a;
    const unsigned char *two = (const unsigned char *)b;
    apr_int32_t x;
    apr_int32_t y;

    do {
        x = place(&one);
        y = place(&two);
    } while (x && x == y);
    return (x > y) - (x < y);
}

static int compare(const void *a, const void *b)
{
    return vso_zip_name_compare(*(const char *const *)a,
                                *(const char *const *)b);
}

/** The same path, or one is a file and the other lies in it. Neighbours of the
 * sorted list: "a" and "a", "a/", "a/b"; "a/" and "a/" only. */
static int clash(const char *a, const char *b)
{
    const unsigned char *one = (const unsigned char *)a;
    const unsigned char *two = (const unsigned char *)b;
    apr_int32_t last = 0;
    apr_int32_t x;
    apr_int32_t y;

    for (;;) {
        x = place(&one);
        y = place(&two);
        if (x != y || !x) {
            break;
        }
        last = x;
    }
    return x == 0 && (y == 0 || (last != 1 && y == 1));
}

apr_status_t vso_zip_names_sort(const char **names, int count,
                                vso_result_t *res, apr_pool_t *p)
{
    int i;

    qsort(names, (size_t)count, sizeof(*names), compare);
    for (i = 1; i < count; i++) {
        if (clash(names[i - 1], names[i])) {
            const char *a =
                vso_zip_name_show(names[i - 1], strlen(names[i - 1]), p);
            const char *b = vso_zip_name_show(names[i], strlen(names[i]), p);

            return vso_fail(res, VSO_P_DUPLICATE_NAME, b,
                            "The entries \"%s\" and \"%s\" would be the same "
                            "file or stand in each other's way. Nothing of "
                            "the archive is used; ask its author to rebuild "
                            "it.",
                            a, b);
        }
    }
    return APR_SUCCESS;
}
