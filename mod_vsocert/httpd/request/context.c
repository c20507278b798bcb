/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/context.h"

#include <http_core.h>
#include <http_main.h>

#include "httpd/config.h"
#include "httpd/shared/serving.h"
#include "httpd/tls/tls.h"

apr_status_t vsocert_context_fill(vso_context_t *ctx, request_rec *r,
                                  const char *entry, vso_result_t *res)
{
    vso_replica_head_t *head = apr_pcalloc(r->pool, sizeof(*head));

    ctx->entry = entry ? entry : vsocert_config_entry(r->server);
    if (vso_context_check_entry(ctx->entry, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    ctx->actor = r->user;
    ctx->address = r->useragent_ip;
    ctx->may_manage = vsocert_config_allowed(r, VSOCERT_MANAGE);
    ctx->may_export = vsocert_config_allowed(r, VSOCERT_EXPORT);
    ctx->hosts = vsocert_config_hosts(ap_server_conf, ctx->entry, r->pool);
    ctx->trust_ca = vsocert_config_trust_ca(ap_server_conf);
    ctx->profile = vsocert_tls_profile(r->server);
    ctx->clock = apr_pcalloc(r->pool, sizeof(*ctx->clock));
    ctx->if_match = apr_table_get(r->headers_in, "If-Match");
    vsocert_serving_head(head, r->pool);
    ctx->served = head;
    return APR_SUCCESS;
}
