/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Stored packages: vmo_package, vmo_package_element, vmo_package_member.
 *
 * As in Orchestrator, an element is stored once, under its own id, in the
 * version that was imported last; packages name the elements that they hold.
 * The files of an element are one content (content.h), one behind the other;
 * the column files says which bytes are which.
 */
#ifndef VSO_PACKAGES_H
#define VSO_PACKAGES_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/result.h"
#include "store/change.h"
#include "store/row_proof.h"

/** One package. Texts are "" where absent. */
typedef struct {
    apr_int64_t id;
    const char *name;       /**< unique */
    const char *package_id; /**< pkg-id */
    const char *description;
    const char *meta;   /**< all of dunes-meta-inf as a JSON object */
    const char *sha256; /**< of the uploaded bytes; "" when made here */
    const char *signer; /**< fingerprint of who signed the import; "" here */
    const char *signer_text;
    const char *signature; /**< "valid", "weak"; "" when made here */
    int encrypted;         /**< exports are, unless told otherwise */
    apr_int64_t imported_sec;
    const char *imported_by;
    apr_int64_t generation;
    const char *digest;    /**< of signatures/ as it came: "md5", "sha256" ...;
                                "": made here, or there was none */
    const char *trust;     /**< why it was imported: "own", "table", "ca": the
                                signer was trusted so; "provider": trusted from
                                then on; "once": not trusted. "": made here */
    vso_row_proof_t proof; /**< what its MAC says: one that is not authentic is
                                not exported */
    apr_int64_t elements;  /**< how many it holds; read only */
    apr_int64_t size;      /**< bytes of their files; read only */
} vso_package_row_t;

/** One element. */
typedef struct {
    apr_int64_t id;         /**< the row's */
    const char *element_id; /**< unique */
    const char *folder;
    const char *type;
    const char *name;
    const char *path;
    const char *version;
    const char *tags;         /**< JSON, see package_columns.h */
    const char *files;        /**< JSON, see package_columns.h */
    const char *certificates; /**< JSON: of the author, PEM, with their paths */
    const char *signer;       /**< fingerprint: who vouched on import */
    const char *author;       /**< fingerprint; "" unknown */
    const char
        *signature;    /**< vso_element_signature_text of content-signature */
    const char *needs; /**< fingerprints of keys that open it, each
                            in spaces: " a b "; "" not encrypted */
    apr_int64_t content_id;
    apr_int64_t imported_sec;
    const char *imported_by;
    const char *trust;     /**< why it was imported, as a package's */
    vso_row_proof_t proof; /**< what its MAC says, as a package's */
    apr_int64_t size;      /**< bytes of its files; read only */
} vso_element_row_t;

/** Packages by name, page by page: names behind `after` ("" for the first).
 * prows: vso_package_row_t * */
apr_status_t vso_packages_list(vso_store_t *store, const char *after, int limit,
                               apr_array_header_t **prows, vso_result_t *res,
                               apr_pool_t *p);

/** One package; NOT_FOUND, field "name". */
apr_status_t vso_packages_get(vso_store_t *store, const char *name,
                              vso_package_row_t **prow, vso_result_t *res,
                              apr_pool_t *p);

/** Packages that hold an element (row id). const char * names. */
apr_status_t vso_packages_holding(vso_store_t *store, apr_int64_t id,
                                  apr_array_header_t **pnames,
                                  vso_result_t *res, apr_pool_t *p);

/** Elements of a package (row id), by path and name: vso_element_row_t *. One
 * that was put into the package by an edit is not authentic here. */
apr_status_t vso_packages_elements(vso_store_t *store, apr_int64_t package_id,
                                   apr_array_header_t **prows,
                                   vso_result_t *res, apr_pool_t *p);

/** An element by its own id; *prow NULL where it is not stored. */
apr_status_t vso_elements_find(vso_store_t *store, const char *element_id,
                               vso_element_row_t **prow, vso_result_t *res,
                               apr_pool_t *p);

/** Names of packages that rest on a signer (fingerprint): it signed the
 * package, or the import of an element in it, or wrote such an element and
 * signed its content. const char *. */
apr_status_t vso_packages_by_signer(vso_store_t *store, const char *fingerprint,
                                    apr_array_header_t **pnames,
                                    vso_result_t *res, apr_pool_t *p);

/** One package that rests on a signer. */
typedef struct {
    const char *fingerprint; /**< of the signer; "" where there is none */
    const char *name;        /**< of the package */
} vso_signer_use_t;

/** The same for all signers at once, by name: vso_signer_use_t. */
apr_status_t vso_packages_signers(vso_store_t *store,
                                  apr_array_header_t **ppairs,
                                  vso_result_t *res, apr_pool_t *p);

/**
 * Names of packages that cannot be opened without this key: elements in them
 * name it in `needs`.
 * @param others  const char *: fingerprints of keys that are there as well;
 *                an element that one of them opens does not count. NULL: none
 */
apr_status_t vso_packages_by_key(vso_store_t *store,
                                 const char *key_fingerprint,
                                 const apr_array_header_t *others,
                                 apr_array_header_t **pnames, vso_result_t *res,
                                 apr_pool_t *p);

/* inside a change */

/** Insert or replace the package of this name; id and generation are set, and
 * imported_sec where it is 0. Its members are forgotten: add them again, then
 * vso_elements_sweep.
 * @param ptrust  what the column trust of the package that was there says, ""
 *                where none was; may be NULL */
apr_status_t vso_packages_put(vso_change_t *change, vso_package_row_t *row,
                              const char **ptrust, vso_result_t *res,
                              apr_pool_t *p);

/** Set a package's column trust alone. */
apr_status_t vso_packages_trust(vso_change_t *change, apr_int64_t id,
                                const char *trust, vso_result_t *res,
                                apr_pool_t *p);

/** Insert or replace an element; id is set, and imported_sec where it is 0.
 * The content of the one before is deleted. */
apr_status_t vso_elements_put(vso_change_t *change, vso_element_row_t *row,
                              vso_result_t *res, apr_pool_t *p);

/** A package holds an element (row ids). */
apr_status_t vso_packages_add_member(vso_change_t *change,
                                     apr_int64_t package_id,
                                     apr_int64_t element_row_id,
                                     vso_result_t *res, apr_pool_t *p);

/** Delete a package, and every element that no package holds then, with its
 * content. *pelements: how many. NOT_FOUND. */
apr_status_t vso_packages_delete(vso_change_t *change, apr_int64_t id,
                                 int *pelements, vso_result_t *res,
                                 apr_pool_t *p);

/** Delete every element that no package holds, with its content. */
apr_status_t vso_elements_sweep(vso_change_t *change, int *pelements,
                                vso_result_t *res, apr_pool_t *p);

#endif
