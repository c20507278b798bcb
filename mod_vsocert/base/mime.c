/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mime.h"

#include <string.h>

#include <apr_escape.h>
#include <apr_lib.h>
#include <apr_strings.h>

#define BLANKS " \t"

char *vso_mime_trim(const char *from, apr_size_t len, apr_pool_t *p)
{
    while (len && strchr(BLANKS, from[len - 1])) {
        len--;
    }
    while (len && strchr(BLANKS, *from)) {
        from++;
        len--;
    }
    return apr_pstrmemdup(p, from, len);
}

/** A quoted string, from behind its first quote. One without an end goes on
 * to the end of the field. */
static const char *read_quoted(const char **pat, apr_pool_t *p)
{
    const char *at = *pat;
    char *value = apr_palloc(p, strlen(at) + 1);
    char *to = value;

    for (; *at && *at != '"'; at++) {
        if (*at == '\\' && at[1]) {
            at++;
        }
        *to++ = *at;
    }
    *to = '\0';
    *pat = *at ? at + 1 : at;
    return value;
}

int vso_mime_next(const char **pat, const char **pname, const char **pvalue,
                  apr_pool_t *p)
{
    const char *at = *pat + strcspn(*pat, ";");
    apr_size_t len;
    char *name;

    at += strspn(at, ";" BLANKS);
    if (!*at) {
        return 0;
    }
    len = strcspn(at, "=;");
    name = vso_mime_trim(at, len, p);
    *pname = name;
    *pvalue = "";
    for (; *name; name++) {
        *name = (char)apr_tolower(*name);
    }
    at += len;
    if (*at == '=') {
        at++;
        at += strspn(at, BLANKS);
        if (*at == '"') {
            at++;
            *pvalue = read_quoted(&at, p);
        }
        else {
            len = strcspn(at, ";");
            *pvalue = vso_mime_trim(at, len, p);
            at += len;
        }
    }
    *pat = at;
    return 1;
}

int vso_mime_is(const char *field, const char *type)
{
    apr_size_t len = strlen(type);

    return field && !strncasecmp(field, type, len) &&
           (type[len - 1] == '/' || !field[len] ||
            strchr(";" BLANKS, field[len]));
}

static int ends(const char *text, const char *suffix)
{
    apr_size_t len = strlen(text);
    apr_size_t tail = strlen(suffix);

    return len >= tail && !strcasecmp(text + len - tail, suffix);
}

int vso_mime_filename_ends(const char *field, const char *suffix, apr_pool_t *p)
{
    const char *value;
    const char *name;
    char *plain;

    while (field && vso_mime_next(&field, &name, &value, p)) {
        if (strcmp(name, "filename") && strcmp(name, "filename*")) {
            continue;
        }
        /* RFC 8187 writes any character as %XX; some do so without the '*' */
        plain = apr_palloc(p, strlen(value) + 1);
        if (ends(value, suffix) ||
            (apr_unescape_url(plain, value, APR_ESCAPE_STRING, NULL, NULL, 0,
                              NULL) == APR_SUCCESS &&
             ends(plain, suffix))) {
            return 1;
        }
    }
    return 0;
}
