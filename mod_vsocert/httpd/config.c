/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/config.h"

#include <ap_expr.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>

#include "base/limits.h"
#include "httpd/module.h"
#include "service/context.h"

#define DEFAULT_ALIAS       "server"
#define DEFAULT_POLL        apr_time_from_msec(250)
#define MIN_POLL            apr_time_from_msec(50)
#define MAX_POLL            apr_time_from_sec(3600)
#define DEFAULT_CACHE       VSOCERT_STATE_DIR "/serving.cache"
#define DEFAULT_MAX_BODY    ((apr_off_t)8 * 1024 * 1024)
#define MIN_MAX_BODY        ((apr_off_t)1024)
#define MAX_MAX_BODY        ((apr_off_t)64 * 1024 * 1024)
#define DEFAULT_MAX_PACKAGE ((apr_off_t)256 * 1024 * 1024)
#define MIN_MAX_PACKAGE     ((apr_off_t)64 * 1024)
#define MAX_MAX_PACKAGE     ((apr_off_t)VSO_MAX_UNPACKED)

/* One that seals and one that goes out of use. */
#define MAX_MASTER_KEYS 2

typedef struct {
    int engine;        /**< -1: not set */
    const char *alias; /**< NULL: not set, as for all below */
    apr_array_header_t *master_keys;
    apr_interval_time_t poll_interval; /**< 0: not set */
    const char *cache;                 /**< "" for off */
    const char *node;
    apr_array_header_t *message_cmd; /**< char * */
    apr_off_t max_body;              /**< 0: not set */
    apr_off_t max_package;           /**< 0: not set */
    vso_trust_ca_t *trust_ca;
} server_conf_t;

typedef struct {
    apr_array_header_t *allow[VSOCERT_RIGHTS]; /**< ap_expr_info_t * */
    int sign;                                  /**< vsocert_sign_e; -1: not
                                                    set, as for verify */
    int verify;
    const char *digest; /**< "" for keep; NULL: not
                             set */
} dir_conf_t;

static const char *const right_names[VSOCERT_RIGHTS] = {"manage", "read",
                                                        "export"};

static const char *const sign_names[VSOCERT_SIGN_MODES] = {"off", "on",
                                                           "cms-only"};

static const server_conf_t *conf_of(const server_rec *s)
{
    return ap_get_module_config(s->module_config, &vsocert_module);
}

void *vsocert_config_create_server(apr_pool_t *p, server_rec *s)
{
    server_conf_t *conf = apr_pcalloc(p, sizeof(*conf));

    (void)s;
    conf->engine = -1;
    return conf;
}

void *vsocert_config_merge_server(apr_pool_t *p, void *base, void *add)
{
    const server_conf_t *outer = base;
    const server_conf_t *inner = add;
    server_conf_t *conf = apr_pcalloc(p, sizeof(*conf));

    conf->engine = inner->engine >= 0 ? inner->engine : outer->engine;
    conf->alias = inner->alias ? inner->alias : outer->alias;
    conf->master_keys =
        inner->master_keys ? inner->master_keys : outer->master_keys;
    conf->poll_interval =
        inner->poll_interval ? inner->poll_interval : outer->poll_interval;
    conf->cache = inner->cache ? inner->cache : outer->cache;
    conf->message_cmd =
        inner->message_cmd ? inner->message_cmd : outer->message_cmd;
    conf->node = inner->node ? inner->node : outer->node;
    conf->max_body = inner->max_body ? inner->max_body : outer->max_body;
    conf->max_package =
        inner->max_package ? inner->max_package : outer->max_package;
    conf->trust_ca = inner->trust_ca ? inner->trust_ca : outer->trust_ca;
    return conf;
}

void *vsocert_config_create_dir(apr_pool_t *p, char *dir)
{
    dir_conf_t *conf = apr_pcalloc(p, sizeof(*conf));

    (void)dir;
    conf->sign = conf->verify = -1;
    return conf;
}

void *vsocert_config_merge_dir(apr_pool_t *p, void *base, void *add)
{
    const dir_conf_t *outer = base;
    const dir_conf_t *inner = add;
    dir_conf_t *conf = apr_pcalloc(p, sizeof(*conf));
    int i;

    for (i = 0; i < VSOCERT_RIGHTS; i++) {
        conf->allow[i] = inner->allow[i] ? inner->allow[i] : outer->allow[i];
    }
    conf->sign = inner->sign >= 0 ? inner->sign : outer->sign;
    conf->verify = inner->verify >= 0 ? inner->verify : outer->verify;
    conf->digest = inner->digest ? inner->digest : outer->digest;
    return conf;
}

