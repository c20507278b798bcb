/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The recipients of an encrypted file, before OpenSSL sees them. Its CMS
 * functions take any key wrap that it knows, and 3.0.19 writes past the end of
 * a heap block for one of them: only what is known to be sound gets through.
 */
#ifndef VSO_RECIPIENT_H
#define VSO_RECIPIENT_H

#include "package/tlv.h"

/**
 * Check RecipientInfos (RFC 5652, 6.2). Every transport and agree recipient
 * must have an algorithm of these:
 *
 *   transport  RSAES-OAEP (RFC 8017) with SHA-1, SHA-224, SHA-256, SHA-384 or
 *              SHA-512, MGF1 with one of them, and no label; or PKCS#1 v1.5,
 *              which the caller refuses to open
 *   agree      ephemeral-static ECDH (RFC 5753), also with cofactor, with the
 *              X9.63 KDF and one of these hashes; AES key wrap (RFC 3394) with
 *              128, 192 or 256 bits
 *
 * Others (kek, password, other) are passed over: no key here is for them.
 * @param infos       contents of the SET
 * @param cipher_len  length of the content's key, in bytes: what is wrapped
 *                    must be of it
 * @return what is wrong, as the rest of a sentence, or NULL
 */
const char *vso_recipients_wrong(vso_tlv_t infos, apr_size_t cipher_len);

#endif
