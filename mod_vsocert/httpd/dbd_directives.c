/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/dbd_directives.h"

#include <stdlib.h>

#include <apr_strings.h>
#include <http_config.h>

#define DEFAULT_MAX 10 /* mod_dbd's, where APR has threads */

static const char *file;
static int max_connections;

/** The first argument of the main server's last directive of this name; NULL:
 * there is none. */
static const char *last_of(const char *name, apr_pool_t *p)
{
    const ap_directive_t *line;
    const char *args = NULL;

    for (line = ap_conftree; line; line = line->next) {
        if (!ap_cstr_casecmp(line->directive, name)) {
            args = line->args;
        }
    }
    return args ? ap_getword_conf(p, &args) : NULL;
}

void vsocert_dbd_directives_read(apr_pool_t *pconf)
{
    const char *driver = last_of("DBDDriver", pconf);
    const char *max = last_of("DBDMax", pconf);

    file = driver && !strcmp(driver, "sqlite3") ? last_of("DBDParams", pconf)
                                                : NULL;
    max_connections = max ? atoi(max) : DEFAULT_MAX;
}

const char *vsocert_dbd_directives_file(void)
{
    return file;
}

int vsocert_dbd_directives_max(void)
{
    return max_connections;
}
