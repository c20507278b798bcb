/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <apr_strings.h>

#include "serving/pack.h"
#include "serving/replica_impl.h"

#define PLACE "head"

static MDB_val head_key(void)
{
    return vso_replica_val(PLACE, strlen(PLACE));
}

static void read_side(vso_bytes_t *in, vso_replica_side_t *side, apr_pool_t *p)
{
    side->keystore_id = vso_pack_read_text(in, p);
    side->lineage = vso_pack_read_text(in, p);
    side->position = (apr_int64_t)vso_bytes_number(in, 8);
    side->name = vso_pack_read_text(in, p);
    side->generation = (apr_int64_t)vso_bytes_number(in, 8);
    side->entries = (apr_int64_t)vso_bytes_number(in, 8);
    side->quarantined = (apr_int64_t)vso_bytes_number(in, 8);
    side->keys = NULL;
}

static void write_side(vso_pack_t *pack, const vso_replica_side_t *side)
{
    vso_pack_text(pack, side->keystore_id);
    vso_pack_text(pack, side->lineage);
    vso_pack_number(pack, (apr_uint64_t)side->position, 8);
    vso_pack_text(pack, side->name);
    vso_pack_number(pack, (apr_uint64_t)side->generation, 8);
    vso_pack_number(pack, (apr_uint64_t)side->entries, 8);
    vso_pack_number(pack, (apr_uint64_t)side->quarantined, 8);
}

void vso_replica_head_empty(vso_replica_heads_t *heads)
{
    int i;

    memset(heads, 0, sizeof(*heads));
    for (i = 0; i < 2; i++) {
        heads->sides[i].keystore_id = "";
        heads->sides[i].lineage = "";
        heads->sides[i].name = "";
    }
}

static apr_status_t parse(const vso_replica_t *replica,
                          const vso_bytes_t *bytes, vso_replica_heads_t *heads,
                          vso_result_t *res, apr_pool_t *p)
{
    vso_result_t *cause = vso_result_create(p);
    vso_bytes_t in = {NULL, 0, 1};

    vso_replica_head_empty(heads);
    if (vso_record_open_text(replica->own, PLACE, bytes, &in, cause, p) !=
        APR_SUCCESS) {
        return cause->problem == VSO_P_SEALED
                   ? vso_fail(res, VSO_P_SEALED, NULL,
                              "The replica %s does not open. %s Or remove it: "
                              "it is filled from the database.",
                              replica->options.path, cause->detail)
                   : vso_fail_as(res, cause);
    }
    heads->served = vso_bytes_number(&in, 1) == 1;
    read_side(&in, &heads->sides[0], p);
    read_side(&in, &heads->sides[1], p);
    return in.bad || in.len ? vso_fail(res, VSO_P_DAMAGED, NULL,
                                       "The head of the replica %s is no head.",
                                       replica->options.path)
                            : APR_SUCCESS;
}

/* Is there an entry on this side? */
static int has_entries(const vso_replica_env_t *open, MDB_txn *txn, int side)
{
    MDB_stat stat;

    return mdb_stat(txn, open->sided[side][VSO_DB_ENTRIES], &stat) == 0 &&
           stat.ms_entries > 0;
}

/* The head as it stands there. APR_NOTFOUND: there is none yet; DAMAGED: there
 * was one. */
static apr_status_t get(const vso_replica_t *replica,
                        const vso_replica_env_t *open, MDB_txn *txn,
                        MDB_val *value, vso_result_t *res)
{
    MDB_val key = head_key();
    int rc = mdb_get(txn, open->meta, &key, value);

    if (rc == MDB_NOTFOUND) {
        return has_entries(open, txn, 0) || has_entries(open, txn, 1)
                   ? vso_fail(res, VSO_P_DAMAGED, NULL,
                              "The replica %s has lost its head.",
                              replica->options.path)
                   : APR_NOTFOUND;
    }
    return rc ? vso_replica_env_fail(replica, rc, res) : APR_SUCCESS;
}

