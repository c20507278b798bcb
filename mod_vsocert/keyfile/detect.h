/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What is this file? By its content, never by its name.
 */
#ifndef VSO_KEYFILE_DETECT_H
#define VSO_KEYFILE_DETECT_H

#include <apr_pools.h>

/** What a file is. */
typedef enum {
    VSO_DETECT_PKCS12,
    VSO_DETECT_JKS,
    VSO_DETECT_JCEKS,
    VSO_DETECT_PEM,    /**< PEM with a private key of any kind */
    VSO_DETECT_MISTAKE /**< anything else */
} vso_detect_e;

/**
 * Recognise a file.
 * @param pmistake  for VSO_DETECT_MISTAKE: what it is instead, and what to
 *                  do, in a sentence or two
 */
vso_detect_e vso_detect(const unsigned char *data, apr_size_t len,
                        const char **pmistake, apr_pool_t *p);

#endif
