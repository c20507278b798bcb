/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the core has to say that is not the answer to a call: a quarantined
 * row, a database that came back. The host (httpd, a test) installs one sink;
 * without it nothing is printed. Texts never hold a secret.
 */
#ifndef VSO_LOG_H
#define VSO_LOG_H

/** How much a message matters. */
typedef enum {
    VSO_LOG_ERROR,
    VSO_LOG_WARNING,
    VSO_LOG_NOTICE,
    VSO_LOG_DEBUG
} vso_log_level_e;

/** Takes one line of text, without its end. */
typedef void vso_log_sink_fn(void *baton, vso_log_level_e level,
                             const char *text);

/** Install the sink of this process; NULL for none. Not thread-safe: call it
 * before threads start. */
void vso_log_set_sink(vso_log_sink_fn *sink, void *baton);

/** Say one line, cut at 1,000 bytes. */
void vso_log(vso_log_level_e level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
