/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/client_support.h"

#include <string.h>

#include "x509/chain.h"
#include "x509/key.h"
#include "x509/name.h"

/* As seen with Chromium 156 and NSS, which Firefox uses. The first row that the
 * type begins with counts. */
static const struct {
    const char *type;
    const char *lacking; /**< NULL: taken by all */
} clients[] = {
    {"ec-p256", NULL},
    {"ec-p384", NULL},
    {"ec-p521", "Chromium"},
    {"ec-", "Chromium, and any other that does not offer this curve,"},
    {"ed25519", "Chromium and Firefox"},
    {"ed448", "Chromium"},
    {"rsa-pss-", "Chromium and Firefox"},
};

const char *vso_client_support_lacks(const char *key_type)
{
    apr_size_t i;

    for (i = 0; i < sizeof(clients) / sizeof(clients[0]); i++) {
        if (!strncmp(key_type, clients[i].type, strlen(clients[i].type))) {
            return clients[i].lacking;
        }
    }
    return NULL;
}

void vso_client_support_judge(const char *key_type, vso_result_t *res)
{
    const char *lacking = vso_client_support_lacks(key_type);

    if (lacking) {
        vso_warn(res, "client-support",
                 "A key of the type %s: %s cannot connect while no RSA, "
                 "ec-p256 or ec-p384 certificate is served beside it.",
                 key_type, lacking);
    }
}

int vso_client_support_is_explicit(const X509 *cert)
{
    X509_ALGOR *algorithm = NULL;
    const ASN1_OBJECT *oid;
    int type;

    if (!X509_PUBKEY_get0_param(NULL, NULL, NULL, &algorithm,
                                X509_get_X509_PUBKEY(cert))) {
        return 0;
    }
    X509_ALGOR_get0(&oid, &type, NULL, algorithm);
    return OBJ_obj2nid(oid) == NID_X9_62_id_ecPublicKey &&
           type != V_ASN1_OBJECT;
}

apr_status_t vso_client_support_check(const EVP_PKEY *pkey, X509 *leaf,
                                      const apr_array_header_t *chain,
                                      const char *field, vso_result_t *res)
{
    int i;

    if (vso_client_support_is_explicit(leaf)) {
        return vso_fail(res, VSO_P_NOT_SERVABLE, field,
                        "The certificate's public key writes its curve's "
                        "parameters out instead of naming the curve (RFC 5480, "
                        "2.1.1): clients refuse the handshake. Request a "
                        "certificate for a new key, for example ec-p256.");
    }
    for (i = 0; chain && i < chain->nelts; i++) {
        X509 *issuer = APR_ARRAY_IDX(chain, i, X509 *);

        if (vso_client_support_is_explicit(issuer)) {
            return vso_fail(
                res, VSO_P_NOT_SERVABLE, field,
                "The key of the issuer \"%s\" writes its curve's "
                "parameters out instead of naming the curve (RFC "
                "5480, 2.1.1): clients refuse the chain. Use a "
                "certificate of another CA.",
                vso_name_text(X509_get_subject_name(issuer), res->p));
        }
    }
    return pkey ? vso_key_named_curve(pkey, field, res) : APR_SUCCESS;
}
