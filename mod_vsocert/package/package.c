/* SPDX-License-Identifier: Apache-2.0 */
#include "package/package.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "package/properties.h"
#include "package/resource.h"
#include "x509/cert.h"

#define CERTIFICATES "certificates/"
#define SIGNATURES   "signatures/"

/** What a reading needs. */
typedef struct {
    vso_package_t *package;
    apr_hash_t *folders; /**< lower case -> vso_element_t * */
    vso_result_t *res;
    apr_pool_t *p;
} reader_t;

static int begins_with(const char *text, const char *with)
{
    return !strncmp(text, with, strlen(with));
}

static int ends_with(const char *text, const char *with)
{
    apr_size_t len = strlen(text);
    apr_size_t tail = strlen(with);

    return len > tail && !strcmp(text + len - tail, with);
}

int vso_package_is_sealed(const char *name)
{
    return strlen(name) > strlen(VSO_PACKAGE_SEALED) &&
           ends_with(name, VSO_PACKAGE_SEALED);
}

static apr_status_t bad(const reader_t *reader, const char *path,
                        const char *wrong)
{
    return vso_fail(reader->res, VSO_P_BAD_PACKAGE, path,
                    "\"%s\" %s. Export the package again.", path, wrong);
}

static const char *lower(const char *text, apr_size_t len, apr_pool_t *p)
{
    char *copy = apr_pstrmemdup(p, text, len);
    char *c;

    for (c = copy; *c; c++) {
        *c = (char)apr_tolower(*c);
    }
    return copy;
}

/** The element whose folder this is, made where it is new. */
static vso_element_t *get_element(reader_t *reader, const char *folder,
                                  apr_size_t len)
{
    const char *key = lower(folder, len, reader->p);
    vso_element_t *element =
        apr_hash_get(reader->folders, key, APR_HASH_KEY_STRING);

    if (element) {
        if (strlen(element->folder) == len &&
            !strncmp(element->folder, folder, len)) {
            return element;
        }
        vso_fail(reader->res, VSO_P_DUPLICATE_NAME, element->folder,
                 "Two elements have the folder \"%s\", in upper and lower "
                 "case. Export the package again.",
                 element->folder);
        return NULL;
    }
    if (reader->package->elements->nelts >= VSO_MAX_ELEMENTS) {
        vso_fail(reader->res, VSO_P_TOO_LARGE, "package",
                 "The package has more than %d elements; split it.",
                 VSO_MAX_ELEMENTS);
        return NULL;
    }
    element = apr_pcalloc(reader->p, sizeof(*element));
    element->folder = apr_pstrmemdup(reader->p, folder, len);
    element->id = element->folder;
    element->type = element->name = element->path = element->version = "";
    element->owner_text = element->allowed_operations = "";
    element->tags = apr_array_make(reader->p, 0, sizeof(const char *));
    element->files = apr_array_make(reader->p, 6, sizeof(vso_package_file_t *));
    element->signature = VSO_SIGNATURE_UNCHECKED;
    element->content_signature = VSO_SIGNATURE_UNCHECKED;
    apr_hash_set(reader->folders, key, APR_HASH_KEY_STRING, element);
    APR_ARRAY_PUSH(reader->package->elements, vso_element_t *) = element;
    return element;
}

static apr_status_t add_member(reader_t *reader, vso_package_file_t *file)
{
    const char *folder = file->path + strlen(VSO_ELEMENTS);
    const char *slash = strchr(folder, '/');
    vso_element_t *element;
    const char *name;

    if (!slash) {
        return bad(reader, file->path, "is in no element's folder");
    }
    name = slash + 1;
    element = get_element(reader, folder, (apr_size_t)(slash - folder));
    if (!element) {
        return APR_EGENERAL;
    }
    if (ends_with(name, VSO_PACKAGE_SEALED)) {
        if (!strcmp(name, "info" VSO_PACKAGE_SEALED) ||
            !strcmp(name, "content-signature" VSO_PACKAGE_SEALED)) {
            return bad(reader, file->path, "must not be encrypted");
        }
        element->encrypted = 1;
        reader->package->encrypted = 1;
    }
    if (element->files->nelts >= VSO_MAX_ELEMENT_FILES) {
        return vso_fail(reader->res, VSO_P_TOO_LARGE, file->path,
                        "The folder of \"%s\" has more than %d files: an "
                        "element is not that large. Export the package again.",
                        file->path, VSO_MAX_ELEMENT_FILES);
    }
    APR_ARRAY_PUSH(element->files, vso_package_file_t *) = file;
    return APR_SUCCESS;
}

