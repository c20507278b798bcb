/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/san.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <idn2.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/limits.h"
#include "x509/name.h"
#include "x509/san_reason.h"

#define FIELD "subjectAltNames"

/* Longest label of a DNS name (RFC 1035, 2.3.4). */
#define MAX_LABEL 63

/* Names that a sentence lists; of more it says how many. */
#define MAX_LISTED 20

/* U-labels are longer in UTF-8 than as A-labels; no name needs more. */
#define MAX_TYPED (4 * VSO_UB_DNS_NAME)

/** Letters, digits and inner hyphens (RFC 5280, 4.2.1.6), a last label that
 * is no number (or a mistyped IP address would be a name). */
static int is_ldh(const char *name)
{
    const char *label = name;
    apr_size_t len;
    apr_size_t i;

    if (strlen(name) > VSO_UB_DNS_NAME) {
        return 0;
    }
    for (;; label += len + 1) {
        len = strcspn(label, ".");
        if (len == 0 || len > MAX_LABEL || label[0] == '-' ||
            label[len - 1] == '-') {
            return 0;
        }
        for (i = 0; i < len; i++) {
            if (!(label[i] >= 'a' && label[i] <= 'z') &&
                !apr_isdigit(label[i]) && label[i] != '-') {
                return 0;
            }
        }
        if (!label[len]) {
            return strspn(label, "0123456789") != len;
        }
    }
}

/** 1 when the name has labels that IDNA has rules for. */
static int needs_idna(const char *name)
{
    const char *c;

    for (c = name; *c; c++) {
        if ((unsigned char)*c >= 0x80 ||
            ((c == name || c[-1] == '.') && !strncasecmp(c, "xn--", 4))) {
            return 1;
        }
    }
    return 0;
}

/** Write a DNS name in lower case with A-labels (RFC 5891). @return 0 where
 * it is no DNS name */
static int dns_to_ascii(const char *name, char out[VSO_UB_DNS_NAME + 1])
{
    char typed[MAX_TYPED + 1];
    char *ascii = typed;
    int wildcard = !strncmp(name, "*.", 2);
    apr_size_t len = strlen(name);
    int rc = IDN2_OK;
    char *c;
    int ok;

    if (len == 0 || len > MAX_TYPED) {
        return 0;
    }
    memcpy(typed, name + 2 * wildcard, len + 1 - 2 * (apr_size_t)wildcard);
    if (needs_idna(typed)) {
        rc = idn2_to_ascii_8z(typed, &ascii, IDN2_NONTRANSITIONAL);
    }
    if (rc != IDN2_OK) {
        return 0;
    }
    for (c = ascii; *c; c++) {
        *c = (char)apr_tolower(*c);
    }
    if (c > ascii + 1 && c[-1] == '.') {
        c[-1] = '\0'; /* an absolute name; certificates have none */
    }
    /* OpenSSL and browsers match no wildcard right under a top level */
    ok = is_ldh(ascii) && (!wildcard || strchr(ascii, '.')) &&
         strlen(ascii) + 2 * (apr_size_t)wildcard <= VSO_UB_DNS_NAME;
    if (ok) {
        apr_snprintf(out, VSO_UB_DNS_NAME + 1, "%s%s", wildcard ? "*." : "",
                     ascii);
    }
    if (ascii != typed) {
        idn2_free(ascii);
    }
    return ok;
}

/** Read an IP address; IPv6 maybe in brackets, as URLs and ServerName have it
 * (RFC 3986, 3.2.2). @return its length in bytes, 0 where it is none */
static apr_size_t read_address(const char *host,
                               unsigned char raw[sizeof(struct in6_addr)])
{
    char text[INET6_ADDRSTRLEN];
    apr_size_t len = strlen(host);
    int brackets = len > 2 && host[0] == '[' && host[len - 1] == ']';

    if (brackets) {
        host++;
        len -= 2;
    }
    if (len >= sizeof(text)) {
        return 0;
    }
    memcpy(text, host, len);
    text[len] = '\0';
    if (!brackets && inet_pton(AF_INET, text, raw) == 1) {
        return sizeof(struct in_addr);
    }
    return inet_pton(AF_INET6, text, raw) == 1 ? sizeof(struct in6_addr) : 0;
}

/** The IP address in its shortest form, or NULL. */
static const char *ip_text(const char *name, apr_pool_t *p)
{
    unsigned char raw[sizeof(struct in6_addr)];
    apr_size_t len = read_address(name, raw);
    char text[INET6_ADDRSTRLEN];

    if (!len || !inet_ntop(len == sizeof(struct in_addr) ? AF_INET : AF_INET6,
                           raw, text, sizeof(text))) {
        return NULL;
    }
    return apr_pstrdup(p, text);
}

/** "DNS:a" or "IP:b", or NULL where the name is neither. */
static const char *normalise(const char *name, int dns, int ip, apr_pool_t *p)
{
    char ascii[VSO_UB_DNS_NAME + 1];
    const char *address = ip ? ip_text(name, p) : NULL;

    if (address) {
        return apr_pstrcat(p, "IP:", address, NULL);
    }
    if (dns && dns_to_ascii(name, ascii)) {
        return apr_pstrcat(p, "DNS:", ascii, NULL);
    }
    return NULL;
}

