/* SPDX-License-Identifier: Apache-2.0 */
#include "store/row_sums.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <apr_tables.h>

#include "base/hex.h"

#define HEX "0123456789abcdef"

/** Rows of one table under one master key. */
typedef struct {
    const char *table;
    const char *key_id;
    apr_int64_t count;
    vso_row_sum_t sum;
} line_t;

struct vso_row_sums_t {
    const vso_row_keys_t *keys;
    apr_array_header_t *lines; /**< line_t */
    apr_pool_t *p;
};

vso_row_sums_t *vso_row_sums_make(const vso_row_keys_t *keys, apr_pool_t *p)
{
    vso_row_sums_t *sums = apr_pcalloc(p, sizeof(*sums));

    sums->keys = keys;
    sums->lines = apr_array_make(p, 16, sizeof(line_t));
    sums->p = p;
    return sums;
}

/** NULL: there are no such rows. */
static line_t *find(const vso_row_sums_t *sums, const char *table,
                    const char *key_id)
{
    int i;

    for (i = 0; i < sums->lines->nelts; i++) {
        line_t *line = &APR_ARRAY_IDX(sums->lines, i, line_t);

        if (!strcmp(line->table, table) && !strcmp(line->key_id, key_id)) {
            return line;
        }
    }
    return NULL;
}

static line_t *find_or_add(vso_row_sums_t *sums, const char *table,
                           const char *key_id)
{
    line_t *line = find(sums, table, key_id);

    if (!line) {
        line = apr_array_push(sums->lines);
        memset(line, 0, sizeof(*line));
        line->table = apr_pstrdup(sums->p, table);
        line->key_id = apr_pstrdup(sums->p, key_id);
    }
    return line;
}

static apr_status_t count(vso_row_sums_t *sums, const char *table,
                          const char *mac, int adds, vso_result_t *res)
{
    apr_pool_t *scratch;
    vso_row_sum_t addend;
    line_t *line;
    int ok;

    apr_pool_create(&scratch, sums->p);
    ok = vso_row_mac_addend(sums->keys, mac, &addend, scratch);
    if (ok) {
        line = find_or_add(sums, table, vso_row_mac_id(mac, scratch));
        line->count += adds ? 1 : -1;
        (adds ? vso_row_sum_add : vso_row_sum_subtract)(&line->sum, &addend);
    }
    apr_pool_destroy(scratch);
    return ok ? APR_SUCCESS
              : vso_fail(res, VSO_P_INTERNAL, table,
                         "A row of %s has no place in the sum of its table.",
                         table);
}

apr_status_t vso_row_sums_add(vso_row_sums_t *sums, const char *table,
                              const char *mac, vso_result_t *res)
{
    return count(sums, table, mac, 1, res);
}

apr_status_t vso_row_sums_subtract(vso_row_sums_t *sums, const char *table,
                                   const char *mac, vso_result_t *res)
{
    return count(sums, table, mac, 0, res);
}

static int is_empty(const line_t *line)
{
    static const vso_row_sum_t none;

    return !line || (!line->count && !memcmp(&line->sum, &none, sizeof(none)));
}

/** Has b what a has of a table? */
static int covers(const vso_row_sums_t *a, const vso_row_sums_t *b,
                  const char *table)
{
    int i;

    for (i = 0; i < a->lines->nelts; i++) {
        const line_t *line = &APR_ARRAY_IDX(a->lines, i, const line_t);
        const line_t *other;

        if (strcmp(line->table, table)) {
            continue;
        }
        other = find(b, table, line->key_id);
        if (is_empty(line) && is_empty(other)) {
            continue;
        }
        if (!other || line->count != other->count ||
            memcmp(&line->sum, &other->sum, sizeof(line->sum)) != 0) {
            return 0;
        }
    }
    return 1;
}

int vso_row_sums_equal(const vso_row_sums_t *a, const vso_row_sums_t *b,
                       const char *table)
{
    return covers(a, b, table) && covers(b, a, table);
}

