/* SPDX-License-Identifier: Apache-2.0 */
#include "package/properties.h"

#include <string.h>

#include "package/xml_scan.h"

/** Units from..to of a document. */
typedef struct {
    apr_size_t from;
    apr_size_t to;
} span_t;

static int is_space(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/** The next attribute of the start tag at *pat, with the blanks in front of
 * it. The document is known to be well-formed. @return 0 at the tag's end */
static int next_attribute(const vso_xml_units_t *units, apr_size_t end,
                          apr_size_t *pat, span_t *whole, span_t *name)
{
    apr_size_t at = *pat;
    unsigned char quote;

    whole->from = at;
    while (at < end && is_space(vso_xml_unit(units, at))) {
        at++;
    }
    name->from = at;
    while (at < end && !is_space(vso_xml_unit(units, at)) &&
           vso_xml_unit(units, at) != '=') {
        at++;
    }
    name->to = at;
    while (at < end && vso_xml_unit(units, at) != '"' &&
           vso_xml_unit(units, at) != '\'') {
        at++;
    }
    if (at >= end) {
        return 0;
    }
    quote = vso_xml_unit(units, at);
    do {
        at++;
    } while (at < end && vso_xml_unit(units, at) != quote);
    whole->to = at + 1;
    *pat = at + 1;
    return 1;
}

static int is_name(const vso_xml_units_t *units, const span_t *span,
                   const char *name)
{
    apr_size_t i = span->from;

    while (i < span->to && *name &&
           vso_xml_unit(units, i) == (unsigned char)*name) {
        i++;
        name++;
    }
    return i == span->to && !*name;
}

/** Where the attribute stands; empty at the end of the root's name where it
 * does not. */
static span_t find_attribute(const vso_xml_units_t *units,
                             const vso_xml_scan_t *scan, const char *name)
{
    span_t none = {scan->name_end, scan->name_end};
    apr_size_t at = scan->name_end;
    span_t whole;
    span_t called;

    while (next_attribute(units, scan->tag_end, &at, &whole, &called)) {
        if (is_name(units, &called, name)) {
            return whole;
        }
    }
    return none;
}

static char *put_bytes(char *to, const void *data, apr_size_t len)
{
    memcpy(to, data, len);
    return to + len;
}

/** Write ASCII in the document's encoding. */
static char *put_text(char *to, const vso_xml_units_t *units, const char *text)
{
    for (; *text; text++) {
        if (units->width == 2 && !units->little) {
            *to++ = '\0';
        }
        *to++ = *text;
        if (units->width == 2 && units->little) {
            *to++ = '\0';
        }
    }
    return to;
}

/** Values and names are those of allowed-operations and the like: letters,
 * digits and a few signs, which need no escaping in any encoding. */
static int is_plain(const char *text)
{
    return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                        "0123456789-_.:, ") == strlen(text);
}

apr_status_t vso_xml_set_attribute(const char *data, apr_size_t len,
                                   const char *file, const char *name,
                                   const char *value, char **pdata,
                                   apr_size_t *plen, vso_result_t *res,
                                   apr_pool_t *p)
{
    const unsigned char *bytes = (const unsigned char *)data;
    vso_xml_units_t units;
    vso_xml_scan_t scan = {0};
    vso_xml_t *xml;
    apr_pool_t *work;
    apr_size_t from;
    apr_size_t to;
    apr_status_t rv;
    span_t span;
    char *out;
    char *at;

    if (!is_plain(name) || (value && !is_plain(value))) {
        return vso_fail(res, VSO_P_INTERNAL, file,
                        "an attribute of \"%s\" would need escaping", file);
    }
    apr_pool_create(&work, p);
    rv = vso_xml_parse(data, len, file, &xml, res, work);
    apr_pool_destroy(work);
    if (rv == APR_SUCCESS) {
        rv = vso_xml_units(data, len, file, &units, res);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_xml_scan(&units, file, &scan, res);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    span = find_attribute(&units, &scan, name);
    from = units.mark + span.from * (apr_size_t)units.width;
    to = units.mark + span.to * (apr_size_t)units.width;
    out = apr_palloc(p, len + 1 +
                            2 * (strlen(name) + (value ? strlen(value) : 0) +
                                 sizeof(" =\"\"")));
    at = put_bytes(out, bytes, from);
    if (value) {
        at = put_text(at, &units, " ");
        at = put_text(at, &units, name);
        at = put_text(at, &units, "=\"");
        at = put_text(at, &units, value);
        at = put_text(at, &units, "\"");
    }
    at = put_bytes(at, bytes + to, len - to);
    *at = '\0';
    *plen = (apr_size_t)(at - out);
    *pdata = out;
    return APR_SUCCESS;
}
