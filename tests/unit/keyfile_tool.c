/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads and writes keystore files from the command line, so that tests can set
 * keytool, OpenSSL and pyjks against the core without a server.
 *
 *   keyfile_tool read FILE [ALIAS]      password and, where there is a second
 *                                       line, key password on stdin
 *   keyfile_tool write FORMAT PEM FILE  PEM: key, certificate, chain, none of
 *                                       it encrypted; password on stdin
 *   keyfile_tool shake FILE             read with each bit flipped, and cut at
 *                                       each byte; password on stdin
 *
 * Prints one JSON object; a refusal is {"problem", "field", "detail"}. Exit
 * status 0 either way, 2 when called wrongly.
 */
#include <stdio.h>
#include <string.h>

#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

#include "base/hex.h"
#include "base/json.h"
#include "base/limits.h"
#include "keyfile/keyfile.h"
#include "x509/cert.h"
#include "x509/key.h"
#include "x509/name.h"
#include "x509/ossl.h"

static apr_pool_t *pool;
static vso_result_t *res;

/** A line of stdin without its end, or NULL behind the last one. */
static vso_secret_t *read_line(void)
{
    char line[4096];

    if (!fgets(line, sizeof(line), stdin)) {
        return NULL;
    }
    return vso_secret_copy(line, strcspn(line, "\n"), pool);
}

static const char *key_digest(const EVP_PKEY *pkey)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    vso_secret_t *der;

    if (vso_key_to_der(pkey, &der, res, pool) != APR_SUCCESS) {
        return NULL;
    }
    SHA256(der->data, der->len, digest);
    return vso_hex(digest, sizeof(digest), pool);
}

static void print_entry(vso_json_t *out, const vso_keyfile_entry_t *entry)
{
    vso_json_t *chain;
    int i;

    vso_json_set_string(out, "alias", entry->alias);
    vso_json_set_string(
        out, "subject",
        vso_name_text(X509_get_subject_name(entry->cert), pool));
    vso_json_set_string(out, "certificate",
                        vso_cert_fingerprint(entry->cert, pool));
    vso_json_set_string(out, "key",
                        entry->pkey ? key_digest(entry->pkey) : NULL);
    vso_json_set_time(out, "createdAt", entry->created_sec);
    chain = vso_json_add_array(out, "chain");
    for (i = 0; i < entry->chain->nelts; i++) {
        vso_json_push_string(
            chain,
            vso_cert_fingerprint(APR_ARRAY_IDX(entry->chain, i, X509 *), pool));
    }
}

static void print_file(vso_json_t *out, const vso_keyfile_t *file)
{
    vso_json_t *entries;
    int i;

    vso_json_set_string(out, "format", file->format);
    entries = vso_json_add_array(out, "entries");
    for (i = 0; i < file->entries->nelts; i++) {
        print_entry(
            vso_json_push_object(entries),
            APR_ARRAY_IDX(file->entries, i, const vso_keyfile_entry_t *));
    }
    vso_json_set_warnings(out, res->warnings);
}

/** The file, and passwords from stdin; 0 when there is no such file. */
static int load(const char *path, vso_keyfile_source_t *source)
{
    unsigned char *data = apr_palloc(pool, VSO_MAX_KEYSTORE + 1);
    FILE *in = fopen(path, "rb");

    if (!in) {
        perror(path);
        return 0;
    }
    source->data = data;
    source->len = fread(data, 1, VSO_MAX_KEYSTORE + 1, in);
    fclose(in);
    source->password = read_line();
    source->key_password = read_line();
    if (!source->password) {
        source->password = vso_secret_make(0, pool);
    }
    return 1;
}

static int read_file(const char *path, const char *alias, vso_json_t *out)
{
    vso_keyfile_source_t source = {.alias = alias};
    vso_keyfile_t *file;

    if (!load(path, &source)) {
        return 2;
    }
    if (vso_keyfile_read(&source, &file, res, pool) == APR_SUCCESS) {
        print_file(out, file);
    }
    return 0;
}

/** Read in a pool of its own. @return what became of it: a problem's slug,
 * "read", or "another key" */
static const char *outcome(const vso_keyfile_source_t *source,
                           const EVP_PKEY *expected)
{
    const char *what = "read";
    vso_keyfile_t *file;
    vso_result_t *own;
    apr_pool_t *p;

    apr_pool_create(&p, pool);
    own = vso_result_create(p);
    if (vso_keyfile_read(source, &file, own, p) != APR_SUCCESS) {
        what = vso_problem_slug(own->problem);
    }
    else if (EVP_PKEY_eq(
                 APR_ARRAY_IDX(file->entries, 0, const vso_keyfile_entry_t *)
                     ->pkey,
                 expected) != 1) {
        what = "another key";
    }
    apr_pool_destroy(p);
    return what;
}

