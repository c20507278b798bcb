/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The module record and the hook table.
 */
#include "httpd/module.h"

#include <http_config.h>
#include <mpm_common.h>

#include "httpd/api/api.h"
#include "httpd/api/errors.h"
#include "httpd/api/forms.h"
#include "httpd/config_values.h"
#include "httpd/dbd.h"
#include "httpd/directives.h"
#include "httpd/api/metrics.h"
#include "httpd/request/session.h"
#include "httpd/filter/sign.h"
#include "httpd/request/sign_in.h"
#include "httpd/request/users.h"
#include "httpd/lifecycle.h"
#include "httpd/tls/tls.h"
#include "httpd/filter/verify.h"

static void register_hooks(apr_pool_t *p)
{
    static const char *const dbd[] = {"mod_dbd.c", NULL};
    static const char *const ssl[] = {"mod_ssl.c", NULL};
    static const char *const forks[] = {"mod_cgid.c", NULL};

    ap_hook_post_config(vsocert_lifecycle_prepare, dbd, ssl, APR_HOOK_MIDDLE);
    ap_hook_post_config(vsocert_lifecycle_loaded, ssl, forks, APR_HOOK_MIDDLE);
    ap_hook_post_config(vsocert_lifecycle_ready, ssl, NULL, APR_HOOK_LAST);
    ap_hook_drop_privileges(vsocert_lifecycle_privileges, NULL, NULL,
                            APR_HOOK_LAST);
    ap_hook_child_init(vsocert_lifecycle_child, dbd, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(vsocert_api_handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(vsocert_metrics_handler, NULL, NULL, APR_HOOK_MIDDLE);
    vsocert_errors_register();
    vsocert_forms_register();
    vsocert_sign_register();
    vsocert_verify_register();
    vsocert_metrics_register();
    vsocert_dbd_register();
    vsocert_session_register();
    vsocert_sign_in_register();
    vsocert_users_register(p);
    vsocert_tls_register(p);
}

AP_DECLARE_MODULE(vsocert) = {
    STANDARD20_MODULE_STUFF,
    vsocert_config_values_create_dir,
    vsocert_config_values_merge_dir,
    vsocert_config_values_create_server,
    vsocert_config_values_merge_server,
    vsocert_directives,
    register_hooks,
    AP_MODULE_FLAG_NONE,
};
