/* SPDX-License-Identifier: Apache-2.0 */
#include "package/xml_scan.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/limits.h"
#include "base/utf8.h"

/** Where a walk stands. */
typedef struct {
    const vso_xml_units_t *units;
    vso_xml_scan_t *scan;
    apr_size_t at;
    int depth;
    int nodes;
    int root; /**< its start tag was seen */
} walk_t;

apr_status_t vso_xml_bad(const char *file, const char *wrong, vso_result_t *res)
{
    return vso_fail(res, VSO_P_BAD_XML, file,
                    "\"%s\" %s. Have it made anew by its author.", file, wrong);
}

unsigned char vso_xml_unit(const vso_xml_units_t *units, apr_size_t i)
{
    const unsigned char *unit = units->data + i * (apr_size_t)units->width;

    if (units->width == 2) {
        unsigned char high = unit[units->little ? 1 : 0];
        unsigned char low = unit[units->little ? 0 : 1];

        return high || low >= 0x80 ? 0xff : low;
    }
    return unit[0] >= 0x80 ? 0xff : unit[0];
}

static int looks_at(const vso_xml_units_t *units, apr_size_t at,
                    const char *text)
{
    for (; *text; text++, at++) {
        if (at >= units->count ||
            vso_xml_unit(units, at) != (unsigned char)*text) {
            return 0;
        }
    }
    return 1;
}

/** Position of text at or behind `at`; count where there is none. */
static apr_size_t find(const vso_xml_units_t *units, apr_size_t at,
                       const char *text)
{
    while (at < units->count && !looks_at(units, at, text)) {
        at++;
    }
    return at;
}

static int is_space(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/** The encoding that a declaration names, upper case; "" where it names
 * none. */
static void declared_encoding(const vso_xml_units_t *units, char *name,
                              apr_size_t size)
{
    apr_size_t end = find(units, 0, "?>");
    apr_size_t at = find(units, 0, "encoding");
    apr_size_t n = 0;

    while (at < end && vso_xml_unit(units, at) != '"' &&
           vso_xml_unit(units, at) != '\'') {
        at++;
    }
    at++;
    while (at < end && n + 1 < size && vso_xml_unit(units, at) != '"' &&
           vso_xml_unit(units, at) != '\'') {
        name[n++] = (char)apr_toupper(vso_xml_unit(units, at));
        at++;
    }
    name[n] = '\0';
}

static int only_ascii(const vso_xml_units_t *units)
{
    apr_size_t i = 0;

    while (i < units->count && vso_xml_unit(units, i) < 0x80) {
        i++;
    }
    return i == units->count;
}

/** A file without mark is UTF-8: nothing else may be declared, but what is the
 * same for the text that stands there. */
static apr_status_t check_declared(const vso_xml_units_t *units,
                                   const char *file, vso_result_t *res)
{
    char name[32];

    if (!looks_at(units, 0, "<?xml")) {
        return APR_SUCCESS;
    }
    declared_encoding(units, name, sizeof(name));
    if (!name[0] || !strcmp(name, "UTF-8")) {
        return APR_SUCCESS;
    }
    if (strncmp(name, "UTF-", 4) && only_ascii(units)) {
        return APR_SUCCESS;
    }
    return vso_xml_bad(file,
                       "declares another encoding than it has: without a "
                       "byte-order mark it must be UTF-8",
                       res);
}

apr_status_t vso_xml_units(const char *data, apr_size_t len, const char *file,
                           vso_xml_units_t *units, vso_result_t *res)
{
    const unsigned char *bytes = (const unsigned char *)data;

    memset(units, 0, sizeof(*units));
    units->width = 1;
    if (len > VSO_MAX_XML) {
        return vso_fail(res, VSO_P_TOO_LARGE, file,
                        "\"%s\" has %" APR_SIZE_T_FMT
                        " bytes; XML of at most %d is read.",
                        file, len, VSO_MAX_XML);
    }
    if (len >= 2 && ((bytes[0] == 0xfe && bytes[1] == 0xff) ||
                     (bytes[0] == 0xff && bytes[1] == 0xfe))) {
        units->width = 2;
        units->little = bytes[0] == 0xff;
        units->mark = 2;
    }
    else if (len >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3)) {
        units->mark = 3;
    }
    else if (len >= 2 && (bytes[0] == 0 || bytes[1] == 0)) {
        return vso_xml_bad(file, "is UTF-16 without a byte-order mark", res);
    }
    units->data = bytes + units->mark;
    len -= units->mark;
    if (len % (apr_size_t)units->width) {
        return vso_xml_bad(file, "ends in half a character", res);
    }
    units->count = len / (apr_size_t)units->width;
    return units->mark ? APR_SUCCESS : check_declared(units, file, res);
}

