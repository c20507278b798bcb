/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/credentials.h"

#include <apr_time.h>

#include "base/worker.h"

/* Nobody waits longer for other calls: they were killed, or ask a server that
 * does not answer. */
#define JUDGED_WITHIN apr_time_from_sec(10)
#define PAUSE         apr_time_from_msec(5)

/** One of each. */
typedef struct {
    vsocert_place_t place;
    apr_time_t until; /**< they count as right; 0: they are judged */
    apr_time_t since; /**< somebody has them judged */
} remembered_t;

static vsocert_places_t table;

static apr_int64_t rank(const void *place)
{
    return ((const remembered_t *)place)->since;
}

static const vsocert_places_kind_t kind = {
    .name = "vsocert-credentials-1",
    .size = sizeof(remembered_t),
    .sets = 1024,
    .rank = rank,
};

apr_status_t vsocert_credentials_setup(void)
{
    return vsocert_places_setup(&table, &kind);
}

typedef enum { RIGHT, MINE, WAIT } answer_e;

/** Under the lock: are they right, or whose turn is it?
 * @param asked  when whoever asks began to wait */
static answer_e ask(const vsocert_digest_t *digest, apr_time_t asked,
                    apr_time_t now)
{
    remembered_t *found = vsocert_places_find(&table, digest);

    if (found && found->until > now) {
        return RIGHT;
    }
    if (found && !found->until && now - found->since < JUDGED_WITHIN &&
        now - asked < JUDGED_WITHIN) {
        return WAIT;
    }
    found = vsocert_places_claim(&table, digest);
    found->until = 0;
    found->since = now;
    return MINE;
}

int vsocert_credentials_begin(const char *const texts[4],
                              vsocert_digest_t *digest)
{
    apr_time_t asked = vso_worker_now();
    answer_e answer;

    *digest = vsocert_places_digest(&table, texts, 4);
    for (;;) {
        vsocert_places_lock(&table);
        answer = ask(digest, asked, vso_worker_now());
        vsocert_places_unlock(&table);
        if (answer != WAIT) {
            return answer == RIGHT;
        }
        apr_sleep(PAUSE);
    }
}

void vsocert_credentials_end(const vsocert_digest_t *digest, int right)
{
    remembered_t *found;

    vsocert_places_lock(&table);
    found = vsocert_places_find(&table, digest);
    if (found && right) {
        found->until =
            vso_worker_now() + apr_time_from_sec(VSOCERT_CREDENTIALS_SEC);
    }
    else if (found) {
        vsocert_places_free(&table, found);
    }
    vsocert_places_unlock(&table);
}
