/* SPDX-License-Identifier: Apache-2.0 */
#define FUZZ_NAME "jks"
#include "fuzz_keyfile.h"

#include <openssl/sha.h>

/** The trailer for FUZZ_PASSWORD: no change would get past it otherwise. */
static void mend(unsigned char *data, apr_size_t len)
{
    static const char head[] = "\0s\0e\0c\0r\0e\0tMighty Aphrodite";
    apr_size_t head_len = sizeof(head) - 1;
    unsigned char *all = apr_palloc(pool, head_len + len);

    memcpy(all, head, head_len);
    memcpy(all + head_len, data, len - SHA_DIGEST_LENGTH);
    SHA1(all, head_len + len - SHA_DIGEST_LENGTH,
         data + len - SHA_DIGEST_LENGTH);
}

static void one(const unsigned char *data, apr_size_t len)
{
    unsigned char *copy;

    if (len == 0) {
        return;
    }
    copy = malloc(len);
    PROMISE(copy);
    memcpy(copy, data + 1, len - 1);
    if (len > SHA_DIGEST_LENGTH && !(*data & FUZZ_AS_IT_IS)) {
        mend(copy, len - 1);
    }
    read_keyfile(*data, copy, len - 1);
    free(copy);
}
