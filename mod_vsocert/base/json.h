/* SPDX-License-Identifier: Apache-2.0 */
/**
 * JSON in and out (RFC 8259). The only file that calls jansson. A tree is
 * bound to the pool of its root; every other node is borrowed from there.
 *
 * Readers report the member by name and refuse what was not asked for:
 * duplicates, unknown members, other types, texts over their limit, deep
 * nesting, trailing bytes.
 */
#ifndef VSO_JSON_H
#define VSO_JSON_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"
#include "base/secret.h"

/** A node: jansson's own, so that no second tree is kept. */
typedef struct json_t vso_json_t;

/**
 * Before a text that anybody can send is parsed: what it would take.
 * @param res  TOO_LARGE over VSO_MAX_JSON_VALUES; MALFORMED: nested deeper than
 *             VSO_MAX_JSON_DEPTH
 */
apr_status_t vso_json_check_size(const char *text, apr_size_t len,
                                 vso_result_t *res);

/**
 * Parse one object.
 * @param text  UTF-8, need not end in NUL
 * @param len   bytes in text; the caller has checked its own limit
 * @param proot set on success only; lives as long as p
 * @param res   MALFORMED with line and column
 */
apr_status_t vso_json_parse(const char *text, apr_size_t len,
                            vso_json_t **proot, vso_result_t *res,
                            apr_pool_t *p);

/** Refuse members of obj that are not in names (ends in NULL): MALFORMED. */
apr_status_t vso_json_only(const vso_json_t *obj, const char *const *names,
                           vso_result_t *res);

/**
 * Read a text. An absent member or null leaves *pvalue as it is, so that
 * the caller's default stands.
 * @param max_bytes  longest text accepted
 * @param pvalue     copied into p; holds no NUL byte inside
 */
apr_status_t vso_json_get_string(const vso_json_t *obj, const char *name,
                                 apr_size_t max_bytes, const char **pvalue,
                                 vso_result_t *res, apr_pool_t *p);

/** Read a text that is a secret; jansson's copy is wiped. Else as above. A
 * NUL inside is refused. */
apr_status_t vso_json_get_secret(vso_json_t *obj, const char *name,
                                 apr_size_t max_bytes, vso_secret_t **pvalue,
                                 vso_result_t *res, apr_pool_t *p);

/** Read a boolean; absent leaves *pvalue as it is. */
apr_status_t vso_json_get_bool(const vso_json_t *obj, const char *name,
                               int *pvalue, vso_result_t *res);

/** Read an integer in [min, max]; absent leaves *pvalue as it is. */
apr_status_t vso_json_get_int(const vso_json_t *obj, const char *name,
                              apr_int64_t min, apr_int64_t max,
                              apr_int64_t *pvalue, vso_result_t *res);

/** Read an array of texts into an array of const char *. */
apr_status_t vso_json_get_strings(const vso_json_t *obj, const char *name,
                                  int max_items, apr_size_t max_bytes,
                                  apr_array_header_t **pvalue,
                                  vso_result_t *res, apr_pool_t *p);

/** Read an object; absent leaves *pvalue as it is. */
apr_status_t vso_json_get_object(const vso_json_t *obj, const char *name,
                                 vso_json_t **pvalue, vso_result_t *res);

/** Read an array; absent leaves *pvalue as it is. */
apr_status_t vso_json_get_array(const vso_json_t *obj, const char *name,
                                vso_json_t **pvalue, vso_result_t *res);

/** Names of an object's members in their order: const char *. */
apr_array_header_t *vso_json_names(const vso_json_t *obj, apr_pool_t *p);

/** Items of an array, 0 for NULL. */
apr_size_t vso_json_length(const vso_json_t *array);

/** Item i of an array, NULL behind its end. */
vso_json_t *vso_json_item(const vso_json_t *array, apr_size_t i);

/** A new object that lives as long as p. */
vso_json_t *vso_json_object(apr_pool_t *p);

/** A new object or array as member `name` of obj. */
vso_json_t *vso_json_add_object(vso_json_t *obj, const char *name);
vso_json_t *vso_json_add_array(vso_json_t *obj, const char *name);

/** Set a member. A NULL text becomes null. Bytes that are no UTF-8 are
 * replaced by U+FFFD, so that a hostile subject cannot break the answer. */
void vso_json_set_string(vso_json_t *obj, const char *name, const char *value);
void vso_json_set_int(vso_json_t *obj, const char *name, apr_int64_t value);
void vso_json_set_bool(vso_json_t *obj, const char *name, int value);
void vso_json_set_null(vso_json_t *obj, const char *name);

/** Set a time as RFC 3339 in UTC; 0 becomes null. */
void vso_json_set_time(vso_json_t *obj, const char *name, apr_int64_t sec);

/** Append to an array. */
vso_json_t *vso_json_push_object(vso_json_t *array);
void vso_json_push_string(vso_json_t *array, const char *value);

/** Set a member to an array of texts (const char *). */
void vso_json_set_strings(vso_json_t *obj, const char *name,
                          const apr_array_header_t *values);

/** Set "warnings" of obj from an array of vso_warning_t: slug, detail, and,
 * where things are counted, count. */
void vso_json_set_warnings(vso_json_t *obj, const apr_array_header_t *warnings);

/** The tree as compact text with members in the order they were set. */
const char *vso_json_text(const vso_json_t *root, apr_pool_t *p);

/** Bytes of that text. */
apr_size_t vso_json_len(const vso_json_t *root);

/** Takes the next bytes of a text; not 0 ends the writing. */
typedef int vso_json_write_fn(const char *text, size_t len, void *baton);

/** Hand out that text piece by piece. @return 0; or not, where fn ended it */
int vso_json_write(const vso_json_t *root, vso_json_write_fn *fn, void *baton);

/** 1 when there is a member of that name, null included. */
int vso_json_has(const vso_json_t *obj, const char *name);

#endif
