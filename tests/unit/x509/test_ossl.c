/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include <string.h>

#include <openssl/crypto.h>

#include "base/limits.h"
#include "x509/ossl.h"

START_TEST(compares_versions)
{
    static const char *const sorted[] = {"1.1.1",  "3",     "3.0.7",  "3.0.19",
                                         "3.0.22", "3.1.0", "3.10.1", "10.0.0"};
    int count = sizeof(sorted) / sizeof(sorted[0]);
    int i;
    int j;

    for (i = 0; i < count; i++) {
        for (j = 0; j < count; j++) {
            ck_assert_int_eq(vso_ossl_is_older(sorted[i], sorted[j]), i < j);
        }
    }
    ck_assert(!vso_ossl_is_older("3.0.0", "3"));
    ck_assert(!vso_ossl_is_older("3", "3.0.0"));
}
END_TEST

START_TEST(judges_what_runs)
{
    const char *runs = OpenSSL_version(OPENSSL_VERSION_STRING);
    const char *unsound = vso_ossl_unsound(pool);

    if (vso_ossl_is_older(runs, VSO_SOUND_OPENSSL)) {
        ck_assert_str_eq(unsound, runs);
    }
    else {
        ck_assert_ptr_null(unsound);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ossl");
    TCase *tc = unit_case(s, "ossl");

    tcase_add_test(tc, compares_versions);
    tcase_add_test(tc, judges_what_runs);
    return s;
}
