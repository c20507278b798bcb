/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What is served, for all of the glue: the replica that all children of this
 * node share, and the opened certificates of this process.
 */
#ifndef VSOCERT_SHARED_SERVING_H
#define VSOCERT_SHARED_SERVING_H

#include <httpd.h>

#include "service/context.h"
#include "serving/opened.h"
#include "serving/replica.h"
#include "serving/sync.h"

/** Find the shared memory, or make it (parent, post_config). */
apr_status_t vsocert_serving_setup(void);

/** Open the replica (each child, once it has given up its privileges, before
 * it accepts a connection). A file that cannot be opened is logged, and a
 * private one is used. */
void vsocert_serving_child(server_rec *main_server);

/** Follow the other children to another file, where one of them could not use
 * the one that this process has: for the poller. */
void vsocert_serving_follow(void);

/** The replica of this process; NULL: no file can be opened (logged). */
vso_replica_t *vsocert_serving_replica(void);

/** Its opened certificates; NULL as above. */
vso_opened_t *vsocert_serving_opened(void);

/** Shared by the processes of this node. */
vso_shared_t *vsocert_serving_shared(void);

/** Grows whenever something else is to be served. One atomic read. */
apr_int64_t vsocert_serving_edition(void);

/** An entry as it is to be served now.
 * @return one reference, for vso_opened_unref; NULL: nothing */
vso_served_entry_t *vsocert_serving_get(const char *entry);

/** What this node serves. `generation` is also as new as the poller saw the
 * database without news; all is empty while there is nothing. */
void vsocert_serving_head(vso_replica_head_t *head, apr_pool_t *p);

/**
 * Serve what a call changed, before its response goes out: every handshake that
 * starts afterwards, in whatever child, gets it.
 * @param res  warning not-published: it is stored, and not yet served here
 */
void vsocert_serving_apply(const vso_outcome_t *outcome, vso_result_t *res);

/** Take up what the database has that is news: vso_sync_pages. Where the file
 * of VSOCertCache can be read and not written, the private one is filled and
 * used from then on. */
apr_status_t vsocert_serving_sync(vso_store_t *store, const vso_sync_how_t *how,
                                  vso_result_t *res, apr_pool_t *p);

/** 1 while the replica is being filled for another keystore or lineage, beside
 * what is served. */
int vsocert_serving_is_filling(void);

/** Fill it to the end. @param res  as of vsocert_serving_apply */
void vsocert_serving_renew(vso_store_t *store, vso_result_t *res);

/** 1 while what is stored could not be put into the replica. */
int vsocert_serving_behind(void);

/** Why the file that VSOCertCache names is not used; NULL: it is, or it is
 * off. */
const char *vsocert_serving_why_private(apr_pool_t *p);

#endif
