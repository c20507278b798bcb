/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <apr_allocator.h>
#include <apr_strings.h>

#include "base/log.h"
#include "serving/pack.h"
#include "serving/replica_impl.h"

#define MAX_READERS 4096
#define MAX_DBS     16
/* Address space, no memory: what RLIMIT_AS leaves may be less. */
#define MAX_MAP ((apr_size_t)16 << 30)
#define MIN_MAP ((apr_size_t)64 << 20)
/* Processes that died inside one file, until it is believed that it was its
 * doing. */
#define MAX_DIED 3

/* Of this process. */
static vso_replica_t *_Atomic replicas;

apr_status_t vso_replica_env_fail(const vso_replica_t *replica, int rc,
                                  vso_result_t *res)
{
    const char *path = replica->options.path;
    const char *advice =
        rc == ENOSPC || rc == EDQUOT ? "make room on its file system"
        /* LMDB's word for a write of which only a part had room */
        : rc == EIO ? "make room on its file system, or see why that fails"
        : rc == EACCES || rc == EPERM || rc == EROFS
            ? "httpd's User must be able to write to it and its folder"
        : rc == MDB_MAP_FULL ? "its address space is too small (RLIMIT_AS)"
        : rc == ENOMEM       ? "there is no address space for it (RLIMIT_AS)"
        : rc == MDB_READERS_FULL
            ? "too many processes have it open"
            : "if this goes on, remove it: it is filled from the database";

    if (rc == MDB_CORRUPTED || rc == MDB_PAGE_NOTFOUND) {
        vso_shared_set_damaged(replica->options.shared);
    }
    return vso_fail(res, VSO_P_INTERNAL, NULL, "The replica %s: %s; %s.", path,
                    mdb_strerror(rc), advice);
}

/* Open the environment with the largest map that the system grants. */
static int open_env(const char *path, unsigned int flags, MDB_env **penv)
{
    apr_size_t size;
    int rc = ENOMEM;

    for (size = MAX_MAP; rc == ENOMEM && size >= MIN_MAP; size /= 2) {
        MDB_env *env = NULL;

        if ((rc = mdb_env_create(&env)) != 0) {
            return rc;
        }
        if ((rc = mdb_env_set_mapsize(env, size)) == 0 &&
            (rc = mdb_env_set_maxreaders(env, MAX_READERS)) == 0 &&
            (rc = mdb_env_set_maxdbs(env, MAX_DBS)) == 0 &&
            (rc = mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOTLS | flags,
                               0600)) == 0) {
            *penv = env;
            return 0;
        }
        mdb_env_close(env);
    }
    return rc;
}

/* Its descriptor of the data has no close-on-exec, the lock file's has. */
static int close_on_exec(vso_replica_env_t *open)
{
    struct stat file;
    int fd = -1;
    int rc = mdb_env_get_fd(open->env, &fd);

    if (rc) {
        return rc;
    }
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) || fstat(fd, &file)) {
        return errno;
    }
    open->device = file.st_dev;
    open->inode = file.st_ino;
    return 0;
}

/* Databases are opened once, in a transaction that is committed: one that is
 * opened in a transaction which is reset is not there later. */
static int open_dbs(vso_replica_env_t *open, MDB_txn *txn, unsigned int create)
{
    static const char *const names[2][VSO_DB_SIDED] = {
        {"entries.0", "names.0", "keys.0", "chain.0"},
        {"entries.1", "names.1", "keys.1", "chain.1"},
    };
    int rc;
    int i;
    int j;

    if ((rc = mdb_dbi_open(txn, "meta", create, &open->meta)) != 0 ||
        (rc = mdb_dbi_open(txn, "staples", create, &open->staples)) != 0 ||
        (rc = mdb_dbi_open(txn, "ended", create, &open->ended)) != 0 ||
        (rc = mdb_dbi_open(txn, "rows", create, &open->rows)) != 0) {
        return rc;
    }
    for (i = 0; i < 2; i++) {
        for (j = 0; j < VSO_DB_SIDED; j++) {
            rc = mdb_dbi_open(txn, names[i][j], create, &open->sided[i][j]);
            if (rc) {
                return rc;
            }
        }
    }
    return 0;
}

