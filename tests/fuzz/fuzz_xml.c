/* SPDX-License-Identifier: Apache-2.0 */
#define FUZZ_NAME "xml"
#include "fuzz.h"

#include <apr_tables.h>

#include "base/utf8.h"
#include "package/properties.h"
#include "package/xml.h"

static void refused(void)
{
    PROMISE(res->problem == VSO_P_BAD_XML || res->problem == VSO_P_TOO_LARGE);
    PROMISE(res->field && res->detail);
}

/** What was read is written, and reads the same again. */
static void properties(const char *data, apr_size_t len)
{
    const apr_table_entry_t *a;
    const apr_table_entry_t *b;
    const char *text;
    apr_table_t *table;
    apr_table_t *again;
    int i;

    if (vso_properties_parse(data, len, "info", &table, res, pool) !=
        APR_SUCCESS) {
        refused();
        return;
    }
    text = vso_properties_write(table, pool);
    PROMISE(vso_properties_parse(text, strlen(text), "again", &again, res,
                                 pool) == APR_SUCCESS);
    PROMISE(apr_table_elts(table)->nelts == apr_table_elts(again)->nelts);
    a = (const apr_table_entry_t *)apr_table_elts(table)->elts;
    b = (const apr_table_entry_t *)apr_table_elts(again)->elts;
    for (i = 0; i < apr_table_elts(table)->nelts; i++) {
        PROMISE(vso_utf8_valid(a[i].key, strlen(a[i].key)));
        PROMISE(!strcmp(a[i].key, b[i].key) && !strcmp(a[i].val, b[i].val));
    }
}

static void document(const char *data, apr_size_t len)
{
    const char *value;
    const char *before;
    vso_xml_bytes_t set;
    vso_xml_t *xml;
    vso_xml_t *again;

    if (vso_xml_parse(data, len, "data", &xml, res, pool) != APR_SUCCESS) {
        refused();
        return;
    }
    vso_xml_attributes(xml, "category", "name", pool);
    vso_xml_text(xml, "display-name");
    before = vso_xml_attribute(xml, "version");
    PROMISE(vso_xml_set_attribute(xml, "allowed-operations", "vf", &set, res,
                                  pool) == APR_SUCCESS);
    if (vso_xml_parse(set.data, set.len, "set", &again, res, pool) !=
        APR_SUCCESS) {
        /* one attribute more may be over a cap */
        PROMISE(res->problem == VSO_P_TOO_LARGE ||
                strstr(res->detail, "too many"));
        return;
    }
    value = vso_xml_attribute(again, "allowed-operations");
    PROMISE(value && !strcmp(value, "vf"));
    value = vso_xml_attribute(again, "version");
    PROMISE(!value == !before && (!value || !strcmp(value, before)));
    PROMISE(!strcmp(vso_xml_root(again), vso_xml_root(xml)));
}

static void one(const unsigned char *data, apr_size_t len)
{
    if (len > 0 && *data == 'P') {
        properties((const char *)data + 1, len - 1);
    }
    else if (len > 0) {
        document((const char *)data + 1, len - 1);
    }
}
