/* SPDX-License-Identifier: Apache-2.0 */
/* Import of the CA's reply: vso_certificate_reply of certificate.h. */
#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "service/certificate/certificate.h"
#include "service/certificate/chain_update.h"
#include "service/certificate/judge.h"
#include "service/certificate/reply_diff.h"
#include "x509/chain.h"
#include "x509/key.h"
#include "x509/reply.h"

/** What a reply is being made into. */
typedef struct {
    const vso_context_t *ctx;
    vso_version_t *target;  /**< whose key it is for */
    vso_version_t *version; /**< the row to be: target itself when pending */
    vso_secret_t *key;      /**< DER, for a new row */
    int replace;            /**< what is active turns passive */
} pairing_t;

/** Better to pair with: pending before active before passive, then newer. */
static int rank(const vso_version_t *version)
{
    switch (version->state) {
    case VSO_STATE_PENDING:
        return 3;
    case VSO_STATE_ACTIVE:
        return 2;
    case VSO_STATE_PASSIVE:
        return 1;
    case VSO_STATE_RETIRED:
        break;
    }
    return 0;
}

static apr_status_t no_pair(const vso_context_t *ctx,
                            const apr_array_header_t *versions,
                            vso_result_t *res)
{
    int i;

    for (i = 0; i < versions->nelts; i++) {
        if (rank(APR_ARRAY_IDX(versions, i, vso_version_t *)) > 0) {
            return vso_fail(res, VSO_P_KEY_MISMATCH, "reply",
                            "No certificate in the reply is for a key of entry "
                            "\"%s\", or the issuer of its active certificate. "
                            "Send the CA the CSR of this entry, or import key "
                            "and certificate together as a keystore file.",
                            ctx->entry);
        }
    }
    return vso_fail(res, VSO_P_NO_CERTIFICATE, "reply",
                    "Entry \"%s\" has no key that a reply could belong to: "
                    "create a certificate or a request first.",
                    ctx->entry);
}

