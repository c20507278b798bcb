/* SPDX-License-Identifier: Apache-2.0 */
/**
 * An encrypted file, before OpenSSL sees it. Its CMS functions do not show
 * cipher and tag of AuthEnvelopedData, and use whatever algorithm a recipient
 * names: what is refused is not left to them.
 */
#ifndef VSO_ENVELOPE_DER_H
#define VSO_ENVELOPE_DER_H

#include <apr.h>

/**
 * @return NULL for AuthEnvelopedData (RFC 5083, 2.1) in DER over id-data with
 *         AES-GCM and a tag of 12 to 16 bytes (RFC 5084, 3.2), for recipients
 *         as vso_recipients_wrong wants them; else what is wrong, as the rest
 *         of a sentence
 */
const char *vso_envelope_der_wrong(const unsigned char *der, apr_size_t len);

#endif
