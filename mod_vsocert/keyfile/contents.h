/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What keystore files hold, and what is read or written, whatever the format.
 */
#ifndef VSO_KEYFILE_CONTENTS_H
#define VSO_KEYFILE_CONTENTS_H

#include <apr_tables.h>
#include <openssl/x509.h>

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

#endif
