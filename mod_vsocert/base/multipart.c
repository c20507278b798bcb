/* SPDX-License-Identifier: Apache-2.0 */
#include "base/multipart.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/limits.h"
#include "base/mime.h"

#define CRLF "\r\n"

/* What one look at the body holds. */
#define WINDOW 16384

#define MAX_BOUNDARY 70

/** A body while it is split. */
typedef struct {
    const vso_blob_t *blob;
    const char *delimiter; /**< with "--" in front */
    apr_size_t delimiter_len;
    apr_array_header_t *parts; /**< vso_multipart_t */
    vso_result_t *res;
    apr_pool_t *p;
} split_t;

static apr_status_t malformed(const split_t *split, const char *cause)
{
    return vso_fail(split->res, VSO_P_MALFORMED, "body",
                    "The multipart body cannot be read: %s.", cause);
}

static apr_status_t unreadable(const split_t *split, const char *cause)
{
    return vso_fail(split->res, VSO_P_MEDIA_TYPE, "body",
                    "A part of the multipart body %s, and is not looked into: "
                    "send the file's bytes as they are.",
                    cause);
}

static apr_status_t find_boundary(split_t *split, const char *type)
{
    const char *boundary = NULL;
    const char *value;
    const char *name;
    int found = 0;

    while (vso_mime_next(&type, &name, &value, split->p)) {
        /* what begins so is another reader's boundary ("boundary*0" of
         * RFC 2231): only one that stands alone is everybody's */
        if (!strncmp(name, "boundary", strlen("boundary"))) {
            boundary = strcmp(name, "boundary") ? NULL : value;
            found++;
        }
    }
    if (found != 1 || !boundary || !*boundary ||
        strlen(boundary) > MAX_BOUNDARY ||
        boundary[strspn(boundary, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz"
                                  "0123456789'+_-./:=")]) {
        return vso_fail(
            split->res, VSO_P_MALFORMED, "Content-Type",
            "A multipart body has one boundary, of 1 to %d letters, "
            "digits and of the signs '+_-./:=",
            MAX_BOUNDARY);
    }
    split->delimiter = apr_pstrcat(split->p, "--", boundary, NULL);
    split->delimiter_len = strlen(split->delimiter);
    return APR_SUCCESS;
}

/** Where the next delimiter begins; -1: there is none. */
static apr_status_t find_delimiter(const split_t *split, apr_int64_t from,
                                   apr_int64_t *pfound)
{
    char window[WINDOW];
    const char *hit;

    for (; from < split->blob->size;
         from += WINDOW - (apr_int64_t)split->delimiter_len) {
        apr_int64_t left = split->blob->size - from;
        apr_size_t len = left < WINDOW ? (apr_size_t)left : WINDOW;

        if (vso_blob_read(split->blob, from, window, len, split->res) !=
            APR_SUCCESS) {
            return APR_EGENERAL;
        }
        hit = memmem(window, len, split->delimiter, split->delimiter_len);
        if (hit) {
            *pfound = from + (hit - window);
            return APR_SUCCESS;
        }
    }
    *pfound = -1;
    return APR_SUCCESS;
}

