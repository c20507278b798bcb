/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/node/node.h"

#include <unistd.h>

#include <apr_general.h>
#include <apr_network_io.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>

#include "base/build.h"
#include "base/limits.h"
#include "base/log.h"
#include "httpd/shared/board.h"
#include "httpd/shared/poll_lease.h"
#include "httpd/shared/serving.h"
#include "httpd/config.h"
#include "service/nodes.h"

APLOG_USE_MODULE(vsocert);

#define RETAINED     "vsocert-instance"
#define INSTANCE_LEN 16

/* Two nodes of one name overwrite each other's row every few seconds. */
#define NAME_INTERVAL apr_time_from_sec(3600)

/* Kept from one configuration to the next. */
typedef struct {
    char instance[2 * INSTANCE_LEN + 1];
    long pid;           /* of the parent */
    apr_int64_t setups; /* configurations that were read */
} retained_t;

static const retained_t *retained;
static const char *name;
static apr_int64_t poll_msec;
static const apr_array_header_t *entries; /**< that the configuration names */
static const char *configured;
static apr_int64_t setup;
static int by_name; /**< of any virtual host */

/* The port that clients know: of the first server with VSOCertEngine on. Two
 * instances on one machine do not share it. */
static unsigned int port_of(const server_rec *main_server)
{
    const server_rec *s;

    for (s = main_server; s; s = s->next) {
        if (vsocert_config_engine(s) && s->addrs && s->addrs->host_port) {
            return s->addrs->host_port;
        }
    }
    return main_server->port;
}

/* The entries that virtual hosts serve, with the names of these. */
static const char *configured_of(const server_rec *main_server,
                                 const apr_array_header_t *names, apr_pool_t *p)
{
    apr_array_header_t *list =
        apr_array_make(p, names->nelts, (int)sizeof(vso_node_entry_t));
    int i;

    for (i = 0; i < names->nelts; i++) {
        vso_node_entry_t *one = apr_array_push(list);

        one->entry = APR_ARRAY_IDX(names, i, const char *);
        one->hosts = vsocert_config_hosts(main_server, one->entry, p);
    }
    return vso_nodes_configured_text(list, p);
}

static const char *default_name(const server_rec *main_server, apr_pool_t *p)
{
    char host[APRMAXHOSTLEN + 1];

    if (apr_gethostname(host, sizeof(host), p) != APR_SUCCESS) {
        apr_cpystrn(host, "localhost", sizeof(host));
    }
    host[VSO_MAX_NODE - sizeof(":65535")] = '\0';
    return apr_psprintf(p, "%s:%u", host, port_of(main_server));
}

apr_status_t vsocert_node_setup(server_rec *main_server, apr_pool_t *pconf)
{
    retained_t *kept = ap_retained_data_get(RETAINED);
    unsigned char random[INSTANCE_LEN];
    apr_status_t rv;
    int i;

    if (!kept) {
        rv = apr_generate_random_bytes(random, sizeof(random));
        if (rv != APR_SUCCESS) {
            return rv;
        }
        kept = ap_retained_data_create(RETAINED, sizeof(*kept));
        for (i = 0; i < INSTANCE_LEN; i++) {
            apr_snprintf(kept->instance + 2 * i, 3, "%02x", random[i]);
        }
    }
    kept->pid = (long)getpid();
    setup = ++kept->setups;
    retained = kept;
    name = vsocert_config_node(main_server);
    if (!name) {
        name = default_name(main_server, pconf);
    }
    poll_msec = apr_time_as_msec(vsocert_config_poll_interval(main_server));
    entries = vsocert_config_entries(main_server, pconf);
    configured = configured_of(main_server, entries, pconf);
    by_name = vsocert_config_any_by_name(main_server);
    return APR_SUCCESS;
}

const char *vsocert_node_name(void)
{
    return name;
}

/* What is served of the entries that the configuration names. */
static const char *served_text(apr_pool_t *p)
{
    apr_array_header_t *served =
        apr_array_make(p, entries->nelts, sizeof(vso_served_entry_t *));
    const char *text;
    int i;

    for (i = 0; i < entries->nelts; i++) {
        vso_served_entry_t *entry =
            vsocert_serving_get(APR_ARRAY_IDX(entries, i, const char *));

        if (entry) {
            APR_ARRAY_PUSH(served, vso_served_entry_t *) = entry;
        }
    }
    text = vso_nodes_served_text(served, p);
    for (i = 0; i < served->nelts; i++) {
        vso_opened_unref(APR_ARRAY_IDX(served, i, vso_served_entry_t *));
    }
    return text;
}

static void describe(vso_node_t *node, const vso_store_t *store, apr_pool_t *p)
{
    vso_replica_head_t head;

    node->node = name;
    node->instance = retained->instance;
    node->pid = retained->pid;
    node->version = VSO_VERSION;
    node->sealed = vso_store_sealed(store) != NULL;
    node->poll_msec = poll_msec;
    vsocert_serving_head(&head, p);
    node->generation = head.generation;
    node->quarantined = head.quarantined;
    node->served = served_text(p);
    node->configured = configured;
    node->by_name = by_name;
    node->entries = head.entries;
}

/** What is to be written about this node. */
typedef enum {
    NOTHING,
    THAT_IT_RUNS,
    ALL /**< what it serves changed, or httpd started, with another
             configuration maybe */
} beat_e;

/* A write that failed is tried again, in full, after the usual time. */
static beat_e due(const vsocert_poll_notes_t *notes, apr_int64_t edition,
                  apr_time_t now)
{
    int over = now < notes->beat_time ||
               now - notes->beat_time >= apr_time_from_sec(VSO_NODE_BEAT_SEC);

    if (!notes->beat_time || notes->beat_setup < setup) {
        return ALL;
    }
    if (notes->beat_setup > setup) {
        /* a child of before, while others have the new configuration */
        return over ? THAT_IT_RUNS : NOTHING;
    }
    if (notes->beat_edition != edition && (over || notes->beat_edition >= 0)) {
        return ALL;
    }
    return over ? THAT_IT_RUNS : NOTHING;
}

apr_status_t vsocert_node_beat(vso_store_t *store, apr_time_t now,
                               vso_result_t *res, apr_pool_t *p)
{
    vsocert_poll_notes_t *notes = vsocert_poll_lease_notes();
    apr_int64_t edition = vsocert_serving_edition();
    beat_e beat = due(notes, edition, now);
    vso_node_t node = {0};
    apr_status_t rv;
    int taken = 0;

    if (beat == NOTHING) {
        return APR_SUCCESS;
    }
    describe(&node, store, p);
    rv = vso_node_beat(store, &node, beat == ALL, &taken, res, p);
    notes->beat_edition = rv == APR_SUCCESS ? edition : -1;
    notes->beat_time = now;
    if (beat == ALL) {
        notes->beat_setup = setup;
    }
    if (taken && beat == THAT_IT_RUNS &&
        vsocert_poll_lease_duty(VSOCERT_DUTY_NAME, now, NAME_INTERVAL)) {
        vso_log(VSO_LOG_WARNING,
                "another httpd is called %s as well: give each node of the "
                "fleet a VSOCertNode of its own",
                name);
    }
    return rv;
}
