/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/board.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <apr_shm.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_main.h>

#include "base/limits.h"
#include "base/log.h"
#include "httpd/shared/cache.h"
#include "service/certificate/snapshot.h"

/* The layout's version is part of the name: after an upgrade of the module
 * and a graceful restart the old board is not found, and a new one is made. */
#define BOARD_NAME "vsocert-board-7"

#define MAX_KEYSTORE_ID 64
#define CLOCK_LEEWAY    apr_time_from_sec(2)

typedef struct {
    apr_int64_t generation;
    apr_size_t len;
    char keystore_id[MAX_KEYSTORE_ID + 1];
    char text[VSO_MAX_SERVING + 1];
} side_t;

typedef struct {
    pthread_mutex_t lock;       /**< sides, and everything that is not atomic */
    pthread_mutex_t turn_lock;  /**< held while a child asks the database */
    pthread_mutex_t cache_lock; /**< held while a process writes the cache */
    atomic_llong edition;       /**< 0: nothing to serve; its lowest bit is the
                                     side in use: storing it turns the board */
    atomic_llong turn;          /**< when the database was last asked */
    atomic_llong duties[VSOCERT_DUTIES];
    atomic_int fresh;
    atomic_llong staples;
    atomic_llong behind;      /**< the database's clock less this node's */
    apr_int64_t beat_edition; /**< that was last written about this node */
    apr_time_t beat_time;     /**< and when; both belong to the turn */
    apr_int64_t timetable;    /**< generation at which it was read */
    int scheduled;            /**< how many there were then */
    apr_int64_t told;         /**< audit row; so does this */
    apr_int64_t db_generation;
    apr_time_t last_poll;
    apr_time_t db_up_since;
    apr_time_t db_down_since;
    int restored;
    apr_int64_t configuration; /**< counts (re)starts */
    char file[APR_PATH_MAX];   /**< of SQLite's database; "": not known */
    apr_int64_t file_device;
    apr_int64_t file_inode;
    side_t sides[2];
} board_t;

static board_t *board;

/* Of the configuration that this process runs; children inherit it. */
static apr_int64_t configuration;

/* A process that was killed while it held the lock has turned the board over
 * or has not: there is nothing to repair. */
static void lock(pthread_mutex_t *mutex)
{
    if (pthread_mutex_lock(mutex) == EOWNERDEAD) {
        pthread_mutex_consistent(mutex);
    }
}

static int try_lock(pthread_mutex_t *mutex)
{
    int rc = pthread_mutex_trylock(mutex);

    if (rc == EOWNERDEAD) {
        pthread_mutex_consistent(mutex);
        rc = 0;
    }
    return rc == 0;
}

static void unlock(pthread_mutex_t *mutex)
{
    pthread_mutex_unlock(mutex);
}

static apr_status_t init_board(board_t *made)
{
    pthread_mutexattr_t attr;
    int rc;

    rc = pthread_mutexattr_init(&attr);
    if (rc) {
        return rc;
    }
    if (!(rc = pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED)) &&
        !(rc = pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST)) &&
        !(rc = pthread_mutex_init(&made->lock, &attr)) &&
        !(rc = pthread_mutex_init(&made->turn_lock, &attr))) {
        rc = pthread_mutex_init(&made->cache_lock, &attr);
    }
    pthread_mutexattr_destroy(&attr);
    return rc;
}

