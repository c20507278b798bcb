/* SPDX-License-Identifier: Apache-2.0 */
#include "package/xml.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>
#include <expat.h>

#include "base/limits.h"

/* Between a namespace and a local name; no name has it. */
#define SEPARATOR '\n'

/** An element. */
typedef struct {
    const char *name;        /**< the local one */
    const char **attributes; /**< name, value, ..., NULL */
    const char *text;        /**< in front of the first child */
    int depth;               /**< 1: the root */
} element_t;

struct vso_xml_t {
    apr_array_header_t *elements; /**< element_t, document order */
    vso_encoding_t encoding;
    vso_xml_tag_t root_tag;
};

/** A document while it is parsed. */
typedef struct {
    vso_xml_t *xml;
    XML_Parser expat;
    const char *wrong; /**< why it is refused; NULL: it is not */
    int depth;
    int nodes;
    int in_text; /**< the last element's text may go on */
    char *text;  /**< of the last element; as large as the document */
    apr_size_t text_len;
    apr_pool_t *p;
} parse_t;

static void refuse(parse_t *parse, const char *wrong)
{
    if (!parse->wrong) {
        parse->wrong = wrong;
        XML_StopParser(parse->expat, XML_FALSE);
    }
}

/** What becomes a piece of memory. */
static void count_nodes(parse_t *parse, int nodes)
{
    parse->nodes += nodes;
    if (parse->nodes > VSO_MAX_XML_NODES) {
        refuse(parse, "has too many elements, attributes and lines");
    }
}

static const char *local_name(const char *name)
{
    const char *separator = strrchr(name, SEPARATOR);

    return separator ? separator + 1 : name;
}

static int only_ascii(const vso_encoding_t *encoding)
{
    apr_size_t i = 0;

    while (i < encoding->count && vso_encoding_unit(encoding, i) < 0x80) {
        i++;
    }
    return i == encoding->count;
}

/** A document without mark is UTF-8: nothing else may be declared, but what is
 * the same for the text that stands there. */
static void on_declaration(void *data, const char *version,
                           const char *encoding, int standalone)
{
    parse_t *parse = data;

    (void)version;
    (void)standalone;
    if (parse->xml->encoding.mark || !encoding ||
        !apr_cstr_casecmp(encoding, "UTF-8")) {
        return;
    }
    if (!apr_cstr_casecmpn(encoding, "UTF-", 4) ||
        !only_ascii(&parse->xml->encoding)) {
        refuse(parse, "declares another encoding than it has: without a "
                      "byte-order mark it must be UTF-8");
    }
}

static void on_doctype(void *data, const char *name, const char *system_id,
                       const char *public_id, int has_declarations)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    if (has_declarations) {
        refuse(data, "has a DOCTYPE with declarations");
    }
}

/** Attributes in no namespace; those in one are never asked for. */
static const char **copy_attributes(const char **attributes, apr_pool_t *p)
{
    const char **copy;
    int n = 0;
    int i;

    while (attributes[n]) {
        n++;
    }
    copy = apr_palloc(p, ((apr_size_t)n + 1) * sizeof(*copy));
    for (i = n = 0; attributes[i]; i += 2) {
        if (!strchr(attributes[i], SEPARATOR)) {
            copy[n++] = apr_pstrdup(p, attributes[i]);
            copy[n++] = apr_pstrdup(p, attributes[i + 1]);
        }
    }
    copy[n] = NULL;
    return copy;
}

/** The last element has all of its text. */
static void end_text(parse_t *parse)
{
    apr_array_header_t *elements = parse->xml->elements;

    if (parse->in_text) {
        APR_ARRAY_IDX(elements, elements->nelts - 1, element_t).text =
            apr_pstrmemdup(parse->p, parse->text, parse->text_len);
        parse->text_len = 0;
        parse->in_text = 0;
    }
}

