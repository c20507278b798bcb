/* SPDX-License-Identifier: Apache-2.0 */
#include "service/reply_diff.h"

#include "x509/csr.h"
#include "x509/difference.h"
#include "x509/san.h"

void vso_reply_diff_warn(vso_service_t *svc, const vso_version_t *asked,
                         X509 *got)
{
    vso_result_t *ignored = vso_result_create(svc->p);
    vso_material_t material;
    X509_REQ *req;

    if (*asked->certificate) {
        if (vso_version_certs(asked, &material, ignored, svc->p) ==
            APR_SUCCESS) {
            vso_difference_warn(
                X509_get_subject_name(material.cert),
                vso_sans_for_server(material.cert, ignored, svc->p), got,
                svc->res);
        }
    }
    else if (vso_csr_parse(asked->csr, &req, ignored, svc->p) == APR_SUCCESS) {
        vso_difference_warn(X509_REQ_get_subject_name(req),
                            vso_sans_of_req(req, svc->p), got, svc->res);
    }
}
