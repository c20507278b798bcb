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

/** The alias that Orchestrator gives its key pair. */
#define VSO_KEYFILE_ALIAS "_dunesrsa_alias_"

/** One private key with its certificates. */
typedef struct {
    const char *alias; /**< UTF-8, "" where the file gives none */
    EVP_PKEY *pkey;    /**< NULL in a listing whose key was not opened */
    X509 *cert;        /**< the certificate of pkey */
    apr_array_header_t *chain; /**< X509 *, other certificates that may belong
                                    to it, not ordered */
    apr_int64_t created_sec;   /**< 0 where the file does not say */
} vso_keyfile_entry_t;

/** What a file holds. All of it lives in the pool it was read into. */
typedef struct {
    const char *format;          /**< "pkcs12", "jceks", "jks", "pem" */
    apr_array_header_t *entries; /**< vso_keyfile_entry_t *, at least one */
} vso_keyfile_t;

/** What to read. */
typedef struct {
    const unsigned char *data;
    apr_size_t len;                   /**< at most VSO_MAX_KEYSTORE */
    const vso_secret_t *password;     /**< UTF-8, may be empty, never NULL */
    const vso_secret_t *key_password; /**< NULL: the same as password */
    const char *alias; /**< open this key only, as it stands in the file or,
                            where that tells it apart, in any case; NULL: the
                            only key, or a listing where there are several */
} vso_keyfile_source_t;

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

/** What to write. */
typedef struct {
    const char *format; /**< "pkcs12", "jceks", "jks", "pem" */
    EVP_PKEY *pkey;
    X509 *cert;
    const apr_array_header_t *chain; /**< X509 *, in order, without cert */
    const vso_secret_t *password;    /**< UTF-8, not empty; for "jceks"
                                          printable ASCII only, or Java could
                                          not open the key */
} vso_keyfile_sink_t;

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
