/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/config_values.h"

const char *const vsocert_right_names[VSOCERT_RIGHTS] = {
    [VSOCERT_READ] = "read",
    [VSOCERT_MANAGE] = "manage",
    [VSOCERT_EXPORT] = "export",
    [VSOCERT_SIGN] = "sign"};

void *vsocert_config_values_create_server(apr_pool_t *p, server_rec *s)
{
    vsocert_server_conf_t *conf = apr_pcalloc(p, sizeof(*conf));

    (void)s;
    conf->engine = conf->by_name = conf->core_dumps = conf->confine = -1;
    return conf;
}

void *vsocert_config_values_merge_server(apr_pool_t *p, void *base, void *add)
{
    const vsocert_server_conf_t *outer = base;
    const vsocert_server_conf_t *inner = add;
    vsocert_server_conf_t *conf = apr_pcalloc(p, sizeof(*conf));

    conf->engine = inner->engine >= 0 ? inner->engine : outer->engine;
    conf->entry = inner->entry ? inner->entry : outer->entry;
    conf->master_keys =
        inner->master_keys ? inner->master_keys : outer->master_keys;
    conf->poll_interval =
        inner->poll_interval ? inner->poll_interval : outer->poll_interval;
    conf->cache = inner->cache ? inner->cache : outer->cache;
    conf->open = inner->open ? inner->open : outer->open;
    conf->by_name = inner->by_name >= 0 ? inner->by_name : outer->by_name;
    conf->message_cmd =
        inner->message_cmd ? inner->message_cmd : outer->message_cmd;
    conf->node = inner->node ? inner->node : outer->node;
    conf->max_body = inner->max_body ? inner->max_body : outer->max_body;
    conf->max_package =
        inner->max_package ? inner->max_package : outer->max_package;
    conf->trust_ca = inner->trust_ca ? inner->trust_ca : outer->trust_ca;
    conf->core_dumps =
        inner->core_dumps >= 0 ? inner->core_dumps : outer->core_dumps;
    conf->confine = inner->confine >= 0 ? inner->confine : outer->confine;
    return conf;
}

void *vsocert_config_values_create_dir(apr_pool_t *p, char *dir)
{
    vsocert_dir_conf_t *conf = apr_pcalloc(p, sizeof(*conf));

    (void)dir;
    conf->sign = conf->verify = -1;
    return conf;
}

void *vsocert_config_values_merge_dir(apr_pool_t *p, void *base, void *add)
{
    const vsocert_dir_conf_t *outer = base;
    const vsocert_dir_conf_t *inner = add;
    vsocert_dir_conf_t *conf = apr_pcalloc(p, sizeof(*conf));
    int i;

    for (i = 0; i < VSOCERT_RIGHTS; i++) {
        conf->allow[i] = inner->allow[i] ? inner->allow[i] : outer->allow[i];
    }
    conf->sign = inner->sign >= 0 ? inner->sign : outer->sign;
    conf->verify = inner->verify >= 0 ? inner->verify : outer->verify;
    conf->digest = inner->digest ? inner->digest : outer->digest;
    conf->users = inner->users ? inner->users : outer->users;
    return conf;
}