/** The name as it is written into a certificate, or NULL and why not. */
static const char *normalise_typed(const char *typed, const char **preason,
                                   apr_pool_t *p)
{
    char *name = apr_pstrdup(p, typed + strspn(typed, " \t\r\n"));
    int dns = !strncasecmp(name, "DNS:", 4);
    int ip = !strncasecmp(name, "IP:", 3);
    const char *san;
    apr_size_t len;

    for (len = strlen(name); len && apr_isspace(name[len - 1]); len--) {
    }
    name[len] = '\0';
    name += dns ? 4 : ip ? 3 : 0;
    san = normalise(name, !ip, !dns, p);
    if (!san && dns && ip_text(name, p)) {
        *preason = "it is an IP address; leave \"DNS:\" out";
    }
    else if (!san) {
        *preason = vso_san_reason(name, ip, p);
    }
    return san;
}

static void add_once(apr_array_header_t *sans, const char *san)
{
    int i;

    for (i = 0; i < sans->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(sans, i, const char *), san)) {
            return;
        }
    }
    APR_ARRAY_PUSH(sans, const char *) = san;
}

apr_status_t vso_sans_check(const apr_array_header_t *in, const char *also,
                            apr_array_header_t **pout, vso_result_t *res,
                            apr_pool_t *p)
{
    apr_array_header_t *out = apr_array_make(p, 8, sizeof(const char *));
    const char *reason = NULL;
    const char *typed;
    const char *san;
    int i;

    if (in->nelts > VSO_MAX_SANS) {
        return vso_fail(res, VSO_P_INVALID, FIELD,
                        "%d names are more than the %d that many CAs allow in "
                        "one certificate: use a wildcard, or spread the names "
                        "over several entries (VSOCertAlias).",
                        in->nelts, VSO_MAX_SANS);
    }
    san = also ? normalise(also, 1, 1, p) : NULL;
    if (san) {
        add_once(out, san);
    }
    for (i = 0; i < in->nelts; i++) {
        typed = APR_ARRAY_IDX(in, i, const char *);
        san = normalise_typed(typed, &reason, p);
        if (!san) {
            return vso_fail(res, VSO_P_INVALID, FIELD,
                            "\"%.80s\" is neither a DNS name nor an IP "
                            "address: %s.",
                            typed, reason);
        }
        add_once(out, san);
    }
    *pout = out;
    return APR_SUCCESS;
}

/** A value of a general name. What could be mistaken for another name in a
 * list, or is not printable, is escaped as \XX. */
static const char *ia5_text(const char *type, const ASN1_STRING *value,
                            apr_pool_t *p)
{
    const unsigned char *data = ASN1_STRING_get0_data(value);
    apr_size_t len = (apr_size_t)ASN1_STRING_length(value);
    char *text = apr_palloc(p, 3 * len + 1);
    char *to = text;
    apr_size_t i;

    for (i = 0; i < len; i++) {
        if (data[i] > 0x20 && data[i] < 0x7F && !strchr(",\\", data[i])) {
            *to++ = (char)data[i];
        }
        else {
            to += apr_snprintf(to, 4, "\\%02X", data[i]);
        }
    }
    *to = '\0';
    return apr_pstrcat(p, type, text, NULL);
}

static const char *address_text(const ASN1_STRING *value, apr_pool_t *p)
{
    int len = ASN1_STRING_length(value);
    char text[INET6_ADDRSTRLEN];

    if ((len != 4 && len != 16) ||
        !inet_ntop(len == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(value),
                   text, sizeof(text))) {
        return NULL;
    }
    return apr_pstrcat(p, "IP:", text, NULL);
}

static const char *oid_text(const char *type, const ASN1_OBJECT *oid,
                            apr_pool_t *p)
{
    char text[80];

    OBJ_obj2txt(text, sizeof(text), oid, 1);
    return apr_pstrcat(p, type, text, NULL);
}

static const char *general_name_text(const GENERAL_NAME *name, apr_pool_t *p)
{
    int type;
    void *value = GENERAL_NAME_get0_value(name, &type);
    ASN1_OBJECT *oid;

    switch (type) {
    case GEN_DNS:
        return ia5_text("DNS:", value, p);
    case GEN_EMAIL:
        return ia5_text("email:", value, p);
    case GEN_URI:
        return ia5_text("URI:", value, p);
    case GEN_IPADD:
        return address_text(value, p);
    case GEN_DIRNAME:
        return apr_pstrcat(p, "dirName:", vso_name_text(value, p), NULL);
    case GEN_RID:
        return oid_text("RID:", value, p);
    case GEN_OTHERNAME:
        GENERAL_NAME_get0_otherName(name, &oid, NULL);
        return oid_text("otherName:", oid, p);
    case GEN_X400:
        return "x400Address";
    default:
        return "ediPartyName";
    }
}

