/* SPDX-License-Identifier: Apache-2.0 */
#include "keyfile/format.h"

#include <openssl/bio.h>

#include "x509/ossl.h"

const vso_secret_t *vso_format_key_password(const vso_keyfile_source_t *source)
{
    return source->key_password ? source->key_password : source->password;
}

apr_status_t vso_format_wrong_password(vso_result_t *res)
{
    return vso_fail(res, VSO_P_WRONG_PASSWORD, "password",
                    "The password is wrong, or the file is damaged; the "
                    "format does not tell which. Type the password again, or "
                    "fetch the file again.");
}

apr_status_t vso_format_wrong_key_password(const vso_keyfile_source_t *source,
                                           vso_result_t *res)
{
    if (source->key_password) {
        return vso_fail(res, VSO_P_WRONG_PASSWORD, "keyPassword",
                        "The file opens, but the private key does not open "
                        "with \"keyPassword\".");
    }
    return vso_fail(res, VSO_P_WRONG_PASSWORD, "keyPassword",
                    "The file opens, but the private key has a password of "
                    "its own. Give it as \"keyPassword\".");
}

apr_status_t vso_format_key(const PKCS8_PRIV_KEY_INFO *info, EVP_PKEY **pkey,
                            vso_result_t *res, apr_pool_t *p)
{
    EVP_PKEY *key = vso_pkey_bind(EVP_PKCS82PKEY(info), p);

    if (!key) {
        return vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "keystore",
                        "OpenSSL cannot use the private key: %s.",
                        vso_ossl_reason(p));
    }
    *pkey = key;
    return APR_SUCCESS;
}

vso_secret_t *vso_format_bio_bytes(BIO *bio, apr_pool_t *p)
{
    char *data;
    long len;

    if (!bio) {
        return NULL;
    }
    len = BIO_get_mem_data(bio, &data);
    return vso_secret_copy(data, (apr_size_t)len, p);
}
