/* SPDX-License-Identifier: Apache-2.0 */
#include "package/zip_bytes.h"

#include <string.h>

#define EXTRA_ZIP64   0x0001
#define EXTRA_UNICODE 0x7075 /* Info-ZIP: version, CRC-32, another name */

vso_zip_window_t *vso_zip_window(const vso_blob_t *blob, const char *what,
                                 vso_result_t *res, apr_pool_t *p)
{
    vso_zip_window_t *window = apr_pcalloc(p, sizeof(*window));

    window->blob = blob;
    window->what = what;
    window->res = res;
    window->p = p;
    window->buf =
        apr_palloc(p, blob->size < VSO_ZIP_WINDOW ? (apr_size_t)blob->size
                                                  : VSO_ZIP_WINDOW);
    return window;
}

const unsigned char *vso_zip_bytes(vso_zip_window_t *window, apr_int64_t offset,
                                   apr_size_t len)
{
    const vso_blob_t *blob = window->blob;

    if (offset < 0 || offset > blob->size || len > VSO_ZIP_WINDOW ||
        len > (apr_uint64_t)(blob->size - offset)) {
        vso_zip_bad(window, NULL, "ends too early, or points behind its end");
        return NULL;
    }
    if (offset < window->at ||
        offset + (apr_int64_t)len > window->at + (apr_int64_t)window->len) {
        apr_int64_t left = blob->size - offset;
        apr_size_t fill =
            left < VSO_ZIP_WINDOW ? (apr_size_t)left : VSO_ZIP_WINDOW;

        window->len = 0;
        if (vso_blob_read(blob, offset, window->buf, fill, window->res) !=
            APR_SUCCESS) {
            return NULL;
        }
        window->at = offset;
        window->len = fill;
    }
    return (const unsigned char *)window->buf + (offset - window->at);
}

apr_uint16_t vso_zip_u16(const unsigned char *data)
{
    return (apr_uint16_t)(data[0] | data[1] << 8);
}

apr_uint32_t vso_zip_u32(const unsigned char *data)
{
    return (apr_uint32_t)vso_zip_u16(data) | (apr_uint32_t)vso_zip_u16(data + 2)
                                                 << 16;
}

apr_uint64_t vso_zip_u64(const unsigned char *data)
{
    return (apr_uint64_t)vso_zip_u32(data) | (apr_uint64_t)vso_zip_u32(data + 4)
                                                 << 32;
}

apr_status_t vso_zip_bad(const vso_zip_window_t *window, const char *name,
                         const char *wrong)
{
    if (name) {
        return vso_fail(window->res, VSO_P_BAD_ZIP, name,
                        "The entry \"%s\" %s. Nothing of the archive is used; "
                        "transfer it again, or ask its author to rebuild it.",
                        name, wrong);
    }
    return vso_fail(window->res, VSO_P_BAD_ZIP, window->what,
                    "The zip archive %s. Nothing of it is used; transfer it "
                    "again, or ask its author to rebuild it.",
                    wrong);
}

/** Take one number of the zip64 field where 32 bits say so. */
static const char *take64(const unsigned char **data, apr_size_t *len,
                          apr_uint64_t *number)
{
    if (*number != 0xffffffff) {
        return NULL;
    }
    if (*len < 8) {
        return "has a zip64 field that is too short";
    }
    *number = vso_zip_u64(*data);
    *data += 8;
    *len -= 8;
    return NULL;
}

static const char *read64(const unsigned char *data, apr_size_t len, int local,
                          vso_zip_numbers_t *numbers)
{
    const char *wrong = take64(&data, &len, &numbers->size);

    if (!wrong) {
        wrong = take64(&data, &len, &numbers->packed);
    }
    if (!wrong && !local) {
        wrong = take64(&data, &len, &numbers->offset);
    }
    return wrong;
}

static const char *read_unicode(const unsigned char *data, apr_size_t len,
                                const char *name, apr_size_t name_len)
{
    if (len < 5 || len - 5 != name_len || memcmp(data + 5, name, name_len)) {
        return "has a second name that differs";
    }
    return NULL;
}

const char *vso_zip_extra(const unsigned char *extra, apr_size_t len,
                          const char *name, apr_size_t name_len, int local,
                          vso_zip_numbers_t *numbers)
{
    const char *wrong = NULL;
    int seen = 0;

    while (!wrong && len >= 4) {
        apr_uint16_t id = vso_zip_u16(extra);
        apr_size_t size = vso_zip_u16(extra + 2);

        extra += 4;
        len -= 4;
        if (size > len) {
            return "has an extra field that is cut";
        }
        if (id == EXTRA_ZIP64) {
            wrong = seen ? "has two zip64 fields"
                         : read64(extra, size, local, numbers);
            seen = 1;
        }
        else if (id == EXTRA_UNICODE) {
            wrong = read_unicode(extra, size, name, name_len);
        }
        extra += size;
        len -= size;
    }
    if (!wrong && len) {
        wrong = "has an extra field that is cut";
    }
    if (!wrong && !seen &&
        (numbers->size == 0xffffffff || numbers->packed == 0xffffffff ||
         (!local && numbers->offset == 0xffffffff))) {
        wrong = "needs a zip64 field and has none";
    }
    return wrong;
}
