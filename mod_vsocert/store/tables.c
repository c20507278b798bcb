/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tables.h"

#include <string.h>

#include <apr_strings.h>

#define COLUMN(...)                                                            \
    {                                                                          \
        __VA_ARGS__                                                            \
    }
#define INT(name)               COLUMN(name, VSO_COLUMN_INT, 0, NULL, 0, 0)
#define NAME(name)              COLUMN(name, VSO_COLUMN_NAME, 0, NULL, 0, 0)
#define TEXT(name)              COLUMN(name, VSO_COLUMN_TEXT, 0, NULL, 0, 0)
#define KEY(type, name)         COLUMN(name, VSO_COLUMN_##type, 1, NULL, 0, 0)
#define RULED(type, name, rule) COLUMN(name, VSO_COLUMN_##type, 0, rule, 0, 0)
#define ADDED(since, type, name)                                               \
    COLUMN(name, VSO_COLUMN_##type, 0, NULL, since, 0)
#define END COLUMN(NULL, VSO_COLUMN_INT, 0, NULL, 0, 0)

static const vso_column_t keystore_state_columns[] = {
    {"id", VSO_COLUMN_INT, 1, "CHECK (id = 1)", 0, 0},
    INT("schema_version"),
    NAME("keystore_id"),
    INT("generation"),
    INT("next_id"),
    INT("audit_seq"),
    NAME("audit_mac"),
    TEXT("sealed_audit_key"),
    INT("lock_count"),
    ADDED(7, NAME, "lineage"),
    ADDED(7, INT, "serving_generation"),
    END,
};

/* slot is the algorithm of an active version and the version number of all
 * others: two active versions of one algorithm cannot be stored. */
static const vso_column_t keystore_columns[] = {
    KEY(INT, "id"),
    NAME("alias"),
    INT("version"),
    RULED(NAME, "state",
          "CHECK (state IN ('pending', 'active', 'passive', 'retired'))"),
    NAME("slot"),
    NAME("origin"),
    NAME("key_type"),
    NAME("key_fingerprint"),
    TEXT("sealed_key"),
    TEXT("csr"),
    TEXT("certificate"),
    TEXT("chain"),
    TEXT("subject"),
    TEXT("issuer"),
    TEXT("subject_text"),
    TEXT("issuer_text"),
    NAME("serial"),
    TEXT("sans"),
    NAME("signature_algorithm"),
    NAME("fingerprint"),
    INT("not_before_sec"),
    INT("not_after_sec"),
    INT("self_signed"),
    INT("created_sec"),
    TEXT("created_by"),
    INT("activated_sec"),
    INT("generation"),
    END,
};

/* What lists and nodes want to know of an entry, so that neither reads its
 * versions: see entry_row.h. */
static const vso_column_t entry_columns[] = {
    KEY(SORT, "name"),    INT("generation"),
    TEXT("active"),       INT("not_after_sec"),
    INT("pending"),       INT("self_signed"),
    INT("backed_up_sec"), TEXT("renewal"),
    TEXT("search"),       END,
};

static const vso_column_t audit_columns[] = {
    KEY(INT, "seq"),
    INT("at_sec"),
    TEXT("actor"),
    TEXT("address"),
    TEXT("action"),
    TEXT("alias"),
    INT("version_id"),
    TEXT("outcome"),
    TEXT("detail"),
    TEXT("mac"),
    END,
};

static const vso_column_t session_columns[] = {
    KEY(NAME, "session_key"),
    INT("expiry"),
    TEXT("session"),
    END,
};

static const vso_column_t trusted_certificate_columns[] = {
    KEY(NAME, "fingerprint"),
    TEXT("certificate"),
    TEXT("subject_text"),
    TEXT("issuer_text"),
    NAME("serial"),
    NAME("key_type"),
    INT("not_before_sec"),
    INT("not_after_sec"),
    TEXT("source"),
    TEXT("added_by"),
    INT("added_sec"),
    ADDED(6, INT, "vouches"),
    END,
};

/* How a package was signed when it came, and how its import was decided, came
 * with version 6: '' in the rows of before. */
static const vso_column_t package_columns[] = {
    KEY(INT, "id"),
    RULED(NAME, "name", "UNIQUE"),
    TEXT("package_id"),
    TEXT("description"),
    TEXT("meta"),
    NAME("sha256"),
    NAME("signer"),
    TEXT("signer_text"),
    NAME("signature"),
    INT("encrypted"),
    INT("imported_sec"),
    TEXT("imported_by"),
    INT("generation"),
    ADDED(6, NAME, "digest"),
    ADDED(6, NAME, "trust"),
    END,
};

static const vso_column_t package_element_columns[] = {
    KEY(INT, "id"),
    RULED(NAME, "element_id", "UNIQUE"),
    TEXT("folder"),
    TEXT("type"),
    TEXT("name"),
    TEXT("path"),
    TEXT("version"),
    TEXT("tags"),
    TEXT("files"),
    TEXT("certificates"),
    NAME("signer"),
    NAME("author"),
    NAME("signature"),
    TEXT("needs"),
    INT("content_id"),
    INT("imported_sec"),
    TEXT("imported_by"),
    ADDED(6, NAME, "trust"),
    END,
};

static const vso_column_t package_member_columns[] = {
    KEY(INT, "package_id"),
    KEY(INT, "element_id"),
    END,
};

/* Content is owned by an import until a change adopts it (import_id 0): see
 * content.h. */
static const vso_column_t package_content_columns[] = {
    KEY(INT, "id"), INT("import_id"), INT("size"), NAME("sha256"), END,
};

static const vso_column_t package_chunk_columns[] = {
    KEY(INT, "content_id"),
    KEY(INT, "seq"),
    TEXT("data"),
    END,
};

static const vso_column_t import_columns[] = {
    KEY(INT, "id"),     INT("content_id"),  NAME("sha256"),
    INT("size"),        TEXT("name"),       TEXT("created_by"),
    INT("created_sec"), INT("expires_sec"), END,
};

static const vso_column_t node_columns[] = {
    KEY(NAME, "node"),
    NAME("instance"),
    INT("pid"),
    TEXT("version"),
    INT("generation"),
    INT("quarantined"),
    INT("sealed"),
    TEXT("served"),
    INT("poll_msec"),
    INT("started_sec"),
    INT("last_seen_sec"),
    INT("beats"),
    ADDED(7, TEXT, "configured"),
    ADDED(7, INT, "by_name"),
    ADDED(7, INT, "entries"),
    END,
};

/* seq is the audit row that it is about, or 0. */
static const vso_column_t event_columns[] = {
    KEY(NAME, "event"), KEY(INT, "version_id"), KEY(INT, "seq"),
    TEXT("node"),       INT("at_sec"),          END,
};

static const vso_column_t schedule_columns[] = {
    KEY(INT, "version_id"), INT("at_sec"), TEXT("actor"), TEXT("address"), END,
};

static const vso_column_t ocsp_columns[] = {
    KEY(NAME, "fingerprint"),
    TEXT("response"),
    INT("next_update_sec"),
    INT("fetched_sec"),
    END,
};

/* What tells a change from all others, an equal one of another node in the same
 * second included: see change.c. */
static const vso_column_t change_columns[] = {
    KEY(INT, "seq"),
    NAME("token"),
    END,
};

/* The change that last made a version active, or took it out of service: what
 * turned together goes back together. */
static const vso_column_t activation_columns[] = {
    KEY(INT, "version_id"),
    INT("generation"),
    END,
};

static const vso_table_t tables[] = {
    {"vmo_keystore_state", 1, keystore_state_columns, NULL},
    {"vmo_keystore", 1, keystore_columns,
     "UNIQUE (alias, version), UNIQUE (alias, slot), UNIQUE (key_fingerprint, "
     "id), CHECK ((state = 'retired') = (sealed_key = ''))"},
    {"vmo_audit", 1, audit_columns, "UNIQUE (at_sec, seq)"},
    {"vmo_session", 1, session_columns, NULL},
    {"vmo_trusted_certificate", 2, trusted_certificate_columns, NULL},
    {"vmo_package", 2, package_columns, NULL},
    {"vmo_package_element", 2, package_element_columns, NULL},
    {"vmo_package_member", 2, package_member_columns,
     "UNIQUE (element_id, package_id)"},
    {"vmo_package_content", 2, package_content_columns,
     "UNIQUE (import_id, id)"},
    {"vmo_package_chunk", 2, package_chunk_columns, NULL},
    {"vmo_import", 2, import_columns, NULL},
    {"vmo_node", 3, node_columns, NULL},
    {"vmo_event", 3, event_columns, NULL},
    {"vmo_schedule", 3, schedule_columns, NULL},
    {"vmo_ocsp", 3, ocsp_columns, NULL},
    {"vmo_change", 4, change_columns, NULL},
    {"vmo_activation", 5, activation_columns,
     "UNIQUE (generation, version_id)"},
    {"vmo_entry", 7, entry_columns,
     "UNIQUE (generation, name), UNIQUE (not_after_sec, name)"},
    {NULL, 0, NULL, NULL},
};

/* An entry may have thousands of versions, a keystore a million, and the trail
 * never ends: whoever asks for some of them finds them by one of these. */
static const vso_index_t indices[] = {
    {"vmo_keystore_by_entry", "vmo_keystore", {"alias", "state", "id"}, 7},
    {"vmo_keystore_by_key",
     "vmo_keystore",
     {"alias", "state", "key_fingerprint"},
     7},
    {"vmo_keystore_by_state", "vmo_keystore", {"state", "id"}, 7},
    {"vmo_keystore_by_certificate", "vmo_keystore", {"fingerprint", "id"}, 7},
    {"vmo_audit_by_version", "vmo_audit", {"version_id", "seq"}, 7},
    {"vmo_audit_by_entry", "vmo_audit", {"alias", "seq"}, 7},
    {"vmo_audit_by_actor", "vmo_audit", {"actor", "seq"}, 7},
    {"vmo_audit_by_outcome", "vmo_audit", {"outcome", "seq"}, 7},
    {"vmo_audit_by_action", "vmo_audit", {"action", "seq"}, 7},
    {NULL, NULL, {NULL}, 0},
};

const vso_table_t *vso_tables(void)
{
    return tables;
}

const vso_index_t *vso_tables_indices(void)
{
    return indices;
}

const vso_table_t *vso_table_find(const char *name)
{
    const vso_table_t *table = tables;

    while (table->name && strcmp(table->name, name)) {
        table++;
    }
    return table->name ? table : NULL;
}

int vso_table_width(const vso_table_t *table)
{
    int count = 0;

    while (table->columns[count].name) {
        count++;
    }
    return count;
}

int vso_table_key(const vso_table_t *table)
{
    int count = 0;

    while (table->columns[count].name && table->columns[count].is_key) {
        count++;
    }
    return count;
}

int vso_table_column(const vso_table_t *table, const char *name)
{
    int i;

    for (i = 0; table->columns[i].name; i++) {
        if (!strcmp(table->columns[i].name, name)) {
            return i;
        }
    }
    return -1;
}

/* Parts of statements */

const char *vso_column_mark(const vso_column_t *column)
{
    return column->type == VSO_COLUMN_INT ? "%lld" : "%s";
}

const char *vso_table_names(const vso_table_t *table, int count, apr_pool_t *p)
{
    const char *text = "";
    int i;

    for (i = 0; i < count; i++) {
        text =
            apr_pstrcat(p, text, i ? ", " : "", table->columns[i].name, NULL);
    }
    return text;
}

const char *vso_table_marks(const vso_table_t *table, apr_pool_t *p)
{
    const char *text = "";
    int i;

    for (i = 0; table->columns[i].name; i++) {
        text = apr_pstrcat(p, text, i ? ", " : "",
                           vso_column_mark(&table->columns[i]), NULL);
    }
    return text;
}

const char *vso_table_assignments(const vso_table_t *table, int first, int last,
                                  apr_pool_t *p)
{
    const char *text = "";
    int i;

    for (i = first; i <= last; i++) {
        text =
            apr_pstrcat(p, text, i > first ? ", " : "", table->columns[i].name,
                        " = ", vso_column_mark(&table->columns[i]), NULL);
    }
    return text;
}

/* Definitions */

static const char *definition(const vso_column_t *column, apr_pool_t *p)
{
    static const char *const words[] = {
        [VSO_COLUMN_INT] = " {int} NOT NULL",
        [VSO_COLUMN_NAME] = " {name} NOT NULL",
        [VSO_COLUMN_SORT] = " {sort} NOT NULL",
        [VSO_COLUMN_TEXT] = " {text} NOT NULL",
    };

    return apr_pstrcat(p, column->name, words[column->type], NULL);
}

const char *vso_table_create(const vso_table_t *table, apr_pool_t *p)
{
    const vso_column_t *column = table->columns;
    int keys = vso_table_key(table);
    const char *text =
        apr_pstrcat(p, "CREATE TABLE IF NOT EXISTS ", table->name, " (", NULL);

    for (; column->name; column++) {
        if (!column->since) {
            text =
                apr_pstrcat(p, text, column > table->columns ? ", " : "",
                            definition(column, p),
                            column->is_key && keys == 1 ? " PRIMARY KEY" : "",
                            column->rule ? " " : "",
                            column->rule ? column->rule : "", NULL);
        }
    }
    if (keys > 1) {
        text = apr_pstrcat(p, text, ", PRIMARY KEY (",
                           vso_table_names(table, keys, p), ")", NULL);
    }
    return apr_pstrcat(p, text, table->rules ? ", " : "",
                       table->rules ? table->rules : "", "){options}", NULL);
}

const char *vso_table_add(const vso_table_t *table, const vso_column_t *column,
                          apr_pool_t *p)
{
    static const char *const defaults[] = {
        [VSO_COLUMN_INT] = "0",
        [VSO_COLUMN_NAME] = "''",
        [VSO_COLUMN_SORT] = "''",
        [VSO_COLUMN_TEXT] = "{no text}",
    };

    return apr_pstrcat(p, "ALTER TABLE ", table->name, " ADD COLUMN ",
                       definition(column, p), " DEFAULT ",
                       defaults[column->type], NULL);
}

const char *vso_table_index(const vso_index_t *index, apr_pool_t *p)
{
    const vso_table_t *table = vso_table_find(index->table);
    const char *text = apr_pstrcat(p, "CREATE INDEX ", index->name, " ON ",
                                   index->table, " (", NULL);
    int i;

    for (i = 0; index->columns[i]; i++) {
        int at = vso_table_column(table, index->columns[i]);

        text = apr_pstrcat(
            p, text, i ? ", " : "", index->columns[i],
            table->columns[at].type == VSO_COLUMN_TEXT ? "{prefix}" : "", NULL);
    }
    return apr_pstrcat(p, text, ")", NULL);
}
