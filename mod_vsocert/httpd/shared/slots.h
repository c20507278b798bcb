/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What takes processors for seconds, and how much of it this node does at a
 * time. Who finds no slot waits, if few wait already; else the call is refused,
 * so that handshakes and reads get their turn and threads are left for them.
 *
 * A slot is taken when the whole request is there, before a database connection
 * is asked for and before any transaction; a package's before a derivation's.
 * It is given back before the response is sent. One whose child died is free.
 */
#ifndef VSOCERT_SHARED_SLOTS_H
#define VSOCERT_SHARED_SLOTS_H

#include <apr_errno.h>

#include "base/result.h"

typedef enum {
    VSOCERT_SLOT_PACKAGE,    /**< to read, verify, write or sign a package */
    VSOCERT_SLOT_DERIVATION, /**< to open or make a keystore file */
    VSOCERT_SLOT_KINDS
} vsocert_slot_e;

/** "package", "derivation". */
extern const char *const vsocert_slot_names[VSOCERT_SLOT_KINDS];

/** For a slot that was not taken. */
#define VSOCERT_NO_SLOT (-1)

/** Find out how many there are (parent, post_config). */
apr_status_t vsocert_slots_setup(void);

/**
 * Take a slot; wait for one for VSO_SLOT_WAIT_SEC at most.
 * @param pslot  give it to vsocert_slot_give
 * @param res    BUSY
 */
apr_status_t vsocert_slot_take(vsocert_slot_e kind, int *pslot,
                               vso_result_t *res);

/** Give it back. @param pslot  becomes VSOCERT_NO_SLOT; that does no harm */
void vsocert_slot_give(int *pslot);

/** Of a kind, on this node: slots in all, taken ones, and who waits. */
typedef struct {
    int slots;
    int taken;
    int waiting;
} vsocert_slots_t;

void vsocert_slots_count(vsocert_slot_e kind, vsocert_slots_t *found);

#endif
