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

/* Refusals cost their maker nothing, and can be of as many users as there are
 * names: in the same table they would push out what holds somebody back. */
static vsocert_places_t refusals;

static const vsocert_places_kind_t refusals_kind = {
    .name = "vsocert-refusals-1",
    .size = sizeof(count_t),
    .sets = 1024,
    .rank = rank,
};

apr_status_t vsocert_guesses_setup(void)
{
    apr_status_t rv = vsocert_places_setup(&table, &kind);

    return rv == APR_SUCCESS ? vsocert_places_setup(&refusals, &refusals_kind)
                             : rv;
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
    const char *texts[] = {user, network};

    return vsocert_places_digest(&refusals, texts, 2);
}

void vsocert_guesses_refused(const char *user, const char *network)
{
    vsocert_digest_t digest = refused_digest(user, network);
    count_t *count;

    vsocert_places_lock(&refusals);
    count = vsocert_places_claim(&refusals, &digest);
    vso_pace_add(&count->pace, vso_worker_now());
    vsocert_places_unlock(&refusals);
}

int vsocert_guesses_hammered(const char *user, const char *network)
{
    vsocert_digest_t digest = refused_digest(user, network);
    const count_t *count;
    int hammered;

    vsocert_places_lock(&refusals);
    count = vsocert_places_find(&refusals, &digest);
    hammered = count && vso_pace_total(&count->pace, vso_worker_now()) >
                            VSOCERT_GUESSES_REFUSED;
    vsocert_places_unlock(&refusals);
    return hammered;
}

int vsocert_guesses_sign_in(const char *user)
{
    const char *texts[] = {"sign-in", user};
    vsocert_digest_t digest = vsocert_places_digest(&table, texts, 2);
    apr_time_t now = vso_worker_now();
    apr_interval_time_t wait;
    count_t *count;

    vsocert_places_lock(&table);
    count = vsocert_places_claim(&table, &digest);
    wait = vso_pace_wait(&count->pace, VSOCERT_GUESSES_SIGN_INS, now);
    if (!wait) {
        vso_pace_add(&count->pace, now);
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
