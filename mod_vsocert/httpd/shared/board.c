/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/board.h"

#include <stdatomic.h>
#include <stdlib.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "httpd/shared/memory.h"

#define MAX_KEYSTORE_ID 64

typedef struct {
    apr_int64_t generation;
    apr_size_t len;
    char keystore_id[MAX_KEYSTORE_ID + 1];
    char text[VSO_MAX_SERVING + 1];
} side_t;

typedef struct {
    pthread_mutex_t lock; /**< for sides, and all that is not atomic */
    atomic_llong edition; /**< 0: nothing to serve; its lowest bit is the side
                               in use: storing it turns the board over */
    atomic_int needs_full_check;
    atomic_llong staples;
    apr_int64_t db_generation;
    apr_time_t last_poll;
    apr_time_t db_up_since;
    apr_time_t db_down_since;
    int restored;
    side_t sides[2];
} board_t;

static board_t *board;

/* A process that was killed while it held the lock has turned the board over
 * or has not: there is nothing to repair. */
static void lock(void)
{
    vsocert_memory_lock(&board->lock);
}

static void unlock(void)
{
    vsocert_memory_unlock(&board->lock);
}

static apr_status_t init(void *memory)
{
    board_t *made = memory;

    return vsocert_memory_lock_init(&made->lock);
}

apr_status_t vsocert_board_setup(void)
{
    void *memory = NULL;
    apr_status_t rv =
        vsocert_memory_get("vsocert-board-8", sizeof(*board), init, &memory);

    board = memory;
    return rv;
}

apr_int64_t vsocert_board_edition(void)
{
    return board ? atomic_load(&board->edition) : 0;
}

/* The side in use; call with the lock held. NULL while there is none. */
static const side_t *shown(void)
{
    apr_int64_t edition = atomic_load(&board->edition);

    return edition ? &board->sides[edition & 1] : NULL;
}

/* Fill the other side and turn the board over; call with the lock held. */
static apr_status_t turn_over(const char *text, apr_size_t len,
                              const char *keystore_id, apr_int64_t generation)
{
    apr_int64_t next = atomic_load(&board->edition) + 1;
    side_t *side = &board->sides[next & 1];

    if (len > VSO_MAX_SERVING || strlen(keystore_id) > MAX_KEYSTORE_ID) {
        return APR_ENOSPC;
    }
    memcpy(side->text, text, len);
    side->text[len] = '\0';
    side->len = len;
    side->generation = generation;
    apr_cpystrn(side->keystore_id, keystore_id, sizeof(side->keystore_id));
    atomic_store(&board->edition, next);
    return APR_SUCCESS;
}

apr_status_t vsocert_board_publish(const char *text, apr_size_t len,
                                   const char *keystore_id,
                                   apr_int64_t generation)
{
    apr_status_t rv = APR_SUCCESS;
    const side_t *side;

    lock();
    side = shown();
    if (!side || generation > side->generation) {
        rv = turn_over(text, len, keystore_id, generation);
        if (rv == APR_SUCCESS) {
            board->restored = 0;
        }
    }
    if (generation > board->db_generation) {
        board->db_generation = generation;
    }
    unlock();
    return rv;
}

apr_status_t vsocert_board_offer(const char *text, apr_size_t len,
                                 const char *keystore_id,
                                 apr_int64_t generation, int *ptaken)
{
    apr_status_t rv = APR_SUCCESS;
    const side_t *side;
    int same = 0;
    int newer = 1;

    lock();
    side = shown();
    if (side) {
        int ours = !strcmp(side->keystore_id, keystore_id);

        same = ours && generation == side->generation;
        newer = ours && generation > side->generation;
        if (same && len == side->len && !memcmp(text, side->text, len)) {
            board->restored = 0;
            same = 0;
        }
    }
    *ptaken = newer || (same && !board->restored);
    if (*ptaken) {
        rv = turn_over(text, len, keystore_id, generation);
        *ptaken = rv == APR_SUCCESS;
        board->restored = *ptaken ? 0 : board->restored;
    }
    unlock();
    return rv;
}

vsocert_board_verdict_e vsocert_board_judge(const char *keystore_id,
                                            apr_int64_t generation,
                                            apr_int64_t edition, int *pnews)
{
    vsocert_board_verdict_e verdict = VSOCERT_BOARD_KNOWN;
    const side_t *side;

    *pnews = 0;
    lock();
    side = shown();
    if (atomic_load(&board->edition) != edition) {
        verdict = VSOCERT_BOARD_KNOWN;
    }
    else if (!side) {
        verdict = VSOCERT_BOARD_WANTED;
    }
    else if (strcmp(side->keystore_id, keystore_id) ||
             generation < side->generation) {
        verdict = VSOCERT_BOARD_OLDER;
        *pnews = !board->restored;
        board->restored = 1;
    }
    else if (generation > side->generation || board->restored) {
        verdict = VSOCERT_BOARD_WANTED;
    }
    unlock();
    return verdict;
}

void vsocert_board_status(vsocert_board_status_t *status, apr_pool_t *p)
{
    const side_t *side;

    lock();
    side = shown();
    status->generation = side ? side->generation : 0;
    status->keystore_id = apr_pstrdup(p, side ? side->keystore_id : "");
    status->db_generation = board->db_generation;
    status->last_poll = board->last_poll;
    status->db_up_since = board->db_up_since;
    status->db_down_since = board->db_down_since;
    status->restored = board->restored;
    unlock();
}

char *vsocert_board_text(apr_size_t *plen, apr_int64_t *pedition)
{
    const side_t *side;
    char *copy = NULL;

    lock();
    side = shown();
    *pedition = atomic_load(&board->edition);
    if (side && (copy = malloc(side->len + 1))) {
        memcpy(copy, side->text, side->len + 1);
        *plen = side->len;
    }
    unlock();
    return copy;
}

void vsocert_board_set_needs_full_check(int needed)
{
    atomic_store(&board->needs_full_check, needed);
}

int vsocert_board_needs_full_check(void)
{
    return atomic_load(&board->needs_full_check);
}

apr_int64_t vsocert_board_staples(void)
{
    return atomic_load(&board->staples);
}

void vsocert_board_staples_changed(void)
{
    atomic_fetch_add(&board->staples, 1);
}

int vsocert_board_db_up(apr_time_t now, apr_int64_t generation)
{
    int news;

    lock();
    news = board->db_down_since != 0;
    if (!board->db_up_since) {
        board->db_up_since = now;
    }
    board->db_down_since = 0;
    board->last_poll = now;
    board->db_generation = generation;
    unlock();
    return news;
}

int vsocert_board_db_down(apr_time_t now)
{
    int news;

    lock();
    news = board->db_down_since == 0;
    if (news) {
        board->db_down_since = now;
    }
    board->db_up_since = 0;
    unlock();
    return news;
}
