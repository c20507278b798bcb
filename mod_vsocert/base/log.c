/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>

#include <apr_strings.h>

#define MAX_LINE 1000

static vso_log_sink_fn *sink_fn;
static void *sink_baton;

void vso_log_set_sink(vso_log_sink_fn *sink, void *baton)
{
    sink_fn = sink;
    sink_baton = baton;
}

void vso_log(vso_log_level_e level, const char *fmt, ...)
{
    char line[MAX_LINE];
    va_list ap;

    if (!sink_fn) {
        return;
    }
    va_start(ap, fmt);
    apr_vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    sink_fn(sink_baton, level, line);
}
