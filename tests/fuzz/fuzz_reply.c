/* SPDX-License-Identifier: Apache-2.0 */
#define FUZZ_NAME "reply"
#include "fuzz.h"

#include "x509/chain.h"
#include "x509/key.h"
#include "x509/reply.h"

static void one(const unsigned char *data, apr_size_t len)
{
    apr_array_header_t *certs = NULL;
    apr_array_header_t *chain = NULL;
    X509 *leaf;

    if (vso_reply_parse((const char *)data, len, &certs, res, pool) !=
        APR_SUCCESS) {
        PROMISE(!certs && res->problem != VSO_P_NONE && res->detail);
        PROMISE(res->problem != VSO_P_INTERNAL);
        ERR_clear_error();
        return;
    }
    PROMISE(certs->nelts > 0 && certs->nelts <= VSO_MAX_CERTS_IN_FILE);
    leaf = APR_ARRAY_IDX(certs, 0, X509 *);
    if (certs->nelts <= VSO_MAX_CHAIN &&
        vso_chain_order(leaf, certs, NULL, &chain, res, pool) == APR_SUCCESS) {
        PROMISE(chain->nelts <= VSO_MAX_CHAIN);
    }
    ERR_clear_error();
}
