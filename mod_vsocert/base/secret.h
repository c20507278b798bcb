/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Bytes that must not outlive their use: passwords, keys, plaintext of sealed
 * columns. Wiped when the pool that owns them is cleared. Never formatted,
 * logged, or put in a URL.
 */
#ifndef VSO_SECRET_H
#define VSO_SECRET_H

#include <apr_pools.h>

/** Bytes that are wiped with their pool. */
typedef struct {
    unsigned char *data; /**< len bytes, then a NUL that len does not count */
    apr_size_t len;
} vso_secret_t;

/** A secret of len zero bytes to be filled in; wiped when p goes. */
vso_secret_t *vso_secret_make(apr_size_t len, apr_pool_t *p);

/** A copy of data; the caller still owns, and wipes, the original. */
vso_secret_t *vso_secret_copy(const void *data, apr_size_t len, apr_pool_t *p);

/** Compare in time that depends on the lengths only. @return 1 when equal */
int vso_secret_equal(const vso_secret_t *a, const vso_secret_t *b);

/** Overwrite len bytes in a way that the compiler keeps. */
void vso_wipe(void *data, apr_size_t len);

#endif
