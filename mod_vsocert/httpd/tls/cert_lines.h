/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Where the configuration names certificate files.
 */
#ifndef VSOCERT_TLS_CERT_LINES_H
#define VSOCERT_TLS_CERT_LINES_H

#include <httpd.h>
#include <apr_tables.h>

/** A line of the configuration. */
typedef struct {
    const char *directive;
    const char *args;
    const char *file;
    int line;
} vsocert_cert_line_t;

/**
 * The lines that name certificates, keys and chains of a server.
 * @param pown  0: it has none of its own, and these are the main server's,
 *              which other virtual hosts may need as well
 * @return vsocert_cert_line_t
 */
apr_array_header_t *vsocert_cert_lines_find(const server_rec *s, int *pown,
                                            apr_pool_t *p);

#endif
