/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/tls/cert_lines.h"

#include <string.h>

#include <http_config.h>

static const char *const names[] = {"SSLCertificateFile",
                                    "SSLCertificateKeyFile",
                                    "SSLCertificateChainFile", NULL};

/* Those among some lines; sections of other kinds are looked into as well. */
static void collect(const ap_directive_t *line, apr_array_header_t *found)
{
    int i;

    for (; line; line = line->next) {
        for (i = 0; names[i]; i++) {
            if (!ap_cstr_casecmp(line->directive, names[i])) {
                vsocert_cert_line_t *one = apr_array_push(found);

                one->directive = names[i];
                one->args = line->args;
                one->file = line->filename;
                one->line = line->line_num;
            }
        }
        if (line->first_child &&
            ap_cstr_casecmp(line->directive, "<VirtualHost")) {
            collect(line->first_child, found);
        }
    }
}

/* The section of a server. */
static const ap_directive_t *section_of(const server_rec *s,
                                        const ap_directive_t *line)
{
    const ap_directive_t *inner;

    for (; line; line = line->next) {
        if (!ap_cstr_casecmp(line->directive, "<VirtualHost")) {
            if (s->defn_name && line->filename &&
                !strcmp(line->filename, s->defn_name) &&
                line->line_num == (int)s->defn_line_number) {
                return line;
            }
        }
        else if (line->first_child &&
                 (inner = section_of(s, line->first_child)) != NULL) {
            return inner;
        }
    }
    return NULL;
}

apr_array_header_t *vsocert_cert_lines_find(const server_rec *s, int *pown,
                                            apr_pool_t *p)
{
    apr_array_header_t *found =
        apr_array_make(p, 3, sizeof(vsocert_cert_line_t));
    const ap_directive_t *section =
        s->is_virtual ? section_of(s, ap_conftree) : NULL;

    if (section) {
        collect(section->first_child, found);
    }
    *pown = found->nelts || !s->is_virtual;
    if (!found->nelts) {
        collect(ap_conftree, found);
    }
    return found;
}
