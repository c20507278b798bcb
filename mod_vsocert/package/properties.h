/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Java properties (java.util.Properties.loadFromXML) of packages:
 * dunes-meta-inf, info and tags. What xml.h says of XML holds.
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

#endif