apr_int64_t vso_row_sums_count(const vso_row_sums_t *sums, const char *table)
{
    apr_int64_t count = 0;
    int i;

    for (i = 0; i < sums->lines->nelts; i++) {
        const line_t *line = &APR_ARRAY_IDX(sums->lines, i, const line_t);

        if (!strcmp(line->table, table)) {
            count += line->count;
        }
    }
    return count;
}

void vso_row_sums_set(vso_row_sums_t *sums, const vso_row_sums_t *others)
{
    int i;

    sums->lines->nelts = 0;
    for (i = 0; i < others->lines->nelts; i++) {
        const line_t *line = &APR_ARRAY_IDX(others->lines, i, const line_t);

        line_t *own = find_or_add(sums, line->table, line->key_id);

        own->count = line->count;
        own->sum = line->sum;
    }
}

/* As text */

static const char *place(const char *keystore_id, apr_int64_t generation,
                         apr_pool_t *p)
{
    return apr_psprintf(p, "sums|%s|%" APR_INT64_T_FMT, keystore_id,
                        generation);
}

apr_status_t vso_row_sums_seal(const vso_row_sums_t *sums,
                               const char *keystore_id, apr_int64_t generation,
                               const char **ptext, vso_result_t *res,
                               apr_pool_t *p)
{
    const char *id = vso_row_keys_id(sums->keys);
    const char *text = "";
    int i;

    for (i = 0; i < sums->lines->nelts; i++) {
        const line_t *line = &APR_ARRAY_IDX(sums->lines, i, const line_t);

        if (!is_empty(line)) {
            text = apr_psprintf(p, "%s%s %s %" APR_INT64_T_FMT " %s\n", text,
                                line->table, line->key_id, line->count,
                                vso_hex(line->sum.bytes, VSO_ROW_SUM_LEN, p));
        }
    }
    return id ? vso_seal_with(vso_row_keys_ring(sums->keys), id,
                              vso_secret_copy(text, strlen(text), p),
                              place(keystore_id, generation, p), ptext, res, p)
              : vso_fail(res, VSO_P_SEALED, NULL,
                         "There is no master key: set VSOCertMasterKey.");
}

static int from_hex(const char *hex, vso_row_sum_t *sum)
{
    int i;

    if (strlen(hex) != (apr_size_t)2 * VSO_ROW_SUM_LEN ||
        strspn(hex, HEX) != (apr_size_t)2 * VSO_ROW_SUM_LEN) {
        return 0;
    }
    for (i = 0; i < VSO_ROW_SUM_LEN; i++) {
        sum->bytes[i] = (unsigned char)((strchr(HEX, hex[2 * i]) - HEX) * 16 +
                                        (strchr(HEX, hex[2 * i + 1]) - HEX));
    }
    return 1;
}

/** @return 0 for what vso_row_sums_seal does not write */
static int read_line(vso_row_sums_t *sums, char *text)
{
    char *state;
    const char *table = apr_strtok(text, " ", &state);
    const char *id = apr_strtok(NULL, " ", &state);
    const char *number = apr_strtok(NULL, " ", &state);
    const char *hex = apr_strtok(NULL, " ", &state);
    line_t *line;

    if (!table || !id || !number || !hex) {
        return 0;
    }
    line = find_or_add(sums, table, id);
    line->count = apr_atoi64(number);
    return from_hex(hex, &line->sum);
}

apr_status_t vso_row_sums_open(const vso_row_keys_t *keys, const char *text,
                               const char *keystore_id, apr_int64_t generation,
                               vso_row_sums_t **psums, vso_result_t *res,
                               apr_pool_t *p)
{
    vso_row_sums_t *sums = vso_row_sums_make(keys, p);
    vso_secret_t *plain = NULL;
    char *state;
    char *line;

    if (vso_seal_open(vso_row_keys_ring(keys), text,
                      place(keystore_id, generation, p), &plain, res,
                      p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (line = apr_strtok((char *)plain->data, "\n", &state); line;
         line = apr_strtok(NULL, "\n", &state)) {
        if (!read_line(sums, line)) {
            return vso_fail(res, VSO_P_DAMAGED, NULL,
                            "The sums of the tables cannot be read.");
        }
    }
    *psums = sums;
    return APR_SUCCESS;
}
