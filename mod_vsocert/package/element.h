/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The elements of a package: what lists show of them, and how their signatures
 * stand. package.h says which files they consist of.
 */
#ifndef VSO_ELEMENT_H
#define VSO_ELEMENT_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

#include "base/result.h"
#include "package/resource.h"
#include "package/zip_entry.h"

/** The folder of a package that its elements lie in. */
#define VSO_ELEMENTS "elements/"

/** How a signature stands. */
typedef enum {
    VSO_SIGNATURE_VALID,    /**< verifies, with SHA-256 or better */
    VSO_SIGNATURE_WEAK,     /**< verifies, with MD5 or SHA-1 */
    VSO_SIGNATURE_INVALID,  /**< does not verify */
    VSO_SIGNATURE_UNSIGNED, /**< there is none */
    VSO_SIGNATURE_UNCHECKED /**< what it covers is not known */
} vso_signature_e;

/** "valid", "weak", "invalid", "unsigned", "unchecked". */
const char *vso_element_signature_text(vso_signature_e signature);

/** Why a content-signature is VSO_SIGNATURE_UNCHECKED. */
typedef enum {
    VSO_UNCHECKED_NONE,   /**< it is not, or nothing was tried */
    VSO_UNCHECKED_AUTHOR, /**< no certificate of the package made it */
    VSO_UNCHECKED_FORM    /**< it is over neither script nor data */
} vso_unchecked_e;

/** A file of the archive. */
typedef struct {
    const vso_zip_entry_t *entry;
    const char *path;   /**< entry->name */
    const char *sha256; /**< hex; set by vso_verify_package */
} vso_package_file_t;

/** One element. Texts are "" where absent. */
typedef struct {
    const char *folder; /**< its name below elements/ */
    const char *id;     /**< of info; the folder's name where info has none */
    const char *type;   /**< "Workflow", "ScriptModule", ... as in info */
    const char *name;
    const char *path;    /**< categories, joined by '/' */
    const char *version; /**< "1.0.2"; "" where the type has none, and while
                              encrypted */
    const char
        *owner_text; /**< signature-owner of info: shown, never trusted */
    const char *allowed_operations; /**< "vef", "" for all */
    int encrypted;                  /**< any file of it is */
    apr_array_header_t *tags;       /**< const char * */
    apr_array_header_t *files;      /**< vso_package_file_t *, its own */

    /* set by vso_verify_package */
    vso_signature_e signature;         /**< of the package over its files */
    vso_signature_e content_signature; /**< of the author over its content */
    vso_unchecked_e unchecked;         /**< why it is, where it is */
    X509 *author; /**< who made content-signature; NULL: none that verifies;
                       else the one that its owner_text names, unverified */
} vso_element_t;

/** A file of an element by its name within it ("data"); NULL: none. */
vso_package_file_t *vso_element_file(const vso_element_t *element,
                                     const char *name);

/**
 * Describe an element from its files: name, path, version, rights, tags. For
 * vso_package_read, and again once an encrypted one was opened.
 * @param load  gives a file's content (NUL behind it), or NULL in *pdata where
 *              there is none
 */
typedef apr_status_t vso_element_load_fn(void *baton, const char *name,
                                         char **pdata, apr_size_t *plen,
                                         vso_result_t *res, apr_pool_t *p);
apr_status_t vso_element_describe(vso_element_t *element,
                                  vso_element_load_fn *load, void *baton,
                                  vso_result_t *res, apr_pool_t *p);

/** Compare versions part by part as numbers ("1.0.10" > "1.0.9"); "" is the
 * lowest. @return below 0, 0, above 0 */
int vso_element_compare_versions(const char *a, const char *b);

/** Show an element as its resource says. @param res BAD_PACKAGE, TOO_LARGE */
apr_status_t vso_element_keep_resource(vso_element_t *element,
                                       const vso_resource_t *resource,
                                       vso_result_t *res, apr_pool_t *p);

#endif
