/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What one format gives to the table in keyfile.c. Readers get passwords that
 * were checked (UTF-8, no NUL, at most VSO_MAX_PASSWORD) and data of at most
 * VSO_MAX_KEYSTORE; writers get a password that is not empty.
 */
#ifndef VSO_KEYFILE_FORMAT_H
#define VSO_KEYFILE_FORMAT_H

#include <apr_pools.h>
#include <openssl/bio.h>

#include "base/result.h"
#include "keyfile/contents.h"

/** As vso_keyfile_read. */
typedef apr_status_t vso_format_read_fn(const vso_keyfile_source_t *source,
                                        vso_keyfile_t **pfile,
                                        vso_result_t *res, apr_pool_t *p);

/** As vso_keyfile_write. */
typedef apr_status_t vso_format_write_fn(const vso_keyfile_sink_t *sink,
                                         vso_secret_t **pdata,
                                         vso_result_t *res, apr_pool_t *p);

vso_format_read_fn vso_pkcs12_read;
vso_format_write_fn vso_pkcs12_write;
vso_format_read_fn vso_pem_read;
vso_format_write_fn vso_pem_write;
vso_format_read_fn vso_jks_read; /**< JKS and JCEKS */
vso_format_write_fn vso_jks_write;
vso_format_write_fn vso_jceks_write;

/** Label of a PKCS#12 file in PEM armour. */
#define VSO_PEM_PKCS12 "PKCS12"

/** Which of the private keys in PEM that are read a label is; -1: none. */
int vso_format_key_row(const char *label);

/** The password that private keys are encrypted with. */
const vso_secret_t *vso_format_key_password(const vso_keyfile_source_t *source);

/** WRONG_PASSWORD in the one sentence for "wrong, or the file is damaged". */
apr_status_t vso_format_wrong_password(vso_result_t *res);

/** WRONG_PASSWORD for a key whose file opened: it has one of its own. */
apr_status_t vso_format_wrong_key_password(const vso_keyfile_source_t *source,
                                           vso_result_t *res);

/** A key from parsed PKCS#8 (RFC 5958); UNSUPPORTED_FORMAT when OpenSSL cannot
 * use it. */
apr_status_t vso_format_key(const PKCS8_PRIV_KEY_INFO *info, EVP_PKEY **pkey,
                            vso_result_t *res, apr_pool_t *p);

/** What a memory BIO holds, as a secret; NULL when bio is. */
vso_secret_t *vso_format_bio_bytes(BIO *bio, apr_pool_t *p);

#endif
