/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/api/fields.h"

#include <errno.h>
#include <string.h>

#include <apr_strings.h>

#include "base/base64.h"
#include "base/rfc3339.h"

/** What one field is read from, and into. */
typedef struct {
    const vsocert_field_t *field;
    vso_json_t *body;
    char *in;
    vso_result_t *res;
    apr_pool_t *p;
} reader_t;

/** Put a value at the field's place. */
static void put(const reader_t *reader, const void *value, apr_size_t size)
{
    memcpy(reader->in + reader->field->at, value, size);
}

static apr_status_t read_text(const reader_t *reader, const char **ptext)
{
    return vso_json_get_string(reader->body, reader->field->name,
                               (apr_size_t)reader->field->max, ptext,
                               reader->res, reader->p);
}

static apr_status_t missing(const reader_t *reader)
{
    return reader->field->missing
               ? vso_fail(reader->res, VSO_P_MALFORMED, reader->field->name,
                          "%s", reader->field->missing)
               : APR_SUCCESS;
}

/** "a" or "b" or "c" */
static const char *list_of(const char *const *words, apr_pool_t *p)
{
    const char *list = apr_psprintf(p, "\"%s\"", *words);

    while (*++words) {
        list = apr_psprintf(p, "%s or \"%s\"", list, *words);
    }
    return list;
}

static apr_status_t check_word(const reader_t *reader, const char *text)
{
    const char *const *word = reader->field->words;

    while (*word && strcmp(*word, text)) {
        word++;
    }
    if (*word) {
        return APR_SUCCESS;
    }
    if (reader->field->wrong) {
        return vso_fail(reader->res, VSO_P_INVALID, reader->field->name, "%s",
                        reader->field->wrong);
    }
    return vso_fail(reader->res, VSO_P_INVALID, reader->field->name,
                    "\"%s\" must be %s.", reader->field->name,
                    list_of(reader->field->words, reader->p));
}

