/* SPDX-License-Identifier: Apache-2.0 */
#include "package_service_util.h"

#include "service/package/decrypt.h"

#define FILE_NAME "elements/1/data.p7m"

static bytes_t sealed_for(const apr_array_header_t *certs)
{
    const vso_envelope_file_t file = {FLOW_DATA, strlen(FLOW_DATA), FILE_NAME};
    const unsigned char *der = NULL;
    bytes_t bytes;

    assert_ok(vso_envelope_seal(&file, certs, &der, &bytes.len, res, pool));
    bytes.data = (const char *)der;
    return bytes;
}

static apr_status_t try_open(bytes_t sealed, vso_secret_t **pplain,
                             apr_array_header_t **pneeds)
{
    return vso_decrypt_open(vso_decrypt_create(context), sealed.data,
                            sealed.len, FILE_NAME, pplain, pneeds, res, pool);
}

static apr_array_header_t *assert_opens(bytes_t sealed)
{
    apr_array_header_t *needs = NULL;
    vso_secret_t *plain = NULL;

    assert_ok(try_open(sealed, &plain, &needs));
    ck_assert_uint_eq(plain->len, strlen(FLOW_DATA));
    ck_assert_mem_eq(plain->data, FLOW_DATA, plain->len);
    return needs;
}

START_TEST(keys_of_all_entries_open)
{
    vso_version_t *first = create_key("rsa-2048");
    vso_version_t *second = create_key("ec-p256");
    apr_array_header_t *needs;
    vso_version_t *other;

    /* first is passive now */
    needs = assert_opens(sealed_for(certs_of(cert_of(first), NULL)));
    ck_assert_int_eq(needs->nelts, 1);
    ck_assert_str_eq(APR_ARRAY_IDX(needs, 0, const char *),
                     first->key_fingerprint);
    context->entry = "other";
    other = create_key("rsa-2048");
    context->entry = "server";
    needs = assert_opens(sealed_for(
        certs_of(cert_of(other), cert_of(first), cert_of(second), NULL)));
    ck_assert_int_eq(needs->nelts, 3);
    ck_assert(vso_text_listed(needs, first->key_fingerprint));
    ck_assert(vso_text_listed(needs, second->key_fingerprint));
    ck_assert(vso_text_listed(needs, other->key_fingerprint));
}
END_TEST

START_TEST(strangers_files_stay_closed)
{
    X509 *stranger = make_cert(&(wish_t){.cn = "stranger",
                                         .key = rsa_key(2048),
                                         .key_usage = "keyEncipherment"});
    bytes_t sealed = sealed_for(certs_of(stranger, NULL));
    vso_secret_t *plain = NULL;

    assert_refused(try_open(sealed, &plain, NULL), VSO_P_NO_RECIPIENT);
    create_key("rsa-2048");
    assert_refused(try_open(sealed, &plain, NULL), VSO_P_NO_RECIPIENT);
    ck_assert_ptr_null(plain);
}
END_TEST

START_TEST(destroyed_keys_open_nothing)
{
    vso_version_t *old = create_key("rsa-2048");
    bytes_t sealed = sealed_for(certs_of(cert_of(old), NULL));
    vso_destroyed_t destroyed;
    vso_secret_t *plain = NULL;

    create_key("rsa-2048");
    assert_opens(sealed);
    assert_ok(destroy_key(old->id, 0, 0, &destroyed));
    assert_refused(try_open(sealed, &plain, NULL), VSO_P_NO_RECIPIENT);
}
END_TEST

/** The cause is told, and not that there is no key. */
START_TEST(a_key_that_does_not_open_is_told)
{
    vso_version_t *version = create_key("rsa-2048");
    bytes_t sealed = sealed_for(certs_of(cert_of(version), NULL));
    vso_version_t *second;
    vso_secret_t *plain = NULL;

    edit("UPDATE vmo_keystore SET sealed_key = 'AAAA'");
    assert_refused(try_open(sealed, &plain, NULL), VSO_P_DAMAGED);
    /* another one that fits does */
    second = create_key("rsa-2048");
    assert_opens(sealed_for(certs_of(cert_of(version), cert_of(second), NULL)));
    context = service_on(vso_store_db(context->store),
                         ring_of("ffffffffffffffffffffffffffffffff", NULL));
    assert_refused(
        try_open(sealed_for(certs_of(cert_of(second), NULL)), &plain, NULL),
        VSO_P_SEALED);
    ck_assert_ptr_null(plain);
}
END_TEST

START_TEST(what_is_no_envelope_is_refused)
{
    bytes_t sealed =
        sealed_for(certs_of(cert_of(create_key("rsa-2048")), NULL));
    vso_secret_t *plain = NULL;

    sealed.len /= 2;
    ck_assert_int_ne(try_open(sealed, &plain, NULL), APR_SUCCESS);
    ck_assert_int_ne(res->problem, VSO_P_NONE);
    ck_assert_str_eq(res->field, FILE_NAME);
    ck_assert_ptr_null(plain);
    vso_result_clear(res);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("decrypt");
    TCase *tc = service_case(s, "decrypt");

    tcase_add_test(tc, keys_of_all_entries_open);
    tcase_add_test(tc, strangers_files_stay_closed);
    tcase_add_test(tc, destroyed_keys_open_nothing);
    tcase_add_test(tc, a_key_that_does_not_open_is_told);
    tcase_add_test(tc, what_is_no_envelope_is_refused);
    return s;
}
