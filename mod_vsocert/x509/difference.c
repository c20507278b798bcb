/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/difference.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "x509/name.h"
#include "x509/san.h"

/** Attributes of one subject that are compared: real ones have ten. */
#define MAX_ATTRIBUTES 64

/** Two lists side by side. */
typedef struct {
    apr_array_header_t *dropped; /**< const char *: asked for, not there */
    apr_array_header_t *added;   /**< const char *: there, not asked for */
    int reordered;               /**< what is in both, in another order */
    int respelt;                 /**< what is in both, written differently */
} difference_t;

static difference_t make_difference(apr_pool_t *p)
{
    difference_t made = {apr_array_make(p, 4, sizeof(const char *)),
                         apr_array_make(p, 4, sizeof(const char *)), 0, 0};

    return made;
}

/* subjectAltNames */

/** The name as it is compared: of DNS names the case means nothing, mailboxes
 * and paths of URLs have one. */
static const char *san_key(const char *san, apr_pool_t *p)
{
    char *key = apr_pstrdup(p, san);
    char *c;

    if (!strncmp(key, "DNS:", 4)) {
        for (c = key; *c; c++) {
            *c = (char)apr_tolower(*c);
        }
    }
    return key;
}

/** Where each name stands: names to apr_array_header_t's elements. */
static apr_hash_t *places_of(const apr_array_header_t *sans, apr_pool_t *p)
{
    apr_hash_t *places = apr_hash_make(p);
    const char **elements = (const char **)sans->elts;
    int i;

    for (i = sans->nelts - 1; i >= 0; i--) {
        apr_hash_set(places, san_key(elements[i], p), APR_HASH_KEY_STRING,
                     &elements[i]);
    }
    return places;
}

static const char **find_san(apr_hash_t *places, const char *san, apr_pool_t *p)
{
    return apr_hash_get(places, san_key(san, p), APR_HASH_KEY_STRING);
}

static difference_t compare_sans(const apr_array_header_t *asked,
                                 const apr_array_header_t *got, apr_pool_t *p)
{
    difference_t found = make_difference(p);
    apr_hash_t *places = places_of(got, p);
    apr_hash_t *wanted = places_of(asked, p);
    const char **last = NULL;
    const char **at;
    int i;

    for (i = 0; i < asked->nelts; i++) {
        const char *san = APR_ARRAY_IDX(asked, i, const char *);

        at = find_san(places, san, p);
        if (!at) {
            APR_ARRAY_PUSH(found.dropped, const char *) = san;
            continue;
        }
        found.reordered |= last && at < last;
        found.respelt |= strcmp(san, *at) != 0;
        last = at;
    }
    for (i = 0; i < got->nelts; i++) {
        const char *san = APR_ARRAY_IDX(got, i, const char *);

        if (!find_san(wanted, san, p)) {
            APR_ARRAY_PUSH(found.added, const char *) = san;
        }
    }
    return found;
}

/* The subject */

/** One attribute as a name of its own, freed by the caller. */
static X509_NAME *single(const X509_NAME *name, int at)
{
    X509_NAME *one = X509_NAME_new();

    if (one &&
        !X509_NAME_add_entry(one, X509_NAME_get_entry(name, at), -1, 0)) {
        X509_NAME_free(one);
        one = NULL;
    }
    return one;
}

static const char *single_text(const X509_NAME *name, int at, apr_pool_t *p)
{
    X509_NAME *one = single(name, at);
    const char *text = one ? vso_name_text(one, p) : "";

    X509_NAME_free(one);
    return text;
}

/** Compared as RFC 5280, 7.1, has it: neither case nor blanks nor the type of
 * the string count. */
static int same_attribute(const X509_NAME *a, int a_at, const X509_NAME *b,
                          int b_at)
{
    X509_NAME *one = single(a, a_at);
    X509_NAME *other = single(b, b_at);
    int same = one && other && X509_NAME_cmp(one, other) == 0;

    X509_NAME_free(one);
    X509_NAME_free(other);
    return same;
}

/** Attributes that are looked at: more would take minutes to compare. */
static int entries_of(const X509_NAME *name)
{
    int count = X509_NAME_entry_count(name);

    return count < MAX_ATTRIBUTES ? count : MAX_ATTRIBUTES;
}

