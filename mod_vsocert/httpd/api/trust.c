/* SPDX-License-Identifier: Apache-2.0 */
/* /trusted-certificates... */
#include "service/trust.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/limits.h"
#include "httpd/api/api.h"
#include "x509/single.h"

static void shape_names(vso_json_t *obj, const apr_array_header_t *names)
{
    vso_json_t *array = vso_json_add_array(obj, "packages");
    int i;

    for (i = 0; i < names->nelts; i++) {
        vso_json_push_string(array, APR_ARRAY_IDX(names, i, const char *));
    }
}

static void shape_item(vso_json_t *obj, const vso_trust_item_t *item)
{
    const vso_trusted_t *row = item->row;

    vso_json_set_string(obj, "fingerprint", row->fingerprint);
    vso_json_set_string(obj, "subjectText", row->subject_text);
    vso_json_set_string(obj, "issuerText", row->issuer_text);
    vso_json_set_string(obj, "serial", row->serial);
    vso_json_set_string(obj, "key", row->key_type);
    vso_json_set_time(obj, "notBefore", row->not_before_sec);
    vso_json_set_time(obj, "notAfter", row->not_after_sec);
    vso_json_set_bool(obj, "expired", item->expired);
    vso_json_set_string(obj, "source", row->source);
    vso_json_set_string(obj, "addedBy", row->added_by);
    vso_json_set_time(obj, "addedAt", row->added_sec);
    shape_names(obj, item->packages);
}

apr_status_t vsocert_api_trust_list(vsocert_call_t *call)
{
    apr_array_header_t *items;
    vso_json_t *array;
    int i;

    if (vso_trust_overview(&call->svc, &items) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    array = vso_json_add_array(call->reply, "items");
    for (i = 0; i < items->nelts; i++) {
        shape_item(vso_json_push_object(array),
                   &APR_ARRAY_IDX(items, i, vso_trust_item_t));
    }
    /* the cap of the table keeps it to one page */
    vso_json_set_null(call->reply, "next");
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

static apr_status_t read_certificate(vsocert_call_t *call, X509 **pcert)
{
    static const char *const names[] = {"certificate", NULL};
    vso_result_t *res = call->svc.res;
    vso_secret_t *text = NULL;

    if (vso_json_only(call->body, names, res) != APR_SUCCESS ||
        vso_json_get_secret(call->body, "certificate", 2 * VSO_MAX_REPLY, &text,
                            res, call->r->pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!text) {
        return vso_fail(res, VSO_P_MALFORMED, "certificate",
                        "\"certificate\" is missing: PEM text, or PEM or DER "
                        "in base64.");
    }
    return vso_single_parse(text, "certificate", pcert, res, call->r->pool);
}

apr_status_t vsocert_api_trust_add(vsocert_call_t *call)
{
    vso_trust_item_t item;
    X509 *cert = NULL;
    int added = 0;

    if (read_certificate(call, &cert) != APR_SUCCESS) {
        return vso_service_refuse(&call->svc, "trust-add", 0);
    }
    if (vso_trust_accept(&call->svc, cert, "file", &item, &added) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    call->status = added ? HTTP_CREATED : HTTP_OK;
    shape_item(vso_json_push_object(vso_json_add_array(call->reply, "items")),
               &item);
    vso_json_set_warnings(call->reply, call->svc.res->warnings);
    return APR_SUCCESS;
}

apr_status_t vsocert_api_trust_remove(vsocert_call_t *call)
{
    const char *fingerprint = plain_fingerprint(call->name, call->r->pool);
    apr_array_header_t *packages;

    if (vso_trust_withdraw(&call->svc, fingerprint, &packages) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_json_set_string(call->reply, "fingerprint", fingerprint);
    shape_names(call->reply, packages);
    return APR_SUCCESS;
}
