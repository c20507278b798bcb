/* SPDX-License-Identifier: Apache-2.0 */
/**
 * How often passwords were guessed on this node, in the last 15 minutes: for a
 * user from a network, for all users from a network, and for a user from
 * everywhere. Beyond a limit a guess has to wait (base/pace.h).
 */
#ifndef VSOCERT_SHARED_GUESSES_H
#define VSOCERT_SHARED_GUESSES_H

#include <httpd.h>
#include <apr_time.h>

/** Failures in 15 minutes that need no waiting. */
#define VSOCERT_GUESSES_PAIR    5
#define VSOCERT_GUESSES_NETWORK 30
#define VSOCERT_GUESSES_USER    100

/** Refusals in 15 minutes up to which credentials that are remembered need no
 * waiting, for a user from a network: whoever guesses beyond the limits would
 * otherwise still find out which password is the remembered one. */
#define VSOCERT_GUESSES_REFUSED 1000

/** Sign-ins at the page in 15 minutes that need no waiting, of a user. */
#define VSOCERT_GUESSES_SIGN_INS 300

/** One that is about to be made. */
typedef struct {
    const char *user;    /**< however it was spelt */
    const char *network; /**< of the client */
    int known;     /**< this user, or this browser, signed in from there lately:
                        only the pair's limit holds */
    apr_time_t at; /**< as of vso_worker_now; set by begin */
    apr_time_t before[3]; /**< when each count had its last; set by begin */
} vsocert_guess_t;

/** Find the table, or make it (parent, post_config). */
apr_status_t vsocert_guesses_setup(void);

/** Count a guess, before the password is looked at: of those that come at once
 * only as many get through as the limits leave.
 * @return 0: it may be made; or the seconds to wait, and nothing was counted */
int vsocert_guesses_begin(vsocert_guess_t *guess);

/** A guess was refused. */
void vsocert_guesses_refused(const char *user, const char *network);

/** 1: more than VSOCERT_GUESSES_REFUSED were. */
int vsocert_guesses_hammered(const char *user, const char *network);

/** Count a sign-in with the right password.
 * @return 0, or the seconds to wait, and nothing was counted */
int vsocert_guesses_sign_in(const char *user);

/** It was right, or could not be judged: it does not count. */
void vsocert_guesses_take_back(const vsocert_guess_t *guess);

#endif
