/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/context.h"

#include <http_core.h>
#include <http_main.h>

#include "httpd/shared/board.h"
#include "httpd/config.h"
#include "httpd/tls/tls.h"

apr_status_t vsocert_context_fill(vso_context_t *svc, request_rec *r,
                                  const char *entry)
{
    vsocert_board_status_t board;

    svc->alias = entry ? entry : vsocert_config_alias(r->server);
    if (vso_alias_check(svc->alias, svc->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    svc->actor = r->user;
    svc->address = r->useragent_ip;
    svc->may_manage = vsocert_config_allowed(r, VSOCERT_MANAGE);
    svc->may_export = vsocert_config_allowed(r, VSOCERT_EXPORT);
    svc->hosts = vsocert_config_hosts(ap_server_conf, svc->alias, r->pool);
    svc->trust_ca = vsocert_config_trust_ca(ap_server_conf);
    svc->profile = vsocert_tls_profile(r->server);
    svc->if_match = apr_table_get(r->headers_in, "If-Match");
    vsocert_board_status(&board, r->pool);
    if (board.generation > 0) {
        svc->served_keystore = board.keystore_id;
        svc->served_generation = board.generation;
    }
    return APR_SUCCESS;
}
