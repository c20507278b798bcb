/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The openssl program as a judge: files in a folder of the test's own, which is
 * removed with `pool`.
 */
#ifndef VSO_OPENSSL_UTIL_H
#define VSO_OPENSSL_UTIL_H

#include "x509_util.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_file_io.h>

/** Run a shell command. @return its exit status */
static inline int shell(const char *command)
{
    int status = system(command); /* NOLINT */

    ck_assert_msg(WIFEXITED(status), "killed: %s", command);
    return WEXITSTATUS(status);
}

static apr_status_t remove_folder(void *folder)
{
    return shell(apr_psprintf(pool, "rm -rf '%s'", (const char *)folder));
}

/** An empty folder. */
static inline const char *make_folder(void)
{
    char *folder = temp_path("vsocert-unit");

    ck_assert_ptr_nonnull(mkdtemp(folder));
    apr_pool_pre_cleanup_register(pool, folder, remove_folder);
    return folder;
}

static inline void save(const char *folder, const char *name, const void *data,
                        apr_size_t len)
{
    const char *path = apr_pstrcat(pool, folder, "/", name, NULL);
    FILE *out = fopen(path, "wb");

    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(data, 1, len, out), len);
    fclose(out);
}

static inline bytes_t read_path(const char *path)
{
    FILE *in = fopen(path, "rb");
    bytes_t bytes;
    char *data;
    long len;

    ck_assert_msg(in != NULL, "cannot open %s", path);
    fseek(in, 0, SEEK_END);
    len = ftell(in);
    rewind(in);
    bytes.len = (apr_size_t)len;
    data = apr_pcalloc(pool, bytes.len + 1);
    ck_assert_uint_eq(fread(data, 1, bytes.len, in), bytes.len);
    fclose(in);
    bytes.data = data;
    return bytes;
}

static inline bytes_t fetch(const char *folder, const char *name)
{
    return read_path(apr_pstrcat(pool, folder, "/", name, NULL));
}

static inline void save_cert(const char *folder, const char *name, X509 *cert)
{
    save(folder, name, pem_of(cert), strlen(pem_of(cert)));
}

static inline void save_key(const char *folder, const char *name, EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    bytes_t bytes;

    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    bytes = take_bio(bio);
    save(folder, name, bytes.data, bytes.len);
}

/** `openssl ARGUMENTS` in the folder. @return its exit status */
static inline int run_openssl(const char *folder, const char *arguments)
{
    return shell(apr_psprintf(pool, "cd '%s' && openssl %s >out.txt 2>&1",
                              folder, arguments));
}

#endif
