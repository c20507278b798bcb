/* SPDX-License-Identifier: Apache-2.0 */
#include "package/manifest.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <openssl/sha.h>

#include "package/package.h"

#define HEX_DIGITS  "0123456789abcdef"
#define DIGITS      "0123456789"
#define HEX_LEN     (2 * SHA256_DIGEST_LENGTH)
#define SIZE_DIGITS 20

static int by_path(const void *a, const void *b)
{
    return strcmp(((const vso_manifest_line_t *)a)->path,
                  ((const vso_manifest_line_t *)b)->path);
}

static void sort(apr_array_header_t *lines)
{
    if (lines->nelts) {
        qsort(lines->elts, (size_t)lines->nelts, sizeof(vso_manifest_line_t),
              by_path);
    }
}

static const char *line_text(const vso_manifest_line_t *line, apr_pool_t *p)
{
    return apr_psprintf(p, "%s %" APR_INT64_T_FMT " %s\n", line->sha256,
                        line->size, line->path);
}

const char *vso_manifest_write(apr_array_header_t *lines, apr_size_t *plen,
                               apr_pool_t *p)
{
    apr_array_header_t *texts =
        apr_array_make(p, lines->nelts + 1, sizeof(const char *));
    const char *text;
    int i;

    sort(lines);
    for (i = 0; i < lines->nelts; i++) {
        APR_ARRAY_PUSH(texts, const char *) =
            line_text(&APR_ARRAY_IDX(lines, i, vso_manifest_line_t), p);
    }
    text = apr_array_pstrcat(p, texts, '\0');
    *plen = strlen(text);
    return text;
}

static apr_status_t changed(const char *path, vso_result_t *res)
{
    return vso_fail(res, VSO_P_BAD_SIGNATURE, path,
                    "\"%s\" is not the file that was signed: digest or size "
                    "differ from the signed manifest.",
                    path);
}

static apr_status_t added(const char *path, vso_result_t *res)
{
    return vso_fail(res, VSO_P_BAD_SIGNATURE, path,
                    "\"%s\" is not in the signed manifest: it was added after "
                    "the package was signed.",
                    path);
}

static apr_status_t removed(const char *path, vso_result_t *res)
{
    return vso_fail(res, VSO_P_BAD_SIGNATURE, path,
                    "\"%s\" is in the signed manifest, but not in the "
                    "package: it was removed after the package was signed.",
                    path);
}

static apr_status_t malformed(int number, vso_result_t *res)
{
    return vso_fail(res, VSO_P_BAD_SIGNATURE, VSO_PACKAGE_MANIFEST,
                    "Line %d of the manifest is not \"<sha256> <size> "
                    "<path>\".",
                    number);
}

/** The path of a line without its end; NULL where it is none. */
static const char *path_of(const char *line)
{
    apr_size_t digits;

    if (strspn(line, HEX_DIGITS) != HEX_LEN || line[HEX_LEN] != ' ') {
        return NULL;
    }
    line += HEX_LEN + 1;
    digits = strspn(line, DIGITS);
    if (digits == 0 || digits > SIZE_DIGITS || line[digits] != ' ' ||
        !line[digits + 1]) {
        return NULL;
    }
    return line + digits + 1;
}

/** Say how the line that is there differs from the one that should be. */
static apr_status_t tell_apart(const char *line, apr_size_t len, int number,
                               const vso_manifest_line_t *expected,
                               vso_result_t *res, apr_pool_t *p)
{
    const char *path = path_of(apr_pstrmemdup(p, line, len));
    int order;

    if (!path || memchr(line, '\0', len)) {
        return malformed(number, res);
    }
    order = strcmp(expected->path, path);
    if (order == 0) {
        return changed(path, res);
    }
    return order < 0 ? added(expected->path, res) : removed(path, res);
}

apr_status_t vso_manifest_check(const char *data, apr_size_t len,
                                apr_array_header_t *lines, vso_result_t *res,
                                apr_pool_t *p)
{
    static const vso_manifest_line_t behind_all = {"\xFF", 0, ""};
    const char *end = data + len;
    const char *text;
    apr_size_t text_len;
    apr_pool_t *scratch;
    apr_status_t rv = APR_SUCCESS;
    int i;

    sort(lines);
    apr_pool_create(&scratch, p);
    for (i = 0; rv == APR_SUCCESS && (data < end || i < lines->nelts); i++) {
        const vso_manifest_line_t *expected =
            i < lines->nelts ? &APR_ARRAY_IDX(lines, i, vso_manifest_line_t)
                             : &behind_all;
        const char *eol;

        apr_pool_clear(scratch);
        if (data == end) {
            rv = added(expected->path, res);
            break;
        }
        eol = memchr(data, '\n', (apr_size_t)(end - data));
        if (!eol) {
            rv = malformed(i + 1, res);
            break;
        }
        text = line_text(expected, scratch);
        text_len = (apr_size_t)(eol + 1 - data);
        if (text_len != strlen(text) || memcmp(data, text, text_len) != 0) {
            rv = tell_apart(data, text_len - 1, i + 1, expected, res, scratch);
        }
        data = eol + 1;
    }
    apr_pool_destroy(scratch);
    return rv;
}
