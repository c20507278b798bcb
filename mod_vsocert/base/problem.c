/* SPDX-License-Identifier: Apache-2.0 */
#include "base/problem.h"

/** The rows of VSO_PROBLEMS. */
static const struct {
    const char *slug;
    int status;
    const char *title;
} problems[VSO_P_COUNT] = {{"ok", 200, "OK"},
#define VSO_P_ROW(name, slug, status, title) {slug, status, title},
                           VSO_PROBLEMS(VSO_P_ROW)
#undef VSO_P_ROW
};

const char *vso_problem_slug(vso_problem_e problem)
{
    return problems[problem].slug;
}

const char *vso_problem_title(vso_problem_e problem)
{
    return problems[problem].title;
}

int vso_problem_status(vso_problem_e problem)
{
    return problems[problem].status;
}
