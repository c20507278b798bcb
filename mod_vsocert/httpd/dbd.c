/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/dbd.h"

#include <stdatomic.h>
#include <string.h>

#include <apr_dbd.h>
#include <apr_optional.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>
#include <mod_dbd.h>

#include "httpd/shared/board.h"
#include "httpd/config.h"
#include "httpd/keyring.h"
#include "httpd/sqlite_file.h"
#include "store/connection.h"
#include "store/db.h"
#include "store/dialect.h"
#include "store/migration.h"

APLOG_USE_MODULE(vsocert);

/* Key of mark_t in a connection's hash of statements, which only connections of
 * the main server have. */
#define MARK "vsocert"

/** What we know about a connection. */
typedef struct {
    const char *refusal; /**< why it must not be used, or NULL */
    vsocert_sqlite_file_t file;
} mark_t;

const char vsocert_dbd_unreachable[] =
    "The database cannot be reached; the error log says why. Try again later.";

static server_rec *server;
static APR_OPTIONAL_FN_TYPE(ap_dbd_open) * dbd_open;
static APR_OPTIONAL_FN_TYPE(ap_dbd_close) * dbd_close;
static APR_OPTIONAL_FN_TYPE(ap_dbd_acquire) * dbd_acquire;
/* Of this child, whose threads all make connections. */
static _Atomic(const char *) driver;
static atomic_int max_connections;
static atomic_int ended; /**< how many connections have been given up */

static apr_status_t note_end(void *baton)
{
    atomic_fetch_add((atomic_int *)baton, 1);
    return APR_SUCCESS;
}

static apr_status_t give_back(void *baton)
{
    dbd_close(server, baton);
    return APR_SUCCESS;
}

/** Is there reason to ask mod_dbd again, which returned no connection?
 *
 * The MySQL driver notices that a pooled connection is dead when the connection
 * is asked for: mod_dbd gives it up and returns none. After a restart of the
 * database this happens once for each connection of the pool. Where none was
 * given up, none could be made.
 *
 * @param before  what ended was when mod_dbd was asked
 * @param takes   how often it has been asked */
static int has_more(int before, int takes)
{
    return ended != before && takes <= max_connections;
}

/** The connection of a request, or (r NULL) one that lasts as long as p. */
static ap_dbd_t *ask_for(request_rec *r, apr_pool_t *p)
{
    ap_dbd_t *dbd;
    int takes = 0;
    int before;

    do {
        before = ended;
        dbd = r ? dbd_acquire(r) : dbd_open(p, server);
        takes++;
    } while (!dbd && has_more(before, takes));
    return dbd;
}

static ap_dbd_t *take(apr_pool_t *p)
{
    ap_dbd_t *dbd = ask_for(NULL, p);

    if (dbd) {
        apr_pool_cleanup_register(p, dbd, give_back, apr_pool_cleanup_null);
    }
    return dbd;
}

static void fill(vso_connection_t *connection, const ap_dbd_t *dbd)
{
    const mark_t *mark = apr_hash_get(dbd->prepared, MARK, APR_HASH_KEY_STRING);

    connection->driver = dbd->driver;
    connection->handle = dbd->handle;
    connection->prepared = dbd->prepared;
    connection->pool = dbd->pool;
    connection->file = mark ? mark->file.path : NULL;
}

static apr_status_t renew(vso_connection_t *connection, apr_pool_t *p)
{
    ap_dbd_t *dbd = take(p);

    if (dbd) {
        fill(connection, dbd);
    }
    return dbd ? APR_SUCCESS : APR_EGENERAL;
}

/** @param renewing  renew, or NULL: this connection or none */
static apr_status_t use(ap_dbd_t *dbd, vso_connection_renew_fn *renewing,
                        vso_db_t **pdb, vso_result_t *res, apr_pool_t *p)
{
    vso_connection_t connection = {.renew = renewing};

    fill(&connection, dbd);
    return vso_connection_use(&connection, pdb, res, p);
}

static void set_mark(apr_pool_t *pool, const dbd_cfg_t *cfg, ap_dbd_t *dbd)
{
    mark_t *mark = apr_pcalloc(pool, sizeof(*mark));
    vso_result_t *res = vso_result_create(pool);

    vso_dialect_check(cfg->name, cfg->params, res);
    if (!strcmp(cfg->name, "sqlite3")) {
        vsocert_sqlite_file_note(&mark->file, cfg->params, res, pool);
    }
    mark->refusal = res->detail;
    apr_hash_set(dbd->prepared, MARK, APR_HASH_KEY_STRING, mark);
}

