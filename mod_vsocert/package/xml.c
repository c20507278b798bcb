/* SPDX-License-Identifier: Apache-2.0 */
#include "package/properties.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_xml.h>

#include "base/limits.h"
#include "package/xml_scan.h"

struct vso_xml_t {
    apr_xml_elem *root;
};

apr_status_t vso_xml_parse(const char *data, apr_size_t len, const char *file,
                           vso_xml_t **pxml, vso_result_t *res, apr_pool_t *p)
{
    vso_xml_t *xml = apr_pcalloc(p, sizeof(*xml));
    apr_xml_parser *parser;
    apr_xml_doc *doc = NULL;
    vso_xml_units_t units;
    vso_xml_scan_t scan = {0};
    apr_pool_t *work = NULL;
    apr_size_t text_len = 0;
    apr_status_t rv;
    const char *text = NULL;
    char error[128];

    apr_pool_create(&work, p);
    rv = vso_xml_units(data, len, file, &units, res);
    if (rv == APR_SUCCESS) {
        rv = vso_xml_scan(&units, file, &scan, res);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_xml_utf8(&units, &scan, file, &text, &text_len, res, work);
    }
    if (rv != APR_SUCCESS) {
        goto leave;
    }
    parser = apr_xml_parser_create(p);
    rv = apr_xml_parser_feed(parser, text, text_len);
    if (rv == APR_SUCCESS) {
        rv = apr_xml_parser_done(parser, &doc);
    }
    if (rv != APR_SUCCESS) {
        apr_xml_parser_geterror(parser, error, sizeof(error));
        apr_xml_parser_done(parser, NULL);
        rv = vso_fail(res, VSO_P_BAD_XML, file,
                      "\"%s\" is not well-formed: %s. Have it made anew by its "
                      "author.",
                      file, error);
        goto leave;
    }
    xml->root = doc->root;
    *pxml = xml;

leave:
    apr_pool_destroy(work);
    return rv;
}

const char *vso_xml_root(const vso_xml_t *xml)
{
    return xml->root->name;
}

static const char *attribute(const apr_xml_elem *elem, const char *name)
{
    const apr_xml_attr *attr = elem->attr;

    while (attr && (attr->ns != APR_XML_NS_NONE || strcmp(attr->name, name))) {
        attr = attr->next;
    }
    return attr ? attr->value : NULL;
}

const char *vso_xml_attribute(const vso_xml_t *xml, const char *name)
{
    return attribute(xml->root, name);
}

/** The element behind elem in document order; NULL at the end. */
static apr_xml_elem *next_element(apr_xml_elem *elem)
{
    if (elem->first_child) {
        return elem->first_child;
    }
    while (elem && !elem->next) {
        elem = elem->parent;
    }
    return elem ? elem->next : NULL;
}

static apr_xml_elem *find(apr_xml_elem *elem, const char *name)
{
    while (elem && strcmp(elem->name, name)) {
        elem = next_element(elem);
    }
    return elem;
}

/** Text in front of the first child, which is all for those that are asked
 * for. */
static const char *text_of(const apr_xml_elem *elem, apr_pool_t *p)
{
    const apr_text *part;
    apr_size_t len = 0;
    char *text;
    char *to;

    for (part = elem->first_cdata.first; part; part = part->next) {
        len += strlen(part->text);
    }
    text = to = apr_palloc(p, len + 1);
    for (part = elem->first_cdata.first; part; part = part->next) {
        apr_size_t n = strlen(part->text);

        memcpy(to, part->text, n);
        to += n;
    }
    *to = '\0';
    return text;
}

const char *vso_xml_text(const vso_xml_t *xml, const char *element,
                         apr_pool_t *p)
{
    const apr_xml_elem *elem = find(next_element(xml->root), element);

    return elem ? text_of(elem, p) : NULL;
}

apr_array_header_t *vso_xml_attributes(const vso_xml_t *xml,
                                       const char *element, const char *name,
                                       apr_pool_t *p)
{
    apr_array_header_t *values = apr_array_make(p, 4, sizeof(const char *));
    apr_xml_elem *elem = find(xml->root, element);

    while (elem) {
        const char *value = attribute(elem, name);

        if (value) {
            APR_ARRAY_PUSH(values, const char *) = value;
        }
        elem = find(next_element(elem), element);
    }
    return values;
}

int vso_xml_flat(const vso_xml_t *xml, const char *one, const char *two)
{
    const apr_xml_elem *elem = xml->root->first_child;

    while (elem && !elem->first_child &&
           (!strcmp(elem->name, one) || !strcmp(elem->name, two))) {
        elem = elem->next;
    }
    return elem == NULL;
}

apr_array_header_t *vso_xml_texts(const vso_xml_t *xml, const char *element,
                                  apr_pool_t *p)
{
    apr_array_header_t *texts = apr_array_make(p, 4, sizeof(const char *));
    apr_xml_elem *elem = find(xml->root, element);

    while (elem) {
        APR_ARRAY_PUSH(texts, const char *) = text_of(elem, p);
        elem = find(next_element(elem), element);
    }
    return texts;
}
