/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/san_reason.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/limits.h"

/** Longest label of a DNS name (RFC 1035, 2.3.4). */
#define MAX_LABEL 63

/* What is often typed in place of a name, the first that is found counts. */
static const struct {
    const char *mark;
    const char *reason;
} mistakes[] = {
    {"://", "it is a URL; give its host name alone"},
    {"@", "it is an e-mail address; a server's certificate has host names and "
          "IP addresses only"},
    {"_", "a host name has letters, digits and hyphens only, and no underscore "
          "(RFC 1123, 2.1); give the server a DNS name without one"},
    {"/", "it has a slash; name each address by itself, as certificates have "
          "no networks"},
    {"%", "it has a zone, which means something on one machine only; leave "
          "\"%...\" out, or use a global address"},
    {",", "it has a comma; give each name by itself"},
    {";", "it has a semicolon; give each name by itself"},
    {" ", "it has a blank; give each name by itself"},
};

static const char *reason_of_mistake(const char *name)
{
    apr_size_t i;

    for (i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        if (strstr(name, mistakes[i].mark)) {
            return mistakes[i].reason;
        }
    }
    return NULL;
}

/** Of names with a colon or brackets. */
static const char *reason_of_colon(const char *name)
{
    const char *colon = strchr(name, ':');

    if (name[0] == '[' || (colon && strchr(colon + 1, ':'))) {
        return "it is no IPv6 address (RFC 4291, 2.2), for example "
               "2001:db8::1 or [2001:db8::1]";
    }
    return colon ? "it has a colon; leave the port out, as certificates have "
                   "none"
                 : NULL;
}

static const char *reason_of_wildcard(const char *name)
{
    const char *star = strchr(name, '*');

    if (!star) {
        return NULL;
    }
    if (star != name || name[1] != '.' || strchr(star + 1, '*')) {
        return "a wildcard is the whole first label, for example "
               "*.example.org (RFC 6125, 6.4.3)";
    }
    return strchr(name + 2, '.') ? NULL
                                 : "a wildcard needs at least two labels "
                                   "behind it, for example *.example.org";
}

/** Of a name in ASCII whose characters are those of host names. */
static const char *reason_of_labels(const char *name)
{
    const char *label = name;
    apr_size_t len;

    for (;; label += len + 1) {
        len = strcspn(label, ".");
        if (len == 0) {
            return "it has an empty label: two dots in a row, or one in front";
        }
        if (len > MAX_LABEL) {
            return "one of its labels is longer than 63 characters (RFC 1035, "
                   "2.3.4)";
        }
        if (label[0] == '-' || label[len - 1] == '-') {
            return "a label begins or ends with a hyphen (RFC 1123, 2.1)";
        }
        if (!label[len] || !label[len + 1]) {
            break;
        }
    }
    return strspn(label, "0123456789.") == strlen(label)
               ? "its last label is a number, and it is no IPv4 address (four "
                 "numbers up to 255)"
               : "it is an international name that IDNA 2008 does not allow";
}

static const char *reason_of_chars(const char *name, apr_pool_t *p)
{
    const char *c;

    for (c = name; *c; c++) {
        unsigned char byte = (unsigned char)*c;

        if (byte < 0x80 && !apr_isalnum(byte) && !strchr("-.*", byte)) {
            return apr_isprint(byte)
                       ? apr_psprintf(p,
                                      "a host name has no \"%c\": it has "
                                      "letters, digits and hyphens only",
                                      byte)
                       : "it has a control character";
        }
    }
    for (c = name; *c && (unsigned char)*c < 0x80; c++) {
    }
    return *c ? "it is no international name in UTF-8 that IDNA 2008 allows"
              : NULL;
}

const char *vso_san_reason(const char *name, int ip, apr_pool_t *p)
{
    const char *reason;

    if (!*name) {
        return "it is empty";
    }
    if (strlen(name) > VSO_UB_DNS_NAME) {
        return "it is longer than the 253 characters of a DNS name";
    }
    if ((reason = reason_of_mistake(name)) ||
        (reason = reason_of_colon(name))) {
        return reason;
    }
    if (ip) {
        return "it is no IP address, which \"IP:\" announces";
    }
    if ((reason = reason_of_wildcard(name)) ||
        (reason = reason_of_chars(name, p))) {
        return reason;
    }
    return reason_of_labels(strncmp(name, "*.", 2) ? name : name + 2);
}
