/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verifies a package, or signs it anew, some times over; the time of each on a
 * line, in ns.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_general.h>
#include <openssl/pem.h>

#include "package/package.h"
#include "package/sign.h"
#include "package/verify.h"
#include "timing.h"

/** What the command line said. */
typedef struct {
    const char *package;
    const char *pem; /**< key and certificate; NULL: verify */
    const char *out;
    int rounds;
} task_t;

static vso_package_key_t read_key(const char *path, apr_pool_t *p)
{
    vso_package_key_t key = {.now_sec = (apr_int64_t)time(NULL)};
    FILE *file = fopen(path, "r");

    if (file) {
        key.pkey = PEM_read_PrivateKey(file, NULL, NULL, NULL);
        rewind(file);
        key.cert = PEM_read_X509(file, NULL, NULL, NULL);
        fclose(file);
    }
    key.chain = apr_array_make(p, 1, sizeof(X509 *));
    return key;
}

static apr_status_t read_package(const char *path, vso_package_t **ppackage,
                                 vso_result_t *res, apr_pool_t *p)
{
    apr_file_t *file = NULL;
    vso_blob_t *blob = NULL;
    apr_status_t rv =
        apr_file_open(&file, path, APR_READ | APR_BINARY, APR_OS_DEFAULT, p);

    if (rv != APR_SUCCESS) {
        return vso_fail(res, VSO_P_INVALID, path, "cannot be opened");
    }
    rv = vso_blob_file(file, &blob, res, p);
    return rv == APR_SUCCESS ? vso_package_read(blob, ppackage, res, p) : rv;
}

/** Verified, or signed into the file out. */
static apr_status_t work(const task_t *task, const vso_package_key_t *key,
                         vso_result_t *res, apr_pool_t *p)
{
    vso_package_t *package = NULL;
    apr_file_t *out = NULL;
    apr_status_t rv = read_package(task->package, &package, res, p);

    if (rv != APR_SUCCESS || !task->pem) {
        return rv == APR_SUCCESS ? vso_verify_package(package, res, p) : rv;
    }
    rv = apr_file_open(&out, task->out,
                       APR_READ | APR_WRITE | APR_CREATE | APR_TRUNCATE |
                           APR_BINARY,
                       APR_OS_DEFAULT, p);
    if (rv != APR_SUCCESS) {
        return vso_fail(res, VSO_P_INVALID, task->out, "cannot be written");
    }
    return vso_sign_again(package, 0, key, out, res, p);
}

static int repeat(const task_t *task, apr_pool_t *p)
{
    vso_package_key_t key = {0};
    int i;

    if (task->pem) {
        key = read_key(task->pem, p);
    }
    for (i = 0; i < task->rounds; i++) {
        apr_pool_t *own = NULL;
        long long begin = now_ns();
        vso_result_t *res;
        apr_status_t rv;

        apr_pool_create(&own, p);
        res = vso_result_create(own);
        rv = work(task, &key, res, own);
        if (rv != APR_SUCCESS) {
            fprintf(stderr, "%s: %s\n", task->package, res->detail);
            return EXIT_FAILURE;
        }
        apr_pool_destroy(own);
        printf("%lld\n", now_ns() - begin);
    }
    EVP_PKEY_free(key.pkey);
    X509_free(key.cert);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    task_t task = {0};
    apr_pool_t *p = NULL;
    int status;

    if (argc == 4 && !strcmp(argv[1], "verify")) {
        task.rounds = atoi(argv[3]);
    }
    else if (argc == 6 && !strcmp(argv[1], "sign")) {
        task.rounds = atoi(argv[3]);
        task.pem = argv[4];
        task.out = argv[5];
    }
    else {
        fprintf(stderr, "usage: package verify FILE ROUNDS\n"
                        "       package sign FILE ROUNDS KEY+CERT OUT\n");
        return EXIT_FAILURE;
    }
    task.package = argv[2];
    apr_initialize();
    apr_pool_create(&p, NULL);
    status = repeat(&task, p);
    apr_terminate();
    return status;
}
