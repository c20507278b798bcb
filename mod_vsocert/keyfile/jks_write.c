/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing JKS and JCEKS, version 2, with one key pair. Both are weak; they
 * are for Java programs that read nothing better.
 */
#include "keyfile/jks.h"

#include <string.h>

#include <apr_time.h>

#include "keyfile/format.h"
#include "keyfile/jks_key.h"
#include "keyfile/text.h"
#include "x509/ossl.h"

/** Bytes that grow in a memory BIO; ok stays 0 once a write failed. */
typedef struct {
    BIO *bio;
    int ok;
} draft_t;

static void put_bytes(draft_t *draft, const void *data, apr_size_t len)
{
    draft->ok = draft->ok &&
                (len == 0 || BIO_write(draft->bio, data, (int)len) == (int)len);
}

static void put_number(draft_t *draft, apr_uint64_t value, int width)
{
    unsigned char bytes[8];
    int i;

    for (i = width - 1; i >= 0; i--) {
        bytes[i] = (unsigned char)value;
        value >>= 8;
    }
    put_bytes(draft, bytes, (apr_size_t)width);
}

/** ASCII without NUL, which modified UTF-8 leaves as it is. */
static void put_ascii(draft_t *draft, const char *text)
{
    put_number(draft, strlen(text), 2);
    put_bytes(draft, text, strlen(text));
}

static void put_cert(draft_t *draft, X509 *cert)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);

    draft->ok = draft->ok && len > 0;
    if (len > 0) {
        put_ascii(draft, VSO_JKS_CERT_TYPE);
        put_number(draft, (apr_uint64_t)len, 4);
        put_bytes(draft, der, (apr_size_t)len);
    }
    OPENSSL_free(der);
}

static void put_container(draft_t *draft, const vso_keyfile_sink_t *sink,
                          apr_uint32_t magic, const vso_secret_t *key)
{
    int i;

    put_number(draft, magic, 4);
    put_number(draft, 2, 4);
    put_number(draft, 1, 4);
    put_number(draft, VSO_JKS_PRIVATE_KEY, 4);
    put_ascii(draft, VSO_KEYFILE_ALIAS);
    put_number(draft, (apr_uint64_t)apr_time_as_msec(apr_time_now()), 8);
    put_number(draft, key->len, 4);
    put_bytes(draft, key->data, key->len);
    put_number(draft, (apr_uint64_t)sink->chain->nelts + 1, 4);
    put_cert(draft, sink->cert);
    for (i = 0; i < sink->chain->nelts; i++) {
        put_cert(draft, APR_ARRAY_IDX(sink->chain, i, X509 *));
    }
}

static void put_trailer(draft_t *draft, const vso_secret_t *password,
                        apr_pool_t *p)
{
    unsigned char digest[SHA_DIGEST_LENGTH];
    char *data;
    long len = BIO_get_mem_data(draft->bio, &data);

    draft->ok =
        draft->ok && vso_jks_digest(password, (const unsigned char *)data,
                                    (apr_size_t)len, digest, p);
    put_bytes(draft, digest, sizeof(digest));
}

static apr_status_t write_store(const vso_keyfile_sink_t *sink,
                                apr_uint32_t magic, const vso_secret_t *key,
                                vso_secret_t **pdata, vso_result_t *res,
                                apr_pool_t *p)
{
    draft_t draft = {BIO_new(BIO_s_mem()), 1};
    apr_status_t rv = APR_SUCCESS;

    draft.ok = draft.bio && key;
    if (draft.ok) {
        put_container(&draft, sink, magic, key);
        put_trailer(&draft, sink->password, p);
    }
    if (draft.ok) {
        *pdata = vso_format_bio_bytes(draft.bio, p);
    }
    else {
        rv = vso_fail(res, VSO_P_INTERNAL, NULL,
                      "OpenSSL could not write the file: %s.",
                      vso_ossl_reason(p));
    }
    BIO_free(draft.bio);
    return rv;
}

apr_status_t vso_jks_write(const vso_keyfile_sink_t *sink, vso_secret_t **pdata,
                           vso_result_t *res, apr_pool_t *p)
{
    return write_store(sink, VSO_JKS_MAGIC,
                       vso_jks_key_seal_jks(sink->pkey, sink->password, p),
                       pdata, res, p);
}

apr_status_t vso_jceks_write(const vso_keyfile_sink_t *sink,
                             vso_secret_t **pdata, vso_result_t *res,
                             apr_pool_t *p)
{
    if (!vso_text_is_ascii(sink->password->data, sink->password->len)) {
        return vso_fail(res, VSO_P_INVALID, "password",
                        "Java opens JCEKS keys with ASCII passwords only. "
                        "Choose such a password, or another format.");
    }
    return write_store(sink, VSO_JCEKS_MAGIC,
                       vso_jks_key_seal_jceks(sink->pkey, sink->password, p),
                       pdata, res, p);
}
