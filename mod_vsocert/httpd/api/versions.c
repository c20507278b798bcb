/* SPDX-License-Identifier: Apache-2.0 */
/* /versions... */
#include "service/certificate/preview.h"
#include "service/certificate/entry_versions.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "httpd/api/routes.h"
#include "httpd/api/shapes.h"
#include "httpd/request/response.h"

/** GET /versions */
typedef struct {
    apr_int64_t before; /**< 0: from the newest on */
    apr_int64_t limit;
    const char *state; /**< NULL: all */
} list_t;

static const char *const states[] = {"pending", "active", "passive", "retired",
                                     NULL};

static const vsocert_field_t list_fields[] = {
    VSOCERT_INT("before", list_t, before, 1, APR_INT64_MAX),
    VSOCERT_INT("limit", list_t, limit, 1, VSO_MAX_PAGE),
    VSOCERT_WORD("state", list_t, state, states), VSOCERT_END};

static const list_t list_defaults = {.limit = 100};

const vsocert_fields_t vsocert_versions_list_query = {
    list_fields, sizeof(list_t), &list_defaults};

apr_status_t vsocert_api_versions_list(vsocert_call_t *call)
{
    const list_t *in = call->query;
    apr_array_header_t *versions;
    apr_int64_t last = 0;
    vso_json_t *items;
    int i;

    if (vso_context_etag(&call->ctx, &call->etag, call->res) != APR_SUCCESS ||
        vso_entry_versions_page(&call->ctx, in->state, in->before,
                                (int)in->limit, &versions,
                                call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    items = vso_json_add_array(call->response, "items");
    for (i = 0; i < versions->nelts; i++) {
        const vso_version_t *version =
            APR_ARRAY_IDX(versions, i, vso_version_t *);

        vso_json_t *item = vso_json_push_object(items);

        vsocert_shape_version(call, item, version);
        vsocert_shape_schedule(call, item, version);
        last = version->id;
    }
    vso_json_set_string(
        call->response, "next",
        versions->nelts == in->limit
            ? apr_psprintf(call->r->pool, "%" APR_INT64_T_FMT, last)
            : NULL);
    return APR_SUCCESS;
}

apr_status_t vsocert_api_versions_get(vsocert_call_t *call)
{
    vso_version_t *version;

    if (vso_entry_versions_find(&call->ctx, call->id, &version, call->res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    call->etag = vso_context_version_etag(version, call->r->pool);
    vsocert_shape_details(call, call->response, version, NULL);
    return APR_SUCCESS;
}

apr_status_t vsocert_api_versions_csr(vsocert_call_t *call)
{
    const char *pem;

    if (vso_entry_versions_csr(&call->ctx, call->id, &pem, call->res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vsocert_response_warnings(call->r, call->res->warnings);
    return vsocert_call_pem(call, "VSOcertificate.csr", pem);
}

apr_status_t vsocert_api_versions_pem(vsocert_call_t *call)
{
    vso_version_t *version;

    if (vso_entry_versions_find(&call->ctx, call->id, &version, call->res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!*version->certificate) {
        return vso_fail(call->res, VSO_P_NO_CERTIFICATE, NULL,
                        "Version %" APR_INT64_T_FMT
                        " waits for the CA's reply and has no certificate.",
                        version->number);
    }
    return vsocert_call_pem(
        call,
        apr_psprintf(call->r->pool, "%s-%" APR_INT64_T_FMT ".pem",
                     version->entry, version->number),
        apr_pstrcat(call->r->pool, version->certificate, version->chain, NULL));
}

apr_status_t vsocert_api_versions_trial(vsocert_call_t *call)
{
    vso_material_t material;

    if (vso_preview_try(&call->ctx, call->id, &material, call->res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vsocert_shape_trial(call->response, material.outcomes);
    vso_json_set_warnings(call->response, call->res->warnings);
    return APR_SUCCESS;
}

/** Answer with {"certificate": ...} of the version that was moved. */
static apr_status_t answer_moved(vsocert_call_t *call, apr_status_t rv,
                                 vso_version_t **pversion)
{
    if (rv != APR_SUCCESS) {
        return rv;
    }
    vsocert_shape_details(call,
                          vso_json_add_object(call->response, "certificate"),
                          *pversion, NULL);
    return APR_SUCCESS;
}

/** POST /versions/{id}/activate; .../deactivate takes "preview" only. */
typedef struct {
    int preview;
    vsocert_time_t at;
} move_t;

static const vsocert_field_t activate_fields[] = {
    VSOCERT_BOOL("preview", move_t, preview), VSOCERT_TIME("at", move_t, at),
    VSOCERT_END};

const vsocert_fields_t vsocert_versions_activate_body = {activate_fields,
                                                         sizeof(move_t), NULL};

static const vsocert_field_t deactivate_fields[] = {
    VSOCERT_BOOL("preview", move_t, preview), VSOCERT_END};

const vsocert_fields_t vsocert_versions_deactivate_body = {
    deactivate_fields, sizeof(move_t), NULL};

apr_status_t vsocert_api_versions_activate(vsocert_call_t *call)
{
    const move_t *in = call->body;
    vso_preview_t preview;
    vso_version_t *version;
    apr_status_t rv;

    if (in->preview && in->at.given && !in->at.sec) {
        return vso_fail(call->res, VSO_P_INVALID, "preview",
                        "\"at\": null forgets a time, which has no preview.");
    }
    if (in->preview) {
        if (vso_entry_versions_check_time(&call->ctx, in->at.sec, call->res) !=
                APR_SUCCESS ||
            vso_preview_activate(&call->ctx, call->id, &preview, call->res) !=
                APR_SUCCESS) {
            return APR_EGENERAL;
        }
        vsocert_shape_preview(call, &preview);
        return APR_SUCCESS;
    }
    rv = in->at.given
             ? vso_entry_versions_schedule(&call->ctx, call->id, in->at.sec,
                                           &version, &call->outcome, call->res)
             : vso_entry_versions_activate(&call->ctx, call->id, &version,
                                           &call->outcome, call->res);
    return answer_moved(call, rv, &version);
}

apr_status_t vsocert_api_versions_deactivate(vsocert_call_t *call)
{
    const move_t *in = call->body;
    vso_preview_t preview;
    vso_version_t *version;
    apr_status_t rv;

    if (in->preview) {
        if (vso_preview_deactivate(&call->ctx, call->id, &preview, call->res) !=
            APR_SUCCESS) {
            return APR_EGENERAL;
        }
        vso_json_set_warnings(call->response, call->res->warnings);
        vsocert_shape_preview(call, &preview);
        return APR_SUCCESS;
    }
    rv = vso_entry_versions_deactivate(&call->ctx, call->id, &version,
                                       &call->outcome, call->res);
    if (rv == APR_SUCCESS) {
        vso_json_set_warnings(call->response, call->res->warnings);
    }
    return answer_moved(call, rv, &version);
}

/** "packages" or "versions" of the problem document: what is in the way. */
static void explain_destroy(vso_json_t *problem, const void *baton)
{
    const vso_destroyed_t *destroyed = baton;

    if (destroyed->packages && destroyed->packages->nelts) {
        vso_json_set_strings(problem, "packages", destroyed->packages);
    }
    if (destroyed->others && destroyed->others->nelts) {
        vsocert_shape_holders(problem, "versions", destroyed->others);
    }
}

static const vsocert_field_t destroy_fields[] = {
    VSOCERT_BOOL("force", vso_destroy_spec_t, force),
    VSOCERT_BOOL("withSharedKey", vso_destroy_spec_t, shared), VSOCERT_END};

const vsocert_fields_t vsocert_versions_destroy_query = {
    destroy_fields, sizeof(vso_destroy_spec_t), NULL};

apr_status_t vsocert_api_versions_destroy(vsocert_call_t *call)
{
    vso_destroyed_t *destroyed = apr_pcalloc(call->r->pool, sizeof(*destroyed));
    vso_problem_e problem;
    apr_status_t rv;

    rv = vso_entry_versions_destroy(&call->ctx, call->id, call->query,
                                    destroyed, &call->outcome, call->res);
    problem = call->res->problem;
    if (problem == VSO_P_PACKAGE_NEEDS_KEY || problem == VSO_P_KEY_IN_USE) {
        call->explain = explain_destroy;
        call->explain_baton = destroyed;
    }
    if (rv == APR_SUCCESS && destroyed->others->nelts) {
        vsocert_shape_holders(call->response, "destroyed", destroyed->others);
    }
    return answer_moved(call, rv, &destroyed->version);
}
