/* SPDX-License-Identifier: Apache-2.0 */
#include "package/rawsig.h"

#include <stddef.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "x509/ossl.h"

#define MIN_RSA_BITS      1024
#define MIN_SECURITY_BITS 80

/** What stands before a digest in a DigestInfo (RFC 8017, 9.2, notes), and
 * where vso_digests_t has the digest. The weakest first; the bit of the kind
 * at i is 1 << i. */
static const struct kind {
    const char *name;
    const EVP_MD *(*md)(void);
    int weak;
    const char *prefix;
    apr_size_t prefix_len;
    apr_size_t offset;
    apr_size_t len;
} kinds[] = {
    {"md5", EVP_md5, 1,
     "\x30\x20\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05\x05\x00\x04\x10",
     18, offsetof(vso_digests_t, md5), MD5_DIGEST_LENGTH},
    {"sha1", EVP_sha1, 1,
     "\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14", 15,
     offsetof(vso_digests_t, sha1), SHA_DIGEST_LENGTH},
    {"sha256", EVP_sha256, 0,
     "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04"
     "\x20",
     19, offsetof(vso_digests_t, sha256), SHA256_DIGEST_LENGTH},
    {"sha384", EVP_sha384, 0,
     "\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04"
     "\x30",
     19, offsetof(vso_digests_t, sha384), SHA384_DIGEST_LENGTH},
    {"sha512", EVP_sha512, 0,
     "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04"
     "\x40",
     19, offsetof(vso_digests_t, sha512), SHA512_DIGEST_LENGTH},
};

#define KINDS  (sizeof(kinds) / sizeof(kinds[0]))
#define BIT(i) (1U << (i))

struct vso_digester_t {
    apr_pool_t *p;
    unsigned kinds; /**< being computed */
    EVP_MD_CTX *ctx[KINDS];
};

static apr_status_t free_digester(void *baton)
{
    vso_digester_t *digester = baton;
    apr_size_t i;

    for (i = 0; i < KINDS; i++) {
        EVP_MD_CTX_free(digester->ctx[i]);
    }
    return APR_SUCCESS;
}

vso_digester_t *vso_digester_create(apr_pool_t *p)
{
    vso_digester_t *digester = apr_pcalloc(p, sizeof(*digester));

    digester->p = p;
    apr_pool_cleanup_register(p, digester, free_digester,
                              apr_pool_cleanup_null);
    return digester;
}

static apr_status_t cannot_digest(const vso_digester_t *digester, apr_size_t i,
                                  vso_result_t *res)
{
    return vso_fail(res, VSO_P_INTERNAL, NULL,
                    "The digest %s cannot be computed here (%s).",
                    kinds[i].name, vso_ossl_reason(digester->p));
}

apr_status_t vso_digester_begin(vso_digester_t *digester, unsigned wanted,
                                vso_result_t *res)
{
    apr_size_t i;

    digester->kinds = wanted;
    for (i = 0; i < KINDS; i++) {
        if (!(wanted & BIT(i))) {
            continue;
        }
        if (!digester->ctx[i]) {
            digester->ctx[i] = EVP_MD_CTX_new();
        }
        if (!digester->ctx[i] ||
            EVP_DigestInit_ex(digester->ctx[i], kinds[i].md(), NULL) != 1) {
            return cannot_digest(digester, i, res);
        }
    }
    return APR_SUCCESS;
}

apr_status_t vso_digester_take(void *baton, const char *data, apr_size_t len,
                               vso_result_t *res)
{
    vso_digester_t *digester = baton;
    apr_size_t i;

    for (i = 0; i < KINDS; i++) {
        if ((digester->kinds & BIT(i)) &&
            EVP_DigestUpdate(digester->ctx[i], data, len) != 1) {
            return cannot_digest(digester, i, res);
        }
    }
    return APR_SUCCESS;
}

apr_status_t vso_digester_end(vso_digester_t *digester, vso_digests_t *digests,
                              vso_result_t *res)
{
    apr_size_t i;

    digests->kinds = digester->kinds;
    digester->kinds = 0;
    for (i = 0; i < KINDS; i++) {
        if ((digests->kinds & BIT(i)) &&
            EVP_DigestFinal_ex(digester->ctx[i],
                               (unsigned char *)digests + kinds[i].offset,
                               NULL) != 1) {
            return cannot_digest(digester, i, res);
        }
    }
    return APR_SUCCESS;
}