static server_conf_t *conf_of_cmd(cmd_parms *cmd)
{
    return ap_get_module_config(cmd->server->module_config, &vsocert_module);
}

static const char *set_engine(cmd_parms *cmd, void *dir, int on)
{
    (void)dir;
    conf_of_cmd(cmd)->engine = on;
    return NULL;
}

static const char *set_alias(cmd_parms *cmd, void *dir, const char *arg)
{
    vso_result_t *res = vso_result_create(cmd->pool);

    (void)dir;
    if (vso_alias_check(arg, res) != APR_SUCCESS) {
        return apr_pstrcat(cmd->pool, "VSOCertAlias: ", res->detail, NULL);
    }
    conf_of_cmd(cmd)->alias = arg;
    return NULL;
}

static const char *set_master_key(cmd_parms *cmd, void *dir, const char *arg)
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    server_conf_t *conf = conf_of_cmd(cmd);
    const char *path;

    (void)dir;
    if (error) {
        return error;
    }
    if (!strncmp(arg, "file:", 5) && arg[5]) {
        path = ap_server_root_relative(cmd->pool, arg + 5);
        if (!path) {
            return apr_pstrcat(
                cmd->pool, "VSOCertMasterKey: no valid path: ", arg + 5, NULL);
        }
        arg = apr_pstrcat(cmd->pool, "file:", path, NULL);
    }
    else if (strncmp(arg, "exec:/", 6)) {
        return "VSOCertMasterKey takes file:PATH, or exec:PROG with the "
               "absolute path of a program that prints the key";
    }
    if (!conf->master_keys) {
        conf->master_keys =
            apr_array_make(cmd->pool, MAX_MASTER_KEYS, sizeof(const char *));
    }
    if (conf->master_keys->nelts == MAX_MASTER_KEYS) {
        return "VSOCertMasterKey may stand twice: the first seals, both open; "
               "remove one";
    }
    APR_ARRAY_PUSH(conf->master_keys, const char *) = arg;
    return NULL;
}

static const char *set_poll_interval(cmd_parms *cmd, void *dir, const char *arg)
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    apr_interval_time_t interval;

    (void)dir;
    if (error) {
        return error;
    }
    if (ap_timeout_parameter_parse(arg, &interval, "s") != APR_SUCCESS ||
        interval < MIN_POLL || interval > MAX_POLL) {
        return "VSOCertPollInterval must be a time between 50ms and 1h, with "
               "a unit: 250ms, 2s, 1min";
    }
    conf_of_cmd(cmd)->poll_interval = interval;
    return NULL;
}

static const char *set_cache(cmd_parms *cmd, void *dir, const char *arg)
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    const char *path;

    (void)dir;
    if (error) {
        return error;
    }
    if (!ap_cstr_casecmp(arg, "off")) {
        conf_of_cmd(cmd)->cache = "";
        return NULL;
    }
    path = *arg ? ap_server_root_relative(cmd->pool, arg) : NULL;
    if (!path || path[strlen(path) - 1] == '/') {
        return "VSOCertCache takes the path of a file, or off";
    }
    conf_of_cmd(cmd)->cache = path;
    return NULL;
}

static const char *set_node(cmd_parms *cmd, void *dir, const char *arg)
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    apr_size_t len = strlen(arg);
    apr_size_t i;

    (void)dir;
    if (error) {
        return error;
    }
    for (i = 0; i < len && (apr_isalnum(arg[i]) || strchr("._:-", arg[i]));
         i++) {
    }
    if (!len || len > VSO_MAX_NODE || i < len) {
        return "VSOCertNode takes 1 to 100 letters, digits, dots, colons, "
               "underscores and hyphens";
    }
    conf_of_cmd(cmd)->node = arg;
    return NULL;
}

static const char *set_message_cmd(cmd_parms *cmd, void *dir, const char *line)
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    apr_array_header_t *words =
        apr_array_make(cmd->pool, 4, sizeof(const char *));

    (void)dir;
    if (error) {
        return error;
    }
    while (*line) {
        APR_ARRAY_PUSH(words, char *) = ap_getword_conf(cmd->pool, &line);
    }
    if (!words->nelts || *APR_ARRAY_IDX(words, 0, const char *) != '/') {
        return "VSOCertMessageCmd takes the absolute path of a program, and "
               "arguments for it";
    }
    conf_of_cmd(cmd)->message_cmd = words;
    return NULL;
}

