/* SPDX-License-Identifier: Apache-2.0 */
#include "x509_util.h"

#include "base/limits.h"
#include "bomb.h"
#include "package/package.h"
#include "package/properties.h"
#include "zip_make.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/** Packages that Orchestrator servers and its SDK made. */
#define REAL "../shared/data/packages/"

/** The parts of a package, in order. */
typedef struct {
    zip_item_t items[64];
    apr_size_t count;
} parts_t;

static zip_item_t *add_bytes(parts_t *parts, const char *name, bytes_t bytes)
{
    zip_item_t *item = &parts->items[parts->count++];

    ck_assert_uint_lt(parts->count, COUNT(parts->items));
    memset(item, 0, sizeof(*item));
    item->name = name;
    item->data = bytes.data;
    item->len = bytes.len;
    return item;
}

static zip_item_t *add(parts_t *parts, const char *name, const char *text)
{
    bytes_t bytes = {text, strlen(text)};

    return add_bytes(parts, name, bytes);
}

/** ASCII as UTF-16BE with mark, as servers write data and categories. */
static bytes_t wide(const char *text)
{
    apr_size_t len = 2 * strlen(text) + 2;
    char *data = apr_pcalloc(pool, len);
    apr_size_t i;
    bytes_t bytes = {data, len};

    memcpy(data, "\xfe\xff", 2);
    for (i = 2; i < len; i += 2) {
        data[i + 1] = *text++;
    }
    return bytes;
}

static const char *info_of(const char *id, const char *type)
{
    return apr_pstrcat(pool, "<properties><entry key='id'>", id,
                       "</entry><entry key='type'>", type,
                       "</entry><entry key='signature-owner'>CN=author"
                       "</entry></properties>",
                       NULL);
}

static void add_element(parts_t *parts, const char *folder, const char *type,
                        bytes_t data)
{
    const char *base = apr_pstrcat(pool, "elements/", folder, "/", NULL);

    add(parts, apr_pstrcat(pool, base, "info", NULL), info_of(folder, type));
    add_bytes(parts, apr_pstrcat(pool, base, "data", NULL), data);
    add_bytes(parts, apr_pstrcat(pool, base, "categories", NULL),
              wide("<categories><category name='Library'><name>Library</name>"
                   "</category><category name='Mail'/></categories>"));
}

#define SCRIPT                                                                 \
    "<?xml version='1.0' encoding='UTF-8'?>\n"                                 \
    "<dunes-script-module name='send' version='1.2.0' "                        \
    "allowed-operations='vef'><script><![CDATA[x]]></script>"                  \
    "<param><display-name>not this</display-name></param>"                     \
    "</dunes-script-module>"

/** A package that is fine: meta, certificate, one element. */
static void begin(parts_t *parts)
{
    wish_t wish = {.cn = "signer", .key = ec_key()};

    parts->count = 0;
    add(parts, "dunes-meta-inf",
        "<properties><entry key='pkg-name'>com.example.mail</entry>"
        "<entry key='pkg-id'>42</entry>"
        "<entry key='pkg-signer'>CN=signer</entry></properties>");
    add_bytes(parts, "certificates/CN=signer.cer", der_of(make_cert(&wish)));
    add_element(parts, "s1", "ScriptModule", wide(SCRIPT));
}

static const vso_blob_t *blob_of(parts_t *parts)
{
    zip_made_t made = make_zip(parts->items, parts->count, 0, pool);

    return vso_blob_memory(made.data, made.len, pool);
}

static apr_status_t read_parts(parts_t *parts, vso_package_t **ppackage)
{
    return vso_package_read(blob_of(parts), ppackage, res, pool);
}

/** The package is refused, naming this file. */
static void assert_bad(parts_t *parts, vso_problem_e problem, const char *field)
{
    vso_package_t *package = NULL;

    ck_assert_int_ne(read_parts(parts, &package), APR_SUCCESS);
    ck_assert_str_eq(vso_problem_slug(res->problem), vso_problem_slug(problem));
    ck_assert_str_eq(res->field, field);
    ck_assert_ptr_null(package);
    vso_result_clear(res);
}

