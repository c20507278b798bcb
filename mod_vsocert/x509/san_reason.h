/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Why a text is no subjectAltName, and what to write instead.
 */
#ifndef VSO_SAN_REASON_H
#define VSO_SAN_REASON_H

#include <apr_pools.h>

/**
 * @param name  what vso_sans_check refused, without blanks around it and
 *              without the prefix "DNS:" or "IP:"
 * @param ip    it had the prefix "IP:"
 * @return the rule that it breaks and the mend, one clause without a full stop
 */
const char *vso_san_reason(const char *name, int ip, apr_pool_t *p);

#endif
