/* SPDX-License-Identifier: Apache-2.0 */
#include "serving/pack.h"

#include <string.h>

#include <apr_strings.h>

vso_pack_t vso_pack_make(apr_size_t room, apr_pool_t *p)
{
    vso_pack_t pack = {NULL, 0, room ? room : 1, p, 0};

    pack.data = apr_palloc(p, pack.room);
    return pack;
}

void vso_pack_raw(vso_pack_t *pack, const void *data, apr_size_t len)
{
    if (len > pack->room - pack->len && pack->p) {
        unsigned char *more;

        pack->room = 2 * (pack->len + len);
        more = apr_palloc(pack->p, pack->room);
        memcpy(more, pack->data, pack->len);
        pack->data = more;
    }
    if (len > pack->room - pack->len) {
        pack->bad = 1;
        return;
    }
    if (len) {
        memcpy(pack->data + pack->len, data, len);
    }
    pack->len += len;
}

void vso_pack_number(vso_pack_t *pack, apr_uint64_t number, int width)
{
    unsigned char bytes[8];
    int i;

    for (i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(number >> (56 - 8 * i));
    }
    if (width < 8 && number >> (8 * width)) {
        pack->bad = 1;
    }
    vso_pack_raw(pack, bytes + 8 - width, (apr_size_t)width);
}

void vso_pack_counted(vso_pack_t *pack, const void *data, apr_size_t len,
                      int width)
{
    vso_pack_number(pack, len, width);
    vso_pack_raw(pack, data, len);
}

void vso_pack_text(vso_pack_t *pack, const char *text)
{
    vso_pack_counted(pack, text, strlen(text), 2);
}

vso_bytes_t vso_pack_bytes(const vso_pack_t *pack)
{
    vso_bytes_t bytes = {pack->data, pack->len, pack->bad};

    return bytes;
}

const char *vso_pack_read_text(vso_bytes_t *in, apr_pool_t *p)
{
    vso_bytes_t text = vso_bytes_counted(in, 2);

    if (text.bad || memchr(text.data, 0, text.len)) {
        in->bad = 1;
        return "";
    }
    return apr_pstrmemdup(p, (const char *)text.data, text.len);
}
