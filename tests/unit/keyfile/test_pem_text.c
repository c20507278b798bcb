/* SPDX-License-Identifier: Apache-2.0 */
/* PEM as copying leaves it: the same forms in each place that reads PEM. */

/* AddressSanitizer would check all of what memmem may look at in each call of
 * it: the one pass that texts are read in would become many. */
#define MORE_ASAN_OPTIONS ":intercept_memmem=0"

#include "x509_util.h"

#include "base/base64.h"
#include "base/limits.h"
#include "keyfile/keyfile.h"
#include "x509/bag.h"
#include "x509/pem.h"
#include "x509/reply.h"
#include "x509/one_cert.h"

/** What copying makes of a text. */
typedef const char *form_fn(const char *pem);

/** Each line with something before it and behind it, in place of its end. */
static const char *lines(const char *pem, const char *before,
                         const char *behind)
{
    apr_size_t longer = strlen(before) + strlen(behind) + 1;
    char *text = apr_pcalloc(pool, strlen(pem) * longer + longer);
    char *to = text;

    while (*pem) {
        apr_size_t len = strcspn(pem, "\n");

        to = apr_cpystrn(to, before, longer);
        memcpy(to, pem, len);
        to = apr_cpystrn(to + len, behind, longer);
        pem += len + (pem[len] == '\n');
    }
    return text;
}

/** The text with each c in it written as another text. */
static const char *spelled(const char *text, char c, const char *as)
{
    char *all = apr_pcalloc(pool, strlen(text) * (strlen(as) + 1) + 1);
    char *to = all;

    for (; *text; text++) {
        if (*text == c) {
            to += strlen(strcpy(to, as));
        }
        else {
            *to++ = *text;
        }
    }
    return all;
}

static const char *as_it_is(const char *pem)
{
    return pem;
}

static const char *indented(const char *pem)
{
    return lines(pem, "    ", "\n");
}

static const char *indented_by_tabs(const char *pem)
{
    return lines(pem, "\t", "  \r\n");
}

static const char *indented_by_nbsp(const char *pem)
{
    return lines(pem, "\xC2\xA0\xC2\xA0", "\n");
}

/** The markers glued to each other, and lines as they were. */
static const char *glued(const char *pem)
{
    char *text = apr_pstrdup(pool, pem);
    char *at = text;

    while ((at = strstr(at, "-----\n-----BEGIN"))) {
        memmove(at + 5, at + 6, strlen(at + 6) + 1);
    }
    return text;
}

static const char *on_one_line(const char *pem)
{
    return lines(pem, "", "");
}

static const char *literal_n(const char *pem)
{
    return lines(pem, "", "\\n");
}

static const char *literal_rn(const char *pem)
{
    return lines(pem, "", "\\r\\n");
}

static const char *literal_twice(const char *pem)
{
    return lines(pem, "", "\\\\n");
}

static const char *with_cr_only(const char *pem)
{
    return lines(pem, "", "\r");
}

static const char *with_blanks(const char *pem)
{
    return lines(pem, "", " ");
}

static const char *with_marks(const char *pem)
{
    return apr_pstrcat(pool, "\xEF\xBB\xBF", lines(pem, "", "\r\n"), NULL);
}

/** A value that Java or PHP wrote: slashes, plus and equals signs escaped. */
static const char *in_json(const char *pem)
{
    const char *text = spelled(lines(pem, "", "\\n"), '/', "\\/");

    text = spelled(spelled(text, '+', "\\u002B"), '=', "\\u003d");
    return apr_pstrcat(pool, "{\n \"data\": {\n  \"pem\": \"", text,
                       "\",\n  \"type\": \"rsa\"\n }\n}\n", NULL);
}

static const char *in_a_yaml_block(const char *pem)
{
    return apr_pstrcat(pool, "tls:\n  pem: |\n", lines(pem, "    ", "\n"),
                       "  hosts: [a]\n", NULL);
}

static const char *in_a_yaml_string(const char *pem)
{
    return apr_pstrcat(pool, "pem: \"", lines(pem, "  ", "\\n\\\n"),
                       "\"\nhosts: []\n", NULL);
}

