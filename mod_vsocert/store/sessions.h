/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Sessions of signed-in users, vmo_session. What the database holds of one is
 * worth nothing without its cookie, and a cookie without the database is worth
 * nothing either.
 *
 * The cookie is 32 random bytes in hex. The row's key, the session's id, is an
 * HMAC of the cookie; what the session holds is AES-256-GCM under a key derived
 * from the cookie, with the id as associated data. Both keys come from a master
 * key (seal.h) and the cookie, so that the nodes of a fleet share sessions. A
 * row that was edited, or copied to another id, opens no more. When the session
 * ends is sealed as well: the column expiry only says when the row can go.
 *
 * Times are the database's.
 */
#ifndef VSO_SESSIONS_H
#define VSO_SESSIONS_H

#include <apr_pools.h>

#include "base/result.h"
#include "store/seal.h"
#include "store/store.h"

/** A session ends that long after the sign-in, however much it is used. */
#define VSO_SESSION_LIFE_SEC (12 * 3600)

/** A session. */
typedef struct {
    const char *id; /**< the row's key; set by the functions below */
    apr_int64_t signed_in_sec;
    apr_int64_t expires_usec; /**< unless it is renewed before */
    const char *text;         /**< what it holds; wiped when p goes */
} vso_session_t;

/** Actions of the audit trail. */
#define VSO_SESSION_SIGN_IN  "sign-in"
#define VSO_SESSION_SIGN_OUT "sign-out"

/** Detail of the audit row of a sign-out. @param reason  or NULL */
const char *vso_session_ended(const char *id, const char *reason,
                              apr_pool_t *p);

/** The id in such a detail; NULL: there is none. */
const char *vso_session_ended_id(const char *detail, apr_pool_t *p);

/** A new cookie; NULL where there are no random bytes. */
const char *vso_session_cookie(apr_pool_t *p);

/**
 * The session of a cookie.
 * @param ring      any of its keys may have made it
 * @param cookie    as it was sent: may be anything
 * @param psession  NULL: there is none, its row does not open, or it is over
 * @param now_sec   the database's time
 * @param res       DATABASE
 */
apr_status_t vso_session_find(vso_store_t *store, const vso_keyring_t *ring,
                              const char *cookie, apr_int64_t now_sec,
                              vso_session_t **psession, vso_result_t *res,
                              apr_pool_t *p);

/** Store a new session; sets its id. The ring's first key makes it.
 * @param res  DATABASE; INTERNAL for an empty ring */
apr_status_t vso_session_insert(vso_store_t *store, const vso_keyring_t *ring,
                                const char *cookie, vso_session_t *session,
                                vso_result_t *res, apr_pool_t *p);

/** Store what a session that was found holds now, and when it expires.
 * @param pthere  0: it was ended meanwhile, and stays so */
apr_status_t vso_session_update(vso_store_t *store, const vso_keyring_t *ring,
                                const char *cookie,
                                const vso_session_t *session, int *pthere,
                                vso_result_t *res, apr_pool_t *p);

/** End a session: its row goes. */
apr_status_t vso_session_delete(vso_store_t *store, const char *id,
                                vso_result_t *res, apr_pool_t *p);

/** Delete all that have expired, by the database's clock. */
apr_status_t vso_sessions_purge(vso_store_t *store, vso_result_t *res,
                                apr_pool_t *p);

#endif
