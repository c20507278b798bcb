/* SPDX-License-Identifier: Apache-2.0 */
/* /trusted-certificates... */
#include "service/package/import.h"
#include "service/package/trust.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/limits.h"
#include "httpd/api/routes.h"
#include "httpd/request/cert_shape.h"
#include "x509/cert.h"
#include "x509/one_cert.h"

/* A fingerprint as people copy it, and some. */
#define MAX_FINGERPRINT 128

static void shape_item(vso_json_t *obj, const vso_trust_item_t *item)
{
    const vso_trusted_t *row = item->row;
    vso_cert_info_t info = {.subject_text = row->subject_text,
                            .issuer_text = row->issuer_text,
                            .serial = row->serial,
                            .key_type = row->key_type,
                            .fingerprint = row->fingerprint,
                            .not_before_sec = row->not_before_sec,
                            .not_after_sec = row->not_after_sec};

    vsocert_cert_shape_put(obj, &info, 0, 0);
    vso_json_set_bool(obj, "expired", item->expired);
    vso_json_set_string(obj, "source", row->source);
    vso_json_set_string(obj, "addedBy", row->added_by);
    vso_json_set_time(obj, "addedAt", row->added_sec);
    vso_json_set_bool(obj, "vouches", row->vouches);
    vso_json_set_strings(obj, "packages", item->packages);
}

apr_status_t vsocert_api_trust_list(vsocert_call_t *call)
{
    apr_array_header_t *items;
    vso_json_t *array;
    int i;

    if (vso_trust_overview(&call->ctx, &items, call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    array = vso_json_add_array(call->response, "items");
    for (i = 0; i < items->nelts; i++) {
        shape_item(vso_json_push_object(array),
                   &APR_ARRAY_IDX(items, i, vso_trust_item_t));
    }
    /* the cap of the table keeps it to one page */
    vso_json_set_null(call->response, "next");
    return APR_SUCCESS;
}

/** A fingerprint as people copy it: upper case, with colons. */
static const char *plain_fingerprint(const char *text, apr_pool_t *p)
{
    char *plain = apr_palloc(p, strlen(text) + 1);
    char *to = plain;

    for (; *text; text++) {
        if (*text != ':') {
            *to++ = (char)apr_tolower(*text);
        }
    }
    *to = '\0';
    return plain;
}

/** Find a signer of a staged package by its fingerprint. */
static apr_status_t find_signer(vsocert_call_t *call, apr_int64_t import,
                                const char *fingerprint,
                                vso_trust_offer_t *offered)
{
    /* warnings of the review are not about the certificate */
    vso_result_t *found = vso_result_create(call->r->pool);
    vso_import_row_t *row;
    vso_review_t *review;
    int i;

    if (vsocert_call_take_slot(call, VSOCERT_SLOT_PACKAGE) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (vso_import_get(&call->ctx, import, &row, &review, found) !=
        APR_SUCCESS) {
        return vso_fail(call->res, found->problem, "import", "%s",
                        found->detail);
    }
    for (i = 0; i < review->signers->nelts; i++) {
        const vso_review_signer_t *signer =
            APR_ARRAY_IDX(review->signers, i, vso_review_signer_t *);

        if (!strcmp(signer->info->fingerprint, fingerprint)) {
            offered->cert = signer->cert;
            offered->source = review->package->name;
            return APR_SUCCESS;
        }
    }
    return vso_fail(call->res, VSO_P_INVALID, "fingerprint",
                    "No signer of this package has that fingerprint: take one "
                    "of the review's \"signers\".");
}

/** POST /trusted-certificates */
typedef struct {
    const vso_secret_t *certificate;
    apr_int64_t import;
    const char *fingerprint;
    int vouches; /**< -1: it is not said */
} add_t;

static const vsocert_field_t add_fields[] = {
    VSOCERT_SECRET("certificate", add_t, certificate, 2 * VSO_MAX_REPLY),
    VSOCERT_INT("import", add_t, import, 1, APR_INT64_MAX),
    VSOCERT_TEXT("fingerprint", add_t, fingerprint, MAX_FINGERPRINT),
    VSOCERT_BOOL("vouches", add_t, vouches), VSOCERT_END};

static const add_t add_defaults = {.vouches = -1};

const vsocert_fields_t vsocert_trust_add_body = {add_fields, sizeof(add_t),
                                                 &add_defaults};

static apr_status_t read_certificate(vsocert_call_t *call,
                                     vso_trust_offer_t *offered)
{
    const add_t *in = call->body;
    const vso_secret_t *text = in->certificate;
    const char *fingerprint =
        in->fingerprint ? plain_fingerprint(in->fingerprint, call->r->pool)
                        : NULL;

    offered->source = "file";
    offered->vouches = in->vouches;
    if (!text && in->import && fingerprint) {
        return find_signer(call, in->import, fingerprint, offered);
    }
    if (!text && !in->import && fingerprint && offered->vouches >= 0) {
        return vso_trust_listed(&call->ctx, fingerprint, &offered->cert,
                                call->res);
    }
    if (!text || in->import || fingerprint) {
        return vso_fail(call->res, VSO_P_MALFORMED, "certificate",
                        "Send either \"certificate\" (PEM text, or PEM or DER "
                        "in base64), or \"import\" and \"fingerprint\" of a "
                        "signer of an uploaded package, or \"fingerprint\" and "
                        "\"vouches\" of a certificate that is in the list.");
    }
    return vso_one_cert_parse(text, "certificate", &offered->cert, call->res,
                              call->r->pool);
}

apr_status_t vsocert_api_trust_add(vsocert_call_t *call)
{
    vso_trust_item_t item;
    vso_trust_offer_t offered = {0};
    int added = 0;

    if (read_certificate(call, &offered) != APR_SUCCESS) {
        return vso_context_refuse(&call->ctx, "trust-add", 0, call->res);
    }
    if (vso_trust_accept(&call->ctx, &offered, &item, &added, &call->outcome,
                         call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    call->status = added ? HTTP_CREATED : HTTP_OK;
    shape_item(
        vso_json_push_object(vso_json_add_array(call->response, "items")),
        &item);
    vso_json_set_warnings(call->response, call->res->warnings);
    return APR_SUCCESS;
}

apr_status_t vsocert_api_trust_remove(vsocert_call_t *call)
{
    const char *fingerprint = plain_fingerprint(call->name, call->r->pool);
    apr_array_header_t *packages;

    if (vso_trust_withdraw(&call->ctx, fingerprint, &packages, &call->outcome,
                           call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_json_set_string(call->response, "fingerprint", fingerprint);
    vso_json_set_strings(call->response, "packages", packages);
    return APR_SUCCESS;
}
