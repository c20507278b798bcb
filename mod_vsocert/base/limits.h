/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Every cap in one place, each with its reason. Checked before any work is
 * done on what they limit. Sizes are bytes unless the name says otherwise.
 */
#ifndef VSO_LIMITS_H
#define VSO_LIMITS_H

/* A certificate with 100 SANs is about 5 KiB; nobody serves one over 64. */
#define VSO_MAX_CERT (64 * 1024)

/* RSA-4096 in PKCS#8 is 2.4 KiB; RSA-16384, the largest that OpenSSL
 * verifies with, 9.3. */
#define VSO_MAX_KEY (32 * 1024)

/* Leaf, intermediates and root; public chains have four, deep corporate ones
 * seven. */
#define VSO_MAX_CHAIN 16

/* Certificates in one CA reply or keystore file: a chain per key and the
 * roots that a Java trust store brings along. */
#define VSO_MAX_CERTS_IN_FILE 512

/* Private keys in one keystore file. */
#define VSO_MAX_KEYS_IN_FILE 64

/* A keystore file of VSO_MAX_CERTS_IN_FILE certificates. */
#define VSO_MAX_KEYSTORE (4 * 1024 * 1024)

/* A CA reply with its chain, text around it included. */
#define VSO_MAX_REPLY (1024 * 1024)

/* keytool refuses more than 5,000,000 iterations as well; one derivation of
 * this many takes seconds. Fuzz targets are built with few, or they would do
 * nothing else. */
#ifndef VSO_MAX_PBE_ITERATIONS
#define VSO_MAX_PBE_ITERATIONS 5000000
#endif

/* Iterations for one file in all, other spellings of the password included:
 * integrity, certificates and one key at their highest, and one to spare. */
#define VSO_MAX_PBE_WORK (4 * VSO_MAX_PBE_ITERATIONS)

/* Longest password that is handed to a key derivation. */
#define VSO_MAX_PASSWORD 1024

/* SANs in one request: browsers refuse certificates that grow past this. */
#define VSO_MAX_SANS 100

/* An entry's alias; also the length of its column. */
#define VSO_MAX_ALIAS 64

/* Validity of a self-signed certificate in days: ten years. */
#define VSO_MAX_DAYS 3650

/* Upper bounds of X.520 (RFC 5280, appendix A.1), in characters. */
#define VSO_UB_COMMON_NAME  64
#define VSO_UB_ORGANIZATION 64
#define VSO_UB_ORG_UNIT     64
#define VSO_UB_LOCALITY     128
#define VSO_UB_STATE        128
#define VSO_UB_DNS_NAME     253

/* Nesting of a JSON document; the API's own shapes have four levels. */
#define VSO_MAX_JSON_DEPTH 8

/* Active versions of all entries as one JSON text, held in shared memory
 * twice and in the cache file: about 600 entries with their chains. */
#define VSO_MAX_SERVING (4 * 1024 * 1024)

/* One column of one row: APR's MySQL driver cuts at 1 MiB what it reads. */
#define VSO_MAX_VALUE (512 * 1024)

/* One text of an audit row; longer ones are cut. */
#define VSO_MAX_AUDIT_TEXT 1024

/* Rows that one list call returns at the most. */
#define VSO_MAX_PAGE 500

#endif
