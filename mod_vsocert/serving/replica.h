/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The replica: this node's own copy of what is served, in an LMDB file that all
 * children map. Readers take no lock that a writer holds; a writer's commit is
 * on disk when it returns. Nothing in it is used that does not carry the
 * master key's MAC.
 *
 * One object per process, opened after the process was forked and gave up its
 * privileges, and never closed. It is used by all threads.
 *
 * Databases: meta (head, marks), entries (entry -> record), chain, names
 * ((name, activation, entry) -> validity), keys ((key id, entry)), staples,
 * ended, rows (for row MACs; empty). entries, names and keys have two sides, of
 * which one is served: a replica of another keystore or lineage is filled on
 * the other one, which takes its place in one transaction.
 */
#ifndef VSO_SERVING_REPLICA_H
#define VSO_SERVING_REPLICA_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/bytes.h"
#include "base/result.h"
#include "serving/record.h"
#include "serving/shared.h"

/** Of this process. */
typedef struct vso_replica_t vso_replica_t;

/** How long a writer waits for the others. */
#define VSO_REPLICA_WAIT apr_time_from_sec(5)

/** Where it is. */
typedef struct {
    const char *path;          /**< of the data file; PATH-lock stands beside */
    vso_shared_t *shared;      /**< of this node */
    const vso_keyring_t *ring; /**< lives as long as the process */
} vso_replica_options_t;

/** Where the next page of vmo_entry begins: entries of this generation with a
 * greater name, and of later generations. Complete up to generation A is
 * {A + 1, ""}. */
typedef struct {
    apr_int64_t generation;
    const char *name;
} vso_position_t;

/** What it holds. */
typedef struct {
    const char *keystore_id; /**< "": nothing yet */
    const char *lineage;
    vso_position_t position;
    apr_int64_t generation;  /**< complete up to it; 0: nothing yet */
    apr_int64_t entries;     /**< that have a version to serve */
    apr_int64_t quarantined; /**< versions */
    int filling;             /**< 1: the other side is being filled */
} vso_replica_head_t;

/**
 * The parent's part: hold PATH.owner until p goes, so that no second httpd
 * uses the file. Not inherited by programs.
 * @param pwhy  why it cannot be used here ("another httpd uses it", "it is on
 *              NFS"); NULL: it can
 */
apr_status_t vso_replica_own(const char *path, const char **pwhy,
                             apr_pool_t *p);

/**
 * Open the file, or make it. One that is no replica, is damaged or was written
 * by a newer format is set aside or replaced (logged); one whose master key is
 * not in the ring stays as it is, and everything is SEALED.
 * @param res  INTERNAL with what the system said
 */
apr_status_t vso_replica_open(const vso_replica_options_t *options,
                              vso_replica_t **preplica, vso_result_t *res,
                              apr_pool_t *p);

/** The options that it was opened with. */
const vso_replica_options_t *vso_replica_options(const vso_replica_t *replica);

/* A file with something in it that is not what was written, or in which
 * processes died (vso_shared_died), as it may be damaged where no MAC helps: in
 * its tree. It is filled anew as soon as the database can; after the third
 * death it is set aside when it is opened next, whatever is lost. */

/** 1: that is to be done. */
int vso_replica_suspect(const vso_replica_t *replica);

/** Begin another file, PATH.new, for vso_sync_pages of this process; nobody
 * else sees it. @param pfresh  not to be used after vso_replica_replace */
apr_status_t vso_replica_beside(vso_replica_t *replica, vso_replica_t **pfresh,
                                vso_result_t *res, apr_pool_t *p);

/**
 * Put it in the place of the replica's file, which is set aside as
 * PATH.damaged; all processes open it. Sessions that were ended and OCSP
 * responses are taken along. The edition rises.
 * @return APR_EAGAIN: the replica is complete up to a later generation than the
 *         fresh one, or somebody else put a file in the place of the one that
 *         was filled: it has to be filled further
 */
apr_status_t vso_replica_replace(vso_replica_t *replica, vso_replica_t *fresh,
                                 vso_result_t *res, apr_pool_t *p);

/* Reading: what is returned is a copy. APR_NOTFOUND is an answer: the replica
 * was read, and does not have it. Whatever else is no success says nothing of
 * what is there; it is logged, at most once in a minute. */

apr_status_t vso_replica_head(vso_replica_t *replica, vso_replica_head_t *head,
                              vso_result_t *res, apr_pool_t *p);

/** An entry of the side that is served. APR_NOTFOUND; DAMAGED. */
apr_status_t vso_replica_entry(vso_replica_t *replica, const char *entry,
                               vso_record_t **precord, vso_result_t *res,
                               apr_pool_t *p);

/** Only the tag of its record: equal tags, equal records. APR_NOTFOUND; one
 * that is too short to have a tag is DAMAGED. */
apr_status_t vso_replica_tag(vso_replica_t *replica, const char *entry,
                             unsigned char tag[VSO_RECORD_ID_LEN],
                             vso_result_t *res, apr_pool_t *p);

/** A chain. APR_NOTFOUND; DAMAGED: it is not what its id says. */
apr_status_t vso_replica_chain(vso_replica_t *replica,
                               const unsigned char id[VSO_RECORD_ID_LEN],
                               vso_bytes_t *pder, vso_result_t *res,
                               apr_pool_t *p);

/**
 * The entry whose certificates are for a name: valid now before others, exact
 * before wildcard, newest activation first, then by name of the entry.
 * @param name   in lower case, without a trailing dot
 * @param entry  gets it: VSO_MAX_ENTRY + 1 bytes
 * @return APR_NOTFOUND
 */
