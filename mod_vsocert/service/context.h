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
#include "store/versions.h"
#include "x509/trial.h"
#include "x509/trust.h"

typedef struct {
    vso_store_t *store;
    const char *alias;   /**< the entry, checked with vso_alias_check */
    const char *actor;   /**< authenticated user */
    const char *address; /**< of the client */
    int may_manage;      /**< rights, for the actions that are offered */
    int may_export;
    const apr_array_header_t *hosts;    /**< const char *: names that clients
                                             use; for name-mismatch */
    const vso_trial_profile_t *profile; /**< of the virtual host */
    const vso_trust_ca_t *trust_ca;     /**< VSOCertTrustCA; NULL: none */
    const char *if_match;               /**< header value, or NULL */
    apr_int64_t now_sec;                /**< for vso_context_now; 0: ask */
    const char *served_keystore;   /**< what this node serves; NULL: nothing */
    apr_int64_t served_generation; /**< 0: nothing */

    /* set by a change that was committed */
    const char *serving; /**< text to publish (service/certificate/snapshot.h),
                            or NULL */
    apr_int64_t generation; /**< that the text carries */

    /** vso_version_t *: what turns passive by what was asked for, of a preview
     * too; NULL where nothing becomes active */
    const apr_array_header_t *turns_passive;

    vso_result_t *res;
    apr_pool_t *p;
} vso_context_t;

/** Check an entry's name: letters, digits, '.', '_' and '-', 1 to
 * VSO_MAX_ALIAS, a letter or digit first. INVALID, field "entry". */
apr_status_t vso_alias_check(const char *alias, vso_result_t *res);

/** Fill what every audit event of this caller has. */
void vso_context_event(const vso_context_t *svc, vso_audit_event_t *event,
                       const char *action);

/** Record a refusal that no change was begun for, and return it: `return
 * vso_context_refuse(svc, "import", 0)`.
 * @param version_id  that it is about; 0 for none */
apr_status_t vso_context_refuse(vso_context_t *svc, const char *action,
                                apr_int64_t version_id);

/** ETag of the entry: changes with every version of it. */
apr_status_t vso_context_etag(vso_context_t *svc, const char **petag);

/** ETag of one version. */
const char *vso_version_etag(const vso_version_t *version, apr_pool_t *p);

/** 1 when an If-Match header (RFC 9110, 13.1.1) names this ETag, or "*". */
int vso_etag_listed(const char *header, const char *etag, apr_pool_t *p);

/** What a change needs beside its function. */
typedef struct {
    const char *action;    /**< for the audit trail */
    apr_int64_t target_id; /**< version that If-Match may name; 0: none */
    apr_int64_t seen;      /**< the entry's generation when the change was
                                prepared; -1 where it does not matter */
    int accepts_restore;   /**< this change is the way out of a restore */
} vso_context_change_t;

/**
 * Run a change of the entry: If-Match holds (STALE), the database is not older
 * than what is served (RESTORED), fn checks and writes, nobody else changed
 * the entry since `seen` (STALE), and what is to be served is read back before
 * the commit into svc->serving.
 */
apr_status_t vso_context_change(vso_context_t *svc,
                                const vso_context_change_t *what,
                                vso_change_fn *fn, void *baton);

/** When this happens: the database's time, which is asked for once. The clock
 * of this node may be wrong. Where the database does not answer it is that one
 * nevertheless: whatever comes next is told so. */
apr_int64_t vso_context_now(vso_context_t *svc);

/** 1 when the database is older than, or another than, what is served. */
int vso_context_restored(const vso_context_t *svc, const vso_state_t *state);

/** SEALED unless the master key fits. */
apr_status_t vso_context_unsealed(vso_context_t *svc);

#endif
