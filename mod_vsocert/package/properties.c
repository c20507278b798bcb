/* SPDX-License-Identifier: Apache-2.0 */
#include "package/properties.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "package/xml.h"

#define HEAD                                                                   \
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n"           \
    "<!DOCTYPE properties SYSTEM "                                             \
    "\"http://java.sun.com/dtd/properties.dtd\">\n"                            \
    "<properties>\n"                                                           \
    "<comment>UTF-16</comment>\n"
#define TAIL "</properties>\n"

static const char *lower(const char *key, apr_pool_t *p)
{
    char *text = apr_pstrdup(p, key);
    char *c;

    for (c = text; *c; c++) {
        *c = (char)apr_tolower(*c);
    }
    return text;
}

/** Tables are looked up without regard to case: keys that differ in nothing
 * else would be two for Java and one here. */
static apr_status_t add_entries(const vso_xml_t *xml, const char *file,
                                apr_table_t *table, vso_result_t *res,
                                apr_pool_t *p)
{
    apr_array_header_t *keys = vso_xml_attributes(xml, "entry", "key", p);
    apr_array_header_t *texts = vso_xml_texts(xml, "entry", p);
    apr_hash_t *seen = apr_hash_make(p);
    int i;

    if (keys->nelts != texts->nelts) {
        return vso_encoding_bad(file, "has an entry without key", res);
    }
    for (i = 0; i < keys->nelts; i++) {
        const char *key = APR_ARRAY_IDX(keys, i, const char *);
        const char *known = lower(key, p);

        if (apr_hash_get(seen, known, APR_HASH_KEY_STRING)) {
            return vso_encoding_bad(
                file, apr_psprintf(p, "has the key \"%.100s\" twice", key),
                res);
        }
        apr_hash_set(seen, known, APR_HASH_KEY_STRING, known);
        apr_table_add(table, key, APR_ARRAY_IDX(texts, i, const char *));
    }
    return APR_SUCCESS;
}

apr_status_t vso_properties_parse(const char *data, apr_size_t len,
                                  const char *file, apr_table_t **ptable,
                                  vso_result_t *res, apr_pool_t *p)
{
    apr_table_t *table = apr_table_make(p, 8);
    vso_xml_t *xml = NULL;
    apr_pool_t *work;
    apr_status_t rv;

    apr_pool_create(&work, p);
    rv = vso_xml_parse(data, len, file, &xml, res, work);
    if (rv == APR_SUCCESS && (strcmp(vso_xml_root(xml), "properties") ||
                              !vso_xml_flat(xml, "comment", "entry"))) {
        rv = vso_encoding_bad(file, "is no Java properties file", res);
    }
    if (rv == APR_SUCCESS) {
        rv = add_entries(xml, file, table, res, work);
    }
    if (rv == APR_SUCCESS) {
        *ptable = table;
    }
    apr_pool_destroy(work);
    return rv;
}

/** Text as it stands in an attribute or element: no parser changes its blanks.
 * Controls that XML cannot say are left out. */
static const char *escape(const char *text, apr_pool_t *p)
{
    char *out = apr_palloc(p, 6 * strlen(text) + 1);
    char *to = out;

    for (; *text; text++) {
        const char *name = NULL;

        switch (*text) {
        case '&':
            name = "&amp;";
            break;
        case '<':
            name = "&lt;";
            break;
        case '>':
            name = "&gt;";
            break;
        case '"':
            name = "&quot;";
            break;
        case '\r':
            name = "&#13;";
            break;
        case '\n':
            name = "&#10;";
            break;
        case '\t':
            name = "&#9;";
            break;
        default:
            break;
        }
        if (name) {
            memcpy(to, name, strlen(name));
            to += strlen(name);
        }
        else if ((unsigned char)*text >= 0x20) {
            *to++ = *text;
        }
    }
    *to = '\0';
    return out;
}

const char *vso_properties_write(const apr_table_t *table, apr_pool_t *p)
{
    const apr_array_header_t *entries = apr_table_elts(table);
    apr_array_header_t *parts =
        apr_array_make(p, entries->nelts + 2, sizeof(const char *));
    int i;

    APR_ARRAY_PUSH(parts, const char *) = HEAD;
    for (i = 0; i < entries->nelts; i++) {
        const apr_table_entry_t *entry =
            &APR_ARRAY_IDX(entries, i, apr_table_entry_t);

        APR_ARRAY_PUSH(parts, const char *) =
            *entry->val
                ? apr_psprintf(p, "<entry key=\"%s\">%s</entry>\n",
                               escape(entry->key, p), escape(entry->val, p))
                : apr_psprintf(p, "<entry key=\"%s\"/>\n",
                               escape(entry->key, p));
    }
    APR_ARRAY_PUSH(parts, const char *) = TAIL;
    return apr_array_pstrcat(p, parts, 0);
}
