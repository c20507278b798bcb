/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading PKCS#12 (RFC 7292), DER or the BER that OpenSSL's parser takes. The
 * MAC is verified first where there is one; then each safe is opened, and its
 * bags become parts.
 */
#include <string.h>

#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs12err.h>

#include "base/limits.h"
#include "keyfile/format.h"
#include "keyfile/parts.h"
#include "keyfile/pbe.h"
#include "keyfile/text.h"
#include "x509/der.h"
#include "x509/ossl.h"

/* Bags in bags: nobody writes even one level. */
#define MAX_DEPTH 4

/** A file while it is read. */
typedef struct {
    const vso_keyfile_source_t *source;
    apr_array_header_t *mac_passwords;
    apr_array_header_t *safe_passwords;
    apr_array_header_t *key_passwords;
    int proven; /* the password opened something */
    vso_pbe_t *pbe;
    vso_parts_t *parts;
    vso_result_t *res;
    apr_pool_t *p;
} reader_t;

/** A key that waits to be opened; the bag lives as long as the pool. */
typedef struct {
    reader_t *reader;
    const PKCS12_SAFEBAG *bag;
} bag_key_t;

static apr_status_t damaged(reader_t *r, const char *cause)
{
    ERR_clear_error();
    return vso_fail(r->res, VSO_P_DAMAGED, "keystore",
                    "The PKCS#12 file is damaged: %s. Fetch or export it "
                    "again.",
                    cause);
}

static apr_status_t check_mac_algorithm(reader_t *r,
                                        const X509_ALGOR *algorithm)
{
    char name[80];

    if (EVP_get_digestbyobj(algorithm->algorithm)) {
        return APR_SUCCESS;
    }
    OBJ_obj2txt(name, sizeof(name), algorithm->algorithm, 0);
    return vso_fail(r->res, VSO_P_UNSUPPORTED_FORMAT, "keystore",
                    "The file's integrity is protected with \"%s\", which is "
                    "not supported. Save it again with HMAC-SHA-256 as in RFC "
                    "7292.",
                    name);
}

static apr_status_t verify_mac(reader_t *r, PKCS12 *p12)
{
    const ASN1_INTEGER *iterations;
    const X509_ALGOR *algorithm;
    int i;

    if (!PKCS12_mac_present(p12)) {
        return APR_SUCCESS;
    }
    PKCS12_get0_mac(NULL, &algorithm, NULL, &iterations, p12);
    if (check_mac_algorithm(r, algorithm) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < r->mac_passwords->nelts; i++) {
        const vso_secret_t *password =
            APR_ARRAY_IDX(r->mac_passwords, i, vso_secret_t *);

        if (vso_pbe_charge_asn1(r->pbe, iterations, r->res) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        if (PKCS12_verify_mac(p12, (const char *)password->data,
                              (int)password->len)) {
            r->proven = 1;
            return APR_SUCCESS;
        }
    }
    return vso_format_wrong_password(r->res);
}

static apr_status_t open_sealed(void *baton, EVP_PKEY **pkey, vso_result_t *res,
                                apr_pool_t *p)
{
    const bag_key_t *key = baton;
    const X509_SIG *sealed = PKCS12_SAFEBAG_get0_pkcs8(key->bag);
    const ASN1_OCTET_STRING *bytes;
    const X509_ALGOR *algorithm;
    void *info = NULL;
    apr_status_t rv;

    X509_SIG_get0(sealed, &algorithm, &bytes);
    rv = vso_pbe_open(key->reader->pbe, algorithm, bytes,
                      key->reader->key_passwords,
                      ASN1_ITEM_rptr(PKCS8_PRIV_KEY_INFO), &info, res);
    if (rv == APR_EACCES) {
        rv = key->reader->proven
                 ? vso_format_wrong_key_password(key->reader->source, res)
                 : vso_format_wrong_password(res);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_format_key(info, pkey, res, p);
    }
    PKCS8_PRIV_KEY_INFO_free(info);
    return rv;
}

static apr_status_t open_plain(void *baton, EVP_PKEY **pkey, vso_result_t *res,
                               apr_pool_t *p)
{
    const bag_key_t *key = baton;

    vso_warn(res, "unencrypted-key",
             "The private key in the file is not encrypted. Delete the file "
             "or keep it safe.");
    return vso_format_key(PKCS12_SAFEBAG_get0_p8inf(key->bag), pkey, res, p);
}

/** localKeyID; Java writes "Time " and milliseconds there. */
static vso_parts_id_t bag_id(const PKCS12_SAFEBAG *bag)
{
    const ASN1_TYPE *value = PKCS12_SAFEBAG_get0_attr(bag, NID_localKeyID);
    vso_parts_id_t id = {NULL, 0};

    if (value && value->type == V_ASN1_OCTET_STRING) {
        id.data = ASN1_STRING_get0_data(value->value.octet_string);
        id.len = (apr_size_t)ASN1_STRING_length(value->value.octet_string);
    }
    return id;
}

static apr_int64_t created_sec(const vso_parts_id_t *id, apr_pool_t *p)
{
    if (id->len > 5 && id->len < 24 && !memcmp(id->data, "Time ", 5)) {
        return apr_atoi64(
                   apr_pstrmemdup(p, (const char *)id->data + 5, id->len - 5)) /
               1000;
    }
    return 0;
}

/** friendlyName in UTF-8, "" where there is none. */
static const char *bag_alias(PKCS12_SAFEBAG *bag, apr_pool_t *p)
{
    char *name = PKCS12_get_friendlyname(bag);
    const char *alias = name ? apr_pstrdup(p, name) : "";

    OPENSSL_free(name);
    return alias;
}

static apr_status_t add_key(reader_t *r, PKCS12_SAFEBAG *bag, int sealed)
{
    const ASN1_OCTET_STRING *bytes = NULL;
    vso_parts_key_t part = {.alias = bag_alias(bag, r->p)};
    bag_key_t *key = apr_palloc(r->p, sizeof(*key));
    int len = 0;

    if (sealed) {
        X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), NULL, &bytes);
        len = ASN1_STRING_length(bytes);
    }
    else {
        PKCS8_pkey_get0(NULL, NULL, &len, NULL, PKCS12_SAFEBAG_get0_p8inf(bag));
    }
    if (len > VSO_MAX_KEY) {
        return vso_fail(r->res, VSO_P_TOO_LARGE, "keystore",
                        "A private key in the file is larger than %d bytes.",
                        VSO_MAX_KEY);
    }
    key->reader = r;
    key->bag = bag;
    part.id = bag_id(bag);
    part.created_sec = created_sec(&part.id, r->p);
    part.open = sealed ? open_sealed : open_plain;
    part.baton = key;
    return vso_parts_add_key(r->parts, &part, r->res);
}

