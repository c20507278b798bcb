/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte: 'Z', a package follows as it is; else its parts do, and it
 * is made of them here, so that the fuzzer need not learn checksums. Each
 * part is a name, a newline, two bytes of length, content. */
#define FUZZ_NAME "package"
#include "fuzz.h"

#include "base/utf8.h"
#include "package/package.h"
#include "package/verify.h"
#include "zip_make.h"

#define MAX_PARTS 64

static vso_blob_t *compose(const unsigned char *data, apr_size_t len)
{
    zip_item_t items[MAX_PARTS];
    const unsigned char *end = data + len;
    apr_size_t count = 0;
    zip_made_t made;

    memset(items, 0, sizeof(items));
    while (data < end && count < MAX_PARTS) {
        zip_item_t *item = &items[count];
        const unsigned char *line = memchr(data, '\n', (size_t)(end - data));

        if (!line || line == data || line - data > 0xffff || end - line < 3) {
            break;
        }
        item->name = (const char *)data;
        item->name_len = (apr_size_t)(line - data);
        item->len = (apr_size_t)(line[1] << 8 | line[2]);
        data = line + 3;
        if (item->len > (apr_size_t)(end - data)) {
            item->len = (apr_size_t)(end - data);
        }
        item->data = data;
        data += item->len;
        count++;
    }
    made = make_zip(items, count, 0, pool);
    return vso_blob_memory(made.data, made.len, pool);
}

static void shown(const char *text)
{
    PROMISE(text && vso_utf8_printable(text));
}

static void check(const vso_package_t *package)
{
    int i;

    PROMISE(*package->name);
    shown(package->name);
    for (i = 0; i < package->elements->nelts; i++) {
        vso_element_t *element =
            APR_ARRAY_IDX(package->elements, i, vso_element_t *);

        PROMISE(*element->id && *element->type && *element->name);
        shown(element->id);
        shown(element->type);
        shown(element->name);
        shown(element->path);
        shown(element->version);
        shown(element->allowed_operations);
        PROMISE(vso_package_element(package, element->id) == element);
        PROMISE(vso_element_file(element, "info"));
        PROMISE(vso_element_compare_versions(element->version,
                                             element->version) == 0);
        PROMISE(vso_element_compare_versions(element->version, "1.0.0") ==
                -vso_element_compare_versions("1.0.0", element->version));
    }
}

/** Either all of it holds, or the file is named that does not. */
static void verify(vso_package_t *package)
{
    int i;

    if (vso_verify_package(package, res, pool) != APR_SUCCESS) {
        PROMISE(!package->signer && res->field && res->detail);
        PROMISE(res->problem == VSO_P_BAD_SIGNATURE ||
                res->problem == VSO_P_BAD_ZIP ||
                res->problem == VSO_P_BAD_XML ||
                res->problem == VSO_P_TOO_LARGE);
        return;
    }
    PROMISE(package->signer && package->signer->cert);
    PROMISE(package->signature == VSO_SIGNATURE_VALID ||
            package->signature == VSO_SIGNATURE_WEAK);
    for (i = 0; i < package->files->nelts; i++) {
        PROMISE(APR_ARRAY_IDX(package->files, i, vso_package_file_t *)->sha256);
    }
}

static void one(const unsigned char *data, apr_size_t len)
{
    vso_package_t *package;
    vso_blob_t *blob;

    if (len == 0) {
        return;
    }
    blob = *data == 'Z' ? vso_blob_memory(data + 1, len - 1, pool)
                        : compose(data + 1, len - 1);
    if (vso_package_read(blob, &package, res, pool) == APR_SUCCESS) {
        check(package);
        verify(package);
        return;
    }
    PROMISE(res->field && res->detail);
    PROMISE(res->problem == VSO_P_BAD_ZIP || res->problem == VSO_P_ZIP_BOMB ||
            res->problem == VSO_P_UNSAFE_NAME ||
            res->problem == VSO_P_DUPLICATE_NAME ||
            res->problem == VSO_P_BAD_PACKAGE ||
            res->problem == VSO_P_BAD_XML || res->problem == VSO_P_TOO_LARGE);
}