static vso_element_t *read_element(parts_t *parts, const char *id)
{
    vso_package_t *package;
    vso_element_t *element;

    assert_ok(read_parts(parts, &package));
    element = vso_package_element(package, id);
    ck_assert_ptr_nonnull(element);
    return element;
}

START_TEST(test_reads_a_package)
{
    vso_package_t *package;
    vso_element_t *element;
    parts_t parts;

    begin(&parts);
    add(&parts, "signatures/dunes-meta-inf", "s");
    add(&parts, "META-INF/vsocert.manifest", "");
    add(&parts, "META-INF/vsocert.p7s", "s");
    assert_ok(read_parts(&parts, &package));
    ck_assert_str_eq(package->name, "com.example.mail");
    ck_assert_str_eq(package->id, "42");
    ck_assert_str_eq(package->description, "");
    ck_assert_str_eq(package->signer_text, "CN=signer");
    ck_assert_int_eq(package->files->nelts, 8);
    ck_assert_int_eq(package->certs->nelts, 1);
    ck_assert_int_eq(package->encrypted, 0);
    ck_assert_int_eq(package->elements->nelts, 1);
    element = vso_package_element(package, "s1");
    ck_assert_str_eq(element->type, "ScriptModule");
    ck_assert_str_eq(element->name, "send");
    ck_assert_str_eq(element->path, "Library/Mail");
    ck_assert_str_eq(element->version, "1.2.0");
    ck_assert_str_eq(element->allowed_operations, "vef");
    ck_assert_str_eq(element->owner_text, "CN=author");
    ck_assert_int_eq(element->files->nelts, 3);
    ck_assert_str_eq(vso_element_file(element, "data")->path,
                     "elements/s1/data");
    ck_assert_ptr_null(vso_element_file(element, "tags"));
    ck_assert_ptr_null(vso_package_element(package, "s2"));
}
END_TEST

static const struct {
    const char *type;
    const char *data;
    const char *name;
    const char *version;
} types[] = {
    {"Workflow",
     "<workflow xmlns='http://vmware.com/vco/workflow' version='0.0.1'>"
     "<display-name><![CDATA[Send mail]]></display-name></workflow>",
     "Send mail", "0.0.1"},
    {"ConfigurationElement",
     "<config-element version='3'><display-name>Hosts</display-name>"
     "</config-element>",
     "Hosts", "3"},
    {"PolicyTemplate", "<dunes-policy name='Watch' version='1.0'/>", "Watch",
     "1.0"},
    {"ActionEnvironment", "{\"name\": \"not XML\"}", "x1", ""},
    {"ActionEnvironment", "<environment name='node' version='2'/>", "node",
     "2"},
    {"NobodyKnows", "<thing version='7'/>", "x1", "7"},
    {"NobodyKnows", "<!DOCTYPE a [<!ENTITY b 'c'>]><a name='&b;'/>", "x1", ""},
    {"NobodyKnows", "", "x1", ""},
};

START_TEST(test_describes_every_type)
{
    bytes_t data = {types[_i].data, strlen(types[_i].data)};
    vso_element_t *element;
    parts_t parts;

    begin(&parts);
    add_element(&parts, "x1", types[_i].type, data);
    add(&parts, "elements/x1/input_form_", "{}");
    add(&parts, "elements/x1/extensions/deep/file.json", "{}");
    element = read_element(&parts, "x1");
    ck_assert_str_eq(element->type, types[_i].type);
    ck_assert_str_eq(element->name, types[_i].name);
    ck_assert_str_eq(element->version, types[_i].version);
    ck_assert_int_eq(element->files->nelts, 5);
    ck_assert_ptr_nonnull(
        vso_element_file(element, "extensions/deep/file.json"));
}
END_TEST

