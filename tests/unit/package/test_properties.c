/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <string.h>

#include "base/limits.h"
#include "package/properties.h"
#include "package/xml.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define DOCTYPE                                                                \
    "<!DOCTYPE properties SYSTEM "                                             \
    "\"http://java.sun.com/dtd/properties.dtd\">\n"

/** How a document is encoded. */
typedef enum { UTF8, UTF8_MARK, BE, LE } encoding_e;

typedef struct {
    char *data;
    apr_size_t len;
} bytes_t;

/** ASCII text in an encoding. */
static bytes_t encoded(const char *text, encoding_e encoding)
{
    bytes_t bytes = {apr_palloc(pool, 2 * strlen(text) + 4), 0};
    char *to = bytes.data;

    if (encoding == UTF8_MARK) {
        memcpy(to, "\xef\xbb\xbf", 3);
        to += 3;
    }
    if (encoding == BE || encoding == LE) {
        memcpy(to, encoding == BE ? "\xfe\xff" : "\xff\xfe", 2);
        to += 2;
    }
    for (; *text; text++) {
        if (encoding == BE) {
            *to++ = '\0';
        }
        *to++ = *text;
        if (encoding == LE) {
            *to++ = '\0';
        }
    }
    bytes.len = (apr_size_t)(to - bytes.data);
    return bytes;
}

static apr_status_t parse_bytes(bytes_t bytes, vso_xml_t **pxml)
{
    /* of its own, so that a read past the end is seen */
    return vso_xml_parse(apr_pmemdup(pool, bytes.data, bytes.len), bytes.len,
                         "data", pxml, res, pool);
}

static apr_status_t parse(const char *text, vso_xml_t **pxml)
{
    return parse_bytes(encoded(text, UTF8), pxml);
}

static void assert_bad(const char *data, apr_size_t len)
{
    vso_xml_t *xml;

    ck_assert_int_ne(
        vso_xml_parse(data, len, "elements/1/data", &xml, res, pool),
        APR_SUCCESS);
    ck_assert_str_eq(vso_problem_slug(res->problem), "bad-xml");
    ck_assert_str_eq(res->field, "elements/1/data");
}

/** The declaration says what it likes, as Java's writers leave it. */
START_TEST(test_the_mark_decides)
{
    static const char *const heads[] = {
        "",
        "<?xml version='1.0'?>\n",
        "<?xml version='1.0' encoding='UTF-8'?>\n",
        "<?xml version=\"1.0\" encoding=\"UTF-16\" standalone=\"no\"?>\n",
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n",
    };
    static const encoding_e encodings[] = {BE, LE, UTF8_MARK};
    const char *text = apr_pstrcat(pool, heads[_i / 3],
                                   "<a version='1.2'><b>text</b></a>", NULL);
    vso_xml_t *xml;

    assert_ok(parse_bytes(encoded(text, encodings[_i % 3]), &xml));
    ck_assert_str_eq(vso_xml_root(xml), "a");
    ck_assert_str_eq(vso_xml_attribute(xml, "version"), "1.2");
    ck_assert_str_eq(vso_xml_text(xml, "b"), "text");
}
END_TEST

START_TEST(test_refuses_wrong_encodings)
{
    static const char two_bytes[] = "\0<\0a\0/\0>";
    static const char swapped[] = "<\0a\0/\0>\0";
    static const char wide[] = "\xff\xfe\0\0<\0\0\0a\0\0\0/\0\0\0>\0\0\0";
    static const char half[] = "\xfe\xff\0<\0a\0/\0>\0";
    static const char lone[] = "\xfe\xff\0<\0a\0>\xd8\0\0<\0/\0a\0>";
    static const char low[] = "\xfe\xff\0<\0a\0>\xdc\0\0<\0/\0a\0>";
    static const char pair[] = "\xfe\xff\0<\0a\0>\xd8\x3d\0x\0<\0/\0a\0>";
    static const char latin[] = "<a>\xe4</a>";
    static const char declared[] =
        "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xc3\xa4</a>";
    static const char sixteen[] = "<?xml version='1.0' encoding='UTF-16'?><a/>";
    static const char overlong[] = "<a>\xc0\xbc</a>";
    static const char nul[] = "<a>\0</a>";
    static const struct {
        const char *data;
        apr_size_t len;
    } bad[] = {
        {two_bytes, sizeof(two_bytes) - 1}, {swapped, sizeof(swapped) - 1},
        {wide, sizeof(wide) - 1},           {half, sizeof(half) - 1},
        {lone, sizeof(lone) - 1},           {low, sizeof(low) - 1},
        {pair, sizeof(pair) - 1},           {latin, sizeof(latin) - 1},
        {declared, sizeof(declared) - 1},   {sixteen, sizeof(sixteen) - 1},
        {overlong, sizeof(overlong) - 1},   {nul, sizeof(nul) - 1},
    };

    assert_bad(bad[_i].data, bad[_i].len);
}
END_TEST

