/* SPDX-License-Identifier: Apache-2.0 */
#include "package/recipient.h"

/* RFC 3394: one block of 64 bits more than what is wrapped. */
#define WRAP_MORE 8

/* RSA keys of 512 to 16384 bits, the most that OpenSSL uses. */
#define MIN_RSA 64
#define MAX_RSA 2048

/* An uncompressed point on the largest named curve, B-571, and the count of
 * unused bits. */
#define MAX_POINT (1 + 1 + 2 * 72)

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const char malformed[] = "does not list its recipients as CMS does "
                                "(RFC 5652, 6.2)";
static const char wrong_oaep[] = "has a recipient with other parameters of "
                                 "OAEP than a hash and MGF1 (RFC 4055, 4.1)";

static const vso_tlv_oid_t rsa_pkcs1 =
    VSO_TLV_OID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01);
static const vso_tlv_oid_t rsa_oaep =
    VSO_TLV_OID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x07);
static const vso_tlv_oid_t mgf1 =
    VSO_TLV_OID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08);
static const vso_tlv_oid_t label =
    VSO_TLV_OID(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x09);
static const vso_tlv_oid_t ec_public_key =
    VSO_TLV_OID(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01);

static const vso_tlv_oid_t hashes[] = {
    VSO_TLV_OID(0x2b, 0x0e, 0x03, 0x02, 0x1a), /* SHA-1 */
    VSO_TLV_OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04),
    VSO_TLV_OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01),
    VSO_TLV_OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02),
    VSO_TLV_OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03)};

/** dhSinglePass-stdDH and -cofactorDH, with SHA-1 and SHA-224 to SHA-512. */
static const vso_tlv_oid_t agreements[] = {
    VSO_TLV_OID(0x2b, 0x81, 0x05, 0x10, 0x86, 0x48, 0x3f, 0x00, 0x02),
    VSO_TLV_OID(0x2b, 0x81, 0x04, 0x01, 0x0b, 0x00),
    VSO_TLV_OID(0x2b, 0x81, 0x04, 0x01, 0x0b, 0x01),
    VSO_TLV_OID(0x2b, 0x81, 0x04, 0x01, 0x0b, 0x02),
    VSO_TLV_OID(0x2b, 0x81, 0x04, 0x01, 0x0b, 0x03),
    VSO_TLV_OID(0x2b, 0x81, 0x05, 0x10, 0x86, 0x48, 0x3f, 0x00, 0x03),
    VSO_TLV_OID(0x2b, 0x81, 0x04, 0x01, 0x0e, 0x00),
    VSO_TLV_OID(0x2b, 0x81, 0x04, 0x01, 0x0e, 0x01),
    VSO_TLV_OID(0x2b, 0x81, 0x04, 0x01, 0x0e, 0x02),
    VSO_TLV_OID(0x2b, 0x81, 0x04, 0x01, 0x0e, 0x03)};

/** id-aes128-wrap, id-aes192-wrap, id-aes256-wrap. */
static const vso_tlv_oid_t wraps[] = {
    VSO_TLV_OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x05),
    VSO_TLV_OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x19),
    VSO_TLV_OID(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2d)};

/** AlgorithmIdentifier. @param params  set to what follows the identifier */
static int algorithm(vso_tlv_t *in, vso_tlv_t *oid, vso_tlv_t *params)
{
    return vso_tlv_universal(in, V_ASN1_SEQUENCE, params) &&
           vso_tlv_universal(params, V_ASN1_OBJECT, oid);
}

static int none_or_null(vso_tlv_t *params)
{
    vso_tlv_t value;

    return !vso_tlv_len(params) ||
           (vso_tlv_universal(params, V_ASN1_NULL, &value) &&
            !vso_tlv_len(&value) && !vso_tlv_len(params));
}

/** All that is left of `in` is the identifier of one of our hashes. */
static int is_hash(vso_tlv_t *in)
{
    vso_tlv_t params;
    vso_tlv_t oid;

    return algorithm(in, &oid, &params) && !vso_tlv_len(in) &&
           vso_tlv_which(&oid, hashes, COUNT(hashes)) >= 0 &&
           none_or_null(&params);
}

static int is_mgf(vso_tlv_t *in)
{
    vso_tlv_t params;
    vso_tlv_t oid;

    return algorithm(in, &oid, &params) && !vso_tlv_len(in) &&
           vso_tlv_is(&oid, &mgf1) && is_hash(&params);
}

static int is_empty_label(vso_tlv_t *in)
{
    vso_tlv_t params;
    vso_tlv_t text;
    vso_tlv_t oid;

    return algorithm(in, &oid, &params) && !vso_tlv_len(in) &&
           vso_tlv_is(&oid, &label) &&
           vso_tlv_universal(&params, V_ASN1_OCTET_STRING, &text) &&
           !vso_tlv_len(&params) && !vso_tlv_len(&text);
}

/** RSAES-OAEP-params (RFC 4055, 4.1): each part has a default. */
static const char *check_oaep(vso_tlv_t *params)
{
    vso_tlv_t parts;
    vso_tlv_t part;

    if (!vso_tlv_universal(params, V_ASN1_SEQUENCE, &parts) ||
        vso_tlv_len(params) ||
        (vso_tlv_context(&parts, 0, &part) && !is_hash(&part)) ||
        (vso_tlv_context(&parts, 1, &part) && !is_mgf(&part)) ||
        (vso_tlv_context(&parts, 2, &part) && !is_empty_label(&part)) ||
        vso_tlv_len(&parts)) {
        return wrong_oaep;
    }
    return NULL;
}

