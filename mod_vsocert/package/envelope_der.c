/* SPDX-License-Identifier: Apache-2.0 */
#include "package/envelope_der.h"

#include "package/der.h"
#include "package/recipient.h"

#define MIN_TAG_LEN 12 /* also the default of GCMParameters */
#define MAX_TAG_LEN 16
#define MIN_NONCE   12

static const vso_der_oid_t auth_enveloped = VSO_DER_OID(
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x17);
static const vso_der_oid_t data_type =
    VSO_DER_OID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01);

/** aes128-GCM, aes192-GCM, aes256-GCM. */
static const vso_der_oid_t ciphers[] = {
    VSO_DER_OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x06),
    VSO_DER_OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x1a),
    VSO_DER_OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2e)};
static const apr_size_t cipher_lens[] = {16, 24, 32};

/** What the content says about itself. */
typedef struct {
    apr_size_t tag_len;
    apr_size_t cipher_len; /**< of the key, in bytes */
} content_t;

/** GCMParameters: the nonce, and the tag's length; 0 where wrong. */
static apr_size_t tag_length(vso_der_t *algorithm)
{
    vso_der_t params;
    vso_der_t value;

    if (!vso_der_universal(algorithm, V_ASN1_SEQUENCE, &params) ||
        !vso_der_universal(&params, V_ASN1_OCTET_STRING, &value) ||
        vso_der_len(&value) < MIN_NONCE) {
        return 0;
    }
    if (!vso_der_len(&params)) {
        return MIN_TAG_LEN;
    }
    if (!vso_der_universal(&params, V_ASN1_INTEGER, &value) ||
        vso_der_len(&params) || vso_der_len(&value) != 1 ||
        *value.at < MIN_TAG_LEN || *value.at > MAX_TAG_LEN) {
        return 0;
    }
    return *value.at;
}

/** EncryptedContentInfo. @return what is wrong, or NULL */
static const char *check_content(vso_der_t *info, content_t *content)
{
    vso_der_t algorithm;
    vso_der_t value;
    int cipher;

    if (!vso_der_universal(info, V_ASN1_OBJECT, &value) ||
        !vso_der_is(&value, &data_type) ||
        !vso_der_universal(info, V_ASN1_SEQUENCE, &algorithm) ||
        !vso_der_universal(&algorithm, V_ASN1_OBJECT, &value)) {
        return "does not hold encrypted data (RFC 5652, 6.1)";
    }
    cipher = vso_der_which(&value, ciphers, 3);
    if (cipher < 0) {
        return "is encrypted with another cipher than AES-GCM";
    }
    content->cipher_len = cipher_lens[cipher];
    content->tag_len = tag_length(&algorithm);
    if (!content->tag_len) {
        return "has no proper parameters for AES-GCM (RFC 5084, 3.2)";
    }
    if (!vso_der_context(info, 0, &value) || vso_der_len(info)) {
        return "does not hold its encrypted content (RFC 5652, 6.1)";
    }
    return NULL;
}

const char *vso_envelope_wrong(const unsigned char *der, apr_size_t len)
{
    vso_der_t all = {der, der + len};
    content_t content = {0, 0};
    const char *wrong;
    vso_der_t recipients;
    vso_der_t outer;
    vso_der_t inner;
    vso_der_t body;
    vso_der_t value;

    if (!vso_der_universal(&all, V_ASN1_SEQUENCE, &outer) ||
        vso_der_len(&all) ||
        !vso_der_universal(&outer, V_ASN1_OBJECT, &value)) {
        return "is no CMS message in DER (RFC 5652, 3)";
    }
    if (!vso_der_is(&value, &auth_enveloped)) {
        return "is no AuthEnvelopedData (RFC 5083)";
    }
    if (!vso_der_context(&outer, 0, &inner) || vso_der_len(&outer) ||
        !vso_der_universal(&inner, V_ASN1_SEQUENCE, &body) ||
        vso_der_len(&inner) ||
        !vso_der_universal(&body, V_ASN1_INTEGER, &value)) {
        return "is no AuthEnvelopedData (RFC 5083)";
    }
    vso_der_context(&body, 0, &value); /* originatorInfo */
    if (!vso_der_universal(&body, V_ASN1_SET, &recipients) ||
        !vso_der_universal(&body, V_ASN1_SEQUENCE, &inner)) {
        return "is no AuthEnvelopedData (RFC 5083)";
    }
    wrong = check_content(&inner, &content);
    if (!wrong) {
        wrong = vso_recipients_wrong(recipients, content.cipher_len);
    }
    if (wrong) {
        return wrong;
    }
    vso_der_context(&body, 1, &value); /* authAttrs */
    if (!vso_der_universal(&body, V_ASN1_OCTET_STRING, &value) ||
        vso_der_len(&value) != content.tag_len) {
        return "has no authentication tag of the length that it states "
               "(RFC 5084, 3.2)";
    }
    vso_der_context(&body, 2, &value); /* unauthAttrs */
    return vso_der_len(&body) ? "is no AuthEnvelopedData (RFC 5083)" : NULL;
}
