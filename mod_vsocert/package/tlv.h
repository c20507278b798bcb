/* SPDX-License-Identifier: Apache-2.0 */
/** A strict walk over DER (X.690), one tag, length and value after the other:
 * of definite length, strings in one piece. */
#ifndef VSO_TLV_H
#define VSO_TLV_H

#include <apr.h>
#include <openssl/asn1.h>

/** What is left of some DER. */
typedef struct {
    const unsigned char *at;
    const unsigned char *end;
} vso_tlv_t;

/** Contents of an object identifier. */
typedef struct {
    const unsigned char *bytes;
    apr_size_t len;
} vso_tlv_oid_t;

/** A vso_tlv_oid_t of these bytes. */
#define VSO_TLV_OID(...)                                                       \
    {                                                                          \
        (const unsigned char[]){__VA_ARGS__},                                  \
            sizeof((const unsigned char[]){__VA_ARGS__})                       \
    }

/** Step over one value of this tag and class.
 * @param inside  set to its contents; may be `in`
 * @return 1; 0 where something else comes, or nothing: `in` stays */
int vso_tlv_next(vso_tlv_t *in, int tag, int class, vso_tlv_t *inside);

/** The same with class universal. */
int vso_tlv_universal(vso_tlv_t *in, int tag, vso_tlv_t *inside);

/** The same with a context-specific tag. */
int vso_tlv_context(vso_tlv_t *in, int tag, vso_tlv_t *inside);

/** Bytes that are left. */
apr_size_t vso_tlv_len(const vso_tlv_t *der);

/** Are these the contents of der? */
int vso_tlv_is(const vso_tlv_t *der, const vso_tlv_oid_t *oid);

/** Which of the identifiers are the contents of der? @return -1: none */
int vso_tlv_which(const vso_tlv_t *der, const vso_tlv_oid_t *oids, int count);

#endif
