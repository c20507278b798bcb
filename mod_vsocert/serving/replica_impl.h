/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The inside of replica.h, which replica_*.c share; these alone know LMDB.
 *
 * In the file: `meta` has "format" (a number, in the clear, so that an older
 * module sees that the file is not for it) and "head" (authenticated).
 * `entries`, `names`, `keys` and `chain` are there twice, one for each side.
 * Chains are not deleted before their side is: a reader that has a record finds
 * its chain, and there are few of them.
 */
#ifndef VSO_SERVING_REPLICA_IMPL_H
#define VSO_SERVING_REPLICA_IMPL_H

#include <pthread.h>

#include <apr_allocator.h>
#include <lmdb.h>

#include "serving/replica.h"

#define VSO_REPLICA_FORMAT 2

/** Databases of a side. */
typedef enum {
    VSO_DB_ENTRIES, /**< entry -> record */
    VSO_DB_NAMES,   /**< name, NUL, activation, entry -> when it is valid */
    VSO_DB_KEYS,    /**< key id, entry -> nothing */
    VSO_DB_CHAIN,   /**< SHA-256 -> DER */
    VSO_DB_SIDED
} vso_replica_db_e;

/** What a side holds. */
typedef struct {
    const char *keystore_id; /**< "": nothing */
    const char *lineage;
    const char *name; /**< of the position */
    apr_int64_t position;
    apr_int64_t generation;
    apr_int64_t entries;
    apr_int64_t quarantined;
    const vso_record_keys_t *keys; /**< of keystore_id */
} vso_replica_side_t;

/** Both. */
typedef struct {
    int served; /**< which of them */
    vso_replica_side_t sides[2];
} vso_replica_heads_t;

/** An open file. One that was replaced stays open: other threads may be in its
 * mapping. */
typedef struct vso_replica_env_t {
    struct vso_replica_env_t *before; /**< that it replaced */
    MDB_env *env;
    MDB_dbi meta;
    MDB_dbi staples;
    MDB_dbi ended;
    MDB_dbi rows;
    MDB_dbi sided[2][VSO_DB_SIDED];
    MDB_txn *reader;  /**< reset between look-ups; under `reading`. NULL: it
                           was closed, and could not be opened again */
    apr_int64_t file; /**< of vso_shared_file */
    dev_t device;
    ino_t inode;
    int read_only;
    int failed; /**< LMDB refuses it in this process from now on (MDB_PANIC) */
} vso_replica_env_t;

struct vso_replica_t {
    vso_replica_t *next; /**< all of this process */
    apr_allocator_t *allocator;
    apr_pool_t *p; /**< its own, under `reading` */
    vso_replica_options_t options;
    const vso_record_keys_t *own; /**< for what is no keystore's: the head,
                                       staples, sessions */
    pthread_mutex_t reading;
    vso_replica_env_t *open;   /**< under `reading` */
    apr_array_header_t *keys;  /**< const vso_record_keys_t *: of each
                                    keystore that was seen; under `reading` */
    vso_bytes_t head;          /**< that `heads` were read from */
    vso_replica_heads_t heads; /**< under `reading` */
    apr_pool_t *heads_pool;
    apr_time_t told;    /**< when it was logged that it cannot be read; under
                             `reading` */
    apr_time_t waited;  /**< when the lock was waited for in vain, to adopt
                             another file; vso_worker_now; under `reading` */
    apr_time_t refused; /**< when that one could not be opened; the same */
};

/** A write transaction. */
struct vso_replica_txn_t {
    vso_replica_t *replica;
    vso_replica_env_t *open;
    MDB_txn *txn;
    apr_pool_t *p;
    vso_replica_heads_t heads;
    int side;         /**< that was chosen; -1: none yet */
    int dirty;        /**< heads differ from what is stored */
    const char *lost; /**< why nothing is known of what the file holds */
};

/* Files (replica_file.c) */

/** What stands at a path. */
typedef enum {
    VSO_FILE_NONE,    /**< nothing, or an empty file */
    VSO_FILE_SOUND,   /**< LMDB's, and as long as it says */
    VSO_FILE_DAMAGED, /**< LMDB's, cut short or with wrong numbers */
    VSO_FILE_FOREIGN  /**< something else */
} vso_replica_file_e;

/** Look at a file before it is mapped: what is missing in a mapping is a
 * SIGBUS. @param pwhy  a clause, where it is not sound */
