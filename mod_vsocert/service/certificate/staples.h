/* SPDX-License-Identifier: Apache-2.0 */
/**
 * When OCSP responses are to be fetched.
 */
#ifndef VSO_SERVICE_STAPLES_H
#define VSO_SERVICE_STAPLES_H

#include "store/staples.h"

/** When a response is to be renewed, by the database's clock: in the middle of
 * its time, so that a responder that is down for a while is not missed. */
apr_int64_t vso_staple_due_sec(const vso_staple_t *staple);

#endif
