/* SPDX-License-Identifier: Apache-2.0 */
#define FUZZ_NAME "pem"
#include "fuzz_keyfile.h"

static void one(const unsigned char *data, apr_size_t len)
{
    if (len > 0) {
        read_keyfile(*data, data + 1, len - 1);
    }
}
