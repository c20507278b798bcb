/* SPDX-License-Identifier: Apache-2.0 */
/* The second step of an import. */
#include "service/package/import.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "service/package/author_certs.h"
#include "service/package/import_content.h"
#include "store/content.h"

#define IMPORT "package-import"

/* In the column trust: the signer was not trusted. */
#define ONCE "once"

/* As often as a change is tried. */
#define MAX_TRIES 3

/** An element that is imported, or left as it is stored. */
typedef struct {
    const vso_review_element_t *item;
    int chosen;
    vso_element_row_t *row; /**< to be written, where it is chosen */
} plan_t;

/** A confirmation in progress. */
typedef struct {
    const vso_context_t *ctx;
    const vso_choice_t *choice;
    const vso_import_row_t *import;
    const vso_review_t *report;
    apr_array_header_t *plans; /**< plan_t * */
    vso_package_row_t *package;
    apr_array_header_t *trust;   /**< vso_trusted_t *: to be added */
    apr_array_header_t *trusted; /**< const char *: those that were */
    const char *untrusted; /**< what was said about somebody who is not trusted,
                                as in the column trust; NULL: nobody is */
    int imported;
    int once_left;       /**< elements of it that were, and stay as they are */
    int outdone;         /**< elements that are newer in the store */
    const char *outdoes; /**< what is said of the first one */
    vso_lost_tags_t lost;
} confirm_t;

static apr_status_t check_choice(const confirm_t *confirm, vso_result_t *res)
{
    const vso_choice_t *choice = confirm->choice;
    int i;

    if (strcmp(choice->sha256, confirm->import->sha256)) {
        return vso_fail(res, VSO_P_DIGEST_MISMATCH, "sha256",
                        "This import's digest is %s, not the one that was "
                        "confirmed: look at the report again.",
                        confirm->import->sha256);
    }
    for (i = 0; choice->elements && i < choice->elements->nelts; i++) {
        const char *id = APR_ARRAY_IDX(choice->elements, i, const char *);

        if (!vso_package_element(confirm->report->package, id)) {
            return vso_fail(res, VSO_P_INVALID, "elements",
                            "The package holds no element \"%.255s\".", id);
        }
    }
    return APR_SUCCESS;
}

static void plan_elements(confirm_t *confirm)
{
    const vso_choice_t *choice = confirm->choice;
    apr_pool_t *p = confirm->ctx->p;
    apr_hash_t *chosen = apr_hash_make(p);
    int i;

    for (i = 0; choice->elements && i < choice->elements->nelts; i++) {
        const char *id = APR_ARRAY_IDX(choice->elements, i, const char *);

        apr_hash_set(chosen, id, APR_HASH_KEY_STRING, id);
    }
    for (i = 0; i < confirm->report->elements->nelts; i++) {
        plan_t *plan = apr_pcalloc(p, sizeof(*plan));

        plan->item =
            APR_ARRAY_IDX(confirm->report->elements, i, vso_review_element_t *);
        plan->chosen =
            !choice->elements ||
            apr_hash_get(chosen, plan->item->element->id, APR_HASH_KEY_STRING);
        confirm->imported += plan->chosen;
        APR_ARRAY_PUSH(confirm->plans, plan_t *) = plan;
    }
}

/** Is there anything that the user has to be asked about, and was? */
static apr_status_t check_trust(confirm_t *confirm, vso_result_t *res)
{
    const vso_review_t *report = confirm->report;
    int untrusted = !report->signer->verdict.trusted;
    int i;

    for (i = 0; i < confirm->plans->nelts; i++) {
        const plan_t *plan = APR_ARRAY_IDX(confirm->plans, i, plan_t *);

        untrusted = untrusted || (plan->chosen && !plan->item->trusted);
    }
    if (untrusted && confirm->choice->trust == VSO_TRUST_ASK) {
        return vso_fail(res, VSO_P_UNTRUSTED_SIGNER, "trust",
                        "Elements of this package are signed by certificates "
                        "that are not trusted here. Compare the fingerprints "
                        "in \"signers\" with what their owners say; then "
                        "cancel, or confirm with \"trust\": \"once\" or "
                        "\"provider\".");
    }
    if (untrusted) {
        confirm->untrusted =
            confirm->choice->trust == VSO_TRUST_ONCE ? ONCE : "provider";
    }
    for (i = 0; confirm->choice->trust == VSO_TRUST_PROVIDER &&
                i < report->signers->nelts;
         i++) {
        const vso_review_signer_t *signer =
            APR_ARRAY_IDX(report->signers, i, vso_review_signer_t *);

        if (signer->decisive && !signer->verdict.trusted) {
            vso_trusted_t *row = apr_pcalloc(confirm->ctx->p, sizeof(*row));

            vso_trust_describe(confirm->ctx, signer->cert,
                               report->package->name, row);
            APR_ARRAY_PUSH(confirm->trust, vso_trusted_t *) = row;
        }
    }
    return APR_SUCCESS;
}