int vso_rawsig_open(EVP_PKEY *pkey, const char *data, apr_size_t len,
                    vso_rawsig_t *sig)
{
    EVP_PKEY_CTX *ctx = NULL;
    int opened;

    if (!pkey || !EVP_PKEY_is_a(pkey, "RSA") || len > sizeof(sig->data) ||
        (apr_size_t)EVP_PKEY_get_size(pkey) != len) {
        return 0;
    }
    sig->len = sizeof(sig->data);
    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    opened = ctx && EVP_PKEY_verify_recover_init(ctx) == 1 &&
             EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
             EVP_PKEY_verify_recover(ctx, sig->data, &sig->len,
                                     (const unsigned char *)data, len) == 1;
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();
    return opened;
}

/** The kind that an opened signature is of; KINDS: none. */
static apr_size_t kind_of(const vso_rawsig_t *sig)
{
    apr_size_t i;

    for (i = 0; i < KINDS; i++) {
        if (sig->len == kinds[i].prefix_len + kinds[i].len &&
            !memcmp(sig->data, kinds[i].prefix, kinds[i].prefix_len)) {
            break;
        }
    }
    return i;
}

unsigned vso_rawsig_kind(const vso_rawsig_t *sig)
{
    apr_size_t i = kind_of(sig);

    return i < KINDS ? BIT(i) : 0;
}

const char *vso_rawsig_match(const vso_rawsig_t *sig,
                             const vso_digests_t *digests)
{
    apr_size_t i = kind_of(sig);

    return i < KINDS && (digests->kinds & BIT(i)) &&
                   !memcmp(sig->data + kinds[i].prefix_len,
                           (const unsigned char *)digests + kinds[i].offset,
                           kinds[i].len)
               ? kinds[i].name
               : NULL;
}

/** The kind of this name; KINDS: there is none. */
static apr_size_t find_kind(const char *name)
{
    apr_size_t i = 0;

    while (i < KINDS && strcmp(kinds[i].name, name)) {
        i++;
    }
    return i;
}

unsigned vso_digest_named(const char *name)
{
    apr_size_t i = find_kind(name);

    return i < KINDS ? BIT(i) : 0;
}

int vso_rawsig_is_weak(const char *digest)
{
    apr_size_t i = find_kind(digest);

    return i < KINDS && kinds[i].weak;
}

const char *vso_rawsig_weaker(const char *a, const char *b)
{
    if (!a || !b) {
        return a ? a : b;
    }
    return find_kind(a) < find_kind(b) ? a : b;
}

int vso_rawsig_short_key(const EVP_PKEY *pkey)
{
    if (EVP_PKEY_is_a(pkey, "RSA") || EVP_PKEY_is_a(pkey, "RSA-PSS")) {
        return EVP_PKEY_get_bits(pkey) < MIN_RSA_BITS;
    }
    return EVP_PKEY_get_security_bits(pkey) < MIN_SECURITY_BITS;
}

apr_status_t vso_rawsig_make(EVP_PKEY *pkey, unsigned kind,
                             const vso_digests_t *digests,
                             const unsigned char **psig, apr_size_t *plen,
                             vso_result_t *res, apr_pool_t *p)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    apr_size_t len = (apr_size_t)EVP_PKEY_get_size(pkey);
    unsigned char *sig = apr_palloc(p, len);
    apr_size_t i = 0;
    int signed_it;

    while (i < KINDS - 1 && BIT(i) != kind) {
        i++;
    }
    signed_it = ctx && (digests->kinds & kind) &&
                EVP_PKEY_sign_init(ctx) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
                EVP_PKEY_CTX_set_signature_md(ctx, kinds[i].md()) == 1 &&
                EVP_PKEY_sign(ctx, sig, &len,
                              (const unsigned char *)digests + kinds[i].offset,
                              kinds[i].len) == 1;
    EVP_PKEY_CTX_free(ctx);
    if (!signed_it) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "A file of the package cannot be signed with this key "
                        "and the digest %s (%s).",
                        kinds[i].name, vso_ossl_reason(p));
    }
    *psig = sig;
    *plen = len;
    return APR_SUCCESS;
}
