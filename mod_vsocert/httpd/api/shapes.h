/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The API's shapes: rows and outcomes as JSON. Members may be added, never
 * renamed.
 */
#ifndef VSOCERT_SHAPES_H
#define VSOCERT_SHAPES_H

#include "httpd/api/call.h"
#include "service/certificate/preview.h"
#include "service/certificate/version_row.h"
#include "x509/name.h"

/** A version as lists show it: columns only, nothing is parsed. Pending ones
 * have csr... members instead of a certificate's. */
void vsocert_shape_version(vsocert_call_t *call, vso_json_t *obj,
                           const vso_version_t *version);

/** The certificate of a version as a list of entries shows it. */
void vsocert_shape_brief(vsocert_call_t *call, vso_json_t *obj,
                         const vso_version_t *version);

/** "scheduledAt": when a version is to become active, or null. */
void vsocert_shape_schedule(vsocert_call_t *call, vso_json_t *obj,
                            const vso_version_t *version);

/**
 * A version in full: with "chain" and "warnings".
 * @param warnings  of vso_warning_t, as known from a change; NULL: judge the
 *                  certificate now
 */
void vsocert_shape_details(vsocert_call_t *call, vso_json_t *obj,
                           const vso_version_t *version,
                           const apr_array_header_t *warnings);

/**
 * "chainUpdates": versions that get, or would get, another chain, with the one
 * before and the one after.
 * @param updates  vso_chain_update_t *; NULL or empty: no member
 */
void vsocert_shape_chain_updates(vsocert_call_t *call,
                                 const apr_array_header_t *updates);

/** What a change would make of the entry: "preview", "certificate", "trial"
 * where it was tried, and "served": each version that is served then. */
void vsocert_shape_preview(vsocert_call_t *call, const vso_preview_t *preview);

/** Versions that share a key: "versionId", "number", "entry", "state".
 * @param holders  vso_version_t * */
void vsocert_shape_holders(vso_json_t *obj, const char *name,
                           const apr_array_header_t *holders);

/** "turnsPassive": versions that make room for what becomes active; no member
 * where nothing does. */
void vsocert_shape_turns_passive(vsocert_call_t *call);

/** "trial": one object per protocol that was tried. */
void vsocert_shape_trial(vso_json_t *obj, const apr_array_header_t *outcomes);

#endif