static const char *const malformed[] = {
    "",
    " ",
    "text",
    "<a>",
    "<a",
    "<a></b>",
    "</a>",
    "<a/><b/>",
    "<a/>text",
    "<?xml encoding='UTF-8'?><a/>",
    "<?xml version='1.0' encoding='UTF-8'",
    " <?xml version='1.0'?><a/>",
    "<a><!-- </a>",
    "<a><![CDATA[ </a>",
    "<a b='1' b='2'/>",
    "<a b=1/>",
    "<a b='<'/>",
    "<a>&nbsp;</a>",
    "<a>&#0;</a>",
    "<a>\x01</a>",
    "<a></a></a>",
    "<a :b='1'/>",
    "<a b='1'\n:b='2'/>",
    "<:a/>",
    "<a><:b></:b></a>",
    /* entities and all that could fetch or grow */
    "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
    "<!DOCTYPE a [<!ENTITY % b SYSTEM 'http://localhost/'> %b;]><a/>",
    "<!DOCTYPE a [<!ENTITY b 'bb'><!ENTITY c '&b;&b;'>]><a>&c;</a>",
    "<!DOCTYPE a [<!ELEMENT a ANY>]><a/>",
    "<!DOCTYPE a SYSTEM 'a.dtd' [<!ATTLIST a b CDATA 'c'>]><a/>",
    "<a><!ENTITY b 'c'></a>",
    "<a><!DOCTYPE b></a>",
};

START_TEST(test_refuses_malformed)
{
    assert_bad(malformed[_i], strlen(malformed[_i]));
    vso_result_clear(res);
    if (*malformed[_i]) {
        bytes_t wide = encoded(malformed[_i], BE);

        assert_bad(wide.data, wide.len);
    }
}
END_TEST

/** The DOCTYPE of all Orchestrator files; nothing is fetched for it. */
START_TEST(test_accepts_a_doctype)
{
    vso_xml_t *xml;

    assert_ok(parse(DOCTYPE "<properties/>", &xml));
    assert_ok(parse("<!DOCTYPE a SYSTEM 'file:///nonexistent'><a/>", &xml));
    assert_ok(parse("<!DOCTYPE a PUBLIC '-//a' '/dev/zero'><a/>", &xml));
}
END_TEST

static const char *nested(int depth)
{
    char *text = apr_palloc(pool, 7 * (apr_size_t)depth + 1);
    char *at = text;
    int i;

    for (i = 0; i < depth; i++, at += 3) {
        memcpy(at, "<a>", 3);
    }
    for (i = 0; i < depth; i++, at += 4) {
        memcpy(at, "</a>", 4);
    }
    *at = '\0';
    return text;
}

START_TEST(test_depth_has_a_cap)
{
    const char *deep = nested(VSO_MAX_XML_DEPTH + 1);
    vso_xml_t *xml;

    assert_ok(parse(nested(VSO_MAX_XML_DEPTH), &xml));
    assert_bad(deep, strlen(deep));
    vso_result_clear(res);
    deep = nested(200000);
    assert_bad(deep, strlen(deep));
}
END_TEST

/** What would be much in memory is refused while it is still text. */
START_TEST(test_memory_has_a_cap)
{
    static const char *const pieces[] = {"<b/>", "&amp;", "\n",
                                         "<b c='' d=''/>"};
    apr_size_t count = VSO_MAX_XML_NODES + 1;
    apr_size_t len = strlen(pieces[_i]);
    char *text = apr_palloc(pool, count * len + 20);
    char *at = text + 3;
    apr_size_t i;

    memcpy(text, "<a>", 3);
    for (i = 0; i < count; i++, at += len) {
        memcpy(at, pieces[_i], len);
    }
    memcpy(at, "</a>", 5);
    assert_bad(text, strlen(text));
}
END_TEST

