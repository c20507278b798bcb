/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a call takes, as tables: a row for each member of a JSON body or each
 * parameter of a query, with its type, its limits and its place in a struct.
 * One reader fills the struct, and refuses what the table does not allow.
 */
#ifndef VSOCERT_API_FIELDS_H
#define VSOCERT_API_FIELDS_H

#include <stddef.h>

#include <apr_tables.h>

#include "base/json.h"

typedef enum {
    VSOCERT_TYPE_TEXT,
    VSOCERT_TYPE_WORD,
    VSOCERT_TYPE_SECRET,
    VSOCERT_TYPE_BASE64,
    VSOCERT_TYPE_BOOL,
    VSOCERT_TYPE_INT,
    VSOCERT_TYPE_TIME,
    VSOCERT_TYPE_TEXTS,
    VSOCERT_TYPE_CHOSEN,
    VSOCERT_TYPE_OBJECT
} vsocert_field_type_e;

typedef struct vsocert_fields_t vsocert_fields_t;

/** One member or parameter. Absent, or null, it leaves its default. Made by
 * the macros below, which check the type of its place. */
typedef struct {
    const char *name; /**< NULL ends a table */
    vsocert_field_type_e type;
    apr_size_t at;                  /**< where in the struct */
    apr_int64_t min;                /**< of a number */
    apr_int64_t max;                /**< of a number; bytes of a text */
    int items;                      /**< of a list, at the most */
    const char *const *words;       /**< of a word; ends with NULL */
    const vsocert_fields_t *fields; /**< of an object */
    const char *missing;            /**< required: the detail without it */
    const char *wrong;              /**< the detail of another word, or of what
                                         is no base64; NULL: a common one */
} vsocert_field_t;

/** A struct and its fields. */
struct vsocert_fields_t {
    const vsocert_field_t *fields;
    apr_size_t size;
    const void *defaults; /**< a struct; NULL: all 0 */
};

/** A time that can be forgotten. */
typedef struct {
    int given;       /**< the member is there, maybe as null */
    apr_int64_t sec; /**< 0: null */
} vsocert_time_t;

/* offsetof that compiles only where the member is of that type */
#define VSOCERT_PLACE(ctype, in, member)                                       \
    (offsetof(in, member) + 0 * sizeof(&((in *)0)->member == (ctype *)0))

/** A text of up to max_ bytes: const char *. */
#define VSOCERT_TEXT(name_, in, member, max_, ...)                             \
    {                                                                          \
        .name = name_, .type = VSOCERT_TYPE_TEXT,                              \
        .at = VSOCERT_PLACE(const char *, in, member), .max = (max_),          \
        __VA_ARGS__                                                            \
    }

/** One of a few texts: const char *. */
#define VSOCERT_WORD(name_, in, member, words_, ...)                           \
    {                                                                          \
        .name = name_, .type = VSOCERT_TYPE_WORD,                              \
        .at = VSOCERT_PLACE(const char *, in, member), .words = (words_),      \
        .max = 16, __VA_ARGS__                                                 \
    }

/** A text that is kept nowhere else: const vso_secret_t *. */
#define VSOCERT_SECRET(name_, in, member, max_, ...)                           \
    {                                                                          \
        .name = name_, .type = VSOCERT_TYPE_SECRET,                            \
        .at = VSOCERT_PLACE(const vso_secret_t *, in, member), .max = (max_),  \
        __VA_ARGS__                                                            \
    }

/** Bytes in base64, of which the text has up to max_: const vso_secret_t *. */
#define VSOCERT_BASE64(name_, in, member, max_, ...)                           \
    {                                                                          \
        .name = name_, .type = VSOCERT_TYPE_BASE64,                            \
        .at = VSOCERT_PLACE(const vso_secret_t *, in, member), .max = (max_),  \
        __VA_ARGS__                                                            \
    }

/** true or false: int. */
#define VSOCERT_BOOL(name_, in, member)                                        \
    {                                                                          \
        .name = name_, .type = VSOCERT_TYPE_BOOL,                              \
        .at = VSOCERT_PLACE(int, in, member)                                   \
    }

/** A whole number: apr_int64_t. */
#define VSOCERT_INT(name_, in, member, min_, max_)                             \
    {                                                                          \
        .name = name_, .type = VSOCERT_TYPE_INT,                               \
        .at = VSOCERT_PLACE(apr_int64_t, in, member), .min = (min_),           \
        .max = (max_)                                                          \
    }

/** A time of RFC 3339, or null to forget one: vsocert_time_t. */
#define VSOCERT_TIME(name_, in, member)                                        \
    {                                                                          \
        .name = name_, .type = VSOCERT_TYPE_TIME,                              \
        .at = VSOCERT_PLACE(vsocert_time_t, in, member), .max = 40             \
    }

/** An array of texts: const apr_array_header_t * of const char *; NULL where
 * it is absent. */
#define VSOCERT_TEXTS(name_, in, member, items_, max_, ...)                    \
    {                                                                          \
        .name = name_, .type = VSOCERT_TYPE_TEXTS,                             \
        .at = VSOCERT_PLACE(const apr_array_header_t *, in, member),           \
        .items = (items_), .max = (max_), __VA_ARGS__                          \
    }

/** The same, or "all", which is NULL; one text at least. Required. */
#define VSOCERT_CHOSEN(name_, in, member, items_, max_, ...)                   \
    {                                                                          \
        .name = name_, .type = VSOCERT_TYPE_CHOSEN,                            \
        .at = VSOCERT_PLACE(const apr_array_header_t *, in, member),           \
        .items = (items_), .max = (max_), __VA_ARGS__                          \
    }

/** An object: a pointer to its own struct; NULL where it is absent. */
#define VSOCERT_OBJECT(name_, in, member, fields_)                             \
    {                                                                          \
        .name = name_, .type = VSOCERT_TYPE_OBJECT,                            \
        .at = offsetof(in, member), .fields = (fields_)                        \
    }

#define VSOCERT_END                                                            \
    {                                                                          \
        .name = NULL                                                           \
    }

/**
 * Read a body, in the order of the table.
 * @param body  NULL: there is none, and all is absent
 * @param pin   set on success only: the struct
 * @param res   with the member as its field: MALFORMED: not in the table, of
 *              another type, required and absent; TOO_LARGE; INVALID: a number
 *              outside of its limits, another word, no time
 */
apr_status_t vsocert_fields_read(const vsocert_fields_t *fields,
                                 vso_json_t *body, const void **pin,
                                 vso_result_t *res, apr_pool_t *p);

/** Names of a table, comma-separated, as vso_query_parse takes them. */
const char *vsocert_fields_names(const vsocert_fields_t *fields, apr_pool_t *p);

/** Read the parameters of a query; a table has texts, words, numbers, times
 * and true or false. MALFORMED, TOO_LARGE, INVALID (another word), with the
 * parameter as its field. */
apr_status_t vsocert_fields_read_query(const vsocert_fields_t *fields,
                                       const apr_table_t *query,
                                       const void **pin, vso_result_t *res,
                                       apr_pool_t *p);

#endif
