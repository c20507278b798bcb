/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/api/forms.h"

#include <http_config.h>
#include <http_core.h>
#include <http_request.h>

#include "base/mime.h"
#include "httpd/api/route.h"
#include "httpd/request/pages.h"
#include "httpd/request/response.h"
#include "httpd/request/sign_in.h"

/* A form with a file is accepted where the route takes files. */
static int is_refused(request_rec *r)
{
    const char *type = apr_table_get(r->headers_in, "Content-Type");

    return vsocert_sign_in_is_form(r) ||
           (vso_mime_is(type, "multipart/form-data") &&
            !vsocert_route_takes_file(r));
}

/* The sign-in page is not affected: it is open to everybody, so that its
 * requests do not come here. */
static int check_authn(request_rec *r)
{
    vsocert_found_t found;
    vso_result_t *res;

    if (!ap_is_initial_req(r) || !is_refused(r) || !vsocert_pages_ours(r)) {
        return DECLINED;
    }
    res = vso_result_create(r->pool);
    vsocert_route_refuse_type(r, vsocert_route_find(r, &found), res);
    /* httpd does this before handlers only; without it, Header has no effect */
    ap_run_insert_filter(r);
    vsocert_response_end(r, res);
    return DONE;
}

void vsocert_forms_register(void)
{
    ap_hook_check_authn(check_authn, NULL, NULL, APR_HOOK_FIRST,
                        AP_AUTH_INTERNAL_PER_CONF);
}
