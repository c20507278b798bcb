/* SPDX-License-Identifier: Apache-2.0 */
#define FUZZ_NAME "pkcs12"
#include "fuzz_keyfile.h"

#include <openssl/pkcs12.h>

/** The file with a MAC that fits FUZZ_PASSWORD, where it parses and has one:
 * no change would get past it otherwise. */
static int mend(const unsigned char *data, apr_size_t len,
                unsigned char **pmended)
{
    const unsigned char *end = data;
    PKCS12 *p12 = d2i_PKCS12(NULL, &end, (long)len);
    unsigned char *mended = NULL;
    int n = 0;

    if (p12 && PKCS12_mac_present(p12) &&
        PKCS12_set_mac(p12, FUZZ_PASSWORD, -1, NULL, 0, 1, EVP_sha1())) {
        n = i2d_PKCS12(p12, &mended);
    }
    PKCS12_free(p12);
    ERR_clear_error();
    *pmended = mended;
    return n;
}

static void one(const unsigned char *data, apr_size_t len)
{
    unsigned char *mended;
    int n;

    if (len == 0) {
        return;
    }
    if (!(*data & FUZZ_AS_IT_IS)) {
        n = mend(data + 1, len - 1, &mended);
        if (n > 0) {
            read_keyfile(*data, mended, (apr_size_t)n);
        }
        OPENSSL_free(mended);
        if (n > 0) {
            return;
        }
    }
    read_keyfile(*data, data + 1, len - 1);
}
