/* SPDX-License-Identifier: Apache-2.0 */
#include "package/element.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "package/properties.h"
#include "package/xml.h"

/** A description in progress. */
typedef struct {
    vso_element_t *element;
    vso_element_load_fn *load;
    void *baton;
    vso_result_t *res;
    apr_pool_t *p;
    apr_pool_t *work; /**< gone with the call */
} describe_t;

const char *vso_element_signature_text(vso_signature_e signature)
{
    static const char *const texts[] = {"valid", "weak", "invalid", "unsigned",
                                        "unchecked"};

    return texts[signature];
}

vso_package_file_t *vso_element_file(const vso_element_t *element,
                                     const char *name)
{
    apr_size_t skip = strlen(VSO_ELEMENTS) + strlen(element->folder) + 1;
    int i;

    for (i = 0; i < element->files->nelts; i++) {
        vso_package_file_t *file =
            APR_ARRAY_IDX(element->files, i, vso_package_file_t *);

        if (!strcmp(file->path + skip, name)) {
            return file;
        }
    }
    return NULL;
}

/** Types whose data is XML: damaged XML is refused. Data of other types is
 * looked into only as far as it can be read. */
static int is_xml_type(const char *type)
{
    static const char *const types[] = {
        "Workflow", "ScriptModule", "ConfigurationElement", "PolicyTemplate"};
    apr_size_t i;

    for (i = 0; i < sizeof(types) / sizeof(*types); i++) {
        if (!strcmp(type, types[i])) {
            return 1;
        }
    }
    return 0;
}

static const char *path_of(const describe_t *d, const char *name)
{
    return apr_pstrcat(d->work, VSO_ELEMENTS, d->element->folder, "/", name,
                       NULL);
}

/** Keep a text that is shown or stored. @param value  NULL keeps what is */
static apr_status_t keep(const describe_t *d, const char *file,
                         const char **ptext, const char *value, int max_bytes)
{
    const char *path = path_of(d, file);

    if (!value) {
        return APR_SUCCESS;
    }
    if (strlen(value) > (apr_size_t)max_bytes) {
        return vso_fail(d->res, VSO_P_TOO_LARGE, path,
                        "\"%s\" holds an id, type, name, path, version or tag "
                        "of more than %d bytes.",
                        path, max_bytes);
    }
    if (!vso_utf8_printable(value)) {
        return vso_fail(d->res, VSO_P_BAD_PACKAGE, path,
                        "\"%s\" holds an id, type, name, path, version or tag "
                        "with a control character. Export the package again.",
                        path);
    }
    *ptext = apr_pstrdup(d->p, value);
    return APR_SUCCESS;
}

static apr_status_t keep_text(const describe_t *d, const char *file,
                              const char **ptext, const char *value)
{
    return keep(d, file, ptext, value, VSO_MAX_ELEMENT_TEXT);
}

static apr_status_t load(const describe_t *d, const char *name, char **pdata,
                         apr_size_t *plen)
{
    *pdata = NULL;
    return d->load(d->baton, name, pdata, plen, d->res, d->work);
}

static apr_status_t read_info(const describe_t *d)
{
    vso_element_t *element = d->element;
    const char *path = path_of(d, "info");
    apr_table_t *info;
    apr_status_t rv;
    apr_size_t len;
    const char *id;
    char *data;

    rv = load(d, "info", &data, &len);
    if (rv != APR_SUCCESS || !data) {
        return rv;
    }
    rv = vso_properties_parse(data, len, path, &info, d->res, d->work);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    id = apr_table_get(info, "id");
    if (id && !*id) {
        id = NULL;
    }
    rv = keep(d, "info", &element->id, id ? id : element->folder,
              VSO_MAX_ELEMENT_ID);
    if (rv == APR_SUCCESS) {
        rv = keep_text(d, "info", &element->type, apr_table_get(info, "type"));
    }
    if (rv == APR_SUCCESS) {
        rv = keep_text(d, "info", &element->name, apr_table_get(info, "name"));
    }
    if (rv == APR_SUCCESS) {
        rv = keep_text(d, "info", &element->owner_text,
                       apr_table_get(info, "signature-owner"));
    }
    if (rv == APR_SUCCESS && !*element->type) {
        rv = vso_fail(d->res, VSO_P_BAD_PACKAGE, path,
                      "\"%s\" has no type. Export the package again.", path);
    }
    return rv;
}

apr_status_t vso_element_keep_resource(vso_element_t *element,
                                       const vso_resource_t *resource,
                                       vso_result_t *res, apr_pool_t *p)
{
    describe_t d = {element, NULL, NULL, res, p, p};
    apr_status_t rv = keep_text(&d, "data", &element->name, resource->name);

    if (rv == APR_SUCCESS) {
        rv = keep_text(&d, "data", &element->version, resource->version);
    }
    if (rv == APR_SUCCESS) {
        rv = keep_text(&d, "data", &element->allowed_operations,
                       resource->allowed_operations);
    }
    return rv;
}

static apr_status_t read_resource(const describe_t *d, const char *data,
                                  apr_size_t len)
{
    vso_resource_t resource;
    apr_status_t rv =
        vso_resource_read(vso_blob_memory(data, len, d->work),
                          path_of(d, "data"), &resource, d->res, d->work);

    return rv == APR_SUCCESS
               ? vso_element_keep_resource(d->element, &resource, d->res, d->p)
               : rv;
}