int vso_replica_env_begin(MDB_env *env, unsigned int flags, MDB_txn **ptxn)
{
    int rc = mdb_txn_begin(env, NULL, flags, ptxn);

    if (rc == MDB_MAP_RESIZED && (rc = mdb_env_set_mapsize(env, 0)) == 0) {
        rc = mdb_txn_begin(env, NULL, flags, ptxn);
    }
    return rc;
}

/* The format of the file. 0: it has none */
static int read_format(const vso_replica_env_t *open, MDB_txn *txn,
                       apr_uint64_t *pformat)
{
    MDB_val key = vso_replica_val("format", 6);
    MDB_val value;
    vso_bytes_t bytes;
    int rc = mdb_get(txn, open->meta, &key, &value);

    if (rc == 0) {
        bytes = vso_replica_bytes(&value);
        *pformat = vso_bytes_number(&bytes, 4);
    }
    return rc;
}

/* Make the databases of a new file. */
static int make_dbs(vso_replica_env_t *open)
{
    unsigned char format[] = {0, 0, 0, VSO_REPLICA_FORMAT};
    MDB_val key = vso_replica_val("format", 6);
    MDB_val value = vso_replica_val(format, sizeof(format));
    MDB_txn *txn = NULL;
    int rc = vso_replica_env_begin(open->env, 0, &txn);

    if (rc) {
        return rc;
    }
    if ((rc = open_dbs(open, txn, MDB_CREATE)) == 0 &&
        (rc = mdb_put(txn, open->meta, &key, &value, 0)) == 0) {
        return mdb_txn_commit(txn);
    }
    mdb_txn_abort(txn);
    return rc;
}

/* Find the databases. @param pformat  0: there are none; what is in the file is
 * nothing, or something else (MDB_INCOMPATIBLE) */
static int find_dbs(vso_replica_env_t *open, apr_uint64_t *pformat)
{
    MDB_txn *txn = NULL;
    MDB_dbi all = 0;
    MDB_stat stat;
    int rc = vso_replica_env_begin(open->env, MDB_RDONLY, &txn);

    *pformat = 0;
    if (rc) {
        return rc;
    }
    rc = open_dbs(open, txn, 0);
    if (rc == 0) {
        rc = read_format(open, txn, pformat);
        rc = rc == MDB_NOTFOUND ? MDB_INCOMPATIBLE : rc;
    }
    else if (rc == MDB_NOTFOUND &&
             (rc = mdb_dbi_open(txn, NULL, 0, &all)) == 0 &&
             (rc = mdb_stat(txn, all, &stat)) == 0 && stat.ms_entries) {
        /* a newer format may have other databases, but says what it is */
        rc = mdb_dbi_open(txn, "meta", 0, &open->meta) == 0 &&
                     read_format(open, txn, pformat) == 0
                 ? 0
                 : MDB_INCOMPATIBLE;
    }
    if (rc) {
        mdb_txn_abort(txn);
        return rc;
    }
    return mdb_txn_commit(txn);
}

static apr_status_t set_aside(vso_replica_t *replica, const char *suffix,
                              const char *why, vso_result_t *res, apr_pool_t *p)
{
    vso_log(VSO_LOG_WARNING,
            "the replica %s is set aside as %s.%s, and a new one is filled "
            "from the database: %s",
            replica->options.path, replica->options.path, suffix, why);
    return vso_replica_file_aside(replica->options.path, suffix, res, p);
}

