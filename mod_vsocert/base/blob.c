/* SPDX-License-Identifier: Apache-2.0 */
#include "base/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <apr_strings.h>
#include <openssl/evp.h>

#include "base/hex.h"
#include "base/limits.h"

/* What one copy holds at a time. */
#define BUFFER 16384

/** A part of another blob. */
typedef struct {
    const vso_blob_t *blob;
    apr_int64_t offset;
} part_t;

static apr_status_t read_memory(const vso_blob_t *blob, apr_int64_t offset,
                                char *buf, apr_size_t len, vso_result_t *res)
{
    (void)res;
    if (len) {
        memcpy(buf, (const char *)blob->baton + offset, len);
    }
    return APR_SUCCESS;
}

vso_blob_t *vso_blob_memory(const void *data, apr_size_t len, apr_pool_t *p)
{
    vso_blob_t *blob = apr_pcalloc(p, sizeof(*blob));

    blob->size = (apr_int64_t)len;
    blob->read = read_memory;
    /* the baton is not const for those that need it otherwise */
    memcpy(&blob->baton, &data, sizeof(data));
    return blob;
}

static apr_status_t failed_file(apr_status_t rv, const char *doing,
                                vso_result_t *res)
{
    char text[128];

    return vso_fail(res, VSO_P_INTERNAL, NULL, "cannot %s a spool file: %s",
                    doing, apr_strerror(rv, text, sizeof(text)));
}

static apr_status_t read_file(const vso_blob_t *blob, apr_int64_t offset,
                              char *buf, apr_size_t len, vso_result_t *res)
{
    apr_file_t *file = blob->baton;
    apr_off_t at = offset;
    apr_status_t rv = apr_file_seek(file, APR_SET, &at);

    if (rv == APR_SUCCESS && len) {
        rv = apr_file_read_full(file, buf, len, NULL);
    }
    return rv == APR_SUCCESS ? rv : failed_file(rv, "read", res);
}

apr_status_t vso_blob_file(apr_file_t *file, vso_blob_t **pblob,
                           vso_result_t *res, apr_pool_t *p)
{
    vso_blob_t *blob = apr_pcalloc(p, sizeof(*blob));
    apr_finfo_t info;
    apr_status_t rv = apr_file_info_get(&info, APR_FINFO_SIZE, file);

    if (rv != APR_SUCCESS) {
        return failed_file(rv, "read", res);
    }
    blob->size = info.size;
    blob->read = read_file;
    blob->baton = file;
    *pblob = blob;
    return APR_SUCCESS;
}

static apr_status_t read_part(const vso_blob_t *blob, apr_int64_t offset,
                              char *buf, apr_size_t len, vso_result_t *res)
{
    const part_t *part = blob->baton;

    return vso_blob_read(part->blob, part->offset + offset, buf, len, res);
}

vso_blob_t *vso_blob_part(const vso_blob_t *blob, apr_int64_t offset,
                          apr_int64_t size, apr_pool_t *p)
{
    vso_blob_t *window = apr_pcalloc(p, sizeof(*window));
    part_t *part = apr_palloc(p, sizeof(*part));

    part->blob = blob;
    part->offset = offset;
    window->size = size;
    window->read = read_part;
    window->baton = part;
    return window;
}

apr_status_t vso_blob_read(const vso_blob_t *blob, apr_int64_t offset,
                           char *buf, apr_size_t len, vso_result_t *res)
{
    if (offset < 0 || offset > blob->size ||
        len > (apr_uint64_t)(blob->size - offset)) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "%" APR_SIZE_T_FMT " bytes at %" APR_INT64_T_FMT
                        " are not within %" APR_INT64_T_FMT,
                        len, offset, blob->size);
    }
    return blob->read(blob, offset, buf, len, res);
}

apr_status_t vso_blob_copy(const vso_blob_t *blob, vso_sink_fn *sink,
                           void *baton, vso_result_t *res)
{
    char buf[BUFFER];
    apr_int64_t offset = 0;
    apr_status_t rv = APR_SUCCESS;

    while (rv == APR_SUCCESS && offset < blob->size) {
        apr_int64_t left = blob->size - offset;
        apr_size_t len = left < BUFFER ? (apr_size_t)left : BUFFER;

        rv = vso_blob_read(blob, offset, buf, len, res);
        if (rv == APR_SUCCESS) {
            rv = sink(baton, buf, len, res);
        }
        offset += (apr_int64_t)len;
    }
    return rv;
}

