/* SPDX-License-Identifier: Apache-2.0 */
/* /keystore/adopt */
#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "base/query.h"
#include "httpd/api/routes.h"
#include "httpd/api/shapes.h"
#include "httpd/request/context.h"
#include "httpd/shared/counters.h"
#include "httpd/shared/serving.h"
#include "httpd/tls/cert_lines.h"
#include "httpd/tls/loaded.h"
#include "service/certificate/keystore.h"

/** POST /keystore/adopt */
typedef struct {
    const char *host;
    vso_import_spec_t spec;
} adopt_t;

static const vsocert_field_t adopt_fields[] = {
    VSOCERT_TEXT("host", adopt_t, host, VSO_UB_DNS_NAME,
                 .missing = "\"host\" is missing: the ServerName of a virtual "
                            "host with an SSLCertificateFile."),
    VSOCERT_BOOL("replace", adopt_t, spec.replace),
    VSOCERT_BOOL("beside", adopt_t, spec.beside),
    VSOCERT_BOOL("preview", adopt_t, spec.preview), VSOCERT_END};

const vsocert_fields_t vsocert_keystore_adopt_body = {adopt_fields,
                                                      sizeof(adopt_t), NULL};

/** What the virtual host goes on serving: its own entry, unless the call names
 * one. */
static apr_status_t choose_entry(vsocert_call_t *call, const server_rec *s)
{
    apr_table_t *query;

    if (vso_query_parse(call->r->args, "entry,wait", &query, call->res,
                        call->r->pool) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return apr_table_get(query, "entry")
               ? APR_SUCCESS
               : vsocert_context_fill(&call->ctx, call->r,
                                      vsocert_config_entry(s), call->res);
}

/** One key with its certificate. A second one, of the other algorithm, stands
 * beside the first. */
static apr_status_t adopt_one(vsocert_call_t *call,
                              const vsocert_loaded_t *pair, int second,
                              int preview, vso_keystore_imported_t *imported)
{
    const adopt_t *in = call->body;
    vso_keyfile_entry_t held = {.alias = in->host,
                                .pkey = pair->pkey,
                                .cert = pair->cert,
                                .chain = pair->chain};
    vso_import_spec_t spec = in->spec;

    spec.held = &held;
    spec.preview = preview;
    if (second) {
        spec.replace = 0;
        spec.beside = 1;
    }
    return vso_keystore_import(&call->ctx, &spec, imported, &call->outcome,
                               call->res);
}

/** All of them, or, where one is refused, none. */
static apr_status_t adopt(vsocert_call_t *call, const apr_array_header_t *pairs,
                          int preview, vso_json_t *array)
{
    vso_keystore_imported_t imported;
    int i;

    for (i = 0; i < pairs->nelts; i++) {
        if (adopt_one(call, &APR_ARRAY_IDX(pairs, i, vsocert_loaded_t), i > 0,
                      preview, &imported) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (array) {
            vsocert_shape_details(call, vso_json_push_object(array),
                                  imported.version, call->res->warnings);
        }
        if (!preview) {
            vsocert_count(VSOCERT_COUNT_IMPORT);
        }
        if (!preview && i + 1 < pairs->nelts) {
            vsocert_serving_apply(&call->outcome, call->res);
        }
    }
    return APR_SUCCESS;
}

/** Which lines are of no use any more, and which are to be added. */
static void shape_lines(vsocert_call_t *call, const server_rec *s)
{
    apr_pool_t *p = call->r->pool;
    vso_json_t *remove = vso_json_add_array(call->response, "remove");
    vso_json_t *add;
    int own;
    int i;
    const apr_array_header_t *lines = vsocert_cert_lines_find(s, &own, p);

    for (i = 0; i < lines->nelts; i++) {
        const vsocert_cert_line_t *line =
            &APR_ARRAY_IDX(lines, i, vsocert_cert_line_t);
        vso_json_t *obj = vso_json_push_object(remove);

        vso_json_set_string(
            obj, "line", apr_psprintf(p, "%s %s", line->directive, line->args));
        vso_json_set_string(obj, "file", line->file);
        vso_json_set_int(obj, "number", line->line);
    }
    vso_json_set_bool(call->response, "shared", !own);
    add = vso_json_add_array(call->response, "add");
    if (!vsocert_config_engine(s)) {
        vso_json_push_string(add, "VSOCertEngine on");
    }
    if (strcmp(vsocert_config_entry(s), call->ctx.entry)) {
        vso_json_push_string(
            add, apr_psprintf(p, "VSOCertAlias %s", call->ctx.entry));
    }
}

apr_status_t vsocert_api_keystore_adopt(vsocert_call_t *call)
{
    const adopt_t *in = call->body;
    const apr_array_header_t *pairs;
    const server_rec *s = NULL;

    if (vsocert_call_check_place(call, in->spec.replace, in->spec.beside) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    pairs = vsocert_loaded_find(in->host, &s);
    if (!pairs) {
        return vso_fail(call->res, VSO_P_NOT_FOUND, "host",
                        "No virtual host called \"%s\" has loaded a "
                        "certificate from SSLCertificateFile.",
                        in->host);
    }
    if (choose_entry(call, s) != APR_SUCCESS ||
        adopt(call, pairs, 1, NULL) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    call->res->warnings->nelts = 0;
    call->outcome.turns_passive = NULL;
    vso_json_set_string(call->response, "entry", call->ctx.entry);
    if (adopt(call, pairs, in->spec.preview,
              vso_json_add_array(call->response, "adopted")) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (in->spec.preview) {
        vso_json_set_bool(call->response, "preview", 1);
    }
    else {
        call->status = HTTP_CREATED;
    }
    vsocert_shape_turns_passive(call);
    shape_lines(call, s);
    return APR_SUCCESS;
}
