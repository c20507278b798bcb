/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Packages for the tests: made up, signed by OpenSSL alone as Orchestrator
 * does it, and taken apart again.
 */
#ifndef VSO_PACKAGE_UTIL_H
#define VSO_PACKAGE_UTIL_H

#include "openssl_util.h"

#include "package/package.h"
#include "package/sign.h"
#include "package/verify.h"
#include "package/zip.h"

#define REAL_PACKAGES "../shared/data/packages/"

static const char *const real_packages[] = {
    "com.simplygeek.library.rest.httpClient.package",
    "com.simplygeek.library.util.logger.package",
    "com.simplygeek.library.vc.vm.package",
    "com.simplygeek.library.vra.endpoints.package",
    "o11nplugin-venafi-package-1.0.10-SNAPSHOT.package",
    NULL};

#define INFO(id, type, owner)                                                  \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE properties SYSTEM " \
    "\"http://java.sun.com/dtd/properties.dtd\">\n<properties>\n"              \
    "<entry key=\"id\">" id "</entry>\n<entry key=\"type\">" type              \
    "</entry>\n<entry key=\"signature-owner\">" owner                          \
    "</entry>\n</properties>\n"

#define META                                                                   \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE properties SYSTEM " \
    "\"http://java.sun.com/dtd/properties.dtd\">\n<properties>\n"              \
    "<entry key=\"pkg-name\">org.example.library</entry>\n"                    \
    "<entry key=\"pkg-id\">1234</entry>\n"                                     \
    "<entry key=\"pkg-signer\">CN=author</entry>\n</properties>\n"

#define SCRIPT_TEXT "return 1 + 1;\n"
#define SCRIPT_DATA                                                            \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<dunes-script-module "        \
    "name=\"add\" version=\"1.0.0\"><script "                                  \
    "encoded=\"false\"><![CDATA[" SCRIPT_TEXT                                  \
    "]]></script></dunes-script-module>\n"
#define FLOW_DATA                                                              \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<workflow version=\"2.0.1\">" \
    "<display-name><![CDATA[Flow]]></display-name></workflow>\n"
#define CATEGORIES                                                             \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<categories><category "       \
    "name=\"org.example\"><name><![CDATA[org.example]]></name></category>"     \
    "</categories>\n"

/** A key that signs. */
typedef struct {
    EVP_PKEY *pkey;
    X509 *cert;
} signer_t;

static inline signer_t make_signer(const char *cn, EVP_PKEY *pkey)
{
    signer_t signer = {pkey, NULL};

    signer.cert = make_cert(
        &(wish_t){.cn = cn, .key = pkey, .key_usage = "digitalSignature"});
    return signer;
}

/** A list of vso_zip_part_t. */
static inline apr_array_header_t *make_parts(void)
{
    return apr_array_make(pool, 32, sizeof(vso_zip_part_t));
}

static inline vso_zip_part_t *find(const apr_array_header_t *parts,
                                   const char *name)
{
    int i;

    for (i = 0; i < parts->nelts; i++) {
        vso_zip_part_t *part = &APR_ARRAY_IDX(parts, i, vso_zip_part_t);

        if (!strcmp(part->name, name)) {
            return part;
        }
    }
    return NULL;
}

/** Add a file, or replace it. */
static inline void put_part(apr_array_header_t *parts, const char *name,
                            const void *data, apr_size_t len)
{
    vso_zip_part_t *part = find(parts, name);

    part = part ? part : apr_array_push(parts);
    part->name = name;
    part->content =
        vso_blob_memory(len ? apr_pmemdup(pool, data, len) : "", len, pool);
}

static inline void put_text(apr_array_header_t *parts, const char *name,
                            const char *text)
{
    put_part(parts, name, text, strlen(text));
}

static inline void drop(apr_array_header_t *parts, const char *name)
{
    vso_zip_part_t *part = find(parts, name);

    ck_assert_msg(part != NULL, "no %s", name);
    *part = APR_ARRAY_IDX(parts, parts->nelts - 1, vso_zip_part_t);
    apr_array_pop(parts);
}

static inline bytes_t content_of(const apr_array_header_t *parts,
                                 const char *name)
{
    vso_zip_part_t *part = find(parts, name);
    bytes_t bytes;
    char *data = NULL;

    ck_assert_msg(part != NULL, "no %s", name);
    bytes.len = (apr_size_t)part->content->size;
    assert_ok(vso_blob_load(part->content, bytes.len, name, &data, res, pool));
    bytes.data = data;
    return bytes;
}

/** The files of an archive. */
static inline apr_array_header_t *unzip(bytes_t zip)
{
    apr_array_header_t *parts = make_parts();
    const apr_array_header_t *entries;
    vso_zip_t *archive = NULL;
    int i;

    assert_ok(vso_zip_open(vso_blob_memory(zip.data, zip.len, pool), "upload",
                           &vso_zip_limits, &archive, res, pool));
    entries = vso_zip_entries(archive);
    for (i = 0; i < entries->nelts; i++) {
        const vso_zip_entry_t *entry =
            APR_ARRAY_IDX(entries, i, const vso_zip_entry_t *);
        char *data = NULL;

        assert_ok(vso_zip_load(archive, entry, (apr_size_t)entry->size, &data,
                               res, pool));
        put_part(parts, entry->name, data, (apr_size_t)entry->size);
    }
    return parts;
}