static apr_status_t add_cert(reader_t *r, const PKCS12_SAFEBAG *bag)
{
    unsigned char *der = NULL;
    X509 *cert = NULL;
    apr_status_t rv;
    int len = -1;

    if (PKCS12_SAFEBAG_get_bag_nid(bag) == NID_x509Certificate) {
        cert = PKCS12_SAFEBAG_get1_cert(bag);
    }
    if (cert) {
        len = i2d_X509(cert, &der);
        X509_free(cert);
    }
    if (len < 0) {
        return vso_fail(r->res, VSO_P_DAMAGED, "keystore",
                        "A certificate in the file cannot be read: %s.",
                        vso_ossl_reason(r->p));
    }
    /* as strict as with certificates from elsewhere */
    rv = vso_parts_add_cert(r->parts, der, (apr_size_t)len, bag_id(bag), NULL,
                            r->res);
    OPENSSL_free(der);
    return rv;
}

static apr_status_t add_bags(reader_t *r, const STACK_OF(PKCS12_SAFEBAG) * bags,
                             int depth);

static apr_status_t add_bag(reader_t *r, PKCS12_SAFEBAG *bag, int depth)
{
    switch (PKCS12_SAFEBAG_get_nid(bag)) {
    case NID_keyBag:
        return add_key(r, bag, 0);
    case NID_pkcs8ShroudedKeyBag:
        return add_key(r, bag, 1);
    case NID_certBag:
        return add_cert(r, bag);
    case NID_safeContentsBag:
        return add_bags(r, PKCS12_SAFEBAG_get0_safes(bag), depth + 1);
    case NID_secretBag:
        vso_parts_add_secret(r->parts, bag_alias(bag, r->p), r->res);
        return APR_SUCCESS;
    default:
        vso_parts_add_unused(r->parts,
                             "The file holds something that is neither a key "
                             "nor a certificate; it is not used.",
                             r->res);
        return APR_SUCCESS;
    }
}

static apr_status_t add_bags(reader_t *r, const STACK_OF(PKCS12_SAFEBAG) * bags,
                             int depth)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    if (depth > MAX_DEPTH) {
        return vso_fail(r->res, VSO_P_DAMAGED, "keystore",
                        "The file is nested deeper than %d levels.", MAX_DEPTH);
    }
    for (i = 0; rv == APR_SUCCESS && i < sk_PKCS12_SAFEBAG_num(bags); i++) {
        rv = add_bag(r, sk_PKCS12_SAFEBAG_value(bags, i), depth);
    }
    return rv;
}

static apr_status_t free_bags(void *baton)
{
    sk_PKCS12_SAFEBAG_pop_free(baton, PKCS12_SAFEBAG_free);
    return APR_SUCCESS;
}

