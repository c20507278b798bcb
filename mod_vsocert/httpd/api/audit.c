/* SPDX-License-Identifier: Apache-2.0 */
/* /audit... */
#include <apr_strings.h>

#include "base/limits.h"
#include "httpd/api/routes.h"
#include "service/trail.h"

static void shape_row(vso_json_t *obj, const vso_audit_row_t *row)
{
    vso_json_set_int(obj, "seq", row->seq);
    vso_json_set_time(obj, "at", row->at_sec);
    vso_json_set_string(obj, "actor", row->event.actor);
    vso_json_set_string(obj, "address", row->event.address);
    vso_json_set_string(obj, "action", row->event.action);
    vso_json_set_string(obj, "entry", row->event.entry);
    if (row->event.version_id) {
        vso_json_set_int(obj, "versionId", row->event.version_id);
    }
    else {
        vso_json_set_null(obj, "versionId");
    }
    vso_json_set_string(obj, "outcome", row->outcome);
    vso_json_set_string(obj, "detail", row->event.detail);
    vso_json_set_string(obj, "mac", row->mac);
}

/** GET /audit */
typedef struct {
    apr_int64_t before; /**< 0: from the newest on */
    apr_int64_t limit;
    const char *action; /**< NULL: all */
    const char *actor;
    const char *outcome;
    vsocert_time_t from;
    vsocert_time_t to;
} list_t;

static const vsocert_field_t list_fields[] = {
    VSOCERT_INT("before", list_t, before, 1, APR_INT64_MAX),
    VSOCERT_INT("limit", list_t, limit, 1, VSO_MAX_PAGE),
    VSOCERT_TEXT("action", list_t, action, VSO_MAX_AUDIT_TEXT),
    VSOCERT_TEXT("actor", list_t, actor, VSO_MAX_AUDIT_TEXT),
    VSOCERT_TEXT("outcome", list_t, outcome, VSO_MAX_AUDIT_TEXT),
    VSOCERT_TIME("from", list_t, from),
    VSOCERT_TIME("to", list_t, to),
    VSOCERT_END};

static const list_t list_defaults = {.limit = 50};

const vsocert_fields_t vsocert_audit_list_query = {list_fields, sizeof(list_t),
                                                   &list_defaults};

apr_status_t vsocert_api_audit_list(vsocert_call_t *call)
{
    const list_t *in = call->query;
    const vso_audit_filter_t filter = {.entry = call->entry,
                                       .actor = in->actor,
                                       .action = in->action,
                                       .outcome = in->outcome,
                                       .from_sec = in->from.sec,
                                       .to_sec = in->to.sec};
    apr_array_header_t *rows;
    apr_int64_t last = 0;
    vso_json_t *items;
    int i;

    if (vso_trail_page(&call->ctx, &filter, in->before, (int)in->limit, &rows,
                       call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    items = vso_json_add_array(call->response, "items");
    for (i = 0; i < rows->nelts; i++) {
        const vso_audit_row_t *row = &APR_ARRAY_IDX(rows, i, vso_audit_row_t);

        shape_row(vso_json_push_object(items), row);
        last = row->seq;
    }
    vso_json_set_string(
        call->response, "next",
        last > 1 && rows->nelts == in->limit
            ? apr_psprintf(call->r->pool, "%" APR_INT64_T_FMT, last)
            : NULL);
    return APR_SUCCESS;
}

apr_status_t vsocert_api_audit_verify(vsocert_call_t *call)
{
    vso_audit_verdict_t verdict = {0};

    if (vso_trail_verify(&call->ctx, &verdict, call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_json_set_bool(call->response, "intact", verdict.intact);
    vso_json_set_int(call->response, "rows", verdict.rows);
    vso_json_set_string(call->response, "head", verdict.head);
    if (verdict.intact) {
        vso_json_set_null(call->response, "badSeq");
    }
    else {
        vso_json_set_int(call->response, "badSeq", verdict.bad_seq);
    }
    vso_json_set_string(call->response, "reason", verdict.reason);
    return APR_SUCCESS;
}
