/* SPDX-License-Identifier: Apache-2.0 */
#include "service/package/import_content.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/evp.h>

#include "base/hex.h"
#include "service/package/author_certs.h"
#include "service/package/element_files.h"

#define TAGS        "tags"
#define SEALED_TAGS TAGS VSO_PACKAGE_SEALED

/** A content being written. */
typedef struct {
    vso_content_writer_t *writer;
    EVP_MD_CTX *digest; /**< of the file at hand */
    apr_array_header_t *files;
    vso_result_t *res;
    apr_pool_t *p;
} copy_t;

/** A vso_sink_fn. */
static apr_status_t take(void *baton, const char *data, apr_size_t len,
                         vso_result_t *res)
{
    copy_t *copy = baton;

    EVP_DigestUpdate(copy->digest, data, len);
    return vso_content_write(copy->writer, data, len, res);
}

static void begin_file(copy_t *copy, const char *name)
{
    vso_stored_file_t *file = apr_pcalloc(copy->p, sizeof(*file));

    file->name = name;
    file->offset = vso_content_written(copy->writer);
    APR_ARRAY_PUSH(copy->files, vso_stored_file_t *) = file;
    EVP_DigestInit_ex(copy->digest, EVP_sha256(), NULL);
}

/** The file is written: is it what was verified before? */
static apr_status_t end_file(copy_t *copy, const char *sha256)
{
    vso_stored_file_t *file =
        APR_ARRAY_IDX(copy->files, copy->files->nelts - 1, vso_stored_file_t *);
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned int len = 0;

    EVP_DigestFinal_ex(copy->digest, md, &len);
    file->size = vso_content_written(copy->writer) - file->offset;
    file->sha256 = vso_hex(md, len, copy->p);
    if (strcmp(file->sha256, sha256)) {
        return vso_fail(copy->res, VSO_P_BAD_SIGNATURE, file->name,
                        "\"%s\" was changed in the database while it was "
                        "being imported.",
                        file->name);
    }
    return APR_SUCCESS;
}

/** The stored element's own tags, where these are to stay. *pblob NULL: it
 * has none. *pkept 0: they cannot be kept. */
static apr_status_t stored_tags(const vso_copying_t *copying,
                                vso_blob_t **pblob, const char **psha256,
                                int *pkept, vso_result_t *res, apr_pool_t *p)
{
    const vso_element_row_t *stored = copying->item->stored;
    const vso_context_t *ctx = copying->ctx;
    const vso_stored_file_t *file;
    apr_array_header_t *files;

    *pblob = NULL;
    *pkept = 0;
    if (copying->tags != VSO_TAGS_KEEP || !stored) {
        return APR_SUCCESS;
    }
    if (vso_element_files_require(stored, res) != APR_SUCCESS ||
        vso_files_parse(stored->files, &files, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (vso_files_find(files, SEALED_TAGS)) {
        if (!copying->lost->count++) {
            copying->lost->first =
                apr_pstrdup(ctx->p, vso_element_files_title(stored));
        }
        return APR_SUCCESS;
    }
    *pkept = 1;
    file = vso_files_find(files, TAGS);
    if (!file) {
        return APR_SUCCESS;
    }
    *psha256 = file->sha256;
    return vso_element_files_open(ctx->store, stored->content_id, file, pblob,
                                  res, p);
}

/** Its name below the element's folder. */
static const char *name_in(const vso_element_t *element,
                           const vso_package_file_t *file)
{
    return file->path + strlen("elements/") + strlen(element->folder) + 1;
}

static apr_status_t copy_files(const vso_copying_t *copying, copy_t *copy,
                               int package_tags)
{
    const vso_element_t *element = copying->item->element;
    int i;

    for (i = 0; i < element->files->nelts; i++) {
        const vso_package_file_t *file =
            APR_ARRAY_IDX(element->files, i, vso_package_file_t *);
        const char *name = name_in(element, file);

        if (!package_tags &&
            (!strcmp(name, TAGS) || !strcmp(name, SEALED_TAGS))) {
            continue;
        }
        begin_file(copy, name);
        if (vso_zip_read(copying->package->zip, file->entry, take, copy,
                         copy->res) != APR_SUCCESS ||
            end_file(copy, file->sha256) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    return APR_SUCCESS;
}

/** All of an element, with memory of its own for what is read and written. */
static apr_status_t copy_all(const vso_copying_t *copying, copy_t *copy,
                             vso_element_row_t *row, vso_result_t *res,
                             apr_pool_t *p)
{
    const vso_context_t *ctx = copying->ctx;
    const char *tags_sha256 = NULL;
    const char *sha256;
    vso_blob_t *tags;
    int kept;

    if (stored_tags(copying, &tags, &tags_sha256, &kept, res, p) !=
            APR_SUCCESS ||
        vso_content_begin(ctx->store, copying->import_id, &copy->writer, res,
                          p) != APR_SUCCESS ||
        copy_files(copying, copy, !kept && copying->tags != VSO_TAGS_OMIT) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (tags) {
        begin_file(copy, TAGS);
        if (vso_blob_copy(tags, take, copy, res) != APR_SUCCESS ||
            end_file(copy, tags_sha256) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    if (kept) {
        row->tags = copying->item->stored->tags;
    }
    else if (copying->tags == VSO_TAGS_OMIT) {
        row->tags = "";
    }
    return vso_content_end(copy->writer, &row->content_id, &sha256, res);
}

apr_status_t vso_import_content_copy(const vso_copying_t *copying,
                                     vso_element_row_t *row, vso_result_t *res)
{
    const vso_context_t *ctx = copying->ctx;
    copy_t copy = {.digest = EVP_MD_CTX_new(), .res = res};
    apr_status_t rv;
    apr_pool_t *p;

    apr_pool_create(&p, ctx->p);
    copy.p = p;
    copy.files = apr_array_make(p, 8, sizeof(vso_stored_file_t *));
    rv = copy_all(copying, &copy, row, res, p);
    row->files = vso_files_text(copy.files, ctx->p);
    EVP_MD_CTX_free(copy.digest);
    apr_pool_destroy(p);
    return rv;
}