static vso_element_row_t *element_row(const confirm_t *confirm,
                                      const vso_review_element_t *item)
{
    const vso_element_t *element = item->element;
    apr_pool_t *p = confirm->ctx->p;
    vso_element_row_t *row = apr_pcalloc(p, sizeof(*row));

    row->element_id = element->id;
    row->folder = element->folder;
    row->type = element->type;
    row->name = element->name;
    row->path = element->path;
    row->version = element->version;
    row->tags = vso_tags_text(element->tags, p);
    row->certificates = item->author ? item->author->certificates : "";
    row->signer = confirm->report->signer->info->fingerprint;
    row->author = item->author ? item->author->info->fingerprint : "";
    row->signature = vso_element_signature_text(element->content_signature);
    row->needs = item->needs;
    row->trust = item->trusted ? confirm->report->signer->verdict.by
                               : confirm->untrusted;
    row->imported_by = confirm->ctx->actor;
    return row;
}

/** Write one element's content. */
static apr_status_t copy_content(confirm_t *confirm, plan_t *plan,
                                 vso_result_t *res)
{
    vso_copying_t copying = {
        confirm->ctx, confirm->import->id,   confirm->report->package,
        plan->item,   confirm->choice->tags, &confirm->lost};

    plan->row = element_row(confirm, plan->item);
    return vso_import_content_copy(&copying, plan->row, res);
}

/** Write the chosen elements' contents, which belong to the import yet. */
static apr_status_t copy_contents(confirm_t *confirm, vso_result_t *res)
{
    const vso_context_t *ctx = confirm->ctx;
    vso_content_batch_t batch;
    apr_status_t rv = APR_SUCCESS;
    int i;

    memset(&confirm->lost, 0, sizeof(confirm->lost));
    vso_content_batch_begin(ctx->store, &batch);
    for (i = 0; rv == APR_SUCCESS && i < confirm->plans->nelts; i++) {
        plan_t *plan = APR_ARRAY_IDX(confirm->plans, i, plan_t *);

        if (!plan->chosen) {
            continue;
        }
        rv = vso_content_batch_next(&batch, plan->item->size, res, ctx->p);
        if (rv == APR_SUCCESS) {
            rv = copy_content(confirm, plan, res);
        }
    }
    return vso_content_batch_end(&batch, rv, res, ctx->p);
}

static void describe_package(confirm_t *confirm)
{
    const vso_review_t *report = confirm->report;
    const vso_package_t *package = report->package;
    vso_package_row_t *row = confirm->package;

    row->name = package->name;
    row->package_id = package->id;
    row->description = package->description;
    row->meta = vso_meta_text(package->meta, confirm->ctx->p);
    row->sha256 = confirm->import->sha256;
    row->signer = report->signer->info->fingerprint;
    row->signer_text = report->signer->info->subject_text;
    row->signature = vso_element_signature_text(package->signature);
    row->encrypted = package->encrypted;
    row->digest = package->raw_digest;
    row->trust =
        confirm->untrusted ? confirm->untrusted : report->signer->verdict.by;
    row->imported_by = confirm->ctx->actor;
}

