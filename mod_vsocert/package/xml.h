/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What is wanted of the XML of packages: the root element and its attributes,
 * and texts and attributes of elements by their local name. Encodings are
 * those of encoding.h. expat parses. A DOCTYPE is accepted and nothing is
 * fetched for it; one that declares anything is refused, and with that every
 * entity but XML's own five. Size, depth and what a document would become in
 * memory are capped (VSO_MAX_XML, VSO_MAX_XML_DEPTH, VSO_MAX_XML_NODES).
 */
#ifndef VSO_XML_H
#define VSO_XML_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"
#include "package/encoding.h"

/** A parsed document. */
typedef struct vso_xml_t vso_xml_t;

/** A start tag among the units of its document. */
typedef struct {
    apr_size_t name_end; /**< behind the element's name */
    apr_size_t end;      /**< the '>' or "/>" that ends it */
} vso_xml_tag_t;

/** A changed document. */
typedef struct {
    const char *data;
    apr_size_t len;
} vso_xml_bytes_t;

/**
 * Parse a document.
 * @param data  outlives the document
 * @param file  its path, for error texts
 * @param res   BAD_XML: not well-formed, wrong encoding, declarations in the
 *              DOCTYPE, over VSO_MAX_XML_DEPTH or VSO_MAX_XML_NODES; TOO_LARGE
 *              over VSO_MAX_XML
 */
apr_status_t vso_xml_parse(const char *data, apr_size_t len, const char *file,
                           vso_xml_t **pxml, vso_result_t *res, apr_pool_t *p);

/** Name of the root element. */
const char *vso_xml_root(const vso_xml_t *xml);

/** Attribute of the root element, in no namespace; NULL where absent. */
const char *vso_xml_attribute(const vso_xml_t *xml, const char *name);

/** Text (CDATA too, up to the first child) of the first element of this name
 * below the root, at any depth; NULL where there is none. */
const char *vso_xml_text(const vso_xml_t *xml, const char *element);

/** Attributes `attribute` of all elements `element`, document order: the
 * category path. const char *. */
apr_array_header_t *vso_xml_attributes(const vso_xml_t *xml,
                                       const char *element,
                                       const char *attribute, apr_pool_t *p);

/** The texts of all elements of this name, document order. const char *. */
apr_array_header_t *vso_xml_texts(const vso_xml_t *xml, const char *element,
                                  apr_pool_t *p);

/** The root has children of these two names only, and they have none. */
int vso_xml_flat(const vso_xml_t *xml, const char *one, const char *two);

/** How the document is encoded. */
const vso_encoding_t *vso_xml_encoding(const vso_xml_t *xml);

/** Where the root element's start tag stands. */
const vso_xml_tag_t *vso_xml_root_tag(const vso_xml_t *xml);

/**
 * The same document with one attribute of its root element set: bytes outside
 * of it stay as they are, encoding and mark too.
 * @param name   and value: letters, digits, "-_.:, ", as rights are written
 * @param value  NULL removes it
 * @param res    INTERNAL: one of them has other characters
 */
apr_status_t vso_xml_set_attribute(const vso_xml_t *xml, const char *name,
                                   const char *value, vso_xml_bytes_t *changed,
                                   vso_result_t *res, apr_pool_t *p);

#endif
