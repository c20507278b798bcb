/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The versions of an entry: look, roll back and forward, destroy.
 */
#ifndef VSO_SERVICE_ENTRY_VERSIONS_H
#define VSO_SERVICE_ENTRY_VERSIONS_H

#include "service/context.h"
#include "service/certificate/version_row.h"
#include "store/schedule.h"

/** One version of ctx's entry; NOT_FOUND also when it belongs to another. */
apr_status_t vso_entry_versions_find(const vso_context_t *ctx, apr_int64_t id,
                                     vso_version_t **pversion,
                                     vso_result_t *res);

/** Versions of ctx's entry, a page of them, newest first: vso_version_t *.
 * @param state   in that state only (vso_version_state_text); NULL: in any
 * @param before  the last id of the page before; 0 for the first one */
apr_status_t vso_entry_versions_page(const vso_context_t *ctx,
                                     const char *state, apr_int64_t before,
                                     int limit, apr_array_header_t **pversions,
                                     vso_result_t *res);

/** What ctx's entry serves: vso_version_t *, RSA first. */
apr_status_t vso_entry_versions_active(const vso_context_t *ctx,
                                       apr_array_header_t **pversions,
                                       vso_result_t *res);

/** What is scheduled, of all entries, the earliest first: vso_scheduled_t. */
apr_status_t vso_entry_versions_scheduled(const vso_context_t *ctx,
                                          apr_array_header_t **pscheduled,
                                          vso_result_t *res);

/** Its request: a pending version's own, else one for its key with its
 * certificate's subject and SANs. WRONG_STATE when the key is destroyed. */
apr_status_t vso_entry_versions_csr(const vso_context_t *ctx, apr_int64_t id,
                                    const char **ppem, vso_result_t *res);

/** May it be activated? WRONG_STATE unless it is passive. */
apr_status_t vso_entry_versions_check_passive(const vso_version_t *version,
                                              vso_result_t *res);

/** May it be deactivated? WRONG_STATE unless it and another one are active.
 * @param active  vso_version_t *: what its entry serves */
apr_status_t vso_entry_versions_check_active(const vso_version_t *version,
                                             const apr_array_header_t *active,
                                             vso_result_t *res);

/** May something be scheduled for then? INVALID, field "at", unless the time
 * is to come by the database's clock; 0 passes. */
apr_status_t vso_entry_versions_check_time(const vso_context_t *ctx,
                                           apr_int64_t at_sec,
                                           vso_result_t *res);

/** Make a passive version active; the active one of the same algorithm turns
 * passive. WRONG_STATE; what vso_judge_prove refuses. */
apr_status_t vso_entry_versions_activate(const vso_context_t *ctx,
                                         apr_int64_t id,
                                         vso_version_t **pversion,
                                         vso_outcome_t *outcome,
                                         vso_result_t *res);

/**
 * Undo the newest change of what the entry serves: what it made active turns
 * passive, what it took out of service is active again, whatever their
 * algorithms; a second time goes forward again. Where the key of what was
 * served is gone, to the one of the same algorithm before.
 * @param pversion  what is served then: RSA where there is one
 * @param res       NO_CERTIFICATE where nothing was served before; what
 *                  vso_version_row_open and vso_judge_prove refuse
 */
apr_status_t vso_entry_versions_rollback(const vso_context_t *ctx,
                                         vso_version_t **pversion,
                                         vso_outcome_t *outcome,
                                         vso_result_t *res);

/**
 * Make a passive version active at a time of the database's clock, by
 * whichever node sees first that it has come; proven now, and then again.
 * @param at_sec  in the future (INVALID, field "at"); 0 forgets the time
 * @param res     WRONG_STATE: not passive, or no time to forget
 */
apr_status_t vso_entry_versions_schedule(const vso_context_t *ctx,
                                         apr_int64_t id, apr_int64_t at_sec,
                                         vso_version_t **pversion,
                                         vso_outcome_t *outcome,
                                         vso_result_t *res);

/**
 * The time has come: activate it, for who asked for it then. A refusal is
 * recorded and ends the matter; a database or a seal that is in the way does
 * not.
 * @param pdone  1 when this call activated it; 0: another node was faster
 */
apr_status_t vso_entry_versions_activate_due(const vso_context_t *ctx,
                                             apr_int64_t id, int *pdone,
                                             vso_outcome_t *outcome,
                                             vso_result_t *res);

/** Take an active version out of service, while another algorithm's stays:
 * the way from RSA and EC side by side to one of them. */
apr_status_t vso_entry_versions_deactivate(const vso_context_t *ctx,
                                           apr_int64_t id,
                                           vso_version_t **pversion,
                                           vso_outcome_t *outcome,
                                           vso_result_t *res);

/** How far a destruction may go. */
typedef struct {
    int force;  /**< also where no other key opens a stored package */
    int shared; /**< together with all other versions that hold the key */
} vso_destroy_spec_t;

/** What was destroyed, or is in the way. */
typedef struct {
    vso_version_t *version;       /**< the one that was named, retired */
    apr_array_header_t *others;   /**< vso_version_t *: the versions that hold
                                       the same key; set with KEY_IN_USE, too */
    apr_array_header_t *packages; /**< const char *: stored packages that no
                                       other key opens; set with
                                       PACKAGE_NEEDS_KEY, too */
} vso_destroyed_t;

/**
 * Destroy a pending or passive version's key; the rows stay for the record. A
 * pending one alone leaves the key to the versions that share it.
 * @param destroyed  arrays may be empty, or NULL where it did not come to that
 * @param res      WRONG_STATE for the active one; KEY_IN_USE while other
 *                 versions of any entry hold the key, unless shared is set and
 *                 none of them is active; PACKAGE_NEEDS_KEY unless force is set
 */
apr_status_t vso_entry_versions_destroy(
    const vso_context_t *ctx, apr_int64_t id, const vso_destroy_spec_t *spec,
    vso_destroyed_t *destroyed, vso_outcome_t *outcome, vso_result_t *res);

#endif
