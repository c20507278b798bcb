/* SPDX-License-Identifier: Apache-2.0 */
#include "store/statements.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "store/tables.h"

#define STATE "vmo_keystore_state"

/* {list N} becomes N texts as parameters; {whole TABLE} what rows_whole.h
 * reads; {columns TABLE}, or {columns TABLE t} of a table that is called t,
 * {marks TABLE} and
 * {set TABLE A B} become the table's
 * columns, a parameter for each, and "A = %s, ... B = %s", without B up to the
 * table's last column: see tables.h. */

#define SELECT_VERSION "SELECT {columns vmo_keystore} FROM vmo_keystore "

#define SELECT_ENTRY "SELECT {columns vmo_entry} FROM vmo_entry "

/* What a list of entries is asked for: a pattern, a state (four times) and an
 * end, each "" for all. */
#define FILTERED                                                               \
    " (%s = '' OR search LIKE %s ESCAPE '!') AND (%s = ''"                     \
    " OR (%s = 'active' AND active <> '')"                                     \
    " OR (%s = 'pending' AND pending > 0)"                                     \
    " OR (%s = 'none' AND active = '' AND pending = 0))"                       \
    " AND (%s = '' OR (not_after_sec > 0 AND not_after_sec <= %lld))"

/* How many of all. */
#define COUNT(what) " COALESCE(SUM(CASE WHEN " what " THEN 1 ELSE 0 END), 0)"
#define ENDED       "not_after_sec > 0 AND not_after_sec <= %lld"
#define ENDS_BY     "not_after_sec > %lld AND not_after_sec <= %lld"

#define SELECT_LIVE "SELECT alias, key_fingerprint FROM vmo_keystore "

/* The rows that have a key: these three states, as an index has them. */
#define LIVE " AND state IN ('active', 'passive', 'pending')"

#define LISTED APR_STRINGIFY(VSO_ENTRY_LIST)

#define SELECT_AUDIT "SELECT {columns vmo_audit} FROM vmo_audit "

/* What a list of the trail is asked for beside what an index finds it by:
 * entry, actor, action and outcome, each twice and "" for all; times; places.
 */
#define FOUND                                                                  \
    " (%s = '' OR alias = %s) AND (%s = '' OR actor = %s)"                     \
    " AND (%s = '' OR action = %s) AND (%s = '' OR outcome = %s)"              \
    " AND at_sec >= %lld AND at_sec <= %lld AND seq >= %lld AND seq < %lld"    \
    " ORDER BY seq DESC LIMIT %lld"

#define SELECT_TRUSTED                                                         \
    "SELECT {columns vmo_trusted_certificate} FROM vmo_trusted_certificate "

/* A sum of edited sizes must not overflow. */
#define SIZE                                                                   \
    "CASE WHEN c.size BETWEEN 0 AND 1099511627776 THEN c.size ELSE 0 END"

#define SELECT_PACKAGE                                                         \
    "SELECT {columns vmo_package}, (SELECT COUNT(*) FROM vmo_package_member m" \
    " WHERE m.package_id = vmo_package.id), COALESCE((SELECT SUM(" SIZE ")"    \
    " FROM vmo_package_member m, vmo_package_element e,"                       \
    " vmo_package_content c WHERE m.package_id = vmo_package.id"               \
    " AND e.id = m.element_id AND c.id = e.content_id), 0) FROM vmo_package "

#define SELECT_ELEMENT                                                         \
    "SELECT {columns vmo_package_element}, COALESCE((SELECT c.size"            \
    " FROM vmo_package_content c"                                              \
    " WHERE c.id = vmo_package_element.content_id), 0)"                        \
    " FROM vmo_package_element "

/* An element's author is vouched for by the signature of its content alone. */
#define AUTHORED "e.signature IN ('valid', 'weak')"

#define SELECT_STAGED                                                          \
    "SELECT {columns vmo_import} FROM vmo_import WHERE content_id <> 0 "

#define INSERT_INTO(table)                                                     \
    "INSERT INTO " table " ({columns " table "}) VALUES ({marks " table "})"