static const char *in_a_secret(const char *pem)
{
    return apr_pstrcat(pool, "apiVersion: v1\nkind: Secret\ndata:\n  tls.crt: ",
                       vso_base64_encode(pem, strlen(pem), pool),
                       "\ntype: kubernetes.io/tls\n", NULL);
}

static const char *in_a_secret_as_json(const char *pem)
{
    return apr_pstrcat(pool, "{\"kind\":\"Secret\",\"data\":{\"tls.crt\":\"",
                       vso_base64_encode(pem, strlen(pem), pool), "\"}}", NULL);
}

static const char *among_prose(const char *pem)
{
    return apr_pstrcat(pool,
                       "Copy all from -----BEGIN CERTIFICATE----- to the line "
                       "-----END CERTIFICATE-----, these included. The "
                       "-----BEGIN PRIVATE KEY----- is yours.\n",
                       pem, "-----\nBye -----BEGIN X-----", NULL);
}

static form_fn *const forms[] = {
    as_it_is,
    indented,
    indented_by_tabs,
    indented_by_nbsp,
    glued,
    on_one_line,
    literal_n,
    literal_rn,
    literal_twice,
    with_cr_only,
    with_blanks,
    with_marks,
    in_json,
    in_a_yaml_block,
    in_a_yaml_string,
    in_a_secret,
    in_a_secret_as_json,
    among_prose,
};

#define FORMS ((int)(sizeof(forms) / sizeof(*forms)))

static vso_secret_t *secret(const char *text)
{
    return vso_secret_copy(text, strlen(text), pool);
}

static apr_status_t read_keystore(const char *text, vso_keyfile_t **pfile)
{
    vso_keyfile_source_t source = {.data = (const unsigned char *)text,
                                   .len = strlen(text),
                                   .password = secret("secret")};

    return vso_keyfile_read(&source, pfile, res, pool);
}

/** The key in the traditional form, encrypted or not. */
static const char *traditional(EVP_PKEY *pkey, const EVP_CIPHER *cipher)
{
    BIO *bio = BIO_new(BIO_s_mem());

    PEM_write_bio_PrivateKey_traditional(
        bio, pkey, cipher, cipher ? (const unsigned char *)"secret" : NULL,
        cipher ? 6 : 0, NULL, NULL);
    return take_bio(bio).data;
}

static void assert_keystore(const char *text, const pki_t *pki, int form)
{
    const vso_keyfile_entry_t *entry;
    vso_keyfile_t *file = NULL;

    ck_assert_msg(read_keystore(text, &file) == APR_SUCCESS, "form %d: %s\n%s",
                  form, res->detail, text);
    ck_assert_int_eq(file->entries->nelts, 1);
    entry = APR_ARRAY_IDX(file->entries, 0, const vso_keyfile_entry_t *);
    ck_assert_int_eq(EVP_PKEY_eq(entry->pkey, pki->leaf_key), 1);
    ck_assert_int_eq(X509_cmp(entry->cert, pki->leaf), 0);
    ck_assert_int_eq(entry->chain->nelts, 1);
}

START_TEST(keystores_are_read)
{
    pki_t pki = make_pki();
    const EVP_CIPHER *ciphers[] = {NULL, EVP_aes_128_cbc()};
    int i;
    int c;

    for (c = 0; c < 2; c++) {
        const char *pem = apr_pstrcat(pool, pem_of(pki.leaf),
                                      traditional(pki.leaf_key, ciphers[c]),
                                      pem_of(pki.mid), NULL);

        for (i = 0; i < FORMS; i++) {
            /* the header of an encrypted key needs something between its
             * words */
            if (!ciphers[c] || forms[i] != on_one_line) {
                assert_keystore(forms[i](pem), &pki, i);
            }
        }
    }
}
END_TEST

