/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Packages of other applications that pass through: signed on their way out,
 * verified on their way in, by what imports and exports judge and sign with.
 * None of it is stored.
 */
#ifndef VSO_SERVICE_TRANSIT_H
#define VSO_SERVICE_TRANSIT_H

#include <apr_file_io.h>

#include "base/blob.h"
#include "service/package/review.h"
#include "serving/opened.h"

#define VSO_PACKAGE_SUFFIX ".package"

/** Who signs. */
typedef struct {
    const vso_served_entry_t *served; /**< the entry, as this node serves it,
                                           so that no database is asked: its
                                           RSA version where there is one, else
                                           its EC version. NULL: nothing */
    const char *entry;                /**< its name */
    int cms_only; /**< 1: the earlier signer's signatures/ stay, and only our
                       CMS signature is added */
    apr_int64_t now_sec; /**< the signing time */
    const char *digest;  /**< of signatures/, a name of rawsig.h; NULL: the one
                              that the package came with, or else MD5 */
} vso_transit_signer_t;

/** What came of it. */
typedef struct {
    int is_package;   /**< 0: it is none, and nothing was written */
    apr_file_t *file; /**< the signed package at its start; goes with p */
    apr_int64_t size;
} vso_transit_signed_t;

/**
 * Sign a file that is called .package, if it is one: a zip archive with
 * dunes-meta-inf. Signatures that it has must hold, or a package that was
 * changed on its way would be made good; whose they are does not matter, and
 * one without any is signed as well.
 * @param blob  the file
 * @param res   NOT_SIGNED: damaged, too many files; NO_SIGNER; INTERNAL.
 *              Warning: no-orchestrator-signature
 * @param p     for the signed file
 * @param scratch  for all else; may go afterwards
 */
apr_status_t vso_transit_sign(const vso_transit_signer_t *signer,
                              const vso_blob_t *blob,
                              vso_transit_signed_t *done, vso_result_t *res,
                              apr_pool_t *p, apr_pool_t *scratch);

/** An upload to another application. Texts may be NULL. */
typedef struct {
    const vso_blob_t *blob;
    const char *path;        /**< of the URL */
    const char *type;        /**< Content-Type */
    const char *disposition; /**< Content-Disposition */
} vso_transit_upload_t;

/**
 * Find what has to be verified: the whole body, or parts of a multipart one.
 * These are zip archives with dunes-meta-inf, by content and not by what they
 * are called; archives that cannot be looked into; and whatever is called
 * .package or zip, and is not.
 * @param ppackages  const vso_blob_t *; maybe none
 * @param res        what vso_multipart_split and vso_zip_open report;
 *                   MALFORMED: two types in Content-Type
 */
apr_status_t vso_transit_find(const vso_transit_upload_t *upload,
                              apr_array_header_t **ppackages, vso_result_t *res,
                              apr_pool_t *p);

/**
 * Verify packages as an import does, and judge who signed them.
 * @param packages  of vso_transit_find
 * @param preport   of the one that is not trusted
 * @return what vso_review_build refuses; UNTRUSTED_SIGNER
 */
apr_status_t vso_transit_verify(const vso_context_t *ctx,
                                const apr_array_header_t *packages,
                                const vso_review_t **preport,
                                vso_result_t *res);

#endif
