/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the fuzz targets share. A target defines `static void one(const
 * unsigned char *, apr_size_t)`, which aborts where a promise of the core is
 * broken, and FUZZ_NAME.
 *
 * Built with clang it is a libFuzzer target. Built with FUZZ_REPLAY it is a
 * program that runs its corpus once: the files and folders on its command
 * line, or build/fuzz-corpus/FUZZ_NAME.
 */
#ifndef VSO_FUZZ_H
#define VSO_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>
#include <openssl/err.h>

#include "asan_options.h"
#include "base/limits.h"
#include "base/result.h"

static apr_pool_t *pool;  /**< fresh for each input */
static vso_result_t *res; /**< fresh for each input */

static void one(const unsigned char *data, apr_size_t len);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

/** A promise of the core. */
#define PROMISE(what)                                                          \
    do {                                                                       \
        if (!(what)) {                                                         \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what); \
            abort();                                                           \
        }                                                                      \
    } while (0)

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
    if (!pool) {
        apr_initialize();
    }
    apr_pool_create(&pool, NULL);
    res = vso_result_create(pool);
    one(data, len);
    PROMISE(ERR_peek_error() == 0);
    apr_pool_destroy(pool);
    return 0;
}

#ifdef FUZZ_REPLAY

static int replay_file(const char *path, apr_pool_t *p)
{
    FILE *in = fopen(path, "rb");
    unsigned char *data;
    unsigned char *exact;
    apr_size_t len;

    if (!in) {
        perror(path);
        return 0;
    }
    data = apr_palloc(p, VSO_MAX_KEYSTORE + 2);
    len = fread(data, 1, VSO_MAX_KEYSTORE + 2, in);
    fclose(in);
    /* of its own, so that a read past the end is seen */
    exact = malloc(len ? len : 1);
    PROMISE(exact);
    memcpy(exact, data, len);
    LLVMFuzzerTestOneInput(exact, len);
    free(exact);
    return 1;
}

/** A file, or all files of a folder. @return how many were run */
static int replay(const char *path, apr_pool_t *parent)
{
    apr_finfo_t info;
    apr_dir_t *dir;
    apr_pool_t *p;
    int n = 0;

    apr_pool_create(&p, parent);
    if (apr_dir_open(&dir, path, p) != APR_SUCCESS) {
        n = replay_file(path, p);
        apr_pool_destroy(p);
        return n;
    }
    while (apr_dir_read(&info, APR_FINFO_NAME | APR_FINFO_TYPE, dir) ==
           APR_SUCCESS) {
        if (info.filetype == APR_REG) {
            apr_pool_t *own;

            apr_pool_create(&own, p);
            n += replay_file(apr_pstrcat(own, path, "/", info.name, NULL), own);
            apr_pool_destroy(own);
        }
    }
    apr_pool_destroy(p);
    return n;
}

int main(int argc, char **argv)
{
    apr_pool_t *p;
    int n = 0;
    int i;

    apr_initialize();
    apr_pool_create(&p, NULL);
    for (i = 1; i < argc; i++) {
        n += replay(argv[i], p);
    }
    if (argc == 1) {
        n = replay("build/fuzz-corpus/" FUZZ_NAME, p);
    }
    printf("fuzz_%s: %d inputs\n", FUZZ_NAME, n);
    apr_pool_destroy(p);
    apr_terminate();
    return n ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif

#endif