START_TEST(replies_are_read)
{
    pki_t pki = make_pki();
    bytes_t bag = bag_of(certs_of(pki.leaf, pki.mid, NULL), 1);
    const char *texts[] = {
        apr_pstrcat(pool, pem_of(pki.leaf), pem_of(pki.mid), NULL), bag.data};
    int i;
    int t;

    for (t = 0; t < 2; t++) {
        for (i = 0; i < FORMS; i++) {
            const char *text = forms[i](texts[t]);
            apr_array_header_t *certs = NULL;

            ck_assert_msg(vso_reply_parse(text, strlen(text), &certs, res,
                                          pool) == APR_SUCCESS,
                          "form %d: %s\n%s", i, res->detail, text);
            ck_assert_int_eq(certs->nelts, 2);
        }
    }
}
END_TEST

START_TEST(trusted_certificates_are_read)
{
    pki_t pki = make_pki();
    int i;

    for (i = 0; i < FORMS; i++) {
        const char *text = forms[i](pem_of(pki.leaf));
        X509 *cert = NULL;

        if (forms[i] == in_a_secret || forms[i] == in_a_secret_as_json) {
            continue; /* of one certificate the text itself is sent */
        }
        ck_assert_msg(vso_one_cert_parse(secret(text), "certificate", &cert,
                                         res, pool) == APR_SUCCESS,
                      "form %d: %s\n%s", i, res->detail, text);
        ck_assert_int_eq(X509_cmp(cert, pki.leaf), 0);
    }
}
END_TEST

/** As Vault answers: values of their own, in any order, some twice. */
START_TEST(values_of_a_document_are_read)
{
    pki_t pki = make_pki();
    const char *leaf = literal_n(pem_of(pki.leaf));
    const char *mid = literal_n(pem_of(pki.mid));
    const char *key = traditional(pki.leaf_key, NULL);
    const char *vault = apr_psprintf(
        pool,
        "{\"lease_id\":\"\",\"data\":{\"ca_chain\":[\"%s\"],\"certificate\":"
        "\"%s\",\"issuing_ca\":\"%s\",\"private_key\":\"%s\","
        "\"private_key_type\":\"ec\",\"serial_number\":\"1f:3a\"}}",
        mid, leaf, mid, literal_n(key));
    const char *kubernetes = apr_psprintf(
        pool,
        "apiVersion: v1\ndata:\n  ca.crt: %s\n  tls.crt: \"%s\"\n  tls.key: "
        "%s\nkind: Secret\nmetadata:\n  name: web\ntype: kubernetes.io/tls\n",
        vso_base64_encode(pem_of(pki.mid), strlen(pem_of(pki.mid)), pool),
        vso_base64_encode(pem_of(pki.leaf), strlen(pem_of(pki.leaf)), pool),
        vso_base64_encode(key, strlen(key), pool));

    assert_keystore(vault, &pki, 0);
    assert_keystore(kubernetes, &pki, 0);
}
END_TEST

static void assert_says(const char *text, vso_problem_e problem,
                        const char *part)
{
    vso_keyfile_t *file = NULL;

    ck_assert_int_ne(read_keystore(text, &file), APR_SUCCESS);
    ck_assert_str_eq(vso_problem_slug(res->problem), vso_problem_slug(problem));
    assert_shows(res->detail, part);
    vso_result_clear(res);
}

START_TEST(damage_is_named)
{
    pki_t pki = make_pki();
    const char *key = traditional(pki.leaf_key, NULL);
    const char *pem = apr_pstrcat(pool, pem_of(pki.leaf), key, NULL);
    int i;

    for (i = 0; i < FORMS; i++) {
        char *text;

        if (forms[i] == in_a_secret || forms[i] == in_a_secret_as_json ||
            forms[i] == among_prose) {
            continue;
        }
        text = apr_pstrdup(pool, forms[i](pem));
        *strstr(text, "-----END EC") = '!';
        assert_says(text, VSO_P_DAMAGED, "\"EC PRIVATE KEY\"");
        text = apr_pstrdup(pool, forms[i](pem));
        *strstr(text, "-----END EC") = '\0';
        assert_says(text, VSO_P_DAMAGED, "cut short");
    }
    assert_says(literal_n("-----BEGIN PRIVATE KEY-----\nAA\\q=\n"
                          "-----END PRIVATE KEY-----\n"),
                VSO_P_DAMAGED, "not base64");
    assert_says("-----BEGIN PRIVATE KEY-----\nAA\\u00e4A\\u00", VSO_P_DAMAGED,
                "cut short");
}
END_TEST

