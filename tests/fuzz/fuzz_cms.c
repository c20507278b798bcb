/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte: 'M', a manifest follows; else a CMS signature does. */
#define FUZZ_NAME "cms"
#include "fuzz.h"

#include "package/cms.h"
#include "package/manifest.h"

#define TEXT "a manifest\n"
#define SUM  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void check_manifest(const char *data, apr_size_t len)
{
    apr_array_header_t *lines =
        apr_array_make(pool, 2, sizeof(vso_manifest_line_t));
    static const vso_manifest_line_t files[] = {{"b", 12, SUM}, {"a", 0, SUM}};
    apr_size_t expected_len;
    const char *expected;
    apr_status_t rv;
    int same;

    APR_ARRAY_PUSH(lines, vso_manifest_line_t) = files[0];
    APR_ARRAY_PUSH(lines, vso_manifest_line_t) = files[1];
    expected = vso_manifest_write(lines, &expected_len, pool);
    same = len == expected_len && !memcmp(data, expected, len);
    rv = vso_manifest_check(data, len, lines, res, pool);
    PROMISE((rv == APR_SUCCESS) == same);
    PROMISE(same || (res->problem == VSO_P_BAD_SIGNATURE && res->field));
}

static void check_signature(const char *data, apr_size_t len)
{
    vso_package_signer_t *signer = NULL;

    if (vso_cms_verify(data, len, TEXT, strlen(TEXT), &signer, res, pool) ==
        APR_SUCCESS) {
        PROMISE(signer->cert && signer->cms && signer->digest);
        PROMISE(!strncmp(signer->digest, "sha", 3));
        PROMISE(signer->chain->nelts <= VSO_MAX_CHAIN);
        return;
    }
    PROMISE(!signer && res->field && res->detail);
    PROMISE(res->problem == VSO_P_BAD_SIGNATURE ||
            res->problem == VSO_P_TOO_LARGE);
}

static void one(const unsigned char *data, apr_size_t len)
{
    if (len == 0) {
        return;
    }
    if (*data == 'M') {
        check_manifest((const char *)data + 1, len - 1);
    }
    else {
        check_signature((const char *)data + 1, len - 1);
    }
}
