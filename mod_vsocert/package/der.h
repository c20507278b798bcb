/* SPDX-License-Identifier: Apache-2.0 */
/** A strict walk over DER (X.690): values of definite length, one after the
 * other, strings in one piece. */
#ifndef VSO_DER_H
#define VSO_DER_H

#include <apr.h>
#include <openssl/asn1.h>

/** What is left of some DER. */
typedef struct {
    const unsigned char *at;
    const unsigned char *end;
} vso_der_t;

/** Contents of an object identifier. */
typedef struct {
    const unsigned char *bytes;
    apr_size_t len;
} vso_der_oid_t;

/** A vso_der_oid_t of these bytes. */
#define VSO_DER_OID(...)                                                       \
    {                                                                          \
        (const unsigned char[]){__VA_ARGS__},                                  \
            sizeof((const unsigned char[]){__VA_ARGS__})                       \
    }

/** Step over one value of this tag and class.
 * @param inside  set to its contents; may be `in`
 * @return 1; 0 where something else comes, or nothing: `in` stays */
int vso_der_next(vso_der_t *in, int tag, int class, vso_der_t *inside);

/** The same with class universal. */
int vso_der_universal(vso_der_t *in, int tag, vso_der_t *inside);

/** The same with a context-specific tag. */
int vso_der_context(vso_der_t *in, int tag, vso_der_t *inside);

/** Bytes that are left. */
apr_size_t vso_der_len(const vso_der_t *der);

/** Are these the contents of der? */
int vso_der_is(const vso_der_t *der, const vso_der_oid_t *oid);

/** Which of the identifiers are the contents of der? @return -1: none */
int vso_der_which(const vso_der_t *der, const vso_der_oid_t *oids, int count);

#endif
