/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <apr_strings.h>

#include "base/limits.h"
#include "base/rfc3339.h"

#define REPLACEMENT "\xEF\xBF\xBD"

static apr_status_t free_tree(void *baton)
{
    json_decref(baton);
    return APR_SUCCESS;
}

static json_t *bind_tree(json_t *root, apr_pool_t *p)
{
    apr_pool_cleanup_register(p, root, free_tree, apr_pool_cleanup_null);
    return root;
}

/** From behind a quote to the one that ends the text; or to the last byte. */
static const char *end_of_text(const char *at, const char *last)
{
    for (; at < last && *at != '"'; at++) {
        if (*at == '\\' && at + 1 < last) {
            at++;
        }
    }
    return at;
}

/** Before anything is built: jansson takes some 100 bytes for each value, and
 * nests 2,048 levels. What is no JSON is left to it. */
static apr_status_t check_shape(const char *text, apr_size_t len,
                                apr_size_t max_values, vso_result_t *res)
{
    const char *last = text + len - 1;
    apr_size_t values = 1;
    const char *at;
    int depth = 0;

    for (at = text; len && at <= last; at++) {
        if (*at == '"') {
            at = end_of_text(at + 1, last);
        }
        else if (*at == ']' || *at == '}') {
            depth--;
        }
        else if (*at == ',' || *at == '[' || *at == '{') {
            values++;
            depth += *at != ',';
        }
        if (depth > VSO_MAX_JSON_DEPTH) {
            return vso_fail(res, VSO_P_MALFORMED, "body",
                            "The body is nested deeper than %d levels.",
                            VSO_MAX_JSON_DEPTH);
        }
        if (values > max_values) {
            return vso_fail(res, VSO_P_TOO_LARGE, "body",
                            "The body has more than %" APR_SIZE_T_FMT
                            " values.",
                            max_values);
        }
    }
    return APR_SUCCESS;
}

apr_status_t vso_json_check_size(const char *text, apr_size_t len,
                                 vso_result_t *res)
{
    return check_shape(text, len, VSO_MAX_JSON_VALUES, res);
}

apr_status_t vso_json_parse(const char *text, apr_size_t len,
                            vso_json_t **proot, vso_result_t *res,
                            apr_pool_t *p)
{
    json_error_t err;
    json_t *root;

    if (check_shape(text, len, APR_SIZE_MAX, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    root = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &err);
    if (!root) {
        /* err.text quotes the input, which may be a password: leave it out */
        return vso_fail(res, VSO_P_MALFORMED, "body",
                        "The body is not valid JSON, or has a duplicate "
                        "member, at line %d, column %d.",
                        err.line, err.column);
    }
    bind_tree(root, p);
    if (!json_is_object(root)) {
        return vso_fail(res, VSO_P_MALFORMED, "body",
                        "The body must be one JSON object.");
    }
    *proot = root;
    return APR_SUCCESS;
}

apr_status_t vso_json_only(const vso_json_t *obj, const char *const *names,
                           vso_result_t *res)
{
    const char *const *known;
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)obj, name, value)
    {
        for (known = names; *known && strcmp(*known, name); known++) {
        }
        if (!*known) {
            return vso_fail(res, VSO_P_MALFORMED, name,
                            "The member \"%.64s\" is not known here.", name);
        }
    }
    return APR_SUCCESS;
}

/** The member, or NULL where it is absent or null. */
static json_t *member(const json_t *obj, const char *name)
{
    json_t *value = json_object_get(obj, name);

    return json_is_null(value) ? NULL : value;
}

static apr_status_t wrong_type(vso_result_t *res, const char *name,
                               const char *type)
{
    return vso_fail(res, VSO_P_MALFORMED, name, "\"%s\" must be %s.", name,
                    type);
}

static apr_status_t check_text(const json_t *value, const char *name,
                               apr_size_t max_bytes, vso_result_t *res)
{
    if (!json_is_string(value)) {
        return wrong_type(res, name, "a text");
    }
    if (json_string_length(value) > max_bytes) {
        return vso_fail(res, VSO_P_TOO_LARGE, name,
                        "\"%s\" is longer than %" APR_SIZE_T_FMT " bytes.",
                        name, max_bytes);
    }
    if (strlen(json_string_value(value)) != json_string_length(value)) {
        return vso_fail(res, VSO_P_INVALID, name,
                        "\"%s\" must not hold a NUL character.", name);
    }
    return APR_SUCCESS;
}