/** A zip of a resource; its content is never unpacked. */
static bytes_t resource(const char *data, apr_size_t len, const char *name)
{
    zip_item_t items[] = {
        {.name = "VSO-RESOURCE-INF/attribute_name",
         .data = name,
         .len = strlen(name),
         .descriptor = 16},
        {.name = "VSO-RESOURCE-INF/attribute_version",
         .data = "1.0.3",
         .len = 5},
        {.name = "VSO-RESOURCE-INF/attribute_allowedOperations",
         .data = "vf",
         .len = 2},
        {.name = "VSO-RESOURCE-INF/data", .data = data, .len = len}};
    zip_made_t made = make_zip(items, 4, 0, pool);
    bytes_t bytes = {made.data, made.len};

    return bytes;
}

START_TEST(test_describes_a_resource)
{
    vso_element_t *element;
    parts_t parts;

    begin(&parts);
    add_element(&parts, "r1", "ResourceElement", resource("x", 1, "logo.png"));
    add(&parts, "elements/r1/tags",
        "<tags><tag name='one' global='true'/><tag name='two'/></tags>");
    element = read_element(&parts, "r1");
    ck_assert_str_eq(element->name, "logo.png");
    ck_assert_str_eq(element->version, "1.0.3");
    ck_assert_str_eq(element->allowed_operations, "vf");
    ck_assert_int_eq(element->tags->nelts, 2);
    ck_assert_str_eq(APR_ARRAY_IDX(element->tags, 1, const char *), "two");
}
END_TEST

/** Data that is too large to look into is kept, under its id; resources say
 * their name nevertheless. */
START_TEST(test_describes_large_data)
{
    apr_size_t len = VSO_MAX_ELEMENT_FILE + 1;
    char *data = apr_palloc(pool, len);
    bytes_t large = {data, len};
    vso_package_t *package;
    vso_element_t *element;
    parts_t parts;

    memset(data, ' ', len);
    memcpy(data, "<workflow version='1'/>", 23);
    begin(&parts);
    add_element(&parts, "w1", "Workflow", large);
    add_element(&parts, "r1", "ResourceElement",
                resource(data, len, "disk.iso"));
    assert_ok(read_parts(&parts, &package));
    element = vso_package_element(package, "w1");
    ck_assert_str_eq(element->name, "w1");
    ck_assert_str_eq(element->version, "");
    ck_assert_str_eq(element->path, "Library/Mail");
    element = vso_package_element(package, "r1");
    ck_assert_str_eq(element->name, "disk.iso");
    ck_assert_str_eq(element->version, "1.0.3");
    ck_assert_int_gt(vso_element_file(element, "data")->entry->size,
                     (apr_int64_t)len);

    begin(&parts);
    add_element(&parts, "r1", "ResourceElement", large);
    assert_bad(&parts, VSO_P_BAD_ZIP, "elements/r1/data");
}
END_TEST

static const vso_blob_t *zipped(const char *name, const vso_blob_t *content)
{
    vso_zip_part_t part = {name, content};
    apr_array_header_t *parts = apr_array_make(pool, 1, sizeof(part));
    vso_blob_t *blob;
    apr_file_t *out;

    APR_ARRAY_PUSH(parts, vso_zip_part_t) = part;
    assert_ok(vso_blob_spool(&out, res, pool));
    assert_ok(vso_zip_write(parts, out, res, pool));
    assert_ok(vso_blob_file(out, &blob, res, pool));
    return blob;
}

/** A resource that is a bomb is refused; one that holds a bomb in its content
 * is content, which nobody unpacks. */
START_TEST(test_refuses_nested_bombs)
{
    apr_size_t len = 3 * 1024 * 1024;
    const vso_blob_t *bomb =
        bomb_zip("VSO-RESOURCE-INF/attribute_name", len, res, pool);
    const vso_blob_t *nested = zipped("VSO-RESOURCE-INF/data", bomb);
    bytes_t bytes = {NULL, 0};
    parts_t parts;
    char *data;

    assert_ok(vso_blob_load(bomb, len, "bomb", &data, res, pool));
    bytes.data = data;
    bytes.len = (apr_size_t)bomb->size;
    begin(&parts);
    add_element(&parts, "r1", "ResourceElement", bytes);
    assert_bad(&parts, VSO_P_ZIP_BOMB, "elements/r1/data");

    assert_ok(vso_blob_load(nested, len, "nested", &data, res, pool));
    bytes.data = data;
    bytes.len = (apr_size_t)nested->size;
    begin(&parts);
    add_element(&parts, "r1", "ResourceElement", bytes);
    ck_assert_str_eq(read_element(&parts, "r1")->name, "r1");
}
END_TEST