apr_status_t vsocert_board_setup(void)
{
    apr_shm_t **kept = ap_retained_data_get(BOARD_NAME);
    apr_shm_t *shm;
    apr_status_t rv;

    if (kept) {
        board = apr_shm_baseaddr_get(*kept);
        lock(&board->lock);
        configuration = ++board->configuration;
        board->file[0] = '\0'; /* DBDParams may be others now */
        unlock(&board->lock);
        return APR_SUCCESS;
    }
    rv = apr_shm_create(&shm, sizeof(board_t), NULL, ap_pglobal);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = init_board(apr_shm_baseaddr_get(shm));
    if (rv != APR_SUCCESS) {
        apr_shm_destroy(shm);
        return rv;
    }
    ((board_t *)apr_shm_baseaddr_get(shm))->told = -1;
    ((board_t *)apr_shm_baseaddr_get(shm))->timetable = -1;
    kept = ap_retained_data_create(BOARD_NAME, sizeof(*kept));
    *kept = shm;
    board = apr_shm_baseaddr_get(shm);
    return APR_SUCCESS;
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

/* Fill the other side and turn the board; call with the lock held. */
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

apr_status_t vsocert_board_publish(const char *text, apr_int64_t generation)
{
    apr_size_t len = strlen(text);
    const char *keystore_id;
    apr_int64_t stated;
    const side_t *side;
    vso_result_t *res;
    apr_status_t rv;
    apr_pool_t *p;

    apr_pool_create(&p, NULL);
    res = vso_result_create(p);
    rv = vso_snapshot_peek(text, len, &keystore_id, &stated, res, p);
    if (rv != APR_SUCCESS || stated != generation) {
        vso_log(VSO_LOG_ERROR, "what is to be served cannot be read: %s",
                res->detail ? res->detail : "it is of another generation");
        rv = APR_EGENERAL;
        goto leave;
    }
    lock(&board->lock);
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
    unlock(&board->lock);
    if (rv == APR_SUCCESS) {
        vsocert_cache_write();
    }
leave:
    apr_pool_destroy(p);
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

    lock(&board->lock);
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
    unlock(&board->lock);
    return rv;
}

vsocert_board_verdict_e vsocert_board_judge(const char *keystore_id,
                                            apr_int64_t generation,
                                            apr_int64_t edition, int *pnews)
{
    vsocert_board_verdict_e verdict = VSOCERT_BOARD_KNOWN;
    const side_t *side;

    *pnews = 0;
    lock(&board->lock);
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
    unlock(&board->lock);
    return verdict;
}

void vsocert_board_status(vsocert_board_status_t *status, apr_pool_t *p)
{
    const side_t *side;

    lock(&board->lock);
    side = shown();
    status->generation = side ? side->generation : 0;
    status->keystore_id = apr_pstrdup(p, side ? side->keystore_id : "");
    status->db_generation = board->db_generation;
    status->last_poll = board->last_poll;
    status->db_up_since = board->db_up_since;
    status->db_down_since = board->db_down_since;
    status->restored = board->restored;
    unlock(&board->lock);
}

char *vsocert_board_text(apr_size_t *plen, apr_int64_t *pedition)
{
    const side_t *side;
    char *copy = NULL;

    lock(&board->lock);
    side = shown();
    *pedition = atomic_load(&board->edition);
    if (side && (copy = malloc(side->len + 1))) {
        memcpy(copy, side->text, side->len + 1);
        *plen = side->len;
    }
    unlock(&board->lock);
    return copy;
}

int vsocert_board_turn(apr_time_t now, apr_interval_time_t interval)
{
    long long last = atomic_load(&board->turn);

    if ((now >= last && now - last < interval) ||
        !try_lock(&board->turn_lock)) {
        return 0;
    }
    if (!atomic_compare_exchange_strong(&board->turn, &last, now)) {
        unlock(&board->turn_lock);
        return 0;
    }
    return 1;
}

void vsocert_board_turn_wait(apr_time_t now)
{
    lock(&board->turn_lock);
    atomic_store(&board->turn, now);
}

void vsocert_board_turn_done(void)
{
    unlock(&board->turn_lock);
}

void vsocert_board_set_clock(apr_time_t now, apr_int64_t database_sec)
{
    apr_interval_time_t behind = apr_time_from_sec(database_sec) - now;

    atomic_store(&board->behind,
                 behind < CLOCK_LEEWAY && behind > -CLOCK_LEEWAY ? 0 : behind);
}

apr_interval_time_t vsocert_board_clock_behind(void)
{
    return atomic_load(&board->behind);
}

apr_int64_t vsocert_board_now_sec(void)
{
    return apr_time_sec(apr_time_now() + vsocert_board_clock_behind());
}

void vsocert_board_set_fresh(int fresh)
{
    atomic_store(&board->fresh, fresh);
}

int vsocert_board_fresh(void)
{
    return atomic_load(&board->fresh);
}

int vsocert_board_is_file(const char *path, apr_int64_t device,
                          apr_int64_t inode)
{
    int same;

    lock(&board->lock);
    if (configuration != board->configuration) {
        unlock(&board->lock);
        return 1; /* a child that httpd left behind at a graceful restart */
    }
    if (!board->file[0]) {
        apr_cpystrn(board->file, path, sizeof(board->file));
        board->file_device = device;
        board->file_inode = inode;
    }
    same = board->file_device == device && board->file_inode == inode;
    unlock(&board->lock);
    return same;
}

const char *vsocert_board_file(apr_pool_t *p)
{
    const char *path;

    lock(&board->lock);
    path = board->file[0] && configuration == board->configuration
               ? apr_pstrdup(p, board->file)
               : NULL;
    unlock(&board->lock);
    return path;
}

int vsocert_board_duty(vsocert_duty_e duty, apr_time_t now,
                       apr_interval_time_t interval)
{
    long long last = atomic_load(&board->duties[duty]);

    if (now >= last && now - last < interval) {
        return 0;
    }
    return atomic_compare_exchange_strong(&board->duties[duty], &last, now);
}

apr_int64_t vsocert_board_staples(void)
{
    return atomic_load(&board->staples);
}

void vsocert_board_staples_changed(void)
{
    atomic_fetch_add(&board->staples, 1);
}

int vsocert_board_timetable(apr_int64_t generation)
{
    return board->scheduled || board->timetable != generation;
}

void vsocert_board_set_timetable(apr_int64_t generation, int scheduled)
{
    board->timetable = generation;
    board->scheduled = scheduled;
}

apr_int64_t vsocert_board_told(void)
{
    return board->told;
}

void vsocert_board_set_told(apr_int64_t seq)
{
    board->told = seq;
}

vsocert_beat_e vsocert_board_beat(apr_int64_t edition, apr_time_t now)
{
    int due = now < board->beat_time ||
              now - board->beat_time >= apr_time_from_sec(VSO_NODE_BEAT_SEC);

    if (!board->beat_time) {
        return VSOCERT_BEAT_FULL;
    }
    if (board->beat_edition != edition && (due || board->beat_edition >= 0)) {
        return VSOCERT_BEAT_FULL;
    }
    return due ? VSOCERT_BEAT_TOUCH : VSOCERT_BEAT_NONE;
}

void vsocert_board_beat_done(apr_int64_t edition, apr_time_t now)
{
    board->beat_edition = edition;
    board->beat_time = now;
}

int vsocert_board_db_up(apr_time_t now, apr_int64_t generation)
{
    int news;

    lock(&board->lock);
    news = board->db_down_since != 0;
    if (!board->db_up_since) {
        board->db_up_since = now;
    }
    board->db_down_since = 0;
    board->last_poll = now;
    board->db_generation = generation;
    unlock(&board->lock);
    return news;
}

int vsocert_board_db_down(apr_time_t now)
{
    int news;

    lock(&board->lock);
    news = board->db_down_since == 0;
    if (news) {
        board->db_down_since = now;
    }
    board->db_up_since = 0;
    unlock(&board->lock);
    return news;
}

void vsocert_board_cache_lock(void)
{
    lock(&board->cache_lock);
}

void vsocert_board_cache_unlock(void)
{
    unlock(&board->cache_lock);
}
