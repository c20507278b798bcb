/* SPDX-License-Identifier: Apache-2.0 */
#include "store/package_columns.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"

int vso_text_listed(const apr_array_header_t *texts, const char *text)
{
    int i;

    for (i = 0; i < texts->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(texts, i, const char *), text)) {
            return 1;
        }
    }
    return 0;
}

const char *vso_needs_text(const apr_array_header_t *prints, apr_pool_t *p)
{
    return prints->nelts
               ? apr_pstrcat(p, " ", apr_array_pstrcat(p, prints, ' '), " ",
                             NULL)
               : "";
}

apr_array_header_t *vso_needs_parse(const char *needs, apr_pool_t *p)
{
    apr_array_header_t *prints = apr_array_make(p, 2, sizeof(char *));
    char *rest = apr_pstrdup(p, needs);
    char *state;
    char *print;

    for (print = apr_strtok(rest, " ", &state); print;
         print = apr_strtok(NULL, " ", &state)) {
        APR_ARRAY_PUSH(prints, const char *) = print;
    }
    return prints;
}

apr_array_header_t *vso_needs_common(const apr_array_header_t *a,
                                     const apr_array_header_t *b, apr_pool_t *p)
{
    apr_array_header_t *both = apr_array_make(p, 2, sizeof(char *));
    int i;

    for (i = 0; i < a->nelts; i++) {
        const char *print = APR_ARRAY_IDX(a, i, const char *);

        if (vso_text_listed(b, print)) {
            APR_ARRAY_PUSH(both, const char *) = print;
        }
    }
    return both;
}

apr_status_t vso_column_items(const char *column, vso_json_t **pitems,
                              vso_result_t *res, apr_pool_t *p)
{
    vso_json_t *root;

    *pitems = NULL;
    if (!*column) {
        return APR_SUCCESS;
    }
    if (vso_json_parse(column, strlen(column), &root, res, p) != APR_SUCCESS ||
        vso_json_get_array(root, "items", pitems, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return APR_SUCCESS;
}

apr_status_t vso_column_edited(vso_result_t *res, const char *column,
                               const vso_result_t *cause)
{
    return vso_fail(res, VSO_P_DAMAGED, column,
                    "The column %s of a stored element or package was edited "
                    "or damaged: %s Import the package again.",
                    column, cause->detail ? cause->detail : "");
}

const char *vso_column_text(const vso_json_t *root, apr_pool_t *work,
                            apr_pool_t *p)
{
    const char *text = vso_json_text(root, p);

    apr_pool_destroy(work);
    return text;
}

const char *vso_tags_text(const apr_array_header_t *tags, apr_pool_t *p)
{
    apr_pool_t *work;
    vso_json_t *obj;

    if (!tags->nelts) {
        return "";
    }
    apr_pool_create(&work, p);
    obj = vso_json_object(work);
    vso_json_set_strings(obj, "items", tags);
    return vso_column_text(obj, work, p);
}

apr_status_t vso_tags_parse(const char *column, apr_array_header_t **ptags,
                            vso_result_t *res, apr_pool_t *p)
{
    vso_result_t *cause = vso_result_create(p);
    apr_array_header_t *tags = apr_array_make(p, 2, sizeof(char *));
    vso_json_t *root;

    if (*column &&
        (vso_json_parse(column, strlen(column), &root, cause, p) !=
             APR_SUCCESS ||
         vso_json_get_strings(root, "items", VSO_MAX_VALUE, VSO_MAX_VALUE,
                              &tags, cause, p) != APR_SUCCESS)) {
        return vso_column_edited(res, "tags", cause);
    }
    *ptags = tags;
    return APR_SUCCESS;
}

static int put_member(void *baton, const char *name, const char *value)
{
    vso_json_set_string(baton, name, value);
    return 1;
}

const char *vso_meta_text(const apr_table_t *meta, apr_pool_t *p)
{
    vso_json_t *obj = vso_json_object(p);

    apr_table_do(put_member, obj, meta, NULL);
    return vso_json_text(obj, p);
}

apr_status_t vso_meta_parse(const char *column, apr_table_t **pmeta,
                            vso_result_t *res, apr_pool_t *p)
{
    vso_result_t *cause = vso_result_create(p);
    apr_table_t *meta = apr_table_make(p, 12);
    apr_array_header_t *names;
    vso_json_t *root;
    int i;

    if (vso_json_parse(column, strlen(column), &root, cause, p) !=
        APR_SUCCESS) {
        return vso_column_edited(res, "meta", cause);
    }
    names = vso_json_names(root, p);
    for (i = 0; i < names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(names, i, const char *);
        const char *value = "";

        if (vso_json_get_string(root, name, VSO_MAX_VALUE, &value, cause, p) !=
            APR_SUCCESS) {
            return vso_column_edited(res, "meta", cause);
        }
        apr_table_addn(meta, name, value);
    }
    *pmeta = meta;
    return APR_SUCCESS;
}

const char *vso_files_text(const apr_array_header_t *files, apr_pool_t *p)
{
    vso_json_t *items;
    apr_pool_t *work;
    vso_json_t *obj;
    int i;

    apr_pool_create(&work, p);
    obj = vso_json_object(work);
    items = vso_json_add_array(obj, "items");
    for (i = 0; i < files->nelts; i++) {
        const vso_stored_file_t *file =
            APR_ARRAY_IDX(files, i, vso_stored_file_t *);
        vso_json_t *item = vso_json_push_object(items);

        vso_json_set_string(item, "name", file->name);
        vso_json_set_int(item, "offset", file->offset);
        vso_json_set_int(item, "size", file->size);
        vso_json_set_string(item, "sha256", file->sha256);
    }
    return vso_column_text(obj, work, p);
}

apr_status_t vso_files_parse(const char *column, apr_array_header_t **pfiles,
                             vso_result_t *res, apr_pool_t *p)
{
    vso_result_t *cause = vso_result_create(p);
    apr_array_header_t *files = apr_array_make(p, 8, sizeof(void *));
    vso_json_t *items;
    apr_size_t i;

    if (vso_column_items(column, &items, cause, p) != APR_SUCCESS) {
        return vso_column_edited(res, "files", cause);
    }
    for (i = 0; i < vso_json_length(items); i++) {
        const vso_json_t *item = vso_json_item(items, i);
        vso_stored_file_t *file = apr_pcalloc(p, sizeof(*file));

        if (vso_json_get_string(item, "name", VSO_MAX_ZIP_NAME, &file->name,
                                cause, p) != APR_SUCCESS ||
            vso_json_get_int(item, "offset", 0, VSO_MAX_UNPACKED, &file->offset,
                             cause) != APR_SUCCESS ||
            vso_json_get_int(item, "size", 0, VSO_MAX_UNPACKED, &file->size,
                             cause) != APR_SUCCESS ||
            vso_json_get_string(item, "sha256", 64, &file->sha256, cause, p) !=
                APR_SUCCESS ||
            !file->name || !file->sha256) {
            return vso_column_edited(res, "files", cause);
        }
        APR_ARRAY_PUSH(files, vso_stored_file_t *) = file;
    }
    *pfiles = files;
    return APR_SUCCESS;
}

const vso_stored_file_t *vso_files_find(const apr_array_header_t *files,
                                        const char *name)
{
    int i;

    for (i = 0; i < files->nelts; i++) {
        const vso_stored_file_t *file =
            APR_ARRAY_IDX(files, i, vso_stored_file_t *);

        if (!strcmp(file->name, name)) {
            return file;
        }
    }
    return NULL;
}