/** An attribute of 1 MiB, and more entries than a resource has. */
START_TEST(test_resources_have_caps)
{
    char *name = apr_pcalloc(pool, 1024 * 1024);
    zip_item_t items[65];
    zip_made_t made;
    bytes_t bytes;
    parts_t parts;
    int i;

    memset(name, 'n', 1024 * 1024 - 1);
    begin(&parts);
    add_element(&parts, "r1", "ResourceElement", resource("x", 1, name));
    assert_bad(&parts, VSO_P_TOO_LARGE, "elements/r1/data");

    memset(items, 0, sizeof(items));
    for (i = 0; i < 65; i++) {
        items[i].name = apr_psprintf(pool, "%d", i);
    }
    made = make_zip(items, 65, 0, pool);
    bytes.data = made.data;
    bytes.len = made.len;
    begin(&parts);
    add_element(&parts, "r1", "ResourceElement", bytes);
    assert_bad(&parts, VSO_P_ZIP_BOMB, "elements/r1/data");
}
END_TEST

START_TEST(test_describes_what_is_encrypted)
{
    vso_package_t *package;
    vso_element_t *element;
    parts_t parts;

    begin(&parts);
    add(&parts, "elements/w1/info",
        "<properties><entry key='id'>id-1</entry>"
        "<entry key='type'>Workflow</entry>"
        "<entry key='name'>Send</entry></properties>");
    add(&parts, "elements/w1/data.p7m", "sealed");
    add(&parts, "elements/w1/categories.p7m", "sealed");
    assert_ok(read_parts(&parts, &package));
    ck_assert_int_eq(package->encrypted, 1);
    ck_assert_int_eq(vso_package_element(package, "s1")->encrypted, 0);
    element = vso_package_element(package, "id-1");
    ck_assert_int_eq(element->encrypted, 1);
    ck_assert_str_eq(element->name, "Send");
    ck_assert_str_eq(element->version, "");
    ck_assert_str_eq(element->path, "");
}
END_TEST

START_TEST(test_encryption_is_of_one_file_once)
{
    parts_t parts;

    begin(&parts);
    add(&parts, "elements/s1/data.p7m", "sealed");
    assert_bad(&parts, VSO_P_BAD_PACKAGE, "elements/s1/data.p7m");
    begin(&parts);
    add(&parts, "elements/s1/info.p7m", "sealed");
    assert_bad(&parts, VSO_P_BAD_PACKAGE, "elements/s1/info.p7m");
    begin(&parts);
    add(&parts, "elements/s1/content-signature.p7m", "sealed");
    assert_bad(&parts, VSO_P_BAD_PACKAGE, "elements/s1/content-signature.p7m");
}
END_TEST

static const struct {
    const char *name;
    const char *content;
    vso_problem_e problem;
    const char *field; /**< NULL: the name */
} extra[] = {
    {"readme.txt", "", VSO_P_BAD_PACKAGE, NULL},
    {"META-INF/MANIFEST.MF", "", VSO_P_BAD_PACKAGE, NULL},
    {"Elements/s2/info", "", VSO_P_BAD_PACKAGE, NULL},
    {"elements/loose", "", VSO_P_BAD_PACKAGE, NULL},
    {"elements/x1/data", "", VSO_P_BAD_PACKAGE, "elements/x1"},
    {"elements/S1/extra", "", VSO_P_DUPLICATE_NAME, "s1"},
    {"certificates/a.cer", "no certificate", VSO_P_BAD_PACKAGE, NULL},
    {"elements/../x", "", VSO_P_UNSAFE_NAME, NULL},
    {"elements/s1/Data", "", VSO_P_DUPLICATE_NAME, NULL},
    {"elements/x1/info", "<properties", VSO_P_BAD_XML, NULL},
    {"elements/x1/info",
     "<!DOCTYPE a [<!ENTITY b 'c'>]><properties>&b;</properties>",
     VSO_P_BAD_XML, NULL},
    {"elements/x1/info", "<properties/>", VSO_P_BAD_PACKAGE, NULL},
    {"elements/x1/info",
     "<properties><entry key='id'>s1</entry><entry key='type'>Workflow"
     "</entry></properties>",
     VSO_P_BAD_PACKAGE, NULL},
    {"elements/x1/info",
     "<properties><entry key='type'>a&#10;b</entry></properties>",
     VSO_P_BAD_PACKAGE, NULL},
    {"elements/s1/tags", "<tags>", VSO_P_BAD_XML, NULL},
};

