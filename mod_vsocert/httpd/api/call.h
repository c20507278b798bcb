/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One call of the JSON API, from its request to its response, and the row of
 * the table that it belongs to. A route's function reads what the call brings,
 * asks one use case, and fills the response; everything around that is done
 * once, in api.c.
 */
#ifndef VSOCERT_API_CALL_H
#define VSOCERT_API_CALL_H

#include <httpd.h>

#include "base/json.h"
#include "httpd/api/fields.h"
#include "httpd/config.h"
#include "httpd/shared/slots.h"
#include "service/context.h"

#define VSOCERT_API_BASE "/vsocert/api/v1"

/** A file instead of JSON. */
typedef struct {
    const char *type; /**< media type; NULL: the response is JSON */
    const char *filename;
    const void *data;
    apr_file_t *file; /**< instead of data: sent from its start */
    apr_size_t len;
} vsocert_download_t;

/** One call. */
typedef struct {
    request_rec *r;
    apr_int64_t id;    /**< {id} of the path */
    const char *name;  /**< {name} of the path, unescaped; or NULL */
    const char *entry; /**< ?entry=, where it is given; or NULL */
    const void *query; /**< struct of the route's query; NULL: it has none */
    const void *body;  /**< struct of the route's body; NULL: it has none */
    int waits;         /**< ?wait=fleet */
    int slots[VSOCERT_SLOT_KINDS]; /**< that it has taken */
    vso_context_t ctx;
    vso_outcome_t outcome;
    vso_result_t *res;

    const apr_array_header_t *scheduled; /**< of vso_entry_versions_scheduled,
                                              once it was asked for */
    const apr_array_header_t *active;    /**< vso_version_t *: what the entry
                                              serves, once it was asked for */

    int status; /**< 200 unless set */
    vso_json_t *response;
    vsocert_download_t download;
    const char *etag;     /**< with its quotes, or NULL */
    const char *location; /**< relative to VSOCERT_API_BASE, or NULL */
    void (*explain)(vso_json_t *problem, const void *baton); /**< adds members
                                     to the problem document; or NULL */
    const void *explain_baton;
} vsocert_call_t;

typedef apr_status_t vsocert_call_fn(vsocert_call_t *call);

/** What a route takes and needs. */
enum {
    VSOCERT_BODY = 1,     /**< takes a JSON object */
    VSOCERT_NO_STORE = 2, /**< works without the database; opens it itself */
    VSOCERT_UPLOAD = 4,   /**< reads its body itself, a file */
    VSOCERT_MAY_BODY = 8, /**< takes a JSON object, or nothing */
    VSOCERT_LARGE = 16,   /**< looks at a package: has memory of its own, which
                               the system gets back when it is answered */
    VSOCERT_FILES = 32,   /**< its JSON has files in it */
    VSOCERT_IDS = 64,     /**< its JSON lists elements */
    VSOCERT_WAIT = 128,   /**< takes ?wait=fleet */
    VSOCERT_RECORD = 256, /**< a body that is refused is recorded */
    VSOCERT_FRESH = 512,  /**< over a session only within VSO_FRESH_SEC of the
                               sign-in */
    VSOCERT_PACKAGE = 1024, /**< reads or writes a package: takes a slot */
    VSOCERT_DERIVES = 2048  /**< derives keys from passwords: takes a slot */
};

/** One row of the table. */
typedef struct {
    int method;       /**< M_GET, M_POST, M_DELETE */
    const char *path; /**< below the base; one "{id}" in it stands for a
                           number, or one "{name}" for a text without '/' */
    vsocert_right_e right;
    int flags;
    const vsocert_fields_t *query; /**< parameters beside "entry" and "wait";
                                        NULL: none */
    const vsocert_fields_t *body;  /**< NULL: it takes none, or a file */
    vsocert_call_fn *fn;
    const char *action; /**< what the audit trail calls it where the caller
                             has no right to it; "" for reads, of which
                             nothing is recorded */
} vsocert_route_t;

/** Answer with a PEM file. */
apr_status_t vsocert_call_pem(vsocert_call_t *call, const char *filename,
                              const char *pem);

/** The members "replace" and "beside": INVALID where both are set. */
apr_status_t vsocert_call_check_place(vsocert_call_t *call, int replace,
                                      int beside);

/** The refusal is for a right that the caller lacks: its name goes into the
 * problem document, as "right". */
void vsocert_call_lacks(vsocert_call_t *call, vsocert_right_e right);

/** Take a slot of this kind until the call is done, if it has none yet. For
 * routes whose flags do not say so already. @return BUSY */
apr_status_t vsocert_call_take_slot(vsocert_call_t *call, vsocert_slot_e kind);

/** Give back what slots it has. */
void vsocert_call_give_slots(vsocert_call_t *call);

/** With ?wait=fleet, after a change of what is served: wait up to
 * VSO_FLEET_WAIT_SEC until all live nodes serve it, and put "fleet" into the
 * response. */
void vsocert_call_wait(vsocert_call_t *call);

#endif
