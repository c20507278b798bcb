/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What DER bytes are, at a first look: nothing is taken out of them.
 */
#ifndef VSO_DER_H
#define VSO_DER_H

#include <apr_pools.h>
#include <openssl/asn1.h>

/** 1 when data begins like a SEQUENCE in DER of more than 127 bytes, or of
 * indefinite length, which no text does: a certificate, a PKCS#7 bag, a
 * PKCS#12 file. */
int vso_der_begins(const char *data, apr_size_t len);

/** 1 when the bytes are, from first to last, what the item describes. */
int vso_der_is(const ASN1_ITEM *item, const unsigned char *data,
               apr_size_t len);

/** How many bytes the SEQUENCE in front says it has, its head included; 0
 * where it is none, or does not say. Larger than len: it was cut short. */
apr_size_t vso_der_size(const unsigned char *data, apr_size_t len);

#endif