static apr_status_t check_mark(ap_dbd_t *dbd, vso_result_t *res, apr_pool_t *p)
{
    const mark_t *mark = apr_hash_get(dbd->prepared, MARK, APR_HASH_KEY_STRING);

    if (mark && mark->refusal) {
        return vso_fail(res, VSO_P_DATABASE, "DBDParams", "%s", mark->refusal);
    }
    return mark ? vsocert_sqlite_file_check(&mark->file, res, p) : APR_SUCCESS;
}

/* A failure here does not refuse the connection: calls that need the schema
 * report it, and the next user of the connection tries again. mod_dbd holds the
 * lock of its pool here: to ask it for another connection would deadlock. */
static apr_status_t connected(apr_pool_t *pool, dbd_cfg_t *cfg, ap_dbd_t *dbd)
{
    vso_result_t *res;
    vso_db_t *db;
    apr_pool_t *p;

    apr_pool_cleanup_register(pool, &ended, note_end, apr_pool_cleanup_null);
    if (cfg->server != server) {
        return DECLINED;
    }
    driver = cfg->name;
    max_connections = cfg->nmax;
    set_mark(pool, cfg, dbd);
    apr_pool_create(&p, pool);
    res = vso_result_create(p);
    if (check_mark(dbd, res, p) == APR_SUCCESS &&
        use(dbd, NULL, &db, res, p) == APR_SUCCESS) {
        const vso_migration_how_t how = {.ring = vsocert_keyring_get(),
                                         .make =
                                             vsocert_board_needs_full_check(),
                                         .adopts = 1};

        vso_migration_ensure(db, &how, res, p);
    }
    if (res->problem) {
        ap_log_error(APLOG_MARK, APLOG_DEBUG, 0, server,
                     "vsocert: new database connection: %s", res->detail);
    }
    apr_pool_destroy(p);
    return OK;
}

void vsocert_dbd_register(void)
{
    /* an optional hook: registering it links to nothing of mod_dbd.so */
    APR_OPTIONAL_HOOK(dbd, post_connect, connected, NULL, NULL,
                      APR_HOOK_MIDDLE);
}

int vsocert_dbd_setup(server_rec *main_server)
{
    server = main_server;
    dbd_open = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    dbd_close = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
    dbd_acquire = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_acquire);
    if (dbd_open && dbd_close && dbd_acquire) {
        return 1;
    }
    ap_log_error(APLOG_MARK, APLOG_EMERG, 0, main_server,
                 "vsocert: mod_dbd is missing: put its LoadModule in front of "
                 "mod_vsocert's (a2enmod dbd)");
    return 0;
}

static apr_status_t open_store(ap_dbd_t *dbd, vso_store_t **pstore,
                               vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv;
    vso_db_t *db;

    if (!dbd) {
        return vso_fail(res, VSO_P_DATABASE, NULL, "%s",
                        vsocert_dbd_unreachable);
    }
    rv = check_mark(dbd, res, p);
    if (rv == APR_SUCCESS) {
        rv = use(dbd, renew, &db, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_store_open(db, vsocert_keyring_get(),
                            vsocert_board_needs_full_check(), pstore, res, p);
    }
    return rv;
}

/* The session of this request may hold a connection already. That one is used:
 * if every request asked the pool for a second one, all could wait for ever.
 * Only a virtual host with a database of its own needs another connection. */
apr_status_t vsocert_dbd_store(request_rec *r, vso_store_t **pstore,
                               vso_result_t *res)
{
    ap_dbd_t *dbd;

    if (vsocert_sqlite_file_check_place(res, r->pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    dbd = ask_for(r, r->pool);
    if (dbd && !apr_hash_get(dbd->prepared, MARK, APR_HASH_KEY_STRING)) {
        dbd = take(r->pool);
    }
    return open_store(dbd, pstore, res, r->pool);
}

apr_status_t vsocert_dbd_store_for(apr_pool_t *p, vso_store_t **pstore,
                                   vso_result_t *res)
{
    return vsocert_sqlite_file_check_place(res, p) == APR_SUCCESS
               ? open_store(take(p), pstore, res, p)
               : APR_EGENERAL;
}

int vsocert_dbd_max(void)
{
    return max_connections;
}

const char *vsocert_dbd_driver(void)
{
    return driver;
}
