/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the directives (VSOCert...) mean to the rest of the glue, and what they
 * default to.
 */
#ifndef VSOCERT_CONFIG_H
#define VSOCERT_CONFIG_H

#include <httpd.h>
#include <http_config.h>

#include "httpd/config_values.h"

/** 1 where VSOCertEngine is on for this server. */
int vsocert_config_engine(const server_rec *s);

/** VSOCertAlias of this server: the entry it serves. */
const char *vsocert_config_entry(const server_rec *s);

/** 1 where VSOCertByName is on: the name that a client sends chooses among all
 * entries, before VSOCertAlias. */
int vsocert_config_by_name(const server_rec *s);

/** 1 where any virtual host serves by name. */
int vsocert_config_any_by_name(const server_rec *main_server);

/** 1 where two servers serve the same: one entry, or both by name. mod_ssl then
 * is to take them as compatible. */
int vsocert_config_alike(const server_rec *a, const server_rec *b);

/** VSOCertMaxBody in bytes. */
apr_off_t vsocert_config_max_body(const server_rec *s);

/** VSOCertMaxPackage in bytes. */
apr_off_t vsocert_config_max_package(const server_rec *s);

/** VSOCertTrustCA, read with the configuration; NULL: not set. */
const vso_trust_ca_t *vsocert_config_trust_ca(const server_rec *s);

/** VSOCertPollInterval. */
apr_interval_time_t vsocert_config_poll_interval(const server_rec *s);

/** VSOCertMessageCmd: char *, the program and its arguments; NULL: not set. */
const apr_array_header_t *vsocert_config_message_cmd(const server_rec *s);

/** 1 where VSOCertCoreDumps is on. */
int vsocert_config_core_dumps(const server_rec *s);

/** 1 unless VSOCertConfine is off. */
int vsocert_config_confine(const server_rec *s);

/** VSOCertNode; NULL: not set. */
const char *vsocert_config_node(const server_rec *s);

/** VSOCertCache: an absolute path; NULL for off. */
const char *vsocert_config_cache(const server_rec *s);

/** VSOCertOpen: entries that a child keeps opened. */
int vsocert_config_open(const server_rec *s);

/** VSOCertMasterKey: const char *, "file:PATH" or "exec:PROG"; the first
 * seals. NULL where there is none. */
const apr_array_header_t *vsocert_config_master_keys(const server_rec *s);

/** VSOCertSignPackages of this request's location. */
vsocert_sign_e vsocert_config_sign(const request_rec *r);

/** VSOCertPackageDigest of this request's location: the digest that packages
 * are signed with, "md5" or "sha256"; NULL: the one that they came with. */
const char *vsocert_config_digest(const request_rec *r);

/** VSOCertVerifyPackages of this request's location. */
int vsocert_config_verify(const request_rec *r);

/** VSOCertUsers of this request's location; NULL: not set. */
const vsocert_users_t *vsocert_config_users(const request_rec *r);

/** SetHandler of this location; "": none. httpd copies it to r->handler only
 * after authentication. */
const char *vsocert_config_handler(request_rec *r);

/** The entries that servers with VSOCertEngine name: const char *, without
 * duplicates. */
apr_array_header_t *vsocert_config_entries(const server_rec *main_server,
                                           apr_pool_t *p);

/**
 * ServerName of every server that serves an entry, for the name-mismatch
 * warning and for the bootstrap certificate.
 * @return const char *, without duplicates; maybe empty
 */
apr_array_header_t *vsocert_config_hosts(const server_rec *main_server,
                                         const char *entry, apr_pool_t *p);

/**
 * May the user of this request do it? Any VSOCertAllow of this location that is
 * true allows it. Without a VSOCertAllow for this right nobody may; but every
 * authenticated user may read.
 * @return 1 or 0; 0 without a user, and when an expression fails (logged)
 */
int vsocert_config_allowed(request_rec *r, vsocert_right_e right);

/** The same for a location that needs no user: a VSOCertAllow of its own can
 * admit a request without one. Without one to read a user is needed. */
int vsocert_config_admitted(request_rec *r, vsocert_right_e right);

#endif
