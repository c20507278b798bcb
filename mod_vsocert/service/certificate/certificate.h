/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The page "Server Certificate": what there is, create it, ask a CA for
 * another, take the CA's reply.
 */
#ifndef VSO_SERVICE_CERTIFICATE_H
#define VSO_SERVICE_CERTIFICATE_H

#include "service/context.h"
#include "service/certificate/version_row.h"
#include "x509/name.h"

/** Something the page offers, or why it does not. */
typedef struct {
    const char *name;      /**< "create", "import", "export", "csr", "reply",
                                "replace" */
    vso_problem_e problem; /**< what a call would be refused with; VSO_P_NONE:
                                it is available */
    const char *reason;    /**< the same as a sentence; NULL: available */
} vso_action_t;

#define VSO_ACTIONS 6

/** The page. */
typedef struct {
    vso_version_t *active;       /**< RSA where there is one; or NULL */
    vso_version_t *also;         /**< active of the other algorithm; or NULL */
    apr_array_header_t *pending; /**< vso_version_t *, newest first */
    vso_action_t actions[VSO_ACTIONS];
} vso_panel_t;

/** Read the page of ctx's entry. */
apr_status_t vso_certificate_panel(const vso_context_t *ctx, vso_panel_t *panel,
                                   vso_result_t *res);

/** What to create; names as typed, checked here. */
typedef struct {
    vso_subject_t subject;
    int has_subject; /**< request only: absent takes the active one's */
    const apr_array_header_t *sans; /**< const char *; NULL: absent */
    const char *key;                /**< type; NULL: default */
    int days;
    int replace; /**< what is active turns passive, whatever its key */
    int beside;  /**< only what has a key of the same algorithm does */
} vso_certificate_spec_t;

/**
 * Make a key and a self-signed certificate and serve it. Without replace and
 * beside only while no certificate is active (CERTIFICATE_EXISTS says what else
 * to do). What turns passive is in outcome->turns_passive.
 */
apr_status_t vso_certificate_create(const vso_context_t *ctx,
                                    const vso_certificate_spec_t *spec,
                                    vso_version_t **pversion,
                                    vso_outcome_t *outcome, vso_result_t *res);

/** CSR for the active key with its certificate's subject and SANs, PEM. */
apr_status_t vso_certificate_csr(const vso_context_t *ctx, const char **ppem,
                                 vso_result_t *res);

/**
 * Make a pending version: a request with another subject, other SANs or for a
 * new key. What spec leaves out comes from the active version; without one,
 * the subject is required and the key is new.
 */
apr_status_t vso_certificate_request(const vso_context_t *ctx,
                                     const vso_certificate_spec_t *spec,
                                     vso_version_t **pversion,
                                     vso_outcome_t *outcome, vso_result_t *res);

/** What a reply is or would be. */
typedef struct {
    vso_version_t *version;    /**< as it became, or would */
    vso_version_t *pairs_with; /**< the version whose key it is for */
    vso_material_t material;
    apr_array_header_t *chains; /**< vso_chain_update_t *: it changes these
                                     chains, and makes no new certificate;
                                     else empty */
} vso_reply_taken_t;

/** How a reply is taken: or these. */
enum {
    VSO_REPLY_PREVIEW = 1, /**< check everything, change nothing */
    VSO_REPLY_REPLACE = 2  /**< what is active turns passive, whatever its key;
                                otherwise what has the same algorithm */
};

/**
 * Take the CA's reply: pairs by public key with the newest pending version,
 * else makes a new version on the active key, else on a passive one. With a
 * certificate that is a version already, or with issuers alone, it changes the
 * chain of that version, or of the active ones.
 * What turns passive is in outcome->turns_passive.
 * @param flags  of VSO_REPLY_...
 */
apr_status_t vso_certificate_reply(const vso_context_t *ctx, const char *data,
                                   apr_size_t len, int flags,
                                   vso_reply_taken_t *taken,
                                   vso_outcome_t *outcome, vso_result_t *res);

#endif
