/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Who signed a package, and whether nothing was changed since.
 *
 * signatures/<path> is a raw RSA PKCS#1 v1.5 signature (RFC 8017, 8.2) over
 * the bytes of <path>, for every file outside signatures/: MD5 as Orchestrator
 * up to 8.4 writes it, SHA-256 as later ones do (SHA-1, SHA-384 and SHA-512 are
 * read as well); all by one certificate of
 * certificates/, found by trying, never by name.
 *
 * META-INF/vsocert.p7s is a detached CMS SignedData (RFC 5652) with SHA-256
 * or better over the bytes of META-INF/vsocert.manifest, whose lines are
 * "<sha256 hex> <size> <path>\n", sorted by path as bytes, one for each file
 * outside signatures/ but these two. Where it stands it decides who signed.
 * signatures/, where they stand beside it, may be another signer's and need not
 * cover these two; all else they must cover, and verify.
 */
#ifndef VSO_VERIFY_H
#define VSO_VERIFY_H

#include "package/package.h"

/**
 * Verify everything; fills signer and signatures of package and elements.
 * Each file is unpacked once. content-signature: of a ScriptModule over its
 * script's text in UTF-8 or over the bytes of data; of others over the bytes
 * of data. It is INVALID only where that is proven: the certificate that the
 * element names as its author's is in the package, and neither that nor any
 * other key there made the signature. UNCHECKED is one by a certificate that is
 * not there, and one that is over neither (what servers sign for a Workflow is
 * not known, and a server rewrites data that a builder had signed).
 * Warns weak-signature where only MD5 or SHA-1 vouch; vso_verify_content_warn
 * warns of authors' signatures. RSA keys under 1024 bits vouch for nothing.
 * @param res  BAD_SIGNATURE with the file's path: a file that is not covered,
 *             was changed, a signature without file, a signature by none of the
 *             certificates, two signers, a manifest that differs, a package
 *             without any signature, a CMS signature with anything but one
 *             signer, MD5 or SHA-1, or without its certificate
 */
apr_status_t vso_verify_package(vso_package_t *package, vso_result_t *res,
                                apr_pool_t *p);

#endif