/** Units in front of what expat reports. */
static apr_size_t units_before(const parse_t *parse)
{
    const vso_encoding_t *encoding = &parse->xml->encoding;
    apr_size_t bytes = (apr_size_t)XML_GetCurrentByteIndex(parse->expat);

    return (bytes - encoding->mark) / (apr_size_t)encoding->width;
}

/** expat reports the root's start tag. */
static void find_root_tag(parse_t *parse)
{
    const vso_encoding_t *encoding = &parse->xml->encoding;
    vso_xml_tag_t *tag = &parse->xml->root_tag;
    apr_size_t bytes = (apr_size_t)XML_GetCurrentByteCount(parse->expat);

    tag->name_end = units_before(parse);
    tag->end = tag->name_end + bytes / (apr_size_t)encoding->width - 1;
    if (vso_encoding_unit(encoding, tag->end - 1) == '/') {
        tag->end--;
    }
    while (tag->name_end < tag->end &&
           !strchr(" \t\r\n", vso_encoding_unit(encoding, tag->name_end))) {
        tag->name_end++;
    }
}

static void on_start(void *data, const char *name, const char **attributes)
{
    parse_t *parse = data;
    element_t *element;

    if (parse->wrong) {
        return;
    }
    end_text(parse);
    if (++parse->depth > VSO_MAX_XML_DEPTH) {
        refuse(parse, "is nested too deep");
        return;
    }
    if (parse->depth == 1) {
        find_root_tag(parse);
    }
    element = apr_array_push(parse->xml->elements);
    element->name = apr_pstrdup(parse->p, local_name(name));
    element->attributes = copy_attributes(attributes, parse->p);
    element->text = "";
    element->depth = parse->depth;
    parse->in_text = 1;
    count_nodes(parse, 1 + XML_GetSpecifiedAttributeCount(parse->expat) / 2);
}

static void on_end(void *data, const char *name)
{
    parse_t *parse = data;

    (void)name;
    end_text(parse);
    parse->depth--;
}

static void on_namespace(void *data, const char *prefix, const char *uri)
{
    (void)prefix;
    (void)uri;
    count_nodes(data, 1);
}

/** Each reference and each end of a line is a call of its own. */
static void on_text(void *data, const char *text, int len)
{
    parse_t *parse = data;
    unsigned char first =
        vso_encoding_unit(&parse->xml->encoding, units_before(parse));

    if (parse->in_text) {
        memcpy(parse->text + parse->text_len, text, (apr_size_t)len);
        parse->text_len += (apr_size_t)len;
    }
    if (first == '&' || first == '\n' || first == '\r') {
        count_nodes(parse, 1);
    }
}

static apr_status_t run(parse_t *parse, const char *data, apr_size_t len,
                        const char *file, vso_result_t *res)
{
    apr_pool_t *p = parse->p;
    enum XML_Status status;

    XML_SetUserData(parse->expat, parse);
    XML_SetXmlDeclHandler(parse->expat, on_declaration);
    XML_SetStartDoctypeDeclHandler(parse->expat, on_doctype);
    XML_SetElementHandler(parse->expat, on_start, on_end);
    XML_SetStartNamespaceDeclHandler(parse->expat, on_namespace);
    XML_SetCharacterDataHandler(parse->expat, on_text);
    status = XML_Parse(parse->expat, data, (int)len, XML_TRUE);
    if (!parse->wrong && status != XML_STATUS_OK) {
        parse->wrong =
            apr_psprintf(p, "is not well-formed in line %lu: %s",
                         (unsigned long)XML_GetCurrentLineNumber(parse->expat),
                         XML_ErrorString(XML_GetErrorCode(parse->expat)));
    }
    return parse->wrong ? vso_encoding_bad(file, parse->wrong, res)
                        : APR_SUCCESS;
}

