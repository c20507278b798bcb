/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the key derivations of one keystore file cost and nothing else: ns, one
 * line a round. The least that a program of one thread can do; digests are
 * called without OpenSSL's providers in between, where that is possible.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/pkcs12.h>

#include "keyfile/jks_key.h"
#include "keyfile/pbe.h"
#include "timing.h"

#define PASSWORD "canary-Sesame-bench"
#define SALT_LEN 16
#define KEY_LEN  32

static unsigned char key[KEY_LEN];

/** Integrity, certificates, and the key. */
static int pkcs12(void)
{
    unsigned char salt[SALT_LEN] = {1};
    int i;

    for (i = 0; i < 2; i++) {
        if (!PKCS5_PBKDF2_HMAC(PASSWORD, -1, salt, SALT_LEN, VSO_PBE_ITERATIONS,
                               EVP_sha256(), KEY_LEN, key)) {
            return 0;
        }
    }
    return PKCS12_key_gen_utf8(PASSWORD, -1, salt, SALT_LEN, PKCS12_MAC_ID,
                               VSO_PBE_ITERATIONS, KEY_LEN, key, EVP_sha256());
}

/** The key only: MD5 over what came out before and the password, for each half
 * of the salt. */
static int jceks(void)
{
    char text[MD5_DIGEST_LENGTH + sizeof(PASSWORD)];
    int half;
    int i;

    for (half = 0; half < 2; half++) {
        memset(text, half, sizeof(text));
        memcpy(text + MD5_DIGEST_LENGTH, PASSWORD, strlen(PASSWORD));
        for (i = 0; i < VSO_JKS_KEY_ITERATIONS; i++) {
            MD5((unsigned char *)text, MD5_DIGEST_LENGTH + strlen(PASSWORD),
                key);
            memcpy(text, key, MD5_DIGEST_LENGTH);
        }
    }
    return 1;
}

int main(int argc, char **argv)
{
    int (*derive)(void) = NULL;
    int i;

    if (argc == 3) {
        derive = !strcmp(argv[1], "pkcs12")  ? pkcs12
                 : !strcmp(argv[1], "jceks") ? jceks
                                             : NULL;
    }
    if (!derive) {
        fprintf(stderr, "usage: derive pkcs12|jceks ROUNDS\n");
        return EXIT_FAILURE;
    }
    for (i = 0; i < atoi(argv[2]); i++) {
        long long begin = now_ns();

        if (!derive()) {
            fprintf(stderr, "derive: OpenSSL cannot\n");
            return EXIT_FAILURE;
        }
        printf("%lld\n", now_ns() - begin);
    }
    return EXIT_SUCCESS;
}
