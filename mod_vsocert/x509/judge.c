/* SPDX-License-Identifier: Apache-2.0 */
/* What an administrator should know about a certificate: vso_cert_judge of
 * cert.h. */
#include <string.h>

#include <apr_strings.h>
#include <openssl/x509v3.h>

#include "base/json.h"
#include "x509/cert.h"
#include "x509/chain.h"
#include "x509/san.h"

/** RSA keys below this are refused by OpenSSL's security level 2. */
#define MIN_RSA_BITS 2048

static X509 *issuer_at(const apr_array_header_t *chain, int i)
{
    return chain && i < chain->nelts ? APR_ARRAY_IDX(chain, i, X509 *) : NULL;
}

static void judge_dates(X509 *cert, const char *who, apr_int64_t now_sec,
                        vso_result_t *res)
{
    const vso_cert_info_t *info = vso_cert_info(cert, res->p);

    if (info->not_after_sec < now_sec) {
        vso_warn(res, "expired", "%s expired on %s.", who,
                 vso_time_text(info->not_after_sec, res->p));
    }
    if (info->not_before_sec > now_sec) {
        vso_warn(res, "not-yet-valid", "%s is valid from %s on only.", who,
                 vso_time_text(info->not_before_sec, res->p));
    }
}

static void judge_strength(X509 *cert, const char *who, int trusted_by_name,
                           vso_result_t *res)
{
    EVP_PKEY *pkey = X509_get0_pubkey(cert);
    int digest = NID_undef;

    if (EVP_PKEY_is_a(pkey, "RSA") && EVP_PKEY_get_bits(pkey) < MIN_RSA_BITS) {
        vso_warn(res, "weak-key",
                 "%s has an RSA key of %d bits: %d is the "
                 "least that clients accept.",
                 who, EVP_PKEY_get_bits(pkey), MIN_RSA_BITS);
    }
    if (!trusted_by_name &&
        X509_get_signature_info(cert, &digest, NULL, NULL, NULL) == 1 &&
        (digest == NID_md5 || digest == NID_sha1 || digest == NID_md4)) {
        vso_warn(res, "weak-signature",
                 "%s is signed with %s, which can be forged.", who,
                 OBJ_nid2sn(digest));
    }
}

static void judge_names(X509 *leaf, const apr_array_header_t *hosts,
                        vso_result_t *res)
{
    int i;

    if (vso_sans_of_cert(leaf, res->p)->nelts == 0) {
        vso_warn(res, "no-san",
                 "The certificate has no subjectAltName: browsers ignore the "
                 "common name and refuse it.");
    }
    for (i = 0; hosts && i < hosts->nelts; i++) {
        const char *host = APR_ARRAY_IDX(hosts, i, const char *);

        if (!vso_cert_covers(leaf, host)) {
            vso_warn(res, "name-mismatch",
                     "The certificate does not cover the server name \"%s\".",
                     host);
        }
    }
}

/** Extended key usage, where present, must allow a server (RFC 5280,
 * 4.2.1.12). */
static void judge_usage(X509 *leaf, vso_result_t *res)
{
    uint32_t usage = X509_get_extended_key_usage(leaf);

    if (usage != UINT32_MAX && !(usage & (XKU_SSL_SERVER | XKU_ANYEKU))) {
        vso_warn(res, "no-server-auth",
                 "The certificate's extended key usage does not allow a TLS "
                 "server (serverAuth).");
    }
}

static void judge_issuers(X509 *leaf, const apr_array_header_t *chain,
                          apr_int64_t now_sec, vso_result_t *res)
{
    X509 *cert = leaf;
    X509 *issuer;
    int i;

    for (i = 0; (issuer = issuer_at(chain, i)) != NULL; i++) {
        const vso_cert_info_t *info = vso_cert_info(issuer, res->p);
        const char *who =
            apr_psprintf(res->p, "The issuer \"%s\"", info->subject_text);

        if (!vso_chain_issued(cert, issuer)) {
            break;
        }
        if (!info->is_ca) {
            vso_warn(res, "issuer-not-ca",
                     "%s is not marked as a CA (CA:TRUE).", who);
        }
        judge_dates(issuer, who, now_sec, res);
        judge_strength(issuer, who, info->self_signed, res);
        cert = issuer;
    }
    if (issuer || (cert == leaf && !vso_cert_info(cert, res->p)->self_signed)) {
        vso_warn(res, "chain-incomplete",
                 "The issuer of \"%s\" is missing: \"%s\". Clients that do "
                 "not know it refuse the certificate.",
                 vso_cert_info(cert, res->p)->subject_text,
                 vso_cert_info(cert, res->p)->issuer_text);
    }
}

void vso_cert_judge(X509 *leaf, const apr_array_header_t *chain,
                    const apr_array_header_t *hosts, apr_int64_t now_sec,
                    vso_result_t *res)
{
    judge_dates(leaf, "The certificate", now_sec, res);
    judge_strength(leaf, "The certificate", 0, res);
    judge_names(leaf, hosts, res);
    judge_usage(leaf, res);
    judge_issuers(leaf, chain, now_sec, res);
}