/** A number of bytes. @return NULL, or what is wrong */
static const char *read_bytes(cmd_parms *cmd, const char *arg, apr_off_t min,
                              apr_off_t max, apr_off_t *pbytes)
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    apr_off_t bytes;
    char *end;

    if (error) {
        return error;
    }
    if (apr_strtoff(&bytes, arg, &end, 10) != APR_SUCCESS || *end ||
        bytes < min || bytes > max) {
        return apr_psprintf(cmd->pool,
                            "%s must be a number of bytes between "
                            "%" APR_OFF_T_FMT " and %" APR_OFF_T_FMT,
                            cmd->cmd->name, min, max);
    }
    *pbytes = bytes;
    return NULL;
}

static const char *set_max_body(cmd_parms *cmd, void *dir, const char *arg)
{
    (void)dir;
    return read_bytes(cmd, arg, MIN_MAX_BODY, MAX_MAX_BODY,
                      &conf_of_cmd(cmd)->max_body);
}

static const char *set_max_package(cmd_parms *cmd, void *dir, const char *arg)
{
    (void)dir;
    return read_bytes(cmd, arg, MIN_MAX_PACKAGE, MAX_MAX_PACKAGE,
                      &conf_of_cmd(cmd)->max_package);
}

/* Read here, while httpd still may read what its User may not; and so that a
 * mistake is one of the configuration. */
static const char *set_trust_ca(cmd_parms *cmd, void *dir, const char *arg)
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    const char *path = ap_server_root_relative(cmd->pool, arg);
    vso_result_t *res = vso_result_create(cmd->pool);
    int i;

    (void)dir;
    if (error) {
        return error;
    }
    if (!path || !*arg) {
        return "VSOCertTrustCA takes the path of a PEM file with "
               "certificates of certification authorities";
    }
    if (vso_trust_ca_load(path, &conf_of_cmd(cmd)->trust_ca, res, cmd->pool) !=
        APR_SUCCESS) {
        return apr_psprintf(cmd->pool, "VSOCertTrustCA %s: %s", path,
                            res->detail);
    }
    for (i = 0; i < res->warnings->nelts; i++) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, cmd->server,
                     "VSOCertTrustCA %s: %s It is not used.", path,
                     APR_ARRAY_IDX(res->warnings, i, vso_warning_t).detail);
    }
    return NULL;
}

static const char *set_allow(cmd_parms *cmd, void *dir, const char *right,
                             const char *text)
{
    dir_conf_t *conf = dir;
    const ap_expr_info_t *expr;
    const char *error = NULL;
    int i;

    for (i = 0; i < VSOCERT_RIGHTS; i++) {
        if (!ap_cstr_casecmp(right, right_names[i])) {
            break;
        }
    }
    if (i == VSOCERT_RIGHTS) {
        return "VSOCertAllow takes manage, read or export, then an expression "
               "in quotes";
    }
    expr = ap_expr_parse_cmd(cmd, text, 0, &error, NULL);
    if (error) {
        return apr_psprintf(
            cmd->pool, "VSOCertAllow: cannot parse the expression: %s", error);
    }
    if (!conf->allow[i]) {
        conf->allow[i] = apr_array_make(cmd->pool, 2, sizeof(expr));
    }
    APR_ARRAY_PUSH(conf->allow[i], const ap_expr_info_t *) = expr;
    return NULL;
}

static const char *set_sign(cmd_parms *cmd, void *dir, const char *arg)
{
    int i;

    (void)cmd;
    for (i = 0; i < VSOCERT_SIGN_MODES; i++) {
        if (!ap_cstr_casecmp(arg, sign_names[i])) {
            ((dir_conf_t *)dir)->sign = i;
            return NULL;
        }
    }
    return "VSOCertSignPackages takes on, cms-only or off";
}

static const char *set_verify(cmd_parms *cmd, void *dir, int on)
{
    (void)cmd;
    ((dir_conf_t *)dir)->verify = on;
    return NULL;
}

static const char *set_digest(cmd_parms *cmd, void *dir, const char *arg)
{
    static const char *const names[] = {"keep", "md5", "sha256", NULL};
    int i;

    (void)cmd;
    for (i = 0; names[i]; i++) {
        if (!ap_cstr_casecmp(arg, names[i])) {
            ((dir_conf_t *)dir)->digest = i ? names[i] : "";
            return NULL;
        }
    }
    return "VSOCertPackageDigest takes keep, md5 or sha256";
}