START_TEST(test_size_has_a_cap)
{
    char *text = apr_palloc(pool, VSO_MAX_XML + 2);
    vso_xml_t *xml;

    memset(text, ' ', VSO_MAX_XML + 1);
    memcpy(text, "<a/>", 4);
    text[VSO_MAX_XML + 1] = '\0';
    assert_ok(vso_xml_parse(text, VSO_MAX_XML, "data", &xml, res, pool));
    assert_refused(
        vso_xml_parse(text, VSO_MAX_XML + 1, "data", &xml, res, pool),
        VSO_P_TOO_LARGE);
}
END_TEST

START_TEST(test_finds_what_is_asked_for)
{
    apr_array_header_t *names;
    apr_array_header_t *texts;
    vso_xml_t *xml;

    assert_ok(parse("<c x:name='other' name='n&amp;' xmlns:x='u'>"
                    "<d><category name='A'><name><![CDATA[<A>]]> &#228;</name>"
                    "</category></d><category/><category name=''/>"
                    "<category name='B'><name/></category></c>",
                    &xml));
    ck_assert_str_eq(vso_xml_attribute(xml, "name"), "n&");
    ck_assert_ptr_null(vso_xml_attribute(xml, "version"));
    ck_assert_str_eq(vso_xml_text(xml, "name"), "<A> \xc3\xa4");
    ck_assert_ptr_null(vso_xml_text(xml, "c"));
    names = vso_xml_attributes(xml, "category", "name", pool);
    ck_assert_str_eq(apr_array_pstrcat(pool, names, '/'), "A//B");
    texts = vso_xml_texts(xml, "name", pool);
    ck_assert_int_eq(texts->nelts, 2);
    ck_assert_str_eq(APR_ARRAY_IDX(texts, 1, const char *), "");
}
END_TEST

