/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Archives made byte by byte, so that tests can say in them what no program
 * writes. Entries are stored.
 */
#ifndef VSO_ZIP_MAKE_H
#define VSO_ZIP_MAKE_H

#include <string.h>

#include <apr_pools.h>

/** One entry; what is 0 is left out. */
typedef struct {
    const char *name;
    apr_size_t name_len; /**< 0: strlen(name) */
    const void *data;
    apr_size_t len;
    int descriptor;    /**< bytes of a data descriptor: 12, 16, 20 or 24 */
    const char *extra; /**< of the central directory */
    apr_size_t extra_len;
    const char *local_extra;
    apr_size_t local_extra_len;
    apr_size_t local_at; /**< set by make_zip: where its headers are */
    apr_size_t central_at;
} zip_item_t;

typedef struct {
    char *data;
    apr_size_t len;
    apr_size_t directory_at;
    apr_size_t end64_at; /**< 0: none */
    apr_size_t end_at;
} zip_made_t;

static inline void zip_put16(void *to, unsigned value)
{
    unsigned char *at = to;

    at[0] = (unsigned char)value;
    at[1] = (unsigned char)(value >> 8);
}

static inline void zip_put32(void *to, apr_uint64_t value)
{
    zip_put16(to, (unsigned)(value & 0xffff));
    zip_put16((char *)to + 2, (unsigned)(value >> 16 & 0xffff));
}

static inline void zip_put64(void *to, apr_uint64_t value)
{
    zip_put32(to, value);
    zip_put32((char *)to + 4, value >> 32);
}

static inline apr_uint32_t zip_crc(const void *data, apr_size_t len)
{
    static apr_uint32_t table[256];
    const unsigned char *byte = data;
    apr_uint32_t crc = 0xffffffff;
    apr_size_t i;

    for (i = 0; !table[1] || i < 256; i++) {
        apr_uint32_t c = (apr_uint32_t)(i & 255);
        int bit;

        for (bit = 0; bit < 8; bit++) {
            c = c & 1 ? 0xedb88320 ^ c >> 1 : c >> 1;
        }
        table[i & 255] = c;
    }
    for (i = 0; i < len; i++) {
        crc = table[(crc ^ byte[i]) & 255] ^ crc >> 8;
    }
    return crc ^ 0xffffffff;
}

static inline apr_size_t zip_put(char *to, const void *data, apr_size_t len)
{
    if (len) {
        memcpy(to, data, len);
    }
    return len;
}

/** What local header and central directory have in common, from the version
 * that is needed on. */
static inline void zip_put_common(char *at, const zip_item_t *item,
                                  apr_size_t name_len, apr_size_t extra_len,
                                  int sizes)
{
    zip_put16(at, 20);
    zip_put16(at + 2, item->descriptor ? 8 : 0);
    zip_put16(at + 8, 0x21);
    if (sizes) {
        zip_put32(at + 10, zip_crc(item->data, item->len));
        zip_put32(at + 14, item->len);
        zip_put32(at + 18, item->len);
    }
    zip_put16(at + 22, (unsigned)name_len);
    zip_put16(at + 24, (unsigned)extra_len);
}

static inline apr_size_t zip_put_descriptor(char *at, const zip_item_t *item)
{
    char *field = at;
    int wide = item->descriptor >= 20;

    if (item->descriptor == 16 || item->descriptor == 24) {
        zip_put32(field, 0x08074b50);
        field += 4;
    }
    if (item->descriptor) {
        zip_put32(field, zip_crc(item->data, item->len));
        zip_put32(field + 4, item->len);
        zip_put32(field + (wide ? 12 : 8), item->len);
    }
    return (apr_size_t)item->descriptor;
}

static inline apr_size_t zip_put_local(char *at, zip_item_t *item)
{
    apr_size_t name_len = item->name_len ? item->name_len : strlen(item->name);
    apr_size_t len = 30;

    zip_put32(at, 0x04034b50);
    zip_put_common(at + 4, item, name_len, item->local_extra_len,
                   !item->descriptor);
    len += zip_put(at + len, item->name, name_len);
    len += zip_put(at + len, item->local_extra, item->local_extra_len);
    len += zip_put(at + len, item->data, item->len);
    return len + zip_put_descriptor(at + len, item);
}

static inline apr_size_t zip_put_central(char *at, const zip_item_t *item)
{
    apr_size_t name_len = item->name_len ? item->name_len : strlen(item->name);
    apr_size_t len = 46;

    zip_put32(at, 0x02014b50);
    zip_put16(at + 4, 20);
    zip_put_common(at + 6, item, name_len, item->extra_len, 1);
    zip_put32(at + 42, item->local_at);
    len += zip_put(at + len, item->name, name_len);
    return len + zip_put(at + len, item->extra, item->extra_len);
}

static inline apr_size_t zip_put_end64(char *at, const zip_made_t *made,
                                       apr_size_t count)
{
    zip_put32(at, 0x06064b50);
    zip_put64(at + 4, 44);
    zip_put16(at + 12, 45);
    zip_put16(at + 14, 45);
    zip_put64(at + 24, count);
    zip_put64(at + 32, count);
    zip_put64(at + 40, made->end64_at - made->directory_at);
    zip_put64(at + 48, made->directory_at);
    zip_put32(at + 56, 0x07064b50);
    zip_put64(at + 64, made->end64_at);
    zip_put32(at + 72, 1);
    return 76;
}

/** @param zip64  write the zip64 end record; it is, too, where it must be */
static inline zip_made_t make_zip(zip_item_t *items, apr_size_t count,
                                  int zip64, apr_pool_t *p)
{
    zip_made_t made = {NULL, 0, 0, 0, 0};
    apr_size_t room = 22 + 76;
    apr_size_t at = 0;
    apr_size_t i;
    char *end;

    for (i = 0; i < count; i++) {
        room +=
            30 + 46 + 24 + items[i].len + items[i].extra_len +
            items[i].local_extra_len +
            2 * (items[i].name_len ? items[i].name_len : strlen(items[i].name));
    }
    made.data = apr_pcalloc(p, room);
    for (i = 0; i < count; i++) {
        items[i].local_at = at;
        at += zip_put_local(made.data + at, &items[i]);
    }
    made.directory_at = at;
    for (i = 0; i < count; i++) {
        items[i].central_at = at;
        at += zip_put_central(made.data + at, &items[i]);
    }
    if (zip64 || count >= 0xffff) {
        made.end64_at = at;
        at += zip_put_end64(made.data + at, &made, count);
    }
    made.end_at = at;
    end = made.data + at;
    zip_put32(end, 0x06054b50);
    zip_put16(end + 8, count < 0xffff ? (unsigned)count : 0xffff);
    zip_put16(end + 10, count < 0xffff ? (unsigned)count : 0xffff);
    zip_put32(end + 12, (made.end64_at ? made.end64_at : made.end_at) -
                            made.directory_at);
    zip_put32(end + 16, made.directory_at);
    made.len = at + 22;
    return made;
}

#endif
