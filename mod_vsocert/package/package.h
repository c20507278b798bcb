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
#include "package/element.h"
#include "package/zip.h"

#define VSO_PACKAGE_META     "dunes-meta-inf"
#define VSO_PACKAGE_MANIFEST "META-INF/vsocert.manifest"
#define VSO_PACKAGE_P7S      "META-INF/vsocert.p7s"
#define VSO_PACKAGE_SEALED   ".p7m" /**< suffix of an encrypted file */

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

/** A package that was read. */
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

    /* set by vso_verify_package */
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

/** 1 for the name of an encrypted file: it ends in VSO_PACKAGE_SEALED. */
int vso_package_is_sealed(const char *name);

#endif