START_TEST(test_refuses_files_that_do_not_belong)
{
    parts_t parts;

    begin(&parts);
    add(&parts, extra[_i].name, extra[_i].content);
    assert_bad(&parts, extra[_i].problem,
               extra[_i].field ? extra[_i].field : extra[_i].name);
}
END_TEST

START_TEST(test_refuses_damaged_elements)
{
    static const struct {
        const char *type;
        const char *data;
        vso_problem_e problem;
    } bad[] = {
        {"Workflow", "<workflow", VSO_P_BAD_XML},
        {"ScriptModule", "", VSO_P_BAD_XML},
        {"ConfigurationElement", "{}", VSO_P_BAD_XML},
        {"PolicyTemplate", "<a version='&#10;'/>", VSO_P_BAD_PACKAGE},
        {"ResourceElement", "<no-zip/>", VSO_P_BAD_ZIP},
    };
    bytes_t data = {bad[_i].data, strlen(bad[_i].data)};
    parts_t parts;

    begin(&parts);
    add_element(&parts, "x1", bad[_i].type, data);
    assert_bad(&parts, bad[_i].problem, "elements/x1/data");
}
END_TEST

START_TEST(test_texts_have_caps)
{
    char *text = apr_pcalloc(pool, VSO_MAX_ELEMENT_TEXT + 2);
    bytes_t data = {NULL, 0};
    parts_t parts;

    memset(text, 'v', VSO_MAX_ELEMENT_TEXT + 1);
    data.data = apr_pstrcat(pool, "<a version='", text, "'/>", NULL);
    data.len = strlen(data.data);
    begin(&parts);
    add_element(&parts, "x1", "Workflow", data);
    assert_bad(&parts, VSO_P_TOO_LARGE, "elements/x1/data");
    text[VSO_MAX_ELEMENT_ID + 1] = '\0';
    begin(&parts);
    add(&parts, "elements/x1/info", info_of(text, "Workflow"));
    assert_bad(&parts, VSO_P_TOO_LARGE, "elements/x1/info");
}
END_TEST

static const struct {
    const char *name;
    int fine;
} names[] = {
    {"com.example", 1}, {"Caf\xc3\xa9 (1)", 1}, {"", 0},        {"a/b", 0},
    {"..", 0},          {".hidden", 0},         {"a&#10;b", 0}, {"a\"b", 0},
    {"a\\b", 0},        {"con:x", 0},           {" ", 0},
};

START_TEST(test_the_name_is_a_file_name)
{
    vso_package_t *package;
    parts_t parts;

    begin(&parts);
    parts.items[0].data =
        apr_pstrcat(pool, "<properties><entry key='pkg-name'>", names[_i].name,
                    "</entry></properties>", NULL);
    parts.items[0].len = strlen(parts.items[0].data);
    if (names[_i].fine) {
        assert_ok(read_parts(&parts, &package));
        ck_assert_str_eq(package->name, names[_i].name);
    }
    else {
        assert_bad(&parts, VSO_P_BAD_PACKAGE, "dunes-meta-inf");
    }
}
END_TEST

