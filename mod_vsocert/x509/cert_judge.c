/* SPDX-License-Identifier: Apache-2.0 */
/* What an administrator should know about a certificate: vso_cert_judge of
 * cert.h. */
#include <string.h>

#include <apr_strings.h>
#include <openssl/x509v3.h>

#include "base/rfc3339.h"
#include "x509/cert.h"
#include "x509/chain.h"
#include "x509/client_support.h"
#include "x509/key.h"
#include "x509/san.h"

/** What OpenSSL's security level 2 asks for: RSA-2048, or EC over 224 bits. */
#define MIN_STRENGTH 112

static void judge_dates(const vso_cert_info_t *info, const char *who,
                        apr_int64_t now_sec, vso_result_t *res)
{
    if (info->not_after_sec < now_sec) {
        vso_warn(res, "expired", "%s expired on %s.", who,
                 vso_rfc3339_text(info->not_after_sec, res->p));
    }
    if (info->not_before_sec > now_sec) {
        vso_warn(res, "not-yet-valid", "%s is valid from %s on only.", who,
                 vso_rfc3339_text(info->not_before_sec, res->p));
    }
}

static void judge_key(X509 *cert, const char *who, vso_result_t *res)
{
    EVP_PKEY *pkey = X509_get0_pubkey(cert);

    if (EVP_PKEY_get_security_bits(pkey) < MIN_STRENGTH) {
        vso_warn(res, "weak-key",
                 "%s has a key of the type %s: clients accept nothing weaker "
                 "than rsa-2048.",
                 who, vso_key_type(pkey, res->p));
    }
}

static void judge_signature(X509 *cert, const char *who, vso_result_t *res)
{
    int digest = NID_undef;

    if (X509_get_signature_info(cert, &digest, NULL, NULL, NULL) == 1 &&
        (digest == NID_md5 || digest == NID_sha1 || digest == NID_md4)) {
        vso_warn(res, "weak-signature",
                 "%s is signed with %s, which can be forged.", who,
                 OBJ_nid2sn(digest));
    }
}

/** 1 when a SAN is one that TLS clients look at. */
static int names_a_host(const apr_array_header_t *sans)
{
    int i;

    for (i = 0; i < sans->nelts; i++) {
        const char *san = APR_ARRAY_IDX(sans, i, const char *);

        if (!strncmp(san, "DNS:", 4) || !strncmp(san, "IP:", 3)) {
            return 1;
        }
    }
    return 0;
}

