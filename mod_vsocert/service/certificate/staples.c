/* SPDX-License-Identifier: Apache-2.0 */
#include "service/certificate/staples.h"

#include <string.h>

int vso_staple_is_due(const apr_array_header_t *staples,
                      const char *fingerprint, apr_int64_t now_sec)
{
    int i;

    for (i = 0; i < staples->nelts; i++) {
        const vso_staple_t *one = &APR_ARRAY_IDX(staples, i, vso_staple_t);

        if (!strcmp(one->fingerprint, fingerprint)) {
            return now_sec >= one->fetched_sec +
                                  (one->next_update_sec - one->fetched_sec) / 2;
        }
    }
    return 1;
}
