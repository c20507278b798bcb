/* SPDX-License-Identifier: Apache-2.0 */
#include "keyfile/keyfile.h"

#include <string.h>

#include <openssl/err.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "keyfile/detect.h"
#include "keyfile/format.h"
#include "keyfile/text.h"

/** The one table of formats; the first that can be written is the default. */
static const struct {
    const char *name;
    vso_detect_e kind;
    vso_format_read_fn *read;
    vso_format_write_fn *write;
} formats[] = {
    {"pkcs12", VSO_DETECT_PKCS12, vso_pkcs12_read, vso_pkcs12_write},
    {"jceks", VSO_DETECT_JCEKS, vso_jks_read, vso_jceks_write},
    {"jks", VSO_DETECT_JKS, vso_jks_read, vso_jks_write},
    {"pem", VSO_DETECT_PEM, vso_pem_read, vso_pem_write},
};

#define FORMATS (sizeof(formats) / sizeof(*formats))

static apr_status_t check_password(const vso_secret_t *password,
                                   const char *field, vso_result_t *res)
{
    if (password->len > VSO_MAX_PASSWORD) {
        return vso_fail(res, VSO_P_INVALID, field,
                        "The password is longer than %d bytes.",
                        VSO_MAX_PASSWORD);
    }
    if (memchr(password->data, 0, password->len)) {
        return vso_fail(res, VSO_P_INVALID, field,
                        "The password must not hold a NUL character.");
    }
    if (!vso_utf8_valid(password->data, password->len)) {
        return vso_fail(res, VSO_P_INVALID, field,
                        "The password is not valid UTF-8.");
    }
    return APR_SUCCESS;
}

apr_status_t vso_keyfile_read(const vso_keyfile_source_t *source,
                              vso_keyfile_t **pfile, vso_result_t *res,
                              apr_pool_t *p)
{
    const char *mistake = "This format cannot be read.";
    vso_detect_e kind;
    apr_status_t rv;
    apr_size_t i;

    if (source->len > VSO_MAX_KEYSTORE) {
        return vso_fail(res, VSO_P_TOO_LARGE, "keystore",
                        "The file is larger than %d bytes.", VSO_MAX_KEYSTORE);
    }
    if (check_password(source->password, "password", res) != APR_SUCCESS ||
        (source->key_password &&
         check_password(source->key_password, "keyPassword", res) !=
             APR_SUCCESS)) {
        return APR_EGENERAL;
    }
    kind = vso_detect(source->data, source->len, &mistake, p);
    for (i = 0; i < FORMATS; i++) {
        if (formats[i].kind == kind) {
            rv = formats[i].read(source, pfile, res, p);
            ERR_clear_error();
            return rv;
        }
    }
    return vso_fail(res, VSO_P_UNSUPPORTED_FORMAT, "keystore", "%s", mistake);
}

apr_status_t vso_keyfile_write(const vso_keyfile_sink_t *sink,
                               vso_secret_t **pdata, vso_result_t *res,
                               apr_pool_t *p)
{
    apr_status_t rv;
    apr_size_t i;

    if (check_password(sink->password, "password", res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (sink->password->len == 0) {
        return vso_fail(res, VSO_P_INVALID, "password",
                        "The password must not be empty.");
    }
    for (i = 0; i < FORMATS; i++) {
        if (formats[i].write && !strcmp(formats[i].name, sink->format)) {
            rv = formats[i].write(sink, pdata, res, p);
            ERR_clear_error();
            return rv;
        }
    }
    return vso_fail(res, VSO_P_INVALID, "format",
                    "The format is not known: use pkcs12, jceks, jks or "
                    "pem.");
}

const char *const *vso_keyfile_formats(void)
{
    static const char *const names[] = {"pkcs12", "jceks", "jks", "pem", NULL};

    return names;
}