apr_status_t vso_replica_file_look(const char *path, vso_replica_file_e *pwhat,
                                   const char **pwhy, vso_result_t *res,
                                   apr_pool_t *p);

/** Put data and lock file out of the way: PATH.suffix, in place of what had
 * that name. Who has them open goes on. */
apr_status_t vso_replica_file_aside(const char *path, const char *suffix,
                                    vso_result_t *res, apr_pool_t *p);

/** Remove data and lock file, where they are. */
apr_status_t vso_replica_file_drop(const char *path, vso_result_t *res,
                                   apr_pool_t *p);

/** Move data and lock file to a path where nothing is. */
apr_status_t vso_replica_file_move(const char *from, const char *to,
                                   vso_result_t *res, apr_pool_t *p);

/* Opening (replica_env.c) */

/** Open the file of the path, or make it; with the lock of writers. */
apr_status_t vso_replica_env_open(vso_replica_t *replica,
                                  vso_replica_env_t **popen, vso_result_t *res,
                                  apr_pool_t *p);

/** Open the file that the path leads to now, where it is another one or the
 * open one has failed; with the lock of writers and `reading`, in this order.
 */
apr_status_t vso_replica_env_renew(vso_replica_t *replica, vso_result_t *res,
                                   apr_pool_t *p);

/** LMDB refuses the open file: vso_replica_env_renew opens it anew; with
 * `reading`. */
void vso_replica_env_refused(vso_replica_t *replica);

/** Begin a transaction; adopts a map that another process let grow, for which
 * no other thread may be inside: with the lock of writers and `reading`. */
int vso_replica_env_begin(MDB_env *env, unsigned int flags, MDB_txn **ptxn);

/** What LMDB said, as INTERNAL with advice. Notes for the poller what speaks of
 * a file that is damaged. */
apr_status_t vso_replica_env_fail(const vso_replica_t *replica, int rc,
                                  vso_result_t *res);

/* The head (replica_head.c) */

/** Read it in a transaction. @param heads  texts in p; all empty where there is
 * no head yet. DAMAGED, SEALED */
apr_status_t vso_replica_head_read(vso_replica_t *replica,
                                   const vso_replica_env_t *open, MDB_txn *txn,
                                   vso_replica_heads_t *heads,
                                   vso_result_t *res, apr_pool_t *p);

/** Those of a file without a head, which holds nothing. */
void vso_replica_head_empty(vso_replica_heads_t *heads);

/** The same, with `reading`, kept as long as it does not change; where it
 * cannot be read any more, what is kept goes on. */
apr_status_t vso_replica_head_kept(vso_replica_t *replica, MDB_txn *txn,
                                   const vso_replica_heads_t **pheads,
                                   vso_result_t *res, apr_pool_t *p);

/** The heads of a transaction, as this process read them last, where they
 * cannot be read any more. @return 0: it did not */
int vso_replica_head_known(vso_replica_txn_t *txn);

apr_status_t vso_replica_head_write(vso_replica_txn_t *txn, vso_result_t *res);

/** What of it is told. */
void vso_replica_head_tell(const vso_replica_heads_t *heads, int side,
                           vso_replica_head_t *head, apr_pool_t *p);

/** Keys of a keystore, made once in a process. With `reading`. NULL: OpenSSL
 * cannot */
const vso_record_keys_t *vso_replica_head_keys(vso_replica_t *replica,
                                               const char *keystore_id);

/* Reading (replica_look.c) */

/** A look-up. */
typedef struct {
    vso_replica_t *replica;
    const vso_replica_env_t *open;
    MDB_txn *txn;
    const vso_replica_heads_t *heads;
    const vso_replica_side_t *side; /**< that is served */
    const MDB_dbi *dbs;             /**< of it */
} vso_replica_look_t;

/** Begin a look-up: takes `reading`, marks the process as inside. Nothing is
 * held where it fails.
 * @param res  INTERNAL, DAMAGED, SEALED */
apr_status_t vso_replica_look_begin(vso_replica_t *replica,
                                    vso_replica_look_t *look, vso_result_t *res,
                                    apr_pool_t *p);
void vso_replica_look_end(vso_replica_look_t *look);

/** Note for the poller where something was DAMAGED. @return rv */
apr_status_t vso_replica_seen(vso_replica_t *replica, apr_status_t rv,
                              const vso_result_t *res);

