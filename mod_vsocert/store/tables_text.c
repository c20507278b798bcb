/* SPDX-License-Identifier: Apache-2.0 */
/* Tables as the texts of statements. */
#include "store/tables.h"

#include <apr_strings.h>

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

const char *vso_table_names_of(const vso_table_t *table, const char *called,
                               apr_pool_t *p)
{
    const char *text = "";
    int i;

    for (i = 0; table->columns[i].name; i++) {
        text = apr_pstrcat(p, text, i ? ", " : "", called, ".",
                           table->columns[i].name, NULL);
    }
    return text;
}

const char *vso_table_key_marks(const vso_table_t *table, apr_pool_t *p)
{
    const char *text = "";
    int i;

    for (i = 0; i < vso_table_key(table); i++) {
        text = apr_pstrcat(p, text, i ? " AND " : "", table->columns[i].name,
                           " = ", vso_column_mark(&table->columns[i]), NULL);
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

const char *vso_table_whole(const vso_table_t *table, apr_pool_t *p)
{
    const char *text =
        vso_table_names_of(vso_table_find("vmo_keystore_state"), "s", p);
    int i;

    for (i = 0; table->columns[i].name; i++) {
        text = apr_pstrcat(
            p, text, ", COALESCE(t.", table->columns[i].name,
            table->columns[i].type == VSO_COLUMN_INT ? ", 0)" : ", '')", NULL);
    }
    return apr_pstrcat(p, text, " FROM vmo_keystore_state s LEFT JOIN ",
                       table->name, " t ON 1 = 1 WHERE s.id = 1", NULL);
}

/* Definitions */

static const char *definition(const char *name, const vso_column_t *column,
                              apr_pool_t *p)
{
    static const char *const words[] = {
        [VSO_COLUMN_INT] = " {int} NOT NULL",
        [VSO_COLUMN_NAME] = " {name} NOT NULL",
        [VSO_COLUMN_SORT] = " {sort} NOT NULL",
        [VSO_COLUMN_TEXT] = " {text} NOT NULL",
    };

    return apr_pstrcat(p, name, words[column->type], NULL);
}

const char *vso_table_create(const vso_table_t *table, apr_pool_t *p)
{
    const vso_column_t *column = table->columns;
    int keys = vso_table_key(table);
    const char *text =
        apr_pstrcat(p, "CREATE TABLE IF NOT EXISTS ", table->name, " (", NULL);

    for (; column->name; column++) {
        if (!column->since) {
            text = apr_pstrcat(
                p, text, column > table->columns ? ", " : "",
                definition(column->was ? column->was : column->name, column, p),
                column->is_key && keys == 1 ? " PRIMARY KEY" : "",
                column->rule ? " " : "", column->rule ? column->rule : "",
                NULL);
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
                       definition(column->name, column, p), " DEFAULT ",
                       defaults[column->type], NULL);
}

const char *vso_table_no_default(const vso_table_t *table,
                                 const vso_column_t *column, apr_pool_t *p)
{
    return apr_pstrcat(p, "ALTER TABLE ", table->name, " ALTER COLUMN ",
                       column->name, " DROP DEFAULT", NULL);
}

const char *vso_table_rename(const vso_table_t *table,
                             const vso_column_t *column, apr_pool_t *p)
{
    return apr_pstrcat(p, "ALTER TABLE ", table->name, " RENAME COLUMN ",
                       column->was, " TO ", column->name, NULL);
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
