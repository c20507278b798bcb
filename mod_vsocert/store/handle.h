/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What an open connection consists of, and the name of one that is in use.
 */
#ifndef VSO_HANDLE_H
#define VSO_HANDLE_H

#include <apr_hash.h>
#include <apr_pools.h>

struct apr_dbd_t;
struct apr_dbd_driver_t;

/** A connection in use, in one thread: see connection.h. */
typedef struct vso_db_t vso_db_t;

typedef struct vso_connection_t vso_connection_t;

/** Open another connection to the same database, which lives as long as p, in
 * place of one that was lost: fills *connection. */
typedef apr_status_t vso_connection_renew_fn(vso_connection_t *connection,
                                             apr_pool_t *p);

/** What an open connection consists of; mod_dbd's ap_dbd_t has the first
 * four. */
struct vso_connection_t {
    const struct apr_dbd_driver_t *driver;
    struct apr_dbd_t *handle;
    apr_hash_t *prepared; /**< label -> statement, lives with the connection;
                               also connection.c's notes on it */
    apr_pool_t *pool;     /**< the connection's own, for prepared statements */
    const char *file;     /**< path of the database file, for messages; NULL
                               where there is none */
    vso_connection_renew_fn *renew; /**< NULL: there is no other one */
    void *baton;                    /**< for renew */
};

#endif
