/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/pages.h"

#include <string.h>

#include "httpd/config.h"

#define CONSOLE "/vsocert/"

static int in_console(const request_rec *r)
{
    return !strncmp(r->uri, CONSOLE, strlen(CONSOLE));
}

int vsocert_pages_ours(request_rec *r)
{
    const char *handler;

    if (in_console(r)) {
        return 1;
    }
    handler = vsocert_config_handler(r);
    return !ap_cstr_casecmp(handler, "vsocert-api") ||
           !ap_cstr_casecmp(handler, "vsocert-metrics");
}

int vsocert_pages_sign_in(const request_rec *r)
{
    return r->handler && in_console(r) &&
           (!strcmp(r->handler, VSOCERT_LOGIN_HANDLER) ||
            !strcmp(r->handler, VSOCERT_LOGOUT_HANDLER));
}