const command_rec vsocert_config_commands[] = {
    AP_INIT_FLAG("VSOCertEngine", set_engine, NULL, RSRC_CONF,
                 "on: serve this server's TLS from the keystore"),
    AP_INIT_TAKE1("VSOCertAlias", set_alias, NULL, RSRC_CONF,
                  "the entry of the keystore that this server serves"),
    AP_INIT_TAKE1("VSOCertMasterKey", set_master_key, NULL, RSRC_CONF,
                  "file:PATH or exec:PROG: the key that seals private keys"),
    AP_INIT_TAKE1("VSOCertPollInterval", set_poll_interval, NULL, RSRC_CONF,
                  "how often the database is asked for a newer generation"),
    AP_INIT_TAKE1("VSOCertCache", set_cache, NULL, RSRC_CONF,
                  "file with a sealed copy of what is served, or off"),
    AP_INIT_RAW_ARGS("VSOCertMessageCmd", set_message_cmd, NULL, RSRC_CONF,
                     "program and arguments: is told what happened"),
    AP_INIT_TAKE1("VSOCertNode", set_node, NULL, RSRC_CONF,
                  "name of this node in the fleet"),
    AP_INIT_TAKE1("VSOCertMaxBody", set_max_body, NULL, RSRC_CONF,
                  "largest request body of the API, in bytes"),
    AP_INIT_TAKE1("VSOCertMaxPackage", set_max_package, NULL, RSRC_CONF,
                  "largest package that is taken in, in bytes"),
    AP_INIT_TAKE1("VSOCertTrustCA", set_trust_ca, NULL, RSRC_CONF,
                  "file with CA certificates whose leaves may sign packages"),
    AP_INIT_TAKE2("VSOCertAllow", set_allow, NULL, ACCESS_CONF,
                  "manage, read or export, and an expression that allows it"),
    AP_INIT_TAKE1("VSOCertSignPackages", set_sign, NULL, ACCESS_CONF,
                  "on, cms-only or off: sign packages on their way out"),
    AP_INIT_FLAG("VSOCertVerifyPackages", set_verify, NULL, ACCESS_CONF,
                 "on: verify packages on their way in"),
    AP_INIT_TAKE1("VSOCertPackageDigest", set_digest, NULL,
                  RSRC_CONF | ACCESS_CONF,
                  "keep, md5 or sha256: what packages are signed with"),
    {.name = NULL}};

int vsocert_config_engine(const server_rec *s)
{
    return conf_of(s)->engine > 0;
}

const char *vsocert_config_alias(const server_rec *s)
{
    const server_conf_t *conf = conf_of(s);

    return conf->alias ? conf->alias : DEFAULT_ALIAS;
}

apr_off_t vsocert_config_max_body(const server_rec *s)
{
    const server_conf_t *conf = conf_of(s);

    return conf->max_body ? conf->max_body : DEFAULT_MAX_BODY;
}

apr_off_t vsocert_config_max_package(const server_rec *s)
{
    const server_conf_t *conf = conf_of(s);

    return conf->max_package ? conf->max_package : DEFAULT_MAX_PACKAGE;
}

const vso_trust_ca_t *vsocert_config_trust_ca(const server_rec *s)
{
    return conf_of(s)->trust_ca;
}

apr_interval_time_t vsocert_config_poll_interval(const server_rec *s)
{
    const server_conf_t *conf = conf_of(s);

    return conf->poll_interval ? conf->poll_interval : DEFAULT_POLL;
}

const char *vsocert_config_cache(const server_rec *s)
{
    const server_conf_t *conf = conf_of(s);
    const char *path = conf->cache ? conf->cache : DEFAULT_CACHE;

    return *path ? path : NULL;
}

const apr_array_header_t *vsocert_config_message_cmd(const server_rec *s)
{
    return conf_of(s)->message_cmd;
}

const char *vsocert_config_node(const server_rec *s)
{
    return conf_of(s)->node;
}

const apr_array_header_t *vsocert_config_master_keys(const server_rec *s)
{
    return conf_of(s)->master_keys;
}

apr_array_header_t *vsocert_config_hosts(const server_rec *main_server,
                                         const char *alias, apr_pool_t *p)
{
    apr_array_header_t *hosts = apr_array_make(p, 4, sizeof(const char *));
    const server_rec *s;

    for (s = main_server; s; s = s->next) {
        const char *name = s->server_hostname;

        if (vsocert_config_engine(s) && name &&
            !strcmp(vsocert_config_alias(s), alias) &&
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
                          right_names[right], error);
        }
    }
    return 0;
}

static const dir_conf_t *dir_conf_of(const request_rec *r)
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
    const dir_conf_t *conf = dir_conf_of(r);

    return conf->allow[right] ? any_true(r, right, conf->allow[right])
                              : r->user != NULL;
}

int vsocert_config_allowed(request_rec *r, vsocert_right_e right)
{
    return r->user && vsocert_config_admitted(r, right);
}
