/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The XML of packages: Java properties (java.util.Properties.loadFromXML) of
 * dunes-meta-inf, info and tags, and what is wanted of other documents (root
 * element and attributes of data; categories). UTF-8, and UTF-16 with a
 * byte-order mark in either order; the mark decides, and an encoding
 * declaration that says otherwise is accepted as Java's own writers leave it
 * (UTF-16 without mark is refused). apr_xml parses. A DOCTYPE is
 * accepted, nothing is fetched, an entity declaration is refused; depth and
 * size are capped (VSO_MAX_XML_DEPTH, VSO_MAX_XML).
 */
#ifndef VSO_PROPERTIES_H
#define VSO_PROPERTIES_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"

/**
 * Parse properties.
 * @param file    its path, for error texts
 * @param ptable  key -> value, in the file's order, case-sensitive keys kept
 *                as they are; a value may be ""
 * @param res     BAD_XML: not well-formed, not <properties>, an entry without
 *                key, a key twice, entities, too deep, wrong encoding mark
 */
apr_status_t vso_properties_parse(const char *data, apr_size_t len,
                                  const char *file, apr_table_t **ptable,
                                  vso_result_t *res, apr_pool_t *p);

/** As a Java server writes them: UTF-8 with DOCTYPE, entries in order. */
const char *vso_properties_write(const apr_table_t *table, apr_pool_t *p);

/** What is wanted of a document. */
typedef struct vso_xml_t vso_xml_t;

/** Parse any document under the same rules. @param res BAD_XML */
apr_status_t vso_xml_parse(const char *data, apr_size_t len, const char *file,
                           vso_xml_t **pxml, vso_result_t *res, apr_pool_t *p);

/** Name of the root element. */
const char *vso_xml_root(const vso_xml_t *xml);

/** Attribute of the root element; NULL where absent. */
const char *vso_xml_attribute(const vso_xml_t *xml, const char *name);

/** Text (CDATA too, up to the first child) of the first element of this name
 * below the root, at any depth; NULL where there is none. */
const char *vso_xml_text(const vso_xml_t *xml, const char *element,
                         apr_pool_t *p);

/** Attributes `attribute` of all elements `element`, document order: the
 * category path. const char *. */
apr_array_header_t *vso_xml_attributes(const vso_xml_t *xml,
                                       const char *element,
                                       const char *attribute, apr_pool_t *p);

/** The root has children of these two names only, and they have none. */
int vso_xml_flat(const vso_xml_t *xml, const char *one, const char *two);

/** The texts of all elements of this name, document order. const char *. */
apr_array_header_t *vso_xml_texts(const vso_xml_t *xml, const char *element,
                                  apr_pool_t *p);

/**
 * The same document with one attribute of its root element set: bytes outside
 * of it stay as they are, encoding and mark too.
 * @param name   and value: letters, digits, "-_.:, ", as rights are written
 * @param value  NULL removes it
 */
apr_status_t vso_xml_set_attribute(const char *data, apr_size_t len,
                                   const char *file, const char *name,
                                   const char *value, char **pdata,
                                   apr_size_t *plen, vso_result_t *res,
                                   apr_pool_t *p);

#endif
