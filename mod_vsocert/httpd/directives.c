/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/directives.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <ap_provider.h>
#include <http_log.h>
#include <mod_auth.h>

#include "base/hex.h"
#include "base/limits.h"
#include "httpd/config_values.h"
#include "httpd/module.h"
#include "service/context.h"

#define MIN_POLL        apr_time_from_msec(50)
#define MAX_POLL        apr_time_from_sec(3600)
#define MAX_OPEN        1000000
#define MIN_MAX_BODY    ((apr_off_t)1024)
#define MAX_MAX_BODY    ((apr_off_t)64 * 1024 * 1024)
#define MIN_MAX_PACKAGE ((apr_off_t)64 * 1024)
#define MAX_MAX_PACKAGE ((apr_off_t)VSO_MAX_UNPACKED)

/* The one that seals, and one that it replaces. */
#define MAX_MASTER_KEYS 2

static const char *const sign_names[VSOCERT_SIGN_MODES] = {"off", "on",
                                                           "cms-only"};

static vsocert_server_conf_t *conf_of_cmd(cmd_parms *cmd)
{
    return ap_get_module_config(cmd->server->module_config, &vsocert_module);
}

static const char *set_engine(cmd_parms *cmd, void *dir, int on)
{
    (void)dir;
    conf_of_cmd(cmd)->engine = on;
    return NULL;
}

static const char *set_by_name(cmd_parms *cmd, void *dir, int on)
{
    (void)dir;
    conf_of_cmd(cmd)->by_name = on;
    return NULL;
}

static const char *set_core_dumps(cmd_parms *cmd, void *dir, int on)
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    (void)dir;
    if (!error) {
        conf_of_cmd(cmd)->core_dumps = on;
    }
    return error;
}

static const char *set_confine(cmd_parms *cmd, void *dir, int on)
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    (void)dir;
    if (!error) {
        conf_of_cmd(cmd)->confine = on;
    }
    return error;
}

static const char *set_entry(cmd_parms *cmd, void *dir, const char *arg)
{
    vso_result_t *res = vso_result_create(cmd->pool);

    (void)dir;
    if (vso_context_check_entry(arg, res) != APR_SUCCESS) {
        return apr_pstrcat(cmd->pool, "VSOCertAlias: ", res->detail, NULL);
    }
    conf_of_cmd(cmd)->entry = arg;
    return NULL;
}

static const char *set_master_key(cmd_parms *cmd, void *dir, const char *arg)
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    vsocert_server_conf_t *conf = conf_of_cmd(cmd);
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
        return "VSOCertMasterKey is set more than twice: the first key seals, "
               "both open; remove one";
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

static const char *set_open(cmd_parms *cmd, void *dir, const char *arg)
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    char *end;
    apr_int64_t count;

    (void)dir;
    if (error) {
        return error;
    }
    count = apr_strtoi64(arg, &end, 10);
    if (!*arg || *end || count < 1 || count > MAX_OPEN) {
        return "VSOCertOpen takes how many entries a child keeps opened: 1 to "
               "1000000";
    }
    conf_of_cmd(cmd)->open = (int)count;
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

/* Read with the configuration: root can read files that User cannot, and a
 * mistake is reported as one of the configuration. */
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
    vsocert_dir_conf_t *conf = dir;
    const ap_expr_info_t *expr;
    const char *error = NULL;
    int i;

    for (i = 0; i < VSOCERT_RIGHTS; i++) {
        if (!ap_cstr_casecmp(right, vsocert_right_names[i])) {
            break;
        }
    }
    if (i == VSOCERT_RIGHTS) {
        return "VSOCertAllow takes read, manage, export or sign, then an "
               "expression in quotes";
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
            ((vsocert_dir_conf_t *)dir)->sign = i;
            return NULL;
        }
    }
    return "VSOCertSignPackages takes on, cms-only or off";
}

static const char *set_verify(cmd_parms *cmd, void *dir, int on)
{
    (void)cmd;
    ((vsocert_dir_conf_t *)dir)->verify = on;
    return NULL;
}

static const char *set_digest(cmd_parms *cmd, void *dir, const char *arg)
{
    static const char *const names[] = {"keep", "md5", "sha256", NULL};
    int i;

    (void)cmd;
    for (i = 0; names[i]; i++) {
        if (!ap_cstr_casecmp(arg, names[i])) {
            ((vsocert_dir_conf_t *)dir)->digest = i ? names[i] : "";
            return NULL;
        }
    }
    return "VSOCertPackageDigest takes keep, md5 or sha256";
}

