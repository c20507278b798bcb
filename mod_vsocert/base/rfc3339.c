/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rfc3339.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_time.h>

/* What four digits of a year can say. */
#define FIRST_SEC (-APR_INT64_C(62167219200))
#define LAST_SEC  APR_INT64_C(253402300799)

const char *vso_rfc3339_text(apr_int64_t sec, apr_pool_t *p)
{
    apr_time_exp_t t;

    sec = sec < FIRST_SEC ? FIRST_SEC : sec > LAST_SEC ? LAST_SEC : sec;
    if (apr_time_exp_gmt(&t, apr_time_from_sec(sec)) != APR_SUCCESS) {
        return NULL;
    }
    return apr_psprintf(p, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.tm_year + 1900,
                        t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
}

/** Digits where the pattern has 0, else the pattern's own character. */
static int fits(const char *text, const char *pattern)
{
    apr_size_t i;

    for (i = 0; pattern[i]; i++) {
        if (pattern[i] == '0' ? !apr_isdigit(text[i]) : text[i] != pattern[i]) {
            return 0;
        }
    }
    return 1;
}

static int two(const char *digits)
{
    return (digits[0] - '0') * 10 + digits[1] - '0';
}

/** What is behind the seconds: a fraction, and "Z" or "+01:00".
 * @param pahead  seconds that the time is ahead of UTC */
static int parse_zone(const char *zone, int *pahead)
{
    int ahead;

    if (zone[0] == '.' && apr_isdigit(zone[1])) {
        do {
            zone++;
        } while (apr_isdigit(*zone));
    }
    *pahead = 0;
    if (!strcmp(zone, "Z")) {
        return 1;
    }
    if ((*zone != '+' && *zone != '-') || !fits(zone + 1, "00:00") || zone[6] ||
        two(zone + 1) > 23 || two(zone + 4) > 59) {
        return 0;
    }
    ahead = (two(zone + 1) * 60 + two(zone + 4)) * 60;
    *pahead = *zone == '-' ? -ahead : ahead;
    return 1;
}

/** @param ptime  set where there is such a time: the month has this day */
static int is_time(apr_time_exp_t *t, apr_time_t *ptime)
{
    apr_time_exp_t back;

    return t->tm_mon >= 0 && t->tm_mon <= 11 && t->tm_hour <= 23 &&
           t->tm_min <= 59 && t->tm_sec <= 59 &&
           apr_time_exp_gmt_get(ptime, t) == APR_SUCCESS &&
           apr_time_exp_gmt(&back, *ptime) == APR_SUCCESS &&
           back.tm_mday == t->tm_mday;
}

int vso_rfc3339_parse(const char *text, apr_int64_t *psec)
{
    apr_time_exp_t t = {0};
    apr_time_t time;
    int ahead;

    if (!fits(text, "0000-00-00T00:00:00") ||
        !parse_zone(text + strlen("2026-01-01T00:00:00"), &ahead)) {
        return 0;
    }
    t.tm_year = two(text) * 100 + two(text + 2) - 1900;
    t.tm_mon = two(text + 5) - 1;
    t.tm_mday = two(text + 8);
    t.tm_hour = two(text + 11);
    t.tm_min = two(text + 14);
    t.tm_sec = two(text + 17);
    if (!is_time(&t, &time)) {
        return 0;
    }
    *psec = apr_time_sec(time) - ahead;
    return 1;
}
