/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/publish.h"

#include <string.h>

#include "base/log.h"
#include "httpd/shared/board.h"
#include "httpd/shared/cache.h"
#include "service/certificate/snapshot.h"

apr_status_t vsocert_publish_change(const char *text, apr_int64_t generation)
{
    apr_size_t len = strlen(text);
    const char *keystore_id;
    apr_int64_t stated;
    vso_result_t *res;
    apr_status_t rv;
    apr_pool_t *p;

    apr_pool_create(&p, NULL);
    res = vso_result_create(p);
    rv = vso_snapshot_peek(text, len, &keystore_id, &stated, res, p);
    if (rv != APR_SUCCESS || stated != generation) {
        vso_log(VSO_LOG_ERROR, "what is to be served cannot be read: %s",
                res->detail ? res->detail : "it is of another generation");
        rv = APR_EGENERAL;
    }
    else {
        rv = vsocert_board_publish(text, len, keystore_id, generation);
    }
    if (rv == APR_SUCCESS) {
        vsocert_cache_write();
    }
    apr_pool_destroy(p);
    return rv;
}