static apr_status_t put_text(const reader_t *reader)
{
    const char *text = NULL;

    if (read_text(reader, &text) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!text) {
        return missing(reader);
    }
    if (reader->field->words && check_word(reader, text) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    put(reader, &text, sizeof(text));
    return APR_SUCCESS;
}

static apr_status_t put_secret(const reader_t *reader)
{
    const vsocert_field_t *field = reader->field;
    vso_secret_t *secret = NULL;

    if (vso_json_get_secret(reader->body, field->name, (apr_size_t)field->max,
                            &secret, reader->res, reader->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!secret) {
        return missing(reader);
    }
    if (field->type == VSOCERT_TYPE_BASE64 &&
        vso_base64_decode((const char *)secret->data, secret->len, &secret,
                          reader->p) != APR_SUCCESS) {
        return vso_fail(reader->res, VSO_P_MALFORMED, field->name, "%s",
                        field->wrong);
    }
    put(reader, &secret, sizeof(secret));
    return APR_SUCCESS;
}

static apr_status_t put_bool(const reader_t *reader)
{
    int value;

    memcpy(&value, reader->in + reader->field->at, sizeof(value));
    if (vso_json_get_bool(reader->body, reader->field->name, &value,
                          reader->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    put(reader, &value, sizeof(value));
    return APR_SUCCESS;
}

static apr_status_t put_int(const reader_t *reader)
{
    const vsocert_field_t *field = reader->field;
    apr_int64_t value;

    memcpy(&value, reader->in + field->at, sizeof(value));
    if (vso_json_get_int(reader->body, field->name, field->min, field->max,
                         &value, reader->res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    put(reader, &value, sizeof(value));
    return APR_SUCCESS;
}

static apr_status_t check_time(const reader_t *reader, const char *text,
                               vsocert_time_t *time)
{
    return vso_rfc3339_parse(text, &time->sec) && time->sec > 0
               ? APR_SUCCESS
               : vso_fail(reader->res, VSO_P_INVALID, reader->field->name,
                          "\"%s\" must be a time as 2026-12-31T22:00:00Z%s.",
                          reader->field->name,
                          reader->body ? ", or null to forget one" : "");
}

static apr_status_t put_time(const reader_t *reader)
{
    const char *name = reader->field->name;
    vsocert_time_t value = {vso_json_has(reader->body, name), 0};
    const char *text = NULL;

    if (read_text(reader, &text) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (text && check_time(reader, text, &value) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    put(reader, &value, sizeof(value));
    return APR_SUCCESS;
}

static apr_status_t put_texts(const reader_t *reader)
{
    const vsocert_field_t *field = reader->field;
    apr_array_header_t *texts = NULL;

    if (vso_json_get_strings(reader->body, field->name, field->items,
                             (apr_size_t)field->max, &texts, reader->res,
                             reader->p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!texts) {
        return missing(reader);
    }
    if (field->type == VSOCERT_TYPE_CHOSEN && texts->nelts == 0) {
        return vso_fail(reader->res, VSO_P_INVALID, field->name, "%s",
                        field->wrong);
    }
    put(reader, &texts, sizeof(texts));
    return APR_SUCCESS;
}

/** Is the member the text "all"? */
static int is_all(const reader_t *reader)
{
    vso_result_t *none = vso_result_create(reader->p);
    const char *text = NULL;

    return vso_json_get_string(reader->body, reader->field->name, 3, &text,
                               none, reader->p) == APR_SUCCESS &&
           text && !strcmp(text, "all");
}

static apr_status_t put_object(const reader_t *reader)
{
    vso_json_t *obj = NULL;
    const void *in = NULL;

    if (vso_json_get_object(reader->body, reader->field->name, &obj,
                            reader->res) != APR_SUCCESS ||
        (obj && vsocert_fields_read(reader->field->fields, obj, &in,
                                    reader->res, reader->p) != APR_SUCCESS)) {
        return APR_EGENERAL;
    }
    put(reader, &in, sizeof(in));
    return APR_SUCCESS;
}

static apr_status_t read_field(const reader_t *reader)
{
    switch (reader->field->type) {
    case VSOCERT_TYPE_TEXT:
    case VSOCERT_TYPE_WORD:
        return put_text(reader);
    case VSOCERT_TYPE_SECRET:
    case VSOCERT_TYPE_BASE64:
        return put_secret(reader);
    case VSOCERT_TYPE_BOOL:
        return put_bool(reader);
    case VSOCERT_TYPE_INT:
        return put_int(reader);
    case VSOCERT_TYPE_TIME:
        return put_time(reader);
    case VSOCERT_TYPE_TEXTS:
        return put_texts(reader);
    case VSOCERT_TYPE_CHOSEN:
        return is_all(reader) ? APR_SUCCESS : put_texts(reader);
    case VSOCERT_TYPE_OBJECT:
        return put_object(reader);
    default:
        return APR_EGENERAL;
    }
}

/** A struct with its defaults. */
static void *make_struct(const vsocert_fields_t *fields, apr_pool_t *p)
{
    return fields->defaults ? apr_pmemdup(p, fields->defaults, fields->size)
                            : apr_pcalloc(p, fields->size);
}

static apr_status_t check_names(const vsocert_fields_t *fields,
                                const vso_json_t *body, vso_result_t *res,
                                apr_pool_t *p)
{
    apr_array_header_t *names = apr_array_make(p, 8, sizeof(const char *));
    const vsocert_field_t *field;

    for (field = fields->fields; field->name; field++) {
        APR_ARRAY_PUSH(names, const char *) = field->name;
    }
    APR_ARRAY_PUSH(names, const char *) = NULL;
    return vso_json_only(body, (const char *const *)names->elts, res);
}

apr_status_t vsocert_fields_read(const vsocert_fields_t *fields,
                                 vso_json_t *body, const void **pin,
                                 vso_result_t *res, apr_pool_t *p)
{
    reader_t reader = {fields->fields, body, make_struct(fields, p), res, p};

    if (body && check_names(fields, body, res, p) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    for (; body && reader.field->name; reader.field++) {
        if (read_field(&reader) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
    }
    *pin = reader.in;
    return APR_SUCCESS;
}

const char *vsocert_fields_names(const vsocert_fields_t *fields, apr_pool_t *p)
{
    const vsocert_field_t *field;
    const char *names = "";

    for (field = fields->fields; field->name; field++) {
        names = apr_pstrcat(p, names, *names ? "," : "", field->name, NULL);
    }
    return names;
}

static apr_status_t query_int(const reader_t *reader, const char *text)
{
    const vsocert_field_t *field = reader->field;
    apr_int64_t value;
    char *end;

    errno = 0;
    value = apr_strtoi64(text, &end, 10);
    if (errno || end == text || *end || value < field->min ||
        value > field->max) {
        return vso_fail(reader->res, VSO_P_MALFORMED, field->name,
                        "\"%s\" must be a whole number from %" APR_INT64_T_FMT
                        " to %" APR_INT64_T_FMT ".",
                        field->name, field->min, field->max);
    }
    put(reader, &value, sizeof(value));
    return APR_SUCCESS;
}

static apr_status_t query_bool(const reader_t *reader, const char *text)
{
    int value = !strcmp(text, "true");

    if (!value && strcmp(text, "false")) {
        return vso_fail(reader->res, VSO_P_MALFORMED, reader->field->name,
                        "\"%s\" must be true or false.", reader->field->name);
    }
    put(reader, &value, sizeof(value));
    return APR_SUCCESS;
}

static apr_status_t query_time(const reader_t *reader, const char *text)
{
    vsocert_time_t value = {1, 0};

    if (check_time(reader, text, &value) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    put(reader, &value, sizeof(value));
    return APR_SUCCESS;
}

static apr_status_t query_text(const reader_t *reader, const char *text)
{
    const vsocert_field_t *field = reader->field;

    if (field->words && check_word(reader, text) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (field->max && strlen(text) > (apr_size_t)field->max) {
        return vso_fail(reader->res, VSO_P_TOO_LARGE, field->name,
                        "\"%s\" has more than %" APR_INT64_T_FMT " bytes.",
                        field->name, field->max);
    }
    put(reader, &text, sizeof(text));
    return APR_SUCCESS;
}

apr_status_t vsocert_fields_read_query(const vsocert_fields_t *fields,
                                       const apr_table_t *query,
                                       const void **pin, vso_result_t *res,
                                       apr_pool_t *p)
{
    reader_t reader = {fields->fields, NULL, make_struct(fields, p), res, p};
    apr_status_t rv = APR_SUCCESS;
    const char *text;

    for (; reader.field->name && rv == APR_SUCCESS; reader.field++) {
        text = apr_table_get(query, reader.field->name);
        if (!text) {
            continue;
        }
        if (reader.field->type == VSOCERT_TYPE_INT) {
            rv = query_int(&reader, text);
        }
        else if (reader.field->type == VSOCERT_TYPE_BOOL) {
            rv = query_bool(&reader, text);
        }
        else if (reader.field->type == VSOCERT_TYPE_TIME) {
            rv = query_time(&reader, text);
        }
        else {
            rv = query_text(&reader, text);
        }
    }
    *pin = reader.in;
    return rv;
}
