/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tables.h"

#include <string.h>

#define COLUMN(...)                                                            \
    {                                                                          \
        __VA_ARGS__                                                            \
    }
#define PLAIN(type, name, key, rule, since)                                    \
    COLUMN(name, VSO_COLUMN_##type, key, rule, since, 0, NULL, 0)
#define INT(name)                PLAIN(INT, name, 0, NULL, 0)
#define NAME(name)               PLAIN(NAME, name, 0, NULL, 0)
#define TEXT(name)               PLAIN(TEXT, name, 0, NULL, 0)
#define KEY(type, name)          PLAIN(type, name, 1, NULL, 0)
#define RULED(type, name, rule)  PLAIN(type, name, 0, rule, 0)
#define ADDED(since, type, name) PLAIN(type, name, 0, NULL, since)

/* The last one of a table whose rows have MACs. */
#define MAC COLUMN(VSO_MAC_COLUMN, VSO_COLUMN_NAME, 0, NULL, 8, 1, NULL, 0)
#define END PLAIN(INT, NULL, 0, NULL, 0)

/* locks is what every transaction that takes the lock raises: builds of before
 * schema version 8 call it by another name, and fail at their first statement.
 */
static const vso_column_t keystore_state_columns[] = {
    PLAIN(INT, "id", 1, "CHECK (id = 1)", 0),
    INT("schema_version"),
    NAME("keystore_id"),
    INT("generation"),
    INT("next_id"),
    INT("audit_seq"),
    NAME("audit_mac"),
    TEXT("sealed_audit_key"),
    COLUMN("locks", VSO_COLUMN_INT, 0, NULL, 0, 1, "lock_count", 8),
    ADDED(7, NAME, "lineage"),
    ADDED(7, INT, "serving_generation"),
    ADDED(8, TEXT, "sums"),
    ADDED(8, INT, "moved_sec"),
    MAC,
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
    MAC,
    END,
};

/* What lists and nodes want to know of an entry, so that neither reads its
 * versions: see entry_row.h. */
static const vso_column_t entry_columns[] = {
    KEY(SORT, "name"),
    INT("generation"),
    TEXT("active"),
    INT("not_after_sec"),
    INT("pending"),
    INT("self_signed"),
    INT("backed_up_sec"),
    TEXT("renewal"),
    TEXT("search"),
    MAC,
    END,
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
    MAC,
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
    MAC,
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
    MAC,
    END,
};

static const vso_column_t package_member_columns[] = {
    KEY(INT, "package_id"),
    KEY(INT, "element_id"),
    MAC,
    END,
};

/* Content is owned by an import until a change adopts it (import_id 0): see
 * content.h. */
static const vso_column_t package_content_columns[] = {
    KEY(INT, "id"), INT("import_id"), INT("size"), NAME("sha256"), MAC, END,
};

static const vso_column_t package_chunk_columns[] = {
    KEY(INT, "content_id"),
    KEY(INT, "seq"),
    TEXT("data"),
    END,
};

static const vso_column_t import_columns[] = {
    KEY(INT, "id"),
    INT("content_id"),
    NAME("sha256"),
    INT("size"),
    TEXT("name"),
    TEXT("created_by"),
    INT("created_sec"),
    INT("expires_sec"),
    MAC,
    END,
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
    KEY(INT, "version_id"), INT("at_sec"), TEXT("actor"),
    TEXT("address"),        MAC,           END,
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
    {"vmo_keystore_state", 1, keystore_state_columns, NULL, VSO_MACS_ROWS,
     NULL},
    {"vmo_keystore", 1, keystore_columns,
     "UNIQUE (alias, version), UNIQUE (alias, slot), UNIQUE (key_fingerprint, "
     "id), CHECK ((state = 'retired') = (sealed_key = ''))",
     VSO_MACS_SUMMED, NULL},
    {"vmo_audit", 1, audit_columns, "UNIQUE (at_sec, seq)", VSO_MACS_NONE,
     NULL},
    {"vmo_session", 1, session_columns, NULL, VSO_MACS_NONE, NULL},
    {"vmo_trusted_certificate", 2, trusted_certificate_columns, NULL,
     VSO_MACS_SUMMED, NULL},
    {"vmo_package", 2, package_columns, NULL, VSO_MACS_SUMMED, NULL},
    {"vmo_package_element", 2, package_element_columns, NULL, VSO_MACS_SUMMED,
     NULL},
    {"vmo_package_member", 2, package_member_columns,
     "UNIQUE (element_id, package_id)", VSO_MACS_SUMMED, NULL},
    /* what belongs to an import yet is written without the lock */
    {"vmo_package_content", 2, package_content_columns,
     "UNIQUE (import_id, id)", VSO_MACS_SUMMED, "import_id"},
    {"vmo_package_chunk", 2, package_chunk_columns, NULL, VSO_MACS_NONE, NULL},
    {"vmo_import", 2, import_columns, NULL, VSO_MACS_ROWS, NULL},
    {"vmo_node", 3, node_columns, NULL, VSO_MACS_NONE, NULL},
    {"vmo_event", 3, event_columns, NULL, VSO_MACS_NONE, NULL},
    {"vmo_schedule", 3, schedule_columns, NULL, VSO_MACS_SUMMED, NULL},
    {"vmo_ocsp", 3, ocsp_columns, NULL, VSO_MACS_NONE, NULL},
    {"vmo_change", 4, change_columns, NULL, VSO_MACS_NONE, NULL},
    {"vmo_activation", 5, activation_columns, "UNIQUE (generation, version_id)",
     VSO_MACS_NONE, NULL},
    {"vmo_entry", 7, entry_columns,
     "UNIQUE (generation, name), UNIQUE (not_after_sec, name)", VSO_MACS_SUMMED,
     NULL},
    {NULL, 0, NULL, NULL, VSO_MACS_NONE, NULL},
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

const vso_table_t *vso_table_with_macs(int number)
{
    const vso_table_t *table = tables;

    for (; table->name; table++) {
        if (table->macs != VSO_MACS_NONE && number-- == 0) {
            return table;
        }
    }
    return NULL;
}

int vso_table_macs_number(const vso_table_t *table)
{
    const vso_table_t *other;
    int number = 0;

    for (other = tables; other < table; other++) {
        number += other->macs != VSO_MACS_NONE;
    }
    return table->macs == VSO_MACS_NONE ? -1 : number;
}

int vso_table_counts(const vso_table_t *table, const char *const *values)
{
    return table->macs == VSO_MACS_SUMMED &&
           (!table->owner ||
            !strcmp(values[vso_table_column(table, table->owner)], "0"));
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
