/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What nodes tell one another, and the auditor, of sign-ins: failed ones become
 * a row of the audit trail, once a minute at most; sign-outs on other nodes are
 * read from it, so that the session's row opens nothing here when it comes
 * back.
 */
#ifndef VSOCERT_NODE_SIGN_INS_H
#define VSOCERT_NODE_SIGN_INS_H

#include <httpd.h>

#include "store/store.h"

/** Do what is due. For the holder of the poll lease. */
apr_status_t vsocert_sign_ins_run(vso_store_t *store, const vso_state_t *state,
                                  apr_time_t now, vso_result_t *res,
                                  apr_pool_t *p);

#endif
