/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/memory.h"

#include <apr_shm.h>
#include <http_config.h>
#include <http_main.h>

apr_status_t vsocert_memory_get(const char *name, apr_size_t size,
                                vsocert_memory_init_fn *init, void **pmemory)
{
    apr_shm_t **kept = ap_retained_data_get(name);
    apr_status_t rv;
    apr_shm_t *shm;

    if (!kept) {
        rv = apr_shm_create(&shm, size, NULL, ap_pglobal);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        rv = init ? init(apr_shm_baseaddr_get(shm)) : APR_SUCCESS;
        if (rv != APR_SUCCESS) {
            apr_shm_destroy(shm);
            return rv;
        }
        kept = ap_retained_data_create(name, sizeof(*kept));
        *kept = shm;
    }
    if (apr_shm_size_get(*kept) < size) {
        return APR_EINVAL;
    }
    *pmemory = apr_shm_baseaddr_get(*kept);
    return APR_SUCCESS;
}