static apr_status_t add_cert(reader_t *reader, const vso_package_file_t *file)
{
    vso_package_t *package = reader->package;
    vso_result_t *why = vso_result_create(reader->p);
    vso_package_cert_t *held;
    X509 *cert = NULL;
    char *der;

    if (package->certs->nelts >= VSO_MAX_PACKAGE_CERTS) {
        return vso_fail(reader->res, VSO_P_TOO_LARGE, "package",
                        "The package has more than %d certificates.",
                        VSO_MAX_PACKAGE_CERTS);
    }
    if (vso_zip_load(package->zip, file->entry, VSO_MAX_CERT, &der, reader->res,
                     reader->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (vso_cert_parse(der, (apr_size_t)file->entry->size, &cert, why,
                       reader->p) != APR_SUCCESS) {
        return bad(
            reader, file->path,
            apr_psprintf(reader->p, "is no certificate: %s", why->detail));
    }
    held = apr_palloc(reader->p, sizeof(*held));
    held->path = file->path;
    held->cert = cert;
    APR_ARRAY_PUSH(package->certs, vso_package_cert_t *) = held;
    return APR_SUCCESS;
}

/** Put a file where it belongs; certificates are read on the way. */
static apr_status_t add_file(reader_t *reader, const vso_zip_entry_t *entry)
{
    vso_package_file_t *file = apr_pcalloc(reader->p, sizeof(*file));

    file->entry = entry;
    file->path = entry->name;
    APR_ARRAY_PUSH(reader->package->files, vso_package_file_t *) = file;
    if (begins_with(file->path, VSO_ELEMENTS)) {
        return add_member(reader, file);
    }
    if (begins_with(file->path, CERTIFICATES)) {
        return add_cert(reader, file);
    }
    if (begins_with(file->path, SIGNATURES) ||
        !strcmp(file->path, VSO_PACKAGE_META) ||
        !strcmp(file->path, VSO_PACKAGE_MANIFEST) ||
        !strcmp(file->path, VSO_PACKAGE_P7S)) {
        return APR_SUCCESS;
    }
    return bad(reader, file->path, "does not belong in a package");
}

static apr_status_t add_files(reader_t *reader)
{
    const apr_array_header_t *entries = vso_zip_entries(reader->package->zip);
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < entries->nelts; i++) {
        rv = add_file(reader, APR_ARRAY_IDX(entries, i, vso_zip_entry_t *));
    }
    return rv;
}

/** A name that a browser saves as <name>.package, on any system. */
static int is_file_name(const char *name)
{
    const char *c;

    for (c = name; *c; c++) {
        if (strchr("/\\:*?\"<>|", *c)) {
            return 0;
        }
    }
    return *name && *name != '.' && *name != ' ' && vso_utf8_printable(name) &&
           strlen(name) <= VSO_MAX_PACKAGE_NAME;
}

static const char *meta_text(const apr_table_t *meta, const char *key)
{
    const char *value = apr_table_get(meta, key);

    return value ? value : "";
}

static int add_len(void *baton, const char *key, const char *value)
{
    *(apr_size_t *)baton += strlen(key) + strlen(value);
    return 1;
}

/** The first name that ends so, whatever the case of its letters; NULL: none.
 */
static const char *find_ending(const reader_t *reader, const char *end)
{
    const apr_array_header_t *entries = vso_zip_entries(reader->package->zip);
    apr_size_t tail = strlen(end);
    int i;

    for (i = 0; i < entries->nelts; i++) {
        const char *name =
            APR_ARRAY_IDX(entries, i, const vso_zip_entry_t *)->name;
        apr_size_t len = strlen(name);

        if (len > tail && !strcasecmp(name + len - tail, end)) {
            return name;
        }
    }
    return NULL;
}

/** An archive that is no package: it may hold one. */
static apr_status_t refuse_other(const reader_t *reader)
{
    const char *meta = find_ending(reader, "/" VSO_PACKAGE_META);
    const char *file = find_ending(reader, ".package");

    if (meta) {
        return vso_fail(
            reader->res, VSO_P_BAD_PACKAGE, meta,
            "The package is inside the folder \"%s\" of this archive: send "
            "the package itself, with \"%s\" in no folder.",
            apr_pstrmemdup(reader->p, meta,
                           strlen(meta) - strlen("/" VSO_PACKAGE_META)),
            VSO_PACKAGE_META);
    }
    if (file) {
        return vso_fail(reader->res, VSO_P_BAD_PACKAGE, file,
                        "The package \"%s\" is inside this archive: unpack "
                        "it, and send the package itself.",
                        file);
    }
    return vso_fail(reader->res, VSO_P_BAD_PACKAGE, VSO_PACKAGE_META,
                    "The file is no Orchestrator package: it has no \"%s\".",
                    VSO_PACKAGE_META);
}

static apr_status_t read_meta(reader_t *reader, apr_pool_t *work)
{
    vso_package_t *package = reader->package;
    const vso_zip_entry_t *entry = vso_zip_find(package->zip, VSO_PACKAGE_META);
    apr_size_t len = 0;
    char *data;

    if (!entry) {
        return refuse_other(reader);
    }
    if (vso_zip_load(package->zip, entry, VSO_MAX_XML, &data, reader->res,
                     work) != APR_SUCCESS ||
        vso_properties_parse(data, (apr_size_t)entry->size, VSO_PACKAGE_META,
                             &package->meta, reader->res,
                             reader->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    apr_table_do(add_len, &len, package->meta, NULL);
    if (len > VSO_MAX_META) {
        return vso_fail(reader->res, VSO_P_TOO_LARGE, VSO_PACKAGE_META,
                        "The texts of \"%s\" have more than %d bytes: shorten "
                        "the package's description, and export it again.",
                        VSO_PACKAGE_META, VSO_MAX_META);
    }
    package->id = meta_text(package->meta, "pkg-id");
    package->name = meta_text(package->meta, "pkg-name");
    package->description = meta_text(package->meta, "pkg-description");
    package->signer_text = meta_text(package->meta, "pkg-signer");
    if (!is_file_name(package->name)) {
        return bad(reader, VSO_PACKAGE_META,
                   "has no pkg-name, or one that cannot be a file's name");
    }
    return APR_SUCCESS;
}

/** Where vso_element_describe gets an element's files from. */
typedef struct {
    vso_package_t *package;
    const vso_element_t *element;
} loader_t;

static apr_status_t load(void *baton, const char *name, char **pdata,
                         apr_size_t *plen, vso_result_t *res, apr_pool_t *p)
{
    const loader_t *loader = baton;
    vso_package_file_t *file = vso_element_file(loader->element, name);

    *pdata = NULL;
    *plen = 0;
    if (!file ||
        (!strcmp(name, "data") && file->entry->size > VSO_MAX_ELEMENT_FILE)) {
        return APR_SUCCESS;
    }
    *plen = (apr_size_t)file->entry->size;
    return vso_zip_load(loader->package->zip, file->entry, VSO_MAX_ELEMENT_FILE,
                        pdata, res, p);
}

/** A resource that is too large for memory is looked into on disk: it is in
 * the clear, or it would have another name. */
static apr_status_t describe_large(reader_t *reader, vso_element_t *element)
{
    vso_package_file_t *file = vso_element_file(element, "data");
    vso_resource_t resource;
    vso_blob_t *blob;
    apr_file_t *out;
    apr_pool_t *work;
    apr_status_t rv;

    if (!file || file->entry->size <= VSO_MAX_ELEMENT_FILE ||
        strcmp(element->type, "ResourceElement")) {
        return APR_SUCCESS;
    }
    apr_pool_create(&work, reader->p);
    rv = vso_blob_spool(&out, reader->res, work);
    if (rv == APR_SUCCESS) {
        rv = vso_zip_read(reader->package->zip, file->entry, vso_blob_append,
                          out, reader->res);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_blob_file(out, &blob, reader->res, work);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_resource_read(blob, file->path, &resource, reader->res, work);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_element_keep_resource(element, &resource, reader->res,
                                       reader->p);
    }
    apr_pool_destroy(work);
    return rv;
}

/** A file in the clear and encrypted at once would be two contents. */
static apr_status_t check_sealed(reader_t *reader, const vso_element_t *element)
{
    int i;

    for (i = 0; i < element->files->nelts && element->encrypted; i++) {
        const vso_package_file_t *file =
            APR_ARRAY_IDX(element->files, i, vso_package_file_t *);
        const char *name =
            file->path + strlen(VSO_ELEMENTS) + strlen(element->folder) + 1;

        if (ends_with(name, VSO_PACKAGE_SEALED)) {
            name = apr_pstrmemdup(reader->p, name,
                                  strlen(name) - strlen(VSO_PACKAGE_SEALED));
            if (vso_element_file(element, name)) {
                return bad(reader, file->path,
                           "stands beside the same file in the clear");
            }
        }
    }
    return APR_SUCCESS;
}

static apr_status_t describe_elements(reader_t *reader)
{
    apr_array_header_t *elements = reader->package->elements;
    apr_hash_t *ids = apr_hash_make(reader->p);
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < elements->nelts; i++) {
        vso_element_t *element = APR_ARRAY_IDX(elements, i, vso_element_t *);
        loader_t loader = {reader->package, element};

        if (!vso_element_file(element, "info")) {
            return bad(
                reader,
                apr_pstrcat(reader->p, VSO_ELEMENTS, element->folder, NULL),
                "has no file info");
        }
        rv = check_sealed(reader, element);
        if (rv == APR_SUCCESS) {
            rv = vso_element_describe(element, load, &loader, reader->res,
                                      reader->p);
        }
        if (rv == APR_SUCCESS) {
            rv = describe_large(reader, element);
        }
        if (rv == APR_SUCCESS &&
            apr_hash_get(ids, element->id, APR_HASH_KEY_STRING)) {
            rv = bad(reader,
                     apr_pstrcat(reader->p, VSO_ELEMENTS, element->folder,
                                 "/info", NULL),
                     "has an id that another element has as well");
        }
        apr_hash_set(ids, element->id, APR_HASH_KEY_STRING, element);
    }
    return rv;
}

apr_status_t vso_package_read(const vso_blob_t *blob, vso_package_t **ppackage,
                              vso_result_t *res, apr_pool_t *p)
{
    vso_package_t *package = apr_pcalloc(p, sizeof(*package));
    reader_t reader = {package, apr_hash_make(p), res, p};
    apr_pool_t *work;
    apr_status_t rv;

    rv = vso_zip_open(blob, "package", &vso_zip_limits, &package->zip, res, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    apr_pool_create(&work, p);
    package->files = apr_array_make(p, vso_zip_entries(package->zip)->nelts,
                                    sizeof(vso_package_file_t *));
    package->elements = apr_array_make(p, 16, sizeof(vso_element_t *));
    package->certs = apr_array_make(p, 2, sizeof(vso_package_cert_t *));
    package->signature = VSO_SIGNATURE_UNCHECKED;
    rv = read_meta(&reader, work);
    apr_pool_destroy(work);
    if (rv == APR_SUCCESS) {
        rv = add_files(&reader);
    }
    if (rv == APR_SUCCESS) {
        rv = describe_elements(&reader);
    }
    if (rv == APR_SUCCESS) {
        *ppackage = package;
    }
    return rv;
}

vso_element_t *vso_package_element(const vso_package_t *package, const char *id)
{
    int i;

    for (i = 0; i < package->elements->nelts; i++) {
        vso_element_t *element =
            APR_ARRAY_IDX(package->elements, i, vso_element_t *);

        if (!strcmp(element->id, id)) {
            return element;
        }
    }
    return NULL;
}
