/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/request/users.h"

#include <stdatomic.h>
#include <string.h>

#include <ap_provider.h>
#include <apr_lib.h>
#include <apr_md5.h>
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>

#include "httpd/config.h"
#include "httpd/request/browser.h"
#include "httpd/request/response.h"
#include "httpd/request/session.h"
#include "httpd/shared/counters.h"
#include "httpd/shared/credentials.h"
#include "httpd/shared/decoys.h"
#include "httpd/shared/failures.h"
#include "httpd/shared/guesses.h"
#include "httpd/shared/lately.h"

APLOG_USE_MODULE(vsocert);

/* Of a request's pool: what was found out about its credentials, there. */
#define VERDICT "vsocert-verdict"

/** Credentials, and what became of them. */
typedef struct {
    const request_rec *r; /**< that brought them */
    const char *user;
    const char *password;
    const char *network; /**< that they come from */
    authn_status status;
} verdict_t;

/* As long as a user who is there takes: until a wrong password shows what that
 * is, bcrypt at the cost that README has users made with. */
static const char slow_hash[] =
    "$2y$10$Ya1oEtlQCgrmX4uj8ka/YeFL2FS6xUdL8sZDoL6pAT78uQvBG.5hm";

/** Of this request alone: a redirection within httpd, or a subrequest, may lead
 * to another list of users. */
static verdict_t *verdict_of(request_rec *r)
{
    void *found = NULL;
    verdict_t *verdict;

    apr_pool_userdata_get(&found, VERDICT, r->pool);
    verdict = found;
    if (!verdict || verdict->r != r) {
        verdict = apr_pcalloc(r->pool, sizeof(*verdict));
        verdict->r = r;
        apr_pool_userdata_setn(verdict, VERDICT, NULL, r->pool);
    }
    return verdict;
}

/* Asking the providers */

/** The first that knows the user decides, as in httpd. */
static authn_status ask(request_rec *r, const vsocert_users_t *users,
                        const char *user, const char *password)
{
    authn_status status = AUTH_USER_NOT_FOUND;
    int i;

    for (i = 0; i < users->providers->nelts && status == AUTH_USER_NOT_FOUND;
         i++) {
        const char *name = APR_ARRAY_IDX(users->providers, i, const char *);
        const authn_provider *provider = ap_lookup_provider(
            AUTHN_PROVIDER_GROUP, name, AUTHN_PROVIDER_VERSION);

        if (!provider || !provider->check_password) {
            return AUTH_GENERAL_ERROR;
        }
        apr_table_setn(r->notes, AUTHN_PROVIDER_NAME_NOTE, name);
        status = provider->check_password(r, user, password);
        apr_table_unset(r->notes, AUTHN_PROVIDER_NAME_NOTE);
    }
    return status;
}

/** Do they all have hashes of their own? A directory would count a wrong
 * password against the user that it is asked for. */
static int derive_here(const vsocert_users_t *users)
{
    static const char *const known[] = {"file", "dbm", "dbd", "socache"};
    apr_size_t i;
    int j;

    for (j = 0; j < users->providers->nelts; j++) {
        const char *name = APR_ARRAY_IDX(users->providers, j, const char *);

        for (i = 0;
             i < sizeof(known) / sizeof(known[0]) && strcmp(name, known[i]);
             i++) {
        }
        if (i == sizeof(known) / sizeof(known[0])) {
            return 0;
        }
    }
    return 1;
}

/** There is no such user: take as long as if there were. */
static void take_as_long(request_rec *r, const vsocert_users_t *users,
                         const char *password)
{
    char decoy[VSOCERT_DECOY_SIZE];

    if (!derive_here(users)) {
        return;
    }
    if (!vsocert_decoys_get(users->list, decoy) ||
        ask(r, users, decoy, password) == AUTH_USER_NOT_FOUND) {
        apr_password_validate(password, slow_hash);
    }
}

/** What is left to do where they do not fit. */
static void failed(request_rec *r, const vsocert_users_t *users,
                   const verdict_t *verdict)
{
    if (verdict->status == AUTH_DENIED) {
        vsocert_decoys_learn(users->list, verdict->user);
        vsocert_failures_add(VSOCERT_FAILED_PASSWORD, verdict->user,
                             r->useragent_ip);
    }
    else {
        take_as_long(r, users, verdict->password);
        vsocert_failures_add(VSOCERT_FAILED_UNKNOWN, "", r->useragent_ip);
    }
    vsocert_count(VSOCERT_COUNT_SIGN_IN_FAILED);
}

/* Limits */

/** Where the client is: its address, or the first half of an IPv6 one, which
 * is one household's or one firm's. */