apr_status_t vso_json_get_string(const vso_json_t *obj, const char *name,
                                 apr_size_t max_bytes, const char **pvalue,
                                 vso_result_t *res, apr_pool_t *p)
{
    const json_t *value = member(obj, name);

    if (!value) {
        return APR_SUCCESS;
    }
    if (check_text(value, name, max_bytes, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    *pvalue =
        apr_pstrmemdup(p, json_string_value(value), json_string_length(value));
    return APR_SUCCESS;
}

apr_status_t vso_json_get_secret(vso_json_t *obj, const char *name,
                                 apr_size_t max_bytes, vso_secret_t **pvalue,
                                 vso_result_t *res, apr_pool_t *p)
{
    json_t *value = member(obj, name);
    apr_status_t rv;

    if (!value) {
        return APR_SUCCESS;
    }
    rv = check_text(value, name, max_bytes, res);
    if (rv == APR_SUCCESS) {
        *pvalue = vso_secret_copy(json_string_value(value),
                                  json_string_length(value), p);
    }
    if (json_is_string(value)) {
        vso_wipe((void *)(apr_uintptr_t)json_string_value(value),
                 json_string_length(value));
    }
    return rv;
}

apr_status_t vso_json_get_bool(const vso_json_t *obj, const char *name,
                               int *pvalue, vso_result_t *res)
{
    const json_t *value = member(obj, name);

    if (!value) {
        return APR_SUCCESS;
    }
    if (!json_is_boolean(value)) {
        return wrong_type(res, name, "true or false");
    }
    *pvalue = json_is_true(value);
    return APR_SUCCESS;
}

apr_status_t vso_json_get_int(const vso_json_t *obj, const char *name,
                              apr_int64_t min, apr_int64_t max,
                              apr_int64_t *pvalue, vso_result_t *res)
{
    const json_t *value = member(obj, name);
    apr_int64_t number;

    if (!value) {
        return APR_SUCCESS;
    }
    if (!json_is_integer(value)) {
        return wrong_type(res, name, "a whole number");
    }
    number = json_integer_value(value);
    if (number < min || number > max) {
        return vso_fail(res, VSO_P_INVALID, name,
                        "\"%s\" must be from %" APR_INT64_T_FMT
                        " to %" APR_INT64_T_FMT ".",
                        name, min, max);
    }
    *pvalue = number;
    return APR_SUCCESS;
}

apr_status_t vso_json_get_strings(const vso_json_t *obj, const char *name,
                                  int max_items, apr_size_t max_bytes,
                                  apr_array_header_t **pvalue,
                                  vso_result_t *res, apr_pool_t *p)
{
    apr_array_header_t *texts;
    json_t *array = NULL;
    json_t *value;
    size_t i;

    if (vso_json_get_array(obj, name, &array, res) != APR_SUCCESS) {
        return APR_EGENERAL;
    }
    if (!array) {
        return APR_SUCCESS;
    }
    if (json_array_size(array) > (size_t)max_items) {
        return vso_fail(res, VSO_P_TOO_LARGE, name,
                        "\"%s\" has more than %d items.", name, max_items);
    }
    texts = apr_array_make(p, 8, sizeof(const char *));
    json_array_foreach(array, i, value)
    {
        if (check_text(value, name, max_bytes, res) != APR_SUCCESS) {
            return APR_EGENERAL;
        }
        APR_ARRAY_PUSH(texts, const char *) = apr_pstrmemdup(
            p, json_string_value(value), json_string_length(value));
    }
    *pvalue = texts;
    return APR_SUCCESS;
}

apr_status_t vso_json_get_object(const vso_json_t *obj, const char *name,
                                 vso_json_t **pvalue, vso_result_t *res)
{
    json_t *value = member(obj, name);

    if (value && !json_is_object(value)) {
        return wrong_type(res, name, "an object");
    }
    *pvalue = value ? value : *pvalue;
    return APR_SUCCESS;
}

apr_status_t vso_json_get_array(const vso_json_t *obj, const char *name,
                                vso_json_t **pvalue, vso_result_t *res)
{
    json_t *value = member(obj, name);

    if (value && !json_is_array(value)) {
        return wrong_type(res, name, "an array");
    }
    *pvalue = value ? value : *pvalue;
    return APR_SUCCESS;
}

apr_array_header_t *vso_json_names(const vso_json_t *obj, apr_pool_t *p)
{
    apr_array_header_t *names = apr_array_make(p, 16, sizeof(char *));
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)obj, name, value)
    {
        APR_ARRAY_PUSH(names, const char *) = apr_pstrdup(p, name);
    }
    return names;
}

apr_size_t vso_json_length(const vso_json_t *array)
{
    return json_array_size(array);
}

vso_json_t *vso_json_item(const vso_json_t *array, apr_size_t i)
{
    return json_array_get(array, i);
}

