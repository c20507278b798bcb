/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Keystore files: password-protected key, certificate and chain, as
 * Orchestrator, Java, OpenSSL and Windows write them. A format is one row of
 * the table in keyfile.c: how to recognise it, read it, write it. Detection
 * is by content, never by file name.
 */
#ifndef VSO_KEYFILE_H
#define VSO_KEYFILE_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

#include "base/result.h"
#include "base/secret.h"
#include "keyfile/contents.h"

/**
 * Read a keystore file. Caps and iteration counts are checked before any key
 * is derived.
 * @param pfile  set on success only. With several keys and no alias, entries
 *               are listed without pkey, each with the certificate that would
 *               be imported; a key that does not open is listed with the one
 *               that the file ties to it, and left out where there is none.
 * @param res    TOO_LARGE, UNSUPPORTED_FORMAT (names the common mistake),
 *               WRONG_PASSWORD, DAMAGED, INVALID (password with NUL; alias
 *               not in the file: names those that are), field "keystore",
 *               "password", "keyPassword" or "alias"; warnings for what was
 *               seen and is not used
 */
apr_status_t vso_keyfile_read(const vso_keyfile_source_t *source,
                              vso_keyfile_t **pfile, vso_result_t *res,
                              apr_pool_t *p);

/**
 * Write one key pair under VSO_KEYFILE_ALIAS.
 * @param pdata  bytes, a secret only by habit: the key in it is encrypted
 * @param res    INVALID: format or password
 */
apr_status_t vso_keyfile_write(const vso_keyfile_sink_t *sink,
                               vso_secret_t **pdata, vso_result_t *res,
                               apr_pool_t *p);

/** Names of the formats that can be written, ends in NULL; the first is the
 * default. */
const char *const *vso_keyfile_formats(void);

#endif
