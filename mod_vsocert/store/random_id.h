/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Random texts that tell things apart.
 */
#ifndef VSO_RANDOM_ID_H
#define VSO_RANDOM_ID_H

#include <apr_pools.h>

#include "base/result.h"

/** 32 hexadecimal digits: keystore_id, lineage, and what tells a change from
 * all others. INTERNAL */
apr_status_t vso_random_id(const char **ptext, vso_result_t *res,
                           apr_pool_t *p);

#endif
