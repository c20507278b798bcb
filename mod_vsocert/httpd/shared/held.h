/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Places that one process of this node holds at a time: bytes of a file without
 * a name, which a lock of the kernel's is on. Whatever ends the process, the
 * kernel takes its locks back: nothing that was counted is lost with a child.
 */
#ifndef VSOCERT_SHARED_HELD_H
#define VSOCERT_SHARED_HELD_H

#include <apr_errno.h>

/** Which places are whose. */
enum {
    VSOCERT_HELD_SLOTS = 0,     /**< of slots.c */
    VSOCERT_HELD_SPOOLS = 1024, /**< of spool_room.c */
    VSOCERT_HELD_END = 2048
};

/** Make the file, or find it (parent, post_config). */
apr_status_t vsocert_held_setup(void);

/** Take a place. @return 0: somebody has it, maybe another thread of this
 * process */
int vsocert_held_take(int place);

void vsocert_held_give(int place);

/** Has anybody taken it, this process or another? */
int vsocert_held_by_any(int place);

#endif