static const char *const texts[VSO_SQL_ROWS] = {
    [VSO_SQL_SCHEMA_VERSION] =
        "SELECT schema_version FROM " STATE " WHERE id = 1",
    [VSO_SQL_SCHEMA_SET] = "UPDATE " STATE " SET schema_version = %lld"
                           " WHERE id = 1 AND schema_version = %lld",
    [VSO_SQL_STATE_LOCK] = "UPDATE " STATE " SET locks = locks + 1"
                           " WHERE id = 1",
    [VSO_SQL_STATE_READ] =
        "SELECT {columns " STATE "} FROM " STATE " WHERE id = 1",
    [VSO_SQL_STATE_FILL] =
        "UPDATE " STATE " SET lineage = %s, serving_generation = generation"
        " WHERE id = 1",
    [VSO_SQL_STATE_WRITE] =
        "UPDATE " STATE " SET generation = %lld, next_id = %lld,"
        " audit_seq = %lld, audit_mac = %s, sealed_audit_key = %s,"
        " lineage = %s, serving_generation = %lld, sums = %s, mac = %s"
        " WHERE id = 1 AND audit_seq = %lld AND locks = %lld",
    [VSO_SQL_STATE_MOVED] = "UPDATE " STATE " SET moved_sec = %lld, sums = %s,"
                            " mac = %s WHERE id = 1",

    [VSO_SQL_CHANGE_INSERT] = INSERT_INTO("vmo_change"),
    [VSO_SQL_CHANGE_TOKEN] = "SELECT token FROM vmo_change WHERE seq = %lld",
    [VSO_SQL_CHANGE_PURGE] = "DELETE FROM vmo_change WHERE seq <= %lld",

    [VSO_SQL_VERSION_LIST] =
        SELECT_VERSION "WHERE id < %lld ORDER BY id DESC LIMIT %lld",
    [VSO_SQL_VERSION_LIST_ENTRY] = SELECT_VERSION
    "WHERE alias = %s AND id < %lld ORDER BY id DESC LIMIT %lld",
    [VSO_SQL_VERSION_LIST_STATE] =
        SELECT_VERSION "WHERE alias = %s AND state = %s AND id < %lld"
                       " ORDER BY id DESC LIMIT %lld",
    [VSO_SQL_VERSION_GET] = SELECT_VERSION "WHERE id = %lld",
    [VSO_SQL_VERSION_BY_FINGERPRINT] = SELECT_VERSION
    "WHERE key_fingerprint = %s AND sealed_key <> '' ORDER BY id DESC",
    [VSO_SQL_VERSION_BY_CERTIFICATE] =
        SELECT_VERSION "WHERE alias = %s AND fingerprint = %s ORDER BY id DESC",
    [VSO_SQL_VERSION_OWN] = SELECT_VERSION
    "WHERE fingerprint = %s AND state IN ('active', 'passive')"
    " ORDER BY id DESC",
    [VSO_SQL_VERSION_PENDING] = SELECT_VERSION
    "WHERE alias = %s AND state = 'pending' ORDER BY id DESC",
    [VSO_SQL_VERSION_LIVE] = "SELECT DISTINCT key_fingerprint FROM vmo_keystore"
                             " WHERE sealed_key <> ''",
    [VSO_SQL_VERSION_NEWEST] = "SELECT COALESCE(MAX(version), 0)"
                               " FROM vmo_keystore WHERE alias = %s",
    [VSO_SQL_VERSION_TURNED_LAST] =
        "SELECT COALESCE(MAX(a.generation), 0)"
        " FROM vmo_activation a, vmo_keystore k"
        " WHERE k.id = a.version_id AND k.alias = %s"
        " AND k.state IN ('active', 'passive')",
    [VSO_SQL_VERSION_TURNED] = SELECT_VERSION
    "WHERE alias = %s AND id IN (SELECT a.version_id FROM vmo_activation a"
    " WHERE a.generation = %lld) ORDER BY id",
    [VSO_SQL_VERSION_ASIDE] =
        "UPDATE vmo_keystore SET state = 'passive', slot = %s"
        " WHERE id = %lld AND mac = %s",
    [VSO_SQL_ACTIVATION_DELETE] =
        "DELETE FROM vmo_activation WHERE version_id = %lld",
    [VSO_SQL_ACTIVATION_INSERT] = INSERT_INTO("vmo_activation"),

    [VSO_SQL_ENTRY_GET] = SELECT_ENTRY "WHERE name = %s",
    [VSO_SQL_ENTRY_GENERATION] =
        "SELECT generation FROM vmo_entry WHERE name = %s",
    [VSO_SQL_ENTRY_CHANGED] =
        SELECT_ENTRY "WHERE generation >= %lld"
                     " AND (generation > %lld OR name > %s)"
                     " ORDER BY generation, name LIMIT %lld",
    [VSO_SQL_ENTRY_LIST] =
        SELECT_ENTRY "WHERE name > %s AND" FILTERED " ORDER BY name LIMIT %lld",
    [VSO_SQL_ENTRY_LIST_BY_END] = SELECT_ENTRY
    "WHERE not_after_sec >= %lld AND (not_after_sec > %lld OR name > %s)"
    " AND not_after_sec <= %lld AND" FILTERED
    " ORDER BY not_after_sec, name LIMIT %lld",
    [VSO_SQL_ENTRY_SOME] = SELECT_ENTRY "WHERE name IN ({list " LISTED "})",
    [VSO_SQL_ENTRY_COUNT] =
        "SELECT COUNT(*)," COUNT("active <> ''") "," COUNT("pending > 0") "," COUNT("active = '' AND pending = 0") "," COUNT("self_signed <> 0") "," COUNT(
            "renewal = 'failing'") "," COUNT(ENDED) "," COUNT(ENDS_BY) "," COUNT(ENDS_BY) "," COUNT(ENDS_BY) "," COUNT(ENDS_BY) " FROM vmo_entry",
    [VSO_SQL_ENTRY_BRIEF] =
        "SELECT id, alias, version, key_type, subject_text, issuer_text, sans,"
        " fingerprint, not_before_sec, not_after_sec, self_signed"
        " FROM vmo_keystore WHERE alias IN ({list " LISTED "})"
        " AND state = 'active' ORDER BY alias, slot",
    [VSO_SQL_ENTRY_ACTIVE] =
        SELECT_VERSION "WHERE alias IN ({list " LISTED "}) AND state = 'active'"
                       " ORDER BY alias, slot",
    [VSO_SQL_ENTRY_ACTIVE_ONE] =
        SELECT_VERSION "WHERE alias = %s AND state = 'active' ORDER BY slot",
    [VSO_SQL_ENTRY_ACTIVE_BY_ID] =
        SELECT_VERSION "WHERE alias = %s AND state = 'active' ORDER BY id",
    [VSO_SQL_ENTRY_LIVE] =
        SELECT_LIVE "WHERE alias IN ({list " LISTED "})" LIVE " ORDER BY alias",
    [VSO_SQL_ENTRY_LIVE_ONE] = SELECT_LIVE "WHERE alias = %s" LIVE,
    [VSO_SQL_ENTRY_SERVED] =
        "SELECT id, not_after_sec, self_signed, subject_text, sans, issuer_text"
        " FROM vmo_keystore WHERE alias = %s AND state = 'active' ORDER BY id",
    [VSO_SQL_ENTRY_WAITING] =
        "SELECT subject_text, sans FROM vmo_keystore"
        " WHERE alias = %s AND state = 'pending' ORDER BY id DESC LIMIT %lld",
    [VSO_SQL_ENTRY_PENDING] = "SELECT COUNT(*) FROM vmo_keystore"
                              " WHERE alias = %s AND state = 'pending'",
    [VSO_SQL_ENTRY_EXPORTED] =
        "SELECT at_sec FROM vmo_audit WHERE version_id = %lld"
        " AND action = 'export' AND outcome = 'ok' ORDER BY seq DESC LIMIT 1",
    [VSO_SQL_ENTRY_FILL] =
        "INSERT INTO vmo_entry (generation, active, not_after_sec, pending,"
        " self_signed, backed_up_sec, search, name, renewal)"
        " VALUES (%lld, %s, %lld, %lld, %lld, %lld, %s, %s, '')",
    [VSO_SQL_ENTRY_DELETE_ALL] = "DELETE FROM vmo_entry",
    [VSO_SQL_ENTRY_NAMES] =
        "SELECT alias, MAX(generation) FROM vmo_keystore WHERE alias > %s"
        " GROUP BY alias ORDER BY alias LIMIT %lld",

    [VSO_SQL_AUDIT_INSERT] = INSERT_INTO("vmo_audit"),
    [VSO_SQL_AUDIT_LIST] =
        SELECT_AUDIT "WHERE seq < %lld ORDER BY seq DESC LIMIT %lld",
    [VSO_SQL_AUDIT_LIST_ACTION] = SELECT_AUDIT
    "WHERE action = %s AND seq < %lld ORDER BY seq DESC LIMIT %lld",
    [VSO_SQL_AUDIT_FIND_ENTRY] = SELECT_AUDIT "WHERE alias = %s AND" FOUND,
    [VSO_SQL_AUDIT_FIND_ACTOR] = SELECT_AUDIT "WHERE actor = %s AND" FOUND,
    [VSO_SQL_AUDIT_FIND_ACTION] = SELECT_AUDIT "WHERE action = %s AND" FOUND,
    [VSO_SQL_AUDIT_FIND_OUTCOME] = SELECT_AUDIT "WHERE outcome = %s AND" FOUND,
    [VSO_SQL_AUDIT_FIND] = SELECT_AUDIT "WHERE" FOUND,
    [VSO_SQL_AUDIT_RANGE] =
        "SELECT COALESCE(MIN(seq), 0), COALESCE(MAX(seq), 0) FROM vmo_audit"
        " WHERE at_sec >= %lld AND at_sec <= %lld",
    [VSO_SQL_AUDIT_LAST] =
        SELECT_AUDIT "WHERE action = %s AND version_id = %lld"
                     " AND outcome = 'ok' ORDER BY seq DESC LIMIT 1",
    [VSO_SQL_AUDIT_WALK] =
        SELECT_AUDIT "WHERE seq > %lld ORDER BY seq LIMIT %lld",
    [VSO_SQL_AUDIT_COUNT] = "SELECT COUNT(*) FROM vmo_audit",

    [VSO_SQL_TRUST_LIST] =
        SELECT_TRUSTED "ORDER BY added_sec DESC, fingerprint",
    [VSO_SQL_TRUST_WHOLE] =
        "SELECT {whole vmo_trusted_certificate} ORDER BY t.added_sec DESC,"
        " t.fingerprint",
    [VSO_SQL_TRUST_FIND] = SELECT_TRUSTED "WHERE fingerprint = %s",
    [VSO_SQL_TRUST_SUBJECT] =
        SELECT_TRUSTED "WHERE subject_text = %s AND fingerprint <> %s"
                       " ORDER BY added_sec DESC, fingerprint",
    [VSO_SQL_TRUST_COUNT] = "SELECT COUNT(*) FROM vmo_trusted_certificate",

    [VSO_SQL_PACKAGE_LIST] =
        SELECT_PACKAGE "WHERE name > %s ORDER BY name LIMIT %lld",
    [VSO_SQL_PACKAGE_GET] = SELECT_PACKAGE "WHERE name = %s",
    [VSO_SQL_PACKAGE_BY_ID] = SELECT_PACKAGE "WHERE id = %lld",
    [VSO_SQL_PACKAGE_HOLDING] =
        "SELECT p.name FROM vmo_package p, vmo_package_member m"
        " WHERE m.element_id = %lld AND p.id = m.package_id ORDER BY p.name",
    [VSO_SQL_PACKAGE_BY_SIGNER] =
        "SELECT p.name FROM vmo_package p WHERE p.signer = %s OR EXISTS"
        " (SELECT 1 FROM vmo_package_member m, vmo_package_element e"
        " WHERE m.package_id = p.id AND e.id = m.element_id"
        " AND (e.signer = %s OR (e.author = %s AND " AUTHORED ")))"
        " ORDER BY p.name",
    [VSO_SQL_PACKAGE_SIGNERS] =
        "SELECT p.signer, p.name FROM vmo_package p"
        " UNION SELECT e.signer, p.name FROM vmo_package p,"
        " vmo_package_member m, vmo_package_element e"
        " WHERE m.package_id = p.id AND e.id = m.element_id"
        " UNION SELECT e.author, p.name FROM vmo_package p,"
        " vmo_package_member m, vmo_package_element e"
        " WHERE m.package_id = p.id AND e.id = m.element_id AND " AUTHORED
        " ORDER BY 2, 1",
    [VSO_SQL_PACKAGE_BY_KEY] =
        "SELECT p.name, e.needs FROM vmo_package p, vmo_package_member m,"
        " vmo_package_element e WHERE m.package_id = p.id"
        " AND e.id = m.element_id AND e.needs LIKE %s ORDER BY p.name",

    [VSO_SQL_ELEMENT_LIST] =
        "SELECT {columns vmo_package_element e}, COALESCE((SELECT c.size"
        " FROM vmo_package_content c WHERE c.id = e.content_id), 0),"
        " {columns vmo_package_member m}"
        " FROM vmo_package_element e, vmo_package_member m"
        " WHERE m.package_id = %lld AND e.id = m.element_id"
        " ORDER BY e.path, e.name, e.element_id",
    [VSO_SQL_ELEMENT_FIND] = SELECT_ELEMENT "WHERE element_id = %s",
    [VSO_SQL_ELEMENT_LOOSE] = SELECT_ELEMENT
    "WHERE NOT EXISTS (SELECT 1 FROM vmo_package_member m"
    " WHERE m.element_id = vmo_package_element.id) ORDER BY id",

    [VSO_SQL_MEMBER_LIST] = "SELECT {columns vmo_package_member}"
                            " FROM vmo_package_member WHERE package_id = %lld"
                            " ORDER BY element_id",

    [VSO_SQL_CONTENT_GET] =
        "SELECT {columns vmo_package_content}, (SELECT COUNT(*)"
        " FROM vmo_package_chunk k"
        " WHERE k.content_id = vmo_package_content.id)"
        " FROM vmo_package_content WHERE id = %lld",

    [VSO_SQL_CONTENT_DROP] =
        "DELETE FROM vmo_package_content WHERE import_id = %lld",
    [VSO_SQL_CONTENT_LOST] =
        "SELECT DISTINCT import_id FROM vmo_package_content WHERE import_id <> "
        "0 AND NOT EXISTS"
        " (SELECT 1 FROM vmo_import i"
        " WHERE i.id = vmo_package_content.import_id)",
    [VSO_SQL_CHUNK_INSERT] = INSERT_INTO("vmo_package_chunk"),
    [VSO_SQL_CHUNK_READ] = "SELECT data FROM vmo_package_chunk"
                           " WHERE content_id = %lld AND seq = %lld",
    [VSO_SQL_CHUNK_DELETE] =
        "DELETE FROM vmo_package_chunk WHERE content_id = %lld",
    [VSO_SQL_CHUNK_DROP] =
        "DELETE FROM vmo_package_chunk WHERE content_id IN"
        " (SELECT c.id FROM vmo_package_content c WHERE c.import_id = %lld)",
    [VSO_SQL_CHUNK_LOST] = "SELECT DISTINCT content_id FROM vmo_package_chunk "
                           "WHERE NOT EXISTS (SELECT 1"
                           " FROM vmo_package_content c"
                           " WHERE c.id = vmo_package_chunk.content_id)",

    [VSO_SQL_IMPORT_ROW] =
        "SELECT {columns vmo_import} FROM vmo_import WHERE id = %lld",
    [VSO_SQL_IMPORT_GET] = SELECT_STAGED "AND id = %lld AND expires_sec > %lld",
    [VSO_SQL_IMPORT_LIST] = SELECT_STAGED
    "AND expires_sec > %lld ORDER BY created_sec DESC, id DESC",
    [VSO_SQL_IMPORT_COUNT] =
        "SELECT COUNT(*) FROM vmo_import WHERE expires_sec > %lld",
    [VSO_SQL_IMPORT_COUNT_RECEIVING] =
        "SELECT COUNT(*) FROM vmo_import WHERE expires_sec > %lld"
        " AND created_by = %s AND content_id = 0",
    [VSO_SQL_IMPORT_DELETE] = "DELETE FROM vmo_import WHERE id = %lld",
    [VSO_SQL_IMPORT_ENDED] =
        "SELECT id FROM vmo_import WHERE expires_sec <= %lld",
    [VSO_SQL_IMPORT_EXPIRE] =
        "DELETE FROM vmo_import WHERE id = %lld AND expires_sec <= %lld",

    [VSO_SQL_SESSION_SELECT] =
        "SELECT session FROM vmo_session WHERE session_key = %s",
    [VSO_SQL_SESSION_INSERT] =
        "INSERT INTO vmo_session (session, expiry, session_key)"
        " VALUES (%s, %lld, %s)",
    [VSO_SQL_SESSION_UPDATE] = "UPDATE vmo_session SET session = %s,"
                               " expiry = %lld WHERE session_key = %s",
    [VSO_SQL_SESSION_DELETE] = "DELETE FROM vmo_session"
                               " WHERE session_key = %s",
    [VSO_SQL_SESSION_PURGE] = "DELETE FROM vmo_session"
                              " WHERE expiry <= %lld",

    /* beats makes every update change its row, so that databases that count
     * changed rows count this one. */
    [VSO_SQL_NODE_LIST] =
        "SELECT {columns vmo_node} FROM vmo_node ORDER BY node",
    [VSO_SQL_NODE_INSERT] = INSERT_INTO("vmo_node"),
    [VSO_SQL_NODE_UPDATE] =
        "UPDATE vmo_node SET pid = %lld, version = %s, generation = %lld,"
        " quarantined = %lld, sealed = %lld, served = %s, poll_msec = %lld,"
        " configured = %s, by_name = %lld, entries = %lld,"
        " last_seen_sec = %lld, beats = beats + 1"
        " WHERE node = %s AND instance = %s",
    [VSO_SQL_NODE_TOUCH] =
        "UPDATE vmo_node SET last_seen_sec = %lld, beats = beats + 1"
        " WHERE node = %s AND instance = %s",
    /* what vso_nodes_list calls live, so that edited numbers overflow nothing
     */
    [VSO_SQL_NODE_CONFIGURED] =
        "SELECT configured, MAX(by_name) FROM vmo_node"
        " WHERE last_seen_sec > %lld"
        " OR last_seen_sec > %lld - poll_msec / 1000 * 3 GROUP BY configured",
    [VSO_SQL_NODE_DELETE] = "DELETE FROM vmo_node WHERE node = %s",
    [VSO_SQL_NODE_PURGE] = "DELETE FROM vmo_node WHERE last_seen_sec < %lld",

    [VSO_SQL_SCHEDULE_LIST] = "SELECT {columns vmo_schedule} FROM vmo_schedule"
                              " ORDER BY at_sec, version_id",
    [VSO_SQL_SCHEDULE_WHOLE] =
        "SELECT {whole vmo_schedule} ORDER BY t.at_sec, t.version_id",
    [VSO_SQL_SCHEDULE_GET] = "SELECT {columns vmo_schedule} FROM vmo_schedule"
                             " WHERE version_id = %lld",

    [VSO_SQL_OCSP_GET] = "SELECT {columns vmo_ocsp} FROM vmo_ocsp"
                         " WHERE fingerprint = %s",
    [VSO_SQL_OCSP_INSERT] =
        "INSERT INTO vmo_ocsp (response, next_update_sec, fetched_sec,"
        " fingerprint) VALUES (%s, %lld, %lld, %s)",
    [VSO_SQL_OCSP_UPDATE] =
        "UPDATE vmo_ocsp SET response = %s, next_update_sec = %lld,"
        " fetched_sec = %lld WHERE fingerprint = %s",
    [VSO_SQL_OCSP_SWEEP] = "DELETE FROM vmo_ocsp WHERE next_update_sec < %lld",

    [VSO_SQL_EVENT_COUNT] = "SELECT COUNT(*) FROM vmo_event WHERE event = %s"
                            " AND version_id = %lld AND seq = %lld",
    [VSO_SQL_EVENT_INSERT] = INSERT_INTO("vmo_event"),
    [VSO_SQL_EVENT_LAST] = "SELECT COALESCE(MAX(seq), 0) FROM vmo_event",
    [VSO_SQL_EVENT_PURGE] = "DELETE FROM vmo_event"
                            " WHERE seq > 0 AND seq < %lld AND at_sec < %lld",

    [VSO_SQL_ATTEMPT_GET] =
        "SELECT at_sec, node FROM vmo_event WHERE event = %s"
        " AND version_id = %lld AND seq = 0",
    [VSO_SQL_ATTEMPT_RENEW] =
        "UPDATE vmo_event SET node = %s, at_sec = %lld WHERE event = %s"
        " AND version_id = %lld AND seq = 0 AND node = %s",
    [VSO_SQL_ATTEMPT_DELETE] = "DELETE FROM vmo_event WHERE event = %s"
                               " AND version_id = %lld AND seq = 0"
                               " AND node = %s",
};

