/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Which certificate of a key is the one to serve, where a file holds several:
 * the one that expired and its renewal, the self-signed one and the CA's.
 */
#ifndef VSO_PICK_H
#define VSO_PICK_H

#include <apr_tables.h>
#include <openssl/x509.h>

/**
 * Pick a certificate: one that is valid now; then one that a CA signed; then
 * one whose issuer is in the file; then one that the file says is the key's;
 * then the newer one (notBefore, then notAfter).
 * @param fitting  X509 *: those of the key
 * @param tied     X509 *: those that the file ties to the key (localKeyID, the
 *                 chain of a Java entry); or NULL
 * @param certs    X509 *: all that the file holds
 * @return NULL where fitting is empty
 */
X509 *vso_pick(const apr_array_header_t *fitting,
               const apr_array_header_t *tied, const apr_array_header_t *certs);

#endif