/** What people send instead of the package: it is named. */
START_TEST(test_finds_a_package_within)
{
    static const struct {
        const char *name;
        const char *says;
    } within[] = {
        {"org.example/dunes-meta-inf", "inside the folder \"org.example\""},
        {"a/b/dunes-meta-inf", "inside the folder \"a/b\""},
        {"org.example.package", "package \"org.example.package\" is inside"},
        {"out/Org.Example.PACKAGE", "\"out/Org.Example.PACKAGE\" is inside"},
    };
    vso_package_t *package;
    parts_t parts;
    apr_size_t i;

    for (i = 0; i < sizeof(within) / sizeof(within[0]); i++) {
        parts.count = 0;
        add(&parts, "readme.txt", "x");
        add(&parts, within[i].name, "x");
        ck_assert_int_ne(read_parts(&parts, &package), APR_SUCCESS);
        ck_assert_str_eq(vso_problem_slug(res->problem), "bad-package");
        ck_assert_str_eq(res->field, within[i].name);
        ck_assert_msg(strstr(res->detail, within[i].says) != NULL, "%s",
                      res->detail);
        ck_assert_ptr_nonnull(strstr(res->detail, "send the package itself"));
        vso_result_clear(res);
    }
    /* names that only look like it */
    parts.count = 0;
    add(&parts, "xdunes-meta-inf", "x");
    add(&parts, ".package", "x");
    assert_bad(&parts, VSO_P_BAD_PACKAGE, "dunes-meta-inf");
}
END_TEST

START_TEST(test_refuses_what_is_no_package)
{
    static const char text[] = "<html>Sign in</html>";
    vso_package_t *package;
    parts_t parts = {.count = 0};

    add(&parts, "word/document.xml", "<a/>");
    assert_bad(&parts, VSO_P_BAD_PACKAGE, "dunes-meta-inf");
    parts.count = 0;
    add(&parts, "dunes-meta-inf", "<properties/>");
    assert_bad(&parts, VSO_P_BAD_PACKAGE, "dunes-meta-inf");
    assert_refused(vso_package_read(vso_blob_memory(text, sizeof(text), pool),
                                    &package, res, pool),
                   VSO_P_BAD_ZIP);
}
END_TEST

/** Elements and certificates up to their caps, and one more. */
START_TEST(test_counts_have_caps)
{
    apr_size_t count = VSO_MAX_ELEMENTS + (apr_size_t)_i;
    zip_item_t *items = apr_pcalloc(pool, (count + 1) * sizeof(*items));
    vso_package_t *package;
    zip_made_t made;
    apr_size_t i;

    items[count].name = "dunes-meta-inf";
    items[count].data = "<properties><entry key='pkg-name'>many</entry>"
                        "</properties>";
    items[count].len = strlen(items[count].data);
    for (i = 0; i < count; i++) {
        items[i].name =
            apr_psprintf(pool, "elements/%" APR_SIZE_T_FMT "/info", i);
        items[i].data = "<properties><entry key='type'>Workflow</entry>"
                        "</properties>";
        items[i].len = strlen(items[i].data);
    }
    made = make_zip(items, count + 1, 0, pool);
    if (_i == 0) {
        assert_ok(vso_package_read(vso_blob_memory(made.data, made.len, pool),
                                   &package, res, pool));
        ck_assert_int_eq(package->elements->nelts, VSO_MAX_ELEMENTS);
    }
    else {
        assert_refused(
            vso_package_read(vso_blob_memory(made.data, made.len, pool),
                             &package, res, pool),
            VSO_P_TOO_LARGE);
    }
}
END_TEST

START_TEST(test_compares_versions)
{
    static const struct {
        const char *a;
        const char *b;
        int order;
    } pairs[] = {
        {"1.0.0", "1.0.0", 0}, {"1.0.10", "1.0.9", 1},
        {"1.0", "1.0.1", -1},  {"2", "1.9.9", 1},
        {"", "0.0.0", -1},     {"", "", 0},
        {"1.01", "1.1", 0},    {"1.0.0-b", "1.0.0-a", 1},
        {"1.a", "1.1", 1},     {"99999999999999999999.1", "1", 1},
        {"1.0.0", "0.9.9", 1},
    };
    int order = vso_element_compare_versions(pairs[_i].a, pairs[_i].b);
    int back = vso_element_compare_versions(pairs[_i].b, pairs[_i].a);

    ck_assert_int_eq((order > 0) - (order < 0), pairs[_i].order);
    ck_assert_int_eq((back > 0) - (back < 0), -pairs[_i].order);
}
END_TEST

