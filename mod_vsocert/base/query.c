/* SPDX-License-Identifier: Apache-2.0 */
#include "base/query.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/utf8.h"

/** The value of a hexadecimal digit. */
static int digit(char c)
{
    return apr_isdigit(c) ? c - '0' : apr_tolower(c) - 'a' + 10;
}

/** Undo the encoding of a name or a value. @return NULL; or what is wrong */
static const char *decode(const char *from, apr_size_t len, const char **ptext,
                          apr_pool_t *p)
{
    char *text = apr_palloc(p, len + 1);
    const char *end = from + len;
    char *to = text;

    for (; from < end; from++) {
        if (*from != '%') {
            *to++ = *from == '+' ? ' ' : *from;
            continue;
        }
        if (end - from < 3 || !apr_isxdigit(from[1]) ||
            !apr_isxdigit(from[2])) {
            return "has a % without two hexadecimal digits behind it";
        }
        *to++ = (char)(digit(from[1]) << 4 | digit(from[2]));
        from += 2;
    }
    *to = '\0';
    if (strlen(text) != (apr_size_t)(to - text) || !vso_utf8_printable(text)) {
        return "holds a control character or bytes that are not UTF-8";
    }
    *ptext = text;
    return NULL;
}

/** 1 when name is an item of the comma-separated list. */
static int is_known(const char *list, const char *name)
{
    apr_size_t len = strlen(name);
    apr_size_t item;

    for (; *list; list += item + (list[item] == ',')) {
        item = strcspn(list, ",");
        if (item == len && !memcmp(list, name, len)) {
            return 1;
        }
    }
    return 0;
}

/** @param len  of one name=value pair */
static apr_status_t read_pair(const char *pair, apr_size_t len,
                              const char *known, apr_table_t *query,
                              vso_result_t *res, apr_pool_t *p)
{
    const char *equals = memchr(pair, '=', len);
    const char *end = equals ? equals : pair + len;
    const char *name = "";
    const char *value = "";
    const char *wrong = decode(pair, (apr_size_t)(end - pair), &name, p);

    if (wrong) {
        return vso_fail(res, VSO_P_MALFORMED, "query",
                        "The name of a parameter %s.", wrong);
    }
    if (!*name) {
        return vso_fail(res, VSO_P_MALFORMED, "query",
                        "A parameter has no name.");
    }
    if (!is_known(known, name)) {
        return vso_fail(res, VSO_P_MALFORMED, name,
                        "The parameter \"%.64s\" is not known here.", name);
    }
    if (!equals) {
        return vso_fail(res, VSO_P_MALFORMED, name,
                        "The parameter \"%s\" has no value: write %s=...", name,
                        name);
    }
    if (apr_table_get(query, name)) {
        return vso_fail(res, VSO_P_MALFORMED, name,
                        "The parameter \"%s\" is there more than once.", name);
    }
    equals++;
    wrong = decode(equals, len - (apr_size_t)(equals - pair), &value, p);
    if (wrong) {
        return vso_fail(res, VSO_P_MALFORMED, name,
                        "The value of the parameter \"%s\" %s.", name, wrong);
    }
    apr_table_setn(query, name, value);
    return APR_SUCCESS;
}

apr_status_t vso_query_parse(const char *text, const char *known,
                             apr_table_t **pquery, vso_result_t *res,
                             apr_pool_t *p)
{
    apr_table_t *query = apr_table_make(p, 4);
    const char *at = text ? text : "";
    apr_size_t len;

    while (*at) {
        len = strcspn(at, "&");
        if (read_pair(at, len, known, query, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        at += len;
        if (*at && !*++at) {
            return vso_fail(res, VSO_P_MALFORMED, "query",
                            "Nothing follows the last '&' of the query.");
        }
    }
    *pquery = query;
    return APR_SUCCESS;
}