static void count(vso_json_t *counts, const char *what)
{
    apr_int64_t n = 0;

    vso_json_get_int(counts, what, 0, APR_INT64_MAX, &n, res);
    vso_json_set_int(counts, what, n + 1);
}

static int shake_file(const char *path, vso_json_t *out)
{
    vso_json_t *flips = vso_json_add_object(out, "flips");
    vso_json_t *cuts = vso_json_add_object(out, "cuts");
    vso_keyfile_source_t source = {0};
    vso_keyfile_t *file;
    const EVP_PKEY *pkey;
    unsigned char *copy;
    apr_size_t len;
    apr_size_t i;

    if (!load(path, &source)) {
        return 2;
    }
    if (vso_keyfile_read(&source, &file, res, pool) != APR_SUCCESS) {
        return 0;
    }
    pkey = APR_ARRAY_IDX(file->entries, 0, const vso_keyfile_entry_t *)->pkey;
    len = source.len;
    copy = apr_pmemdup(pool, source.data, len);
    source.data = copy;
    for (i = 0; i < len * 8; i++) {
        copy[i / 8] ^= (unsigned char)(1u << i % 8);
        count(flips, outcome(&source, pkey));
        copy[i / 8] ^= (unsigned char)(1u << i % 8);
    }
    for (source.len = 0; source.len < len; source.len++) {
        count(cuts, outcome(&source, pkey));
    }
    return 0;
}

static int read_pem(const char *path, vso_keyfile_sink_t *sink)
{
    apr_array_header_t *chain = apr_array_make(pool, 4, sizeof(X509 *));
    BIO *in = BIO_new_file(path, "r");
    X509 *cert;

    if (!in) {
        return 0;
    }
    sink->pkey =
        vso_pkey_bind(PEM_read_bio_PrivateKey(in, NULL, NULL, NULL), pool);
    sink->cert = vso_x509_bind(PEM_read_bio_X509(in, NULL, NULL, NULL), pool);
    while ((cert = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
        APR_ARRAY_PUSH(chain, X509 *) = vso_x509_bind(cert, pool);
    }
    sink->chain = chain;
    BIO_free(in);
    return sink->pkey && sink->cert;
}

static int write_file(const char *format, const char *pem, const char *path,
                      vso_json_t *out)
{
    vso_keyfile_sink_t sink = {.format = format};
    vso_secret_t *data;
    FILE *to;

    if (!read_pem(pem, &sink)) {
        fprintf(stderr, "%s: no key and certificate\n", pem);
        return 2;
    }
    sink.password = read_line();
    if (!sink.password) {
        sink.password = vso_secret_make(0, pool);
    }
    if (vso_keyfile_write(&sink, &data, res, pool) != APR_SUCCESS) {
        return 0;
    }
    to = fopen(path, "wb");
    if (!to || fwrite(data->data, 1, data->len, to) != data->len ||
        fclose(to)) {
        perror(path);
        return 2;
    }
    vso_json_set_string(out, "key", key_digest(sink.pkey));
    return 0;
}

int main(int argc, const char **argv)
{
    vso_json_t *out;
    int status = 2;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    res = vso_result_create(pool);
    out = vso_json_object(pool);
    if (argc >= 3 && argc <= 4 && !strcmp(argv[1], "read")) {
        status = read_file(argv[2], argc == 4 ? argv[3] : NULL, out);
    }
    else if (argc == 3 && !strcmp(argv[1], "shake")) {
        status = shake_file(argv[2], out);
    }
    else if (argc == 5 && !strcmp(argv[1], "write")) {
        status = write_file(argv[2], argv[3], argv[4], out);
    }
    else {
        fprintf(stderr, "usage: keyfile_tool read FILE [ALIAS] | "
                        "write FORMAT PEM FILE | shake FILE\n");
    }
    if (res->problem != VSO_P_NONE) {
        vso_json_set_string(out, "problem", vso_problem_slug(res->problem));
        vso_json_set_string(out, "field", res->field);
        vso_json_set_string(out, "detail", res->detail);
    }
    if (status == 0) {
        puts(vso_json_text(out, pool));
    }
    apr_pool_destroy(pool);
    apr_terminate();
    return status;
}
