/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing PKCS#12 (RFC 7292): one encrypted safe with the certificates, one
 * plain safe with the shrouded key, HMAC-SHA-256 over both. What OpenSSL, Java
 * (8u301 and later) and Windows read.
 */
#include <openssl/pkcs12.h>
#include <openssl/sha.h>

#include "keyfile/format.h"
#include "keyfile/pbe.h"
#include "x509/ossl.h"

#define MAC_SALT_LEN 16

/** The bags of one file while it is written. */
typedef struct {
    STACK_OF(PKCS12_SAFEBAG) * certs;
    STACK_OF(PKCS12_SAFEBAG) * keys;
    STACK_OF(PKCS7) * safes;
} draft_t;

/** Put the bag into the stack, which owns it then; 0 where there is none. */
static int push_bag(STACK_OF(PKCS12_SAFEBAG) * bags, PKCS12_SAFEBAG *bag)
{
    if (bag && bags && sk_PKCS12_SAFEBAG_push(bags, bag)) {
        return 1;
    }
    PKCS12_SAFEBAG_free(bag);
    return 0;
}

static int push_safe(STACK_OF(PKCS7) * safes, PKCS7 *safe)
{
    if (safe && safes && sk_PKCS7_push(safes, safe)) {
        return 1;
    }
    PKCS7_free(safe);
    return 0;
}

/** Alias and localKeyID tie key and certificate together. */
static int name_bag(PKCS12_SAFEBAG *bag, unsigned char *id)
{
    return PKCS12_add_friendlyname_utf8(bag, VSO_KEYFILE_ALIAS, -1) &&
           PKCS12_add_localkeyid(bag, id, SHA_DIGEST_LENGTH);
}

static int add_certs(draft_t *draft, const vso_keyfile_sink_t *sink,
                     unsigned char *id)
{
    int i;

    if (!push_bag(draft->certs, PKCS12_SAFEBAG_create_cert(sink->cert)) ||
        !name_bag(sk_PKCS12_SAFEBAG_value(draft->certs, 0), id)) {
        return 0;
    }
    for (i = 0; i < sink->chain->nelts; i++) {
        if (!push_bag(draft->certs, PKCS12_SAFEBAG_create_cert(APR_ARRAY_IDX(
                                        sink->chain, i, X509 *)))) {
            return 0;
        }
    }
    return 1;
}

static int add_key(draft_t *draft, const vso_keyfile_sink_t *sink,
                   unsigned char *id)
{
    X509_SIG *sealed = vso_pbe_seal(sink->pkey, sink->password);
    PKCS12_SAFEBAG *bag = sealed ? PKCS12_SAFEBAG_create0_pkcs8(sealed) : NULL;

    if (!bag) {
        X509_SIG_free(sealed);
        return 0;
    }
    return push_bag(draft->keys, bag) && name_bag(bag, id);
}

/** The safe with the certificates, encrypted like the key. */
static PKCS7 *seal_certs(const draft_t *draft, const vso_secret_t *password)
{
    X509_ALGOR *algorithm = vso_pbe_algorithm();
    PKCS7 *safe = PKCS7_new();
    PKCS7_ENC_CONTENT *content;

    if (!safe || !algorithm || !PKCS7_set_type(safe, NID_pkcs7_encrypted)) {
        X509_ALGOR_free(algorithm);
        goto fail;
    }
    content = safe->d.encrypted->enc_data;
    X509_ALGOR_free(content->algorithm);
    content->algorithm = algorithm;
    ASN1_OCTET_STRING_free(content->enc_data);
    content->enc_data = PKCS12_item_i2d_encrypt(
        algorithm, ASN1_ITEM_rptr(PKCS12_SAFEBAGS),
        (const char *)password->data, (int)password->len, draft->certs, 1);
    if (content->enc_data) {
        return safe;
    }

fail:
    PKCS7_free(safe);
    return NULL;
}

static PKCS12 *build(draft_t *draft, const vso_keyfile_sink_t *sink)
{
    const char *password = (const char *)sink->password->data;
    unsigned char id[SHA_DIGEST_LENGTH];
    PKCS12 *p12;

    if (!X509_digest(sink->cert, EVP_sha1(), id, NULL) ||
        !add_certs(draft, sink, id) || !add_key(draft, sink, id) ||
        !push_safe(draft->safes, seal_certs(draft, sink->password)) ||
        !push_safe(draft->safes, PKCS12_pack_p7data(draft->keys))) {
        return NULL;
    }
    p12 = PKCS12_add_safes(draft->safes, NID_pkcs7_data);
    if (p12 &&
        !PKCS12_set_mac(p12, password, (int)sink->password->len, NULL,
                        MAC_SALT_LEN, VSO_PBE_ITERATIONS, EVP_sha256())) {
        PKCS12_free(p12);
        p12 = NULL;
    }
    return p12;
}

apr_status_t vso_pkcs12_write(const vso_keyfile_sink_t *sink,
                              vso_secret_t **pdata, vso_result_t *res,
                              apr_pool_t *p)
{
    draft_t draft = {sk_PKCS12_SAFEBAG_new_null(), sk_PKCS12_SAFEBAG_new_null(),
                     sk_PKCS7_new_null()};
    PKCS12 *p12 = build(&draft, sink);
    BIO *out = BIO_new(BIO_s_mem());
    apr_status_t rv = APR_SUCCESS;

    if (p12 && out && i2d_PKCS12_bio(out, p12)) {
        *pdata = vso_format_bio_bytes(out, p);
    }
    else {
        rv = vso_fail(res, VSO_P_INTERNAL, NULL,
                      "OpenSSL could not write the file: %s.",
                      vso_ossl_reason(p));
    }
    BIO_free(out);
    PKCS12_free(p12);
    sk_PKCS7_pop_free(draft.safes, PKCS7_free);
    sk_PKCS12_SAFEBAG_pop_free(draft.certs, PKCS12_SAFEBAG_free);
    sk_PKCS12_SAFEBAG_pop_free(draft.keys, PKCS12_SAFEBAG_free);
    return rv;
}
