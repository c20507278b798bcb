/* SPDX-License-Identifier: Apache-2.0 */
#include "store/dialect.h"

#include <stdlib.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <apr_time.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/worker.h"

#define SETTLE_TIMEOUT apr_time_from_msec(1600)
#define SCRUB_TIMEOUT  apr_time_from_msec(500)
#define SETTLE_PAUSE   apr_time_from_msec(20)
#define IDLE_SEC       APR_STRINGIFY(VSO_IDLE_SEC)
#define FILE_MODE      (APR_FPROT_UREAD | APR_FPROT_UWRITE)

static const vso_setting_t sqlite3_settings[] = {
    /* Readers never wait for a writer; a database in memory has no journal. */
    {"PRAGMA journal_mode=WAL",
     {"wal", "memory", NULL},
     "keep it in a folder of its own on a local disk"},
    /* A commit that was reported outlives a power failure. */
    {"PRAGMA synchronous=FULL", {"", NULL, NULL}, NULL},
    {"PRAGMA foreign_keys=ON", {"", NULL, NULL}, NULL},
    /* A destroyed key leaves no bytes on free pages. */
    {"PRAGMA secure_delete=ON",
     {"1", NULL, NULL},
     "SQLite was built without it"},
    {NULL, {NULL, NULL, NULL}, NULL},
};

static const vso_word_t sqlite3_words[] = {
    {"int", "INTEGER"},
    {"name", "TEXT"},
    {"text", "TEXT"},
    /* A hand that writes a word into a number column is stopped. */
    {"options", " STRICT"},
    {NULL, NULL},
};

static const vso_setting_t pgsql_settings[] = {
    {"SHOW server_encoding",
     {"UTF8", NULL, NULL},
     "make the database with ENCODING 'UTF8' TEMPLATE template0"},
    {"SELECT current_setting('server_version_num')::int >= 130000",
     {"t", NULL, NULL},
     "PostgreSQL 13 is the oldest version that will do"},
    /* libpq prints notices to stderr. Each statement has to see what was
     * committed while it waited for the lock. Nobody waits longer for a lock
     * than SQLite's driver does, about; and a node that vanishes within a
     * change gives its lock back: see VSO_IDLE_SEC. */
    {"SET client_encoding = 'UTF8';"
     " SET client_min_messages = 'error';"
     " SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL"
     " READ COMMITTED;"
     " SET lock_timeout = '2s';"
     " SET idle_in_transaction_session_timeout ="
     " '" IDLE_SEC "s';"
     /* A commit that was reported outlives a power failure. */
     " SELECT set_config('synchronous_commit', CASE"
     " current_setting('synchronous_commit') WHEN 'off' THEN 'on'"
     " ELSE current_setting('synchronous_commit') END, false) <> 'off'",
     {"t", NULL, NULL},
     NULL},
    {NULL, {NULL, NULL, NULL}, NULL},
};

static const vso_word_t pgsql_words[] = {
    {"int", "BIGINT"}, {"name", "TEXT"}, {"text", "TEXT"},
    {"options", ""},   {NULL, NULL},
};

static const vso_setting_t mysql_settings[] = {
    {"SET NAMES utf8mb4", {"", NULL, NULL}, NULL},
    /* What does not fit is refused, not cut. The waits: see above. MySQL reads
     * the last two as a comment: it has no such setting. */
    {"SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',"
     " SESSION autocommit = 1, SESSION innodb_lock_wait_timeout = 2,"
     " SESSION lock_wait_timeout = 10"
     " /*M!100500 , SESSION idle_transaction_timeout = " IDLE_SEC
     ", SESSION idle_write_transaction_timeout = " IDLE_SEC " */",
     {"", NULL, NULL},
     NULL},
    {"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
     {"", NULL, NULL},
     NULL},
    {"SELECT CAST(SUBSTRING_INDEX(VERSION(), '.', 1) AS UNSIGNED) >= 8",
     {"1", NULL, NULL},
     "MariaDB 10.5 and MySQL 8 are the oldest versions that will do"},
    {"SELECT @@max_allowed_packet >= 4194304",
     {"1", NULL, NULL},
     "set max_allowed_packet to 4M or more"},
    {NULL, {NULL, NULL, NULL}, NULL},
};

