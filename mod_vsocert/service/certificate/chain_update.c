/* SPDX-License-Identifier: Apache-2.0 */
#include "service/certificate/chain_update.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/x509v3.h>

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
static apr_status_t compare(vso_context_t *svc, look_t *look,
                            const apr_array_header_t *certs,
                            const apr_array_header_t *known)
{
    if (vso_chain_order(look->material.cert, certs, known, &look->chain,
                        svc->res, svc->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    look->verdict = vso_chain_compare(look->material.chain, look->chain,
                                      vso_context_now(svc), &look->why, svc->p);
    return APR_SUCCESS;
}

/** What was sent comes first. Where that alone gets no further than what is
 * stored, the best way through both may. */
static apr_status_t look_at(vso_context_t *svc, vso_version_t *version,
                            const apr_array_header_t *certs,
                            const apr_array_header_t *known, look_t *look)
{
    const apr_array_header_t *stored;
    look_t both;

    look->version = version;
    if (vso_version_row_open(svc, version, &look->material) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    stored = look->material.chain;
    if (compare(svc, look, certs,
                known ? apr_array_append(svc->p, stored, known) : stored) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (look->verdict == VSO_CHAIN_TAKEN) {
        return APR_SUCCESS;
    }
    both = *look;
    if (compare(svc, &both, apr_array_append(svc->p, certs, stored), NULL) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (both.verdict == VSO_CHAIN_TAKEN) {
        *look = both;
    }
    return APR_SUCCESS;
}

/** Prove that the version can be served with its new chain, and put it among
 * the updates. Warnings are those of the first. */
static apr_status_t add(vso_context_t *svc, const look_t *look,
                        apr_array_header_t *updates)
{
    vso_chain_update_t *update = apr_pcalloc(svc->p, sizeof(*update));
    int warnings = svc->res->warnings->nelts;

    update->version = apr_pmemdup(svc->p, look->version, sizeof(vso_version_t));
    update->before = look->material.chain;
    update->material = look->material;
    update->material.chain = look->chain;
    update->version->chain = vso_certs_to_pem(look->chain, svc->p);
    if (vso_version_row_prove(svc, &update->material) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (updates->nelts) {
        svc->res->warnings->nelts = warnings;
    }
    APR_ARRAY_PUSH(updates, vso_chain_update_t *) = update;
    return APR_SUCCESS;
}

/** The chain stays as it is: say why, and what to do. */
static apr_status_t refuse(vso_context_t *svc, const look_t *look,
                           const char *field)
{
    const vso_version_t *version = look->version;
    const char *chain =
        look->why ? apr_psprintf(svc->p,
                                 "with a better chain than what was sent makes "
                                 "(%s)",
                                 look->why)
        : look->chain->nelts || version->self_signed
            ? "with the same chain"
            : "without a chain (to complete it, send it together with the "
              "CA's intermediate certificate)";

    return vso_fail(svc->res, VSO_P_CERTIFICATE_EXISTS, field,
                    "This certificate is version %" APR_INT64_T_FMT
                    " already, which is %s, %s. Nothing was changed%s",
                    version->version, vso_version_state_text(version->state),
                    chain,
                    version->state == VSO_STATE_ACTIVE
                        ? "."
                        : ": activate that version instead.");
}

apr_status_t vso_chain_update_of_leaf(vso_context_t *svc, X509 *leaf,
                                      const apr_array_header_t *certs,
                                      const apr_array_header_t *known,
                                      const char *field,
                                      apr_array_header_t **pupdates)
{
    const char *print = vso_cert_fingerprint(leaf, svc->p);
    apr_array_header_t *holders;
    vso_version_t *version = NULL;
    look_t look = {0};
    int i;

    *pupdates = apr_array_make(svc->p, 2, sizeof(vso_chain_update_t *));
    if (vso_versions_by_certificate(svc->store, svc->alias, print, &holders,
                                    svc->res, svc->p) != APR_SUCCESS) {
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
    if (look_at(svc, version, certs, known, &look) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return look.verdict == VSO_CHAIN_TAKEN ? add(svc, &look, *pupdates)
                                           : refuse(svc, &look, field);
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

static apr_status_t refuse_issuers(vso_context_t *svc, const look_t *look,
                                   const char *field)
{
    if (look->why) {
        return vso_fail(svc->res, VSO_P_CERTIFICATE_EXISTS, field,
                        "Version %" APR_INT64_T_FMT
                        " has a better chain than what was sent makes (%s). "
                        "Nothing was changed.",
                        look->version->version, look->why);
    }
    return vso_fail(svc->res, VSO_P_CERTIFICATE_EXISTS, field,
                    "The chain of version %" APR_INT64_T_FMT
                    " has these issuers already. Nothing was changed.",
                    look->version->version);
}

/** All active versions, that of the RSA key first: it answers for the entry. */
static apr_status_t find_active(vso_context_t *svc,
                                apr_array_header_t **pactive)
{
    vso_version_t **active;
    int i;

    if (vso_versions_active(svc->store, svc->alias, pactive, svc->res,
                            svc->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    active = (vso_version_t **)(*pactive)->elts;
    for (i = 1; i < (*pactive)->nelts; i++) {
        if (!strcmp(vso_version_row_algorithm(active[i], svc->p), "RSA")) {
            vso_version_t *first = active[0];

            active[0] = active[i];
            active[i] = first;
        }
    }
    return APR_SUCCESS;
}

apr_status_t vso_chain_update_of_active(vso_context_t *svc,
                                        const apr_array_header_t *certs,
                                        const apr_array_header_t *known,
                                        const char *field,
                                        apr_array_header_t **pupdates)
{
    apr_array_header_t *active;
    look_t unchanged = {0};
    int i;

    *pupdates = apr_array_make(svc->p, 2, sizeof(vso_chain_update_t *));
    if (!are_issuers(certs)) {
        return APR_SUCCESS;
    }
    if (find_active(svc, &active) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < active->nelts; i++) {
        vso_version_t *one = APR_ARRAY_IDX(active, i, vso_version_t *);
        look_t look = {0};

        if (look_at(svc, one, certs, known, &look) != APR_SUCCESS ||
            (look.verdict == VSO_CHAIN_TAKEN &&
             add(svc, &look, *pupdates) != APR_SUCCESS)) {
            return APR_EGENERAL;
        }
        if (look.verdict == VSO_CHAIN_WORSE ||
            (look.verdict == VSO_CHAIN_SAME && share(certs, look.chain))) {
            unchanged = look;
        }
    }
    return !(*pupdates)->nelts && unchanged.version
               ? refuse_issuers(svc, &unchanged, field)
               : APR_SUCCESS;
}

/** What is being written. */
typedef struct {
    vso_context_t *svc;
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

apr_status_t vso_chain_update_store(vso_context_t *svc, apr_int64_t seen,
                                    const apr_array_header_t *updates)
{
    const vso_chain_update_t *first =
        APR_ARRAY_IDX(updates, 0, vso_chain_update_t *);
    const vso_context_change_t what = {"chain", first->version->id, seen, 0};
    writing_t writing = {svc, updates};

    return vso_context_change(svc, &what, write_chains, &writing);
}
