/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/guesses.h"

#include "base/pace.h"
#include "base/worker.h"
#include "httpd/shared/places.h"

#define SCOPES 3

/** Guesses of one count. */
typedef struct {
    vsocert_place_t place;
    vso_pace_t pace;
} count_t;

/** Places in which a guess is counted, in the order of limits. */
typedef struct {
    vsocert_digest_t digests[SCOPES];
} scopes_t;

static const int limits[SCOPES] = {
    VSOCERT_GUESSES_PAIR, VSOCERT_GUESSES_NETWORK, VSOCERT_GUESSES_USER};

static vsocert_places_t table;

/* Whoever makes up users, or networks, cannot push out a count that holds
 * somebody back: made-up ones are small. */
static apr_int64_t rank(const void *place)
{
    return vso_pace_total(&((const count_t *)place)->pace, vso_worker_now());
}

static const vsocert_places_kind_t kind = {
    .name = "vsocert-guesses-1",
    .size = sizeof(count_t),
    .sets = 4096,
    .rank = rank,
};

apr_status_t vsocert_guesses_setup(void)
{
    return vsocert_places_setup(&table, &kind);
}

static void find_scopes(const vsocert_guess_t *guess, scopes_t *scopes)
{
    const char *pair[] = {"pair", guess->user, guess->network};
    const char *network[] = {"network", guess->network};
    const char *user[] = {"user", guess->user};

    scopes->digests[0] = vsocert_places_digest(&table, pair, 3);
    scopes->digests[1] = vsocert_places_digest(&table, network, 2);
    scopes->digests[2] = vsocert_places_digest(&table, user, 2);
}

static int seconds(apr_interval_time_t wait)
{
    return (int)((wait + APR_USEC_PER_SEC - 1) / APR_USEC_PER_SEC);
}

/** Of those that hold for it, the longest. */
static apr_interval_time_t wait_for(const vsocert_guess_t *guess,
                                    const scopes_t *scopes, apr_time_t now)
{
    apr_interval_time_t longest = 0;
    int i;

    for (i = 0; i < (guess->known ? 1 : SCOPES); i++) {
        const count_t *count = vsocert_places_find(&table, &scopes->digests[i]);
        apr_interval_time_t wait =
            count ? vso_pace_wait(&count->pace, limits[i], now) : 0;

        longest = wait > longest ? wait : longest;
    }
    return longest;
}

int vsocert_guesses_begin(vsocert_guess_t *guess)
{
    apr_time_t now = vso_worker_now();
    apr_interval_time_t wait;
    scopes_t scopes;
    int i;

    find_scopes(guess, &scopes);
    vsocert_places_lock(&table);
    wait = wait_for(guess, &scopes, now);
    for (i = 0; !wait && i < SCOPES; i++) {
        count_t *count = vsocert_places_claim(&table, &scopes.digests[i]);

        guess->before[i] = vso_pace_add(&count->pace, now);
    }
    vsocert_places_unlock(&table);
    guess->at = now;
    return seconds(wait);
}

static vsocert_digest_t refused_digest(const char *user, const char *network)
{
    const char *texts[] = {"refused", user, network};

    return vsocert_places_digest(&table, texts, 3);
}

void vsocert_guesses_refused(const char *user, const char *network)
{
    vsocert_digest_t digest = refused_digest(user, network);
    count_t *count;

    vsocert_places_lock(&table);
    count = vsocert_places_claim(&table, &digest);
    vso_pace_add(&count->pace, vso_worker_now());
    vsocert_places_unlock(&table);
}

int vsocert_guesses_hammered(const char *user, const char *network)
{
    vsocert_digest_t digest = refused_digest(user, network);
    apr_interval_time_t wait = 0;
    const count_t *count;

    vsocert_places_lock(&table);
    count = vsocert_places_find(&table, &digest);
    if (count) {
        wait = vso_pace_wait(&count->pace, VSOCERT_GUESSES_REFUSED,
                             vso_worker_now());
    }
    vsocert_places_unlock(&table);
    return seconds(wait);
}

void vsocert_guesses_take_back(const vsocert_guess_t *guess)
{
    scopes_t scopes;
    int i;

    find_scopes(guess, &scopes);
    vsocert_places_lock(&table);
    for (i = 0; i < SCOPES; i++) {
        count_t *count = vsocert_places_find(&table, &scopes.digests[i]);

        if (count) {
            vso_pace_take_back(&count->pace, guess->at, guess->before[i]);
        }
    }
    vsocert_places_unlock(&table);
}