static const vso_word_t mysql_words[] = {
    {"int", "BIGINT"},
    /* Three of them make a key of InnoDB, which takes 3072 bytes. */
    {"name", "VARCHAR(255)"},
    {"text", "MEDIUMTEXT"},
    {"options",
     " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
     " ROW_FORMAT=DYNAMIC"},
    {NULL, NULL},
};

static const vso_dialect_t dialects[] = {
    {"sqlite3",
     sqlite3_settings,
     "SELECT file FROM pragma_database_list WHERE name = 'main'",
     {"", "-wal", "-shm", NULL},
     {"file is not a database", "malformed", "readonly",
      "unable to open database file", NULL},
     /* The driver prepares in SQLite's legacy way, in which any change of
      * the schema, VACUUM included, makes a statement fail for good. */
     "PRAGMA schema_version",
     "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'"
     " AND name = 'vmo_keystore_state'",
     {"SELECT COUNT(*) FROM pragma_table_info('", "') WHERE name = '", "'"},
     NULL,
     0,
     NULL,
     NULL,
     sqlite3_words,
     "SELECT strftime('%s', 'now')",
     "PRAGMA wal_checkpoint(TRUNCATE)"},
    {"pgsql",
     pgsql_settings,
     NULL,
     {NULL, NULL, NULL, NULL},
     {NULL, NULL, NULL, NULL, NULL},
     /* The driver may have made a new session, which has no settings. */
     "SELECT pg_backend_pid()",
     "SELECT COUNT(*) FROM pg_catalog.pg_class"
     " WHERE oid = to_regclass('vmo_keystore_state')",
     {"SELECT COUNT(*) FROM pg_catalog.pg_attribute WHERE NOT attisdropped"
      " AND attrelid = to_regclass('",
      "') AND attname = '", "'"},
     /* CREATE TABLE IF NOT EXISTS fails where two run it at once. The number
      * is the name "vmo_". */
     "SELECT pg_advisory_xact_lock(1986883423)",
     0,
     "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL"
     " REPEATABLE READ",
     "BEGIN",
     pgsql_words,
     "SELECT FLOOR(EXTRACT(EPOCH FROM clock_timestamp()))::bigint",
     NULL},
    {"mysql",
     mysql_settings,
     NULL,
     {NULL, NULL, NULL, NULL},
     {NULL, NULL, NULL, NULL, NULL},
     NULL,
     "SELECT COUNT(*) FROM information_schema.tables"
     " WHERE table_schema = DATABASE()"
     " AND table_name = 'vmo_keystore_state'",
     {"SELECT COUNT(*) FROM information_schema.columns"
      " WHERE table_schema = DATABASE() AND table_name = '",
      "' AND column_name = '", "'"},
     /* Galera knows no GET_LOCK; tables are made one after the other by
      * themselves. */
     NULL,
     1,
     NULL,
     NULL,
     mysql_words,
     "SELECT UNIX_TIMESTAMP()",
     NULL},
};

static const vso_dialect_t *find(const char *driver)
{
    apr_size_t i;

    for (i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++) {
        if (!strcmp(dialects[i].driver, driver)) {
            return &dialects[i];
        }
    }
    return NULL;
}

const vso_dialect_t *vso_dialect_of(const vso_db_t *db)
{
    return find(vso_db_driver(db));
}

