/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/places.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/lock.h"
#include "base/secret.h"
#include "httpd/shared/memory.h"

#define SECRET_LEN 32

/** What is shared; the places follow. */
typedef struct vsocert_places_memory_t {
    pthread_mutex_t lock;
    unsigned char secret[SECRET_LEN];
    apr_int64_t places[];
} memory_t;

static apr_status_t init(void *memory)
{
    memory_t *made = memory;

    return RAND_bytes(made->secret, SECRET_LEN) == 1
               ? vso_lock_init(&made->lock)
               : APR_EGENERAL;
}

apr_status_t vsocert_places_setup(vsocert_places_t *table,
                                  const vsocert_places_kind_t *kind)
{
    void *memory = NULL;
    apr_status_t rv = vsocert_memory_get(
        kind->name,
        sizeof(memory_t) + kind->sets * VSOCERT_PLACES_WAYS * kind->size, init,
        &memory);

    table->kind = kind;
    table->memory = memory;
    return rv;
}

/* SHA-256 over the secret, then each text with its length: what is behind the
 * secret has a length of its own, so that nothing can be appended. */
vsocert_digest_t vsocert_places_digest(const vsocert_places_t *table,
                                       const char *const *texts, int count)
{
    unsigned char sum[EVP_MAX_MD_SIZE] = {0};
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    vsocert_digest_t digest;
    int ok;
    int i;

    ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) &&
         EVP_DigestUpdate(ctx, table->memory->secret, SECRET_LEN);
    for (i = 0; ok && i < count; i++) {
        apr_uint64_t len = strlen(texts[i]);

        ok = EVP_DigestUpdate(ctx, &len, sizeof(len)) &&
             EVP_DigestUpdate(ctx, texts[i], (size_t)len);
    }
    ok = ok && EVP_DigestFinal_ex(ctx, sum, NULL);
    EVP_MD_CTX_free(ctx);
    if (!ok) {
        /* No memory: a place that nobody finds again. */
        RAND_bytes(sum, sizeof(digest.bytes));
    }
    memcpy(digest.bytes, sum, sizeof(digest.bytes));
    vso_wipe(sum, sizeof(sum));
    return digest;
}

void vsocert_places_lock(const vsocert_places_t *table)
{
    vso_lock_take(&table->memory->lock);
}

void vsocert_places_unlock(const vsocert_places_t *table)
{
    vso_lock_give(&table->memory->lock);
}

/** Place i of the digest's set. */
static vsocert_place_t *place_of(const vsocert_places_t *table,
                                 const vsocert_digest_t *digest, apr_size_t i)
{
    apr_uint32_t number;
    apr_size_t set;

    memcpy(&number, digest->bytes, sizeof(number));
    set = number % table->kind->sets;
    return (vsocert_place_t *)((char *)table->memory->places +
                               (set * VSOCERT_PLACES_WAYS + i) *
                                   table->kind->size);
}

static int is_free(const vsocert_place_t *place)
{
    static const vsocert_digest_t none;

    return !memcmp(&place->digest, &none, sizeof(none));
}

void *vsocert_places_find(const vsocert_places_t *table,
                          const vsocert_digest_t *digest)
{
    apr_size_t i;

    for (i = 0; i < VSOCERT_PLACES_WAYS; i++) {
        vsocert_place_t *place = place_of(table, digest, i);

        if (!memcmp(&place->digest, digest, sizeof(*digest))) {
            return place;
        }
    }
    return NULL;
}

void vsocert_places_free(const vsocert_places_t *table, void *place)
{
    memset(place, 0, table->kind->size);
}

void *vsocert_places_claim(const vsocert_places_t *table,
                           const vsocert_digest_t *digest)
{
    vsocert_place_t *place = vsocert_places_find(table, digest);
    apr_size_t i;

    if (place) {
        return place;
    }
    place = place_of(table, digest, 0);
    for (i = 1; i < VSOCERT_PLACES_WAYS && !is_free(place); i++) {
        vsocert_place_t *other = place_of(table, digest, i);

        if (is_free(other) ||
            table->kind->rank(other) < table->kind->rank(place)) {
            place = other;
        }
    }
    vsocert_places_free(table, place);
    place->digest = *digest;
    return place;
}
