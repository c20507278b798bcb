/* SPDX-License-Identifier: Apache-2.0 */
#include "service/certificate/chain_update.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/x509v3.h>

#include "service/certificate/judge.h"
#include "x509/chain.h"

/** What certificates make of a version's chain. */
typedef struct {
    vso_version_t *version;
    vso_material_t material;   /**< with the chain that it has */
    apr_array_header_t *chain; /**< X509 *: the one that it would get */
    vso_chain_verdict_e verdict;
    const char *why; /**< it would be worse */
} look_t;

/** Compare the chain that leads up from the leaf through certs. */
static apr_status_t compare(const vso_context_t *ctx, look_t *look,
                            const apr_array_header_t *certs,
                            const apr_array_header_t *known, vso_result_t *res)
{
    if (vso_chain_order(look->material.cert, certs, known, &look->chain, res,
                        ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    look->verdict = vso_chain_compare(look->material.chain, look->chain,
                                      vso_context_now(ctx), &look->why, ctx->p);
    return APR_SUCCESS;
}

/** What was sent comes first. Where that alone gets no further than what is
 * stored, the best way through both may. */
static apr_status_t look_at(const vso_context_t *ctx, vso_version_t *version,
                            const apr_array_header_t *certs,
                            const apr_array_header_t *known, look_t *look,
                            vso_result_t *res)
{
    const apr_array_header_t *stored;
    look_t both;

    look->version = version;
    if (vso_version_row_open(ctx, version, &look->material, res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    stored = look->material.chain;
    if (compare(ctx, look, certs,
                known ? apr_array_append(ctx->p, stored, known) : stored,
                res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (look->verdict == VSO_CHAIN_TAKEN) {
        return APR_SUCCESS;
    }
    both = *look;
    if (compare(ctx, &both, apr_array_append(ctx->p, certs, stored), NULL,
                res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (both.verdict == VSO_CHAIN_TAKEN) {
        *look = both;
    }
    return APR_SUCCESS;
}

/** Prove that the version can be served with its new chain, and put it among
 * the updates. Warnings are those of the first. */
static apr_status_t add(const vso_context_t *ctx, const look_t *look,
                        apr_array_header_t *updates, vso_result_t *res)
{
    vso_chain_update_t *update = apr_pcalloc(ctx->p, sizeof(*update));
    int warnings = res->warnings->nelts;

    update->version = apr_pmemdup(ctx->p, look->version, sizeof(vso_version_t));
    update->before = look->material.chain;
    update->material = look->material;
    update->material.chain = look->chain;
    update->version->chain = vso_certs_to_pem(look->chain, ctx->p);
    if (vso_judge_prove(ctx, &update->material, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (updates->nelts) {
        res->warnings->nelts = warnings;
    }
    APR_ARRAY_PUSH(updates, vso_chain_update_t *) = update;
    return APR_SUCCESS;
}

/** The chain stays as it is: say why, and what to do. */
static apr_status_t refuse(const vso_context_t *ctx, const look_t *look,
                           const char *field, vso_result_t *res)
{
    const vso_version_t *version = look->version;
    const char *chain =
        look->why ? apr_psprintf(ctx->p,
                                 "with a better chain than what was sent makes "
                                 "(%s)",
                                 look->why)
        : look->chain->nelts || version->self_signed
            ? "with the same chain"
            : "without a chain (to complete it, send it together with the "
              "CA's intermediate certificate)";

    return vso_fail(res, VSO_P_CERTIFICATE_EXISTS, field,
                    "This certificate is version %" APR_INT64_T_FMT
                    " already, which is %s, %s. Nothing was changed%s",
                    version->number, vso_version_state_text(version->state),
                    chain,
                    version->state == VSO_STATE_ACTIVE
                        ? "."
                        : ": activate that version instead.");
}

apr_status_t vso_chain_update_of_leaf(const vso_context_t *ctx, X509 *leaf,
                                      const apr_array_header_t *certs,
                                      const apr_array_header_t *known,
                                      const char *field,
                                      apr_array_header_t **pupdates,
                                      vso_result_t *res)
{
    const char *print = vso_cert_fingerprint(leaf, ctx->p);
    apr_array_header_t *holders;
    vso_version_t *version = NULL;
    look_t look = {0};
    int i;

    *pupdates = apr_array_make(ctx->p, 2, sizeof(vso_chain_update_t *));
    if (vso_versions_by_certificate(ctx->store, ctx->entry, print, &holders,
                                    res, ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < holders->nelts; i++) {
        vso_version_t *holder = APR_ARRAY_IDX(holders, i, vso_version_t *);

        if (holder->state == VSO_STATE_ACTIVE ||
            (holder->state == VSO_STATE_PASSIVE && !version)) {
            version = holder;
        }
    }
    if (!version) {
        return APR_SUCCESS;
    }
    if (look_at(ctx, version, certs, known, &look, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return look.verdict == VSO_CHAIN_TAKEN ? add(ctx, &look, *pupdates, res)
                                           : refuse(ctx, &look, field, res);
}

/** 1 when all are certificates of CAs: a leaf among them is what the sender
 * means, and must not be passed over. */
static int are_issuers(const apr_array_header_t *certs)
{
    int i;

    for (i = 0; i < certs->nelts; i++) {
        if (!X509_check_ca(APR_ARRAY_IDX(certs, i, X509 *))) {
            return 0;
        }
    }
    return 1;
}

/** 1 when one of certs is in the chain. */
static int share(const apr_array_header_t *certs,
                 const apr_array_header_t *chain)
{
    int i;
    int j;

    for (i = 0; i < certs->nelts; i++) {
        for (j = 0; j < chain->nelts; j++) {
            if (!X509_cmp(APR_ARRAY_IDX(certs, i, X509 *),
                          APR_ARRAY_IDX(chain, j, X509 *))) {
                return 1;
            }
        }
    }
    return 0;
}

static apr_status_t refuse_issuers(const look_t *look, const char *field,
                                   vso_result_t *res)
{
    if (look->why) {
        return vso_fail(res, VSO_P_CERTIFICATE_EXISTS, field,
                        "Version %" APR_INT64_T_FMT
                        " has a better chain than what was sent makes (%s). "
                        "Nothing was changed.",
                        look->version->number, look->why);
    }
    return vso_fail(res, VSO_P_CERTIFICATE_EXISTS, field,
                    "The chain of version %" APR_INT64_T_FMT
                    " has these issuers already. Nothing was changed.",
                    look->version->number);
}

/** All active versions, that of the RSA key first: it answers for the entry. */
static apr_status_t find_active(const vso_context_t *ctx,
                                apr_array_header_t **pactive, vso_result_t *res)
{
    vso_version_t **active;
    int i;

    if (vso_versions_active(ctx->store, ctx->entry, pactive, res, ctx->p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    active = (vso_version_t **)(*pactive)->elts;
    for (i = 1; i < (*pactive)->nelts; i++) {
        if (!strcmp(vso_version_row_algorithm(active[i], ctx->p), "RSA")) {
            vso_version_t *first = active[0];

            active[0] = active[i];
            active[i] = first;
        }
    }
    return APR_SUCCESS;
}

apr_status_t vso_chain_update_of_active(const vso_context_t *ctx,
                                        const apr_array_header_t *certs,
                                        const apr_array_header_t *known,
                                        const char *field,
                                        apr_array_header_t **pupdates,
                                        vso_result_t *res)
{
    apr_array_header_t *active;
    look_t unchanged = {0};
    int i;

    *pupdates = apr_array_make(ctx->p, 2, sizeof(vso_chain_update_t *));
    if (!are_issuers(certs)) {
        return APR_SUCCESS;
    }
    if (find_active(ctx, &active, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < active->nelts; i++) {
        vso_version_t *one = APR_ARRAY_IDX(active, i, vso_version_t *);
        look_t look = {0};

        if (look_at(ctx, one, certs, known, &look, res) != APR_SUCCESS ||
            (look.verdict == VSO_CHAIN_TAKEN &&
             add(ctx, &look, *pupdates, res) != APR_SUCCESS)) {
            return APR_EGENERAL;
        }
        if (look.verdict == VSO_CHAIN_WORSE ||
            (look.verdict == VSO_CHAIN_SAME && share(certs, look.chain))) {
            unchanged = look;
        }
    }
    return !(*pupdates)->nelts && unchanged.version
               ? refuse_issuers(&unchanged, field, res)
               : APR_SUCCESS;
}

/** What is being written. */
typedef struct {
    const vso_context_t *ctx;
    const apr_array_header_t *updates;
} writing_t;

static apr_status_t write_chains(vso_change_t *change, void *baton,
                                 vso_audit_event_t *event, vso_result_t *res,
                                 apr_pool_t *p)
{
    const writing_t *writing = baton;
    int i;

    for (i = 0; i < writing->updates->nelts; i++) {
        const vso_chain_update_t *update =
            APR_ARRAY_IDX(writing->updates, i, vso_chain_update_t *);

        if (i && vso_change_record(change, event, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        event->version_id = update->version->id;
        event->detail = apr_psprintf(
            p, "%s: %d issuers, before %d", update->version->subject_text,
            update->material.chain->nelts, update->before->nelts);
        if (vso_versions_set_chain(change, update->version,
                                   update->version->chain, res,
                                   p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    return APR_SUCCESS;
}

apr_status_t vso_chain_update_store(const vso_context_t *ctx, apr_int64_t seen,
                                    const apr_array_header_t *updates,
                                    vso_outcome_t *outcome, vso_result_t *res)
{
    const vso_chain_update_t *first =
        APR_ARRAY_IDX(updates, 0, vso_chain_update_t *);
    const vso_context_change_t what = {.action = "chain",
                                       .target_id = first->version->id,
                                       .seen = &seen,
                                       .serves = 1};
    writing_t writing = {ctx, updates};

    return vso_context_change(ctx, &what, write_chains, &writing, outcome, res);
}
