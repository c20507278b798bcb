/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sessions.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <openssl/rand.h>

#include "base/hex.h"
#include "store/db.h"
#include "store/rows.h"

#define COOKIE_BYTES 32
#define COOKIE_LEN   (COOKIE_BYTES * 2)

/* HMAC-SHA-256 in hex. */
#define ID_LEN 64
#define ENDED  "session "

/* Labels of the keys that are derived from a master key. */
#define ID_LABEL   "session id"
#define TEXT_LABEL "session text"

const char *vso_session_cookie(apr_pool_t *p)
{
    unsigned char bytes[COOKIE_BYTES];
    const char *cookie;

    if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
        return NULL;
    }
    cookie = vso_hex(bytes, sizeof(bytes), p);
    vso_wipe(bytes, sizeof(bytes));
    return cookie;
}

const char *vso_session_ended(const char *id, const char *reason, apr_pool_t *p)
{
    return apr_pstrcat(p, ENDED, id, reason ? ": " : NULL, reason, NULL);
}

const char *vso_session_ended_id(const char *detail, apr_pool_t *p)
{
    const char *id = detail + strlen(ENDED);

    return !strncmp(detail, ENDED, strlen(ENDED)) &&
                   strspn(id, "0123456789abcdef") == ID_LEN
               ? apr_pstrndup(p, id, ID_LEN)
               : NULL;
}

static int is_cookie(const char *text)
{
    return strlen(text) == COOKIE_LEN &&
           strspn(text, "0123456789abcdef") == COOKIE_LEN;
}

/** The id that a key of the ring gives a cookie; NULL: there is no such key. */
static const char *make_id(const vso_keyring_t *ring, int i, const char *cookie,
                           apr_pool_t *p)
{
    return vso_keyring_mac(ring, i, ID_LABEL, cookie, strlen(cookie), p);
}

/** A ring of the one key that seals what this cookie's session holds. */
static apr_status_t cookie_ring(const vso_keyring_t *ring, int i,
                                const char *cookie, vso_keyring_t **pmade,
                                vso_result_t *res, apr_pool_t *p)
{
    vso_secret_t *key =
        vso_keyring_derive(ring, i, TEXT_LABEL, cookie, strlen(cookie), p);

    *pmade = vso_keyring_create(p);
    return key && vso_keyring_add(*pmade, key) == APR_SUCCESS
               ? APR_SUCCESS
               : vso_fail(res, VSO_P_INTERNAL, NULL,
                          "A session's key could not be derived.");
}

static int take_number(const char **pat, apr_int64_t *pnumber)
{
    char *end;

    *pnumber = strtoll(*pat, &end, 10);
    if (end == *pat || *end != ' ') {
        return 0;
    }
    *pat = end + 1;
    return 1;
}

/** Sign-in, expiry and text, as put writes them. @return 0 for anything
 * else */
static int split(const char *plain, vso_session_t *session)
{
    if (!take_number(&plain, &session->signed_in_sec) ||
        !take_number(&plain, &session->expires_usec)) {
        return 0;
    }
    session->text = plain;
    return 1;
}

