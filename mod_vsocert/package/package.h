/* SPDX-License-Identifier: Apache-2.0 */
/**
 * An Orchestrator package: a zip with
 *
 *   dunes-meta-inf                  Java properties: pkg-id, pkg-name ...
 *   elements/<folder>/info          Java properties: id, type ...
 *   elements/<folder>/<file>        data, categories, content-signature,
 *                                   version-history, tags, bundle,
 *                                   input_form_* ...; <file>.p7m where it is
 *                                   encrypted (envelope.h)
 *   certificates/<name>             X.509 certificates, DER
 *   signatures/<path>               raw signature over <path> (verify.h)
 *   META-INF/vsocert.manifest       SHA-256, size, path of each file (verify.h)
 *   META-INF/vsocert.p7s            detached CMS signature over the manifest
 *
 * Elements of any type are kept as they are, file by file; what lists show of
 * them is read here.
 */
#ifndef VSO_PACKAGE_H
#define VSO_PACKAGE_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

#include "base/result.h"
#include "package/zip.h"

#define VSO_PACKAGE_META     "dunes-meta-inf"
#define VSO_PACKAGE_MANIFEST "META-INF/vsocert.manifest"
#define VSO_PACKAGE_P7S      "META-INF/vsocert.p7s"
#define VSO_PACKAGE_SEALED   ".p7m" /**< suffix of an encrypted file */

/** How a signature stands. */
typedef enum {
    VSO_SIGNATURE_VALID,    /**< verifies, with SHA-256 or better */
    VSO_SIGNATURE_WEAK,     /**< verifies, with MD5 or SHA-1 */
    VSO_SIGNATURE_INVALID,  /**< does not verify */
    VSO_SIGNATURE_UNSIGNED, /**< there is none */
    VSO_SIGNATURE_UNCHECKED /**< what it covers is not known */
} vso_signature_e;

/** "valid", "weak", "invalid", "unsigned", "unchecked". */
const char *vso_signature_text(vso_signature_e signature);

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
    const char *sha256; /**< hex; set by vso_package_verify */
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
    apr_array_header_t *files;      /**< vso_package_file_t *, own ones */

    /* set by vso_package_verify */
    vso_signature_e signature;         /**< of the package over its files */
    vso_signature_e content_signature; /**< of the author over its content */
    vso_unchecked_e unchecked;         /**< why it is, where it is */
    X509 *author; /**< who made content-signature; NULL: none that verifies;
                       else the one that its owner_text names, unverified */
} vso_element_t;

/** A certificate of certificates/. */
typedef struct {
    const char *path;
    X509 *cert;
} vso_package_cert_t;

/** Who signed the package as a whole. */
typedef struct {
    X509 *cert;
    apr_array_header_t *chain;    /**< X509 *: what came along, unordered */
    const char *digest;           /**< "md5", "sha1", "sha256" ... */
    int cms;                      /**< META-INF/vsocert.p7s decided */
    apr_int64_t signing_time_sec; /**< of the CMS signature; 0: none */
} vso_package_signer_t;

typedef struct {
    const char *id;
    const char *name; /**< "com.example.library" */
    const char *description;
    const char *signer_text; /**< pkg-signer: shown, never trusted */
    apr_table_t *meta;       /**< all of dunes-meta-inf */
    vso_zip_t *zip;
    apr_array_header_t *files;    /**< vso_package_file_t *, all */
    apr_array_header_t *elements; /**< vso_element_t *, in the archive's order:
                                       each read of all reads it once */
    apr_array_header_t *certs;    /**< vso_package_cert_t * */
    int encrypted;                /**< any element is */

    /* set by vso_package_verify */
    vso_package_signer_t *signer;
    const char *raw_digest;    /**< the weakest of signatures/: "md5" ...;
                                    NULL: there are none */
    vso_signature_e signature; /**< VALID or WEAK */
} vso_package_t;

/**
 * Read a package; signatures are not looked at. One element is held in memory
 * at a time; a resource over VSO_MAX_ELEMENT_FILE is spooled (vso_blob_spool).
 * @param blob  outlives p
 * @param res   what vso_zip_open and vso_properties_parse report; BAD_PACKAGE:
 *              no dunes-meta-inf, no pkg-name or one that cannot be a file's
 *              name, an element without info or type, two elements with one
 *              id, a file in no known place, a certificate that does not
 *              parse; TOO_LARGE: a part is over its cap. field is the path
 */
apr_status_t vso_package_read(const vso_blob_t *blob, vso_package_t **ppackage,
                              vso_result_t *res, apr_pool_t *p);

/** By id; NULL where there is none. */
vso_element_t *vso_package_element(const vso_package_t *package,
                                   const char *id);

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
int vso_version_compare(const char *a, const char *b);

#endif
