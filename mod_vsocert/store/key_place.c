/* SPDX-License-Identifier: Apache-2.0 */
#include "store/key_place.h"

#include <string.h>

#include <apr_strings.h>

#include "base/hex.h"

const char *vso_key_place_7(const vso_key_place_t *place, apr_pool_t *p)
{
    return apr_pstrcat(p, place->id, "|", place->entry, "|", place->number, "|",
                       place->key_fingerprint, NULL);
}

const char *vso_key_place(const vso_key_place_t *place, apr_pool_t *p)
{
    const char *served =
        apr_psprintf(p, "%" APR_SIZE_T_FMT ":%s\n%" APR_SIZE_T_FMT ":%s\n",
                     strlen(place->certificate), place->certificate,
                     strlen(place->chain), place->chain);

    return apr_pstrcat(
        p, vso_key_place_7(place, p), "|",
        vso_hex_sha256((const unsigned char *)served, strlen(served), p), NULL);
}
