/* SPDX-License-Identifier: Apache-2.0 */
#include "store/migration.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "store/dialect.h"
#include "store/random_id.h"
#include "store/rows.h"
#include "store/transaction.h"

#define STATE "vmo_keystore_state"

#define MAX_TRIES 3
#define TRY_PAUSE apr_time_from_msec(100)

/** Version that the state row names; -1 where there is no row. */
static apr_status_t read_version(vso_db_t *db, apr_int64_t *pversion,
                                 vso_result_t *res, apr_pool_t *p)
{
    *pversion = -1;
    return vso_rows_number(db, VSO_SQL_SCHEMA_VERSION, NULL, pversion, res, p);
}

/** The lock that changes take, whatever the counter of locks is called. */
static apr_status_t take_lock(vso_db_t *db, vso_result_t *res, apr_pool_t *p)
{
    return vso_db_run(db,
                      "UPDATE " STATE " SET schema_version = schema_version"
                      " WHERE id = 1",
                      res, p);
}

/** The same where a missing table must not be met by failing: some databases
 * then refuse everything that follows in the transaction.
 * @param lock  in a transaction: first take the lock that changes take */
static apr_status_t find_row(vso_db_t *db, int lock, apr_int64_t *pversion,
                             vso_result_t *res, apr_pool_t *p)
{
    const char *tables = NULL;
    apr_status_t rv;

    *pversion = -1;
    rv = vso_db_ask(db, vso_db_dialect(db)->table_sql, &tables, res, p);
    if (rv != APR_SUCCESS || !strcmp(tables, "0")) {
        return rv;
    }
    if (lock) {
        rv = take_lock(db, res, p);
    }
    return rv == APR_SUCCESS ? read_version(db, pversion, res, p) : rv;
}

/** The last version of which all steps were taken. */
static apr_int64_t finished(apr_int64_t version)
{
    return version > VSO_SCHEMA_UNFINISHED ? version - VSO_SCHEMA_UNFINISHED - 1
                                           : version;
}

/** The version that it has, or is about to have. */
static apr_int64_t meant(apr_int64_t version)
{
    return version > VSO_SCHEMA_UNFINISHED ? version - VSO_SCHEMA_UNFINISHED
                                           : version;
}

static apr_status_t refuse_newer(apr_int64_t version, int ours,
                                 vso_result_t *res)
{
    return vso_fail(res, VSO_P_NEWER_SCHEMA, NULL,
                    "The database has schema version %" APR_INT64_T_FMT
                    ", this build of mod_vsocert knows versions up to %d: "
                    "install the version of mod_vsocert that wrote it.",
                    meant(version), ours);
}

apr_status_t vso_migration_check(apr_int64_t version, vso_result_t *res)
{
    if (version == VSO_SCHEMA_VERSION) {
        return APR_SUCCESS;
    }
    return meant(version) > VSO_SCHEMA_VERSION
               ? refuse_newer(version, VSO_SCHEMA_VERSION, res)
               : vso_fail(res, VSO_P_DATABASE, "vmo_keystore_state",
                          "The database has schema version %" APR_INT64_T_FMT
                          " now, as if a backup was being restored: try again.",
                          version);
}

int vso_migration_waits(apr_int64_t version)
{
    return version == VSO_SCHEMA_UNFINISHED + VSO_SCHEMA_VERSION;
}

/** The row as version 1 has it. The table may be of this version, where the row
 * alone is missing. */
static apr_status_t insert_state(vso_db_t *db, const char *id,
                                 vso_result_t *res, apr_pool_t *p)
{
    int is_of_8 = 0;
    apr_status_t rv =
        vso_db_has_column(db, STATE, VSO_MAC_COLUMN, &is_of_8, res, p);

    return rv == APR_SUCCESS
               ? vso_db_run(
                     db,
                     apr_pstrcat(p,
                                 "INSERT INTO " STATE " (id, schema_version,"
                                 " keystore_id, generation, next_id, audit_seq,"
                                 " audit_mac, sealed_audit_key, ",
                                 is_of_8 ? "locks, mac" : "lock_count",
                                 ") VALUES (1, 0, '", id,
                                 "', 0, 1, 0, '" VSO_FIRST_MAC "', '', ",
                                 is_of_8 ? "0, ''" : "0", ")", NULL),
                     res, p)
               : rv;
}

