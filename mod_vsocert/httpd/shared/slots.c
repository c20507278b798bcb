/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/slots.h"

#include <sched.h>

#include <ap_mpm.h>
#include <apr_time.h>

#include "base/limits.h"
#include "base/worker.h"
#include "httpd/shared/counters.h"
#include "httpd/shared/held.h"

/* How often those who wait look whether it is their turn. */
#define LOOK_INTERVAL apr_time_from_msec(10)

/* Places of a kind: its slots, then the queue of those who wait. */
#define PLACES_OF_KIND (VSO_MAX_SLOTS * (1 + VSO_SLOT_WAITERS))

const char *const vsocert_slot_names[VSOCERT_SLOT_KINDS] = {"package",
                                                            "derivation"};

static int slots; /* of each kind */

static int lesser(int a, int b)
{
    return a < b ? a : b;
}

/** Threads of all children that there may be. */
static int all_threads(void)
{
    int daemons = 0;
    int threads = 0;

    ap_mpm_query(AP_MPMQ_MAX_DAEMONS, &daemons);
    ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads);
    return daemons * (threads > 0 ? threads : 1);
}

apr_status_t vsocert_slots_setup(void)
{
    cpu_set_t processors;

    slots = sched_getaffinity(0, sizeof(processors), &processors)
                ? 1
                : CPU_COUNT(&processors);
    slots = lesser(slots, all_threads() / VSO_THREADS_PER_SLOT);
    slots = lesser(slots < 1 ? 1 : slots, VSO_MAX_SLOTS);
    return vsocert_held_setup();
}

static int first_of(vsocert_slot_e kind)
{
    return VSOCERT_HELD_SLOTS + (int)kind * PLACES_OF_KIND;
}

/** @return VSOCERT_NO_SLOT: all are taken */
static int take_any(int first, int count)
{
    int i;

    for (i = first; i < first + count; i++) {
        if (vsocert_held_take(i)) {
            return i;
        }
    }
    return VSOCERT_NO_SLOT;
}

/** Wait in the queue: whoever is at its head takes the next slot that is free,
 * the others move up.
 * @param place  that the caller has taken; it is given back */
static int wait_for_slot(int first, int place)
{
    apr_time_t until = vso_worker_now() + apr_time_from_sec(VSO_SLOT_WAIT_SEC);
    int head = first + slots;
    int slot = VSOCERT_NO_SLOT;

    while (slot == VSOCERT_NO_SLOT && vso_worker_now() < until) {
        if (place > head && vsocert_held_take(place - 1)) {
            vsocert_held_give(place--);
        }
        else if (place > head ||
                 (slot = take_any(first, slots)) == VSOCERT_NO_SLOT) {
            apr_sleep(LOOK_INTERVAL);
        }
    }
    vsocert_held_give(place);
    return slot;
}

static apr_status_t busy(vsocert_slot_e kind, vso_result_t *res)
{
    static const char *const what[VSOCERT_SLOT_KINDS] = {
        "packages", "keystore files with their passwords"};

    vsocert_count(VSOCERT_COUNT_REFUSED_PACKAGE + (int)kind);
    return vso_fail(res, VSO_P_BUSY, NULL,
                    "This server works on as many %s as it can, and others "
                    "wait: try again in some seconds.",
                    what[kind]);
}

apr_status_t vsocert_slot_take(vsocert_slot_e kind, int *pslot,
                               vso_result_t *res)
{
    int first = first_of(kind);
    int head = first + slots;
    int slot = VSOCERT_NO_SLOT;
    int place;

    if (!vsocert_held_by_any(head)) {
        slot = take_any(first, slots);
    }
    if (slot == VSOCERT_NO_SLOT) {
        place = take_any(head, slots * VSO_SLOT_WAITERS);
        slot = place == VSOCERT_NO_SLOT ? place : wait_for_slot(first, place);
    }
    if (slot == VSOCERT_NO_SLOT) {
        return busy(kind, res);
    }
    *pslot = slot;
    return APR_SUCCESS;
}

void vsocert_slot_give(int *pslot)
{
    if (*pslot != VSOCERT_NO_SLOT) {
        vsocert_held_give(*pslot);
        *pslot = VSOCERT_NO_SLOT;
    }
}

static int count_held(int first, int count)
{
    int found = 0;
    int i;

    for (i = first; i < first + count; i++) {
        found += vsocert_held_by_any(i);
    }
    return found;
}

void vsocert_slots_count(vsocert_slot_e kind, vsocert_slots_t *found)
{
    int first = first_of(kind);

    found->slots = slots;
    found->taken = count_held(first, slots);
    found->waiting = count_held(first + slots, slots * VSO_SLOT_WAITERS);
}
