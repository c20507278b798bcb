/* SPDX-License-Identifier: Apache-2.0 */
/**
 * OCSP responders that hang. One may have signed for thousands of certificates;
 * each question to it would take a thread as long as the question may take, and
 * those of other responders would wait. So it is left alone for
 * VSO_OCSP_RETRY_SEC after it hung, and then asked once before it is asked
 * again for all.
 *
 * All zeros: none hangs. For one thread at a time. Times are of a clock that is
 * never set (vso_worker_now).
 */
#ifndef VSO_SERVICE_RESPONDERS_H
#define VSO_SERVICE_RESPONDERS_H

#include <apr.h>
#include <apr_time.h>

/** That are known at once; of more, those that hung first are forgotten. */
#define VSO_RESPONDERS_MAX 64

/** One that hung. */
typedef struct {
    char place[272];  /**< host and port, as in the URL; "": none */
    apr_time_t until; /**< it is left alone */
} vso_responder_t;

/** All of them. */
typedef struct {
    vso_responder_t known[VSO_RESPONDERS_MAX];
} vso_responders_t;

/**
 * May it be asked? Who may is to say how it went.
 * @param url  http://host[:port][/path]
 * @return 0: yes; how long it is left alone
 */
apr_interval_time_t vso_responders_wait(vso_responders_t *responders,
                                        const char *url, apr_time_t now);

/**
 * How it went.
 * @param begun  when it was asked
 * @param ok     it answered
 * @return 1: it hangs, which was not known
 */
int vso_responders_told(vso_responders_t *responders, const char *url,
                        apr_time_t begun, apr_time_t now, int ok);

#endif