/** What the packages of servers and of the SDK hold. */
static const struct {
    const char *file;
    const char *name;
    int elements;
    const char *element; /**< one of them */
    const char *text;    /**< type, name, path, version, rights of it */
} real[] = {
    {"com.simplygeek.library.rest.httpClient.package",
     "com.simplygeek.library.rest.httpClient", 2,
     "fa182447-712d-4a86-a97e-33927028294d",
     "ScriptModule httpClient com.simplygeek.library.rest 1.0.0 vfe"},
    {"com.simplygeek.library.util.logger.package",
     "com.simplygeek.library.util.logger", 1,
     "46dc8abb-c7e5-43a1-a47b-3bd1023002b0",
     "ScriptModule logger com.simplygeek.library.util 1.1.0 evf"},
    {"com.simplygeek.library.vc.vm.package", "com.simplygeek.library.vc.vm", 12,
     "9bfee7fd-0770-46fe-b0da-35edfddb909e",
     "ScriptModule getVmUniqueIdForVirtualMachineEntity "
     "com.simplygeek.library.vcac.vm.properties 1.4.0 evf"},
    {"com.simplygeek.library.vra.endpoints.package",
     "com.simplygeek.library.vra.endpoints", 3,
     "2197499a-3fed-47b6-a5ee-d892e3991a5b",
     "ScriptModule getVcacCafeHost com.simplygeek.library.vcaccafe 1.1.0 evf"},
    {"o11nplugin-venafi-package-1.0.10-SNAPSHOT.package",
     "us.nsfv.venafi.venafi", 1, "9993475837951223458723498242267210823",
     "Workflow Hello world Library/Venafi TPM 0.0.0 vef"},
};

static apr_file_t *open_real(const char *name)
{
    const char *folder = getenv("VSO_TEST_PACKAGES");
    apr_file_t *file = NULL;

    apr_file_open(&file, apr_pstrcat(pool, folder ? folder : REAL, name, NULL),
                  APR_FOPEN_READ | APR_FOPEN_BINARY, 0, pool);
    return file;
}

START_TEST(test_reads_real_packages)
{
    apr_file_t *file = open_real(real[_i].file);
    vso_package_t *package;
    vso_element_t *element;
    vso_blob_t *blob;

    ck_assert_ptr_nonnull(file);
    assert_ok(vso_blob_file(file, &blob, res, pool));
    assert_ok(vso_package_read(blob, &package, res, pool));
    ck_assert_str_eq(package->name, real[_i].name);
    ck_assert_int_eq(package->elements->nelts, real[_i].elements);
    ck_assert_int_eq(package->certs->nelts, 1);
    element = vso_package_element(package, real[_i].element);
    ck_assert_ptr_nonnull(element);
    ck_assert_str_eq(apr_pstrcat(pool, element->type, " ", element->name, " ",
                                 element->path, " ", element->version, " ",
                                 element->allowed_operations, NULL),
                     real[_i].text);
}
END_TEST