static apr_status_t create_state(vso_db_t *db, vso_result_t *res, apr_pool_t *p)
{
    const char *used = NULL;
    const char *id = NULL;
    apr_status_t rv = vso_migration_find_rows(db, &used, res, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (used) {
        return vso_fail(res, VSO_P_DATABASE, STATE,
                        "The row of vmo_keystore_state was deleted (there are "
                        "rows in %s): restore the database from a backup.",
                        used);
    }
    rv = vso_random_id(&id, res, p);
    return rv == APR_SUCCESS ? insert_state(db, id, res, p) : rv;
}

/** The next word of a statement, and the rest behind it. */
static const char *word(const char **prest, apr_pool_t *p)
{
    apr_size_t len = strcspn(*prest, " ");
    const char *text = apr_pstrmemdup(p, *prest, len);

    *prest += len + strspn(*prest + len, " ");
    return text;
}

/** Is a statement on a column of a table to be left out? */
static apr_status_t column_is(vso_db_t *db, const char *rest, int *pwas,
                              vso_result_t *res, apr_pool_t *p)
{
    static const char rename[] = "RENAME COLUMN ";
    static const char add[] = "ADD COLUMN ";
    const char *table = word(&rest, p);
    const char *name;

    if (!strncmp(rest, add, strlen(add))) {
        rest += strlen(add);
        name = word(&rest, p);
    }
    else if (!strncmp(rest, rename, strlen(rename))) {
        rest += strlen(rename);
        word(&rest, p); /* as it was called */
        word(&rest, p); /* TO */
        name = word(&rest, p);
    }
    else { /* ALTER COLUMN c DROP DEFAULT */
        *pwas = vso_db_dialect(db)->keeps_defaults;
        return APR_SUCCESS;
    }
    return vso_db_has_column(db, table, name, pwas, res, p);
}

/** Does this statement add a column, or an index, which is there? Then a node
 * took the step before and did not come to its end. */
static apr_status_t was_added(vso_db_t *db, const char *sql, int *pwas,
                              vso_result_t *res, apr_pool_t *p)
{
    static const char alter[] = "ALTER TABLE ";
    static const char create[] = "CREATE INDEX ";
    static const char on[] = "ON ";
    const char *rest;
    const char *name;

    *pwas = 0;
    if (!strncmp(sql, alter, strlen(alter))) {
        return column_is(db, sql + strlen(alter), pwas, res, p);
    }
    if (!strncmp(sql, create, strlen(create))) {
        rest = sql + strlen(create);
        name = word(&rest, p);
        rest += strlen(on);
        return vso_db_has_index(db, word(&rest, p), name, pwas, res, p);
    }
    return APR_SUCCESS;
}

/** Run a statement, unless it was run before. Where tables are changed outside
 * of the transaction, another node may have run it while this one waited. */
static apr_status_t change_table(vso_db_t *db, const char *sql,
                                 vso_result_t *res, apr_pool_t *p)
{
    const vso_dialect_t *dialect = vso_db_dialect(db);
    vso_result_t *cause = vso_result_create(p);
    int added;

    if (was_added(db, sql, &added, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (added || vso_db_run(db, vso_dialect_expand(dialect, sql, p), cause,
                            p) == APR_SUCCESS) {
        return APR_SUCCESS;
    }
    if (dialect->ddl_commits &&
        was_added(db, sql, &added, vso_result_create(p), p) == APR_SUCCESS &&
        added) {
        return APR_SUCCESS;
    }
    return vso_fail_as(res, cause);
}

static apr_status_t change_tables(vso_db_t *db,
                                  const vso_migration_step_t *step,
                                  vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && step->sql[i]; i++) {
        rv = change_table(db, step->sql[i], res, p);
    }
    return rv;
}

static apr_status_t set_version(vso_db_t *db, apr_int64_t before,
                                apr_int64_t version, vso_result_t *res,
                                apr_pool_t *p)
{
    const char *args[] = {vso_db_number(version, p), vso_db_number(before, p)};

    return vso_db_exec(db, VSO_SQL_SCHEMA_SET, args, NULL, res, p);
}

/** Begin a transaction that holds all locks. @param pfound  the version then
 */
static apr_status_t begin_step(vso_db_t *db, int ours, apr_int64_t *pfound,
                               vso_result_t *res, apr_pool_t *p)
{
    const char *lock = vso_db_dialect(db)->lock_sql;
    const char *ignored = NULL;
    apr_status_t rv = vso_transaction_begin(db, res, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    /* SQLite's are for the schema that they were prepared with */
    vso_db_forget(db);
    if (lock) {
        rv = vso_db_ask(db, lock, &ignored, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = find_row(db, 1, pfound, res, p);
    }
    return rv == APR_SUCCESS && meant(*pfound) > ours
               ? refuse_newer(*pfound, ours, res)
               : rv;
}

/** Where tables are changed outside of the transaction: say that they are
 * about to, and end it. *pfound becomes what the row says then. */
static apr_status_t announce(vso_db_t *db, const vso_migration_step_t *step,
                             apr_int64_t *pfound, vso_result_t *res,
                             apr_pool_t *p)
{
    apr_int64_t before = *pfound;
    apr_status_t rv;

    if (before < 0) {
        vso_transaction_rollback(db, p);
        return APR_SUCCESS;
    }
    *pfound = VSO_SCHEMA_UNFINISHED + step->version;
    rv = set_version(db, before, *pfound, res, p);
    return rv == APR_SUCCESS ? vso_transaction_commit(db, res, p) : rv;
}

/** The lock again, in another transaction, where changing the tables ended the
 * one that had it.
 * @param found  the version that was announced; *pdone: somebody else finished
 * the step meanwhile */
static apr_status_t lock_again(vso_db_t *db, apr_int64_t found, int *pdone,
                               vso_result_t *res, apr_pool_t *p)
{
    apr_int64_t now = found;
    apr_status_t rv = vso_transaction_begin(db, res, p);

    if (rv == APR_SUCCESS && found >= 0) {
        rv = take_lock(db, res, p);
        if (rv == APR_SUCCESS) {
            rv = read_version(db, &now, res, p);
        }
    }
    *pdone = now != found;
    return rv;
}

/** What comes after the tables: rows, and the version that says so. */
static apr_status_t end_step(vso_db_t *db, const vso_migration_step_t *step,
                             const vso_migration_how_t *how, apr_int64_t found,
                             vso_result_t *res, apr_pool_t *p)
{
    int waits = step->needs_key && !vso_migration_has_key(how);
    apr_status_t rv = APR_SUCCESS;

    if (found < 0) {
        rv = create_state(db, res, p);
        found = 0;
    }
    if (rv == APR_SUCCESS && step->fill && !waits) {
        rv = step->fill(db, how, res, p);
    }
    return rv == APR_SUCCESS
               ? set_version(db, found,
                             waits ? VSO_SCHEMA_UNFINISHED + step->version
                                   : step->version,
                             res, p)
               : rv;
}

/** Take one step, unless somebody else took it meanwhile. */
static apr_status_t run_step(vso_db_t *db, const vso_migration_step_t *step,
                             const vso_migration_how_t *how, int ours,
                             vso_result_t *res, apr_pool_t *p)
{
    int outside = vso_db_dialect(db)->ddl_commits;
    apr_int64_t found = -1;
    apr_status_t rv;
    int done = 0;

    rv = begin_step(db, ours, &found, res, p);
    if (rv != APR_SUCCESS || finished(found) >= step->version) {
        vso_transaction_rollback(db, p);
        return rv;
    }
    if (step->check && found >= 0) {
        rv = step->check(db, how, res, p);
    }
    if (rv != APR_SUCCESS) {
        vso_transaction_rollback(db, p);
        return rv;
    }
    if (outside) {
        rv = announce(db, step, &found, res, p);
    }
    if (rv == APR_SUCCESS) {
        rv = change_tables(db, step, res, p);
        vso_db_forget(db);
    }
    if (rv == APR_SUCCESS && outside) {
        rv = lock_again(db, found, &done, res, p);
    }
    if (rv == APR_SUCCESS && !done) {
        rv = end_step(db, step, how, found, res, p);
    }
    if (rv != APR_SUCCESS || done) {
        vso_transaction_rollback(db, p);
        return rv;
    }
    return vso_transaction_commit(db, res, p);
}

/** Take a step; where another node took it at the same moment, ours may have
 * been refused, and there is nothing left to do at the second try. A try that
 * failed while others took a step does not count. */
static apr_status_t take_step(vso_db_t *db, const vso_migration_step_t *step,
                              const vso_migration_how_t *how, int ours,
                              vso_result_t *res, apr_pool_t *p)
{
    int tries = MAX_TRIES;
    apr_int64_t seen = -1;
    apr_status_t rv;

    while ((rv = run_step(db, step, how, ours, res, p)) != APR_SUCCESS &&
           res->problem == VSO_P_DATABASE) {
        apr_int64_t version = seen;

        /* SQLite's connection gets to know the tables of others with it: the
         * first statement that meets them fails */
        read_version(db, &version, vso_result_create(p), p);
        if (version > seen) {
            seen = version;
            tries = MAX_TRIES;
        }
        else if (--tries == 0) {
            break;
        }
        vso_result_clear(res);
        apr_sleep(TRY_PAUSE);
    }
    return rv;
}

/** The version of a keystore that is known to be there. */
static apr_status_t find_version(vso_db_t *db, apr_int64_t *pversion,
                                 vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = vso_migration_version(db, pversion, res, p);

    if (rv == APR_SUCCESS && *pversion < 0) {
        return vso_fail(res, VSO_P_DATABASE, "vmo_keystore_state",
                        "The keystore was in this database and is not there "
                        "now. While a backup is restored that is as it should "
                        "be; otherwise restore one, or restart httpd to begin "
                        "with an empty keystore.");
    }
    return rv;
}

apr_status_t vso_migration_apply(vso_db_t *db,
                                 const vso_migration_step_t *steps, int count,
                                 const vso_migration_how_t *how,
                                 vso_result_t *res, apr_pool_t *p)
{
    int ours = steps[count - 1].version;
    apr_int64_t version = -1;
    apr_status_t rv;
    int i;

    /* What fails here fails again under the lock, if it is no empty
     * database. */
    rv = read_version(db, &version, vso_result_create(p), p);
    if (rv != APR_SUCCESS) {
        version = -1;
    }
    if (version < 0 && !how->make) {
        rv = find_version(db, &version, res, p);
        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    if (meant(version) > ours) {
        return refuse_newer(version, ours, res);
    }
    for (i = 0; i < count; i++) {
        if (steps[i].version > finished(version)) {
            rv = take_step(db, &steps[i], how, ours, res, p);
            if (rv != APR_SUCCESS) {
                return rv;
            }
        }
    }
    return APR_SUCCESS;
}

apr_status_t vso_migration_version(vso_db_t *db, apr_int64_t *pversion,
                                   vso_result_t *res, apr_pool_t *p)
{
    return find_row(db, 0, pversion, res, p);
}

apr_status_t vso_migration_ensure(vso_db_t *db, const vso_migration_how_t *how,
                                  vso_result_t *res, apr_pool_t *p)
{
    int count;
    const vso_migration_step_t *steps = vso_migration_steps(&count, p);

    return vso_migration_apply(db, steps, count, how, res, p);
}