apr_status_t vso_replica_by_name(vso_replica_t *replica, const char *name,
                                 apr_int64_t now_sec, char *entry);

/** 1 when a key exists: in this entry, or in any (entry NULL). Not in those of
 * which vso_shared_destroyed says so. 1 where the replica cannot be read. */
int vso_replica_key_live(vso_replica_t *replica,
                         const unsigned char key_id[VSO_RECORD_ID_LEN],
                         const char *entry);

/** Walk over the entries that are served, by name: `after` NULL or the last one
 * seen. pentries: const char *, at most limit. */
apr_status_t vso_replica_list(vso_replica_t *replica, const char *after,
                              int limit, apr_array_header_t **pentries,
                              vso_result_t *res, apr_pool_t *p);

/** Ids of quarantined versions: apr_int64_t, at most limit. */
apr_status_t vso_replica_quarantined(vso_replica_t *replica, int limit,
                                     apr_array_header_t **pids,
                                     vso_result_t *res, apr_pool_t *p);

/** An OCSP response. */
typedef struct {
    unsigned char fingerprint[VSO_RECORD_ID_LEN]; /**< of the certificate */
    const char *entry;     /**< that had the certificate when it was put */
    apr_int64_t due_sec;   /**< when the responder is to be asked again */
    apr_int64_t valid_sec; /**< until when it may be stapled; 0: none yet */
    vso_bytes_t der;       /**< empty: none yet */
} vso_replica_staple_t;

/** The response for a certificate. APR_NOTFOUND */
apr_status_t vso_replica_staple(vso_replica_t *replica,
                                const unsigned char fingerprint[32],
                                vso_replica_staple_t *staple, apr_pool_t *p);

/** Those that are due first, up to now: vso_replica_staple_t, without der.
 * Certificates with an OCSP URL get a row, due at once, when their entry is
 * put; rows of certificates that are served no more go when they are due. */
apr_status_t vso_replica_staples_due(vso_replica_t *replica,
                                     apr_int64_t now_sec, int limit,
                                     apr_array_header_t **pstaples,
                                     vso_result_t *res, apr_pool_t *p);

/** 1: this session was ended here or heard of, and is not over by itself. 1
 * also where the replica cannot be read, but for one of another master key. */
int vso_replica_ended(vso_replica_t *replica, const char *session_id,
                      apr_int64_t now_sec);

/* Writing: one transaction of one process at a time. */

typedef struct vso_replica_txn_t vso_replica_txn_t;

/** Take the writers' lock, VSO_REPLICA_WAIT at most, and begin.
 * @param res  INTERNAL: it cannot be written, and why */
apr_status_t vso_replica_begin(vso_replica_t *replica, vso_replica_txn_t **ptxn,
                               vso_result_t *res, apr_pool_t *p);

/** Commit, and give the lock back whatever comes of it.
 * @param res  INTERNAL: nothing was written (disk full ...) */
apr_status_t vso_replica_commit(vso_replica_txn_t *txn, vso_result_t *res);
void vso_replica_abort(vso_replica_txn_t *txn);

/** Which side the transaction is about: that of this keystore and lineage. A
 * replica that holds nothing becomes theirs; where another one is served, the
 * other side is (re)begun for them and filled. Sides are not mixed in one
 * transaction: call it first. */
apr_status_t vso_replica_side(vso_replica_txn_t *txn, const char *keystore_id,
                              const char *lineage, vso_result_t *res);

/** The head of the side that vso_replica_side chose. */
apr_status_t vso_replica_txn_head(vso_replica_txn_t *txn,
                                  vso_replica_head_t *head, vso_result_t *res,
                                  apr_pool_t *p);

/** The record of that side. APR_NOTFOUND; a damaged one is APR_NOTFOUND too */
apr_status_t vso_replica_txn_entry(vso_replica_txn_t *txn, const char *entry,
                                   vso_record_t **precord, vso_result_t *res,
                                   apr_pool_t *p);

/**
 * Put an entry, unless what is there is right for a later generation; `names`
 * and `keys` change by the difference, chains and rows of staples come along.
 * @param pnews  1: it was taken and differs in what is served or live; added
 * to, never cleared
 * @return APR_EINVAL: it is nothing that a replica can have, and res says why;
 *         nothing was written, and the transaction may go on
 */
apr_status_t vso_replica_put(vso_replica_txn_t *txn, const vso_record_t *record,
                             const apr_array_header_t *chains, int *pnews,
                             vso_result_t *res, apr_pool_t *p);

/** All entries from `from` to before `to` were put: the position moves to `to`
 * where it was not before `from`, and never back. A side that is filled beside
 * takes its place with `complete`. */
apr_status_t vso_replica_move(vso_replica_txn_t *txn,
                              const vso_position_t *from,
                              const vso_position_t *to, int complete,
                              vso_result_t *res);

/** Put a response, or the time at which to ask again. */
apr_status_t vso_replica_staple_put(vso_replica_txn_t *txn,
                                    const vso_replica_staple_t *staple,
                                    vso_result_t *res, apr_pool_t *p);
apr_status_t vso_replica_staple_drop(vso_replica_txn_t *txn,
                                     const unsigned char fingerprint[32],
                                     vso_result_t *res);

/** Remember that a session was ended, until expires_sec; forgets those that are
 * over. */
apr_status_t vso_replica_end(vso_replica_txn_t *txn, const char *session_id,
                             apr_int64_t expires_sec, apr_int64_t now_sec,
                             vso_result_t *res, apr_pool_t *p);

#endif