static void judge_names(X509 *leaf, const vso_cert_info_t *info,
                        const apr_array_header_t *hosts, vso_result_t *res)
{
    int i;

    if (!names_a_host(info->sans)) {
        vso_warn(res, "no-san",
                 "The certificate has no host name or address among its "
                 "subjectAltNames: browsers ignore the common name and refuse "
                 "it.");
    }
    for (i = 0; hosts && i < hosts->nelts; i++) {
        const char *host = APR_ARRAY_IDX(hosts, i, const char *);

        if (!vso_sans_cover(leaf, host)) {
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

/** Key usage, where present, must allow to sign handshakes (RFC 5280, 4.2.1.3;
 * RFC 8446, 4.4.2.2); without that RSA is left with the key transport of TLS
 * 1.2. */
static void judge_key_usage(X509 *leaf, vso_result_t *res)
{
    uint32_t usage = X509_get_key_usage(leaf);

    if (usage == UINT32_MAX || (usage & KU_DIGITAL_SIGNATURE)) {
        return;
    }
    if (EVP_PKEY_is_a(X509_get0_pubkey(leaf), "RSA") &&
        (usage & KU_KEY_ENCIPHERMENT)) {
        vso_warn(res, "key-usage",
                 "The certificate's key usage has keyEncipherment but not "
                 "digitalSignature: it allows TLS 1.2 without forward secrecy "
                 "only, and browsers (Chromium) refuse it.");
        return;
    }
    vso_warn(res, "key-usage",
             "The certificate's key usage lacks digitalSignature: clients "
             "that look at it refuse every handshake.");
}

/** A server's certificate is no CA's (RFC 5280, 4.2.1.9). */
static void judge_not_ca(const vso_cert_info_t *info, vso_result_t *res)
{
    if (info->is_ca) {
        vso_warn(res, "ca-as-leaf",
                 "The certificate is a CA's (CA:TRUE): some clients refuse it "
                 "from a server, and whoever has its key can issue "
                 "certificates that its clients trust.");
    }
}

/** A critical extension that is not known must be refused (RFC 5280, 4.2). */
static void judge_extensions(X509 *cert, const char *who, vso_result_t *res)
{
    int i;

    if (!(X509_get_extension_flags(cert) & EXFLAG_CRITICAL)) {
        return;
    }
    for (i = 0; i < X509_get_ext_count(cert); i++) {
        X509_EXTENSION *extension = X509_get_ext(cert, i);
        char oid[80];

        if (X509_EXTENSION_get_critical(extension) &&
            !X509_supported_extension(extension)) {
            OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(extension),
                        1);
            vso_warn(res, "critical-extension",
                     "%s has the critical extension %s, which OpenSSL does not "
                     "know: clients that do not know it must refuse the "
                     "certificate.",
                     who, oid);
        }
    }
}

/** @param below  CAs under this issuer that count: all but those that issued
 * themselves (RFC 5280, 6.1.4 (l)) */
static void judge_path_length(X509 *issuer, int below, const char *who,
                              vso_result_t *res)
{
    long allowed = X509_get_pathlen(issuer);

    if (allowed >= 0 && below > allowed) {
        vso_warn(res, "path-length",
                 "%s allows %ld CAs below it (pathLenConstraint), and the "
                 "chain has %d: clients refuse it.",
                 who, allowed, below);
    }
}

/** 1 when subject and issuer are one name. */
static int self_issued(X509 *cert)
{
    return (X509_get_extension_flags(cert) & EXFLAG_SI) != 0;
}

static void judge_explicit(X509 *cert, const char *who, vso_result_t *res)
{
    if (vso_client_support_is_explicit(cert)) {
        vso_warn(res, "client-support",
                 "%s writes its curve's parameters out instead of naming the "
                 "curve: OpenSSL, Chromium and other clients refuse the "
                 "handshake.",
                 who);
    }
}

static void warn_incomplete(const vso_cert_info_t *info, vso_result_t *res)
{
    vso_warn(res, "chain-incomplete",
             "The issuer of \"%s\" is missing: \"%s\". Clients that do not "
             "know it refuse the certificate.",
             info->subject_text, info->issuer_text);
}

/** The signature says who issued it; some clients go by what it says itself,
 * which may be a certificate that the CA had before. */
static void judge_key_id(X509 *cert, X509 *issuer, const vso_cert_info_t *info,
                         vso_result_t *res)
{
    int rc = X509_check_issued(issuer, cert);

    if (rc == X509_V_ERR_AKID_SKID_MISMATCH ||
        rc == X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH) {
        vso_warn(res, "authority-key-id",
                 "The authorityKeyIdentifier of \"%s\" names another "
                 "certificate of its issuer than the one in the chain: clients "
                 "that rest on OpenSSL refuse it.",
                 info->subject_text);
    }
}

static void judge_issuers(X509 *leaf, const vso_cert_info_t *leaf_info,
                          const apr_array_header_t *chain, apr_int64_t now_sec,
                          vso_result_t *res)
{
    const vso_cert_info_t *below = leaf_info;
    X509 *cert = leaf;
    int counted = 0;
    int i;

    for (i = 0; chain && i < chain->nelts; i++) {
        X509 *issuer = APR_ARRAY_IDX(chain, i, X509 *);
        const vso_cert_info_t *info = vso_cert_info(issuer, res->p);
        const char *who =
            apr_psprintf(res->p, "The issuer \"%s\"", info->subject_text);

        if (!vso_chain_issued(cert, issuer)) {
            warn_incomplete(below, res);
            return;
        }
        judge_key_id(cert, issuer, below, res);
        /* a root of version 1 has no extensions to say it with */
        if (!info->is_ca && !(info->self_signed &&
                              X509_get_version(issuer) == X509_VERSION_1)) {
            vso_warn(res, "issuer-not-ca",
                     "%s is not marked as a CA (CA:TRUE, and keyCertSign where "
                     "it has a key usage).",
                     who);
        }
        judge_dates(info, who, now_sec, res);
        judge_key(issuer, who, res);
        judge_explicit(issuer, who, res);
        judge_extensions(issuer, who, res);
        judge_path_length(issuer, counted, who, res);
        counted += !self_issued(issuer);
        if (!info->self_signed) { /* a root is trusted by name */
            judge_signature(issuer, who, res);
        }
        cert = issuer;
        below = info;
    }
    if (i == 0 && !leaf_info->self_signed) {
        warn_incomplete(leaf_info, res);
    }
}

void vso_cert_judge(X509 *leaf, const apr_array_header_t *chain,
                    const apr_array_header_t *hosts, apr_int64_t now_sec,
                    vso_result_t *res)
{
    const vso_cert_info_t *info = vso_cert_info(leaf, res->p);

    judge_dates(info, "The certificate", now_sec, res);
    judge_key(leaf, "The certificate", res);
    judge_explicit(leaf, "The certificate", res);
    judge_signature(leaf, "The certificate", res);
    judge_names(leaf, info, hosts, res);
    judge_usage(leaf, res);
    judge_key_usage(leaf, res);
    judge_not_ca(info, res);
    judge_extensions(leaf, "The certificate", res);
    judge_issuers(leaf, info, chain, now_sec, res);
}
