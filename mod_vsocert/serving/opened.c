/* SPDX-License-Identifier: Apache-2.0 */
#include "serving/opened.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "base/log.h"
#include "serving/served.h"

/** An entry's place in memory. All of it is under the lock, but for what the
 * thread that is `opening` reads. */
typedef struct slot_t {
    char *name;
    vso_served_entry_t *served; /* NULL: nothing is to be served */
    apr_int64_t edition;        /* that was read before its look-up; 0: never */
    unsigned char bad[VSO_RECORD_ID_LEN]; /* tag of a record that is reported */
    int opening;                          /* a thread looks it up */
    int users;            /* threads that hold on to the slot itself */
    struct slot_t *newer; /* by use; the newest has none */
    struct slot_t *older;
} slot_t;

struct vso_opened_t {
    vso_served_source_t source;
    vso_shared_t *shared;
    int max;
    pthread_mutex_t lock;
    pthread_cond_t opened; /* a slot was looked up */
    apr_hash_t *table;     /* name -> slot_t */
    slot_t *newest;
    slot_t *oldest;
    apr_int64_t refreshed; /* edition; of the poller's thread alone */
    vso_opened_counts_t counts;
};

/* Slots, by use */

static void unlink_slot(vso_opened_t *opened, slot_t *slot)
{
    if (slot->newer) {
        slot->newer->older = slot->older;
    }
    else {
        opened->newest = slot->older;
    }
    if (slot->older) {
        slot->older->newer = slot->newer;
    }
    else {
        opened->oldest = slot->newer;
    }
    slot->newer = slot->older = NULL;
}

static void link_newest(vso_opened_t *opened, slot_t *slot)
{
    slot->older = opened->newest;
    if (opened->newest) {
        opened->newest->newer = slot;
    }
    else {
        opened->oldest = slot;
    }
    opened->newest = slot;
}

static void drop_slot(vso_opened_t *opened, slot_t *slot)
{
    unlink_slot(opened, slot);
    apr_hash_set(opened->table, slot->name, APR_HASH_KEY_STRING, NULL);
    if (slot->served) {
        vso_opened_unref(slot->served);
    }
    free(slot->name);
    free(slot);
    opened->counts.entries--;
    opened->counts.dropped++;
}

/** Drop what was not used for the longest time, as far as nobody holds it. */
static void make_room(vso_opened_t *opened)
{
    slot_t *slot = opened->oldest;

    while (slot && opened->counts.entries > opened->max) {
        slot_t *next = slot->newer;

        if (!slot->users) {
            drop_slot(opened, slot);
        }
        slot = next;
    }
}

static slot_t *find_slot(vso_opened_t *opened, const char *name)
{
    slot_t *slot = apr_hash_get(opened->table, name, APR_HASH_KEY_STRING);

    if (slot) {
        return slot;
    }
    slot = calloc(1, sizeof(*slot));
    if (slot && !(slot->name = strdup(name))) {
        free(slot);
        slot = NULL;
    }
    if (slot) {
        apr_hash_set(opened->table, slot->name, APR_HASH_KEY_STRING, slot);
        link_newest(opened, slot);
        opened->counts.entries++;
    }
    return slot;
}

/* What somebody still holds stays. */
static apr_status_t drop_all(void *baton)
{
    vso_opened_t *opened = baton;

    pthread_mutex_lock(&opened->lock);
    opened->max = 0;
    make_room(opened);
    pthread_mutex_unlock(&opened->lock);
    return APR_SUCCESS;
}

apr_status_t vso_opened_make(vso_replica_t *replica, int max,
                             vso_opened_t **popened, apr_pool_t *p)
{
    vso_opened_t *opened = apr_pcalloc(p, sizeof(*opened));

    opened->source.replica = replica;
    opened->source.chains = vso_served_chains_make(p);
    opened->shared = vso_replica_options(replica)->shared;
    opened->max = max;
    opened->table = apr_hash_make(p);
    pthread_mutex_init(&opened->lock, NULL);
    pthread_cond_init(&opened->opened, NULL);
    apr_pool_cleanup_register(p, opened, drop_all, apr_pool_cleanup_null);
    *popened = opened;
    return APR_SUCCESS;
}

/* Looking up */

/** The record does not open: say so once, and go on with what is left. */
static vso_served_entry_t *rest(vso_opened_t *opened, slot_t *slot,
                                const unsigned char tag[VSO_RECORD_ID_LEN],
                                const vso_result_t *res)
{
    if (memcmp(slot->bad, tag, VSO_RECORD_ID_LEN)) {
        memcpy(slot->bad, tag, VSO_RECORD_ID_LEN);
        vso_log(VSO_LOG_ERROR, "entry %s cannot be read from the replica: %s",
                slot->name, res->detail ? res->detail : "OpenSSL fails");
    }
    return vso_served_rest(&opened->source, slot->served);
}

/** What the slot is to hold now. @return APR_SUCCESS; else nobody knows:
 * *pserved is what stays of what it holds, until the next look */