/** Look for one value in a look-up. @return APR_NOTFOUND; INTERNAL */
apr_status_t vso_replica_look_get(vso_replica_look_t *look, MDB_dbi dbi,
                                  MDB_val *key, MDB_val *value,
                                  vso_result_t *res);

/** Log that reading does not go, unless it was just said; with `reading`. */
void vso_replica_tell(vso_replica_t *replica, const vso_result_t *cause);

/** What LMDB said of a look-up, as INTERNAL; logged. */
apr_status_t vso_replica_look_fail(vso_replica_look_t *look, int rc,
                                   vso_result_t *res);

/** Bytes as LMDB takes them, and back. */
MDB_val vso_replica_val(const void *data, apr_size_t len);
vso_bytes_t vso_replica_bytes(const MDB_val *val);

/** Where a value is for, as its MAC sees it: database and key. */
const char *vso_replica_place(const char *db, const MDB_val *key,
                              apr_pool_t *p);

/** A copy. */
vso_bytes_t vso_replica_copy(const MDB_val *val, apr_pool_t *p);

/* Names (replica_names.c) */

/** Write into `names` how the new record's differ from the old one's (or NULL).
 */
apr_status_t vso_replica_names_put(vso_replica_txn_t *txn,
                                   const vso_record_t *old,
                                   const vso_record_t *record,
                                   vso_result_t *res, apr_pool_t *p);

/** The same for `keys` (replica_put.c). */
apr_status_t vso_replica_keys_put(vso_replica_txn_t *txn,
                                  const vso_record_t *old,
                                  const vso_record_t *record, vso_result_t *res,
                                  apr_pool_t *p);

/** Rows for the versions of a record that name a responder
 * (replica_staples.c). */
apr_status_t vso_replica_staples_put(vso_replica_txn_t *txn,
                                     const vso_record_t *record,
                                     vso_result_t *res, apr_pool_t *p);

/** Take along responses of another replica, over what the rows of this one say:
 * for its certificates, no others. What cannot be read there is left out. With
 * its lock of writers, and without `reading`, so that others read meanwhile.
 * @param res  INTERNAL: they cannot be written */
apr_status_t vso_replica_staples_take(vso_replica_t *from,
                                      vso_replica_txn_t *txn, vso_result_t *res,
                                      apr_pool_t *p);

/* What `staples` and `ended` have in common: rows, and marks by their time
 * (replica_staples.c). */

#define VSO_REPLICA_ROW_LEN  (1 + VSO_RECORD_ID_LEN)
#define VSO_REPLICA_TIME_LEN (1 + 8 + VSO_RECORD_ID_LEN)

/** The key of a row: what it is of, in `room`. */
MDB_val vso_replica_row_key(char mark,
                            const unsigned char id[VSO_RECORD_ID_LEN],
                            unsigned char room[VSO_REPLICA_ROW_LEN]);

/** The key of its mark, ordered by time. */
MDB_val vso_replica_time_key(char mark, apr_int64_t when,
                             const unsigned char id[VSO_RECORD_ID_LEN],
                             unsigned char room[VSO_REPLICA_TIME_LEN]);

/** The time of such a key. */
apr_int64_t vso_replica_time_of(const MDB_val *key);

/** Put an authenticated value of no keystore, in place of what is there.
 * @param db  name of `dbi` */
apr_status_t vso_replica_own_put(vso_replica_txn_t *txn, const char *db,
                                 MDB_dbi dbi, MDB_val key,
                                 const vso_bytes_t *text, vso_result_t *res);

/** Put a mark. */
apr_status_t vso_replica_mark_put(vso_replica_txn_t *txn, MDB_dbi dbi,
                                  MDB_val key, vso_result_t *res);

/* Writing (replica_write.c) */

/** Put an authenticated value, unless it is there already. */
apr_status_t vso_replica_txn_seal(vso_replica_txn_t *txn, MDB_dbi dbi,
                                  const MDB_val *key, const char *place,
                                  const vso_bytes_t *text, vso_result_t *res);

/** Delete; what is not there is no failure. */
apr_status_t vso_replica_txn_delete(vso_replica_txn_t *txn, MDB_dbi dbi,
                                    const MDB_val *key, vso_result_t *res);

/** Keys of the side that was chosen. */
const vso_record_keys_t *vso_replica_txn_keys(const vso_replica_txn_t *txn);

#endif
