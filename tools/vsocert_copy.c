/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A keystore from one database to another: FROM and TO in the environment, as
 * DRIVER:PARAMS. Not arguments: those are for all to see, and PARAMS can hold
 * a password. MASTER_KEY is file:PATH, as VSOCertMasterKey has it. With --move
 * the keystore stays the same one, and the source is not used any more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "store/connection.h"
#include "store/copy.h"
#include "store/master_key.h"

/* 32 bytes take 64 as hex; the rest is room for line ends. */
#define MAX_TEXT 128

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

/** The bytes of a file, at most MAX_TEXT; NULL: it cannot be read. */
static vso_secret_t *read_text(const char *path, apr_pool_t *p)
{
    vso_secret_t *text = vso_secret_make(MAX_TEXT, p);
    FILE *file = fopen(path, "rb");
    size_t len = 0;

    if (file) {
        setvbuf(file, NULL, _IONBF, 0);
        len = fread(text->data, 1, text->len, file);
        fclose(file);
    }
    return len ? vso_secret_copy(text->data, len, p) : NULL;
}

static apr_status_t read_master_key(vso_keyring_t *ring, vso_result_t *res,
                                    apr_pool_t *p)
{
    static const char prefix[] = "file:";
    const char *source = getenv("MASTER_KEY");
    vso_secret_t *text = NULL;
    vso_secret_t *key = NULL;

    if (source && !strncmp(source, prefix, sizeof(prefix) - 1)) {
        text = read_text(source + sizeof(prefix) - 1, p);
    }
    if (text) {
        key = vso_master_key_decode(text, p);
    }
    return key && vso_keyring_add(ring, key) == APR_SUCCESS
               ? APR_SUCCESS
               : vso_fail(res, VSO_P_INVALID, "MASTER_KEY",
                          "MASTER_KEY is file:PATH, where PATH holds the "
                          "master key of the keystore: 32 raw bytes, 64 hex "
                          "digits, or base64 of 32 bytes.");
}

int main(int argc, char **argv)
{
    vso_copy_how_t how = {NULL, 0};
    vso_db_t *from = NULL;
    vso_db_t *to = NULL;
    vso_keyring_t *ring;
    vso_result_t *res;
    apr_status_t rv;
    apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    res = vso_result_create(p);
    ring = vso_keyring_create(p);
    how.ring = ring;
    how.move = argc == 2 && !strcmp(argv[1], "--move");
    rv = argc == 1 + how.move
             ? read_master_key(ring, res, p)
             : vso_fail(res, VSO_P_INVALID, NULL,
                        "The only option is --move: the source is not used any "
                        "more.");
    if (rv == APR_SUCCESS) {
        rv = open_side("FROM", 1, &from, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = open_side("TO", 0, &to, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_copy(from, to, &how, tell, NULL, res, p);
    }
    if (rv != APR_SUCCESS) {
        fprintf(stderr, "vsocert: %s%s%s\n", res->field ? res->field : "",
                res->field ? ": " : "", res->detail);
    }
    apr_pool_destroy(p);
    apr_terminate();
    return rv == APR_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
