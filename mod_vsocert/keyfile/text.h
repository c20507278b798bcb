/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Text in keystore files: passwords and aliases are UTF-8 inside, and what
 * the format wants outside.
 */
#ifndef VSO_KEYFILE_TEXT_H
#define VSO_KEYFILE_TEXT_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/secret.h"

/** 1 when all of it is printable ASCII, U+0020 to U+007E. */
int vso_text_is_ascii(const unsigned char *data, apr_size_t len);

/** Valid UTF-8 as UTF-16BE, without a NUL at the end: Java's `char`s. */
vso_secret_t *vso_text_utf16be(const vso_secret_t *text, apr_pool_t *p);

/** 1 when two aliases are the same but for case (Latin, Greek, Cyrillic):
 * Java stores write them in lower case. */
int vso_text_same_alias(const char *a, const char *b);

/**
 * What different programs make of one password before they derive a key from
 * it, likely ones first; each is what OpenSSL has to be given.
 *
 * UTF-8 is what RFC 8018 and RFC 7292 (through BMPString) lead to. OpenSSL
 * before 1.1.0 took each byte of the terminal's encoding as a character of
 * its own, and all versions feed those bytes to PBKDF2: hence Latin-1, and
 * UTF-8 encoded twice. An empty password is either no characters or one NUL
 * in PKCS#12; a secret whose data is NULL stands for the former.
 * @return vso_secret_t *, at least one
 */
apr_array_header_t *vso_text_spellings(const vso_secret_t *password,
                                       apr_pool_t *p);

#endif