static const char java[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n" DOCTYPE
    "<properties>\n<comment>UTF-16</comment>\n"
    "<entry key=\"vso-build-nb\">10044239</entry>\n"
    "<entry key=\"pkg-description\"/>\n"
    "<entry key=\"pkg-name\">com.example &lt;&amp;&gt; \xe2\x9c\x93</entry>\n"
    "</properties>\n";

/** As a server writes them, byte for byte. */
START_TEST(test_reads_and_writes_properties)
{
    apr_table_t *table;

    assert_ok(vso_properties_parse(java, sizeof(java) - 1, "info", &table, res,
                                   pool));
    ck_assert_str_eq(apr_table_get(table, "pkg-name"),
                     "com.example <&> \xe2\x9c\x93");
    ck_assert_str_eq(apr_table_get(table, "pkg-description"), "");
    ck_assert_ptr_null(apr_table_get(table, "pkg-id"));
    ck_assert_str_eq(vso_properties_write(table, pool), java);
}
END_TEST

/** Whatever a value holds comes back. */
START_TEST(test_properties_keep_every_character)
{
    static const char value[] = " a\r\n\tb \"'<>&]]> \xf0\x9f\x94\x91 ";
    apr_table_t *table = apr_table_make(pool, 2);
    apr_table_t *again;
    const char *text;

    apr_table_setn(table, value, value);
    text = vso_properties_write(table, pool);
    assert_ok(
        vso_properties_parse(text, strlen(text), "info", &again, res, pool));
    ck_assert_str_eq(apr_table_get(again, value), value);
    /* XML has no way to say these */
    apr_table_setn(table, "a", "x\x01\x1fy");
    text = vso_properties_write(table, pool);
    assert_ok(
        vso_properties_parse(text, strlen(text), "info", &again, res, pool));
    ck_assert_str_eq(apr_table_get(again, "a"), "xy");
}
END_TEST

START_TEST(test_refuses_other_properties)
{
    static const char *const bad[] = {
        "<props/>",
        "<properties><entry>a</entry></properties>",
        "<properties><entry key='a'/><entry key='a'/></properties>",
        "<properties><entry key='Type'/><entry key='type'/></properties>",
        "<properties><entry key='a'><b/></entry></properties>",
        "<properties><other/></properties>",
        "<properties><comment><entry key='a'/></comment></properties>",
    };
    apr_table_t *table;

    assert_refused(vso_properties_parse(bad[_i], strlen(bad[_i]), "info",
                                        &table, res, pool),
                   VSO_P_BAD_XML);
}
END_TEST

static const struct {
    const char *before;
    const char *value;
    const char *after;
} edits[] = {
    /* replaced, in place */
    {"<a b='1' allowed-operations='vef' c='2'>t</a>", "v",
     "<a b='1' allowed-operations=\"v\" c='2'>t</a>"},
    {"<a\n  allowed-operations = \"vef\"\n/>", "vf",
     "<a allowed-operations=\"vf\"\n/>"},
    /* added */
    {"<a/>", "v", "<a allowed-operations=\"v\"/>"},
    {"<?xml version='1.0'?>\n<!-- <x> -->\n<a b='>'>\n</a>\n", "",
     "<?xml version='1.0'?>\n<!-- <x> -->\n<a allowed-operations=\"\" "
     "b='>'>\n</a>\n"},
    /* removed */
    {"<a b='1' allowed-operations='vef' c='2'/>", NULL, "<a b='1' c='2'/>"},
    {"<a allowed-operations='vef'/>", NULL, "<a/>"},
    {"<a/>", NULL, "<a/>"},
    /* not taken for it */
    {"<a b=' allowed-operations=\"x\"'><c allowed-operations='e'/></a>", "v",
     "<a allowed-operations=\"v\" b=' allowed-operations=\"x\"'>"
     "<c allowed-operations='e'/></a>"},
    {"<a my-allowed-operations='x' allowed-operations2='y'/>", NULL,
     "<a my-allowed-operations='x' allowed-operations2='y'/>"},
};

START_TEST(test_sets_an_attribute)
{
    static const encoding_e encodings[] = {UTF8, UTF8_MARK, BE, LE};
    int i = _i / 4;
    bytes_t before = encoded(edits[i].before, encodings[_i % 4]);
    bytes_t after = encoded(edits[i].after, encodings[_i % 4]);
    vso_xml_bytes_t changed;
    vso_xml_t *xml;

    assert_ok(parse_bytes(before, &xml));
    assert_ok(vso_xml_set_attribute(xml, "allowed-operations", edits[i].value,
                                    &changed, res, pool));
    ck_assert_uint_eq(changed.len, after.len);
    ck_assert_mem_eq(changed.data, after.data, changed.len);
}
END_TEST

START_TEST(test_sets_nothing_that_needs_escaping)
{
    vso_xml_bytes_t changed;
    vso_xml_t *xml;

    assert_ok(parse("<a/>", &xml));
    assert_refused(vso_xml_set_attribute(xml, "b", "\"", &changed, res, pool),
                   VSO_P_INTERNAL);
    vso_result_clear(res);
    assert_refused(vso_xml_set_attribute(xml, "b=", "c", &changed, res, pool),
                   VSO_P_INTERNAL);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("properties");
    TCase *tc = unit_case(s, "XML");

    tcase_add_loop_test(tc, test_the_mark_decides, 0, 15);
    tcase_add_loop_test(tc, test_refuses_wrong_encodings, 0, 12);
    tcase_add_loop_test(tc, test_refuses_malformed, 0, (int)COUNT(malformed));
    tcase_add_test(tc, test_accepts_a_doctype);
    tcase_add_test(tc, test_depth_has_a_cap);
    tcase_add_loop_test(tc, test_memory_has_a_cap, 0, 4);
    tcase_add_test(tc, test_size_has_a_cap);
    tcase_add_test(tc, test_finds_what_is_asked_for);
    tcase_add_loop_test(tc, test_sets_an_attribute, 0, 4 * (int)COUNT(edits));
    tcase_add_test(tc, test_sets_nothing_that_needs_escaping);
    tc = unit_case(s, "properties");
    tcase_add_test(tc, test_reads_and_writes_properties);
    tcase_add_test(tc, test_properties_keep_every_character);
    tcase_add_loop_test(tc, test_refuses_other_properties, 0, 7);
    return s;
}
