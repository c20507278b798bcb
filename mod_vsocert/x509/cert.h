/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Certificates: read, describe, judge, make (RFC 5280).
 */
#ifndef VSO_CERT_H
#define VSO_CERT_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <openssl/x509.h>

#include "base/result.h"
#include "x509/name.h"

/** What lists and panels show of a certificate. Texts live in the pool. */
typedef struct {
    vso_subject_t *subject;
    vso_subject_t *issuer;
    const char *subject_text; /**< RFC 4514 */
    const char *issuer_text;
    const char *serial;              /**< lower-case hex, no leading zeros */
    apr_array_header_t *sans;        /**< const char *: "DNS:a", "IP:1.2.3.4" */
    const char *key_type;            /**< "rsa-2048" */
    const char *key_fingerprint;     /**< SHA-256 of the public key, hex */
    const char *signature_algorithm; /**< "sha256WithRSAEncryption" */
    const char *fingerprint;         /**< SHA-256 of the DER, hex */
    apr_int64_t not_before_sec;      /**< since the epoch, UTC */
    apr_int64_t not_after_sec;
    int self_signed; /**< issuer is subject and the signature verifies */
    int is_ca;       /**< basicConstraints CA:TRUE */
} vso_cert_info_t;

/**
 * Parse one certificate, strictly.
 * @param data   PEM or DER
 * @param len    at most VSO_MAX_CERT, else TOO_LARGE
 * @param pcert  set on success only; lives as long as p
 * @param res    DAMAGED: trailing bytes, version, unparsable, cut short;
 *               UNSUPPORTED_FORMAT: its key is of an algorithm or a curve
 *               that OpenSSL does not know
 */
apr_status_t vso_cert_parse(const char *data, apr_size_t len, X509 **pcert,
                            vso_result_t *res, apr_pool_t *p);

/** 1 when vso_cert_parse failed because the key's algorithm is not known: among
 * others such a certificate is passed over, as nothing here rests on it. */
int vso_cert_unknown(const vso_result_t *res);

/** Parse PEM certificates one behind the other, as vso_certs_to_pem writes
 * them. pcerts: X509 *, maybe empty. */
apr_status_t vso_certs_parse_pem(const char *pem, apr_array_header_t **pcerts,
                                 vso_result_t *res, apr_pool_t *p);

/** Describe a certificate. */
vso_cert_info_t *vso_cert_info(X509 *cert, apr_pool_t *p);

/** PEM text of one certificate. */
const char *vso_cert_to_pem(X509 *cert, apr_pool_t *p);

/** PEM text of an array of X509 *, "" for an empty one. */
const char *vso_certs_to_pem(const apr_array_header_t *certs, apr_pool_t *p);

/** SHA-256 of the DER, lower-case hex. */
const char *vso_cert_fingerprint(X509 *cert, apr_pool_t *p);

/** What vso_cert_self_sign needs. */
typedef struct {
    EVP_PKEY *pkey;
    const vso_subject_t *subject;   /**< checked */
    const apr_array_header_t *sans; /**< checked; maybe empty */
    int days;                       /**< 1 to VSO_MAX_DAYS */
    apr_int64_t now_sec;            /**< notBefore is one hour before */
} vso_cert_spec_t;

/**
 * Make a self-signed certificate for a server that also signs packages:
 * v3, random 128-bit serial (positive), SHA-256 (SHA-384 for P-384),
 * basicConstraints CA:FALSE critical, keyUsage critical (digitalSignature;
 * keyEncipherment for RSA, keyAgreement for EC), extendedKeyUsage serverAuth,
 * subjectKeyIdentifier, subjectAltName.
 */
apr_status_t vso_cert_self_sign(const vso_cert_spec_t *spec, X509 **pcert,
                                vso_result_t *res, apr_pool_t *p);

/**
 * Add what an administrator should know about a leaf and its chain to
 * res->warnings: expired, not-yet-valid, weak-signature (MD5 or SHA-1
 * anywhere below the root; for a self-signed leaf too), weak-key (under 112
 * bits of security, as RSA under 2048 bits), no-san, name-mismatch (a name in
 * hosts is not covered), chain-incomplete (an issuer is missing: what clients
 * get is the leaf alone, or a chain with a gap; a missing self-signed root is
 * no gap), authority-key-id (it names another certificate of the issuer than
 * the chain has), issuer-not-ca, no-server-auth (an EKU without serverAuth),
 * key-usage (of the leaf, without digitalSignature), ca-as-leaf, path-length
 * (below a CA), critical-extension (one that OpenSSL does not know, of any of
 * them), client-support (a curve whose parameters are written out; of key
 * types, see client_support.h).
 * @param chain  X509 *, issuers in order without the leaf; NULL or empty
 * @param hosts  const char *: ServerName and more; NULL for none
 */
void vso_cert_judge(X509 *leaf, const apr_array_header_t *chain,
                    const apr_array_header_t *hosts, apr_int64_t now_sec,
                    vso_result_t *res);

#endif
