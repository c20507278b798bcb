/* SPDX-License-Identifier: Apache-2.0 */
#include "service/package/trust.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "base/limits.h"
#include "base/rfc3339.h"
#include "store/packages.h"
#include "x509/cert.h"

/* Judging */

/** "2024-01-02" */
static const char *day(apr_int64_t sec, apr_pool_t *p)
{
    return apr_pstrmemdup(p, vso_rfc3339_text(sec, p), strlen("2024-01-02"));
}

static void trust(vso_trust_verdict_t *verdict, const char *by, const char *why)
{
    verdict->trusted = 1;
    verdict->by = by;
    verdict->why = why;
}

static apr_status_t judge_own(const vso_context_t *ctx,
                              const vso_cert_info_t *info,
                              vso_trust_verdict_t *verdict, vso_result_t *res)
{
    apr_array_header_t *versions;
    int i;

    if (vso_versions_own(ctx->store, info->fingerprint, &versions, res,
                         ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; !verdict->trusted && i < versions->nelts; i++) {
        const vso_version_t *own =
            APR_ARRAY_IDX(versions, i, const vso_version_t *);

        if (!own->proof.authentic) {
            continue;
        }
        trust(verdict, "own",
              apr_psprintf(ctx->p,
                           "Trusted: it is the %s certificate of version "
                           "%" APR_INT64_T_FMT " of entry \"%s\".",
                           vso_version_state_text(own->state), own->number,
                           own->entry));
    }
    return APR_SUCCESS;
}

static void warn_expired(const vso_context_t *ctx, const char *subject_text,
                         apr_int64_t not_after_sec, vso_result_t *res)
{
    vso_warn(res, "expired-signer",
             "The certificate of the trusted signer %s expired on %s.",
             subject_text, day(not_after_sec, ctx->p));
}

static apr_status_t judge_listed(const vso_context_t *ctx,
                                 const vso_cert_info_t *info,
                                 vso_trust_verdict_t *verdict,
                                 vso_result_t *res)
{
    vso_trusted_t *row;

    if (vso_trust_is(ctx->store, info->fingerprint, &row, res, ctx->p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (row) {
        verdict->vouches = row->vouches;
        trust(verdict, "table",
              apr_psprintf(ctx->p,
                           "Trusted: %s put it into the list of trusted "
                           "certificates on %s.%s",
                           row->added_by, day(row->added_sec, ctx->p),
                           row->vouches ? " It vouches for the elements of "
                                          "packages that it signed with CMS."
                                        : ""));
        if (verdict->expired) {
            warn_expired(ctx, info->subject_text, info->not_after_sec, res);
        }
    }
    return APR_SUCCESS;
}

static int same_key(const vso_trusted_t *row, const vso_cert_info_t *info,
                    apr_pool_t *p)
{
    X509 *cert = NULL;

    return row->proof.authentic &&
           vso_cert_parse(row->certificate, strlen(row->certificate), &cert,
                          vso_result_create(p), p) == APR_SUCCESS &&
           !strcmp(vso_cert_info(cert, p)->key_fingerprint,
                   info->key_fingerprint);
}

static int has_authentic(const apr_array_header_t *rows)
{
    int i;

    for (i = 0; i < rows->nelts; i++) {
        if (APR_ARRAY_IDX(rows, i, vso_trusted_t *)->proof.authentic) {
            return 1;
        }
    }
    return 0;
}

/** A trusted signer of the same name is what an impostor would want to be
 * taken for, and what a renewed certificate looks like. */
static apr_status_t name_namesake(const vso_context_t *ctx,
                                  const vso_cert_info_t *info,
                                  vso_trust_verdict_t *verdict,
                                  vso_result_t *res)
{
    apr_array_header_t *rows;
    int i;

    if (vso_trust_namesakes(ctx->store, info->subject_text, info->fingerprint,
                            &rows, res, ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < rows->nelts; i++) {
        const vso_trusted_t *row = APR_ARRAY_IDX(rows, i, vso_trusted_t *);

        if (same_key(row, info, ctx->p)) {
            verdict->why =
                apr_pstrcat(ctx->p, verdict->why,
                            " A trusted certificate has the same subject and "
                            "the same key: this one may be its renewal.",
                            NULL);
            return APR_SUCCESS;
        }
    }
    if (has_authentic(rows)) {
        verdict->why =
            apr_pstrcat(ctx->p, verdict->why,
                        " A trusted certificate has the same subject and "
                        "another key: this is another signer.",
                        NULL);
    }
    return APR_SUCCESS;
}

/** What whoever may trust it nevertheless should know; or "". */
static const char *dates_wrong(const vso_context_t *ctx,
                               const vso_cert_info_t *info)
{
    if (info->not_after_sec < vso_context_now(ctx)) {
        return apr_psprintf(ctx->p, ", and it expired on %s",
                            day(info->not_after_sec, ctx->p));
    }
    return info->not_before_sec > vso_context_now(ctx)
               ? apr_psprintf(ctx->p, ", and it is not valid before %s",
                              day(info->not_before_sec, ctx->p))
               : "";
}

static apr_status_t judge_chain(const vso_context_t *ctx, X509 *cert,
                                const vso_cert_info_t *info,
                                const apr_array_header_t *extra,
                                vso_trust_verdict_t *verdict, vso_result_t *res)
{
    const char *reason = vso_trust_ca_judge(ctx->trust_ca, cert, extra,
                                            vso_context_now(ctx), ctx->p);

    if (!reason) {
        trust(verdict, "ca",
              apr_psprintf(ctx->p,
                           "Trusted: it was issued by %s, below a "
                           "certification authority of VSOCertTrustCA.",
                           info->issuer_text));
        return APR_SUCCESS;
    }
    /* a chain's reason names the dates itself */
    verdict->why = apr_psprintf(
        ctx->p,
        "Not trusted: the certificate is %snot in the list of trusted "
        "certificates%s.%s%s",
        info->self_signed ? "self-signed and " : "",
        info->self_signed || !ctx->trust_ca ? dates_wrong(ctx, info) : "",
        info->self_signed ? "" : " ", info->self_signed ? "" : reason);
    return name_namesake(ctx, info, verdict, res);
}

apr_status_t vso_trust_judge(const vso_context_t *ctx, X509 *cert,
                             const apr_array_header_t *extra,
                             vso_trust_verdict_t *verdict, vso_result_t *res)
{
    const vso_cert_info_t *info = vso_cert_info(cert, ctx->p);
    vso_trust_verdict_t found = {0};

    found.expired = info->not_after_sec < vso_context_now(ctx);
    if (judge_own(ctx, info, &found, res) != APR_SUCCESS ||
        (!found.trusted &&
         judge_listed(ctx, info, &found, res) != APR_SUCCESS) ||
        (!found.trusted &&
         judge_chain(ctx, cert, info, extra, &found, res) != APR_SUCCESS)) {
        return APR_EGENERAL;
    }
    *verdict = found;
    return APR_SUCCESS;
}

/* The list */

void vso_trust_describe(const vso_context_t *ctx, X509 *cert,
                        const char *source, vso_trusted_t *row)
{
    const vso_cert_info_t *info = vso_cert_info(cert, ctx->p);

    row->fingerprint = info->fingerprint;
    row->certificate = vso_cert_to_pem(cert, ctx->p);
    row->subject_text = info->subject_text;
    row->issuer_text = info->issuer_text;
    row->serial = info->serial;
    row->key_type = info->key_type;
    row->not_before_sec = info->not_before_sec;
    row->not_after_sec = info->not_after_sec;
    row->source = source;
    row->added_by = ctx->actor;
    row->added_sec = 0;
    row->vouches = 0;
}

/** Names of the packages of one signer, from all pairs. */
static apr_array_header_t *packages_of(const apr_array_header_t *pairs,
                                       const char *fingerprint, apr_pool_t *p)
{
    apr_array_header_t *names = apr_array_make(p, 4, sizeof(const char *));
    int i;

    for (i = 0; i < pairs->nelts; i++) {
        const vso_signer_use_t *pair =
            &APR_ARRAY_IDX(pairs, i, vso_signer_use_t);

        if (!strcmp(pair->fingerprint, fingerprint)) {
            APR_ARRAY_PUSH(names, const char *) = pair->name;
        }
    }
    return names;
}

apr_status_t vso_trust_overview(const vso_context_t *ctx,
                                apr_array_header_t **pitems, vso_result_t *res)
{
    apr_array_header_t *items;
    apr_array_header_t *pairs;
    apr_array_header_t *rows;
    int i;

    if (vso_trust_list(ctx->store, &rows, res, ctx->p) != APR_SUCCESS ||
        vso_packages_signers(ctx->store, &pairs, res, ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    items = apr_array_make(ctx->p, rows->nelts + 1, sizeof(vso_trust_item_t));
    for (i = 0; i < rows->nelts; i++) {
        const vso_trusted_t *row = APR_ARRAY_IDX(rows, i, vso_trusted_t *);
        vso_trust_item_t *item;

        if (!row->proof.authentic) {
            continue; /* it is not trusted; the log names it */
        }
        item = apr_array_push(items);
        item->row = row;
        item->packages = packages_of(pairs, row->fingerprint, ctx->p);
        item->expired = row->not_after_sec < vso_context_now(ctx);
    }
    *pitems = items;
    return APR_SUCCESS;
}

/** The list's item of one certificate that is in it. */
static apr_status_t find_item(const vso_context_t *ctx, const char *fingerprint,
                              vso_trust_item_t *item, vso_result_t *res)
{
    apr_array_header_t *packages;
    vso_trusted_t *row;

    if (vso_trust_find(ctx->store, fingerprint, &row, res, ctx->p) !=
            APR_SUCCESS ||
        vso_packages_by_signer(ctx->store, fingerprint, &packages, res,
                               ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    item->row = row;
    item->packages = packages;
    item->expired = row && row->not_after_sec < vso_context_now(ctx);
    return APR_SUCCESS;
}

/* Changing the list */

/** One certificate that is added or removed. */
typedef struct {
    const vso_context_t *ctx;
    vso_trusted_t row;
    int vouches; /**< as of vso_trust_offer_t */
    int added;
    apr_array_header_t *packages;
} entry_t;

/** What the audit trail says of a certificate. */
static const char *record(const vso_trusted_t *row, apr_pool_t *p)
{
    return apr_psprintf(p, "%s, SHA-256 %s, from %s%s", row->subject_text,
                        row->fingerprint, row->source,
                        row->vouches ? ", vouches for elements" : "");
}

static apr_status_t add(vso_change_t *change, void *baton,
                        vso_audit_event_t *event, vso_result_t *res,
                        apr_pool_t *p)
{
    entry_t *entry = baton;

    event->detail = record(&entry->row, p);
    return vso_trust_add(change, &entry->row, &entry->added, res, p);
}

/** It is in the list, and vouches from now on, or no more. */
static apr_status_t set_vouches(vso_change_t *change, void *baton,
                                vso_audit_event_t *event, vso_result_t *res,
                                apr_pool_t *p)
{
    const entry_t *entry = baton;
    vso_trusted_t *row = NULL;

    if (vso_trust_find(change->store, entry->row.fingerprint, &row, res, p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!row) {
        return vso_fail(res, VSO_P_STALE, NULL,
                        "Somebody else removed the certificate from the list "
                        "at the same time.");
    }
    row->vouches = entry->vouches;
    event->detail = apr_pstrcat(
        p, record(row, p),
        row->vouches ? " from now on" : ", vouches for elements no more", NULL);
    return vso_trust_set_vouches(change, row->fingerprint, row->vouches, res,
                                 p);
}

static apr_status_t add_unless_there(const vso_context_t *ctx, entry_t *entry,
                                     vso_outcome_t *outcome, vso_result_t *res)
{
    const vso_context_change_t what = {.action = "trust-add"};
    const vso_context_change_t other = {.action = "trust-change"};
    vso_trusted_t *known = NULL;

    if (vso_context_unsealed(ctx, res) != APR_SUCCESS ||
        vso_trust_find(ctx->store, entry->row.fingerprint, &known, res,
                       ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!known || !known->proof.authentic) {
        return vso_context_change(ctx, &what, add, entry, outcome, res);
    }
    return entry->vouches < 0 || entry->vouches == known->vouches
               ? APR_SUCCESS
               : vso_context_change(ctx, &other, set_vouches, entry, outcome,
                                    res);
}

apr_status_t vso_trust_listed(const vso_context_t *ctx, const char *fingerprint,
                              X509 **pcert, vso_result_t *res)
{
    vso_trusted_t *row;

    if (vso_trust_find(ctx->store, fingerprint, &row, res, ctx->p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!row) {
        return vso_fail(res, VSO_P_NOT_FOUND, "fingerprint",
                        "No certificate in the list has that fingerprint: send "
                        "the certificate itself.");
    }
    return vso_row_require(&row->proof, "vmo_trusted_certificate", fingerprint,
                           res) == APR_SUCCESS
               ? vso_cert_parse(row->certificate, strlen(row->certificate),
                                pcert, res, ctx->p)
               : APR_EGENERAL;
}

apr_status_t vso_trust_accept(const vso_context_t *ctx,
                              const vso_trust_offer_t *offer,
                              vso_trust_item_t *pitem, int *padded,
                              vso_outcome_t *outcome, vso_result_t *res)
{
    entry_t entry = {.ctx = ctx, .vouches = offer->vouches};
    vso_trust_item_t item;

    vso_trust_describe(ctx, offer->cert, offer->source, &entry.row);
    entry.row.vouches = offer->vouches > 0;
    if (add_unless_there(ctx, &entry, outcome, res) != APR_SUCCESS ||
        find_item(ctx, entry.row.fingerprint, &item, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!item.row) {
        return vso_fail(res, VSO_P_STALE, NULL,
                        "Somebody else removed the certificate from the list "
                        "at the same time.");
    }
    if (item.expired) {
        warn_expired(ctx, entry.row.subject_text, entry.row.not_after_sec, res);
    }
    if (vso_cert_info(offer->cert, ctx->p)->is_ca) {
        vso_warn(res, "ca-as-signer",
                 "%s is a certification authority: in this list it stands for "
                 "packages that it signed itself. To trust what it issues, "
                 "name it in VSOCertTrustCA.",
                 entry.row.subject_text);
    }
    *pitem = item;
    *padded = entry.added;
    return APR_SUCCESS;
}

static apr_status_t withdraw(vso_change_t *change, void *baton,
                             vso_audit_event_t *event, vso_result_t *res,
                             apr_pool_t *p)
{
    entry_t *entry = baton;
    vso_trusted_t *row = NULL;

    if (vso_trust_find(change->store, entry->row.fingerprint, &row, res, p) !=
            APR_SUCCESS ||
        vso_packages_by_signer(change->store, entry->row.fingerprint,
                               &entry->packages, res,
                               entry->ctx->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (row) {
        event->detail = record(row, p);
    }
    return vso_trust_remove(change, entry->row.fingerprint, res, p);
}

apr_status_t vso_trust_withdraw(const vso_context_t *ctx,
                                const char *fingerprint,
                                apr_array_header_t **ppackages,
                                vso_outcome_t *outcome, vso_result_t *res)
{
    const vso_context_change_t what = {.action = "trust-remove"};
    entry_t entry = {.ctx = ctx, .row = {.fingerprint = fingerprint}};

    if (vso_context_change(ctx, &what, withdraw, &entry, outcome, res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *ppackages = entry.packages;
    return APR_SUCCESS;
}