/** Every part of a real package comes back from an archive of ours. */
START_TEST(test_writes_real_packages_again)
{
    apr_array_header_t *parts =
        apr_array_make(pool, 99, sizeof(vso_zip_part_t));
    apr_file_t *file = open_real(real[_i].file);
    apr_file_t *out;
    vso_package_t *package;
    vso_zip_t *again;
    vso_blob_t *blob;
    int i;

    ck_assert_ptr_nonnull(file);
    assert_ok(vso_blob_file(file, &blob, res, pool));
    assert_ok(vso_package_read(blob, &package, res, pool));
    for (i = 0; i < package->files->nelts; i++) {
        vso_package_file_t *from =
            APR_ARRAY_IDX(package->files, i, vso_package_file_t *);
        apr_size_t len = (apr_size_t)from->entry->size;
        vso_zip_part_t *part = apr_array_push(parts);
        char *data;

        assert_ok(
            vso_zip_load(package->zip, from->entry, len, &data, res, pool));
        part->name = from->path;
        part->content = vso_blob_memory(data, len, pool);
    }
    assert_ok(vso_blob_spool(&out, res, pool));
    assert_ok(vso_zip_write(parts, out, res, pool));
    assert_ok(vso_blob_file(out, &blob, res, pool));
    assert_ok(vso_zip_open(blob, "again", &vso_zip_limits, &again, res, pool));
    for (i = 0; i < parts->nelts; i++) {
        vso_zip_part_t *part = &APR_ARRAY_IDX(parts, i, vso_zip_part_t);
        apr_size_t len = (apr_size_t)part->content->size;
        char *data;

        assert_ok(vso_zip_load(again, vso_zip_find(again, part->name), len,
                               &data, res, pool));
        ck_assert_mem_eq(data, part->content->baton, len);
    }
}
END_TEST

/** Servers write properties as vso_properties_write does. */
START_TEST(test_writes_properties_as_servers_do)
{
    apr_file_t *file = open_real(real[_i].file);
    const vso_zip_entry_t *entry;
    vso_package_t *package;
    vso_blob_t *blob;
    char *data;

    ck_assert_ptr_nonnull(file);
    assert_ok(vso_blob_file(file, &blob, res, pool));
    assert_ok(vso_package_read(blob, &package, res, pool));
    entry = vso_zip_find(package->zip, VSO_PACKAGE_META);
    assert_ok(vso_zip_load(package->zip, entry, VSO_MAX_XML, &data, res, pool));
    ck_assert_str_eq(vso_properties_write(package->meta, pool), data);
}
END_TEST

static void add_real(Suite *s)
{
    TCase *tc;
    int there;

    apr_pool_create(&pool, NULL);
    there = open_real(real[0].file) != NULL;
    apr_pool_destroy(pool);
    if (!there) {
        puts("skipped: real packages: VSO_TEST_PACKAGES names no folder with "
             "them, and " REAL " is missing");
        return;
    }
    tc = unit_case(s, "real packages");
    tcase_add_loop_test(tc, test_reads_real_packages, 0, (int)COUNT(real));
    tcase_add_loop_test(tc, test_writes_real_packages_again, 0,
                        (int)COUNT(real));
    tcase_add_loop_test(tc, test_writes_properties_as_servers_do, 0, 4);
}

static Suite *suite(void)
{
    Suite *s = suite_create("package");
    TCase *tc = unit_case(s, "package");

    tcase_add_test(tc, test_reads_a_package);
    tcase_add_loop_test(tc, test_describes_every_type, 0, (int)COUNT(types));
    tcase_add_test(tc, test_describes_a_resource);
    tcase_add_test(tc, test_describes_large_data);
    tcase_add_test(tc, test_refuses_nested_bombs);
    tcase_add_test(tc, test_resources_have_caps);
    tcase_add_test(tc, test_describes_what_is_encrypted);
    tcase_add_test(tc, test_encryption_is_of_one_file_once);
    tcase_add_loop_test(tc, test_refuses_files_that_do_not_belong, 0,
                        (int)COUNT(extra));
    tcase_add_loop_test(tc, test_refuses_damaged_elements, 0, 5);
    tcase_add_test(tc, test_texts_have_caps);
    tcase_add_loop_test(tc, test_the_name_is_a_file_name, 0, (int)COUNT(names));
    tcase_add_test(tc, test_refuses_what_is_no_package);
    tcase_add_test(tc, test_finds_a_package_within);
    tcase_add_loop_test(tc, test_counts_have_caps, 0, 2);
    tcase_add_loop_test(tc, test_compares_versions, 0, 11);
    add_real(s);
    return s;
}
