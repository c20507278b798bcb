/* SPDX-License-Identifier: Apache-2.0 */
#include "service/certificate/responders.h"

#include <string.h>
#include <strings.h>

#include <apr_strings.h>

#include "base/limits.h"

/* A failure that takes longer is no refusal: the responder is not reached, or
 * says nothing, or its name is not found. */
#define HANGS apr_time_from_sec(1)

/* The first question after it hung: to be reached, to answer, and some. */
#define TRIAL apr_time_from_sec(2 * VSO_OCSP_TIMEOUT_SEC + 1)

static void place_of(const char *url, vso_responder_t *responder)
{
    const char *host = strstr(url, "://");
    apr_size_t len;

    host = host ? host + 3 : url;
    len = strcspn(host, "/?#") + 1;
    apr_cpystrn(responder->place, host,
                len < sizeof(responder->place) ? len
                                               : sizeof(responder->place));
}

/* NULL: it did not hang. */
static vso_responder_t *find(vso_responders_t *responders,
                             const vso_responder_t *asked)
{
    int i;

    for (i = 0; i < VSO_RESPONDERS_MAX; i++) {
        if (!strcasecmp(responders->known[i].place, asked->place)) {
            return &responders->known[i];
        }
    }
    return NULL;
}

/* A free place, or that of the one that hung first. */
static vso_responder_t *oldest(vso_responders_t *responders)
{
    vso_responder_t *first = &responders->known[0];
    int i;

    for (i = 1; i < VSO_RESPONDERS_MAX; i++) {
        if (responders->known[i].until < first->until) {
            first = &responders->known[i];
        }
    }
    return first;
}

apr_interval_time_t vso_responders_wait(vso_responders_t *responders,
                                        const char *url, apr_time_t now)
{
    vso_responder_t asked;
    vso_responder_t *found;

    place_of(url, &asked);
    found = *asked.place ? find(responders, &asked) : NULL;
    if (!found) {
        return 0;
    }
    if (found->until > now) {
        return found->until - now;
    }
    found->until = now + TRIAL;
    return 0;
}

int vso_responders_told(vso_responders_t *responders, const char *url,
                        apr_time_t begun, apr_time_t now, int ok)
{
    vso_responder_t asked;
    vso_responder_t *found;
    int news;

    place_of(url, &asked);
    found = *asked.place ? find(responders, &asked) : NULL;
    if (ok || now - begun < HANGS || !*asked.place) {
        if (found) {
            memset(found, 0, sizeof(*found));
        }
        return 0;
    }
    news = !found;
    if (news) {
        found = oldest(responders);
        *found = asked;
    }
    found->until = now + apr_time_from_sec(VSO_OCSP_RETRY_SEC);
    return news;
}
