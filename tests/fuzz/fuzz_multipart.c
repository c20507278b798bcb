/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a Content-Type, a line feed, a body. */
#define FUZZ_NAME "multipart"
#include "fuzz.h"

#include "base/mime.h"
#include "base/multipart.h"

/** How often the boundary stands in some bytes. */
static int count(const char *bytes, apr_size_t len, const char *delimiter)
{
    apr_size_t size = strlen(delimiter);
    apr_size_t i;
    int found = 0;

    for (i = 0; i + size <= len; i++) {
        found += !memcmp(bytes + i, delimiter, size);
    }
    return found;
}

static const char *delimiter_of(const char *type)
{
    const char *delimiter = NULL;
    const char *value;
    const char *name;

    while (vso_mime_next(&type, &name, &value, pool)) {
        PROMISE(strlen(name) + strlen(value) <= strlen(type) + 4096);
        if (!strcmp(name, "boundary")) {
            PROMISE(!delimiter);
            delimiter = apr_pstrcat(pool, "--", value, NULL);
        }
    }
    PROMISE(delimiter);
    return delimiter;
}

/** No part holds a boundary, and all boundaries are accounted for; but those
 * that overlap one another ("----" in "-----"). */
static void check(const char *type, const char *body, apr_size_t len,
                  const apr_array_header_t *parts)
{
    const char *delimiter = delimiter_of(type);
    apr_int64_t total = 0;
    char *content;
    int i;

    PROMISE(count(body, len, delimiter) >= parts->nelts + 1);
    for (i = 0; i < parts->nelts; i++) {
        const vso_multipart_t *part = &APR_ARRAY_IDX(parts, i, vso_multipart_t);

        PROMISE(vso_blob_load(part->content, len, "part", &content, res,
                              pool) == APR_SUCCESS);
        PROMISE(!count(content, (apr_size_t)part->content->size, delimiter));
        PROMISE(!vso_mime_is(part->type, "multipart/"));
        vso_mime_filename_ends(part->disposition, ".package", pool);
        total += part->content->size + (apr_int64_t)strlen(delimiter);
    }
    PROMISE(total <= (apr_int64_t)len);
}

static void one(const unsigned char *data, apr_size_t len)
{
    const char *line = memchr(data, '\n', len);
    apr_array_header_t *parts = NULL;
    const char *body;
    char *type;

    if (!line) {
        return;
    }
    body = line + 1;
    type = apr_pstrmemdup(pool, (const char *)data,
                          (apr_size_t)(line - (const char *)data));
    len -= (apr_size_t)(body - (const char *)data);
    vso_mime_filename_ends(type, ".package", pool);
    if (vso_multipart_split(vso_blob_memory(body, len, pool), type, &parts, res,
                            pool) == APR_SUCCESS) {
        check(type, body, len, parts);
        return;
    }
    PROMISE(res->problem == VSO_P_MALFORMED ||
            res->problem == VSO_P_TOO_LARGE ||
            res->problem == VSO_P_MEDIA_TYPE);
    PROMISE(res->field && res->detail && !parts);
}