static const char *set_users(cmd_parms *cmd, void *dir, int argc,
                             char *const argv[])
{
    vsocert_users_t *users = apr_pcalloc(cmd->pool, sizeof(*users));
    unsigned char id[16];
    int i;

    users->providers =
        apr_array_make(cmd->pool, argc + 1, sizeof(const char *));
    for (i = 0; i < argc; i++) {
        if (!strcmp(argv[i], VSOCERT_PROVIDER)) {
            return "VSOCertUsers takes the providers that " VSOCERT_PROVIDER
                   " asks, not itself: file, for example";
        }
        if (!ap_lookup_provider(AUTHN_PROVIDER_GROUP, argv[i],
                                AUTHN_PROVIDER_VERSION)) {
            return apr_psprintf(cmd->pool,
                                "VSOCertUsers: there is no provider \"%s\": "
                                "load its module (mod_authn_%s) first",
                                argv[i], argv[i]);
        }
        APR_ARRAY_PUSH(users->providers, const char *) = argv[i];
    }
    if (!argc || apr_generate_random_bytes(id, sizeof(id)) != APR_SUCCESS) {
        return "VSOCertUsers takes the names of one or more providers: file";
    }
    users->id = vso_hex(id, sizeof(id), cmd->pool);
    users->list = apr_psprintf(cmd->pool, "%s:%d", cmd->directive->filename,
                               cmd->directive->line_num);
    ((vsocert_dir_conf_t *)dir)->users = users;
    return NULL;
}

const command_rec vsocert_directives[] = {
    AP_INIT_FLAG("VSOCertEngine", set_engine, NULL, RSRC_CONF,
                 "on: serve this server's TLS from the keystore"),
    AP_INIT_TAKE1("VSOCertAlias", set_entry, NULL, RSRC_CONF,
                  "the entry of the keystore that this server serves"),
    AP_INIT_FLAG("VSOCertByName", set_by_name, NULL, RSRC_CONF,
                 "on: the name that a client sends chooses among all entries"),
    AP_INIT_TAKE1("VSOCertMasterKey", set_master_key, NULL, RSRC_CONF,
                  "file:PATH or exec:PROG: the key that seals private keys"),
    AP_INIT_TAKE1("VSOCertPollInterval", set_poll_interval, NULL, RSRC_CONF,
                  "how often the database is asked for a newer generation"),
    AP_INIT_TAKE1("VSOCertCache", set_cache, NULL, RSRC_CONF,
                  "file with a sealed copy of what is served, or off"),
    AP_INIT_TAKE1("VSOCertOpen", set_open, NULL, RSRC_CONF,
                  "how many entries a child keeps opened in its memory"),
    AP_INIT_RAW_ARGS("VSOCertMessageCmd", set_message_cmd, NULL, RSRC_CONF,
                     "program with arguments that is told what happened"),
    AP_INIT_TAKE1("VSOCertNode", set_node, NULL, RSRC_CONF,
                  "name of this node in the fleet"),
    AP_INIT_TAKE1("VSOCertMaxBody", set_max_body, NULL, RSRC_CONF,
                  "largest request body of the API, in bytes"),
    AP_INIT_TAKE1("VSOCertMaxPackage", set_max_package, NULL, RSRC_CONF,
                  "largest package that is accepted, in bytes"),
    AP_INIT_TAKE1("VSOCertTrustCA", set_trust_ca, NULL, RSRC_CONF,
                  "file with CA certificates whose leaves may sign packages"),
    AP_INIT_FLAG("VSOCertConfine", set_confine, NULL, RSRC_CONF,
                 "off: VSOCertMessageCmd's program may what httpd's User may"),
    AP_INIT_FLAG("VSOCertCoreDumps", set_core_dumps, NULL, RSRC_CONF,
                 "on: children dump core where CoreDumpDirectory is set"),
    AP_INIT_TAKE2(
        "VSOCertAllow", set_allow, NULL, ACCESS_CONF,
        "read, manage, export or sign, and an expression that allows it"),
    AP_INIT_TAKE_ARGV("VSOCertUsers", set_users, NULL, ACCESS_CONF,
                      "the providers that know users and passwords: file"),
    AP_INIT_TAKE1("VSOCertSignPackages", set_sign, NULL, ACCESS_CONF,
                  "on, cms-only or off: sign packages on their way out"),
    AP_INIT_FLAG("VSOCertVerifyPackages", set_verify, NULL, ACCESS_CONF,
                 "on: verify packages on their way in"),
    AP_INIT_TAKE1("VSOCertPackageDigest", set_digest, NULL,
                  RSRC_CONF | ACCESS_CONF,
                  "keep, md5 or sha256: what packages are signed with"),
    {.name = NULL}};