/** KeyTransRecipientInfo (RFC 5652, 6.2.1), after its version. */
static const char *check_transport(vso_tlv_t *info)
{
    const char *wrong = NULL;
    vso_tlv_t params;
    vso_tlv_t value;
    vso_tlv_t oid;

    if (!(vso_tlv_universal(info, V_ASN1_SEQUENCE, &value) ||
          vso_tlv_context(info, 0, &value)) ||
        !algorithm(info, &oid, &params) ||
        !vso_tlv_universal(info, V_ASN1_OCTET_STRING, &value) ||
        vso_tlv_len(info)) {
        return malformed;
    }
    if (vso_tlv_is(&oid, &rsa_oaep)) {
        wrong = check_oaep(&params);
    }
    else if (!vso_tlv_is(&oid, &rsa_pkcs1)) {
        wrong = "has a recipient with another encryption of its key than "
                "RSA-OAEP (RFC 8017)";
    }
    if (!wrong &&
        (vso_tlv_len(&value) < MIN_RSA || vso_tlv_len(&value) > MAX_RSA)) {
        wrong = "has a recipient with a wrapped key of a length that no RSA "
                "key gives";
    }
    return wrong;
}

/** OriginatorIdentifierOrKey: an ephemeral key on a named curve, the
 * recipient's where it names none (RFC 5753, 7.1.2). */
static const char *check_originator(vso_tlv_t *info)
{
    vso_tlv_t originator;
    vso_tlv_t params;
    vso_tlv_t value;
    vso_tlv_t key;
    vso_tlv_t oid;

    if (!vso_tlv_context(info, 0, &originator)) {
        return malformed;
    }
    if (!vso_tlv_context(&originator, 1, &key) || vso_tlv_len(&originator) ||
        !algorithm(&key, &oid, &params) || !vso_tlv_is(&oid, &ec_public_key) ||
        !(none_or_null(&params) ||
          (vso_tlv_universal(&params, V_ASN1_OBJECT, &value) &&
           !vso_tlv_len(&params))) ||
        !vso_tlv_universal(&key, V_ASN1_BIT_STRING, &value) ||
        vso_tlv_len(&key) || vso_tlv_len(&value) > MAX_POINT) {
        return "has a recipient for whom the key of its sender is not an "
               "ephemeral one on a named curve (RFC 5753, 7.1.2)";
    }
    return NULL;
}

/** RecipientEncryptedKeys: each of the one length that there can be. */
static const char *check_keys(vso_tlv_t *keys, apr_size_t cipher_len)
{
    vso_tlv_t value;
    vso_tlv_t one;

    if (!vso_tlv_len(keys)) {
        return malformed;
    }
    while (vso_tlv_len(keys)) {
        if (!vso_tlv_universal(keys, V_ASN1_SEQUENCE, &one) ||
            !(vso_tlv_universal(&one, V_ASN1_SEQUENCE, &value) ||
              vso_tlv_context(&one, 0, &value)) ||
            !vso_tlv_universal(&one, V_ASN1_OCTET_STRING, &value) ||
            vso_tlv_len(&one)) {
            return malformed;
        }
        if (vso_tlv_len(&value) != cipher_len + WRAP_MORE) {
            return "has a recipient with a wrapped key that is not as long as "
                   "the cipher's key and 8 bytes (RFC 3394)";
        }
    }
    return NULL;
}

/** KeyAgreeRecipientInfo (RFC 5652, 6.2.2), after its version. */
static const char *check_agreement(vso_tlv_t *info, apr_size_t cipher_len)
{
    const char *wrong = check_originator(info);
    vso_tlv_t wrap_params;
    vso_tlv_t params;
    vso_tlv_t value;
    vso_tlv_t oid;

    if (wrong) {
        return wrong;
    }
    vso_tlv_context(info, 1, &value); /* ukm, optional */
    if (!algorithm(info, &oid, &params)) {
        return malformed;
    }
    if (vso_tlv_which(&oid, agreements, COUNT(agreements)) < 0) {
        return "has a recipient with another key agreement than ECDH with the "
               "X9.63 KDF (RFC 5753, 7.1.4)";
    }
    if (!algorithm(&params, &oid, &wrap_params) || vso_tlv_len(&params) ||
        vso_tlv_which(&oid, wraps, COUNT(wraps)) < 0 ||
        !none_or_null(&wrap_params)) {
        return "has a recipient with another key wrap than AES (RFC 3394)";
    }
    if (!vso_tlv_universal(info, V_ASN1_SEQUENCE, &value) ||
        vso_tlv_len(info)) {
        return malformed;
    }
    return check_keys(&value, cipher_len);
}

/** One RecipientInfo. */
static const char *check_one(vso_tlv_t *infos, apr_size_t cipher_len)
{
    vso_tlv_t version;
    vso_tlv_t info;
    int tag;

    if (vso_tlv_universal(infos, V_ASN1_SEQUENCE, &info)) {
        return vso_tlv_universal(&info, V_ASN1_INTEGER, &version)
                   ? check_transport(&info)
                   : malformed;
    }
    if (vso_tlv_context(infos, 1, &info)) {
        return vso_tlv_universal(&info, V_ASN1_INTEGER, &version)
                   ? check_agreement(&info, cipher_len)
                   : malformed;
    }
    for (tag = 2; tag <= 4; tag++) { /* kekri, pwri, ori */
        if (vso_tlv_context(infos, tag, &info)) {
            return NULL;
        }
    }
    return malformed;
}

const char *vso_recipients_wrong(vso_tlv_t infos, apr_size_t cipher_len)
{
    const char *wrong = NULL;

    while (!wrong && vso_tlv_len(&infos)) {
        wrong = check_one(&infos, cipher_len);
    }
    return wrong;
}
