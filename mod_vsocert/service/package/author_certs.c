/* SPDX-License-Identifier: Apache-2.0 */
#include "service/package/author_certs.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "package/package.h"
#include "x509/cert.h"

const char *vso_author_certs_text(const apr_array_header_t *certs,
                                  apr_pool_t *p)
{
    vso_json_t *items;
    apr_pool_t *work;
    vso_json_t *obj;
    int i;

    if (!certs->nelts) {
        return "";
    }
    apr_pool_create(&work, p);
    obj = vso_json_object(work);
    items = vso_json_add_array(obj, "items");
    for (i = 0; i < certs->nelts; i++) {
        const vso_package_cert_t *cert =
            APR_ARRAY_IDX(certs, i, vso_package_cert_t *);
        vso_json_t *item = vso_json_push_object(items);

        vso_json_set_string(item, "path", cert->path);
        vso_json_set_string(item, "certificate",
                            vso_cert_to_pem(cert->cert, work));
    }
    return vso_column_text(obj, work, p);
}

apr_status_t vso_author_certs_parse(const char *column,
                                    apr_array_header_t **pcerts,
                                    vso_result_t *res, apr_pool_t *p)
{
    vso_result_t *cause = vso_result_create(p);
    apr_array_header_t *certs = apr_array_make(p, 2, sizeof(void *));
    vso_json_t *items;
    apr_size_t i;

    if (vso_column_items(column, &items, cause, p) != APR_SUCCESS) {
        return vso_column_edited(res, "certificates", cause);
    }
    for (i = 0; i < vso_json_length(items); i++) {
        const vso_json_t *item = vso_json_item(items, i);
        vso_package_cert_t *cert = apr_pcalloc(p, sizeof(*cert));
        const char *pem = "";

        if (vso_json_get_string(item, "path", VSO_MAX_ZIP_NAME, &cert->path,
                                cause, p) != APR_SUCCESS ||
            vso_json_get_string(item, "certificate", 2 * VSO_MAX_CERT, &pem,
                                cause, p) != APR_SUCCESS ||
            !cert->path ||
            vso_cert_parse(pem, strlen(pem), &cert->cert, cause, p) !=
                APR_SUCCESS) {
            return vso_column_edited(res, "certificates", cause);
        }
        APR_ARRAY_PUSH(certs, vso_package_cert_t *) = cert;
    }
    *pcerts = certs;
    return APR_SUCCESS;
}
