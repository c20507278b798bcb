/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Who signed a package, and whether nothing was changed since.
 *
 * signatures/<path> is a raw RSA PKCS#1 v1.5 signature (RFC 8017, 8.2) over
 * the bytes of <path>, MD5 as Orchestrator writes it (SHA-1 and SHA-256 are
 * read), for every file outside signatures/; all by one certificate of
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
 * of data, and UNCHECKED where these do not match (what servers sign for a
 * Workflow is not known); a ScriptModule that matches neither is INVALID, which
 * is a warning ("content-signature"), as the package's own signature holds.
 * Also warns weak-signature where only MD5 or SHA-1 vouch. RSA keys under
 * 1024 bits vouch for nothing.
 * @param res  BAD_SIGNATURE with the file's path: a file that is not covered,
 *             was changed, a signature without file, a signature by none of the
 *             certificates, two signers, a manifest that differs, a package
 *             without any signature, a CMS signature with anything but one
 *             signer, MD5 or SHA-1, or without its certificate
 */
apr_status_t vso_package_verify(vso_package_t *package, vso_result_t *res,
                                apr_pool_t *p);

/**
 * Judge an element's content-signature by its files alone, as for an encrypted
 * element once it was opened (until then it is UNCHECKED): sets
 * content_signature and author, warns as above.
 * @param certs  vso_package_cert_t *: who may be its author
 * @param load   gives "data" and "content-signature"
 * @param res    what load reports; BAD_XML
 */
apr_status_t vso_element_verify(vso_element_t *element,
                                const apr_array_header_t *certs,
                                vso_element_load_fn *load, void *baton,
                                vso_result_t *res, apr_pool_t *p);

#endif
