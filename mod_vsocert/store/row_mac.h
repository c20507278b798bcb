/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The MAC of a row: what shows that this module wrote it, and that nothing of
 * it was changed since. The one file that knows how.
 *
 * Canonical form: the name of the table, then the name and the value of each
 * column in the order of the table (tables.h) without those that no MAC
 * covers. A name or a text is "t", its length in bytes in decimal, a colon, its
 * bytes and a line feed; a number the same with "i"; what has no value is "n"
 * and a line feed. mac = id of a master key, ".", HMAC-SHA-256 of that form in
 * lower-case hex, under HKDF(master key, salt keystore_id, info "vsocert row").
 *
 * A sum of rows (row_sums.h) adds HMAC-SHA-256(sum key, mac) modulo 2^256; the
 * sum key is HKDF with info "vsocert sum".
 */
#ifndef VSO_ROW_MAC_H
#define VSO_ROW_MAC_H

#include <apr_pools.h>

#include "store/seal.h"
#include "store/tables.h"

/** The keys that a keystore's rows are authenticated with: those of each master
 * key of a ring. Used by one thread. */
typedef struct vso_row_keys_t vso_row_keys_t;

/** Derive them. NULL where OpenSSL failed.
 * @param ring  outlives them; of an empty one none are made */
vso_row_keys_t *vso_row_keys_make(const vso_keyring_t *ring,
                                  const char *keystore_id, apr_pool_t *p);

/** Write with this master key from now on, and not with the ring's first.
 * @return 0 where it is not in the ring: the first one stays */
int vso_row_keys_use(vso_row_keys_t *keys, const char *id);

/** Id of the master key that writes; NULL where there is none. */
const char *vso_row_keys_id(const vso_row_keys_t *keys);

/** The ring that they were made of. */
const vso_keyring_t *vso_row_keys_ring(const vso_row_keys_t *keys);

/** MAC of a row, by the key that writes.
 * @param values  a text for each column of the table; those that no MAC covers
 *                are not looked at
 * @return NULL: there is no key, or OpenSSL failed */
const char *vso_row_mac(const vso_row_keys_t *keys, const vso_table_t *table,
                        const char *const *values, apr_pool_t *p);

/** What a MAC says of its row. */
typedef enum {
    VSO_ROW_FORGED,   /**< the row is not what this module wrote */
    VSO_ROW_HOLDS,    /**< it is */
    VSO_ROW_OTHER_KEY /**< the master key that it names is not in the ring */
} vso_row_verdict_e;

/** Verify a row by the mac that it has. */
vso_row_verdict_e vso_row_mac_verify(const vso_row_keys_t *keys,
                                     const vso_table_t *table,
                                     const char *const *values, apr_pool_t *p);

/** Id of the master key that a mac names; NULL where it is none. */
const char *vso_row_mac_id(const char *mac, apr_pool_t *p);

/** Bytes of a sum. */
#define VSO_ROW_SUM_LEN 32

/** A sum modulo 2^256, the highest byte first. */
typedef struct {
    unsigned char bytes[VSO_ROW_SUM_LEN];
} vso_row_sum_t;

/** What a row adds to its sum, by the master key that its mac names.
 * @return 0 where that is not in the ring, or OpenSSL failed */
int vso_row_mac_addend(const vso_row_keys_t *keys, const char *mac,
                       vso_row_sum_t *addend, apr_pool_t *p);

/** a += b, or a -= b. */
void vso_row_sum_add(vso_row_sum_t *a, const vso_row_sum_t *b);
void vso_row_sum_subtract(vso_row_sum_t *a, const vso_row_sum_t *b);

#endif
