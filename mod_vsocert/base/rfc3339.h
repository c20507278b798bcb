/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Times as text (RFC 3339).
 */
#ifndef VSO_RFC3339_H
#define VSO_RFC3339_H

#include <apr_pools.h>

/** Read a time, in any zone. *psec: seconds since the epoch. @return 0 when
 * the text is none */
int vso_rfc3339_parse(const char *text, apr_int64_t *psec);

/** Text of a time in seconds since the epoch, UTC. */
const char *vso_rfc3339_text(apr_int64_t sec, apr_pool_t *p);

#endif