/** A label is printable ASCII of a sensible length, or there is no block. */
START_TEST(labels_are_sane)
{
    static const char *const bad[] = {
        "-----BEGIN -----\nAAAA\n-----END -----\n",
        "-----BEGIN A\nB-----\nAAAA\n-----END A\nB-----\n",
        "-----BEGIN \xFF\xFE-----\nAAAA\n-----END \xFF\xFE-----\n",
        "-----BEGIN 0123456789012345678901234567890123456789012345678901234567"
        "890123456789-----\nAAAA\n",
        "-----BEGIN CERTIFICATE----",
        "-----BEGIN ",
    };
    apr_size_t i;

    for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        vso_pem_reader_t reader = vso_pem_open(bad[i], strlen(bad[i]), pool);
        vso_pem_block_t block;

        ck_assert_int_eq(vso_pem_next(&reader, &block, pool), 0);
    }
}
END_TEST

/** Texts that a reader with steps back would read for minutes. */
START_TEST(one_pass_is_enough)
{
    static const char *const parts[] = {
        "-----BEGIN A-----",
        "-----BEGIN A----- ",
        "\n-----BEGIN A-----",
        "-----BEGIN ",
        "----------",
        "-----END A-----",
        "\\\\\\\\",
        "         ",
        "LS0tLS1CRUdJTi",
        ":LS0tLS1CRUdJTi\n",
        "a: ",
        "-----BEGIN A-----a:\n",
    };
    apr_size_t i;

    for (i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        apr_size_t len = strlen(parts[i]);
        char *text = apr_pcalloc(pool, VSO_MAX_KEYSTORE + 1);
        vso_keyfile_t *file = NULL;
        apr_size_t at;

        for (at = 0; at + len <= VSO_MAX_KEYSTORE; at += len) {
            memcpy(text + at, parts[i], len);
        }
        ck_assert_int_ne(read_keystore(text, &file), APR_SUCCESS);
        vso_result_clear(res);
        memcpy(text, "-----BEGIN PRIVATE KEY-----\n", 28);
        ck_assert_int_ne(read_keystore(text, &file), APR_SUCCESS);
        vso_result_clear(res);
    }
}
END_TEST

START_TEST(blocks_are_counted)
{
    static const char part[] = "-----BEGIN A-----\nAAAA\n-----END A-----\n";
    apr_size_t len = sizeof(part) - 1;
    char *text = apr_pcalloc(pool, (VSO_MAX_PEM_BLOCKS + 21) * len);
    apr_array_header_t *certs = NULL;
    pki_t pki = make_pki();
    int i;

    for (i = 0; i < VSO_MAX_PEM_BLOCKS + 20; i++) {
        memcpy(text + (apr_size_t)i * len, part, len);
    }
    ck_assert_int_ne(vso_reply_parse(text, strlen(text), &certs, res, pool),
                     APR_SUCCESS);
    ck_assert_int_eq(res->problem, VSO_P_TOO_LARGE);
    vso_result_clear(res);
    strcpy(text, traditional(pki.leaf_key, NULL));
    text[strlen(text)] = '\n';
    assert_says(text, VSO_P_TOO_LARGE, "2048 PEM blocks");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pem_text");
    TCase *tc = unit_case(s, "pem_text");

    tcase_add_test(tc, keystores_are_read);
    tcase_add_test(tc, replies_are_read);
    tcase_add_test(tc, trusted_certificates_are_read);
    tcase_add_test(tc, values_of_a_document_are_read);
    tcase_add_test(tc, damage_is_named);
    tcase_add_test(tc, labels_are_sane);
    tcase_add_test(tc, one_pass_is_enough);
    tcase_add_test(tc, blocks_are_counted);
    return s;
}
