/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What each unit test program needs: a pool per test, and a main. A program
 * tests one file of the core and defines `Suite *suite(void)`.
 */
#ifndef VSO_UNIT_H
#define VSO_UNIT_H

/* clang and gcc both warn about Check's own macros under -Wformat=2. */
#include <check.h>
#include <stdlib.h>

#include <apr_general.h>
#include <apr_pools.h>
#include <apr_strings.h>

#include "asan_options.h"
#include "base/result.h"

static apr_pool_t *pool;  /**< cleared after each test */
static vso_result_t *res; /**< fresh for each test */

static void unit_setup(void)
{
    apr_pool_create(&pool, NULL);
    res = vso_result_create(pool);
}

static void unit_teardown(void)
{
    apr_pool_destroy(pool);
    pool = NULL;
}

/** Template for mkdtemp and mkstemp, where temporary files are to be. */
static inline char *temp_path(const char *name)
{
    const char *folder = getenv("TMPDIR");

    return apr_pstrcat(pool, folder ? folder : "/tmp", "/", name, "-XXXXXX",
                       NULL);
}

/** A case whose tests get `pool` and `res`. */
static inline TCase *unit_case(Suite *suite, const char *name)
{
    TCase *tc = tcase_create(name);

    tcase_add_checked_fixture(tc, unit_setup, unit_teardown);
    tcase_set_timeout(tc, 120);
    suite_add_tcase(suite, tc);
    return tc;
}

static Suite *suite(void);

int main(void)
{
    SRunner *runner;
    int failed;

    apr_initialize();
    runner = srunner_create(suite());
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    apr_terminate();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/** The call succeeds, or the test fails with what was reported. */
#define assert_ok(call)                                                        \
    do {                                                                       \
        apr_status_t rv_ = (call);                                             \
        ck_assert_msg(rv_ == APR_SUCCESS && res->problem == VSO_P_NONE,        \
                      "%s: %s", vso_problem_slug(res->problem),                \
                      res->detail ? res->detail : "");                         \
    } while (0)

/** The call is refused with this problem; res is cleared for what follows. */
#define assert_refused(call, expected)                                         \
    do {                                                                       \
        apr_status_t rv_ = (call);                                             \
        ck_assert_int_ne(rv_, APR_SUCCESS);                                    \
        ck_assert_str_eq(vso_problem_slug(res->problem),                       \
                         vso_problem_slug(expected));                          \
        vso_result_clear(res);                                                 \
    } while (0)

#endif
