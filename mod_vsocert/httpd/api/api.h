/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The JSON API under VSOCERT_API_BASE: one call from its request to its
 * reply. A route's function reads what the call brings, asks one use case,
 * and fills the reply; everything around that is done once, in api.c.
 */
#ifndef VSOCERT_API_H
#define VSOCERT_API_H

#include <httpd.h>

#include "base/json.h"
#include "httpd/config.h"
#include "service/context.h"

#define VSOCERT_API_BASE "/vsocert/api/v1"

/** A file instead of JSON. */
typedef struct {
    const char *type; /**< media type; NULL: the reply is JSON */
    const char *filename;
    const void *data;
    apr_file_t *file; /**< instead of data: sent from its start */
    apr_size_t len;
} vsocert_download_t;

/** One call. */
typedef struct {
    request_rec *r;
    apr_table_t *query; /**< parameters, unescaped */
    apr_int64_t id;     /**< {id} of the path */
    const char *name;   /**< {name} of the path, unescaped; or NULL */
    vso_json_t *body;   /**< NULL where the route takes none */
    vso_context_t ctx;
    vso_outcome_t outcome;
    vso_result_t *res;

    const apr_array_header_t *scheduled; /**< of vso_schedule_list, once it
                                              was asked for */
    const apr_array_header_t *active;    /**< vso_version_t *: what the entry
                                              serves, once it was asked for */

    int status; /**< 200 unless set */
    vso_json_t *reply;
    vsocert_download_t download;
    const char *etag;     /**< with its quotes, or NULL */
    const char *location; /**< relative to VSOCERT_API_BASE, or NULL */
    void (*explain)(vso_json_t *problem, const void *baton); /**< adds members
                                     to the problem document; or NULL */
    const void *explain_baton;
} vsocert_call_t;

typedef apr_status_t vsocert_call_fn(vsocert_call_t *call);

/** How a route is answered. */
enum {
    VSOCERT_BODY = 1,     /**< takes a JSON object */
    VSOCERT_NO_STORE = 2, /**< works without the database; opens it itself */
    VSOCERT_UPLOAD = 4,   /**< reads its body itself, a file */
    VSOCERT_MAY_BODY = 8, /**< takes a JSON object, or nothing */
    VSOCERT_FILES = 32,   /**< its JSON has files in it */
    VSOCERT_IDS = 64,     /**< its JSON lists elements */
    VSOCERT_LARGE = 16    /**< looks at a package: has memory of its own, which
                               the system gets back when it is answered */
};

/** One row of the table. */
typedef struct {
    int method;       /**< M_GET, M_POST, M_DELETE */
    const char *path; /**< below the base; one "{id}" in it stands for a
                           number, or one "{name}" for a text without '/' */
    vsocert_right_e right;
    int flags;
    const char *query; /**< parameters beside "entry", comma-separated */
    vsocert_call_fn *fn;
    const char *action; /**< what the audit trail calls it where the caller
                             has no right to it; "" for reads, of which
                             nothing is recorded */
} vsocert_route_t;

/** All routes; ends with a NULL path. */
extern const vsocert_route_t vsocert_routes[];

/** Content handler for "vsocert-api". */
int vsocert_api_handler(request_rec *r);

/** A whole number among the query's parameters; absent leaves *pvalue. */
apr_status_t vsocert_api_query_int(vsocert_call_t *call, const char *name,
                                   apr_int64_t min, apr_int64_t max,
                                   apr_int64_t *pvalue);

/** ?wait=fleet: MALFORMED for anything but that. */
apr_status_t vsocert_api_wait_check(vsocert_call_t *call);

/** Where ?wait=fleet asks for it, and something new is to be served: wait a
 * bounded time for the live nodes to serve it, and put "fleet" into the
 * reply. */
void vsocert_api_wait(vsocert_call_t *call);

/** "true" or "false" among the query's parameters; absent leaves *pvalue. */
apr_status_t vsocert_api_query_bool(vsocert_call_t *call, const char *name,
                                    int *pvalue);

/** Answer with a PEM file. */
apr_status_t vsocert_api_pem(vsocert_call_t *call, const char *filename,
                             const char *pem);

/* the routes' functions, one file per noun */
vsocert_call_fn vsocert_api_certificate_get;
vsocert_call_fn vsocert_api_certificate_create;
vsocert_call_fn vsocert_api_certificate_pem;
vsocert_call_fn vsocert_api_certificate_csr;
vsocert_call_fn vsocert_api_certificate_request;
vsocert_call_fn vsocert_api_certificate_reply;
vsocert_call_fn vsocert_api_certificate_rollback;
vsocert_call_fn vsocert_api_keystore_import;
vsocert_call_fn vsocert_api_keystore_export;
vsocert_call_fn vsocert_api_keystore_reseal;
vsocert_call_fn vsocert_api_keystore_accept_restore;
vsocert_call_fn vsocert_api_versions_list;
vsocert_call_fn vsocert_api_versions_get;
vsocert_call_fn vsocert_api_versions_csr;
vsocert_call_fn vsocert_api_versions_pem;
vsocert_call_fn vsocert_api_versions_trial;
vsocert_call_fn vsocert_api_versions_activate;
vsocert_call_fn vsocert_api_versions_deactivate;
vsocert_call_fn vsocert_api_versions_destroy;
vsocert_call_fn vsocert_api_trust_list;
vsocert_call_fn vsocert_api_trust_add;
vsocert_call_fn vsocert_api_trust_remove;
vsocert_call_fn vsocert_api_imports_upload;
vsocert_call_fn vsocert_api_imports_list;
vsocert_call_fn vsocert_api_imports_get;
vsocert_call_fn vsocert_api_imports_cancel;
vsocert_call_fn vsocert_api_imports_confirm;
vsocert_call_fn vsocert_api_packages_list;
vsocert_call_fn vsocert_api_packages_get;
vsocert_call_fn vsocert_api_packages_create;
vsocert_call_fn vsocert_api_packages_delete;
vsocert_call_fn vsocert_api_packages_export;
vsocert_call_fn vsocert_api_audit_list;
vsocert_call_fn vsocert_api_audit_verify;
vsocert_call_fn vsocert_api_nodes;
vsocert_call_fn vsocert_api_status;
vsocert_call_fn vsocert_api_countries;

#endif