static apr_status_t read_root(const describe_t *d, const vso_xml_t *xml)
{
    vso_element_t *element = d->element;
    const char *name = NULL;
    apr_status_t rv;

    /* scripts and policies are called as their attribute says, all others
     * have an element for it */
    if (strcmp(element->type, "ScriptModule")) {
        name = vso_xml_text(xml, "display-name");
    }
    if (!name || !*name) {
        name = vso_xml_attribute(xml, "name");
    }
    rv = keep_text(d, "data", &element->name, name && *name ? name : NULL);
    if (rv == APR_SUCCESS) {
        rv = keep_text(d, "data", &element->version,
                       vso_xml_attribute(xml, "version"));
    }
    if (rv == APR_SUCCESS) {
        rv = keep_text(d, "data", &element->allowed_operations,
                       vso_xml_attribute(xml, "allowed-operations"));
    }
    return rv;
}

static apr_status_t read_data(const describe_t *d)
{
    const char *type = d->element->type;
    vso_result_t *ignored = vso_result_create(d->work);
    int strict = is_xml_type(type);
    vso_xml_t *xml = NULL;
    apr_status_t rv;
    apr_size_t len;
    char *data;

    rv = load(d, "data", &data, &len);
    if (rv != APR_SUCCESS || !data) {
        return rv;
    }
    if (!strcmp(type, "ResourceElement")) {
        return read_resource(d, data, len);
    }
    rv = vso_xml_parse(data, len, path_of(d, "data"), &xml,
                       strict ? d->res : ignored, d->work);
    if (rv != APR_SUCCESS) {
        return strict ? rv : APR_SUCCESS;
    }
    return read_root(d, xml);
}

static apr_status_t read_categories(const describe_t *d)
{
    const char *path = path_of(d, "categories");
    apr_array_header_t *names;
    vso_xml_t *xml;
    apr_status_t rv;
    apr_size_t len;
    char *data;

    rv = load(d, "categories", &data, &len);
    if (rv == APR_SUCCESS && data && len) {
        rv = vso_xml_parse(data, len, path, &xml, d->res, d->work);
        if (rv == APR_SUCCESS) {
            names = vso_xml_attributes(xml, "category", "name", d->work);
            rv = keep_text(d, "categories", &d->element->path,
                           apr_array_pstrcat(d->work, names, '/'));
        }
    }
    return rv;
}

/** Tags are properties whose keys they are, or <tag name="..."/>. */
static apr_status_t read_tags(const describe_t *d)
{
    vso_element_t *element = d->element;
    const char *path = path_of(d, "tags");
    apr_array_header_t *names;
    apr_array_header_t *tags;
    vso_xml_t *xml;
    apr_status_t rv;
    apr_size_t len;
    char *data;
    int i;

    rv = load(d, "tags", &data, &len);
    if (rv != APR_SUCCESS || !data || !len) {
        return rv;
    }
    rv = vso_xml_parse(data, len, path, &xml, d->res, d->work);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    names = vso_xml_attributes(xml, "tag", "name", d->work);
    if (!names->nelts) {
        names = vso_xml_attributes(xml, "entry", "key", d->work);
    }
    if (names->nelts > VSO_MAX_TAGS) {
        return vso_fail(d->res, VSO_P_TOO_LARGE, path,
                        "\"%s\" has more than %d tags.", path, VSO_MAX_TAGS);
    }
    tags = apr_array_make(d->p, names->nelts, sizeof(const char *));
    for (i = 0; rv == APR_SUCCESS && i < names->nelts; i++) {
        rv = keep_text(d, "tags", &APR_ARRAY_PUSH(tags, const char *),
                       APR_ARRAY_IDX(names, i, const char *));
    }
    if (rv == APR_SUCCESS) {
        element->tags = tags;
    }
    return rv;
}

apr_status_t vso_element_describe(vso_element_t *element,
                                  vso_element_load_fn *load_fn, void *baton,
                                  vso_result_t *res, apr_pool_t *p)
{
    describe_t d = {element, load_fn, baton, res, p, NULL};
    apr_status_t rv;

    apr_pool_create(&d.work, p);
    rv = read_info(&d);
    if (rv == APR_SUCCESS) {
        rv = read_data(&d);
    }
    if (rv == APR_SUCCESS) {
        rv = read_categories(&d);
    }
    if (rv == APR_SUCCESS) {
        rv = read_tags(&d);
    }
    if (rv == APR_SUCCESS && !*element->name) {
        element->name = element->id;
    }
    apr_pool_destroy(d.work);
    return rv;
}

/** Compare the part of a version that begins at *pa and *pb, and move behind
 * it and its dot. */
static int compare_part(const char **pa, const char **pb)
{
    static const char digits[] = "0123456789";
    apr_size_t a_len = strcspn(*pa, ".");
    apr_size_t b_len = strcspn(*pb, ".");
    const char *a = *pa;
    const char *b = *pb;
    int numbers = strspn(a, digits) >= a_len && strspn(b, digits) >= b_len;
    int order;

    *pa += a_len + (a[a_len] ? 1 : 0);
    *pb += b_len + (b[b_len] ? 1 : 0);
    while (numbers && a_len && *a == '0') {
        a++;
        a_len--;
    }
    while (numbers && b_len && *b == '0') {
        b++;
        b_len--;
    }
    if (numbers && a_len != b_len) {
        return a_len < b_len ? -1 : 1;
    }
    order = strncmp(a, b, a_len < b_len ? a_len : b_len);
    return order ? order : (a_len > b_len) - (a_len < b_len);
}

int vso_element_compare_versions(const char *a, const char *b)
{
    int order = 0;

    if (!*a || !*b) {
        return (*a != '\0') - (*b != '\0');
    }
    while (!order && (*a || *b)) {
        order = compare_part(&a, &b);
    }
    return order;
}