apr_status_t vso_xml_parse(const char *data, apr_size_t len, const char *file,
                           vso_xml_t **pxml, vso_result_t *res, apr_pool_t *p)
{
    vso_xml_t *xml = apr_pcalloc(p, sizeof(*xml));
    parse_t parse = {xml, NULL, NULL, 0, 0, 0, NULL, 0, p};
    apr_pool_t *work;
    apr_status_t rv;

    if (len > VSO_MAX_XML) {
        return vso_fail(res, VSO_P_TOO_LARGE, file,
                        "\"%s\" has %" APR_SIZE_T_FMT
                        " bytes; XML of at most %d is read.",
                        file, len, VSO_MAX_XML);
    }
    rv = vso_encoding_find(data, len, file, &xml->encoding, res);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    xml->elements = apr_array_make(p, 16, sizeof(element_t));
    apr_pool_create(&work, p);
    /* UTF-8 is no longer than UTF-16 by more than half, and no reference is
     * shorter than its character */
    parse.text = apr_palloc(work, len + len / 2);
    parse.expat = XML_ParserCreateNS(
        xml->encoding.width == 2 ? "UTF-16" : "UTF-8", SEPARATOR);
    rv = run(&parse, data, len, file, res);
    XML_ParserFree(parse.expat);
    apr_pool_destroy(work);
    if (rv == APR_SUCCESS) {
        *pxml = xml;
    }
    return rv;
}

static const element_t *element_at(const vso_xml_t *xml, int i)
{
    return &APR_ARRAY_IDX(xml->elements, i, element_t);
}

static const char *attribute_of(const element_t *element, const char *name)
{
    const char **attribute = element->attributes;

    while (attribute[0] && strcmp(attribute[0], name)) {
        attribute += 2;
    }
    return attribute[0] ? attribute[1] : NULL;
}

const char *vso_xml_root(const vso_xml_t *xml)
{
    return element_at(xml, 0)->name;
}

const char *vso_xml_attribute(const vso_xml_t *xml, const char *name)
{
    return attribute_of(element_at(xml, 0), name);
}

const char *vso_xml_text(const vso_xml_t *xml, const char *element)
{
    int i;

    for (i = 1; i < xml->elements->nelts; i++) {
        if (!strcmp(element_at(xml, i)->name, element)) {
            return element_at(xml, i)->text;
        }
    }
    return NULL;
}

apr_array_header_t *vso_xml_attributes(const vso_xml_t *xml,
                                       const char *element,
                                       const char *attribute, apr_pool_t *p)
{
    apr_array_header_t *values = apr_array_make(p, 4, sizeof(const char *));
    int i;

    for (i = 0; i < xml->elements->nelts; i++) {
        const char *value = attribute_of(element_at(xml, i), attribute);

        if (value && !strcmp(element_at(xml, i)->name, element)) {
            APR_ARRAY_PUSH(values, const char *) = value;
        }
    }
    return values;
}

apr_array_header_t *vso_xml_texts(const vso_xml_t *xml, const char *element,
                                  apr_pool_t *p)
{
    apr_array_header_t *texts = apr_array_make(p, 4, sizeof(const char *));
    int i;

    for (i = 0; i < xml->elements->nelts; i++) {
        if (!strcmp(element_at(xml, i)->name, element)) {
            APR_ARRAY_PUSH(texts, const char *) = element_at(xml, i)->text;
        }
    }
    return texts;
}

int vso_xml_flat(const vso_xml_t *xml, const char *one, const char *two)
{
    int i;

    for (i = 1; i < xml->elements->nelts; i++) {
        const element_t *element = element_at(xml, i);

        if (element->depth > 2 ||
            (strcmp(element->name, one) && strcmp(element->name, two))) {
            return 0;
        }
    }
    return 1;
}

const vso_encoding_t *vso_xml_encoding(const vso_xml_t *xml)
{
    return &xml->encoding;
}

const vso_xml_tag_t *vso_xml_root_tag(const vso_xml_t *xml)
{
    return &xml->root_tag;
}