/* apr_xml takes ":name" for "name": one of two attributes would be hidden. */
static const char empty_prefix[] = "has a name that begins with a colon";

/** Behind the '>' that ends a tag or a DOCTYPE, quotes regarded; what is
 * between counts as nodes. NULL, or what is wrong. */
static const char *skip_tag(walk_t *walk)
{
    const vso_xml_units_t *units = walk->units;
    unsigned char quote = 0;

    for (; walk->at < units->count; walk->at++) {
        unsigned char c = vso_xml_unit(units, walk->at);

        if (quote) {
            quote = c == quote ? 0 : quote;
        }
        else if (c == '"' || c == '\'') {
            quote = c;
        }
        else if (c == '=') {
            walk->nodes++;
        }
        else if (c == '>') {
            walk->at++;
            return NULL;
        }
        else if (c == '<' || c == '[') {
            return "is not well-formed, or declares entities";
        }
        else if (c == ':' && is_space(vso_xml_unit(units, walk->at - 1))) {
            return empty_prefix;
        }
    }
    return "is cut";
}

static const char *skip_to(walk_t *walk, apr_size_t from, const char *text)
{
    walk->at = find(walk->units, from, text);
    if (walk->at >= walk->units->count) {
        return "is cut";
    }
    walk->at += strlen(text);
    return NULL;
}

/** "<?", "<!", at walk->at. */
static const char *scan_other(walk_t *walk)
{
    const vso_xml_units_t *units = walk->units;
    apr_size_t at = walk->at;
    const char *wrong;
    apr_size_t i;

    if (looks_at(units, at, "<?")) {
        wrong = skip_to(walk, at, "?>");
        if (!wrong && at == 0 && looks_at(units, 0, "<?xml") &&
            is_space(vso_xml_unit(units, 5))) {
            walk->scan->declared_end = walk->at;
        }
        return wrong;
    }
    if (looks_at(units, at, "<!--")) {
        return skip_to(walk, at + 4, "-->");
    }
    if (looks_at(units, at, "<![CDATA[")) {
        wrong = skip_to(walk, at + 9, "]]>");
        for (i = at; !wrong && i < walk->at; i++) {
            walk->nodes += vso_xml_unit(units, i) == '\n' ||
                           vso_xml_unit(units, i) == '\r';
        }
        return wrong;
    }
    if (looks_at(units, at, "<!DOCTYPE") && !walk->root) {
        walk->at += 9;
        return skip_tag(walk);
    }
    return "declares entities, or is not well-formed";
}

static const char *scan_element(walk_t *walk)
{
    const vso_xml_units_t *units = walk->units;
    int closing = looks_at(units, walk->at, "</");
    const char *wrong;

    if (looks_at(units, walk->at + (closing ? 2 : 1), ":")) {
        return empty_prefix;
    }
    if (!walk->root) {
        apr_size_t i = walk->at + 1;

        while (i < units->count && !is_space(vso_xml_unit(units, i)) &&
               vso_xml_unit(units, i) != '>' && vso_xml_unit(units, i) != '/') {
            i++;
        }
        walk->scan->name_end = i;
        walk->at = i;
    }
    else {
        walk->at++;
    }
    wrong = skip_tag(walk);
    if (wrong) {
        return wrong;
    }
    if (closing) {
        walk->depth--;
    }
    else {
        int empty = vso_xml_unit(units, walk->at - 2) == '/';

        if (!walk->root) {
            walk->scan->tag_end = walk->at - (empty ? 2 : 1);
        }
        if (walk->depth >= VSO_MAX_XML_DEPTH) {
            return "is nested too deep";
        }
        walk->depth += empty ? 0 : 1;
    }
    walk->root = 1;
    return walk->depth < 0 ? "is not well-formed" : NULL;
}

