/* SPDX-License-Identifier: Apache-2.0 */
#include "serving/destroyed.h"

#include <string.h>

#include "base/hex.h"
#include "base/log.h"
#include "serving/gone.h"

/** What is left of an entry's keys. */
typedef struct {
    unsigned char kept[VSO_GONE_KEPT][VSO_RECORD_ID_LEN];
    int count;
    int destroyed; /**< 1: one of them is not */
} left_t;

static int in_list(const apr_array_header_t *prints, const char *print)
{
    int i;

    for (i = 0; i < prints->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(prints, i, const char *), print)) {
            return 1;
        }
    }
    return 0;
}

static void look_at(left_t *left, const unsigned char *id,
                    const vso_record_rows_t *row, apr_pool_t *p)
{
    int i;

    if (!in_list(row->live, vso_hex(id, VSO_RECORD_ID_LEN, p))) {
        left->destroyed = 1;
        return;
    }
    for (i = 0; i < left->count; i++) {
        if (!memcmp(left->kept[i], id, VSO_RECORD_ID_LEN)) {
            return;
        }
    }
    if (left->count < VSO_GONE_KEPT) {
        memcpy(left->kept[left->count++], id, VSO_RECORD_ID_LEN);
    }
}

/* What is served comes first: a key that finds no room costs whoever has a
 * session with it a handshake. */
static void look_through(left_t *left, const vso_record_t *record,
                         const vso_record_rows_t *row, apr_pool_t *p)
{
    int i;

    for (i = 0; i < record->versions->nelts; i++) {
        look_at(left,
                APR_ARRAY_IDX(record->versions, i, vso_record_version_t).key_id,
                row, p);
    }
    for (i = 0; i < record->live->nelts; i++) {
        look_at(left,
                (const unsigned char *)record->live->elts +
                    (apr_size_t)i * VSO_RECORD_ID_LEN,
                row, p);
    }
}

void vso_destroyed_note(vso_replica_t *replica, const apr_array_header_t *rows,
                        apr_int64_t generation, apr_pool_t *p)
{
    vso_shared_t *shared = vso_replica_options(replica)->shared;
    int without_room = 0;
    int i;

    for (i = 0; i < rows->nelts; i++) {
        const vso_record_rows_t *row =
            &APR_ARRAY_IDX(rows, i, const vso_record_rows_t);
        vso_record_t *record;
        left_t left = {.count = 0};

        if (vso_replica_entry(replica, row->entry, &record,
                              vso_result_create(p), p) != APR_SUCCESS) {
            continue;
        }
        look_through(&left, record, row, p);
        if (left.destroyed &&
            !vso_shared_destroy(shared, row->entry, generation,
                                (const unsigned char(*)[32])left.kept,
                                left.count)) {
            without_room++;
        }
    }
    if (without_room) {
        vso_log(VSO_LOG_ERROR,
                "keys of %d entries that generation %" APR_INT64_T_FMT
                " destroyed go on being served here until the replica can be "
                "written: too many entries have such keys",
                without_room, generation);
    }
}