/** "%s, %s, %s": so many texts. */
static const char *list(int count, apr_pool_t *p)
{
    static const char next[] = ", %s";
    apr_size_t len = sizeof(next) - 1;
    char *text = apr_palloc(p, (apr_size_t)count * len + 1);
    int i;

    for (i = 0; i < count; i++) {
        memcpy(text + (apr_size_t)i * len, next, len + 1);
    }
    return text + strlen(", ");
}

/** What a word in braces stands for. */
static const char *meaning(char *word, apr_pool_t *p)
{
    char *state;
    const char *kind = apr_strtok(word, " ", &state);
    const char *name = apr_strtok(NULL, " ", &state);
    const vso_table_t *table = vso_table_find(name);

    if (!strcmp(kind, "list")) {
        return list(atoi(name), p);
    }
    if (!strcmp(kind, "whole")) {
        return vso_table_whole(table, p);
    }
    if (!strcmp(kind, "columns")) {
        const char *called = apr_strtok(NULL, " ", &state);

        return called ? vso_table_names_of(table, called, p)
                      : vso_table_names(table, vso_table_width(table), p);
    }
    if (!strcmp(kind, "marks")) {
        return vso_table_marks(table, p);
    }
    else {
        int first = vso_table_column(table, apr_strtok(NULL, " ", &state));
        const char *last = apr_strtok(NULL, " ", &state);

        return vso_table_assignments(table, first,
                                     last ? vso_table_column(table, last)
                                          : vso_table_width(table) - 1,
                                     p);
    }
}

