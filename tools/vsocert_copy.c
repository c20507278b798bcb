/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A keystore from one database to another: FROM and TO in the environment, as
 * DRIVER:PARAMS. Not arguments: those are for all to see, and PARAMS can hold
 * a password.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "store/connection.h"
#include "store/copy.h"

static void tell(void *baton, const char *table, apr_int64_t rows)
{
    (void)baton;
    printf("%-26s %8" APR_INT64_T_FMT " rows\n", table, rows);
}

static apr_status_t open_side(const char *name, int exists, vso_db_t **pdb,
                              vso_result_t *res, apr_pool_t *p)
{
    const char *text = getenv(name);
    const char *colon = text ? strchr(text, ':') : NULL;
    const char *driver;

    if (!colon) {
        return vso_fail(res, VSO_P_INVALID, name,
                        "%s is DRIVER:PARAMS, for example sqlite3:FILE, "
                        "\"pgsql:host=... dbname=...\" or "
                        "mysql:host=...,dbname=...,reconnect=0.",
                        name);
    }
    driver = apr_pstrmemdup(p, text, (apr_size_t)(colon - text));
    /* SQLite would make the file. */
    if (exists && !strcmp(driver, "sqlite3") && access(colon + 1, R_OK)) {
        return vso_fail(res, VSO_P_INVALID, name, "%s cannot be read.",
                        colon + 1);
    }
    return vso_connection_open(driver, colon + 1, pdb, res, p);
}

int main(void)
{
    vso_db_t *from = NULL;
    vso_db_t *to = NULL;
    vso_result_t *res;
    apr_status_t rv;
    apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    res = vso_result_create(p);
    rv = open_side("FROM", 1, &from, res, p);
    if (rv == APR_SUCCESS) {
        rv = open_side("TO", 0, &to, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_copy(from, to, tell, NULL, res, p);
    }
    if (rv != APR_SUCCESS) {
        fprintf(stderr, "vsocert: %s%s%s\n", res->field ? res->field : "",
                res->field ? ": " : "", res->detail);
    }
    apr_pool_destroy(p);
    apr_terminate();
    return rv == APR_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