static apr_status_t open_encrypted_safe(reader_t *r, const PKCS7 *safe,
                                        void **pbags)
{
    const PKCS7_ENC_CONTENT *content =
        safe->d.encrypted ? safe->d.encrypted->enc_data : NULL;
    apr_status_t rv;

    if (!content || !content->enc_data) {
        return damaged(r, "a part of it has no content");
    }
    rv = vso_pbe_open(r->pbe, content->algorithm, content->enc_data,
                      r->safe_passwords, ASN1_ITEM_rptr(PKCS12_SAFEBAGS), pbags,
                      r->res);
    if (rv == APR_EACCES) {
        rv = vso_format_wrong_password(r->res);
    }
    else if (rv == APR_SUCCESS) {
        r->proven = 1;
    }
    return rv;
}

static apr_status_t add_safe(reader_t *r, PKCS7 *safe)
{
    void *bags = NULL;

    if (PKCS7_type_is_data(safe)) {
        /* older OpenSSLs crash without content (CVE-2024-0727) */
        bags = safe->d.data ? PKCS12_unpack_p7data(safe) : NULL;
        if (!bags) {
            return damaged(r, "a part of it does not parse");
        }
    }
    else if (PKCS7_type_is_encrypted(safe)) {
        if (open_encrypted_safe(r, safe, &bags) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    else {
        return vso_fail(r->res, VSO_P_UNSUPPORTED_FORMAT, "keystore",
                        "The file is encrypted for a certificate, not with a "
                        "password. Export it again with a password.");
    }
    apr_pool_cleanup_register(r->p, bags, free_bags, apr_pool_cleanup_null);
    return add_bags(r, bags, 0);
}

/** The safes, before their integrity is looked at: where there are none, no
 * password would help. */
static apr_status_t unpack(reader_t *r, const PKCS12 *p12,
                           STACK_OF(PKCS7) * *psafes)
{
    *psafes = PKCS12_unpack_authsafes(p12);
    if (*psafes) {
        return APR_SUCCESS;
    }
    if (ERR_GET_REASON(ERR_peek_error()) == PKCS12_R_CONTENT_TYPE_NOT_DATA) {
        return vso_fail(r->res, VSO_P_UNSUPPORTED_FORMAT, "keystore",
                        "The file is signed with a certificate, not protected "
                        "with a password. Export it again with a password.");
    }
    return damaged(r, "it has no content, or one that does not parse");
}

static apr_status_t add_safes(reader_t *r, const STACK_OF(PKCS7) * safes)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < sk_PKCS7_num(safes); i++) {
        rv = add_safe(r, sk_PKCS7_value(safes, i));
    }
    return rv;
}

/** Parse the outermost layer. */
static apr_status_t parse(reader_t *r, PKCS12 **pp12)
{
    const vso_keyfile_source_t *source = r->source;
    const unsigned char *end = source->data;
    apr_size_t size = vso_der_size(source->data, source->len);

    if (size > source->len) {
        return damaged(r,
                       apr_psprintf(r->p,
                                    "it is cut short, %" APR_SIZE_T_FMT
                                    " of %" APR_SIZE_T_FMT " bytes are there",
                                    source->len, size));
    }
    *pp12 = d2i_PKCS12(NULL, &end, (long)source->len);
    if (!*pp12) {
        return damaged(r, "it does not parse");
    }
    if (end != source->data + source->len) {
        return vso_fail(r->res, VSO_P_DAMAGED, "keystore",
                        "Bytes follow the end of the PKCS#12 file.");
    }
    return APR_SUCCESS;
}

static reader_t *create_reader(const vso_keyfile_source_t *source,
                               vso_result_t *res, apr_pool_t *p)
{
    reader_t *r = apr_pcalloc(p, sizeof(*r));

    r->source = source;
    r->mac_passwords = vso_text_spellings(source->password, p);
    r->key_passwords = vso_text_spellings(vso_format_key_password(source), p);
    /* integrity and contents may have passwords of their own, too */
    r->safe_passwords =
        source->key_password
            ? apr_array_append(p, r->mac_passwords, r->key_passwords)
            : r->mac_passwords;
    r->pbe = vso_pbe_create(p);
    r->parts = vso_parts_create("pkcs12", p);
    r->res = res;
    r->p = p;
    return r;
}

apr_status_t vso_pkcs12_read(const vso_keyfile_source_t *source,
                             vso_keyfile_t **pfile, vso_result_t *res,
                             apr_pool_t *p)
{
    reader_t *r = create_reader(source, res, p);
    STACK_OF(PKCS7) *safes = NULL;
    PKCS12 *p12 = NULL;
    apr_status_t rv = parse(r, &p12);

    if (rv == APR_SUCCESS) {
        rv = unpack(r, p12, &safes);
    }
    if (rv == APR_SUCCESS) {
        rv = verify_mac(r, p12);
    }
    if (rv == APR_SUCCESS) {
        rv = add_safes(r, safes);
    }
    if (rv == APR_SUCCESS) {
        rv = vso_parts_assemble(r->parts, source->alias, pfile, res);
    }
    sk_PKCS7_pop_free(safes, PKCS7_free);
    PKCS12_free(p12);
    return rv;
}
