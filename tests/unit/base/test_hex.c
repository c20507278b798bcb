/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/hex.h"

START_TEST(writes_two_lower_case_digits_a_byte)
{
    static const unsigned char bytes[] = {0x00, 0x0f, 0xa5, 0xff};

    ck_assert_str_eq(vso_hex(bytes, sizeof(bytes), pool), "000fa5ff");
    ck_assert_str_eq(vso_hex(bytes, 0, pool), "");
}
END_TEST

/** The example of FIPS 180-4. */
START_TEST(writes_sha_256)
{
    ck_assert_str_eq(
        vso_hex_sha256((const unsigned char *)"abc", 3, pool),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("hex");
    TCase *tc = unit_case(s, "hex");

    tcase_add_test(tc, writes_two_lower_case_digits_a_byte);
    tcase_add_test(tc, writes_sha_256);
    return s;
}
