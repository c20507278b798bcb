/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edits a keystore as somebody could who has its master key: runs statements,
 * then gives every row its MAC, and the state row its sums. For tests that need
 * a row to be of another time, say: without this, it would not be used.
 *
 * DATABASE in the environment is the keystore's, as DRIVER:PARAMS.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "store/connection.h"
#include "store/migration.h"
#include "store/row_renew.h"
#include "store/state_row.h"
#include "store/transaction.h"

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "edit: %s\n", what);
    exit(EXIT_FAILURE);
}

static void check(apr_status_t rv, const vso_result_t *res)
{
    if (rv != APR_SUCCESS) {
        die(res->detail ? res->detail : "failed");
    }
}

static vso_keyring_t *read_master_key(const char *path, apr_pool_t *p)
{
    vso_secret_t *key = vso_secret_make(VSO_MASTER_KEY_LEN, p);
    vso_keyring_t *ring = vso_keyring_create(p);
    FILE *file = fopen(path, "rb");

    if (!file || fread(key->data, 1, key->len, file) != key->len ||
        vso_keyring_add(ring, key) != APR_SUCCESS) {
        die("the first argument is a file with the master key");
    }
    fclose(file);
    return ring;
}

static vso_db_t *open_database(vso_result_t *res, apr_pool_t *p)
{
    const char *database = getenv("DATABASE");
    const char *colon = database ? strchr(database, ':') : NULL;
    vso_db_t *db = NULL;

    if (!colon) {
        die("DATABASE is DRIVER:PARAMS, for example sqlite3:FILE");
    }
    check(vso_connection_open(
              apr_pstrmemdup(p, database, (apr_size_t)(colon - database)),
              colon + 1, &db, res, p),
          res);
    return db;
}

int main(int argc, char **argv)
{
    vso_keyring_t *ring;
    vso_state_row_t row;
    vso_result_t *res;
    apr_pool_t *p;
    vso_db_t *db;
    int i;

    if (argc < 3) {
        die("FILE with the master key, and statements");
    }
    apr_initialize();
    apr_pool_create(&p, NULL);
    res = vso_result_create(p);
    ring = read_master_key(argv[1], p);
    db = open_database(res, p);
    check(vso_transaction_begin(db, res, p), res);
    check(vso_state_row_lock(db, &row, res, p), res);
    for (i = 2; i < argc; i++) {
        check(vso_db_run(db, argv[i], res, p), res);
    }
    check(vso_row_renew_first(db, ring, VSO_SCHEMA_VERSION, res, p), res);
    check(vso_transaction_commit(db, res, p), res);
    apr_pool_destroy(p);
    apr_terminate();
    return EXIT_SUCCESS;
}
