/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Columns of stored packages and elements that hold more than one thing, as
 * text and back. All but needs are one JSON object.
 */
#ifndef VSO_SERVICE_COLUMNS_H
#define VSO_SERVICE_COLUMNS_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

#include "base/result.h"

/** 1 when text is one of texts (const char *). */
int vso_text_listed(const apr_array_header_t *texts, const char *text);

/** 1 for the name of an encrypted file: it ends in VSO_PACKAGE_SEALED. */
int vso_name_sealed(const char *name);

/** needs: fingerprints of keys that open an element: " a b "; "" for none. */
const char *vso_needs_text(const apr_array_header_t *prints, apr_pool_t *p);
apr_array_header_t *vso_needs_parse(const char *needs, apr_pool_t *p);

/** Those of `a` that are in `b` too. */
apr_array_header_t *vso_needs_common(const apr_array_header_t *a,
                                     const apr_array_header_t *b,
                                     apr_pool_t *p);

/** tags: const char *. "" reads as none. */
const char *vso_tags_text(const apr_array_header_t *tags, apr_pool_t *p);
apr_status_t vso_tags_parse(const char *column, apr_array_header_t **ptags,
                            vso_result_t *res, apr_pool_t *p);

/** meta: all of dunes-meta-inf, in its order. */
const char *vso_meta_text(const apr_table_t *meta, apr_pool_t *p);
apr_status_t vso_meta_parse(const char *column, apr_table_t **pmeta,
                            vso_result_t *res, apr_pool_t *p);

/** One file within the content of a stored element. */
typedef struct {
    const char *name; /**< below the element's folder: "data", "tags.p7m" */
    apr_int64_t offset;
    apr_int64_t size;
    const char *sha256;
} vso_stored_file_t;

/** files: vso_stored_file_t *. */
const char *vso_files_text(const apr_array_header_t *files, apr_pool_t *p);
apr_status_t vso_files_parse(const char *column, apr_array_header_t **pfiles,
                             vso_result_t *res, apr_pool_t *p);

/** By name; NULL where there is none. */
const vso_stored_file_t *vso_files_find(const apr_array_header_t *files,
                                        const char *name);

/** certificates: of the author, with the paths that they came under:
 * vso_package_cert_t *. */
const char *vso_certs_text(const apr_array_header_t *certs, apr_pool_t *p);
apr_status_t vso_certs_parse(const char *column, apr_array_header_t **pcerts,
                             vso_result_t *res, apr_pool_t *p);

#endif