apr_status_t vso_replica_head_read(vso_replica_t *replica,
                                   const vso_replica_env_t *open, MDB_txn *txn,
                                   vso_replica_heads_t *heads,
                                   vso_result_t *res, apr_pool_t *p)
{
    MDB_val value;
    vso_bytes_t bytes;
    apr_status_t rv = get(replica, open, txn, &value, res);

    if (rv == APR_NOTFOUND) {
        vso_replica_head_empty(heads);
        return APR_SUCCESS;
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    bytes = vso_replica_bytes(&value);
    return parse(replica, &bytes, heads, res, p);
}

const vso_record_keys_t *vso_replica_head_keys(vso_replica_t *replica,
                                               const char *keystore_id)
{
    const vso_record_keys_t *keys;
    int i;

    for (i = 0; i < replica->keys->nelts; i++) {
        keys = APR_ARRAY_IDX(replica->keys, i, const vso_record_keys_t *);
        if (!strcmp(keys->keystore_id, keystore_id)) {
            return keys;
        }
    }
    keys = vso_record_keys_make(replica->options.ring, keystore_id, replica->p);
    if (keys) {
        APR_ARRAY_PUSH(replica->keys, const vso_record_keys_t *) = keys;
    }
    return keys;
}

/* Take what was read in place of what is kept, unless it is no head. */
static apr_status_t keep(vso_replica_t *replica, const MDB_val *value,
                         vso_result_t *res)
{
    vso_bytes_t bytes = {NULL, 0, 0};
    apr_status_t rv = APR_SUCCESS;
    vso_replica_heads_t heads;
    apr_pool_t *p;
    int i;

    apr_pool_create(&p, replica->p);
    vso_replica_head_empty(&heads);
    if (value) {
        bytes = vso_replica_copy(value, p);
        rv = parse(replica, &bytes, &heads, res, p);
    }
    for (i = 0; rv == APR_SUCCESS && i < 2; i++) {
        vso_replica_side_t *side = &heads.sides[i];

        side->keys = vso_replica_head_keys(replica, side->keystore_id);
        if (!side->keys) {
            rv = vso_fail(res, VSO_P_INTERNAL, NULL,
                          "OpenSSL could not derive a key.");
        }
    }
    if (rv != APR_SUCCESS) {
        apr_pool_destroy(p);
        return rv;
    }
    apr_pool_destroy(replica->heads_pool);
    replica->heads_pool = p;
    replica->heads = heads;
    replica->head = bytes;
    return APR_SUCCESS;
}

/* Is what is kept right for the file? The side that it says is served may have
 * been emptied since. */
static int still_fits(const vso_replica_t *replica,
                      const vso_replica_env_t *open, MDB_txn *txn)
{
    const vso_replica_heads_t *heads = &replica->heads;

    return replica->head.len && (!heads->sides[heads->served].entries ||
                                 has_entries(open, txn, heads->served));
}

/* The head cannot be read: what is known of it goes on. */
static apr_status_t go_on(vso_replica_t *replica, MDB_txn *txn,
                          const vso_result_t *cause, vso_result_t *res)
{
    int rc;

    vso_replica_seen(replica, APR_EGENERAL, cause);
    if (cause->problem == VSO_P_INTERNAL) {
        /* LMDB reads no more in a transaction in which it failed */
        mdb_txn_reset(txn);
        rc = mdb_txn_renew(txn);
        if (rc) {
            return vso_replica_env_fail(replica, rc, res);
        }
    }
    if (!still_fits(replica, replica->open, txn)) {
        return vso_fail_as(res, cause);
    }
    vso_replica_tell(replica, cause);
    return APR_SUCCESS;
}

apr_status_t vso_replica_head_kept(vso_replica_t *replica, MDB_txn *txn,
                                   const vso_replica_heads_t **pheads,
                                   vso_result_t *res, apr_pool_t *p)
{
    vso_result_t *cause = vso_result_create(p);
    MDB_val value;
    apr_status_t rv = get(replica, replica->open, txn, &value, cause);

    if (rv == APR_NOTFOUND) {
        rv = keep(replica, NULL, cause);
    }
    else if (rv == APR_SUCCESS &&
             (!replica->head.len || value.mv_size != replica->head.len ||
              memcmp(value.mv_data, replica->head.data, value.mv_size))) {
        rv = keep(replica, &value, cause);
    }
    if (rv != APR_SUCCESS) {
        rv = go_on(replica, txn, cause, res);
    }
    *pheads = &replica->heads;
    return rv;
}

int vso_replica_head_known(vso_replica_txn_t *txn)
{
    vso_replica_t *replica = txn->replica;
    apr_status_t rv = APR_EGENERAL;

    pthread_mutex_lock(&replica->reading);
    if (still_fits(replica, txn->open, txn->txn)) {
        rv = parse(replica, &replica->head, &txn->heads,
                   vso_result_create(txn->p), txn->p);
    }
    pthread_mutex_unlock(&replica->reading);
    return rv == APR_SUCCESS;
}

apr_status_t vso_replica_head_write(vso_replica_txn_t *txn, vso_result_t *res)
{
    const vso_replica_t *replica = txn->replica;
    vso_pack_t pack = vso_pack_make(256, txn->p);
    MDB_val key = head_key();
    vso_bytes_t sealed;
    vso_bytes_t text;
    MDB_val value;
    apr_status_t rv;
    int rc;

    vso_pack_number(&pack, (apr_uint64_t)txn->heads.served, 1);
    write_side(&pack, &txn->heads.sides[0]);
    write_side(&pack, &txn->heads.sides[1]);
    text = vso_pack_bytes(&pack);
    rv = vso_record_seal_text(replica->own, PLACE, &text, &sealed, res, txn->p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    value = vso_replica_val(sealed.data, sealed.len);
    rc = mdb_put(txn->txn, txn->open->meta, &key, &value, 0);
    return rc ? vso_replica_env_fail(replica, rc, res) : APR_SUCCESS;
}

void vso_replica_head_tell(const vso_replica_heads_t *heads, int side,
                           vso_replica_head_t *head, apr_pool_t *p)
{
    const vso_replica_side_t *from = &heads->sides[side];

    head->keystore_id = apr_pstrdup(p, from->keystore_id);
    head->lineage = apr_pstrdup(p, from->lineage);
    head->position.generation = from->position;
    head->position.name = apr_pstrdup(p, from->name);
    head->generation = from->generation;
    head->entries = from->entries;
    head->quarantined = from->quarantined;
    head->filling = heads->sides[!heads->served].keystore_id[0] != '\0';
}