/* Move out of the way what cannot be used; what is there then can be opened. */
static apr_status_t clear_path(vso_replica_t *replica, vso_result_t *res,
                               apr_pool_t *p)
{
    vso_shared_t *shared = replica->options.shared;
    vso_replica_file_e what;
    const char *why;
    apr_status_t rv;

    vso_shared_take_dead(shared);
    rv = vso_replica_file_look(replica->options.path, &what, &why, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (vso_shared_died(shared) >= MAX_DIED) {
        vso_shared_file_replaced(shared);
        return what == VSO_FILE_NONE
                   ? APR_SUCCESS
                   : set_aside(replica, "damaged",
                               "processes died while they read it", res, p);
    }
    return what == VSO_FILE_DAMAGED ? set_aside(replica, "damaged", why, res, p)
           : what == VSO_FILE_FOREIGN
               ? set_aside(replica, "foreign", why, res, p)
               : APR_SUCCESS;
}

/* Open what is at the path, as far as it may be written. */
static int open_path(const char *path, vso_replica_env_t *open)
{
    static const unsigned int flags[] = {0, MDB_RDONLY,
                                         MDB_RDONLY | MDB_NOLOCK};
    size_t i;
    int rc = EACCES;

    for (i = 0; i < sizeof(flags) / sizeof(flags[0]) &&
                (rc == EACCES || rc == EROFS || rc == EPERM);
         i++) {
        rc = open_env(path, flags[i], &open->env);
        open->read_only = flags[i] != 0;
    }
    return rc;
}

/* One try. *paside: NULL, or as what the file is to be set aside; it is closed
 * then. */
static apr_status_t try_open(vso_replica_t *replica, vso_replica_env_t *open,
                             const char **paside, vso_result_t *res)
{
    apr_uint64_t format = 0;
    int rc = open_path(replica->options.path, open);

    *paside = NULL;
    if (rc == MDB_INVALID || rc == MDB_VERSION_MISMATCH) {
        *paside = "damaged";
        return APR_SUCCESS;
    }
    if (rc) {
        return vso_replica_env_fail(replica, rc, res);
    }
    if ((rc = close_on_exec(open)) == 0 &&
        (rc = find_dbs(open, &format)) == 0 && !format) {
        format = VSO_REPLICA_FORMAT;
        rc = open->read_only ? EACCES : make_dbs(open);
    }
    *paside = rc == MDB_INCOMPATIBLE                           ? "foreign"
              : rc == MDB_CORRUPTED || rc == MDB_PAGE_NOTFOUND ? "damaged"
              : !rc && format > VSO_REPLICA_FORMAT             ? "newer"
              : !rc && format < VSO_REPLICA_FORMAT             ? "older"
                                                               : NULL;
    if (!*paside && !rc) {
        rc = vso_replica_env_begin(open->env, MDB_RDONLY, &open->reader);
    }
    if (*paside || rc) {
        mdb_env_close(open->env);
        return *paside ? APR_SUCCESS : vso_replica_env_fail(replica, rc, res);
    }
    mdb_txn_reset(open->reader);
    return APR_SUCCESS;
}

static apr_status_t open_sound(vso_replica_t *replica, vso_replica_env_t *open,
                               vso_result_t *res, apr_pool_t *p)
{
    const char *aside;
    apr_status_t rv;

    if ((rv = clear_path(replica, res, p)) != APR_SUCCESS ||
        (rv = try_open(replica, open, &aside, res)) != APR_SUCCESS) {
        return rv;
    }
    if (aside && ((rv = set_aside(replica, aside, "it cannot be used", res,
                                  p)) != APR_SUCCESS ||
                  (rv = try_open(replica, open, &aside, res)) != APR_SUCCESS)) {
        return rv;
    }
    return aside ? vso_replica_env_fail(replica, MDB_INVALID, res)
                 : APR_SUCCESS;
}

apr_status_t vso_replica_env_open(vso_replica_t *replica,
                                  vso_replica_env_t **popen, vso_result_t *res,
                                  apr_pool_t *p)
{
    vso_replica_env_t *open = calloc(1, sizeof(*open));
    struct stat file;
    apr_status_t rv;

    if (!open) {
        return vso_replica_env_fail(replica, ENOMEM, res);
    }
    rv = open_sound(replica, open, res, p);
    if (rv != APR_SUCCESS) {
        free(open);
        return rv;
    }
    file.st_dev = open->device;
    file.st_ino = open->inode;
    vso_shared_file_seen(replica->options.shared, &file);
    open->file = vso_shared_file(replica->options.shared);
    *popen = open;
    return APR_SUCCESS;
}

void vso_replica_env_refused(vso_replica_t *replica)
{
    if (!replica->open->failed) {
        vso_log(VSO_LOG_ERROR,
                "the first pages of the replica %s could not be written: it is "
                "opened anew",
                replica->options.path);
    }
    replica->open->failed = 1;
    vso_shared_set_damaged(replica->options.shared);
}

/* A file must not be open twice in a process, so it goes before it comes again.
 * With both locks no thread is in its mapping. */
static void close_failed(vso_replica_env_t *open)
{
    if (open->env) {
        mdb_txn_abort(open->reader);
        mdb_env_close(open->env);
    }
    open->env = NULL;
    open->reader = NULL;
}

apr_status_t vso_replica_env_renew(vso_replica_t *replica, vso_result_t *res,
                                   apr_pool_t *p)
{
    vso_shared_t *shared = replica->options.shared;
    vso_replica_env_t *open = NULL;
    apr_status_t rv;

    if (replica->open && replica->open->failed) {
        close_failed(replica->open);
    }
    else if (replica->open && replica->open->file == vso_shared_file(shared)) {
        return APR_SUCCESS;
    }
    vso_shared_enter(shared);
    rv = vso_replica_env_open(replica, &open, res, p);
    vso_shared_leave(shared);
    if (rv == APR_SUCCESS) {
        open->before = replica->open;
        replica->open = open;
        replica->head.len = 0;
    }
    return rv;
}

/* Made once, for the life of the process: other threads may be in the middle of
 * it when a pool goes. */
static vso_replica_t *make(const vso_replica_options_t *options)
{
    vso_replica_t *replica = calloc(1, sizeof(*replica));

    if (!replica || apr_allocator_create(&replica->allocator) != APR_SUCCESS ||
        apr_pool_create_unmanaged_ex(&replica->p, NULL, replica->allocator) !=
            APR_SUCCESS) {
        return NULL;
    }
    apr_pool_create(&replica->heads_pool, replica->p);
    replica->options.path = apr_pstrdup(replica->p, options->path);
    replica->options.shared = options->shared;
    replica->options.ring = options->ring;
    replica->keys = apr_array_make(replica->p, 2, sizeof(void *));
    replica->own = vso_record_keys_make(options->ring, "", replica->p);
    if (!replica->own || pthread_mutex_init(&replica->reading, NULL)) {
        return NULL;
    }
    replica->next = atomic_load(&replicas);
    while (!atomic_compare_exchange_weak(&replicas, &replica->next, replica)) {
    }
    return replica;
}

apr_status_t vso_replica_open(const vso_replica_options_t *options,
                              vso_replica_t **preplica, vso_result_t *res,
                              apr_pool_t *p)
{
    vso_replica_t *replica = make(options);
    apr_status_t rv;

    if (!replica) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "The replica cannot be opened: out of memory.");
    }
    if (vso_shared_lock(options->shared, VSO_REPLICA_WAIT) != APR_SUCCESS) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "The replica %s cannot be opened: it is being written "
                        "for too long.",
                        options->path);
    }
    rv = vso_replica_env_renew(replica, res, p);
    vso_shared_unlock(options->shared);
    if (rv == APR_SUCCESS) {
        *preplica = replica;
    }
    return rv;
}

const vso_replica_options_t *vso_replica_options(const vso_replica_t *replica)
{
    return &replica->options;
}
