/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/cert_shape.h"

#include "service/certificate/version_row.h"

#define DAY_SEC 86400

apr_int64_t vsocert_cert_shape_days(apr_int64_t not_after_sec,
                                    apr_int64_t now_sec)
{
    apr_int64_t left = not_after_sec - now_sec;

    return left >= 0 ? left / DAY_SEC : -((-left + DAY_SEC - 1) / DAY_SEC);
}

void vsocert_cert_shape_put(vso_json_t *obj, const vso_cert_info_t *info,
                            int flags, apr_int64_t now_sec)
{
    if (flags & VSOCERT_CERT_NAMES) {
        vso_version_row_put_subject(vso_json_add_object(obj, "subject"),
                                    info->subject);
        vso_version_row_put_subject(vso_json_add_object(obj, "issuer"),
                                    info->issuer);
        vso_json_set_string(obj, "signatureAlgorithm",
                            info->signature_algorithm);
    }
    vso_json_set_string(obj, "subjectText", info->subject_text);
    vso_json_set_string(obj, "issuerText", info->issuer_text);
    vso_json_set_string(obj, "serial", info->serial);
    vso_json_set_string(obj, "key", info->key_type);
    if (flags & VSOCERT_CERT_SANS) {
        vso_json_set_strings(obj, "subjectAltNames", info->sans);
    }
    vso_json_set_time(obj, "notBefore", info->not_before_sec);
    vso_json_set_time(obj, "notAfter", info->not_after_sec);
    if (now_sec) {
        vso_json_set_int(obj, "daysLeft",
                         vsocert_cert_shape_days(info->not_after_sec, now_sec));
    }
    vso_json_set_string(obj, "fingerprint", info->fingerprint);
    if (flags & VSOCERT_CERT_SELF) {
        vso_json_set_bool(obj, "selfSigned", info->self_signed);
    }
}
