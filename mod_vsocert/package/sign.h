/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Writing packages: the parts, signed as verify.h describes.
 */
#ifndef VSO_SIGN_H
#define VSO_SIGN_H

#include "package/package.h"
#include "package/signing_key.h"

/**
 * Write a signed package: parts sorted (dunes-meta-inf, elements/ by path,
 * certificates/, signatures/, META-INF/), our certificate added as
 * certificates/<RFC 4514 subject made safe for a file name>.cer, pkg-signer in
 * dunes-meta-inf set to the same text, as Orchestrator has it (where another
 * certificate has that name, part of the fingerprint is added to both), CMS
 * signature, and signatures/ (as Orchestrator checks them: MD5 by all of its
 * servers, SHA-256 by those from 8.5 on) where the key is RSA. With an EC key
 * these are missing, and res gets the warning "no-orchestrator-signature". The
 * same content and key give the same bytes but for META-INF/vsocert.p7s and its
 * signature.
 * @param parts  vso_zip_part_t, without signatures/ and META-INF/; contents
 *               are read twice
 * @param meta   of dunes-meta-inf, which is not among the parts
 * @param out    an empty file (vso_blob_spool), left at its start
 * @param res    KEY_MISMATCH; INVALID, field "key": too short, neither RSA nor
 *               EC; TOO_LARGE: more than VSO_MAX_ZIP_ENTRIES files; what
 *               vso_zip_write reports
 */
apr_status_t vso_sign_package(const apr_array_header_t *parts,
                              const apr_table_t *meta,
                              const vso_package_key_t *key, apr_file_t *out,
                              vso_result_t *res, apr_pool_t *p);

/**
 * Sign another application's package again.
 * @param package   read, not necessarily verified
 * @param cms_only  1: signatures/ and dunes-meta-inf stay as they are and only
 *                  META-INF/ is written; 0: as vso_sign_package, with
 *                  everything outside signatures/, META-INF/ and
 *                  dunes-meta-inf as it is. Files are unpacked to a private
 *                  temporary file
 */
apr_status_t vso_sign_again(const vso_package_t *package, int cms_only,
                            const vso_package_key_t *key, apr_file_t *out,
                            vso_result_t *res, apr_pool_t *p);

#endif
