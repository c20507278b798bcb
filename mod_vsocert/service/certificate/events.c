/* SPDX-License-Identifier: Apache-2.0 */
#include "service/certificate/events.h"

#include <string.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "store/audit.h"
#include "store/entries.h"

#define DAY_SEC 86400

/* Audit rows or entries that are looked at in one go. */
#define PAGE 50

static const struct {
    const char *action; /* of the audit trail */
    const char *event;
} of_actions[] = {
    {"create", "created"},
    {"replace", "created"},
    {"reply", "activated"},
    {"activate", "activated"},
    {"chain", "chain-updated"},
    {"import", "import"},
    {"adopt", "import"},
    {"export", "export"},
    {"destroy", "key-destroyed"},
    {"package-import", "package-import"},
    {"package-export", "package-export"},
};

/* The nearest first. */
static const struct {
    int days;
    const char *event;
} marks[] = {
    {0, "expired"},      {1, "expiring-1"},   {7, "expiring-7"},
    {14, "expiring-14"}, {30, "expiring-30"},
};

static const char *event_of(const char *action)
{
    apr_size_t i;

    for (i = 0; i < sizeof(of_actions) / sizeof(of_actions[0]); i++) {
        if (!strcmp(of_actions[i].action, action)) {
            return of_actions[i].event;
        }
    }
    return NULL;
}

static void describe(vso_event_t *event, const vso_version_t *version)
{
    event->version_id = version->id;
    event->subject = version->subject_text;
    event->fingerprint = version->fingerprint;
    event->not_after_sec = version->not_after_sec;
}

/** The name in front of a package's detail. It has no colon in it, as it can
 * be a file's. */
static const char *package_of(const vso_audit_event_t *event, apr_pool_t *p)
{
    if (strncmp(event->action, "package-", strlen("package-"))) {
        return "";
    }
    return apr_pstrmemdup(p, event->detail, strcspn(event->detail, ":"));
}

static apr_status_t fill(vso_store_t *store, const vso_audit_row_t *row,
                         vso_event_t *event, vso_result_t *res, apr_pool_t *p)
{
    vso_version_t *version;
    apr_status_t rv;

    event->name = event_of(row->event.action);
    event->entry = row->event.entry;
    event->package = package_of(&row->event, p);
    event->seq = row->seq;
    event->actor = row->event.actor;
    event->at_sec = row->at_sec;
    event->version_id = 0;
    event->subject = event->fingerprint = "";
    event->not_after_sec = 0;
    if (!row->event.version_id) {
        return APR_SUCCESS;
    }
    rv = vso_versions_get(store, row->event.version_id, &version, res, p);
    if (rv == APR_SUCCESS) {
        describe(event, version);
    }
    return rv;
}

apr_status_t vso_events_since(vso_store_t *store, apr_int64_t after,
                              apr_array_header_t **pevents, apr_int64_t *plast,
                              vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *events = apr_array_make(p, 4, sizeof(vso_event_t));
    apr_array_header_t *rows;
    apr_int64_t now_sec = 0;
    apr_int64_t last = after;
    int i;

    if (vso_audit_since(store, after, PAGE, &rows, res, p) != APR_SUCCESS ||
        vso_store_now(store, &now_sec, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < rows->nelts; i++) {
        const vso_audit_row_t *row = &APR_ARRAY_IDX(rows, i, vso_audit_row_t);

        last = row->seq;
        if (event_of(row->event.action) &&
            !strcmp(row->outcome, vso_problem_slug(VSO_P_NONE)) &&
            row->at_sec > now_sec - VSO_EVENT_LATE_SEC &&
            fill(store, row, apr_array_push(events), res, p) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    *pevents = events;
    *plast = last;
    return APR_SUCCESS;
}

/** The mark that a certificate has come to, the nearest one.
 * @return NULL: none yet */
static const char *mark_of(apr_int64_t left_sec)
{
    apr_size_t i;

    for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (left_sec <= (apr_int64_t)marks[i].days * DAY_SEC) {
            return marks[i].event;
        }
    }
    return NULL;
}

/** Marks of what some entries serve. */
static apr_status_t add_ending(vso_store_t *store,
                               const apr_array_header_t *names,
                               apr_int64_t now_sec, apr_array_header_t *events,
                               vso_result_t *res)
{
    apr_pool_t *p = events->pool;
    apr_array_header_t *versions;
    int i;

    if (vso_entries_brief(store, names, &versions, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (i = 0; i < versions->nelts; i++) {
        const vso_version_t *version =
            APR_ARRAY_IDX(versions, i, const vso_version_t *);
        const char *mark = mark_of(version->not_after_sec - now_sec);

        if (mark) {
            vso_event_t *event = apr_array_push(events);

            memset(event, 0, sizeof(*event));
            event->name = mark;
            event->entry = version->entry;
            event->package = event->actor = "";
            describe(event, version);
        }
    }
    return APR_SUCCESS;
}

static apr_array_header_t *names_of(const apr_array_header_t *entries,
                                    apr_pool_t *p)
{
    apr_array_header_t *names =
        apr_array_make(p, entries->nelts + 1, sizeof(const char *));
    int i;

    for (i = 0; i < entries->nelts; i++) {
        APR_ARRAY_PUSH(names, const char *) =
            APR_ARRAY_IDX(entries, i, const vso_entry_t *)->name;
    }
    return names;
}

/** Of all entries, those that end first in front. */
static apr_status_t add_all_ending(vso_store_t *store, apr_int64_t now_sec,
                                   apr_array_header_t *events,
                                   vso_result_t *res)
{
    const int farthest = marks[sizeof(marks) / sizeof(marks[0]) - 1].days;
    vso_entries_query_t query = {.by_end = 1,
                                 .limit = PAGE,
                                 .ends_by_sec =
                                     now_sec + (apr_int64_t)farthest * DAY_SEC};
    apr_array_header_t *entries;
    apr_status_t rv;
    apr_pool_t *page;

    apr_pool_create(&page, events->pool);
    do {
        apr_pool_clear(page);
        entries = NULL;
        rv = vso_entries_list(store, &query, &entries, res, page);
        if (rv == APR_SUCCESS) {
            rv = add_ending(store, names_of(entries, page), now_sec, events,
                            res);
        }
        if (rv == APR_SUCCESS && entries->nelts) {
            const vso_entry_t *last =
                APR_ARRAY_IDX(entries, entries->nelts - 1, const vso_entry_t *);

            query.begun = 1;
            query.after_sec = last->not_after_sec;
            query.after_name = apr_pstrdup(events->pool, last->name);
        }
    } while (rv == APR_SUCCESS && entries->nelts == query.limit);
    apr_pool_destroy(page);
    return rv;
}

apr_status_t vso_events_ending(vso_store_t *store,
                               const apr_array_header_t *names,
                               apr_array_header_t **pevents, vso_result_t *res,
                               apr_pool_t *p)
{
    apr_int64_t now_sec = 0;

    *pevents = apr_array_make(p, 4, sizeof(vso_event_t));
    if (vso_store_now(store, &now_sec, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    return names ? add_ending(store, names, now_sec, *pevents, res)
                 : add_all_ending(store, now_sec, *pevents, res);
}
