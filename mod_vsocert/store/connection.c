/* SPDX-License-Identifier: Apache-2.0 */
#include "store/connection.h"

#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <apr_time.h>

#include "base/log.h"
#include "base/worker.h"
#include "store/db.h"
#include "store/db_impl.h"

#define NOTES_LABEL "vso_notes"
/* Tables that others can make while one connection reads the schema: a schema
 * of six steps, made by some processes at once. */
#define SCHEMA_TRIES 50

#define SETTLE_TIMEOUT apr_time_from_msec(1600)
#define SETTLE_PAUSE   apr_time_from_msec(20)
#define FILE_MODE      (APR_FPROT_UREAD | APR_FPROT_UWRITE)

/* Settings */

/** Keep a database file to its owner. */
static void narrow_file(const char *path, apr_pool_t *p)
{
    apr_finfo_t info;

    if (apr_stat(&info, path, APR_FINFO_PROT | APR_FINFO_SIZE, p) ||
        !(info.protection & ~FILE_MODE)) {
        return;
    }
    if (apr_file_perms_set(path, info.protection & FILE_MODE)) {
        vso_log(VSO_LOG_WARNING,
                "The rights of the database file %s are wider than 0600 and "
                "cannot be narrowed: let it belong to httpd's User.",
                path);
    }
    else if (info.size > 0) {
        vso_log(VSO_LOG_WARNING,
                "The rights of the database file %s were wider than 0600 and "
                "have been narrowed.",
                path);
    }
}

static apr_status_t narrow_files(vso_db_t *db, const vso_dialect_t *dialect,
                                 vso_result_t *res, apr_pool_t *p)
{
    const char *path = "";
    apr_status_t rv;
    int i;

    if (!dialect->file_sql) {
        return APR_SUCCESS;
    }
    rv = vso_db_ask(db, dialect->file_sql, &path, res, p);
    for (i = 0; rv == APR_SUCCESS && *path && dialect->file_suffixes[i]; i++) {
        narrow_file(apr_pstrcat(p, path, dialect->file_suffixes[i], NULL), p);
    }
    return rv;
}