/** The version of the entry that a certificate is best for. */
static apr_status_t pair_one(const vso_context_t *ctx, X509 *cert,
                             pairing_t *pairing, vso_result_t *res)
{
    const char *key = vso_key_fingerprint(X509_get0_pubkey(cert), ctx->p);
    apr_array_header_t *holders;
    int i;

    if (vso_versions_by_fingerprint(ctx->store, key, &holders, res, ctx->p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < holders->nelts; i++) {
        vso_version_t *version = APR_ARRAY_IDX(holders, i, vso_version_t *);

        if (!strcmp(version->entry, ctx->entry) &&
            (!pairing->target || rank(version) > rank(pairing->target) ||
             (rank(version) == rank(pairing->target) &&
              version->id > pairing->target->id))) {
            pairing->target = version;
        }
    }
    return APR_SUCCESS;
}

/** Find the version that the reply is for, and its certificate: of several
 * for that key the newest. No target: the reply is for no key of the entry. */
static apr_status_t pair(const vso_context_t *ctx,
                         const apr_array_header_t *certs, pairing_t *pairing,
                         X509 **pleaf, vso_result_t *res)
{
    int i;

    for (i = 0; i < certs->nelts; i++) {
        if (pair_one(ctx, APR_ARRAY_IDX(certs, i, X509 *), pairing, res) !=
            APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    if (pairing->target) {
        *pleaf =
            vso_reply_pick(certs, pairing->target->key_fingerprint, ctx->p);
    }
    return APR_SUCCESS;
}

/** Issuers that earlier replies brought, to complete one that brings none. */
static apr_array_header_t *known_issuers(const apr_array_header_t *versions,
                                         apr_pool_t *p)
{
    apr_array_header_t *known = apr_array_make(p, 8, sizeof(X509 *));
    vso_result_t *ignored = vso_result_create(p);
    int i;

    for (i = 0; i < versions->nelts && known->nelts < VSO_MAX_CERTS_IN_FILE;
         i++) {
        const vso_version_t *version =
            APR_ARRAY_IDX(versions, i, vso_version_t *);
        apr_array_header_t *certs;

        if (*version->chain && vso_certs_parse_pem(version->chain, &certs,
                                                   ignored, p) == APR_SUCCESS) {
            apr_array_cat(known, certs);
        }
    }
    return known;
}

static apr_status_t open_key(const vso_context_t *ctx, pairing_t *pairing,
                             EVP_PKEY **pkey, vso_result_t *res)
{
    if (vso_versions_open(vso_store_keyring(ctx->store), pairing->target,
                          &pairing->key, res, ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_key_from_der(pairing->key, pkey, res, ctx->p);
}

/** A certificate or issuers that a version has, or could have: what becomes of
 * its chain. Without any updates the reply is a new certificate. */
static apr_status_t update_chains(const vso_context_t *ctx,
                                  const apr_array_header_t *versions,
                                  const apr_array_header_t *certs, X509 *leaf,
                                  apr_array_header_t **pupdates,
                                  vso_result_t *res)
{
    const apr_array_header_t *known = known_issuers(versions, ctx->p);

    if (leaf) {
        return vso_chain_update_of_leaf(ctx, leaf, certs, known, "reply",
                                        pupdates, res);
    }
    if (vso_chain_update_of_active(ctx, certs, known, "reply", pupdates, res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return (*pupdates)->nelts ? APR_SUCCESS : no_pair(ctx, versions, res);
}

/** A new certificate for the target's key: its chain, and how it would be
 * served. */
static apr_status_t examine_new(const vso_context_t *ctx,
                                const apr_array_header_t *versions,
                                const apr_array_header_t *certs,
                                pairing_t *pairing, vso_material_t *material,
                                vso_result_t *res)
{
    if (open_key(ctx, pairing, &material->pkey, res) != APR_SUCCESS ||
        vso_chain_order(material->cert, certs, known_issuers(versions, ctx->p),
                        &material->chain, res, ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (pairing->target->state == VSO_STATE_PASSIVE) {
        vso_warn(res, "passive-key",
                 "The reply is for the key of version %" APR_INT64_T_FMT
                 ", which is passive: that key becomes active again.",
                 pairing->target->number);
    }
    vso_reply_diff_warn(ctx, pairing->target, material->cert, res);
    material->field = "reply";
    material->alone = pairing->replace;
    return vso_judge_prove(ctx, material, res);
}

/** From bytes to a version that would be served, or to another chain of one
 * that is there. */
static apr_status_t examine(const vso_context_t *ctx, const char *data,
                            apr_size_t len, pairing_t *pairing,
                            vso_reply_taken_t *taken, vso_result_t *res)
{
    vso_material_t *material = &taken->material;
    apr_array_header_t *versions;
    apr_array_header_t *certs;

    if (vso_context_unsealed(ctx, res) != APR_SUCCESS ||
        vso_reply_parse(data, len, &certs, res, ctx->p) != APR_SUCCESS ||
        vso_versions_list(ctx->store, ctx->entry, 0, VSO_MAX_PAGE, &versions,
                          res, ctx->p) != APR_SUCCESS ||
        pair(ctx, certs, pairing, &material->cert, res) != APR_SUCCESS ||
        update_chains(ctx, versions, certs, material->cert, &taken->chains,
                      res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return taken->chains->nelts
               ? APR_SUCCESS
               : examine_new(ctx, versions, certs, pairing, material, res);
}

static apr_status_t store_reply(vso_change_t *change, void *baton,
                                vso_audit_event_t *event, vso_result_t *res,
                                apr_pool_t *p)
{
    pairing_t *pairing = baton;
    vso_version_t *row = pairing->version;
    apr_status_t rv;

    /* the state is set from the row found, so that a second run can do it
     * again */
    row->state = pairing->target->state;
    rv = vso_version_row_displace(change, row, pairing->replace, res, p);
    if (rv == APR_SUCCESS && row->state == VSO_STATE_PENDING) {
        rv = vso_versions_set_certificate(change, row, res, p);
        if (rv == APR_SUCCESS) {
            rv = vso_versions_set_state(change, row, VSO_STATE_ACTIVE, res, p);
        }
    }
    else if (rv == APR_SUCCESS) {
        row->state = VSO_STATE_ACTIVE;
        rv = vso_versions_insert(change, row, pairing->key, res, p);
    }
    event->version_id = row->id;
    event->detail =
        apr_psprintf(p, "%s issued by %s", row->subject_text, row->issuer_text);
    return rv;
}

/** The row to be: a pending one keeps its id and gets its certificate. */
static vso_version_t *row_to_be(const vso_context_t *ctx,
                                const pairing_t *pairing,
                                const vso_material_t *material)
{
    vso_version_t *version;

    if (pairing->target->state == VSO_STATE_PENDING) {
        version =
            apr_pmemdup(ctx->p, pairing->target, sizeof(*pairing->target));
    }
    else {
        version = vso_version_row_new(ctx, "ca-signed", material->pkey);
    }
    vso_version_row_describe(version, material->cert, material->chain, ctx->p);
    return version;
}

/** The reply is about the chains of versions that are there. */
static apr_status_t take_chains(const vso_context_t *ctx, int preview,
                                apr_int64_t seen, vso_reply_taken_t *taken,
                                vso_outcome_t *outcome, vso_result_t *res)
{
    const vso_chain_update_t *first =
        APR_ARRAY_IDX(taken->chains, 0, vso_chain_update_t *);

    taken->version = taken->pairs_with = first->version;
    taken->material = first->material;
    return preview
               ? APR_SUCCESS
               : vso_chain_update_store(ctx, seen, taken->chains, outcome, res);
}

apr_status_t vso_certificate_reply(const vso_context_t *ctx, const char *data,
                                   apr_size_t len, int flags,
                                   vso_reply_taken_t *taken,
                                   vso_outcome_t *outcome, vso_result_t *res)
{
    int preview = flags & VSO_REPLY_PREVIEW;
    apr_int64_t seen = 0;
    const vso_context_change_t what = {
        .action = "reply", .seen = &seen, .serves = 1};
    pairing_t pairing = {.ctx = ctx, .replace = flags & VSO_REPLY_REPLACE};

    memset(taken, 0, sizeof(*taken));
    if (vso_versions_generation(ctx->store, ctx->entry, &seen, res, ctx->p) !=
            APR_SUCCESS ||
        examine(ctx, data, len, &pairing, taken, res) != APR_SUCCESS) {
        return preview ? APR_EGENERAL
                       : vso_context_refuse(ctx, what.action, 0, res);
    }
    if (taken->chains->nelts) {
        return take_chains(ctx, preview, seen, taken, outcome, res);
    }
    pairing.version = row_to_be(ctx, &pairing, &taken->material);
    if (vso_version_row_announce(ctx, pairing.version, pairing.replace, outcome,
                                 res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!preview && vso_context_change(ctx, &what, store_reply, &pairing,
                                       outcome, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    pairing.version->state = VSO_STATE_ACTIVE;
    taken->version = pairing.version;
    taken->pairs_with = pairing.target;
    return APR_SUCCESS;
}
