/* SPDX-License-Identifier: Apache-2.0 */
/** Which route a request is for, and what types of body that takes. */
#ifndef VSOCERT_ROUTE_H
#define VSOCERT_ROUTE_H

#include "httpd/api/call.h"

/** What else the search found. */
typedef struct {
    apr_int64_t id;      /**< {id} of the path; 0 */
    const char *name;    /**< {name} of the path, unescaped; or NULL */
    const char *allowed; /**< methods of this path, as in an Allow header; NULL
                              where there is no such path */
} vsocert_found_t;

/** The route of this path and method, or NULL. Can be asked before
 * authentication. */
const vsocert_route_t *vsocert_route_find(request_rec *r,
                                          vsocert_found_t *found);

/** 1 where this request is a call that takes a file as its body. */
int vsocert_route_takes_file(request_rec *r);

/**
 * Is the body of a type that the route takes? A form that comes over a session
 * says where it is from.
 * @param res  MEDIA_TYPE, FORBIDDEN
 */
apr_status_t vsocert_route_check_type(request_rec *r,
                                      const vsocert_route_t *route,
                                      vso_result_t *res);

/** MEDIA_TYPE: say which types the route takes, in `Accept` as well.
 * @param route  NULL: there is none */
apr_status_t vsocert_route_refuse_type(request_rec *r,
                                       const vsocert_route_t *route,
                                       vso_result_t *res);

#endif
