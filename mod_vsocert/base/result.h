/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a use case reports to its caller: nothing wrong, or one problem with
 * the field or file at fault and what to do about it, plus warnings that
 * refuse nothing. The core never logs a refusal and never prints it: the edge
 * turns the result into a problem document once.
 */
#ifndef VSO_RESULT_H
#define VSO_RESULT_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/problem.h"

/** A remark that refuses nothing, for example "chain-incomplete". */
typedef struct {
    const char *slug;
    const char *detail;
    int count; /**< of how many things of a kind; 0: it is not counted */
} vso_warning_t;

/** What came of a call: a problem, or none, and warnings. */
typedef struct {
    apr_pool_t *p;                /**< where the texts below live */
    vso_problem_e problem;        /**< VSO_P_NONE while all is well */
    const char *field;            /**< member, parameter or file; or NULL */
    const char *detail;           /**< what is wrong and what to do */
    apr_array_header_t *warnings; /**< of vso_warning_t */
} vso_result_t;

/** Make an empty result whose texts live as long as p. */
vso_result_t *vso_result_create(apr_pool_t *p);

/**
 * Report a problem. The first one stays: a later failure on the way out does
 * not hide the cause.
 * @param field  what is at fault, copied; or NULL
 * @param fmt    apr_psprintf format; must never be given a secret
 * @return APR_EGENERAL always, so that `return vso_fail(...)` reads well
 */
apr_status_t vso_fail(vso_result_t *res, vso_problem_e problem,
                      const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/** Report the problem of another result; its warnings stay there. */
apr_status_t vso_fail_as(vso_result_t *res, const vso_result_t *cause);

/** Add a warning; the same slug and detail are kept once. */
void vso_warn(vso_result_t *res, const char *slug, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/** Add one warning about several things of a kind. @param count how many */
void vso_warn_count(vso_result_t *res, const char *slug, int count,
                    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/** Forget problem and warnings, for another try of the same thing. */
void vso_result_clear(vso_result_t *res);

#endif