static const char *network_of(const request_rec *r)
{
    const apr_sockaddr_t *from = r->useragent_addr;
    const unsigned char *bytes = from ? from->ipaddr_ptr : NULL;

    if (!bytes || from->family != APR_INET6 ||
        IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)from->ipaddr_ptr)) {
        return r->useragent_ip;
    }
    return apr_psprintf(r->pool, "%02x%02x:%02x%02x:%02x%02x:%02x%02x::/64",
                        bytes[0], bytes[1], bytes[2], bytes[3], bytes[4],
                        bytes[5], bytes[6], bytes[7]);
}

/** As guesses are counted: a directory, or a database, takes a user's name in
 * capitals and with blanks as well, and each spelling would have a count. */
static const char *fold(const char *user, apr_pool_t *p)
{
    char *folded = apr_palloc(p, strlen(user) + 1);

    apr_collapse_spaces(folded, user);
    ap_str_tolower(folded);
    return folded;
}

/** Judge a guess: it is counted before anybody is asked.
 * @return the seconds to wait instead, or 0 */
static int judge_guess(request_rec *r, const vsocert_users_t *users,
                       verdict_t *verdict)
{
    vsocert_guess_t guess = {.user = fold(verdict->user, r->pool),
                             .network = verdict->network};
    int wait_sec;

    guess.known = vsocert_lately_is(guess.user, guess.network) ||
                  vsocert_browser_is_known(r, verdict->user);
    wait_sec = vsocert_guesses_begin(&guess);
    if (wait_sec) {
        return wait_sec;
    }
    verdict->status = ask(r, users, verdict->user, verdict->password);
    if (verdict->status == AUTH_GRANTED) {
        vsocert_guesses_take_back(&guess);
        vsocert_lately_add(guess.user, guess.network);
        vsocert_count(VSOCERT_COUNT_SIGN_IN);
    }
    else if (verdict->status == AUTH_GENERAL_ERROR) {
        vsocert_guesses_take_back(&guess);
    }
    else {
        failed(r, users, verdict);
    }
    return 0;
}

/** Without VSOCertUsers nobody can tell lists of users apart: nothing is
 * remembered. */
static const vsocert_users_t *users_of(request_rec *r)
{
    const vsocert_users_t *users = vsocert_config_users(r);
    vsocert_users_t *made;

    if (users) {
        return users;
    }
    made = apr_pcalloc(r->pool, sizeof(*made));
    made->providers = apr_array_make(r->pool, 1, sizeof(const char *));
    APR_ARRAY_PUSH(made->providers, const char *) = "file";
    made->list = "";
    return made;
}

/** Where credentials are remembered for. A virtual host that inherits
 * VSOCertUsers can have users of its own, and so can another realm. */
static const char *place_of(const request_rec *r, const vsocert_users_t *users)
{
    const server_rec *server = r->server;

    return apr_psprintf(r->pool, "%s %s:%u %s", users->id,
                        server->defn_name ? server->defn_name : "",
                        server->defn_line_number,
                        ap_auth_name((request_rec *)r));
}

/** Ask the table of credentials that were right lately. */
static int is_remembered(request_rec *r, const vsocert_users_t *users,
                         const verdict_t *verdict, vsocert_digest_t *digest)
{
    const char *texts[] = {place_of(r, users), verdict->user, verdict->password,
                           verdict->network};

    return vsocert_credentials_begin(texts, digest);
}

/** @param typed  0: the password is a session's, which is no guess
 *  @return the seconds to wait, or 0 with the verdict */
static int judge(request_rec *r, verdict_t *verdict, int typed)
{
    const vsocert_users_t *users = users_of(r);
    vsocert_digest_t digest;
    int wait_sec = 0;

    verdict->status = AUTH_DENIED;
    verdict->network = network_of(r);
    /* where too many were refused, it is a guess as any other one */
    if (users->id && is_remembered(r, users, verdict, &digest) &&
        !(typed && vsocert_guesses_hammered(verdict->user, verdict->network))) {
        verdict->status = AUTH_GRANTED;
        return 0;
    }
    if (typed) {
        wait_sec = judge_guess(r, users, verdict);
    }
    else {
        verdict->status = ask(r, users, verdict->user, verdict->password);
    }
    if (users->id) {
        vsocert_credentials_end(&digest, verdict->status == AUTH_GRANTED);
    }
    return wait_sec;
}

