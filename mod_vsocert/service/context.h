/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What every use case works with: one keystore, one entry, one caller, at one
 * time. Made per request by the glue, gone with its pool.
 */
#ifndef VSO_SERVICE_CONTEXT_H
#define VSO_SERVICE_CONTEXT_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"
#include "serving/sync.h"
#include "store/versions.h"
#include "x509/trial.h"
#include "x509/trust.h"

/** When it is: asked for once. */
typedef struct {
    apr_int64_t now_sec; /**< 0: not yet asked for */
} vso_context_clock_t;

/** What the caller brings. */
typedef struct {
    vso_store_t *store;
    const char *entry;   /**< the entry, checked with vso_context_check_entry */
    const char *actor;   /**< authenticated user */
    const char *address; /**< of the client */
    int may_manage;      /**< rights: for the actions that are offered */
    int may_export;      /**< and to have decrypted what is stored encrypted */
    const apr_array_header_t *hosts;    /**< const char *: names that clients
                                             use; for name-mismatch */
    const vso_trial_profile_t *profile; /**< of the virtual host */
    const vso_trust_ca_t *trust_ca;     /**< VSOCertTrustCA; NULL: none */
    const char *if_match;               /**< header value, or NULL */
    const vso_replica_head_t *served;   /**< what this node serves; NULL:
                                             nothing */
    vso_context_clock_t *clock;         /**< for vso_context_now; NULL: the
                                             database is asked each time */
    apr_pool_t *p;
} vso_context_t;

/** What came of a call that changes something. */
typedef struct {
    const vso_sync_changes_t *changes; /**< to be put into the replica once the
                                            change is committed; NULL: it
                                            changes nothing that is served */
    apr_int64_t generation;            /**< of the change; 0: none was made */

    /** vso_version_t *: what turns passive by what was asked for, of a preview
     * too; NULL where nothing becomes active */
    const apr_array_header_t *turns_passive;
} vso_outcome_t;

/** Check an entry's name: letters, digits, '.', '_' and '-', 1 to
 * VSO_MAX_ENTRY, a letter or digit first. INVALID, field "entry". */
apr_status_t vso_context_check_entry(const char *entry, vso_result_t *res);

/** Fill what every audit event of this caller has. */
void vso_context_event(const vso_context_t *ctx, vso_audit_event_t *event,
                       const char *action);

/** Record the refusal in res, for which no change was begun, and return it:
 * `return vso_context_refuse(ctx, "import", 0, res)`.
 * @param version_id  that it is about; 0 for none */
apr_status_t vso_context_refuse(const vso_context_t *ctx, const char *action,
                                apr_int64_t version_id, vso_result_t *res);

/** The same of a package: its name begins the detail, as it does where
 * something was done to one. */
apr_status_t vso_context_refuse_package(const vso_context_t *ctx,
                                        const char *action, const char *name,
                                        apr_int64_t version_id,
                                        vso_result_t *res);

/** ETag of the entry: changes with every version of it. */
apr_status_t vso_context_etag(const vso_context_t *ctx, const char **petag,
                              vso_result_t *res);

/** ETag of one version. */
const char *vso_context_version_etag(const vso_version_t *version,
                                     apr_pool_t *p);

/** 1 when an If-Match header (RFC 9110, 13.1.1) names this ETag, or "*". */
int vso_context_etag_listed(const char *header, const char *etag,
                            apr_pool_t *p);

/** What the header If-Match of a change is compared with. */
typedef enum {
    VSO_IF_MATCH_ENTRY, /**< the ETag of the entry, or of the version that the
                             change names */
    VSO_IF_MATCH_OWN,   /**< an ETag that the change's function looks at */
    VSO_IF_MATCH_NONE   /**< nothing: the header has no meaning here */
} vso_if_match_e;

/** What a change needs beside its function. Name the members: what is left out
 * is 0. */
typedef struct {
    const char *action;      /**< for the audit trail */
    apr_int64_t target_id;   /**< version that If-Match may name; 0: none */
    vso_if_match_e if_match; /**< what the header is compared with */
    const apr_int64_t *seen; /**< the entry's generation when the change was
                                  prepared; NULL where it does not matter */
    int serves;              /**< it changes what is served, or destroys keys:
                                  nodes look for it */
    int accepts_restore;     /**< this change is the way out of a restore */
} vso_context_change_t;

/**
 * Run a change of the entry: If-Match holds (STALE), the database is not older
 * than what is served (RESTORED), fn checks and writes, nobody else changed
 * the entry since `seen` (STALE), and where it serves, the entries that it
 * wrote are read back before the commit.
 * @param outcome  changes and generation are set by a change that was committed
 */
apr_status_t vso_context_change(const vso_context_t *ctx,
                                const vso_context_change_t *what,
                                vso_change_fn *fn, void *baton,
                                vso_outcome_t *outcome, vso_result_t *res);

/** The same for what leaves everything as it is and has to be recorded: an
 * export.
 * @param event  its version_id and detail */
apr_status_t vso_context_record(const vso_context_t *ctx,
                                const vso_context_change_t *what,
                                const vso_audit_event_t *event,
                                vso_outcome_t *outcome, vso_result_t *res);

/** When this happens: the database's time. The clock of this node may be
 * wrong. Where the database does not answer it is that one nevertheless:
 * whatever comes next is told so. */
apr_int64_t vso_context_now(const vso_context_t *ctx);

/** 1 when the database is older than, or another than, what is served. */
int vso_context_restored(const vso_context_t *ctx, const vso_state_t *state);

/** SEALED unless the master key fits. */
apr_status_t vso_context_unsealed(const vso_context_t *ctx, vso_result_t *res);

#endif
