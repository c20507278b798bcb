/* SPDX-License-Identifier: Apache-2.0 */
#include "store/dialect.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"

#define IDLE_SEC APR_STRINGIFY(VSO_IDLE_SEC)

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
    {"sort", "TEXT"},
    {"text", "TEXT"},
    {"no text", "''"},
    {"prefix", ""},
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
    {"int", "BIGINT"}, {"name", "TEXT"},  {"sort", "TEXT COLLATE \"C\""},
    {"text", "TEXT"},  {"no text", "''"}, {"prefix", ""},
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
    {"sort", "VARCHAR(255)"},
    {"text", "MEDIUMTEXT"},
    /* MySQL takes no other default for a text, SQLite does not take this. */
    {"no text", "('')"},
    /* An index takes the beginning of a text. */
    {"prefix", "(64)"},
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
     {"SELECT COUNT(*) FROM sqlite_master WHERE type = 'index'"
      " AND tbl_name = '",
      "' AND name = '", "'"},
     NULL,
     0,
     0,
     1,
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
     {"SELECT COUNT(*) FROM pg_catalog.pg_index WHERE indrelid ="
      " to_regclass('",
      "') AND indexrelid = to_regclass('", "')"},
     /* CREATE TABLE IF NOT EXISTS fails where two run it at once. The number
      * is the name "vmo_". */
     "SELECT pg_advisory_xact_lock(1986883423)",
     0,
     0,
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
     {"SELECT COUNT(*) FROM information_schema.statistics"
      " WHERE table_schema = DATABASE() AND table_name = '",
      "' AND index_name = '", "'"},
     /* Galera knows no GET_LOCK; tables are made one after the other by
      * themselves. */
     NULL,
     1,
     1,
     0,
     NULL,
     NULL,
     mysql_words,
     "SELECT UNIX_TIMESTAMP()",
     NULL},
};

const vso_dialect_t *vso_dialect_find(const char *driver)
{
    apr_size_t i;

    for (i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++) {
        if (!strcmp(dialects[i].driver, driver)) {
            return &dialects[i];
        }
    }
    return NULL;
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
