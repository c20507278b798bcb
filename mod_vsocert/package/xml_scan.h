/* SPDX-License-Identifier: Apache-2.0 */
/**
 * XML as code units of 8 or 16 bits: what must be known before a parser is
 * let near a document (its encoding, how deep and how large it would become in
 * memory, whether it declares entities), and where its root element's
 * attributes stand, so that one can be changed without touching the rest.
 */
#ifndef VSO_XML_SCAN_H
#define VSO_XML_SCAN_H

#include <apr_pools.h>

#include "base/result.h"

/** A document as code units; those outside ASCII read as 0xff. */
typedef struct {
    const unsigned char *data; /**< behind the mark */
    apr_size_t count;          /**< units */
    int width;                 /**< bytes in a unit: 1 (UTF-8) or 2 (UTF-16) */
    int little;                /**< UTF-16 little-endian */
    apr_size_t mark;           /**< bytes of the mark in front of data */
} vso_xml_units_t;

/** What was found. Positions count units. */
typedef struct {
    apr_size_t declared_end; /**< behind <?xml ...?>; 0: there is none */
    apr_size_t name_end;     /**< behind the root element's name */
    apr_size_t tag_end;      /**< the '>' or '/' that ends its start tag */
} vso_xml_scan_t;

/** One unit, ASCII or 0xff. */
unsigned char vso_xml_unit(const vso_xml_units_t *units, apr_size_t i);

/**
 * Find the encoding. @param res BAD_XML: half a unit at the end, UTF-16
 * without mark, an encoding declared that is none of these while there is no
 * mark; TOO_LARGE over VSO_MAX_XML
 */
apr_status_t vso_xml_units(const char *data, apr_size_t len, const char *file,
                           vso_xml_units_t *units, vso_result_t *res);

/** Walk through the document once. @param res BAD_XML: not well-formed in a
 * way that is seen here, declarations in the DOCTYPE, over VSO_MAX_XML_DEPTH
 * or VSO_MAX_XML_NODES */
apr_status_t vso_xml_scan(const vso_xml_units_t *units, const char *file,
                          vso_xml_scan_t *scan, vso_result_t *res);

/** The document in UTF-8, from behind its mark and XML declaration: UTF-8 where
 * it stands, UTF-16 converted.
 * @param res BAD_XML: not valid UTF-8 or UTF-16 */
apr_status_t vso_xml_utf8(const vso_xml_units_t *units,
                          const vso_xml_scan_t *scan, const char *file,
                          const char **ptext, apr_size_t *plen,
                          vso_result_t *res, apr_pool_t *p);

/** BAD_XML for this file: "<file> <wrong>." */
apr_status_t vso_xml_bad(const char *file, const char *wrong,
                         vso_result_t *res);

#endif
