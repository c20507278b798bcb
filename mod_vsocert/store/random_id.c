/* SPDX-License-Identifier: Apache-2.0 */
#include "store/random_id.h"

#include <openssl/rand.h>

#include "base/hex.h"

#define RANDOM_LEN 16

apr_status_t vso_random_id(const char **ptext, vso_result_t *res, apr_pool_t *p)
{
    unsigned char random[RANDOM_LEN];

    if (RAND_bytes(random, sizeof(random)) != 1) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "The random number generator failed.");
    }
    *ptext = vso_hex(random, sizeof(random), p);
    return APR_SUCCESS;
}