/** Texts of the names, which are freed. */
static apr_array_header_t *take_names(GENERAL_NAMES *names, apr_pool_t *p)
{
    apr_array_header_t *sans = apr_array_make(p, 8, sizeof(const char *));
    const char *text;
    int i;

    for (i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        text = general_name_text(sk_GENERAL_NAME_value(names, i), p);
        if (text) {
            APR_ARRAY_PUSH(sans, const char *) = text;
        }
    }
    GENERAL_NAMES_free(names);
    ERR_clear_error();
    return sans;
}

const char *vso_sans_listed(const apr_array_header_t *sans, apr_pool_t *p)
{
    const char *text = "";
    int i;

    for (i = 0; i < sans->nelts && i < MAX_LISTED; i++) {
        text = apr_pstrcat(p, text, i ? ", " : "",
                           APR_ARRAY_IDX(sans, i, const char *), NULL);
    }
    return sans->nelts > MAX_LISTED ? apr_psprintf(p, "%s and %d more", text,
                                                   sans->nelts - MAX_LISTED)
                                    : text;
}

void vso_sans_add(apr_array_header_t *sans, const apr_array_header_t *more)
{
    int i;

    for (i = 0; i < more->nelts; i++) {
        add_once(sans, APR_ARRAY_IDX(more, i, const char *));
    }
}

apr_array_header_t *vso_sans_of_cert(const X509 *cert, apr_pool_t *p)
{
    return take_names(X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL),
                      p);
}

/** Say what of a certificate's names a request does not ask for, or that it
 * asks for many. */
static void warn_of_names(const apr_array_header_t *sans,
                          const apr_array_header_t *left, vso_result_t *res)
{
    if (left->nelts) {
        vso_warn(res, "names-left-out",
                 "The request asks for host names and IP addresses only, which "
                 "is what CAs grant a server. It leaves out what else the "
                 "certificate has: %s.",
                 vso_sans_listed(left, res->p));
    }
    if (sans->nelts > VSO_MAX_SANS) {
        vso_warn(res, "many-names",
                 "The request asks for all %d names of the certificate; many "
                 "CAs allow at most %d.",
                 sans->nelts, VSO_MAX_SANS);
    }
}

apr_array_header_t *vso_sans_for_server(const X509 *cert, vso_result_t *res,
                                        apr_pool_t *p)
{
    const apr_array_header_t *all = vso_sans_of_cert(cert, p);
    apr_array_header_t *sans =
        apr_array_make(p, all->nelts + 1, sizeof(const char *));
    apr_array_header_t *left = apr_array_make(p, 1, sizeof(const char *));
    int i;

    for (i = 0; i < all->nelts; i++) {
        const char *san = APR_ARRAY_IDX(all, i, const char *);

        if (!strncmp(san, "DNS:", 4) || !strncmp(san, "IP:", 3)) {
            APR_ARRAY_PUSH(sans, const char *) = san;
        }
        else {
            APR_ARRAY_PUSH(left, const char *) = san;
        }
    }
    warn_of_names(sans, left, res);
    return sans;
}

apr_array_header_t *vso_sans_of_req(X509_REQ *req, apr_pool_t *p)
{
    STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(req);
    GENERAL_NAMES *names =
        X509V3_get_d2i(extensions, NID_subject_alt_name, NULL, NULL);

    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    return take_names(names, p);
}

/** One checked SAN as a general name, or NULL. */
static GENERAL_NAME *general_name(const char *san)
{
    int is_ip = !strncmp(san, "IP:", 3);
    const char *text = strchr(san, ':');

    return text ? a2i_GENERAL_NAME(NULL, NULL, NULL,
                                   is_ip ? GEN_IPADD : GEN_DNS, text + 1, 0)
                : NULL;
}

X509_EXTENSION *vso_sans_to_extension(const apr_array_header_t *sans)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    X509_EXTENSION *extension = NULL;
    GENERAL_NAME *name;
    int i;

    for (i = 0; names && i < sans->nelts; i++) {
        name = general_name(APR_ARRAY_IDX(sans, i, const char *));
        if (!name || !sk_GENERAL_NAME_push(names, name)) {
            GENERAL_NAME_free(name);
            goto leave;
        }
    }
    if (names) {
        extension = X509V3_EXT_i2d(NID_subject_alt_name, 0, names);
    }
leave:
    GENERAL_NAMES_free(names);
    return extension;
}

int vso_sans_cover(const X509 *cert, const char *host)
{
    unsigned char raw[sizeof(struct in6_addr)];
    apr_size_t raw_len = read_address(host, raw);
    char ascii[VSO_UB_DNS_NAME + 1];
    X509 *subject = (X509 *)cert;
    int covers;

    if (raw_len) {
        covers = X509_check_ip(subject, raw, raw_len, 0) == 1;
    }
    else {
        /* a name with an underscore is compared as it stands */
        covers =
            X509_check_host(subject, dns_to_ascii(host, ascii) ? ascii : host,
                            0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
    }
    ERR_clear_error();
    return covers;
}
