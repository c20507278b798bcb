/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/usage.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "x509/san.h"

const EVP_MD *vso_usage_digest(const EVP_PKEY *pkey)
{
    const int mandatory = 2;
    char name[64];

    if (EVP_PKEY_is_a(pkey, "EC")) {
        return EVP_PKEY_get_bits(pkey) > 256 ? EVP_sha384() : EVP_sha256();
    }
    if (EVP_PKEY_get_default_digest_name((EVP_PKEY *)pkey, name,
                                         sizeof(name)) == mandatory) {
        return EVP_get_digestbyname(name); /* "UNDEF": NULL */
    }
    ERR_clear_error();
    return EVP_sha256();
}

static const char *key_usage(const EVP_PKEY *pkey)
{
    if (EVP_PKEY_is_a(pkey, "RSA")) {
        return "critical,digitalSignature,keyEncipherment";
    }
    /* keyAgreement: or CMS refuses the certificate as a recipient */
    if (EVP_PKEY_is_a(pkey, "EC")) {
        return "critical,digitalSignature,keyAgreement";
    }
    return "critical,digitalSignature";
}

/** Push an extension; NULL fails. @return 1, or 0 and it is freed */
static int push(STACK_OF(X509_EXTENSION) * stack, X509_EXTENSION *extension)
{
    if (extension && stack && sk_X509_EXTENSION_push(stack, extension)) {
        return 1;
    }
    X509_EXTENSION_free(extension);
    return 0;
}

STACK_OF(X509_EXTENSION) *
    vso_usage_extensions(const EVP_PKEY *pkey, const apr_array_header_t *sans)
{
    STACK_OF(X509_EXTENSION) *stack = sk_X509_EXTENSION_new_null();
    int ok;

    ok = push(stack,
              X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, key_usage(pkey)));
    ok &= push(stack, X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage,
                                          "serverAuth"));
    if (sans->nelts) {
        ok &= push(stack, vso_sans_to_extension(sans));
    }
    if (!ok) {
        sk_X509_EXTENSION_pop_free(stack, X509_EXTENSION_free);
        stack = NULL;
    }
    return stack;
}
