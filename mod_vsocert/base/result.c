/* SPDX-License-Identifier: Apache-2.0 */
#include "base/result.h"

#include <stdarg.h>
#include <string.h>

#include <apr_strings.h>

vso_result_t *vso_result_create(apr_pool_t *p)
{
    vso_result_t *res = apr_pcalloc(p, sizeof(*res));

    res->p = p;
    res->warnings = apr_array_make(p, 4, sizeof(vso_warning_t));
    return res;
}

apr_status_t vso_fail(vso_result_t *res, vso_problem_e problem,
                      const char *field, const char *fmt, ...)
{
    va_list ap;

    if (res->problem == VSO_P_NONE) {
        res->problem = problem;
        res->field = field ? apr_pstrdup(res->p, field) : NULL;
        va_start(ap, fmt);
        res->detail = apr_pvsprintf(res->p, fmt, ap);
        va_end(ap);
    }
    return APR_EGENERAL;
}

apr_status_t vso_fail_as(vso_result_t *res, const vso_result_t *cause)
{
    return vso_fail(res, cause->problem, cause->field, "%s", cause->detail);
}

static void warn(vso_result_t *res, const char *slug, int count,
                 const char *detail)
{
    const vso_warning_t *known = (const vso_warning_t *)res->warnings->elts;
    vso_warning_t *warning;
    int i;

    for (i = 0; i < res->warnings->nelts; i++) {
        if (!strcmp(known[i].slug, slug) && !strcmp(known[i].detail, detail)) {
            return;
        }
    }
    warning = apr_array_push(res->warnings);
    warning->slug = slug;
    warning->detail = detail;
    warning->count = count;
}

void vso_warn(vso_result_t *res, const char *slug, const char *fmt, ...)
{
    const char *detail;
    va_list ap;

    va_start(ap, fmt);
    detail = apr_pvsprintf(res->p, fmt, ap);
    va_end(ap);
    warn(res, slug, 0, detail);
}

void vso_warn_count(vso_result_t *res, const char *slug, int count,
                    const char *fmt, ...)
{
    const char *detail;
    va_list ap;

    va_start(ap, fmt);
    detail = apr_pvsprintf(res->p, fmt, ap);
    va_end(ap);
    warn(res, slug, count, detail);
}

void vso_result_clear(vso_result_t *res)
{
    res->problem = VSO_P_NONE;
    res->field = NULL;
    res->detail = NULL;
    apr_array_clear(res->warnings);
}
