/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/name.h"

#include <stddef.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>

#include "base/limits.h"

/* RFC 4514 as OpenSSL writes it, but UTF-8 stays readable. */
#define TEXT_FLAGS (XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB)

/* The same for strings that are not what their type says: byte by byte. */
#define BYTES_FLAGS                                                            \
    ((XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_UTF8_CONVERT) |           \
     ASN1_STRFLGS_IGNORE_TYPE)

/* In the order that a made name has. */
static const struct attribute {
    int nid;
    apr_size_t offset;
    const char *field;
    int max_chars;
} attributes[] = {
    {NID_countryName, offsetof(vso_subject_t, country), "subject.country", 2},
    {NID_stateOrProvinceName, offsetof(vso_subject_t, state), "subject.state",
     VSO_UB_STATE},
    {NID_localityName, offsetof(vso_subject_t, locality), "subject.locality",
     VSO_UB_LOCALITY},
    {NID_organizationName, offsetof(vso_subject_t, organization),
     "subject.organization", VSO_UB_ORGANIZATION},
    {NID_organizationalUnitName, offsetof(vso_subject_t, organizational_unit),
     "subject.organizationalUnit", VSO_UB_ORG_UNIT},
    {NID_commonName, offsetof(vso_subject_t, common_name), "subject.commonName",
     VSO_UB_COMMON_NAME},
};

#define ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

static const char **value_of(const vso_subject_t *subject, apr_size_t i)
{
    return (const char **)((char *)subject + attributes[i].offset);
}

/** Bytes of the character at text, 0 where it is not UTF-8 (RFC 3629). */
static int next_char(const char *text, apr_size_t len, unsigned long *value)
{
    int max = len > 4 ? 4 : (int)len;
    int n = UTF8_getc((const unsigned char *)text, max, value);

    if (n <= 0 || *value > 0x10FFFF || (*value >= 0xD800 && *value < 0xE000)) {
        return 0;
    }
    return n;
}

/** Characters that a reader does not see, or that turn around what they see:
 * controls, soft hyphen, line separators, bidirectional marks, tags. Joiners
 * (U+200C, U+200D) stay: Persian and Indic names need them. */
static int is_hidden(unsigned long c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x061C ||
           c == 0x200B || c == 0x200E || c == 0x200F ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
           c == 0xFEFF || (c >= 0xE0000 && c <= 0xE007F);
}

static apr_status_t check_chars(const struct attribute *attribute,
                                const char *text, vso_result_t *res)
{
    apr_size_t len = strlen(text);
    unsigned long c;
    int chars = 0;
    int n;

    for (; len; text += n, len -= (apr_size_t)n, chars++) {
        n = next_char(text, len, &c);
        if (n == 0) {
            return vso_fail(res, VSO_P_INVALID, attribute->field,
                            "The text is not valid UTF-8.");
        }
        if (is_hidden(c)) {
            return vso_fail(res, VSO_P_INVALID, attribute->field,
                            "The text holds the invisible character U+%04lX; "
                            "remove it.",
                            c);
        }
    }
    if (chars > attribute->max_chars) {
        return vso_fail(res, VSO_P_INVALID, attribute->field,
                        "The text is %d characters long; X.520 allows %d.",
                        chars, attribute->max_chars);
    }
    return APR_SUCCESS;
}

static apr_status_t check_country(const char **pcountry, vso_result_t *res,
                                  apr_pool_t *p)
{
    const char *const *known;
    char *code;
    char *c;

    code = apr_pstrdup(p, *pcountry);
    for (c = code; *c; c++) {
        *c = (char)apr_toupper(*c);
    }
    for (known = vso_countries; *known && strcmp(*known, code); known++) {
    }
    if (!*known) {
        return vso_fail(res, VSO_P_INVALID, "subject.country",
                        "The country must be one of the two-letter codes of "
                        "ISO 3166-1, for example DE.");
    }
    *pcountry = code;
    return APR_SUCCESS;
}

/** The text without blanks around it; NULL where nothing is left. */
static const char *trim(const char *text, apr_pool_t *p)
{
    apr_size_t len;

    if (!text) {
        return NULL;
    }
    text += strspn(text, " \t\r\n");
    for (len = strlen(text); len && apr_isspace(text[len - 1]); len--) {
    }
    return len ? apr_pstrmemdup(p, text, len) : NULL;
}

