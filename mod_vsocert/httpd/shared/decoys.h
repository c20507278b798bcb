/* SPDX-License-Identifier: Apache-2.0 */
/**
 * For each list of users one that it has. A password for a user that a list
 * does not have is looked up for that one instead, and refused: the time that
 * this takes tells nobody which users there are.
 */
#ifndef VSOCERT_SHARED_DECOYS_H
#define VSOCERT_SHARED_DECOYS_H

#include <httpd.h>

#define VSOCERT_DECOY_SIZE 256

/** Find the table, or make it (parent, post_config). */
apr_status_t vsocert_decoys_setup(void);

/** A list has this user. */
void vsocert_decoys_learn(const char *list, const char *user);

/** @param user  one that the list has; "" where none is known
 *  @return 1: one is known */
int vsocert_decoys_get(const char *list, char user[VSOCERT_DECOY_SIZE]);

#endif