/** Are these the bytes at this place? Not where the body ends before. */
static apr_status_t stands(const split_t *split, apr_int64_t at,
                           const char *bytes, int *panswer)
{
    apr_size_t len = strlen(bytes);
    char found[4];

    *panswer = 0;
    if (at < 0 || at + (apr_int64_t)len > split->blob->size) {
        return APR_SUCCESS;
    }
    if (vso_blob_read(split->blob, at, found, len, split->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *panswer = !memcmp(found, bytes, len);
    return APR_SUCCESS;
}

/** A header that is looked at; NULL for others. */
static const char **slot_of(const char *name, vso_multipart_t *part,
                            const char **encoding, const char **transfer)
{
    return !strcasecmp(name, "Content-Disposition")         ? &part->disposition
           : !strcasecmp(name, "Content-Type")              ? &part->type
           : !strcasecmp(name, "Content-Encoding")          ? encoding
           : !strcasecmp(name, "Content-Transfer-Encoding") ? transfer
                                                            : NULL;
}

/** @param head  lines, each with its CRLF; changed */
static apr_status_t read_head(const split_t *split, char *head,
                              vso_multipart_t *part)
{
    const char *transfer = NULL;
    const char *encoding = NULL;
    const char **slot;
    char *value;
    char *end;

    for (; *head; head = end + strlen(CRLF)) {
        end = strstr(head, CRLF);
        *end = '\0';
        value = strchr(head, ':');
        if (!value || head[strcspn(head, "\r\n")] ||
            strcspn(head, ": \t") != (apr_size_t)(value - head)) {
            return malformed(split, "a part's header is not one line with a "
                                    "name and a colon");
        }
        *value++ = '\0';
        slot = slot_of(head, part, &encoding, &transfer);
        if (slot && *slot) {
            return malformed(split, "a part has a header twice");
        }
        if (slot) {
            *slot = vso_mime_trim(value, strlen(value), split->p);
        }
    }
    if (transfer && strcasecmp(transfer, "binary") &&
        strcasecmp(transfer, "8bit") && strcasecmp(transfer, "7bit")) {
        return unreadable(split, "has a Content-Transfer-Encoding");
    }
    if (encoding && strcasecmp(encoding, "identity")) {
        return unreadable(split, "has a Content-Encoding");
    }
    return vso_mime_is(part->type, "multipart/")
               ? unreadable(split, "has parts of its own")
               : APR_SUCCESS;
}

/** @param from  behind the delimiter's line
 * @param to    in front of the CRLF of the next delimiter */
static apr_status_t add_part(const split_t *split, apr_int64_t from,
                             apr_int64_t to)
{
    apr_int64_t size = to - from;
    apr_size_t len =
        size < VSO_MAX_PART_HEAD ? (apr_size_t)size : VSO_MAX_PART_HEAD;
    char *head = apr_pcalloc(split->p, len + 1);
    vso_multipart_t part = {0};
    char *end;

    if (vso_blob_read(split->blob, from, head, len, split->res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    /* without headers, it begins with the empty line */
    end = strncmp(head, CRLF, strlen(CRLF)) ? strstr(head, CRLF CRLF) : head;
    if (!end) {
        return malformed(split, "a part's headers do not end");
    }
    end += end == head ? 0 : strlen(CRLF);
    *end = '\0';
    from += end - head + (apr_int64_t)strlen(CRLF);
    if (read_head(split, head, &part) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (split->parts->nelts == VSO_MAX_PARTS) {
        return vso_fail(split->res, VSO_P_TOO_LARGE, "body",
                        "The multipart body has more than %d parts.",
                        VSO_MAX_PARTS);
    }
    part.content = vso_blob_part(split->blob, from, to - from, split->p);
    APR_ARRAY_PUSH(split->parts, vso_multipart_t) = part;
    return APR_SUCCESS;
}

/** What follows a delimiter. @param pend  1: it was the last */
static apr_status_t read_delimiter(const split_t *split, apr_int64_t *pat,
                                   int *pend)
{
    apr_int64_t at = *pat + (apr_int64_t)split->delimiter_len;
    int answer;

    if (stands(split, at, CRLF, &answer) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!answer && stands(split, at, "--", pend) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!answer && !*pend) {
        return malformed(split, "its boundary stands where no part begins");
    }
    at += 2;
    if (*pend) {
        if (stands(split, at, CRLF, &answer) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        at += answer ? 2 : 0;
        if (at != split->blob->size) {
            return malformed(split, "something follows its last part");
        }
    }
    *pat = at;
    return APR_SUCCESS;
}

/** One part and the delimiter behind it. */
static apr_status_t next_part(const split_t *split, apr_int64_t *pat, int *pend)
{
    apr_int64_t next = 0;
    int answer = 0;

    if (find_delimiter(split, *pat, &next) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (next < 0) {
        return malformed(split, "it ends without its last boundary");
    }
    if (next - 2 >= *pat &&
        stands(split, next - 2, CRLF, &answer) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!answer) {
        return malformed(split, "its boundary stands where no part ends");
    }
    if (add_part(split, *pat, next - 2) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *pat = next;
    return read_delimiter(split, pat, pend);
}

apr_status_t vso_multipart_split(const vso_blob_t *blob, const char *type,
                                 apr_array_header_t **pparts, vso_result_t *res,
                                 apr_pool_t *p)
{
    split_t split = {.blob = blob, .res = res, .p = p};
    apr_int64_t at = -1;
    int end = 0;

    split.parts = apr_array_make(p, 4, sizeof(vso_multipart_t));
    if (find_boundary(&split, type) != APR_SUCCESS ||
        find_delimiter(&split, 0, &at) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (at != 0) {
        return malformed(&split, "it does not begin with its boundary");
    }
    if (read_delimiter(&split, &at, &end) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    while (!end) {
        if (next_part(&split, &at, &end) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    *pparts = split.parts;
    return APR_SUCCESS;
}