static apr_status_t look_up(vso_opened_t *opened, slot_t *slot,
                            vso_served_entry_t **pserved, int *pmade)
{
    unsigned char tag[VSO_RECORD_ID_LEN];
    vso_result_t *res;
    apr_status_t rv;
    apr_pool_t *p;

    apr_pool_create(&p, NULL);
    res = vso_result_create(p);
    rv = vso_replica_tag(opened->source.replica, slot->name, tag, res, p);
    if (rv == APR_SUCCESS && slot->served &&
        vso_served_is(&opened->source, slot->served, tag)) {
        vso_opened_ref(slot->served);
        *pserved = slot->served;
    }
    else if (rv == APR_SUCCESS) {
        rv = vso_served_make(&opened->source, slot->name, slot->served, pserved,
                             res, p);
        *pmade = rv == APR_SUCCESS;
        if (rv != APR_SUCCESS && rv != APR_NOTFOUND) {
            *pserved = rest(opened, slot, tag, res);
            /* looking again does not mend a record */
            rv = res->problem == VSO_P_INTERNAL ? rv : APR_SUCCESS;
        }
    }
    else if (rv != APR_NOTFOUND) {
        *pserved = vso_served_rest(&opened->source, slot->served);
    }
    apr_pool_destroy(p);
    return rv == APR_NOTFOUND ? APR_SUCCESS : rv;
}

/** Look a slot up; called with the lock, which is given up meanwhile. */
static apr_status_t open_slot(vso_opened_t *opened, slot_t *slot)
{
    vso_served_entry_t *served = NULL;
    vso_served_entry_t *old;
    apr_int64_t edition;
    apr_status_t rv;
    int made = 0;

    slot->opening = 1;
    pthread_mutex_unlock(&opened->lock);
    edition = vso_shared_edition(opened->shared);
    rv = look_up(opened, slot, &served, &made);
    pthread_mutex_lock(&opened->lock);
    slot->opening = 0;
    pthread_cond_broadcast(&opened->opened);
    opened->counts.opened += made;
    old = slot->served;
    slot->served = served;
    if (rv == APR_SUCCESS) {
        slot->edition = edition;
    }
    if (old) {
        pthread_mutex_unlock(&opened->lock);
        vso_opened_unref(old);
        pthread_mutex_lock(&opened->lock);
    }
    return rv;
}

/** With the lock: bring the slot to an edition that is not below `edition`. */
static void bring_to(vso_opened_t *opened, slot_t *slot, apr_int64_t edition)
{
    apr_status_t rv = APR_SUCCESS;

    slot->users++;
    while (rv == APR_SUCCESS && slot->edition < edition) {
        if (slot->opening) {
            pthread_cond_wait(&opened->opened, &opened->lock);
        }
        else {
            rv = open_slot(opened, slot);
        }
    }
    slot->users--;
}

vso_served_entry_t *vso_opened_get(vso_opened_t *opened, const char *entry)
{
    apr_int64_t edition = vso_shared_edition(opened->shared);
    vso_served_entry_t *served = NULL;
    slot_t *slot;

    pthread_mutex_lock(&opened->lock);
    slot = find_slot(opened, entry);
    if (slot && slot->edition < edition) {
        bring_to(opened, slot, edition);
    }
    if (slot) {
        if (slot != opened->newest) {
            unlink_slot(opened, slot);
            link_newest(opened, slot);
        }
        served = slot->served;
        if (served) {
            vso_opened_ref(served);
        }
        make_room(opened);
    }
    pthread_mutex_unlock(&opened->lock);
    return served;
}

/* Ahead of handshakes */

/** Names of what is in memory; lives in p. */
static apr_array_header_t *names(vso_opened_t *opened, apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, 64, sizeof(const char *));
    const slot_t *slot;

    pthread_mutex_lock(&opened->lock);
    for (slot = opened->newest; slot; slot = slot->older) {
        APR_ARRAY_PUSH(list, const char *) = apr_pstrdup(p, slot->name);
    }
    pthread_mutex_unlock(&opened->lock);
    return list;
}

void vso_opened_refresh(vso_opened_t *opened)
{
    apr_int64_t edition = vso_shared_edition(opened->shared);
    apr_array_header_t *list;
    apr_pool_t *p;
    int i;

    if (opened->refreshed == edition) {
        return;
    }
    apr_pool_create(&p, NULL);
    list = names(opened, p);
    for (i = 0; i < list->nelts; i++) {
        slot_t *slot;

        pthread_mutex_lock(&opened->lock);
        slot = apr_hash_get(opened->table, APR_ARRAY_IDX(list, i, const char *),
                            APR_HASH_KEY_STRING);
        if (slot) {
            bring_to(opened, slot, edition);
        }
        pthread_mutex_unlock(&opened->lock);
    }
    apr_pool_destroy(p);
    opened->refreshed = edition;
}

void vso_opened_counts(vso_opened_t *opened, vso_opened_counts_t *counts)
{
    pthread_mutex_lock(&opened->lock);
    *counts = opened->counts;
    pthread_mutex_unlock(&opened->lock);
}
