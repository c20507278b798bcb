/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The keys and certificates that a reader finds, in the file's order, and how
 * they become entries: keys get names that differ, each key gets its
 * certificate, and only the key that is asked for is opened.
 */
#ifndef VSO_KEYFILE_PARTS_H
#define VSO_KEYFILE_PARTS_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

#include "base/result.h"
#include "keyfile/keyfile.h"

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
    X509 *cert; /**< where the format says it; else NULL, and it is found by
                     id and public key */
    apr_array_header_t *chain; /**< X509 *, the key's own; or NULL */
    vso_parts_open_fn *open;
    void *baton;
} vso_parts_key_t;

typedef struct vso_parts_t vso_parts_t;

/** @param format  the file's, for vso_keyfile_t */
vso_parts_t *vso_parts_create(const char *format, apr_pool_t *p);

/** Add a key; TOO_LARGE over VSO_MAX_KEYS_IN_FILE. */
apr_status_t vso_parts_add_key(vso_parts_t *parts, const vso_parts_key_t *key,
                               vso_result_t *res);

/** Add a certificate that lives as long as parts; the same one again is left
 * out. TOO_LARGE over VSO_MAX_CERTS_IN_FILE. */
apr_status_t vso_parts_add_cert(vso_parts_t *parts, X509 *cert,
                                vso_parts_id_t id, vso_result_t *res);

/**
 * Make entries.
 * @param alias  the key to open; NULL: the only one, or a listing
 * @param pfile  set on success only
 * @param res    UNSUPPORTED_FORMAT: no key, or no certificate at all;
 *               INVALID: no such alias; KEY_MISMATCH: no certificate is the
 *               key's; DAMAGED: the key's numbers do not fit each other; and
 *               what opening says
 */
apr_status_t vso_parts_assemble(vso_parts_t *parts, const char *alias,
                                vso_keyfile_t **pfile, vso_result_t *res);

#endif