static apr_status_t apply_setting(vso_db_t *db, const vso_setting_t *setting,
                                  vso_result_t *res, apr_pool_t *p)
{
    const char *const *wanted = setting->answers;
    const char *answer = NULL;

    if (vso_db_ask(db, setting->sql, &answer, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    while (*wanted && strcmp(*wanted, answer)) {
        wanted++;
    }
    return *wanted ? APR_SUCCESS
                   : vso_fail(res, VSO_P_DATABASE, NULL,
                              "The database answered \"%s\" to %s: %s.", answer,
                              setting->sql,
                              setting->advice ? setting->advice
                                              : "it cannot be used");
}

/** Narrow the file and apply the settings, once. */
static apr_status_t apply_settings(vso_db_t *db, const vso_dialect_t *dialect,
                                   vso_result_t *res, apr_pool_t *p)
{
    const vso_setting_t *setting;
    apr_status_t rv;

    rv = narrow_files(db, dialect, res, p);
    for (setting = dialect->settings; rv == APR_SUCCESS && setting->sql;
         setting++) {
        rv = apply_setting(db, setting, res, p);
    }
    return rv;
}

static int is_hopeless(const vso_dialect_t *dialect, const char *said)
{
    const char *const *text = dialect->hopeless;

    while (*text && !strstr(said, *text)) {
        text++;
    }
    return *text != NULL;
}

/** Make a fresh connection ready. */
static apr_status_t apply_dialect(vso_db_t *db, const vso_dialect_t **pdialect,
                                  vso_result_t *res, apr_pool_t *p)
{
    const vso_dialect_t *dialect = vso_db_dialect(db);
    apr_time_t deadline = vso_worker_now() + SETTLE_TIMEOUT;
    vso_result_t *cause = vso_result_create(p);

    if (!dialect) {
        return vso_fail(res, VSO_P_DATABASE, "DBDriver",
                        "The database driver %s is not supported: use sqlite3, "
                        "pgsql or mysql.",
                        vso_db_driver(db));
    }
    /* Two that open a new SQLite file at once get in each other's way over
     * its journal, and there the driver does not wait. */
    while (apply_settings(db, dialect, cause, p) != APR_SUCCESS) {
        if (!dialect->file_sql || vso_worker_now() >= deadline ||
            is_hopeless(dialect, cause->detail)) {
            return vso_fail_as(res, cause);
        }
        vso_result_clear(cause);
        apr_sleep(SETTLE_PAUSE);
    }
    *pdialect = dialect;
    return APR_SUCCESS;
}

/* Connections */

/** Have the connection read the schema. SQLite's legacy way again: only a
 * statement that fails does that, and where others go on making tables, the
 * next one fails as well. */
static apr_status_t read_schema(vso_db_t *db, vso_result_t *res, apr_pool_t *p)
{
    vso_result_t *cause = vso_result_create(p);
    const char *ignored = NULL;
    apr_status_t rv = APR_EGENERAL;
    int again = 1;
    int i;

    for (i = 0; rv != APR_SUCCESS && again && i < SCHEMA_TRIES; i++) {
        vso_result_clear(cause);
        rv = vso_db_ask(db, db->notes->dialect->table_sql, &ignored, cause, p);
        again = i == 0 ||
                (cause->detail && strstr(cause->detail, "schema has changed"));
    }
    return rv == APR_SUCCESS ? rv : vso_fail_as(res, cause);
}

/** Forget the statements when the schema or session is no longer the one that
 * they were prepared for, and give a new session its settings. */
static apr_status_t refresh(vso_db_t *db, vso_result_t *res, apr_pool_t *p)
{
    vso_notes_t *notes = db->notes;
    const char *stamp = NULL;
    apr_status_t rv;

    rv = vso_db_stamp(db, &stamp, res, p);
    if (rv != APR_SUCCESS || !strcmp(stamp, notes->stamp)) {
        return rv;
    }
    if (*notes->stamp) {
        rv = apply_dialect(db, &notes->dialect, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = read_schema(db, res, p);
    }
    vso_db_forget(db);
    if (rv == APR_SUCCESS) {
        apr_cpystrn(notes->stamp, stamp, sizeof(notes->stamp));
    }
    return rv;
}

/** First use of a connection. */
static apr_status_t settle(vso_db_t *db, vso_result_t *res, apr_pool_t *p)
{
    const vso_connection_t *connection = &db->connection;
    const vso_dialect_t *dialect = NULL;
    apr_status_t rv;

    rv = apply_dialect(db, &dialect, res, p);
    if (rv == APR_SUCCESS) {
        db->notes = apr_pcalloc(connection->pool, sizeof(*db->notes));
        db->notes->dialect = dialect;
        apr_hash_set(connection->prepared, NOTES_LABEL, APR_HASH_KEY_STRING,
                     db->notes);
    }
    return rv;
}

/** Make the connection ready for statements. */
static apr_status_t ready(vso_db_t *db, vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;

    db->notes =
        apr_hash_get(db->connection.prepared, NOTES_LABEL, APR_HASH_KEY_STRING);
    if (!db->notes) {
        rv = settle(db, res, p);
    }
    return rv == APR_SUCCESS ? refresh(db, res, p) : rv;
}

/** Is the connection there, as far as the driver knows? The PostgreSQL driver
 * makes a new session here where it has seen the old one end. */
static int is_there(const vso_db_t *db, apr_pool_t *p)
{
    apr_status_t rv =
        apr_dbd_check_conn(db->connection.driver, p, db->connection.handle);

    return rv == APR_SUCCESS || rv == APR_ENOTIMPL;
}

apr_status_t vso_connection_mend(vso_db_t *db, vso_result_t *res, apr_pool_t *p)
{
    vso_result_t *cause = vso_result_create(p);
    vso_connection_t fresh = db->connection;

    vso_fail(cause, VSO_P_DATABASE, NULL,
             "The connection to the database was lost.");
    if (is_there(db, p)) {
        vso_result_clear(cause);
        if (ready(db, cause, p) == APR_SUCCESS) {
            return APR_SUCCESS;
        }
        /* That was what told the driver; now it makes a new session. */
        if (is_there(db, p)) {
            vso_result_clear(cause);
            if (ready(db, cause, p) == APR_SUCCESS) {
                return APR_SUCCESS;
            }
        }
    }
    if (fresh.renew && fresh.renew(&fresh, db->p) == APR_SUCCESS) {
        db->connection = fresh;
        return ready(db, res, p);
    }
    return vso_fail_as(res, cause);
}

apr_status_t vso_connection_wake(vso_db_t *db, vso_result_t *res, apr_pool_t *p)
{
    vso_result_t *cause = vso_result_create(p);

    if (ready(db, cause, p) == APR_SUCCESS) {
        return APR_SUCCESS;
    }
    if (db->notes && !db->notes->dialect->file_sql) {
        return vso_connection_mend(db, res, p);
    }
    return vso_fail_as(res, cause);
}

/** Is it a session of a server in which the statement for the state row is
 * prepared? Then that one is the proof that it is still the same session: in
 * another one it fails. An idle poll asks nothing else. */
static int proves_itself(const vso_db_t *db)
{
    return db->notes && db->notes->dialect->stamp_sql &&
           !db->notes->dialect->file_sql && *db->notes->stamp &&
           db->notes->statements[VSO_SQL_STATE_READ].prepared;
}

apr_status_t vso_connection_use(const vso_connection_t *connection,
                                vso_db_t **pdb, vso_result_t *res,
                                apr_pool_t *p)
{
    vso_db_t *db = apr_pcalloc(p, sizeof(*db));
    apr_status_t rv = APR_SUCCESS;

    db->connection = *connection;
    db->p = p;
    db->notes =
        apr_hash_get(connection->prepared, NOTES_LABEL, APR_HASH_KEY_STRING);
    if (!proves_itself(db)) {
        rv = vso_connection_wake(db, res, p);
    }
    if (rv == APR_SUCCESS) {
        *pdb = db;
    }
    return rv;
}

/** A connection of one's own. */
typedef struct {
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    const char *params;
} own_t;

static apr_status_t close_own(void *baton)
{
    own_t *own = baton;

    return apr_dbd_close(own->driver, own->handle);
}

static apr_status_t open_own(const own_t *asked, vso_connection_t *connection,
                             const char **perror, apr_pool_t *p)
{
    own_t *own = apr_pmemdup(p, asked, sizeof(*own));

    if (apr_dbd_open_ex(own->driver, p, own->params, &own->handle, perror)) {
        return APR_EGENERAL;
    }
    apr_pool_cleanup_register(p, own, close_own, apr_pool_cleanup_null);
    connection->driver = own->driver;
    connection->handle = own->handle;
    connection->prepared = apr_hash_make(p);
    connection->pool = p;
    connection->baton = own;
    return APR_SUCCESS;
}

static apr_status_t renew_own(vso_connection_t *connection, apr_pool_t *p)
{
    const char *ignored = NULL;

    return open_own(connection->baton, connection, &ignored, p);
}

apr_status_t vso_connection_open(const char *driver, const char *params,
                                 vso_db_t **pdb, vso_result_t *res,
                                 apr_pool_t *p)
{
    vso_connection_t connection = {.renew = renew_own};
    own_t own = {NULL, NULL, apr_pstrdup(p, params)};
    const char *error = NULL;

    if (apr_dbd_init(p) || apr_dbd_get_driver(p, driver, &own.driver)) {
        return vso_fail(res, VSO_P_DATABASE, NULL,
                        "APR's database driver %s is not installed.", driver);
    }
    if (vso_dialect_check(driver, params, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!strcmp(driver, "sqlite3") && *params != ':') {
        connection.file = own.params;
    }
    if (open_own(&own, &connection, &error, p) != APR_SUCCESS) {
        return vso_fail(res, VSO_P_DATABASE, NULL,
                        "The database cannot be opened: %s.",
                        error ? error : "the driver does not say why");
    }
    return vso_connection_use(&connection, pdb, res, p);
}
