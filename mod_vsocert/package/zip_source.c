/* SPDX-License-Identifier: Apache-2.0 */
#include "package/zip_source.h"

#include <errno.h>
#include <string.h>

#define READS                                                                  \
    zip_source_make_command_bitmap(                                            \
        ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT,   \
        ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL,   \
        ZIP_SOURCE_SUPPORTS, -1)
#define WRITES                                                                 \
    zip_source_make_command_bitmap(                                            \
        ZIP_SOURCE_BEGIN_WRITE, ZIP_SOURCE_COMMIT_WRITE,                       \
        ZIP_SOURCE_ROLLBACK_WRITE, ZIP_SOURCE_WRITE, ZIP_SOURCE_SEEK_WRITE,    \
        ZIP_SOURCE_TELL_WRITE, ZIP_SOURCE_REMOVE, -1)

/** From buf, which is refilled where it does not hold all of it. */
static apr_status_t read_ahead(vso_zip_source_t *source, void *data,
                               apr_size_t len)
{
    apr_int64_t left = source->blob->size - source->at;
    apr_int64_t end = source->at + (apr_int64_t)len;
    apr_status_t rv;

    if (source->at < source->buf_at ||
        end > source->buf_at + (apr_int64_t)source->buf_len) {
        apr_size_t fill =
            left < VSO_ZIP_AHEAD ? (apr_size_t)left : VSO_ZIP_AHEAD;

        source->buf_len = 0;
        rv = vso_blob_read(source->blob, source->at, source->buf, fill,
                           *source->pres);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        source->buf_at = source->at;
        source->buf_len = fill;
    }
    memcpy(data, source->buf + (source->at - source->buf_at), len);
    return APR_SUCCESS;
}

static zip_int64_t read_bytes(vso_zip_source_t *source, void *data,
                              zip_uint64_t len)
{
    apr_int64_t left = source->blob->size - source->at;
    apr_status_t rv = APR_SUCCESS;

    if (len > (zip_uint64_t)left) {
        len = (zip_uint64_t)left;
    }
    if (len && source->buf && len <= VSO_ZIP_AHEAD / 4) {
        rv = read_ahead(source, data, len);
    }
    else if (len) {
        rv = vso_blob_read(source->blob, source->at, data, len, *source->pres);
    }
    if (rv != APR_SUCCESS) {
        zip_error_set(&source->error, ZIP_ER_READ, EIO);
        return -1;
    }
    source->at += (apr_int64_t)len;
    return (zip_int64_t)len;
}

static zip_int64_t seek(vso_zip_source_t *source, void *data, zip_uint64_t len)
{
    zip_int64_t at = zip_source_seek_compute_offset(
        (zip_uint64_t)source->at, (zip_uint64_t)source->blob->size, data, len,
        &source->error);

    if (at < 0) {
        return -1;
    }
    source->at = at;
    return 0;
}

static zip_int64_t stat_source(const vso_zip_source_t *source, void *data)
{
    zip_stat_t *st = data;

    zip_stat_init(st);
    if (source->out) {
        /* the archive to be does not exist yet */
        st->size = 0;
    }
    else {
        st->size = (zip_uint64_t)source->blob->size;
    }
    st->valid |= ZIP_STAT_SIZE;
    return sizeof(*st);
}

static zip_int64_t failed_write(vso_zip_source_t *source, apr_status_t rv)
{
    char text[128];

    vso_fail(*source->pres, VSO_P_INTERNAL, NULL,
             "cannot write a spool file: %s; look whether the folder for "
             "temporary files is full",
             apr_strerror(rv, text, sizeof(text)));
    zip_error_set(&source->error, ZIP_ER_WRITE, EIO);
    return -1;
}

static zip_int64_t write_bytes(vso_zip_source_t *source, const void *data,
                               zip_uint64_t len)
{
    apr_status_t rv = apr_file_write_full(source->out, data, len, NULL);

    return rv == APR_SUCCESS ? (zip_int64_t)len : failed_write(source, rv);
}

static zip_int64_t seek_write(vso_zip_source_t *source, void *data,
                              zip_uint64_t len)
{
    zip_source_args_seek_t *args =
        ZIP_SOURCE_GET_ARGS(zip_source_args_seek_t, data, len, &source->error);
    apr_seek_where_t where;
    apr_status_t rv;
    apr_off_t at;

    if (!args) {
        return -1;
    }
    where = args->whence == SEEK_SET
                ? APR_SET
                : (args->whence == SEEK_CUR ? APR_CUR : APR_END);
    at = args->offset;
    rv = apr_file_seek(source->out, where, &at);
    return rv == APR_SUCCESS ? 0 : failed_write(source, rv);
}

static zip_int64_t tell_write(vso_zip_source_t *source)
{
    apr_off_t at = 0;
    apr_status_t rv = apr_file_seek(source->out, APR_CUR, &at);

    return rv == APR_SUCCESS ? at : failed_write(source, rv);
}

static zip_int64_t command(void *state, void *data, zip_uint64_t len,
                           zip_source_cmd_t cmd)
{
    vso_zip_source_t *source = state;

    switch (cmd) {
    case ZIP_SOURCE_OPEN:
        source->at = 0;
        return 0;
    case ZIP_SOURCE_READ:
        return read_bytes(source, data, len);
    case ZIP_SOURCE_SEEK:
        return seek(source, data, len);
    case ZIP_SOURCE_TELL:
        return source->at;
    case ZIP_SOURCE_STAT:
        return stat_source(source, data);
    case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&source->error, data, len);
    case ZIP_SOURCE_SUPPORTS:
        return source->out ? READS | WRITES : READS;
    case ZIP_SOURCE_WRITE:
        return write_bytes(source, data, len);
    case ZIP_SOURCE_SEEK_WRITE:
        return seek_write(source, data, len);
    case ZIP_SOURCE_TELL_WRITE:
        return tell_write(source);
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
    case ZIP_SOURCE_BEGIN_WRITE:
    case ZIP_SOURCE_COMMIT_WRITE:
    case ZIP_SOURCE_ROLLBACK_WRITE:
    case ZIP_SOURCE_REMOVE:
        return 0;
    default:
        zip_error_set(&source->error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
}

zip_source_t *vso_zip_source(vso_zip_source_t *source)
{
    zip_error_init(&source->error);
    source->at = 0;
    return zip_source_function_create(command, source, NULL);
}
