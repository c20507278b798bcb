/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Bytes as base/bytes.h reads them, written one behind the other.
 */
#ifndef VSO_SERVING_PACK_H
#define VSO_SERVING_PACK_H

#include <apr_pools.h>

#include "base/bytes.h"

/** What was written. */
typedef struct {
    unsigned char *data;
    apr_size_t len;
    apr_size_t room;
    apr_pool_t *p; /**< grows there; NULL: room is all there is */
    int bad;       /**< it was too little, or a text too long */
} vso_pack_t;

/** Begin one that grows. */
vso_pack_t vso_pack_make(apr_size_t room, apr_pool_t *p);

/** Bytes as they are. */
void vso_pack_raw(vso_pack_t *pack, const void *data, apr_size_t len);

/** A number of 1, 2, 4 or 8 bytes. */
void vso_pack_number(vso_pack_t *pack, apr_uint64_t number, int width);

/** Their number in `width` bytes, then bytes. */
void vso_pack_counted(vso_pack_t *pack, const void *data, apr_size_t len,
                      int width);

/** A text of at most 65535 bytes, counted. */
void vso_pack_text(vso_pack_t *pack, const char *text);

/** What was written, to be read. */
vso_bytes_t vso_pack_bytes(const vso_pack_t *pack);

/** Read a text that vso_pack_text wrote; "" and bad where it is none, or holds
 * a NUL. */
const char *vso_pack_read_text(vso_bytes_t *in, apr_pool_t *p);

#endif
