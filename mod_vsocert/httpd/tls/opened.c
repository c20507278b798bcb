/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/tls/opened.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "httpd/shared/board.h"
#include "httpd/keyring.h"

/* Two locks, so that handshakes with the current snapshot do not queue behind
 * one that opens the next: `opening` is held for that, `swapping` only to
 * take or replace the pointer. */
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t swapping = PTHREAD_MUTEX_INITIALIZER;
static vso_snapshot_t *current;
static apr_int64_t current_edition;

static vso_snapshot_t *take(apr_int64_t *pedition)
{
    vso_snapshot_t *serving;

    pthread_mutex_lock(&swapping);
    serving = current;
    *pedition = current_edition;
    if (serving) {
        vso_snapshot_ref(serving);
    }
    pthread_mutex_unlock(&swapping);
    return serving;
}

static void put(vso_snapshot_t *serving, apr_int64_t edition)
{
    vso_snapshot_t *old = NULL;

    pthread_mutex_lock(&swapping);
    if (serving) {
        old = current;
        current = serving;
    }
    current_edition = edition;
    pthread_mutex_unlock(&swapping);
    if (old) {
        vso_snapshot_unref(old);
    }
}

/* Open what the board shows. A text that is unusable as a whole is logged, the
 * old snapshot stays, and the text is not tried again. */
static void refresh(void)
{
    vso_snapshot_t *previous;
    vso_snapshot_t *next = NULL;
    vso_result_t *res;
    apr_int64_t seen;
    apr_int64_t edition;
    apr_size_t len;
    apr_pool_t *p;
    char *text;

    pthread_mutex_lock(&opening);
    previous = take(&seen);
    if (vsocert_board_edition() != seen &&
        (text = vsocert_board_text(&len, &edition))) {
        apr_pool_create(&p, NULL);
        res = vso_result_create(p);
        if (vso_snapshot_open(text, len, vsocert_keyring_get(), previous, &next,
                              res) != APR_SUCCESS) {
            vso_log(VSO_LOG_ERROR, "what is to be served cannot be used: %s",
                    res->detail ? res->detail : "unknown reason");
        }
        put(next, edition);
        apr_pool_destroy(p);
        free(text);
    }
    if (previous) {
        vso_snapshot_unref(previous);
    }
    pthread_mutex_unlock(&opening);
}

vso_snapshot_t *vsocert_opened_get(void)
{
    apr_int64_t seen;
    vso_snapshot_t *serving = take(&seen);

    if (vsocert_board_edition() == seen) {
        return serving;
    }
    if (serving) {
        vso_snapshot_unref(serving);
    }
    refresh();
    return take(&seen);
}
