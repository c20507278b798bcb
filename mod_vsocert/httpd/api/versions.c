/* SPDX-License-Identifier: Apache-2.0 */
/* /versions... */
#include "service/certificate/preview.h"
#include "service/certificate/versions.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "base/rfc3339.h"
#include "httpd/api/shapes.h"
#include "httpd/request/response.h"

#define DEFAULT_LIMIT 100

apr_status_t vsocert_api_versions_list(vsocert_call_t *call)
{
    apr_int64_t before = 0;
    apr_int64_t limit = DEFAULT_LIMIT;
    apr_array_header_t *versions;
    apr_int64_t last = 0;
    vso_json_t *items;
    int i;

    if (vsocert_api_query_int(call, "before", 1, APR_INT64_MAX, &before) !=
            APR_SUCCESS ||
        vsocert_api_query_int(call, "limit", 1, VSO_MAX_PAGE, &limit) !=
            APR_SUCCESS ||
        vso_context_etag(&call->ctx, &call->etag, call->res) != APR_SUCCESS ||
        vso_versions_list(call->ctx.store, call->ctx.alias, before, (int)limit,
                          &versions, call->res, call->r->pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    items = vso_json_add_array(call->reply, "items");
    for (i = 0; i < versions->nelts; i++) {
        const vso_version_t *version =
            APR_ARRAY_IDX(versions, i, vso_version_t *);

        vso_json_t *item = vso_json_push_object(items);

        vsocert_shape_version(item, version, call->r->pool);
        vsocert_shape_schedule(call, item, version);
        last = version->id;
    }
    vso_json_set_string(
        call->reply, "next",
        versions->nelts == limit
            ? apr_psprintf(call->r->pool, "%" APR_INT64_T_FMT, last)
            : NULL);
    return APR_SUCCESS;
}

apr_status_t vsocert_api_versions_get(vsocert_call_t *call)
{
    vso_version_t *version;

    if (vso_versions_find(&call->ctx, call->id, &version, call->res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    call->etag = vso_version_etag(version, call->r->pool);
    vsocert_shape_details(call, call->reply, version, NULL);
    return APR_SUCCESS;
}

apr_status_t vsocert_api_versions_csr(vsocert_call_t *call)
{
    const char *pem;

    if (vso_versions_csr(&call->ctx, call->id, &pem, call->res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vsocert_response_warnings(call->r, call->res->warnings);
    return vsocert_api_pem(call, "VSOcertificate.csr", pem);
}

apr_status_t vsocert_api_versions_pem(vsocert_call_t *call)
{
    vso_version_t *version;

    if (vso_versions_find(&call->ctx, call->id, &version, call->res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!*version->certificate) {
        return vso_fail(call->res, VSO_P_NO_CERTIFICATE, NULL,
                        "Version %" APR_INT64_T_FMT
                        " waits for the CA's reply and has no certificate.",
                        version->version);
    }
    return vsocert_api_pem(
        call,
        apr_psprintf(call->r->pool, "%s-%" APR_INT64_T_FMT ".pem",
                     version->alias, version->version),
        apr_pstrcat(call->r->pool, version->certificate, version->chain, NULL));
}

apr_status_t vsocert_api_versions_trial(vsocert_call_t *call)
{
    vso_material_t material;

    if (vso_preview_try(&call->ctx, call->id, &material, call->res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vsocert_shape_trial(call->reply, material.outcomes);
    vso_json_set_warnings(call->reply, call->res->warnings);
    return APR_SUCCESS;
}

/** Answer with {"certificate": ...} of the version that was moved. */
static apr_status_t answer_moved(vsocert_call_t *call, apr_status_t rv,
                                 vso_version_t **pversion)
{
    if (rv != APR_SUCCESS) {
        return rv;
    }
    vsocert_shape_details(call, vso_json_add_object(call->reply, "certificate"),
                          *pversion, NULL);
    return APR_SUCCESS;
}

/** What a call that moves a version asks for. */
typedef struct {
    int preview;
    int schedule;       /**< "at" is there */
    apr_int64_t at_sec; /**< 0: null, forget it */
} move_spec_t;

/** {"at": time or null, "preview": bool} of a body, which may be missing.
 * @param names  the members that the call takes */
static apr_status_t read_move(vsocert_call_t *call, const char *const *names,
                              move_spec_t *spec)
{
    vso_result_t *res = call->res;
    const char *text = NULL;

    memset(spec, 0, sizeof(*spec));
    if (!call->body) {
        return APR_SUCCESS;
    }
    spec->schedule = vso_json_has(call->body, "at");
    if (vso_json_only(call->body, names, res) != APR_SUCCESS ||
        vso_json_get_bool(call->body, "preview", &spec->preview, res) !=
            APR_SUCCESS ||
        vso_json_get_string(call->body, "at", 40, &text, res, call->r->pool) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (text &&
        (!vso_rfc3339_parse(text, &spec->at_sec) || spec->at_sec <= 0)) {
        return vso_fail(res, VSO_P_INVALID, "at",
                        "\"at\" must be a time as 2026-12-31T22:00:00Z, or "
                        "null to forget one.");
    }
    if (spec->preview && spec->schedule && !text) {
        return vso_fail(res, VSO_P_INVALID, "preview",
                        "\"at\": null forgets a time, which has no preview.");
    }
    return APR_SUCCESS;
}

apr_status_t vsocert_api_versions_activate(vsocert_call_t *call)
{
    static const char *const names[] = {"at", "preview", NULL};
    vso_preview_t preview;
    vso_version_t *version;
    move_spec_t spec;
    apr_status_t rv;

    if (read_move(call, names, &spec) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (spec.preview) {
        if (vso_versions_check_time(&call->ctx, spec.at_sec, call->res) !=
                APR_SUCCESS ||
            vso_preview_activate(&call->ctx, call->id, &preview, call->res) !=
                APR_SUCCESS) {
            return APR_EGENERAL;
        }
        vsocert_shape_preview(call, &preview);
        return APR_SUCCESS;
    }
    rv = spec.schedule
             ? vso_versions_schedule(&call->ctx, call->id, spec.at_sec,
                                     &version, &call->outcome, call->res)
             : vso_versions_activate(&call->ctx, call->id, &version,
                                     &call->outcome, call->res);
    return answer_moved(call, rv, &version);
}

apr_status_t vsocert_api_versions_deactivate(vsocert_call_t *call)
{
    static const char *const names[] = {"preview", NULL};
    vso_preview_t preview;
    vso_version_t *version;
    move_spec_t spec;
    apr_status_t rv;

    if (read_move(call, names, &spec) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (spec.preview) {
        if (vso_preview_deactivate(&call->ctx, call->id, &preview, call->res) !=
            APR_SUCCESS) {
            return APR_EGENERAL;
        }
        vso_json_set_warnings(call->reply, call->res->warnings);
        vsocert_shape_preview(call, &preview);
        return APR_SUCCESS;
    }
    rv = vso_versions_deactivate(&call->ctx, call->id, &version, &call->outcome,
                                 call->res);
    if (rv == APR_SUCCESS) {
        vso_json_set_warnings(call->reply, call->res->warnings);
    }
    return answer_moved(call, rv, &version);
}

/** Versions that share a key, as "versions" or "destroyed". */
static void shape_holders(vso_json_t *obj, const char *name,
                          const apr_array_header_t *holders)
{
    vso_json_t *array = vso_json_add_array(obj, name);
    int i;

    for (i = 0; i < holders->nelts; i++) {
        const vso_version_t *one = APR_ARRAY_IDX(holders, i, vso_version_t *);
        vso_json_t *item = vso_json_push_object(array);

        vso_json_set_int(item, "versionId", one->id);
        vso_json_set_int(item, "number", one->version);
        vso_json_set_string(item, "entry", one->alias);
        vso_json_set_string(item, "state", vso_version_state_text(one->state));
    }
}

/** "packages" or "versions" of the problem document: what is in the way. */
static void explain_destroy(vso_json_t *problem, const void *baton)
{
    const vso_destroyed_t *destroyed = baton;

    if (destroyed->packages && destroyed->packages->nelts) {
        vso_json_set_strings(problem, "packages", destroyed->packages);
    }
    if (destroyed->others && destroyed->others->nelts) {
        shape_holders(problem, "versions", destroyed->others);
    }
}

apr_status_t vsocert_api_versions_destroy(vsocert_call_t *call)
{
    vso_destroyed_t *destroyed = apr_pcalloc(call->r->pool, sizeof(*destroyed));
    vso_destroy_spec_t spec = {0};
    vso_problem_e problem;
    apr_status_t rv;

    if (vsocert_api_query_bool(call, "force", &spec.force) != APR_SUCCESS ||
        vsocert_api_query_bool(call, "withSharedKey", &spec.shared) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    rv = vso_versions_destroy(&call->ctx, call->id, &spec, destroyed,
                              &call->outcome, call->res);
    problem = call->res->problem;
    if (problem == VSO_P_PACKAGE_NEEDS_KEY || problem == VSO_P_KEY_IN_USE) {
        call->explain = explain_destroy;
        call->explain_baton = destroyed;
    }
    if (rv == APR_SUCCESS && destroyed->others->nelts) {
        shape_holders(call->reply, "destroyed", destroyed->others);
    }
    return answer_moved(call, rv, &destroyed->version);
}
