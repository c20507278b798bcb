/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the targets for keystore files share. The first byte of an input says
 * how the rest is read, so that passwords and aliases are tried as well.
 */
#ifndef VSO_FUZZ_KEYFILE_H
#define VSO_FUZZ_KEYFILE_H

#include "fuzz.h"

#include "keyfile/keyfile.h"
#include "x509/key.h"

/* The corpus is made with these. */
#define FUZZ_PASSWORD     "secret"
#define FUZZ_KEY_PASSWORD "other12"
#define FUZZ_ALIAS        "server"

/* Bits of the first byte. */
#define FUZZ_EMPTY_PASSWORD 1
#define FUZZ_WITH_KEY       2
#define FUZZ_WITH_ALIAS     4
#define FUZZ_WIDE_PASSWORD  8
#define FUZZ_AS_IT_IS       16 /**< do not mend the integrity protection */

/** Read, and hold the core to what keyfile.h says. */
static void read_keyfile(unsigned int how, const unsigned char *data,
                         apr_size_t len)
{
    vso_keyfile_source_t source = {.data = data, .len = len};
    const char *password = how & FUZZ_EMPTY_PASSWORD  ? ""
                           : how & FUZZ_WIDE_PASSWORD ? "p\xC3\xA4ss"
                                                      : FUZZ_PASSWORD;
    vso_keyfile_t *file = NULL;
    int i;

    source.password = vso_secret_copy(password, strlen(password), pool);
    if (how & FUZZ_WITH_KEY) {
        source.key_password =
            vso_secret_copy(FUZZ_KEY_PASSWORD, strlen(FUZZ_KEY_PASSWORD), pool);
    }
    if (how & FUZZ_WITH_ALIAS) {
        source.alias = FUZZ_ALIAS;
    }
    if (vso_keyfile_read(&source, &file, res, pool) != APR_SUCCESS) {
        PROMISE(!file && res->problem != VSO_P_NONE && res->detail);
        PROMISE(res->problem != VSO_P_INTERNAL);
        return;
    }
    PROMISE(res->problem == VSO_P_NONE);
    PROMISE(file->entries->nelts > 0);
    PROMISE(file->entries->nelts <= VSO_MAX_KEYS_IN_FILE);
    for (i = 0; i < file->entries->nelts; i++) {
        const vso_keyfile_entry_t *entry =
            APR_ARRAY_IDX(file->entries, i, const vso_keyfile_entry_t *);

        PROMISE(entry->alias && entry->cert && entry->chain);
        PROMISE(entry->created_sec >= 0);
        PROMISE((file->entries->nelts == 1) == (entry->pkey != NULL));
        PROMISE(!entry->pkey || vso_key_matches(entry->pkey, entry->cert));
    }
}

#endif
