/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/api/metrics.h"

#include <string.h>

#include <apr_optional_hooks.h>
#include <apr_strings.h>
#include <http_main.h>
#include <http_protocol.h>
#include <mod_status.h>

#include "base/build.h"
#include "base/rfc3339.h"
#include "httpd/shared/board.h"
#include "httpd/shared/db_clock.h"
#include "httpd/config.h"
#include "httpd/shared/counters.h"
#include "httpd/shared/serving.h"
#include "httpd/shared/slots.h"
#include "httpd/shared/spool_room.h"
#include "httpd/dbd.h"
#include "httpd/request/response.h"
#include "service/nodes.h"
#include "x509/cert.h"

#define DAY_SEC 86400.0

#define CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/** HELP and TYPE, once in front of a metric's samples. */
static void head(request_rec *r, const char *name, const char *type,
                 const char *help)
{
    ap_rprintf(r, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void number(request_rec *r, const char *name, const char *type,
                   const char *help, apr_int64_t value)
{
    head(r, name, type, help);
    ap_rprintf(r, "%s %" APR_INT64_T_FMT "\n", name, value);
}

/** One sample per certificate of an entry. An entry's name has nothing in it
 * that a label would have to escape. */
static void certificates_of(request_rec *r, const char *entry, const char *name,
                            int days)
{
    vso_served_entry_t *opened = vsocert_serving_get(entry);
    const vso_served_t *served;
    int i;

    for (i = 0; opened && (served = vso_opened_at(opened, i)); i++) {
        const vso_cert_info_t *info = vso_cert_info(served->cert, r->pool);
        double value = (double)info->not_after_sec;

        if (days) {
            value = (value - (double)vsocert_db_clock_now_sec()) / DAY_SEC;
        }
        ap_rprintf(r,
                   "%s{entry=\"%s\",key=\"%s\",version=\"%" APR_INT64_T_FMT
                   "\"} %.*f\n",
                   name, served->entry, info->key_type, served->id,
                   days ? 2 : 0, value);
    }
    if (opened) {
        vso_opened_unref(opened);
    }
}

/** Those that the configuration names: a keystore can have many more. */
static void certificates(request_rec *r, const apr_array_header_t *entries,
                         const char *name, const char *help, int days)
{
    int i;

    head(r, name, "gauge", help);
    for (i = 0; i < entries->nelts; i++) {
        certificates_of(r, APR_ARRAY_IDX(entries, i, const char *), name, days);
    }
}

static void replica(request_rec *r, const vso_replica_head_t *found)
{
    number(r, "vsocert_generation_served", "gauge",
           "Generation of the keystore that this node serves.",
           found->generation);
    number(r, "vsocert_entries_served", "gauge",
           "Entries that this node has a certificate of.", found->entries);
    number(r, "vsocert_quarantined_versions", "gauge",
           "Active versions that do not open and are not served.",
           found->quarantined);
    number(r, "vsocert_not_published", "gauge",
           "1 while what is stored could not be taken up by this node.",
           vsocert_serving_behind());
}

static void board(request_rec *r, const vsocert_board_status_t *status)
{
    number(r, "vsocert_generation_database", "gauge",
           "Generation last seen in the database.", status->db_generation);
    number(r, "vsocert_last_poll_timestamp_seconds", "gauge",
           "When the database last answered, since the epoch.",
           apr_time_sec(status->last_poll));
    number(r, "vsocert_database_up", "gauge",
           "1 while the database answers the poller.",
           status->last_poll && !status->db_down_since);
    number(r, "vsocert_restored", "gauge",
           "1 while the database is older than what is served.",
           status->restored);
}

/** What only the database knows; left out while it does not answer. */
static void database(request_rec *r, const vsocert_board_status_t *status)
{
    vso_result_t *res = vso_result_create(r->pool);
    vso_fleet_count_t count;
    vso_store_t *store;

    if (status->db_down_since ||
        vsocert_dbd_store(r, &store, res) != APR_SUCCESS ||
        vso_fleet_ask(store, status->db_serving, NULL, &count, res, r->pool) !=
            APR_SUCCESS) {
        return;
    }
    number(r, "vsocert_sealed", "gauge",
           "1 while the master key is missing or wrong.",
           vso_store_sealed(store) != NULL);
    number(r, "vsocert_nodes", "gauge", "Nodes of the fleet seen in a day.",
           count.nodes);
    number(r, "vsocert_nodes_live", "gauge", "Nodes that were seen lately.",
           count.live);
    number(r, "vsocert_nodes_serving", "gauge",
           "Live nodes that serve the newest generation.", count.serving);
}

/** One gauge of each kind of slot. @param which  member of vsocert_slots_t */
static void slots_gauge(request_rec *r, const char *name, const char *help,
                        apr_size_t which)
{
    vsocert_slots_t found;
    int i;

    head(r, name, "gauge", help);
    for (i = 0; i < VSOCERT_SLOT_KINDS; i++) {
        vsocert_slots_count((vsocert_slot_e)i, &found);
        ap_rprintf(r, "%s{kind=\"%s\"} %d\n", name, vsocert_slot_names[i],
                   *(const int *)((const char *)&found + which));
    }
}

static void slots(request_rec *r)
{
    static const char refused[] = "vsocert_slots_refused_total";
    int i;

    slots_gauge(r, "vsocert_slots",
                "Heavy calls of a kind that this node works on at a time.",
                offsetof(vsocert_slots_t, slots));
    slots_gauge(r, "vsocert_slots_taken", "Of these, how many it works on.",
                offsetof(vsocert_slots_t, taken));
    slots_gauge(r, "vsocert_slots_waiting", "Calls that wait for a slot.",
                offsetof(vsocert_slots_t, waiting));
    number(r, "vsocert_spooled_bytes", "gauge",
           "What bodies that wait to be verified or signed take on the disk.",
           vsocert_spool_room_taken());
    head(r, refused, "counter", "Calls that were refused for want of a slot.");
    for (i = 0; i < VSOCERT_SLOT_KINDS; i++) {
        ap_rprintf(r, "%s{kind=\"%s\"} %" APR_INT64_T_FMT "\n", refused,
                   vsocert_slot_names[i],
                   vsocert_counted(VSOCERT_COUNT_REFUSED_PACKAGE + i));
    }
}

static void counts(request_rec *r)
{
    static const char problems[] = "vsocert_problems_total";
    static const char handshakes[] = "vsocert_handshakes_total";
    static const char sign_ins[] = "vsocert_sign_ins_total";
    static const char *const results[] = {"right", "wrong", "refused"};
    vsocert_handshakes_t found;
    int i;

    number(r, "vsocert_keystore_imports_total", "counter",
           "Keystore files imported.", vsocert_counted(VSOCERT_COUNT_IMPORT));
    number(r, "vsocert_keystore_exports_total", "counter",
           "Keystore files exported.", vsocert_counted(VSOCERT_COUNT_EXPORT));
    number(r, "vsocert_package_imports_total", "counter",
           "Packages imported, all or some of their elements.",
           vsocert_counted(VSOCERT_COUNT_PACKAGE_IMPORT));
    number(r, "vsocert_package_exports_total", "counter", "Packages exported.",
           vsocert_counted(VSOCERT_COUNT_PACKAGE_EXPORT));
    number(r, "vsocert_packages_signed_total", "counter",
           "Packages of other applications signed on their way out.",
           vsocert_counted(VSOCERT_COUNT_PACKAGE_SIGNED));
    number(r, "vsocert_packages_verified_total", "counter",
           "Packages passed on to other applications.",
           vsocert_counted(VSOCERT_COUNT_PACKAGE_VERIFIED));
    head(r, sign_ins, "counter",
         "Users and passwords that were looked at, or refused because there "
         "were too many wrong ones.");
    for (i = 0; i < 3; i++) {
        ap_rprintf(
            r, "%s{result=\"%s\"} %" APR_INT64_T_FMT "\n", sign_ins, results[i],
            vsocert_counted((vsocert_count_e)(VSOCERT_COUNT_SIGN_IN + i)));
    }
    head(r, problems, "counter",
         "Calls of the API, downloads and uploads that were refused.");
    for (i = VSO_P_NONE + 1; i < VSO_P_COUNT; i++) {
        ap_rprintf(r, "%s{slug=\"%s\"} %" APR_INT64_T_FMT "\n", problems,
                   vso_problem_slug((vso_problem_e)i),
                   vsocert_counted_problems((vso_problem_e)i));
    }
    head(r, handshakes, "counter", "Full TLS handshakes, by version.");
    for (i = 0; vsocert_counted_handshakes(i, &found); i++) {
        ap_rprintf(r, "%s{version=\"%s\"} %" APR_INT64_T_FMT "\n", handshakes,
                   found.version_id ? apr_psprintf(r->pool, "%" APR_INT64_T_FMT,
                                                   found.version_id)
                                    : "none",
                   found.count);
    }
    if (vsocert_counted(VSOCERT_COUNT_OTHER)) {
        ap_rprintf(r, "%s{version=\"other\"} %" APR_INT64_T_FMT "\n",
                   handshakes, vsocert_counted(VSOCERT_COUNT_OTHER));
    }
    number(r, "vsocert_handshakes_resumed_total", "counter",
           "TLS handshakes that resumed a session.",
           vsocert_counted(VSOCERT_COUNT_RESUMED));
}

static void all(request_rec *r)
{
    const apr_array_header_t *entries =
        vsocert_config_entries(ap_server_conf, r->pool);
    vsocert_board_status_t status;
    vso_replica_head_t found;

    vsocert_board_status(&status);
    vsocert_serving_head(&found, r->pool);
    head(r, "vsocert_build_info", "gauge", "Version of the module.");
    ap_rprintf(r, "vsocert_build_info{version=\"%s\"} 1\n", VSO_VERSION);
    certificates(r, entries, "vsocert_certificate_not_after_seconds",
                 "When a served certificate expires, since the epoch.", 0);
    certificates(r, entries, "vsocert_certificate_days_left",
                 "Days until a served certificate expires.", 1);
    replica(r, &found);
    board(r, &status);
    database(r, &status);
    slots(r);
    counts(r);
}

static int refuse(request_rec *r)
{
    vso_result_t *res = vso_result_create(r->pool);

    if (r->user) {
        vso_fail(res, VSO_P_FORBIDDEN, NULL,
                 "User \"%s\" is not allowed to read this (VSOCertAllow).",
                 r->user);
    }
    else {
        vso_fail(res, VSO_P_FORBIDDEN, NULL,
                 "Nobody is signed in. The configuration must ask for a user "
                 "here (Require valid-user), or say who else may with "
                 "VSOCertAllow read.");
    }
    vsocert_response_refuse(r, vsocert_response_problem(res, r->pool),
                            res->problem);
    return OK;
}

int vsocert_metrics_handler(request_rec *r)
{
    if (!r->handler || strcmp(r->handler, "vsocert-metrics")) {
        return DECLINED;
    }
    r->allowed |= AP_METHOD_BIT << M_GET;
    if (r->method_number != M_GET) {
        return HTTP_METHOD_NOT_ALLOWED;
    }
    if (!vsocert_config_admitted(r, VSOCERT_READ)) {
        return refuse(r);
    }
    vsocert_response_headers(r, VSO_P_NONE);
    ap_set_content_type(r, CONTENT_TYPE);
    all(r);
    return OK;
}

/* mod_status's page is HTML, of which nothing is written here: what is asked
 * for with ?auto is text. */
static int status_lines(request_rec *r, int flags)
{
    vsocert_board_status_t status;
    vso_replica_head_t found;

    if (!(flags & AP_STATUS_SHORT)) {
        return DECLINED;
    }
    vsocert_board_status(&status);
    vsocert_serving_head(&found, r->pool);
    ap_rprintf(r, "VSOCertGeneration: %" APR_INT64_T_FMT "\n",
               found.generation);
    ap_rprintf(r, "VSOCertDatabaseGeneration: %" APR_INT64_T_FMT "\n",
               status.db_generation);
    ap_rprintf(r, "VSOCertDatabase: %s\n",
               status.last_poll && !status.db_down_since ? "up" : "down");
    ap_rprintf(r, "VSOCertLastPoll: %s\n",
               status.last_poll
                   ? vso_rfc3339_text(apr_time_sec(status.last_poll), r->pool)
                   : "never");
    return OK;
}

void vsocert_metrics_register(void)
{
    APR_OPTIONAL_HOOK(ap, status_hook, status_lines, NULL, NULL,
                      APR_HOOK_MIDDLE);
}
