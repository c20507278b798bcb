/* SPDX-License-Identifier: Apache-2.0 */
#include "package/envelope_der.h"

#include "package/tlv.h"
#include "package/recipient.h"

#define MIN_TAG_LEN 12 /* also the default of GCMParameters */
#define MAX_TAG_LEN 16
#define MIN_NONCE   12

static const vso_tlv_oid_t auth_enveloped = VSO_TLV_OID(
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x17);
static const vso_tlv_oid_t data_type =
    VSO_TLV_OID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01);

/** aes128-GCM, aes192-GCM, aes256-GCM. */
static const vso_tlv_oid_t ciphers[] = {
    VSO_TLV_OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x06),
    VSO_TLV_OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x1a),
    VSO_TLV_OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2e)};
static const apr_size_t cipher_lens[] = {16, 24, 32};

/** What the content says about itself. */
typedef struct {
    apr_size_t tag_len;
    apr_size_t cipher_len; /**< of the key, in bytes */
} content_t;

/** GCMParameters: the nonce, and the tag's length; 0 where wrong. */
static apr_size_t tag_length(vso_tlv_t *algorithm)
{
    vso_tlv_t params;
    vso_tlv_t value;

    if (!vso_tlv_universal(algorithm, V_ASN1_SEQUENCE, &params) ||
        !vso_tlv_universal(&params, V_ASN1_OCTET_STRING, &value) ||
        vso_tlv_len(&value) < MIN_NONCE) {
        return 0;
    }
    if (!vso_tlv_len(&params)) {
        return MIN_TAG_LEN;
    }
    if (!vso_tlv_universal(&params, V_ASN1_INTEGER, &value) ||
        vso_tlv_len(&params) || vso_tlv_len(&value) != 1 ||
        *value.at < MIN_TAG_LEN || *value.at > MAX_TAG_LEN) {
        return 0;
    }
    return *value.at;
}

/** EncryptedContentInfo. @return what is wrong, or NULL */
static const char *check_content(vso_tlv_t *info, content_t *content)
{
    vso_tlv_t algorithm;
    vso_tlv_t value;
    int cipher;

    if (!vso_tlv_universal(info, V_ASN1_OBJECT, &value) ||
        !vso_tlv_is(&value, &data_type) ||
        !vso_tlv_universal(info, V_ASN1_SEQUENCE, &algorithm) ||
        !vso_tlv_universal(&algorithm, V_ASN1_OBJECT, &value)) {
        return "does not hold encrypted data (RFC 5652, 6.1)";
    }
    cipher = vso_tlv_which(&value, ciphers, 3);
    if (cipher < 0) {
        return "is encrypted with another cipher than AES-GCM";
    }
    content->cipher_len = cipher_lens[cipher];
    content->tag_len = tag_length(&algorithm);
    if (!content->tag_len) {
        return "has no proper parameters for AES-GCM (RFC 5084, 3.2)";
    }
    if (!vso_tlv_context(info, 0, &value) || vso_tlv_len(info)) {
        return "does not hold its encrypted content (RFC 5652, 6.1)";
    }
    return NULL;
}

const char *vso_envelope_der_wrong(const unsigned char *der, apr_size_t len)
{
    vso_tlv_t all = {der, der + len};
    content_t content = {0, 0};
    const char *wrong;
    vso_tlv_t recipients;
    vso_tlv_t outer;
    vso_tlv_t inner;
    vso_tlv_t body;
    vso_tlv_t value;

    if (!vso_tlv_universal(&all, V_ASN1_SEQUENCE, &outer) ||
        vso_tlv_len(&all) ||
        !vso_tlv_universal(&outer, V_ASN1_OBJECT, &value)) {
        return "is no CMS message in DER (RFC 5652, 3)";
    }
    if (!vso_tlv_is(&value, &auth_enveloped)) {
        return "is no AuthEnvelopedData (RFC 5083)";
    }
    if (!vso_tlv_context(&outer, 0, &inner) || vso_tlv_len(&outer) ||
        !vso_tlv_universal(&inner, V_ASN1_SEQUENCE, &body) ||
        vso_tlv_len(&inner) ||
        !vso_tlv_universal(&body, V_ASN1_INTEGER, &value)) {
        return "is no AuthEnvelopedData (RFC 5083)";
    }
    vso_tlv_context(&body, 0, &value); /* originatorInfo */
    if (!vso_tlv_universal(&body, V_ASN1_SET, &recipients) ||
        !vso_tlv_universal(&body, V_ASN1_SEQUENCE, &inner)) {
        return "is no AuthEnvelopedData (RFC 5083)";
    }
    wrong = check_content(&inner, &content);
    if (!wrong) {
        wrong = vso_recipients_wrong(recipients, content.cipher_len);
    }
    if (wrong) {
        return wrong;
    }
    vso_tlv_context(&body, 1, &value); /* authAttrs */
    if (!vso_tlv_universal(&body, V_ASN1_OCTET_STRING, &value) ||
        vso_tlv_len(&value) != content.tag_len) {
        return "has no authentication tag of the length that it states "
               "(RFC 5084, 3.2)";
    }
    vso_tlv_context(&body, 2, &value); /* unauthAttrs */
    return vso_tlv_len(&body) ? "is no AuthEnvelopedData (RFC 5083)" : NULL;
}