static apr_status_t add_trust(confirm_t *confirm, vso_change_t *change,
                              vso_result_t *res, apr_pool_t *p)
{
    int i;

    confirm->trusted->nelts = 0;
    for (i = 0; i < confirm->trust->nelts; i++) {
        vso_trusted_t *row = APR_ARRAY_IDX(confirm->trust, i, vso_trusted_t *);
        int added;

        row->added_sec = change->now_sec;
        if (vso_trust_add(change, row, &added, res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (added) {
            APR_ARRAY_PUSH(confirm->trusted, const char *) = row->fingerprint;
        }
    }
    return APR_SUCCESS;
}

/** Put a chosen element in its place, or find the stored one. *prow_id 0: the
 * package does not hold it. */
static apr_status_t put_element(confirm_t *confirm, const plan_t *plan,
                                vso_change_t *change, apr_int64_t *prow_id,
                                vso_result_t *res, apr_pool_t *p)
{
    const vso_element_t *element = plan->item->element;
    vso_element_row_t *stored;

    if (vso_elements_find(change->store, element->id, &stored, res, p) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *prow_id = stored ? stored->id : 0;
    if (!plan->chosen) {
        confirm->once_left += stored && !strcmp(stored->trust, ONCE);
        return APR_SUCCESS;
    }
    if (stored && stored->imported_sec >= confirm->import->created_sec &&
        vso_element_compare_versions(stored->version, element->version) > 0) {
        if (!confirm->outdone++) {
            confirm->outdoes = apr_psprintf(
                res->p,
                "%s was stored as version %s after this import was shown, and "
                "is version %s now.",
                *element->name ? element->name : element->id, stored->version,
                *element->version ? element->version : "unknown");
        }
    }
    plan->row->imported_sec = change->now_sec;
    if (vso_elements_put(change, plan->row, res, p) != APR_SUCCESS ||
        vso_content_adopt(change, plan->row->content_id, confirm->import->id,
                          res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *prow_id = plan->row->id;
    return APR_SUCCESS;
}

static const char *audit_detail(const confirm_t *confirm, apr_pool_t *p)
{
    const char *detail = apr_psprintf(
        p, "%s: %d elements%s", confirm->package->name, confirm->imported,
        strcmp(confirm->package->signature, "weak") ? "" : ", weak signature");
    int i;

    if (!confirm->report->signer->verdict.trusted) {
        detail = apr_psprintf(
            p, "%s, signer %.16s %s", detail, confirm->package->signer,
            confirm->choice->trust == VSO_TRUST_ONCE ? "trusted once"
                                                     : "untrusted before");
    }
    for (i = 0; i < confirm->trusted->nelts; i++) {
        detail = apr_psprintf(p, "%s%s%.16s", detail,
                              i ? " " : ", trusted from now on: ",
                              APR_ARRAY_IDX(confirm->trusted, i, const char *));
    }
    return detail;
}

/** Put the elements in their places. @param pheld  how many the package holds
 */
static apr_status_t put_elements(confirm_t *confirm, vso_change_t *change,
                                 int *pheld, vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    apr_pool_t *scratch;
    int i;

    *pheld = 0;
    confirm->outdone = 0; /* a change may be tried again */
    confirm->once_left = 0;
    apr_pool_create(&scratch, p);
    for (i = 0; rv == APR_SUCCESS && i < confirm->plans->nelts; i++) {
        const plan_t *plan = APR_ARRAY_IDX(confirm->plans, i, plan_t *);
        apr_int64_t row_id;

        apr_pool_clear(scratch);
        rv = put_element(confirm, plan, change, &row_id, res, scratch);
        if (rv == APR_SUCCESS && row_id) {
            rv = vso_packages_add_member(change, confirm->package->id, row_id,
                                         res, scratch);
            (*pheld)++;
        }
    }
    apr_pool_destroy(scratch);
    if (rv == APR_SUCCESS && confirm->outdone) {
        vso_warn_count(res, "stored-newer", confirm->outdone,
                       "Elements that became newer in the store meanwhile, and "
                       "were replaced: %d. The first: %s",
                       confirm->outdone, confirm->outdoes);
    }
    return rv;
}

/** Put the package in its place, with its elements. A package that was trusted
 * once goes on saying so while it holds an element that came so. */
static apr_status_t put_package(confirm_t *confirm, vso_change_t *change,
                                int *pheld, vso_result_t *res, apr_pool_t *p)
{
    vso_package_row_t *package = confirm->package;
    const char *before;

    package->imported_sec = change->now_sec;
    if (vso_packages_put(change, package, &before, res, p) != APR_SUCCESS ||
        put_elements(confirm, change, pheld, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return !strcmp(before, ONCE) && confirm->once_left
               ? vso_packages_trust(change, package->id, ONCE, res, p)
               : APR_SUCCESS;
}

/** A vso_change_fn: everything at once, or nothing. */
static apr_status_t import_all(vso_change_t *change, void *baton,
                               vso_audit_event_t *event, vso_result_t *res,
                               apr_pool_t *p)
{
    confirm_t *confirm = baton;
    vso_import_row_t *still;
    int swept;
    int held;

    event->detail = confirm->package->name;
    /* somebody else may have confirmed or cancelled it meanwhile */
    if (vso_imports_get(change->store, confirm->import->id, change->now_sec,
                        &still, res, p) != APR_SUCCESS ||
        add_trust(confirm, change, res, p) != APR_SUCCESS ||
        put_package(confirm, change, &held, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (held == 0 && confirm->plans->nelts > 0) {
        return vso_fail(res, VSO_P_INVALID, "elements",
                        "No element was chosen, and none of them is stored: "
                        "there is nothing to import. Choose some, or cancel.");
    }
    event->detail = audit_detail(confirm, p);
    if (vso_elements_sweep(change, &swept, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_imports_delete(change->store, change, confirm->import->id, res,
                              p);
}

/** What was written for nothing: the import may be confirmed again. Best
 * effort, the rest goes with the import or when it expires. */
static void drop_contents(const confirm_t *confirm)
{
    const vso_context_t *ctx = confirm->ctx;
    int i;

    for (i = 0; i < confirm->plans->nelts; i++) {
        const plan_t *plan = APR_ARRAY_IDX(confirm->plans, i, plan_t *);

        if (plan->row && plan->row->content_id) {
            vso_content_drop(ctx->store, plan->row->content_id,
                             vso_result_create(ctx->p), ctx->p);
        }
    }
}

/** Contents are written beside whoever confirms or cancels the same import,
 * and a database may end one of two that wait for each other: once more. */
static apr_status_t copy_patiently(confirm_t *confirm, vso_result_t *res)
{
    apr_array_header_t *warnings = apr_array_copy(res->p, res->warnings);
    int tries = 1;

    while (copy_contents(confirm, res) != APR_SUCCESS) {
        drop_contents(confirm);
        if (res->problem != VSO_P_DATABASE || tries++ == MAX_TRIES) {
            return APR_EGENERAL;
        }
        vso_result_clear(res);
        apr_array_cat(res->warnings, warnings);
    }
    return APR_SUCCESS;
}

static apr_status_t run(confirm_t *confirm, vso_outcome_t *outcome,
                        vso_result_t *res)
{
    /* the digest stands for If-Match */
    const vso_context_change_t what = {.action = IMPORT,
                                       .if_match = VSO_IF_MATCH_NONE};
    const vso_context_t *ctx = confirm->ctx;

    if (copy_patiently(confirm, res) != APR_SUCCESS) {
        return vso_context_refuse_package(ctx, IMPORT, confirm->import->name, 0,
                                          res);
    }
    if (confirm->lost.count) {
        vso_warn_count(res, "tags-replaced", confirm->lost.count,
                       "Elements whose stored tags are encrypted for "
                       "certificates of their own, so that those of the "
                       "package replace them: %d, the first is %s.",
                       confirm->lost.count, confirm->lost.first);
    }
    describe_package(confirm);
    if (vso_context_change(ctx, &what, import_all, confirm, outcome, res) !=
        APR_SUCCESS) {
        drop_contents(confirm);
        return APR_EGENERAL;
    }
    return APR_SUCCESS;
}

apr_status_t vso_import_confirm(const vso_context_t *ctx, apr_int64_t id,
                                const vso_choice_t *choice,
                                vso_imported_t *done, vso_outcome_t *outcome,
                                vso_result_t *res)
{
    vso_import_row_t *import;
    confirm_t confirm = {.ctx = ctx, .choice = choice};

    if (vso_context_unsealed(ctx, res) != APR_SUCCESS ||
        vso_import_get(ctx, id, &import, &done->report, res) != APR_SUCCESS) {
        return vso_context_refuse(ctx, IMPORT, 0, res);
    }
    confirm.import = import;
    confirm.report = done->report;
    confirm.plans = apr_array_make(ctx->p, 16, sizeof(plan_t *));
    confirm.trust = apr_array_make(ctx->p, 2, sizeof(vso_trusted_t *));
    confirm.trusted = apr_array_make(ctx->p, 2, sizeof(char *));
    confirm.package = apr_pcalloc(ctx->p, sizeof(*confirm.package));
    if (check_choice(&confirm, res) != APR_SUCCESS) {
        return vso_context_refuse_package(ctx, IMPORT, import->name, 0, res);
    }
    plan_elements(&confirm);
    if (check_trust(&confirm, res) != APR_SUCCESS) {
        return vso_context_refuse_package(ctx, IMPORT, import->name, 0, res);
    }
    if (run(&confirm, outcome, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    done->imported = confirm.imported;
    done->skipped = confirm.plans->nelts - confirm.imported;
    done->trusted = confirm.trusted;
    return vso_packages_get(ctx->store, confirm.package->name, &done->package,
                            res, ctx->p);
}
