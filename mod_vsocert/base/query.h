/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The query of a URL, read strictly: what one reader could take for something
 * else than another is refused.
 */
#ifndef VSO_QUERY_H
#define VSO_QUERY_H

#include <apr_tables.h>

#include "base/result.h"

/**
 * Read name=value pairs with '&' between them. '+' and %XX are undone.
 * @param text    what follows the '?'; NULL or "": no parameters
 * @param known   names that are accepted, comma-separated
 * @param pquery  set on success only: name to value, UTF-8 without control
 *                characters; each name once
 * @param res     MALFORMED: no name, an unknown or a repeated one, no '=', a
 *                '%' without two hexadecimal digits, NUL and other control
 *                characters, bytes that are no UTF-8; field is the name, or
 *                "query" where there is none to show
 */
apr_status_t vso_query_parse(const char *text, const char *known,
                             apr_table_t **pquery, vso_result_t *res,
                             apr_pool_t *p);

#endif