apr_status_t vso_dialect_check(const char *driver, const char *params,
                               vso_result_t *res)
{
    const char *size = strstr(params, "fldsz=");

    if (strcmp(driver, "mysql")) {
        return APR_SUCCESS;
    }
    if (!strstr(params, "reconnect=0")) {
        return vso_fail(res, VSO_P_DATABASE, "DBDParams",
                        "DBDParams lacks reconnect=0: without it the MySQL "
                        "driver can lose half of a change and not say so. Add "
                        "it.");
    }
    if (size && atoi(size + strlen("fldsz=")) < VSO_MAX_VALUE) {
        return vso_fail(res, VSO_P_DATABASE, "DBDParams",
                        "fldsz in DBDParams makes the MySQL driver cut what it "
                        "reads: remove it, or set it to %d or more.",
                        VSO_MAX_VALUE);
    }
    return APR_SUCCESS;
}

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
static apr_status_t settle(vso_db_t *db, const vso_dialect_t *dialect,
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

apr_status_t vso_dialect_settle(vso_db_t *db, const vso_dialect_t **pdialect,
                                vso_result_t *res, apr_pool_t *p)
{
    const vso_dialect_t *dialect = vso_dialect_of(db);
    apr_time_t deadline = vso_worker_now() + SETTLE_TIMEOUT;
    vso_result_t *why = vso_result_create(p);

    if (!dialect) {
        return vso_fail(res, VSO_P_DATABASE, "DBDriver",
                        "The database driver %s is not supported: use sqlite3, "
                        "pgsql or mysql.",
                        vso_db_driver(db));
    }
    /* Two that open a new SQLite file at once get in each other's way over
     * its journal, and there the driver does not wait. */
    while (settle(db, dialect, why, p) != APR_SUCCESS) {
        if (!dialect->file_sql || vso_worker_now() >= deadline ||
            is_hopeless(dialect, why->detail)) {
            return vso_fail(res, why->problem, why->field, "%s", why->detail);
        }
        vso_result_clear(why);
        apr_sleep(SETTLE_PAUSE);
    }
    *pdialect = dialect;
    return APR_SUCCESS;
}

apr_status_t vso_dialect_now(vso_db_t *db, apr_int64_t *pnow_sec,
                             vso_result_t *res, apr_pool_t *p)
{
    const char *answer = NULL;
    apr_status_t rv;

    rv = vso_db_ask(db, vso_dialect_of(db)->now_sql, &answer, res, p);
    if (rv == APR_SUCCESS && !*answer) {
        return vso_fail(res, VSO_P_DATABASE, NULL,
                        "The database does not say what time it is.");
    }
    if (rv == APR_SUCCESS) {
        *pnow_sec = apr_atoi64(answer);
    }
    return rv;
}

void vso_dialect_scrub(vso_db_t *db, apr_pool_t *p)
{
    const char *sql = vso_dialect_of(db)->scrub_sql;
    apr_time_t deadline = vso_worker_now() + SCRUB_TIMEOUT;
    vso_result_t *res = vso_result_create(p);
    const char *busy = "1";

    while (sql && vso_db_ask(db, sql, &busy, res, p) == APR_SUCCESS &&
           strcmp(busy, "0") && vso_worker_now() < deadline) {
        apr_sleep(SETTLE_PAUSE);
    }
    if (sql && strcmp(busy, "0")) {
        vso_log(VSO_LOG_NOTICE,
                "The journal of the database still holds what was deleted: %s",
                res->detail ? res->detail : "others are using it.");
    }
}

apr_status_t vso_dialect_has_column(vso_db_t *db, const char *table,
                                    const char *column, int *phas,
                                    vso_result_t *res, apr_pool_t *p)
{
    const char *const *sql = vso_dialect_of(db)->column_sql;
    const char *count = NULL;
    apr_status_t rv;

    rv = vso_db_ask(db,
                    apr_pstrcat(p, sql[0], table, sql[1], column, sql[2], NULL),
                    &count, res, p);
    *phas = rv == APR_SUCCESS && strcmp(count, "0");
    return rv;
}

const char *vso_dialect_expand(const vso_dialect_t *dialect,
                               const char *template, apr_pool_t *p)
{
    const char *text = "";
    const char *open;

    while ((open = strchr(template, '{')) != NULL) {
        const char *end = strchr(open, '}');
        const char *name =
            apr_pstrmemdup(p, open + 1, (apr_size_t)(end - open - 1));
        const vso_word_t *word = dialect->words;

        while (strcmp(word->word, name)) {
            word++;
        }
        text = apr_pstrcat(
            p, text, apr_pstrmemdup(p, template, (apr_size_t)(open - template)),
            word->text, NULL);
        template = end + 1;
    }
    return apr_pstrcat(p, text, template, NULL);
}
