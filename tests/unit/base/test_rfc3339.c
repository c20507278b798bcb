/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/rfc3339.h"

START_TEST(test_reads_times_of_any_zone)
{
    static const struct {
        const char *text;
        apr_int64_t sec;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-11-28T03:50:38Z", 1795837838},
        {"2026-11-28T03:50:38.123456Z", 1795837838},
        {"2026-11-28T05:20:38+01:30", 1795837838},
        {"2026-11-27T22:50:38-05:00", 1795837838},
        {"2024-02-29T23:59:59Z", 1709251199},
        {"9999-12-31T23:59:59Z", 253402300799},
    };
    apr_int64_t sec;
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ck_assert_msg(vso_rfc3339_parse(cases[i].text, &sec), "%s",
                      cases[i].text);
        ck_assert_int_eq(sec, cases[i].sec);
    }
    ck_assert_str_eq(vso_rfc3339_text(1795837838, pool),
                     "2026-11-28T03:50:38Z");
}
END_TEST

START_TEST(test_refuses_what_is_no_time)
{
    static const char *const texts[] = {
        "",
        "tomorrow",
        "2026-11-28",
        "2026-11-28T03:50:38",
        "2026-11-28 03:50:38Z",
        "2026-11-28T03:50Z",
        "2026-11-28T03:50:38Zulu",
        "2026-11-28T03:50:38.",
        "2026-11-28T03:50:38.Z",
        "2026-11-28T03:50:38+0100",
        "2026-11-28T03:50:38+01:00x",
        "2026-11-28T03:50:38+24:00",
        "2026-11-28T03:50:38+01:60",
        "2026-00-28T03:50:38Z",
        "2026-13-28T03:50:38Z",
        "2026-11-00T03:50:38Z",
        "2026-11-31T03:50:38Z",
        "2026-02-29T03:50:38Z",
        "2026-11-28T24:00:00Z",
        "2026-11-28T03:60:38Z",
        "2026-11-28T03:50:60Z",
        "-026-11-28T03:50:38Z",
    };
    apr_int64_t sec;
    size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        ck_assert_msg(!vso_rfc3339_parse(texts[i], &sec), "%s", texts[i]);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("rfc3339");
    TCase *tc = unit_case(s, "rfc3339");

    tcase_add_test(tc, test_reads_times_of_any_zone);
    tcase_add_test(tc, test_refuses_what_is_no_time);
    return s;
}
