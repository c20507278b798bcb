/* SPDX-License-Identifier: Apache-2.0 */
#include "package/tlv.h"

#include <string.h>

#include <openssl/err.h>

/* What ASN1_get_object returns beside the bit for "constructed". */
#define INDEFINITE 0x01
#define BROKEN     0x80

/** BER allows a string in pieces, whose length is not that of the value. */
static int has_form_of_der(int rc, int tag, int class)
{
    int constructed = tag == V_ASN1_SEQUENCE || tag == V_ASN1_SET;

    return class != V_ASN1_UNIVERSAL ||
           !(rc & V_ASN1_CONSTRUCTED) == !constructed;
}

int vso_tlv_next(vso_tlv_t *in, int tag, int class, vso_tlv_t *inside)
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
        found_class != class || !has_form_of_der(rc, tag, class)) {
        return 0;
    }
    in->at = at + len;
    inside->at = at;
    inside->end = at + len;
    return 1;
}

int vso_tlv_universal(vso_tlv_t *in, int tag, vso_tlv_t *inside)
{
    return vso_tlv_next(in, tag, V_ASN1_UNIVERSAL, inside);
}

int vso_tlv_context(vso_tlv_t *in, int tag, vso_tlv_t *inside)
{
    return vso_tlv_next(in, tag, V_ASN1_CONTEXT_SPECIFIC, inside);
}

apr_size_t vso_tlv_len(const vso_tlv_t *der)
{
    return (apr_size_t)(der->end - der->at);
}

int vso_tlv_is(const vso_tlv_t *der, const vso_tlv_oid_t *oid)
{
    return vso_tlv_len(der) == oid->len &&
           !memcmp(der->at, oid->bytes, oid->len);
}

int vso_tlv_which(const vso_tlv_t *der, const vso_tlv_oid_t *oids, int count)
{
    int i;

    for (i = 0; i < count; i++) {
        if (vso_tlv_is(der, &oids[i])) {
            return i;
        }
    }
    return -1;
}
