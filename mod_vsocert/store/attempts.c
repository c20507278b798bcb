/* SPDX-License-Identifier: Apache-2.0 */
#include "store/attempts.h"

#include <string.h>

#include <openssl/rand.h>

#include <apr_strings.h>

#include "base/hex.h"
#include "store/db.h"

/** A place's row, where it has one. */
typedef struct {
    int found;
    apr_int64_t at_sec;
    const char *token;
} place_t;

static apr_status_t take_row(void *baton, const vso_row_t *row,
                             vso_result_t *res)
{
    place_t *place = baton;

    (void)res;
    place->found = 1;
    place->at_sec = vso_row_int(row, 0);
    place->token = vso_row_text(row, 1);
    return APR_SUCCESS;
}

static apr_status_t look(vso_db_t *db, const char **args, place_t *place,
                         vso_result_t *res, apr_pool_t *p)
{
    memset(place, 0, sizeof(*place));
    return vso_db_select(db, VSO_SQL_ATTEMPT_GET, args, take_row, place, res,
                         p);
}

/** A time far in the future comes from a wrong clock or an edit: nobody is
 * locked out for that. */
static int is_held(const place_t *place, apr_int64_t now_sec,
                   apr_int64_t hold_sec)
{
    return place->found && place->at_sec > now_sec - hold_sec &&
           place->at_sec <= now_sec + hold_sec;
}

/** Try one place. *pmine: 1 when it was free, and nobody was faster. */
static apr_status_t try_place(vso_db_t *db, const vso_attempt_t *attempt,
                              apr_int64_t now_sec, apr_int64_t hold_sec,
                              int *pmine, vso_result_t *res, apr_pool_t *p)
{
    const char *number = apr_itoa(p, attempt->place);
    const char *now = vso_db_number(now_sec, p);
    const char *get[] = {attempt->event, number};
    const char *insert[] = {attempt->event, number, "0", attempt->token, now};
    const char *renew[] = {attempt->token, now, attempt->event, number, NULL};
    vso_result_t *cause = vso_result_create(p);
    apr_status_t rv;
    place_t place;
    int affected = 0;

    *pmine = 0;
    rv = look(db, get, &place, res, p);
    if (rv != APR_SUCCESS || is_held(&place, now_sec, hold_sec)) {
        return rv;
    }
    if (place.found) {
        renew[4] = place.token;
        rv = vso_db_exec(db, VSO_SQL_ATTEMPT_RENEW, renew, &affected, cause, p);
        *pmine = rv == APR_SUCCESS && affected == 1;
    }
    else {
        rv = vso_db_exec(db, VSO_SQL_EVENT_INSERT, insert, NULL, cause, p);
        *pmine = rv == APR_SUCCESS;
    }
    if (rv == APR_SUCCESS) {
        return rv;
    }
    /* somebody else at the same moment? */
    rv = look(db, get, &place, res, p);
    if (rv == APR_SUCCESS && !is_held(&place, now_sec, hold_sec)) {
        rv = vso_fail_as(res, cause);
    }
    return rv;
}

static apr_status_t make_token(const char **ptoken, vso_result_t *res,
                               apr_pool_t *p)
{
    unsigned char random[16];

    if (RAND_bytes(random, sizeof(random)) != 1) {
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "The random number generator failed.");
    }
    *ptoken = vso_hex_sha256(random, sizeof(random), p);
    return APR_SUCCESS;
}

apr_status_t vso_attempt_begin(vso_store_t *store,
                               const vso_attempt_rule_t *rule,
                               const char *actor, apr_int64_t now_sec,
                               vso_attempt_t *attempt, vso_result_t *res,
                               apr_pool_t *p)
{
    vso_db_t *db = vso_store_db(store);
    apr_status_t rv;
    int mine = 0;
    int i;

    /* names of users have any length, and vmo_event's column has not */
    attempt->event = apr_pstrcat(
        p, rule->what, " ",
        vso_hex_sha256((const unsigned char *)actor, strlen(actor), p), NULL);
    rv = make_token(&attempt->token, res, p);
    for (i = 0; rv == APR_SUCCESS && !mine && i < rule->places; i++) {
        attempt->place = i;
        rv = try_place(db, attempt, now_sec, rule->hold_sec, &mine, res, p);
    }
    if (!mine) {
        attempt->place = -1;
    }
    return rv;
}

void vso_attempt_take_back(vso_store_t *store, const vso_attempt_t *attempt,
                           apr_pool_t *p)
{
    const char *args[] = {attempt->event, apr_itoa(p, attempt->place),
                          attempt->token};

    vso_db_exec(vso_store_db(store), VSO_SQL_ATTEMPT_DELETE, args, NULL,
                vso_result_create(p), p);
}
