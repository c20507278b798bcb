/* SPDX-License-Identifier: Apache-2.0 */
/** Zip bombs by python: our own writer stores what deflates too well. */
#ifndef VSO_UNIT_BOMB_H
#define VSO_UNIT_BOMB_H

#include <stdlib.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#include "base/blob.h"

/** An archive with one file of len zeros. */
static vso_blob_t *bomb_zip(const char *name, apr_size_t len,
                            vso_result_t *result, apr_pool_t *p)
{
    char *path = apr_pstrdup(p, "/tmp/vsocert-bomb-XXXXXX");
    apr_file_t *file;
    vso_blob_t *blob;
    const char *command;

    ck_assert_int_eq(apr_file_mktemp(&file, path,
                                     APR_FOPEN_CREATE | APR_FOPEN_READ |
                                         APR_FOPEN_WRITE | APR_FOPEN_EXCL |
                                         APR_FOPEN_DELONCLOSE,
                                     p),
                     APR_SUCCESS);
    command = apr_psprintf(p,
                           "/usr/bin/python3 -c \"import zipfile; "
                           "z = zipfile.ZipFile('%s', 'w', 8); "
                           "z.writestr('%s', bytes(%" APR_SIZE_T_FMT ")); "
                           "z.close()\"",
                           path, name, len);
    ck_assert_int_eq(system(command), 0); /* NOLINT */
    ck_assert_int_eq(vso_blob_file(file, &blob, result, p), APR_SUCCESS);
    return blob;
}

#endif