static void note_refusal(request_rec *r, const verdict_t *verdict, int wait_sec)
{
    vsocert_guesses_refused(verdict->user, verdict->network);
    vsocert_count(VSOCERT_COUNT_SIGN_IN_REFUSED);
    vsocert_failures_add(VSOCERT_FAILED_LIMIT, "", r->useragent_ip);
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                  "vsocert: too many wrong passwords: nobody is asked about "
                  "user and password for %d s",
                  wait_sec);
}

static apr_status_t refuse(request_rec *r, const char *why, int wait_sec,
                           vso_result_t *res)
{
    apr_table_setn(r->headers_out, "Retry-After", apr_itoa(r->pool, wait_sec));
    return vso_fail(res, VSO_P_SLOW_DOWN, NULL, "%s: try again in %d second%s.",
                    why, wait_sec, wait_sec == 1 ? "" : "s");
}

apr_status_t vsocert_users_judge(request_rec *r, const char *user,
                                 const char *password, vso_result_t *res)
{
    verdict_t *verdict = verdict_of(r);
    int wait_sec;

    verdict->user = user;
    verdict->password = password;
    wait_sec = judge(r, verdict, 1);
    if (!wait_sec) {
        return APR_SUCCESS;
    }
    note_refusal(r, verdict, wait_sec);
    return refuse(r, "Too many wrong passwords", wait_sec, res);
}

apr_status_t vsocert_users_sign_in(request_rec *r, vso_result_t *res)
{
    const verdict_t *verdict = verdict_of(r);
    int wait_sec = verdict->status == AUTH_GRANTED && verdict->user
                       ? vsocert_guesses_sign_in(fold(verdict->user, r->pool))
                       : 0;

    return wait_sec ? refuse(r, "This user signed in too often", wait_sec, res)
                    : APR_SUCCESS;
}

/* The provider */

static int was_judged(const verdict_t *verdict, const char *user,
                      const char *password)
{
    return verdict->user && !strcmp(verdict->user, user) &&
           !strcmp(verdict->password, password);
}

static authn_status check_password(request_rec *r, const char *user,
                                   const char *password)
{
    verdict_t *verdict = verdict_of(r);
    const char *type = ap_auth_type(r);
    int typed =
        !type || ap_cstr_casecmp(type, "Form") || !vsocert_session_opened(r);
    int wait_sec;

    if (!was_judged(verdict, user, password)) {
        verdict->user = apr_pstrdup(r->pool, user);
        verdict->password = apr_pstrdup(r->pool, password);
        wait_sec = judge(r, verdict, typed);
        if (wait_sec) {
            note_refusal(r, verdict, wait_sec);
        }
    }
    if (!typed && (verdict->status == AUTH_DENIED ||
                   verdict->status == AUTH_USER_NOT_FOUND)) {
        vsocert_session_drop(r);
    }
    return verdict->status;
}

void vsocert_users_warn(request_rec *r)
{
    static atomic_flag warned = ATOMIC_FLAG_INIT;
    const char *type = r->ap_auth_type;

    if (type && ap_is_initial_req(r) &&
        (!ap_cstr_casecmp(type, "Basic") || !ap_cstr_casecmp(type, "Form")) &&
        !verdict_of(r)->user && !atomic_flag_test_and_set(&warned)) {
        ap_log_rerror(
            APLOG_MARK, APLOG_WARNING, 0, r,
            "vsocert: passwords for %s can be guessed as fast as this "
            "server goes, and each call derives one: set "
            "Auth%sProvider " VSOCERT_PROVIDER " there, and VSOCertUsers",
            r->uri, ap_cstr_casecmp(type, "Basic") ? "Form" : "Basic");
    }
}

static const authn_provider provider = {check_password, NULL};

/* Before mod_auth_basic: it could not say 429. */
static int check_authn(request_rec *r)
{
    const char *type = ap_auth_type(r);
    const char *password;
    const char *user;
    vso_result_t *res;

    if (!type || ap_cstr_casecmp(type, "Basic") || !vsocert_config_users(r) ||
        !ap_is_initial_req(r) ||
        ap_get_basic_auth_components(r, &user, &password) != APR_SUCCESS) {
        return DECLINED;
    }
    res = vso_result_create(r->pool);
    if (vsocert_users_judge(r, user, password, res) == APR_SUCCESS) {
        return DECLINED;
    }
    ap_run_insert_filter(r);
    vsocert_response_end(r, res);
    return DONE;
}

void vsocert_users_register(apr_pool_t *p)
{
    ap_register_auth_provider(p, AUTHN_PROVIDER_GROUP, VSOCERT_PROVIDER,
                              AUTHN_PROVIDER_VERSION, &provider,
                              AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_check_authn(check_authn, NULL, NULL, APR_HOOK_FIRST,
                        AP_AUTH_INTERNAL_PER_CONF);
}
