/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The keys and certificates that a reader finds, in the file's order, and how
 * they become entries: keys get names that differ, and each key gets the
 * certificate that fits it (x509/pick.h), whatever ids and aliases say. Where
 * one key is asked for, only that one is opened.
 */
#ifndef VSO_KEYFILE_PARTS_H
#define VSO_KEYFILE_PARTS_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

#include "base/result.h"
#include "keyfile/contents.h"

/** Bytes that tie a certificate to its key (localKeyID). */
typedef struct {
    const unsigned char *data;
    apr_size_t len; /**< 0: none */
} vso_parts_id_t;

/**
 * Open a private key.
 * @param pkey  set on success only; lives as long as p
 * @param res   WRONG_PASSWORD, DAMAGED, UNSUPPORTED_FORMAT, TOO_LARGE
 */
typedef apr_status_t vso_parts_open_fn(void *baton, EVP_PKEY **pkey,
                                       vso_result_t *res, apr_pool_t *p);

/** A private key as the file holds it. */
typedef struct {
    const char *alias; /**< UTF-8, "" where the file gives none */
    apr_int64_t created_sec;
    vso_parts_id_t id;
    apr_array_header_t *chain; /**< X509 *, the key's own certificates, all of
                                    them added as well; or NULL */
    vso_parts_open_fn *open;
    void *baton;
} vso_parts_key_t;

typedef struct vso_parts_t vso_parts_t;

/** @param format  the file's, for vso_keyfile_t */
vso_parts_t *vso_parts_create(const char *format, apr_pool_t *p);

/** Add a key; TOO_LARGE over VSO_MAX_KEYS_IN_FILE. */
apr_status_t vso_parts_add_key(vso_parts_t *parts, const vso_parts_key_t *key,
                               vso_result_t *res);

/**
 * Add a certificate.
 * @param pcert  the certificate, the same one that was there before, or NULL
 *               where it is passed over (vso_bag_take); or NULL
 * @param res    DAMAGED; TOO_LARGE over VSO_MAX_CERTS_IN_FILE
 */
apr_status_t vso_parts_add_cert(vso_parts_t *parts, const unsigned char *der,
                                apr_size_t len, vso_parts_id_t id, X509 **pcert,
                                vso_result_t *res);

/** Add the certificates of a PKCS#7 bag. */
apr_status_t vso_parts_add_pkcs7(vso_parts_t *parts, const unsigned char *der,
                                 apr_size_t len, vso_result_t *res);

/** Say that a secret key is not used. */
void vso_parts_add_secret(vso_parts_t *parts, const char *alias,
                          vso_result_t *res);

/** Say that something is not used. Where a key has no certificate, the first
 * such sentence is part of the answer. */
void vso_parts_add_unused(vso_parts_t *parts, const char *remark,
                          vso_result_t *res);

/**
 * Make entries.
 * @param alias  the key to open; NULL: the only one, or a listing. As it stands
 *               in the file, else the only one that differs in case alone
 * @param pfile  set on success only. The same key with the same certificate
 *               is listed once
 * @param res    UNSUPPORTED_FORMAT: no key, or no certificate at all;
 *               INVALID: no such alias; KEY_MISMATCH: no certificate is the
 *               key's; DAMAGED: the key's numbers do not fit each other; and
 *               what opening says. Warning several-certificates: which one was
 *               picked
 */
apr_status_t vso_parts_assemble(vso_parts_t *parts, const char *alias,
                                vso_keyfile_t **pfile, vso_result_t *res);

#endif