vso_json_t *vso_json_object(apr_pool_t *p)
{
    return bind_tree(json_object(), p);
}

vso_json_t *vso_json_add_object(vso_json_t *obj, const char *name)
{
    json_object_set_new(obj, name, json_object());
    return json_object_get(obj, name);
}

vso_json_t *vso_json_add_array(vso_json_t *obj, const char *name)
{
    json_object_set_new(obj, name, json_array());
    return json_object_get(obj, name);
}

/** Bytes of the UTF-8 sequence at s, or 0 where it is none: jansson decides
 * what it takes, so that its rules (surrogates, overlong forms) are ours. */
static size_t sequence_length(const char *s)
{
    size_t left = strlen(s);
    size_t len;

    for (len = 1; len <= 4 && len <= left; len++) {
        json_t *probe = json_stringn(s, len);

        if (probe) {
            json_decref(probe);
            return len;
        }
    }
    return 0;
}

/** A JSON text from bytes that need not be UTF-8. */
static json_t *lenient_string(const char *value)
{
    json_t *node = json_string(value);
    char *clean;
    char *out;

    if (node) {
        return node;
    }
    out = clean = malloc(strlen(value) * strlen(REPLACEMENT) + 1);
    if (!clean) {
        abort();
    }
    while (*value) {
        size_t len = sequence_length(value);

        if (len) {
            memcpy(out, value, len);
            out += len;
            value += len;
        }
        else {
            memcpy(out, REPLACEMENT, strlen(REPLACEMENT));
            out += strlen(REPLACEMENT);
            value++;
        }
    }
    *out = '\0';
    node = json_string(clean);
    free(clean);
    return node;
}

void vso_json_set_string(vso_json_t *obj, const char *name, const char *value)
{
    json_object_set_new(obj, name, value ? lenient_string(value) : json_null());
}

void vso_json_set_int(vso_json_t *obj, const char *name, apr_int64_t value)
{
    json_object_set_new(obj, name, json_integer(value));
}

void vso_json_set_bool(vso_json_t *obj, const char *name, int value)
{
    json_object_set_new(obj, name, json_boolean(value));
}

void vso_json_set_null(vso_json_t *obj, const char *name)
{
    json_object_set_new(obj, name, json_null());
}

void vso_json_set_time(vso_json_t *obj, const char *name, apr_int64_t sec)
{
    apr_pool_t *p;

    if (sec == 0) {
        vso_json_set_null(obj, name);
        return;
    }
    apr_pool_create(&p, NULL);
    vso_json_set_string(obj, name, vso_rfc3339_text(sec, p));
    apr_pool_destroy(p);
}

vso_json_t *vso_json_push_object(vso_json_t *array)
{
    json_array_append_new(array, json_object());
    return json_array_get(array, json_array_size(array) - 1);
}

void vso_json_push_string(vso_json_t *array, const char *value)
{
    json_array_append_new(array, lenient_string(value));
}

void vso_json_set_strings(vso_json_t *obj, const char *name,
                          const apr_array_header_t *values)
{
    vso_json_t *array = vso_json_add_array(obj, name);
    int i;

    for (i = 0; i < values->nelts; i++) {
        vso_json_push_string(array, APR_ARRAY_IDX(values, i, const char *));
    }
}

void vso_json_set_warnings(vso_json_t *obj, const apr_array_header_t *warnings)
{
    vso_json_t *array = vso_json_add_array(obj, "warnings");
    int i;

    for (i = 0; i < warnings->nelts; i++) {
        const vso_warning_t *w = &APR_ARRAY_IDX(warnings, i, vso_warning_t);
        vso_json_t *item = vso_json_push_object(array);

        vso_json_set_string(item, "slug", w->slug);
        vso_json_set_string(item, "detail", w->detail);
        if (w->count) {
            vso_json_set_int(item, "count", w->count);
        }
    }
}

#define TEXT_FLAGS (JSON_COMPACT | JSON_PRESERVE_ORDER)

const char *vso_json_text(const vso_json_t *root, apr_pool_t *p)
{
    char *text = json_dumps(root, TEXT_FLAGS);
    const char *copy = text ? apr_pstrdup(p, text) : NULL;

    free(text);
    return copy;
}

apr_size_t vso_json_len(const vso_json_t *root)
{
    return json_dumpb(root, NULL, 0, TEXT_FLAGS);
}

int vso_json_write(const vso_json_t *root, vso_json_write_fn *fn, void *baton)
{
    return json_dump_callback(root, fn, baton, TEXT_FLAGS);
}

int vso_json_has(const vso_json_t *obj, const char *name)
{
    return json_object_get(obj, name) != NULL;
}
