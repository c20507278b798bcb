/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <string.h>

#include "base/secret.h"
#include "store/master_key.h"

/** The key in a text; NULL: none. */
static vso_secret_t *decode(const char *text)
{
    return vso_master_key_decode(vso_secret_copy(text, strlen(text), pool),
                                 pool);
}

#define RAW "0123456789abcdef0123456789ABCDEF"
#define HEX "3031323334353637383961626364656630313233343536373839414243444546"
#define B64 "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlBQkNERUY="

START_TEST(reads_all_forms)
{
    static const char *const texts[] = {RAW,         HEX, HEX "\n",
                                        HEX " \r\n", B64, B64 "\n"};
    vso_secret_t *key = decode(texts[_i]);

    ck_assert_ptr_nonnull(key);
    ck_assert_uint_eq(key->len, 32);
    ck_assert(!memcmp(key->data, RAW, 32));
}
END_TEST

START_TEST(refuses_all_else)
{
    static const char *const texts[] = {
        "",      "\n",     "short", RAW "\n", HEX "0",
        HEX HEX, "zz" HEX, B64 B64, "-",      "MDEyMzQ1Njc4OWFiY2RlZg=="};

    ck_assert_ptr_null(decode(texts[_i]));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("master_key");
    TCase *tc = unit_case(s, "master_key");

    tcase_add_loop_test(tc, reads_all_forms, 0, 6);
    tcase_add_loop_test(tc, refuses_all_else, 0, 10);
    return s;
}
