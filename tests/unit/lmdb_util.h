/* SPDX-License-Identifier: Apache-2.0 */
/** What changes a replica's file past the module, in a process of its own. */
#ifndef VSO_LMDB_UTIL_H
#define VSO_LMDB_UTIL_H

#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lmdb.h>

/** Change what stands at a key of a database (or make another one). @param data
 * NULL: delete it */
static inline void write_meta(const char *path, const char *db, const char *key,
                              const void *data, size_t len)
{
    MDB_val name = {strlen(key), (void *)(apr_uintptr_t)key};
    MDB_val value = {len, (void *)(apr_uintptr_t)data};
    MDB_txn *txn;
    MDB_env *env;
    MDB_dbi dbi;

    ck_assert_int_eq(mdb_env_create(&env), 0);
    mdb_env_set_maxdbs(env, 16);
    ck_assert_int_eq(mdb_env_open(env, path, MDB_NOSUBDIR, 0600), 0);
    ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
    ck_assert_int_eq(mdb_dbi_open(txn, db, MDB_CREATE, &dbi), 0);
    ck_assert_int_eq(data ? mdb_put(txn, dbi, &name, &value, 0)
                          : mdb_del(txn, dbi, &name, NULL),
                     0);
    ck_assert_int_eq(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

/** Make the head of a replica no head, or none at all. */
static inline void spoil_head(const char *path, int drop)
{
    int status = -1;
    pid_t pid;

    fflush(NULL);
    pid = fork();
    if (!pid) {
        write_meta(path, "meta", "head", drop ? NULL : "nothing", 7);
        _exit(0);
    }
    ck_assert_int_gt(pid, 0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}

#endif