apr_status_t vso_subject_check(const vso_subject_t *in, vso_subject_t **pout,
                               vso_result_t *res, apr_pool_t *p)
{
    vso_subject_t *out = apr_pcalloc(p, sizeof(*out));
    apr_status_t rv = APR_SUCCESS;
    const char *text;
    apr_size_t i;

    for (i = 0; i < ATTRIBUTES && rv == APR_SUCCESS; i++) {
        text = trim(*value_of(in, i), p);
        if (text && attributes[i].nid == NID_countryName) {
            rv = check_country(&text, res, p);
        }
        else if (text) {
            rv = check_chars(&attributes[i], text, res);
        }
        *value_of(out, i) = text;
    }
    if (rv == APR_SUCCESS && !out->common_name) {
        rv = vso_fail(res, VSO_P_INVALID, "subject.commonName",
                      "The common name is missing; give the server's name.");
    }
    if (rv == APR_SUCCESS) {
        *pout = out;
    }
    return rv;
}

X509_NAME *vso_subject_to_name(const vso_subject_t *subject)
{
    X509_NAME *name = X509_NAME_new();
    const char *value;
    apr_size_t i;
    int type;

    for (i = 0; i < ATTRIBUTES && name; i++) {
        value = *value_of(subject, i);
        if (!value || !*value) {
            continue;
        }
        type = attributes[i].nid == NID_countryName ? V_ASN1_PRINTABLESTRING
                                                    : V_ASN1_UTF8STRING;
        if (!X509_NAME_add_entry_by_NID(name, attributes[i].nid, type,
                                        (const unsigned char *)value, -1, -1,
                                        0)) {
            X509_NAME_free(name);
            name = NULL;
        }
    }
    return name;
}

/** What was printed to a memory BIO, which is freed. */
static const char *take_text(BIO *bio, apr_pool_t *p)
{
    const char *text = "";
    char *data;
    long len;

    if (bio) {
        len = BIO_get_mem_data(bio, &data);
        text = apr_pstrmemdup(p, len > 0 ? data : "",
                              len > 0 ? (apr_size_t)len : 0);
    }
    BIO_free(bio);
    ERR_clear_error();
    return text;
}

static const char *value_text(const ASN1_STRING *value, apr_pool_t *p)
{
    unsigned char *utf8 = NULL;
    int len = ASN1_STRING_to_UTF8(&utf8, value);
    const char *text;
    BIO *bio;

    if (len >= 0 && !memchr(utf8, 0, (size_t)len)) {
        text = apr_pstrmemdup(p, (const char *)utf8, (apr_size_t)len);
    }
    else {
        bio = BIO_new(BIO_s_mem());
        if (bio) {
            ASN1_STRING_print_ex(bio, value, BYTES_FLAGS);
        }
        text = take_text(bio, p);
    }
    OPENSSL_free(utf8);
    ERR_clear_error();
    return text;
}

vso_subject_t *vso_subject_from_name(const X509_NAME *name, apr_pool_t *p)
{
    vso_subject_t *subject = apr_pcalloc(p, sizeof(*subject));
    X509_NAME_ENTRY *entry;
    apr_size_t i;
    int at;

    for (i = 0; i < ATTRIBUTES; i++) {
        at = X509_NAME_get_index_by_NID(name, attributes[i].nid, -1);
        if (at >= 0) {
            entry = X509_NAME_get_entry(name, at);
            *value_of(subject, i) =
                value_text(X509_NAME_ENTRY_get_data(entry), p);
        }
    }
    return subject;
}

/** Escape hidden characters as RFC 4514 does it: one \XX for each byte. */
static const char *escape_hidden(const char *text, apr_pool_t *p)
{
    apr_size_t len = strlen(text);
    char *out = apr_palloc(p, 3 * len + 1);
    char *to = out;
    unsigned long c = 0;
    int escape;
    int n;
    int i;

    for (; len; len -= (apr_size_t)n) {
        n = next_char(text, len, &c);
        escape = n == 0 || is_hidden(c);
        n = n ? n : 1;
        if (!escape) {
            memcpy(to, text, (size_t)n);
            to += n;
            text += n;
            continue;
        }
        for (i = 0; i < n; i++, text++) {
            to += apr_snprintf(to, 4, "\\%02X", (unsigned char)*text);
        }
    }
    *to = '\0';
    return out;
}

const char *vso_name_text(const X509_NAME *name, apr_pool_t *p)
{
    BIO *bio = BIO_new(BIO_s_mem());

    if (bio && X509_NAME_print_ex(bio, name, 0, TEXT_FLAGS) < 0) {
        (void)BIO_reset(bio);
        X509_NAME_print_ex(bio, name, 0, BYTES_FLAGS);
    }
    return escape_hidden(take_text(bio, p), p);
}