/* Statements on one row */

vso_sql_e vso_sql_row(const vso_table_t *table, vso_sql_row_e kind)
{
    return (vso_sql_e)(VSO_SQL_ROWS + 3 * vso_table_macs_number(table) +
                       (int)kind);
}

static const char *row_text(const vso_table_t *table, vso_sql_row_e kind,
                            apr_pool_t *p)
{
    int width = vso_table_width(table);
    const char *key = apr_pstrcat(p, " WHERE ", vso_table_key_marks(table, p),
                                  " AND " VSO_MAC_COLUMN " = %s", NULL);

    switch (kind) {
    case VSO_SQL_ROW_INSERT:
        return apr_pstrcat(p, "INSERT INTO ", table->name, " (",
                           vso_table_names(table, width, p), ") VALUES (",
                           vso_table_marks(table, p), ")", NULL);
    case VSO_SQL_ROW_UPDATE:
        return apr_pstrcat(
            p, "UPDATE ", table->name, " SET ",
            vso_table_assignments(table, vso_table_key(table), width - 1, p),
            key, NULL);
    default:
        return apr_pstrcat(p, "DELETE FROM ", table->name, key, NULL);
    }
}

/* All of them */

const char *vso_sql_text(vso_sql_e sql, apr_pool_t *p)
{
    const vso_table_t *table;
    const char *text = "";
    const char *rest;
    const char *open;

    if (sql >= VSO_SQL_ROWS) {
        table = vso_table_with_macs(((int)sql - VSO_SQL_ROWS) / 3);
        return table
                   ? row_text(table,
                              (vso_sql_row_e)(((int)sql - VSO_SQL_ROWS) % 3), p)
                   : NULL;
    }
    rest = texts[sql];

    while ((open = strchr(rest, '{')) != NULL) {
        apr_size_t len = strcspn(open, "}");

        text = apr_pstrcat(
            p, text, apr_pstrmemdup(p, rest, (apr_size_t)(open - rest)),
            meaning(apr_pstrmemdup(p, open + 1, len - 1), p), NULL);
        rest = open + len + 1;
    }
    return apr_pstrcat(p, text, rest, NULL);
}

int vso_sql_params(const char *text)
{
    int n = 0;

    while ((text = strchr(text, '%')) != NULL) {
        text++;
        n++;
    }
    return n;
}