/** @param psession  NULL where the row does not open */
static apr_status_t open_row(const vso_keyring_t *ring, int i,
                             const char *cookie, const char *id,
                             const char *sealed, vso_session_t **psession,
                             vso_result_t *res, apr_pool_t *p)
{
    vso_session_t *session = apr_pcalloc(p, sizeof(*session));
    vso_keyring_t *sealing;
    vso_secret_t *plain;

    if (cookie_ring(ring, i, cookie, &sealing, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    session->id = id;
    if (vso_seal_open(sealing, sealed, id, &plain, vso_result_create(p), p) ==
            APR_SUCCESS &&
        split((const char *)plain->data, session)) {
        *psession = session;
    }
    return APR_SUCCESS;
}

static int is_over(const vso_session_t *session, apr_int64_t now_sec)
{
    return session->expires_usec / APR_USEC_PER_SEC <= now_sec ||
           session->signed_in_sec + VSO_SESSION_LIFE_SEC <= now_sec;
}

apr_status_t vso_session_find(vso_store_t *store, const vso_keyring_t *ring,
                              const char *cookie, apr_int64_t now_sec,
                              vso_session_t **psession, vso_result_t *res,
                              apr_pool_t *p)
{
    int i;

    *psession = NULL;
    for (i = 0; is_cookie(cookie) && !*psession && i < vso_keyring_size(ring);
         i++) {
        const char *args[] = {make_id(ring, i, cookie, p)};
        const char *sealed = NULL;

        if (!args[0] ||
            vso_rows_text(vso_store_db(store), VSO_SQL_SESSION_SELECT, args,
                          &sealed, res, p) != APR_SUCCESS ||
            (sealed && open_row(ring, i, cookie, args[0], sealed, psession, res,
                                p) != APR_SUCCESS)) {
            return APR_EGENERAL;
        }
    }
    if (*psession && is_over(*psession, now_sec)) {
        *psession = NULL;
    }
    return APR_SUCCESS;
}

/** What a session's key is made from. */
typedef struct {
    const vso_keyring_t *ring;
    int i; /**< which of its keys */
    const char *cookie;
} maker_t;

/** Write a session. @param i  the ring's key that its id is made with */
static apr_status_t put(vso_store_t *store, vso_sql_e sql, const maker_t *maker,
                        const vso_session_t *session, int *pwritten,
                        vso_result_t *res, apr_pool_t *p)
{
    char *text = apr_psprintf(p, "%" APR_INT64_T_FMT " %" APR_INT64_T_FMT " %s",
                              session->signed_in_sec, session->expires_usec,
                              session->text);
    vso_secret_t *plain = vso_secret_copy(text, strlen(text), p);
    const char *args[] = {NULL, vso_db_number(session->expires_usec, p),
                          session->id};
    vso_keyring_t *sealing;

    vso_wipe(text, plain->len);
    if (cookie_ring(maker->ring, maker->i, maker->cookie, &sealing, res, p) !=
            APR_SUCCESS ||
        vso_seal(sealing, plain, session->id, &args[0], res, p) !=
            APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return vso_db_exec(vso_store_db(store), sql, args, pwritten, res, p);
}

apr_status_t vso_session_insert(vso_store_t *store, const vso_keyring_t *ring,
                                const char *cookie, vso_session_t *session,
                                vso_result_t *res, apr_pool_t *p)
{
    const maker_t maker = {ring, 0, cookie};

    session->id = make_id(ring, 0, cookie, p);
    return session->id ? put(store, VSO_SQL_SESSION_INSERT, &maker, session,
                             NULL, res, p)
                       : vso_fail(res, VSO_P_INTERNAL, NULL,
                                  "There is no master key to protect sessions "
                                  "with: set VSOCertMasterKey.");
}

apr_status_t vso_session_update(vso_store_t *store, const vso_keyring_t *ring,
                                const char *cookie,
                                const vso_session_t *session, int *pthere,
                                vso_result_t *res, apr_pool_t *p)
{
    maker_t maker = {ring, -1, cookie};
    const char *id;

    do {
        id = make_id(ring, ++maker.i, cookie, p);
    } while (id && strcmp(id, session->id));
    return id ? put(store, VSO_SQL_SESSION_UPDATE, &maker, session, pthere, res,
                    p)
              : vso_fail(res, VSO_P_INTERNAL, NULL,
                         "The master key that protects this session was "
                         "removed.");
}

apr_status_t vso_session_delete(vso_store_t *store, const char *id,
                                vso_result_t *res, apr_pool_t *p)
{
    return vso_db_exec(vso_store_db(store), VSO_SQL_SESSION_DELETE, &id, NULL,
                       res, p);
}

apr_status_t vso_sessions_purge(vso_store_t *store, vso_result_t *res,
                                apr_pool_t *p)
{
    apr_int64_t now_sec = 0;
    const char *args[1];
    apr_status_t rv = vso_store_now(store, &now_sec, res, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    args[0] = vso_db_number(apr_time_from_sec(now_sec), p);
    return vso_db_exec(vso_store_db(store), VSO_SQL_SESSION_PURGE, args, NULL,
                       res, p);
}