apr_status_t vso_blob_load(const vso_blob_t *blob, apr_size_t max_bytes,
                           const char *name, char **pdata, vso_result_t *res,
                           apr_pool_t *p)
{
    apr_size_t len = (apr_size_t)blob->size;
    apr_status_t rv;
    char *data;

    if (blob->size < 0 || (apr_uint64_t)blob->size > max_bytes) {
        return vso_fail(res, VSO_P_TOO_LARGE, name,
                        "%s has %" APR_INT64_T_FMT
                        " bytes; at most %" APR_SIZE_T_FMT " are accepted",
                        name, blob->size, max_bytes);
    }
    data = apr_palloc(p, len + 1);
    rv = vso_blob_read(blob, 0, data, len, res);
    if (rv == APR_SUCCESS) {
        data[len] = '\0';
        *pdata = data;
    }
    return rv;
}

static apr_status_t hash(void *baton, const char *data, apr_size_t len,
                         vso_result_t *res)
{
    return EVP_DigestUpdate(baton, data, len) == 1
               ? APR_SUCCESS
               : vso_fail(res, VSO_P_INTERNAL, NULL, "SHA-256 failed");
}

apr_status_t vso_blob_sha256(const vso_blob_t *blob, const char **phex,
                             vso_result_t *res, apr_pool_t *p)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    apr_status_t rv;

    if (!ctx || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1) {
        rv = vso_fail(res, VSO_P_INTERNAL, NULL, "SHA-256 failed");
        goto leave;
    }
    rv = vso_blob_copy(blob, hash, ctx, res);
    if (rv == APR_SUCCESS) {
        EVP_DigestFinal_ex(ctx, digest, &len);
        *phex = vso_hex(digest, len, p);
    }

leave:
    EVP_MD_CTX_free(ctx);
    return rv;
}

/** A file without a name. APR never closes a descriptor that it was given,
 * once httpd sets the file aside for a slow client: hence it opens one of its
 * own. */
static apr_status_t open_unnamed(const char *folder, apr_int32_t flags,
                                 apr_file_t **pfile, apr_pool_t *p)
{
    int fd = open(folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
    apr_status_t rv;

    if (fd < 0) {
        return APR_FROM_OS_ERROR(errno);
    }
    rv = apr_file_open(pfile, apr_psprintf(p, "/proc/self/fd/%d", fd), flags,
                       APR_FPROT_OS_DEFAULT, p);
    close(fd);
    return rv;
}

apr_status_t vso_blob_spool(apr_file_t **pfile, vso_result_t *res,
                            apr_pool_t *p)
{
    apr_int32_t flags = APR_FOPEN_READ | APR_FOPEN_WRITE | APR_FOPEN_BINARY;
    const char *folder = NULL;
    apr_file_t *file = NULL;
    apr_status_t rv;
    char *path;

    rv = apr_temp_dir_get(&folder, p);
    if (rv == APR_SUCCESS) {
        rv = open_unnamed(folder, flags, &file, p);
    }
    if (rv != APR_SUCCESS && folder) {
        /* a file system without O_TMPFILE (NFS): a name for a moment */
        path = apr_pstrcat(p, folder, "/vsocert-XXXXXX", NULL);
        rv = apr_file_mktemp(&file, path,
                             flags | APR_FOPEN_CREATE | APR_FOPEN_EXCL, p);
        if (rv == APR_SUCCESS) {
            rv = apr_file_remove(path, p);
        }
    }
    if (rv != APR_SUCCESS) {
        return failed_file(rv, "make", res);
    }
    *pfile = file;
    return APR_SUCCESS;
}

apr_status_t vso_blob_append(void *file, const char *data, apr_size_t len,
                             vso_result_t *res)
{
    apr_status_t rv = apr_file_write_full(file, data, len, NULL);

    return rv == APR_SUCCESS ? rv : failed_file(rv, "write", res);
}
