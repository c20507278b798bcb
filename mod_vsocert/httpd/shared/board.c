/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/board.h"

#include <stdatomic.h>
#include <string.h>

#include <apr_strings.h>

#include "base/lock.h"
#include "httpd/shared/memory.h"

#define MAX_ID 64

typedef struct {
    pthread_mutex_t lock; /**< for all that is not atomic */
    atomic_llong changes;
    atomic_int needs_full_check;
    atomic_int asked;
    atomic_int failing;
    vsocert_board_status_t status;
    char keystore_id[MAX_ID + 1]; /**< of `seen` */
    char lineage[MAX_ID + 1];
    apr_int64_t seen;
    apr_int64_t serving; /**< nothing of what is served was changed since */
} board_t;

static board_t *board;

/* A process that was killed while it held the lock has written a number or has
 * not: there is nothing to repair. */
static void lock(void)
{
    vso_lock_take(&board->lock);
}

static void unlock(void)
{
    vso_lock_give(&board->lock);
}

static apr_status_t init(void *memory)
{
    board_t *made = memory;

    return vso_lock_init(&made->lock);
}

apr_status_t vsocert_board_setup(void)
{
    void *memory = NULL;
    apr_status_t rv =
        vsocert_memory_get("vsocert-board-11", sizeof(*board), init, &memory);

    board = memory;
    return rv;
}

void vsocert_board_status(vsocert_board_status_t *status)
{
    lock();
    *status = board->status;
    unlock();
}

apr_int64_t vsocert_board_changes(void)
{
    return atomic_load(&board->changes);
}

void vsocert_board_changed(apr_int64_t generation)
{
    atomic_fetch_add(&board->changes, 1);
    lock();
    board->status.restored = 0;
    if (generation > board->status.db_generation) {
        board->status.db_generation = generation;
    }
    if (generation > board->status.db_serving) {
        board->status.db_serving = generation;
    }
    unlock();
}

int vsocert_board_set_restored(int restored)
{
    int news;

    lock();
    news = restored && !board->status.restored;
    board->status.restored = restored;
    unlock();
    return news;
}

void vsocert_board_set_seen(const vso_state_t *state)
{
    lock();
    board->seen = state->generation;
    board->serving = state->serving_generation;
    apr_cpystrn(board->keystore_id, state->keystore_id, MAX_ID + 1);
    apr_cpystrn(board->lineage, state->lineage, MAX_ID + 1);
    unlock();
}

apr_int64_t vsocert_board_seen(const char *keystore_id, const char *lineage,
                               apr_int64_t generation)
{
    apr_int64_t seen = generation;

    lock();
    if (!strcmp(board->keystore_id, keystore_id) &&
        !strcmp(board->lineage, lineage) && generation >= board->serving &&
        generation < board->seen) {
        seen = board->seen;
    }
    unlock();
    return seen;
}

void vsocert_board_set_needs_full_check(int needed)
{
    if (needed) {
        atomic_store(&board->asked, 0);
    }
    atomic_store(&board->needs_full_check, needed);
}

int vsocert_board_needs_full_check(void)
{
    return atomic_load(&board->needs_full_check);
}

void vsocert_board_set_asked(void)
{
    atomic_store(&board->asked, 1);
}

int vsocert_board_asked(void)
{
    return atomic_load(&board->asked);
}

int vsocert_board_set_failing(int failing)
{
    return atomic_exchange(&board->failing, failing) != failing;
}

int vsocert_board_failing(void)
{
    return atomic_load(&board->failing);
}

int vsocert_board_db_up(apr_time_t now, const vso_state_t *state)
{
    vsocert_board_status_t *status = &board->status;
    int news;

    lock();
    news = status->db_down_since != 0;
    if (!status->db_up_since) {
        status->db_up_since = now;
    }
    status->db_down_since = 0;
    status->last_poll = now;
    status->db_generation = state->generation;
    status->db_serving = state->serving_generation;
    unlock();
    return news;
}

int vsocert_board_db_down(apr_time_t now)
{
    vsocert_board_status_t *status = &board->status;
    int news;

    lock();
    news = status->db_down_since == 0;
    if (news) {
        status->db_down_since = now;
    }
    status->db_up_since = 0;
    unlock();
    return news;
}
