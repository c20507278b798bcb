/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How a text of a package is encoded: UTF-8, with a byte-order mark or without,
 * or UTF-16 with one in either order. The mark decides, whatever an encoding
 * declaration says.
 */
#ifndef VSO_ENCODING_H
#define VSO_ENCODING_H

#include <apr_pools.h>

#include "base/result.h"

/** An encoded text as code units. */
typedef struct {
    const unsigned char *data; /**< behind the mark */
    apr_size_t count;          /**< units */
    int width;                 /**< bytes in a unit: 1 (UTF-8) or 2 (UTF-16) */
    int little;                /**< UTF-16 little-endian */
    apr_size_t mark;           /**< bytes of the mark in front of data */
} vso_encoding_t;

/**
 * Find the encoding, and check that the text is valid in it.
 * @param file      for error texts
 * @param encoding  points into data
 * @param res       BAD_XML: UTF-16 without mark, half a unit at the end,
 *                  malformed characters, U+0000
 */
apr_status_t vso_encoding_find(const char *data, apr_size_t len,
                               const char *file, vso_encoding_t *encoding,
                               vso_result_t *res);

/** One unit; those outside ASCII read as 0xff. */
unsigned char vso_encoding_unit(const vso_encoding_t *encoding, apr_size_t i);

/** All of it in UTF-8, without the mark. */
const char *vso_encoding_utf8(const vso_encoding_t *encoding, apr_pool_t *p);

/** BAD_XML for this file: "<file> <wrong>." */
apr_status_t vso_encoding_bad(const char *file, const char *wrong,
                              vso_result_t *res);

#endif