apr_status_t vso_xml_scan(const vso_xml_units_t *units, const char *file,
                          vso_xml_scan_t *scan, vso_result_t *res)
{
    walk_t walk = {units, scan, 0, 0, 0, 0};
    const char *wrong = NULL;

    memset(scan, 0, sizeof(*scan));
    while (!wrong && walk.at < units->count) {
        unsigned char c = vso_xml_unit(units, walk.at);

        /* each of these is one allocation of the parser */
        walk.nodes += c == '<' || c == '&' || c == '\n' || c == '\r';
        if (c != '<') {
            walk.at++;
        }
        else if (looks_at(units, walk.at, "<!") ||
                 looks_at(units, walk.at, "<?")) {
            wrong = scan_other(&walk);
        }
        else {
            wrong = scan_element(&walk);
        }
        if (!wrong && walk.nodes > VSO_MAX_XML_NODES) {
            wrong = "has too many elements, attributes and lines";
        }
    }
    if (!wrong && (!walk.root || walk.depth)) {
        wrong = walk.root ? "is cut" : "is no XML";
    }
    return wrong ? vso_xml_bad(file, wrong, res) : APR_SUCCESS;
}

/** Bytes of a character; written where `to` is not NULL. */
static apr_size_t put_utf8(char *to, apr_uint32_t c)
{
    apr_size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    apr_size_t i;

    for (i = len - 1; to && i > 0; i--) {
        to[i] = (char)(0x80 | (c & 0x3f));
        c >>= 6;
    }
    if (to) {
        to[0] = (char)(lead[len] | c);
    }
    return len;
}

static apr_uint32_t whole_unit(const vso_xml_units_t *units, apr_size_t i)
{
    const unsigned char *unit = units->data + 2 * i;

    return units->little ? (apr_uint32_t)(unit[0] | unit[1] << 8)
                         : (apr_uint32_t)(unit[0] << 8 | unit[1]);
}

/** Convert from unit i on. @return bytes, which are written where out is not
 * NULL; 0 where a surrogate stands alone */
static apr_size_t from_utf16(const vso_xml_units_t *units, apr_size_t i,
                             char *out)
{
    apr_size_t n = 0;

    for (; i < units->count; i++) {
        apr_uint32_t c = whole_unit(units, i);

        if (c >= 0xd800 && c < 0xe000) {
            apr_uint32_t low =
                i + 1 < units->count ? whole_unit(units, i + 1) : 0;

            if (c >= 0xdc00 || low < 0xdc00 || low >= 0xe000) {
                return 0;
            }
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            i++;
        }
        n += put_utf8(out ? out + n : NULL, c);
    }
    return n;
}

apr_status_t vso_xml_utf8(const vso_xml_units_t *units,
                          const vso_xml_scan_t *scan, const char *file,
                          const char **ptext, apr_size_t *plen,
                          vso_result_t *res, apr_pool_t *p)
{
    const char *text = (const char *)units->data + scan->declared_end;
    apr_size_t len = units->count - scan->declared_end;

    if (units->width == 2) {
        /* counted first: most is ASCII, of half the size */
        char *out;

        len = from_utf16(units, scan->declared_end, NULL);
        out = apr_palloc(p, len + 1);
        text = out;
        from_utf16(units, scan->declared_end, len ? out : NULL);
    }
    else if (!vso_utf8_valid(text, len)) {
        len = 0;
    }
    if (!len || memchr(text, '\0', len)) {
        return vso_xml_bad(file,
                           units->width == 2 ? "is not valid UTF-16"
                                             : "is not valid UTF-8",
                           res);
    }
    *ptext = text;
    *plen = len;
    return APR_SUCCESS;
}
