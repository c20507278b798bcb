/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/api/route.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "httpd/api/routes.h"
#include "base/mime.h"
#include "base/utf8.h"
#include "httpd/request/checks.h"

/** Longest text that stands for {name}. */
#define MAX_NAME 255

/** Does the path fit a route's with "{id}" in it? */
static int id_fits(const char *pattern, const char *path, apr_int64_t *pid)
{
    static const char place[] = "{id}";
    const char *hole = strstr(pattern, place);
    apr_size_t lead;
    char *end;

    if (!hole) {
        return 0;
    }
    lead = (apr_size_t)(hole - pattern);
    if (strncmp(pattern, path, lead) || path[lead] < '1' || path[lead] > '9') {
        return 0;
    }
    *pid = apr_strtoi64(path + lead, &end, 10);
    return *pid < APR_INT64_MAX && !strcmp(hole + strlen(place), end);
}

/** Does the path fit a route's with "{name}" in it? */
static int name_fits(const char *pattern, const char *path, const char **pname,
                     apr_pool_t *p)
{
    static const char place[] = "{name}";
    const char *hole = strstr(pattern, place);
    const char *name;
    apr_size_t lead;
    apr_size_t len;

    if (!hole) {
        return 0;
    }
    lead = (apr_size_t)(hole - pattern);
    if (strncmp(pattern, path, lead)) {
        return 0;
    }
    len = strcspn(path + lead, "/");
    if (len == 0 || len > MAX_NAME ||
        strcmp(hole + strlen(place), path + lead + len)) {
        return 0;
    }
    /* it is compared with columns, and databases refuse other bytes */
    name = apr_pstrmemdup(p, path + lead, len);
    if (!vso_utf8_printable(name)) {
        return 0;
    }
    *pname = name;
    return 1;
}

/** Does the path fit the route's? Sets what stands for its hole. */
static int path_fits(request_rec *r, const char *pattern, const char *path,
                     vsocert_found_t *found)
{
    return !strcmp(pattern, path) || id_fits(pattern, path, &found->id) ||
           name_fits(pattern, path, &found->name, r->pool);
}

/** 1 when a route has exactly this path: then a route with a hole that the
 * path would fit as well is another thing's. */
static int stands_alone(const char *path)
{
    const vsocert_route_t *route = vsocert_routes;

    while (route->path && strcmp(route->path, path)) {
        route++;
    }
    return route->path != NULL;
}

/** As in an Allow header; httpd answers HEAD wherever there is GET. */
static const char *method_name(int method)
{
    return method == M_GET      ? "GET, HEAD"
           : method == M_DELETE ? "DELETE"
                                : "POST";
}

const vsocert_route_t *vsocert_route_find(request_rec *r,
                                          vsocert_found_t *found)
{
    apr_size_t base = strlen(VSOCERT_API_BASE);
    const vsocert_route_t *route;
    const char *path;
    int alone;

    memset(found, 0, sizeof(*found));
    if (strncmp(r->uri, VSOCERT_API_BASE, base)) {
        return NULL;
    }
    path = r->uri + base;
    alone = stands_alone(path);
    for (route = vsocert_routes; route->path; route++) {
        if (alone ? strcmp(route->path, path)
                  : !path_fits(r, route->path, path, found)) {
            continue;
        }
        if (route->method == r->method_number) {
            return route;
        }
        found->allowed = apr_pstrcat(
            r->pool, found->allowed ? found->allowed : "",
            found->allowed ? ", " : "", method_name(route->method), NULL);
    }
    return NULL;
}

int vsocert_route_takes_file(request_rec *r)
{
    vsocert_found_t found;
    const vsocert_route_t *route = vsocert_route_find(r, &found);

    return route && route->flags & VSOCERT_UPLOAD;
}

#define FORM "multipart/form-data"

/** What a route takes; ends with NULL. */
static const char *const *types_of(const vsocert_route_t *route)
{
    static const char *const json[] = {"application/json", NULL};
    static const char *const file[] = {
        "application/octet-stream", "application/zip",
        "application/x-zip-compressed", FORM, NULL};

    return route && route->flags & VSOCERT_UPLOAD ? file : json;
}

apr_status_t vsocert_route_refuse_type(request_rec *r,
                                       const vsocert_route_t *route,
                                       vso_result_t *res)
{
    const char *const *type = types_of(route);
    const char *list = *type;

    if (!route) {
        return vso_fail(res, VSO_P_MEDIA_TYPE, "Content-Type",
                        "Calls of the API take %s. The sign-in page takes its "
                        "form, POST /vsocert/login.",
                        list);
    }
    while (*++type) {
        list = apr_pstrcat(r->pool, list, ", ", *type, NULL);
    }
    apr_table_setn(r->headers_out, "Accept", list);
    if (route->flags & VSOCERT_UPLOAD) {
        return vso_fail(res, VSO_P_MEDIA_TYPE, "Content-Type",
                        "This call takes the bytes of a package as %s; a form "
                        "has that one file in it.",
                        list);
    }
    return vso_fail(res, VSO_P_MEDIA_TYPE, "Content-Type",
                    "This call takes %s%s.",
                    route->flags & (VSOCERT_BODY | VSOCERT_MAY_BODY)
                        ? ""
                        : "no body, or an empty object as ",
                    list);
}

apr_status_t vsocert_route_check_type(request_rec *r,
                                      const vsocert_route_t *route,
                                      vso_result_t *res)
{
    const char *type = apr_table_get(r->headers_in, "Content-Type");
    const char *length = apr_table_get(r->headers_in, "Content-Length");
    int body = apr_table_get(r->headers_in, "Transfer-Encoding") ||
               (length && strcmp(length, "0"));
    const char *const *known = types_of(route);

    if (!type && !body) {
        return APR_SUCCESS;
    }
    while (*known && !vso_mime_is(type, *known)) {
        known++;
    }
    if (!*known) {
        return vsocert_route_refuse_type(r, route, res);
    }
    return strcmp(*known, FORM) ? APR_SUCCESS : vsocert_checks_form(r, res);
}
