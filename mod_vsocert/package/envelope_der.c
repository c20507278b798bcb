/* SPDX-License-Identifier: Apache-2.0 */
#include "package/envelope_der.h"

#include <string.h>

#include <openssl/asn1.h>
#include <openssl/err.h>

/* What ASN1_get_object returns beside the bit for "constructed". */
#define INDEFINITE 0x01
#define BROKEN     0x80

#define MIN_TAG_LEN 12 /* also the default of GCMParameters */
#define MAX_TAG_LEN 16
#define MIN_NONCE   12

/** Contents of object identifiers. */
static const unsigned char auth_enveloped[] = {
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x17};
static const unsigned char data_type[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                                          0x0d, 0x01, 0x07, 0x01};
/** aes128-GCM, aes192-GCM, aes256-GCM: this and 6, 26, 46. */
static const unsigned char aes[] = {0x60, 0x86, 0x48, 0x01,
                                    0x65, 0x03, 0x04, 0x01};

/** What is left of some DER. */
typedef struct {
    const unsigned char *at;
    const unsigned char *end;
} der_t;

/** Step over one value of definite length. @return 1, inside: its contents */
static int next(der_t *in, int tag, int class, der_t *inside)
{
    const unsigned char *at = in->at;
    long len = 0;
    int found_tag = 0;
    int found_class = 0;
    int rc;

    if (in->at == in->end) {
        return 0;
    }
    rc = ASN1_get_object(&at, &len, &found_tag, &found_class,
                         (long)(in->end - in->at));
    ERR_clear_error();
    if ((rc & (BROKEN | INDEFINITE)) || found_tag != tag ||
        found_class != class) {
        return 0;
    }
    inside->at = at;
    inside->end = at + len;
    in->at = inside->end;
    return 1;
}

static int universal(der_t *in, int tag, der_t *inside)
{
    return next(in, tag, V_ASN1_UNIVERSAL, inside);
}

static void skip_optional(der_t *in, int tag)
{
    der_t ignored;

    next(in, tag, V_ASN1_CONTEXT_SPECIFIC, &ignored);
}

static int is(const der_t *der, const unsigned char *bytes, apr_size_t len)
{
    return (apr_size_t)(der->end - der->at) == len &&
           !memcmp(der->at, bytes, len);
}

static int is_aes_gcm(const der_t *oid)
{
    const unsigned char *last = oid->at + sizeof(aes);

    return oid->end - oid->at == sizeof(aes) + 1 &&
           !memcmp(oid->at, aes, sizeof(aes)) &&
           (*last == 6 || *last == 26 || *last == 46);
}

/** GCMParameters: the nonce, and the tag's length; 0 where wrong. */
static int tag_length(der_t *algorithm)
{
    der_t params;
    der_t value;

    if (!universal(algorithm, V_ASN1_SEQUENCE, &params) ||
        !universal(&params, V_ASN1_OCTET_STRING, &value) ||
        value.end - value.at < MIN_NONCE) {
        return 0;
    }
    if (params.at == params.end) {
        return MIN_TAG_LEN;
    }
    if (!universal(&params, V_ASN1_INTEGER, &value) ||
        params.at != params.end || value.end - value.at != 1 ||
        *value.at < MIN_TAG_LEN || *value.at > MAX_TAG_LEN) {
        return 0;
    }
    return *value.at;
}

/** EncryptedContentInfo. @return what is wrong, or NULL */
static const char *check_content(der_t *info, int *ptag_len)
{
    der_t algorithm;
    der_t value;

    if (!universal(info, V_ASN1_OBJECT, &value) ||
        !is(&value, data_type, sizeof(data_type)) ||
        !universal(info, V_ASN1_SEQUENCE, &algorithm) ||
        !universal(&algorithm, V_ASN1_OBJECT, &value)) {
        return "does not hold encrypted data (RFC 5652, 6.1)";
    }
    if (!is_aes_gcm(&value)) {
        return "is encrypted with another cipher than AES-GCM";
    }
    *ptag_len = tag_length(&algorithm);
    if (!*ptag_len) {
        return "has no proper parameters for AES-GCM (RFC 5084, 3.2)";
    }
    if (!next(info, 0, V_ASN1_CONTEXT_SPECIFIC, &value) ||
        info->at != info->end) {
        return "does not hold its encrypted content (RFC 5652, 6.1)";
    }
    return NULL;
}

const char *vso_envelope_wrong(const unsigned char *der, apr_size_t len)
{
    der_t all = {der, der + len};
    const char *wrong;
    int tag_len = 0;
    der_t outer;
    der_t inner;
    der_t body;
    der_t value;

    if (!universal(&all, V_ASN1_SEQUENCE, &outer) || all.at != all.end ||
        !universal(&outer, V_ASN1_OBJECT, &value)) {
        return "is no CMS message in DER (RFC 5652, 3)";
    }
    if (!is(&value, auth_enveloped, sizeof(auth_enveloped))) {
        return "is no AuthEnvelopedData (RFC 5083)";
    }
    if (!next(&outer, 0, V_ASN1_CONTEXT_SPECIFIC, &inner) ||
        outer.at != outer.end || !universal(&inner, V_ASN1_SEQUENCE, &body) ||
        inner.at != inner.end || !universal(&body, V_ASN1_INTEGER, &value)) {
        return "is no AuthEnvelopedData (RFC 5083)";
    }
    skip_optional(&body, 0); /* originatorInfo */
    if (!universal(&body, V_ASN1_SET, &value) ||
        !universal(&body, V_ASN1_SEQUENCE, &inner)) {
        return "is no AuthEnvelopedData (RFC 5083)";
    }
    wrong = check_content(&inner, &tag_len);
    if (wrong) {
        return wrong;
    }
    skip_optional(&body, 1); /* authAttrs */
    if (!universal(&body, V_ASN1_OCTET_STRING, &value) ||
        value.end - value.at != tag_len) {
        return "has no authentication tag of the length that it states "
               "(RFC 5084, 3.2)";
    }
    skip_optional(&body, 2); /* unauthAttrs */
    return body.at == body.end ? NULL : "is no AuthEnvelopedData (RFC 5083)";
}
