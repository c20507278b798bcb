/* SPDX-License-Identifier: Apache-2.0 */
/**
 * This process's snapshot of what the board shows: certificates parsed, keys
 * unsealed. Swapped under a lock; whoever uses it holds a reference.
 */
#ifndef VSOCERT_TLS_OPENED_H
#define VSOCERT_TLS_OPENED_H

#include "service/certificate/snapshot.h"

/**
 * The snapshot that belongs to the board's edition; opened first when the one
 * at hand is older. The handshake path: one atomic read when nothing changed.
 * @return one reference, for vso_snapshot_unref; NULL while nothing is known
 */
vso_snapshot_t *vsocert_opened_get(void);

#endif
