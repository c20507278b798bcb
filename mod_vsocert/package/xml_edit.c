/* SPDX-License-Identifier: Apache-2.0 */
#include "package/xml.h"

#include <string.h>

#include <apr_strings.h>

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
static int next_attribute(const vso_encoding_t *encoding, apr_size_t end,
                          apr_size_t *pat, span_t *whole, span_t *name)
{
    apr_size_t at = *pat;
    unsigned char quote;

    whole->from = at;
    while (at < end && is_space(vso_encoding_unit(encoding, at))) {
        at++;
    }
    name->from = at;
    while (at < end && !is_space(vso_encoding_unit(encoding, at)) &&
           vso_encoding_unit(encoding, at) != '=') {
        at++;
    }
    name->to = at;
    while (at < end && vso_encoding_unit(encoding, at) != '"' &&
           vso_encoding_unit(encoding, at) != '\'') {
        at++;
    }
    if (at >= end) {
        return 0;
    }
    quote = vso_encoding_unit(encoding, at);
    do {
        at++;
    } while (at < end && vso_encoding_unit(encoding, at) != quote);
    whole->to = at + 1;
    *pat = at + 1;
    return 1;
}

static int is_name(const vso_encoding_t *encoding, const span_t *span,
                   const char *name)
{
    apr_size_t i = span->from;

    while (i < span->to && *name &&
           vso_encoding_unit(encoding, i) == (unsigned char)*name) {
        i++;
        name++;
    }
    return i == span->to && !*name;
}

/** Where the attribute stands; empty at the end of the root's name where it
 * does not. */
static span_t find_attribute(const vso_xml_t *xml, const char *name)
{
    const vso_encoding_t *encoding = vso_xml_encoding(xml);
    const vso_xml_tag_t *tag = vso_xml_root_tag(xml);
    span_t none = {tag->name_end, tag->name_end};
    apr_size_t at = tag->name_end;
    span_t whole;
    span_t called;

    while (next_attribute(encoding, tag->end, &at, &whole, &called)) {
        if (is_name(encoding, &called, name)) {
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
static char *put_text(char *to, const vso_encoding_t *encoding,
                      const char *text)
{
    for (; *text; text++) {
        if (encoding->width == 2 && !encoding->little) {
            *to++ = '\0';
        }
        *to++ = *text;
        if (encoding->width == 2 && encoding->little) {
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

apr_status_t vso_xml_set_attribute(const vso_xml_t *xml, const char *name,
                                   const char *value, vso_xml_bytes_t *changed,
                                   vso_result_t *res, apr_pool_t *p)
{
    const vso_encoding_t *encoding = vso_xml_encoding(xml);
    apr_size_t width = (apr_size_t)encoding->width;
    span_t span = find_attribute(xml, name);
    apr_size_t from = encoding->mark + span.from * width;
    apr_size_t behind = (encoding->count - span.to) * width;
    const char *text =
        value ? apr_pstrcat(p, " ", name, "=\"", value, "\"", NULL) : "";
    char *data;
    char *at;

    if (!is_plain(name) || (value && !is_plain(value))) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "an attribute would need escaping");
    }
    data = apr_palloc(p, from + strlen(text) * width + behind + 1);
    at = put_bytes(data, encoding->data - encoding->mark, from);
    at = put_text(at, encoding, text);
    at = put_bytes(at, encoding->data + span.to * width, behind);
    *at = '\0';
    changed->data = data;
    changed->len = (apr_size_t)(at - data);
    return APR_SUCCESS;
}