/** Attributes of `name` that `other` lacks. */
static apr_array_header_t *missing(const X509_NAME *name,
                                   const X509_NAME *other, apr_pool_t *p)
{
    apr_array_header_t *texts = apr_array_make(p, 4, sizeof(const char *));
    int count = entries_of(name);
    int others = entries_of(other);
    int i;
    int j;

    for (i = 0; i < count; i++) {
        for (j = 0; j < others && !same_attribute(name, i, other, j); j++) {
        }
        if (j == others) {
            APR_ARRAY_PUSH(texts, const char *) = single_text(name, i, p);
        }
    }
    return texts;
}

static difference_t compare_subjects(const X509_NAME *asked,
                                     const X509_NAME *got, apr_pool_t *p)
{
    difference_t found = make_difference(p);

    found.dropped = missing(asked, got, p);
    found.added = missing(got, asked, p);
    found.reordered = X509_NAME_cmp(asked, got) != 0;
    found.respelt = strcmp(vso_name_text(asked, p), vso_name_text(got, p)) != 0;
    return found;
}

/* Both in words */

/** "left out A, B; added C" */
static const char *changes(const difference_t *found, apr_pool_t *p)
{
    int both = found->dropped->nelts && found->added->nelts;

    return apr_pstrcat(p, found->dropped->nelts ? "left out " : "",
                       vso_sans_listed(found->dropped, p), both ? "; " : "",
                       found->added->nelts ? "added " : "",
                       vso_sans_listed(found->added, p), NULL);
}

static int has_changes(const difference_t *found)
{
    return found->dropped->nelts || found->added->nelts;
}

/** What is to be said of a common name that was left out. */
static const char *common_name_note(const X509_NAME *subject,
                                    const difference_t *found,
                                    const apr_array_header_t *sans,
                                    apr_pool_t *p)
{
    apr_hash_t *places = places_of(sans, p);
    const char *name = vso_subject_from_name(subject, p)->common_name;
    int i;

    for (i = 0; name && i < found->dropped->nelts; i++) {
        if (!strncmp(APR_ARRAY_IDX(found->dropped, i, const char *),
                     "CN=", 3) &&
            (find_san(places, apr_pstrcat(p, "DNS:", name, NULL), p) ||
             find_san(places, apr_pstrcat(p, "IP:", name, NULL), p))) {
            return " The common name is among the subjectAltNames, where "
                   "clients look for it.";
        }
    }
    return "";
}

static void warn_of_subject(const X509_NAME *asked, X509 *got,
                            const apr_array_header_t *sans, vso_result_t *res)
{
    const X509_NAME *name = X509_get_subject_name(got);
    difference_t found = compare_subjects(asked, name, res->p);

    if (has_changes(&found)) {
        vso_warn(res, "subject-changed",
                 "Of the subject that was asked for, the CA %s.%s%s",
                 changes(&found, res->p),
                 common_name_note(asked, &found, sans, res->p),
                 found.added->nelts ? ""
                                    : " CAs leave out what they have not "
                                      "checked.");
    }
    else if (found.reordered || found.respelt) {
        vso_warn(res, "rewritten",
                 "The subject is the one that was asked for in another %s: "
                 "\"%s\".",
                 found.reordered ? "order" : "spelling",
                 vso_name_text(name, res->p));
    }
}

static void warn_of_sans(const apr_array_header_t *asked,
                         const apr_array_header_t *got, vso_result_t *res)
{
    difference_t found = compare_sans(asked, got, res->p);

    if (has_changes(&found)) {
        vso_warn(res, "names-changed",
                 "Of the subjectAltNames that were asked for, the CA %s.",
                 changes(&found, res->p));
    }
    else if (found.reordered || found.respelt) {
        vso_warn(res, "rewritten",
                 "The subjectAltNames are those that were asked for, in "
                 "another %s, which means nothing to clients.",
                 !found.respelt     ? "order"
                 : !found.reordered ? "spelling (upper and lower case)"
                                    : "order and spelling (upper and lower "
                                      "case)");
    }
}

void vso_difference_warn(const X509_NAME *subject,
                         const apr_array_header_t *sans, X509 *got,
                         vso_result_t *res)
{
    const apr_array_header_t *names = vso_sans_of_cert(got, res->p);

    warn_of_sans(sans, names, res);
    warn_of_subject(subject, got, names, res);
}
