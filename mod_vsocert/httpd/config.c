/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/config.h"

#include <apr_hash.h>
#include <http_core.h>
#include <http_log.h>

#include "httpd/module.h"

#define DEFAULT_ENTRY       "server"
#define DEFAULT_POLL        apr_time_from_msec(250)
#define DEFAULT_CACHE       VSOCERT_STATE_DIR "/serving-2.mdb"
#define DEFAULT_OPEN        1000
#define DEFAULT_MAX_BODY    ((apr_off_t)8 * 1024 * 1024)
#define DEFAULT_MAX_PACKAGE ((apr_off_t)256 * 1024 * 1024)

static const vsocert_server_conf_t *conf_of(const server_rec *s)
{
    return ap_get_module_config(s->module_config, &vsocert_module);
}

int vsocert_config_engine(const server_rec *s)
{
    return conf_of(s)->engine > 0;
}

const char *vsocert_config_entry(const server_rec *s)
{
    const vsocert_server_conf_t *conf = conf_of(s);

    return conf->entry ? conf->entry : DEFAULT_ENTRY;
}

int vsocert_config_by_name(const server_rec *s)
{
    return conf_of(s)->by_name > 0;
}

int vsocert_config_any_by_name(const server_rec *main_server)
{
    const server_rec *s;

    for (s = main_server; s; s = s->next) {
        if (vsocert_config_engine(s) && vsocert_config_by_name(s)) {
            return 1;
        }
    }
    return 0;
}

int vsocert_config_alike(const server_rec *a, const server_rec *b)
{
    return vsocert_config_by_name(a) == vsocert_config_by_name(b) &&
           (vsocert_config_by_name(a) ||
            !strcmp(vsocert_config_entry(a), vsocert_config_entry(b)));
}

int vsocert_config_open(const server_rec *s)
{
    const vsocert_server_conf_t *conf = conf_of(s);

    return conf->open ? conf->open : DEFAULT_OPEN;
}

apr_off_t vsocert_config_max_body(const server_rec *s)
{
    const vsocert_server_conf_t *conf = conf_of(s);

    return conf->max_body ? conf->max_body : DEFAULT_MAX_BODY;
}

apr_off_t vsocert_config_max_package(const server_rec *s)
{
    const vsocert_server_conf_t *conf = conf_of(s);

    return conf->max_package ? conf->max_package : DEFAULT_MAX_PACKAGE;
}

const vso_trust_ca_t *vsocert_config_trust_ca(const server_rec *s)
{
    return conf_of(s)->trust_ca;
}

apr_interval_time_t vsocert_config_poll_interval(const server_rec *s)
{
    const vsocert_server_conf_t *conf = conf_of(s);

    return conf->poll_interval ? conf->poll_interval : DEFAULT_POLL;
}

const char *vsocert_config_cache(const server_rec *s)
{
    const vsocert_server_conf_t *conf = conf_of(s);
    const char *path = conf->cache ? conf->cache : DEFAULT_CACHE;

    return *path ? path : NULL;
}

const apr_array_header_t *vsocert_config_message_cmd(const server_rec *s)
{
    return conf_of(s)->message_cmd;
}

int vsocert_config_core_dumps(const server_rec *s)
{
    return conf_of(s)->core_dumps > 0;
}

int vsocert_config_confine(const server_rec *s)
{
    return conf_of(s)->confine != 0;
}

const char *vsocert_config_node(const server_rec *s)
{
    return conf_of(s)->node;
}

const apr_array_header_t *vsocert_config_master_keys(const server_rec *s)
{
    return conf_of(s)->master_keys;
}

apr_array_header_t *vsocert_config_entries(const server_rec *main_server,
                                           apr_pool_t *p)
{
    apr_array_header_t *entries = apr_array_make(p, 4, sizeof(const char *));
    apr_hash_t *seen = apr_hash_make(p);
    const server_rec *s;

    for (s = main_server; s; s = s->next) {
        const char *entry = vsocert_config_entry(s);

        if (vsocert_config_engine(s) &&
            !apr_hash_get(seen, entry, APR_HASH_KEY_STRING)) {
            apr_hash_set(seen, entry, APR_HASH_KEY_STRING, entry);
            APR_ARRAY_PUSH(entries, const char *) = entry;
        }
    }
    return entries;
}

apr_array_header_t *vsocert_config_hosts(const server_rec *main_server,
                                         const char *entry, apr_pool_t *p)
{
    apr_array_header_t *hosts = apr_array_make(p, 4, sizeof(const char *));
    const server_rec *s;

    for (s = main_server; s; s = s->next) {
        const char *name = s->server_hostname;

        if (vsocert_config_engine(s) && name &&
            !strcmp(vsocert_config_entry(s), entry) &&
            !ap_array_str_contains(hosts, name)) {
            APR_ARRAY_PUSH(hosts, const char *) = name;
        }
    }
    return hosts;
}

static int any_true(request_rec *r, vsocert_right_e right,
                    const apr_array_header_t *rules)
{
    const char *error = NULL;
    int i;

    for (i = 0; i < rules->nelts; i++) {
        int verdict = ap_expr_exec(
            r, APR_ARRAY_IDX(rules, i, const ap_expr_info_t *), &error);

        if (verdict > 0) {
            return 1;
        }
        if (verdict < 0) {
            ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                          "vsocert: VSOCertAllow %s: the expression fails: %s",
                          vsocert_right_names[right], error);
        }
    }
    return 0;
}

static const vsocert_dir_conf_t *dir_conf_of(const request_rec *r)
{
    return ap_get_module_config(r->per_dir_config, &vsocert_module);
}

vsocert_sign_e vsocert_config_sign(const request_rec *r)
{
    int sign = dir_conf_of(r)->sign;

    return sign > 0 ? (vsocert_sign_e)sign : VSOCERT_SIGN_OFF;
}

int vsocert_config_verify(const request_rec *r)
{
    return dir_conf_of(r)->verify > 0;
}

const vsocert_users_t *vsocert_config_users(const request_rec *r)
{
    return dir_conf_of(r)->users;
}

const char *vsocert_config_digest(const request_rec *r)
{
    const char *digest = dir_conf_of(r)->digest;

    return digest && *digest ? digest : NULL;
}

const char *vsocert_config_handler(request_rec *r)
{
    const core_dir_config *conf = ap_get_core_module_config(r->per_dir_config);
    const char *error = NULL;
    const char *handler = NULL;

    if (conf->expr_handler) {
        handler = ap_expr_str_exec(r, conf->expr_handler, &error);
    }
    return handler ? handler : conf->handler ? conf->handler : "";
}

int vsocert_config_admitted(request_rec *r, vsocert_right_e right)
{
    const vsocert_dir_conf_t *conf = dir_conf_of(r);

    return conf->allow[right] ? any_true(r, right, conf->allow[right])
                              : right == VSOCERT_READ && r->user != NULL;
}

int vsocert_config_allowed(request_rec *r, vsocert_right_e right)
{
    return r->user && vsocert_config_admitted(r, right);
}
