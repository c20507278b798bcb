/* SPDX-License-Identifier: Apache-2.0 */
#include "service/certificate/staples.h"

apr_int64_t vso_staple_due_sec(const vso_staple_t *staple)
{
    return staple->fetched_sec +
           (staple->next_update_sec - staple->fetched_sec) / 2;
}
