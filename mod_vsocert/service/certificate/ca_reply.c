/* SPDX-License-Identifier: Apache-2.0 */
/* Import of the CA's reply: vso_certificate_reply of certificate.h. */
#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "service/certificate/certificate.h"
#include "service/certificate/chain_update.h"
#include "service/certificate/reply_diff.h"
#include "x509/chain.h"
#include "x509/key.h"
#include "x509/reply.h"

/** What a reply is being made into. */
typedef struct {
    vso_context_t *svc;
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

static apr_status_t no_pair(vso_context_t *svc,
                            const apr_array_header_t *versions)
{
    int i;

    for (i = 0; i < versions->nelts; i++) {
        if (rank(APR_ARRAY_IDX(versions, i, vso_version_t *)) > 0) {
            return vso_fail(svc->res, VSO_P_KEY_MISMATCH, "reply",
                            "No certificate in the reply is for a key of entry "
                            "\"%s\", or the issuer of its active certificate. "
                            "Send the CA the CSR of this entry, or import key "
                            "and certificate together as a keystore file.",
                            svc->alias);
        }
    }
    return vso_fail(svc->res, VSO_P_NO_CERTIFICATE, "reply",
                    "Entry \"%s\" has no key that a reply could belong to: "
                    "create a certificate or a request first.",
                    svc->alias);
}

/** The version of the entry that a certificate is best for. */
static apr_status_t pair_one(vso_context_t *svc, X509 *cert, pairing_t *pairing)
{
    const char *key = vso_key_fingerprint(X509_get0_pubkey(cert), svc->p);
    apr_array_header_t *holders;
    int i;

    if (vso_versions_by_fingerprint(svc->store, key, &holders, svc->res,
                                    svc->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < holders->nelts; i++) {
        vso_version_t *version = APR_ARRAY_IDX(holders, i, vso_version_t *);

        if (!strcmp(version->alias, svc->alias) &&
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
static apr_status_t pair(vso_context_t *svc, const apr_array_header_t *certs,
                         pairing_t *pairing, X509 **pleaf)
{
    int i;

    for (i = 0; i < certs->nelts; i++) {
        if (pair_one(svc, APR_ARRAY_IDX(certs, i, X509 *), pairing) !=
            APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    if (pairing->target) {
        *pleaf =
            vso_reply_pick(certs, pairing->target->key_fingerprint, svc->p);
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

static apr_status_t open_key(vso_context_t *svc, pairing_t *pairing,
                             EVP_PKEY **pkey)
{
    if (vso_versions_open(vso_store_keyring(svc->store), pairing->target,
                          &pairing->key, svc->res, svc->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_key_from_der(pairing->key, pkey, svc->res, svc->p);
}

/** A certificate or issuers that a version has, or could have: what becomes of
 * its chain. Without any updates the reply is a new certificate. */
static apr_status_t update_chains(vso_context_t *svc,
                                  const apr_array_header_t *versions,
                                  const apr_array_header_t *certs, X509 *leaf,
                                  apr_array_header_t **pupdates)
{
    const apr_array_header_t *known = known_issuers(versions, svc->p);

    if (leaf) {
        return vso_chain_update_of_leaf(svc, leaf, certs, known, "reply",
                                        pupdates);
    }
    if (vso_chain_update_of_active(svc, certs, known, "reply", pupdates) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return (*pupdates)->nelts ? APR_SUCCESS : no_pair(svc, versions);
}

/** A new certificate for the target's key: its chain, and how it would be
 * served. */
static apr_status_t examine_new(vso_context_t *svc,
                                const apr_array_header_t *versions,
                                const apr_array_header_t *certs,
                                pairing_t *pairing, vso_material_t *material)
{
    if (open_key(svc, pairing, &material->pkey) != APR_SUCCESS ||
        vso_chain_order(material->cert, certs, known_issuers(versions, svc->p),
                        &material->chain, svc->res, svc->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (pairing->target->state == VSO_STATE_PASSIVE) {
        vso_warn(svc->res, "passive-key",
                 "The reply is for the key of version %" APR_INT64_T_FMT
                 ", which is passive: that key becomes active again.",
                 pairing->target->version);
    }
    vso_reply_diff_warn(svc, pairing->target, material->cert);
    material->field = "reply";
    material->alone = pairing->replace;
    return vso_version_row_prove(svc, material);
}

/** From bytes to a version that would be served, or to another chain of one
 * that is there. */
static apr_status_t examine(vso_context_t *svc, const char *data,
                            apr_size_t len, pairing_t *pairing,
                            vso_reply_outcome_t *outcome)
{
    vso_material_t *material = &outcome->material;
    apr_array_header_t *versions;
    apr_array_header_t *certs;

    if (vso_context_unsealed(svc) != APR_SUCCESS ||
        vso_reply_parse(data, len, &certs, svc->res, svc->p) != APR_SUCCESS ||
        vso_versions_list(svc->store, svc->alias, 0, VSO_MAX_PAGE, &versions,
                          svc->res, svc->p) != APR_SUCCESS ||
        pair(svc, certs, pairing, &material->cert) != APR_SUCCESS ||
        update_chains(svc, versions, certs, material->cert, &outcome->chains) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return outcome->chains->nelts
               ? APR_SUCCESS
               : examine_new(svc, versions, certs, pairing, material);
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
static vso_version_t *row_to_be(vso_context_t *svc, const pairing_t *pairing,
                                const vso_material_t *material)
{
    vso_version_t *version;

    if (pairing->target->state == VSO_STATE_PENDING) {
        version =
            apr_pmemdup(svc->p, pairing->target, sizeof(*pairing->target));
    }
    else {
        version = vso_version_row_new(svc, "ca-signed", material->pkey);
    }
    vso_version_row_describe(version, material->cert, material->chain, svc->p);
    return version;
}

/** The reply is about the chains of versions that are there. */
static apr_status_t take_chains(vso_context_t *svc, int preview,
                                apr_int64_t seen, vso_reply_outcome_t *outcome)
{
    const vso_chain_update_t *first =
        APR_ARRAY_IDX(outcome->chains, 0, vso_chain_update_t *);

    outcome->version = outcome->pairs_with = first->version;
    outcome->material = first->material;
    return preview ? APR_SUCCESS
                   : vso_chain_update_store(svc, seen, outcome->chains);
}

apr_status_t vso_certificate_reply(vso_context_t *svc, const char *data,
                                   apr_size_t len, int flags,
                                   vso_reply_outcome_t *outcome)
{
    int preview = flags & VSO_REPLY_PREVIEW;
    vso_context_change_t what = {"reply", 0, 0, 0};
    pairing_t pairing = {.svc = svc, .replace = flags & VSO_REPLY_REPLACE};

    memset(outcome, 0, sizeof(*outcome));
    if (vso_versions_generation(svc->store, svc->alias, &what.seen, svc->res,
                                svc->p) != APR_SUCCESS ||
        examine(svc, data, len, &pairing, outcome) != APR_SUCCESS) {
        return preview ? APR_EGENERAL : vso_context_refuse(svc, what.action, 0);
    }
    if (outcome->chains->nelts) {
        return take_chains(svc, preview, what.seen, outcome);
    }
    pairing.version = row_to_be(svc, &pairing, &outcome->material);
    if (vso_version_announce(svc, pairing.version, pairing.replace) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!preview &&
        vso_context_change(svc, &what, store_reply, &pairing) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    pairing.version->state = VSO_STATE_ACTIVE;
    outcome->version = pairing.version;
    outcome->pairs_with = pairing.target;
    return APR_SUCCESS;
}
