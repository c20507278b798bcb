/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Bounded tables in shared memory that outlive graceful restarts. A place is
 * found by a digest of texts under a secret of this start: whoever chooses the
 * texts cannot choose the place. Where a set of places is full, the one that
 * matters least makes room.
 */
#ifndef VSOCERT_SHARED_PLACES_H
#define VSOCERT_SHARED_PLACES_H

#include <httpd.h>
#include <apr_time.h>

/** Digest of some texts. */
typedef struct {
    unsigned char bytes[16];
} vsocert_digest_t;

/** What each place begins with; all zeros: the place is free. */
typedef struct {
    vsocert_digest_t digest;
} vsocert_place_t;

/** A kind of table. */
typedef struct {
    const char *name; /**< of the memory, with the version of its layout */
    apr_size_t size;  /**< of a place, a multiple of 8 */
    apr_size_t sets;  /**< of VSOCERT_PLACES_WAYS places each */
    /** How much a place matters: the lowest makes room. */
    apr_int64_t (*rank)(const void *place);
} vsocert_places_kind_t;

#define VSOCERT_PLACES_WAYS 4

/** A table as a process sees it. */
typedef struct {
    const vsocert_places_kind_t *kind;
    struct vsocert_places_memory_t *memory;
} vsocert_places_t;

/** Find the table, or make it (parent, post_config). */
apr_status_t vsocert_places_setup(vsocert_places_t *table,
                                  const vsocert_places_kind_t *kind);

/** The digest of texts. @param texts  count of them; none is NULL */
vsocert_digest_t vsocert_places_digest(const vsocert_places_t *table,
                                       const char *const *texts, int count);

/** The lock is held for some microseconds; what it protects is right at each
 * moment, as a process can be killed that holds it. */
void vsocert_places_lock(const vsocert_places_t *table);
void vsocert_places_unlock(const vsocert_places_t *table);

/** The place of a digest; NULL: it has none. Needs the lock. */
void *vsocert_places_find(const vsocert_places_t *table,
                          const vsocert_digest_t *digest);

/** The same; where it has none, it gets one, with zeros behind the digest. */
void *vsocert_places_claim(const vsocert_places_t *table,
                           const vsocert_digest_t *digest);

/** Make a place free. Needs the lock. */
void vsocert_places_free(const vsocert_places_t *table, void *place);

#endif
