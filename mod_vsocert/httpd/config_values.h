/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What directives set, as it is kept for each server and location. The rest of
 * the glue asks config.h.
 */
#ifndef VSOCERT_CONFIG_VALUES_H
#define VSOCERT_CONFIG_VALUES_H

#include <httpd.h>
#include <ap_expr.h>
#include <http_config.h>

#include "x509/trust.h"

/** VSOCertSignPackages. */
typedef enum {
    VSOCERT_SIGN_OFF,
    VSOCERT_SIGN_ON,  /**< the earlier signer's signatures are replaced */
    VSOCERT_SIGN_CMS, /**< they stay, and our CMS signature is added */
    VSOCERT_SIGN_MODES
} vsocert_sign_e;

/** What VSOCertAllow decides about. */
typedef enum {
    VSOCERT_READ,   /**< calls that change nothing and hand out no secret */
    VSOCERT_MANAGE, /**< calls that change something */
    VSOCERT_EXPORT, /**< private keys, and what came encrypted in the clear */
    VSOCERT_SIGN,   /**< exports of packages, which a certificate signs */
    VSOCERT_RIGHTS  /**< how many there are */
} vsocert_right_e;

/** The module's own authn provider, for AuthBasicProvider and
 * AuthFormProvider. */
#define VSOCERT_PROVIDER "vsocert"

/** VSOCertUsers: who is asked about users and passwords. */
typedef struct {
    const char *list; /**< tells lists of users apart: where the directive
                           stands */
    const char *id;   /**< the same, of this reading of the configuration */
    apr_array_header_t *providers; /**< const char *, names of authn providers;
                                        each is there */
} vsocert_users_t;

/** Of a server. */
typedef struct {
    int engine;        /**< -1: not set */
    const char *entry; /**< NULL: not set, as for all below */
    apr_array_header_t *master_keys;
    apr_interval_time_t poll_interval; /**< 0: not set */
    const char *cache;                 /**< "" for off */
    int open;                          /**< 0: not set */
    const char *node;
    apr_array_header_t *message_cmd; /**< char * */
    apr_off_t max_body;              /**< 0: not set */
    apr_off_t max_package;           /**< 0: not set */
    vso_trust_ca_t *trust_ca;
    int by_name; /**< -1: not set, as for all below */
    int core_dumps;
    int confine;
} vsocert_server_conf_t;

/** Of a location or folder. */
typedef struct {
    apr_array_header_t *allow[VSOCERT_RIGHTS]; /**< ap_expr_info_t * */
    int sign;                                  /**< vsocert_sign_e; -1: not
                                                    set, as for verify */
    int verify;
    const char *digest;           /**< "" for keep; NULL: not
                                       set */
    const vsocert_users_t *users; /**< NULL: not set */
} vsocert_dir_conf_t;

/** As VSOCertAllow takes them. */
extern const char *const vsocert_right_names[VSOCERT_RIGHTS];

/** For the module record. */
void *vsocert_config_values_create_server(apr_pool_t *p, server_rec *s);
void *vsocert_config_values_merge_server(apr_pool_t *p, void *base, void *add);
void *vsocert_config_values_create_dir(apr_pool_t *p, char *dir);
void *vsocert_config_values_merge_dir(apr_pool_t *p, void *base, void *add);

#endif