static inline bytes_t bytes_of(apr_file_t *file)
{
    vso_blob_t *blob = NULL;
    char *data = NULL;
    bytes_t bytes;

    assert_ok(vso_blob_file(file, &blob, res, pool));
    bytes.len = (apr_size_t)blob->size;
    assert_ok(vso_blob_load(blob, bytes.len, "package", &data, res, pool));
    bytes.data = data;
    apr_file_close(file);
    return bytes;
}

static inline apr_file_t *spool(void)
{
    apr_file_t *file = NULL;

    assert_ok(vso_blob_spool(&file, res, pool));
    return file;
}

static inline bytes_t zip_up(const apr_array_header_t *parts)
{
    apr_file_t *file = spool();

    assert_ok(vso_zip_write(parts, file, res, pool));
    return bytes_of(file);
}

/** A raw signature by OpenSSL. */
static inline bytes_t raw_sign(EVP_PKEY *pkey, const EVP_MD *md, bytes_t data)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    unsigned char *sig = apr_palloc(pool, 2048);
    bytes_t bytes = {(char *)sig, 2048};

    ck_assert_int_eq(EVP_DigestSignInit(ctx, NULL, md, NULL, pkey), 1);
    ck_assert_int_eq(EVP_DigestSign(ctx, sig, &bytes.len,
                                    (const unsigned char *)data.data, data.len),
                     1);
    EVP_MD_CTX_free(ctx);
    return bytes;
}

/** signatures/<name>, made anew. */
static inline void sign_part(apr_array_header_t *parts, const char *name,
                             EVP_PKEY *pkey, const EVP_MD *md)
{
    bytes_t sig = raw_sign(pkey, md, content_of(parts, name));

    put_part(parts, apr_pstrcat(pool, "signatures/", name, NULL), sig.data,
             sig.len);
}

/** signatures/ for all there is. */
static inline void sign_all(apr_array_header_t *parts, EVP_PKEY *pkey,
                            const EVP_MD *md)
{
    int n = parts->nelts;
    int i;

    for (i = 0; i < n; i++) {
        const char *name = APR_ARRAY_IDX(parts, i, vso_zip_part_t).name;

        if (strncmp(name, "signatures/", 11)) {
            sign_part(parts, name, pkey, md);
        }
    }
}

static inline void put_cert(apr_array_header_t *parts, const char *name,
                            X509 *cert)
{
    bytes_t der = der_of(cert);

    put_part(parts, apr_pstrcat(pool, "certificates/", name, ".cer", NULL),
             der.data, der.len);
}

/** Elements "script" and "flow" of an author, not signed as a package yet. */
static inline apr_array_header_t *make_elements(signer_t author)
{
    apr_array_header_t *parts = make_parts();
    bytes_t script = {SCRIPT_TEXT, strlen(SCRIPT_TEXT)};
    bytes_t flow = {"not the data", 12};

    script = raw_sign(author.pkey, EVP_md5(), script);
    flow = raw_sign(author.pkey, EVP_md5(), flow);
    put_text(parts, "elements/script/info",
             INFO("script", "ScriptModule", "CN=author"));
    put_text(parts, "elements/script/data", SCRIPT_DATA);
    put_text(parts, "elements/script/categories", CATEGORIES);
    put_part(parts, "elements/script/content-signature", script.data,
             script.len);
    put_text(parts, "elements/flow/info",
             INFO("flow", "Workflow", "CN=author"));
    put_text(parts, "elements/flow/data", FLOW_DATA);
    put_text(parts, "elements/flow/categories", CATEGORIES);
    put_part(parts, "elements/flow/content-signature", flow.data, flow.len);
    put_cert(parts, "CN=author", author.cert);
    return parts;
}

/** The same as a package of Orchestrator's. */
static inline apr_array_header_t *make_package(signer_t author,
                                               const EVP_MD *md)
{
    apr_array_header_t *parts = make_elements(author);

    put_text(parts, "dunes-meta-inf", META);
    sign_all(parts, author.pkey, md);
    return parts;
}

static inline vso_package_t *read_zip(bytes_t zip)
{
    vso_package_t *package = NULL;

    assert_ok(vso_package_read(vso_blob_memory(zip.data, zip.len, pool),
                               &package, res, pool));
    return package;
}

static inline vso_package_t *verified(bytes_t zip)
{
    vso_package_t *package = read_zip(zip);

    assert_ok(vso_verify_package(package, res, pool));
    ck_assert_uint_eq(ERR_peek_error(), 0);
    return package;
}

/** The count of a warning; -1 where there is none. */
static inline int warning_count(const char *slug)
{
    int i;

    for (i = 0; i < res->warnings->nelts; i++) {
        const vso_warning_t *warning =
            &APR_ARRAY_IDX(res->warnings, i, vso_warning_t);

        if (!strcmp(warning->slug, slug)) {
            return warning->count;
        }
    }
    return -1;
}

static inline int has_warning(const char *slug)
{
    return warning_count(slug) >= 0;
}

/** The package is read, and refused when verified. */
static inline void assert_bad(const apr_array_header_t *parts,
                              const char *field, const char *part)
{
    vso_package_t *package = read_zip(zip_up(parts));

    ck_assert_int_ne(vso_verify_package(package, res, pool), APR_SUCCESS);
    ck_assert_str_eq(vso_problem_slug(res->problem), "bad-signature");
    ck_assert_str_eq(res->field, field);
    assert_shows(res->detail, part);
    ck_assert_ptr_null(package->signer);
    ck_assert_uint_eq(ERR_peek_error(), 0);
    vso_result_clear(res);
}

#endif
