/* SPDX-License-Identifier: Apache-2.0 */
/* /entries... */
#include <string.h>

#include <apr_tables.h>
#include <http_main.h>

#include "base/limits.h"
#include "httpd/api/routes.h"
#include "httpd/api/shapes.h"
#include "httpd/config.h"
#include "service/certificate/entry_list.h"
#include "service/certificate/entry_removal.h"

/* days that a certificate can have left, and more than one has */
#define MAX_DAYS 100000

/** GET /entries */
typedef struct {
    const char *text;
    const char *state;
    apr_int64_t days;
    int served;
    const char *sort;
    const char *after;
    apr_int64_t limit;
} list_t;

static const char *const states[] = {"active", "pending", "none", NULL};
static const char *const orders[] = {"name", "expires", NULL};

static const vsocert_field_t list_fields[] = {
    VSOCERT_TEXT("q", list_t, text, 4 * VSO_UB_DNS_NAME),
    VSOCERT_WORD("state", list_t, state, states),
    VSOCERT_INT("expires", list_t, days, 0, MAX_DAYS),
    VSOCERT_BOOL("served", list_t, served),
    VSOCERT_WORD("sort", list_t, sort, orders),
    VSOCERT_TEXT("after", list_t, after, VSO_MAX_ENTRY + 24),
    VSOCERT_INT("limit", list_t, limit, 1, VSO_MAX_PAGE),
    VSOCERT_END};

static const list_t list_defaults = {
    .days = -1, .served = -1, .sort = "name", .limit = 50};

const vsocert_fields_t vsocert_entries_list_query = {
    list_fields, sizeof(list_t), &list_defaults};

static void shape_brief(vsocert_call_t *call, vso_json_t *item,
                        const char *name, const vso_version_t *version)
{
    if (version) {
        vsocert_shape_brief(call, vso_json_add_object(item, name), version);
    }
    else {
        vso_json_set_null(item, name);
    }
}

static void shape_item(vsocert_call_t *call, vso_json_t *obj,
                       const vso_entry_list_item_t *item)
{
    const apr_array_header_t *none =
        apr_array_make(call->r->pool, 1, sizeof(const char *));

    vso_json_set_string(obj, "entry", item->row->name);
    vso_json_set_strings(obj, "hosts", item->hosts ? item->hosts : none);
    vso_json_set_bool(obj, "served", item->served);
    shape_brief(call, obj, "certificate", item->certificate);
    shape_brief(call, obj, "also", item->also);
    vso_json_set_int(obj, "pending", item->row->pending);
    vso_json_set_null(obj, "renewal");
    vso_json_set_bool(obj, "backedUp", item->row->backed_up_sec > 0);
    vso_json_set_strings(obj, "warnings", item->warnings);
}

apr_status_t vsocert_api_entries_list(vsocert_call_t *call)
{
    const list_t *in = call->query;
    const vso_entry_list_query_t query = {.text = in->text,
                                          .state = in->state,
                                          .days = in->days,
                                          .served = in->served,
                                          .by_end =
                                              !strcmp(in->sort, "expires"),
                                          .after = in->after,
                                          .limit = (int)in->limit};
    apr_array_header_t *found;
    const char *next;
    vso_json_t *items;
    int i;

    if (vso_entry_list(&call->ctx, &query, &found, &next, call->res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    items = vso_json_add_array(call->response, "items");
    for (i = 0; i < found->nelts; i++) {
        shape_item(call, vso_json_push_object(items),
                   &APR_ARRAY_IDX(found, i, vso_entry_list_item_t));
    }
    vso_json_set_string(call->response, "next", next);
    return APR_SUCCESS;
}

apr_status_t vsocert_api_entries_summary(vsocert_call_t *call)
{
    vso_entries_count_t count;
    apr_int64_t unserved;
    vso_json_t *expiring;
    int i;

    if (vso_entry_list_count(&call->ctx, &count, &unserved, call->res) !=
        APR_SUCCESS) {
        return APR_EGENERAL;
    }
    vso_json_set_int(call->response, "all", count.all);
    vso_json_set_int(call->response, "active", count.active);
    vso_json_set_int(call->response, "pending", count.pending);
    vso_json_set_int(call->response, "none", count.none);
    vso_json_set_int(call->response, "expired", count.expired);
    expiring = vso_json_add_array(call->response, "expiring");
    for (i = 0; i < VSO_ENTRIES_PERIODS; i++) {
        vso_json_t *item = vso_json_push_object(expiring);

        vso_json_set_int(item, "days", vso_entry_list_days[i]);
        vso_json_set_int(item, "entries", count.expiring[i]);
    }
    vso_json_set_int(call->response, "notServed", unserved);
    vso_json_set_int(call->response, "selfSigned", count.self_signed);
    vso_json_set_int(call->response, "renewalFailing", count.renewal_failing);
    return APR_SUCCESS;
}

/** DELETE /entries/{name} */
typedef struct {
    int force;
} remove_t;

static const vsocert_field_t remove_fields[] = {
    VSOCERT_BOOL("force", remove_t, force), VSOCERT_END};

const vsocert_fields_t vsocert_entries_remove_query = {remove_fields,
                                                       sizeof(remove_t), NULL};

/** "packages" or "versions" of the problem document: what is in the way. */
static void explain_removal(vso_json_t *problem, const void *baton)
{
    const vso_entry_removal_t *removal = baton;

    if (removal->packages->nelts) {
        vso_json_set_strings(problem, "packages", removal->packages);
    }
    if (removal->others->nelts) {
        vsocert_shape_holders(problem, "versions", removal->others);
    }
}

apr_status_t vsocert_api_entries_remove(vsocert_call_t *call)
{
    const remove_t *in = call->query;
    vso_entry_removal_t *removal = apr_pcalloc(call->r->pool, sizeof(*removal));

    if (vso_context_check_entry(call->name, call->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    call->ctx.entry = call->name;
    call->ctx.hosts =
        vsocert_config_hosts(ap_server_conf, call->name, call->r->pool);
    if (vso_entry_removal_run(&call->ctx, in->force, removal, &call->outcome,
                              call->res) != APR_SUCCESS) {
        if (call->res->problem == VSO_P_KEY_IN_USE ||
            call->res->problem == VSO_P_PACKAGE_NEEDS_KEY) {
            call->explain = explain_removal;
            call->explain_baton = removal;
        }
        return APR_EGENERAL;
    }
    vso_json_set_string(call->response, "entry", call->name);
    vso_json_set_int(call->response, "destroyed", removal->keys);
    return APR_SUCCESS;
}
