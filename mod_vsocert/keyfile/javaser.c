/* SPDX-License-Identifier: Apache-2.0 */
#include "keyfile/javaser.h"

/* Of the specification's grammar, what a SealedObject needs. */
#define STREAM_HEADER   0xACED0005u
#define TC_NULL         0x70
#define TC_REFERENCE    0x71
#define TC_CLASSDESC    0x72
#define TC_OBJECT       0x73
#define TC_STRING       0x74
#define TC_ARRAY        0x75
#define TC_ENDBLOCKDATA 0x78
#define SC_SERIALIZABLE 0x02
#define FIRST_HANDLE    0x7E0000u

/* A SealedObject has 11 objects, 3 classes and 4 fields. */
#define MAX_HANDLES 32
#define MAX_FIELDS  16
#define MAX_SUPERS  2

typedef enum { HANDLE_CLASS, HANDLE_STRING, HANDLE_OTHER } handle_kind_e;

/** What later parts of the stream can refer to. */
typedef struct {
    handle_kind_e kind;
    int is_byte_array; /* of a class */
} handle_t;

/** A stream while it is read. */
typedef struct {
    vso_bytes_t *in;
    handle_t handles[MAX_HANDLES];
    unsigned int n;
    char fields[MAX_FIELDS]; /* type codes of all fields, in class order */
    int n_fields;
} stream_t;

static void fail(stream_t *s)
{
    s->in->bad = 1;
}

static unsigned int take_tag(stream_t *s)
{
    return (unsigned int)vso_bytes_number(s->in, 1);
}

static handle_t *add_handle(stream_t *s, handle_kind_e kind)
{
    handle_t *handle = &s->handles[s->n < MAX_HANDLES ? s->n : 0];

    if (s->n == MAX_HANDLES) {
        fail(s);
        return handle;
    }
    handle->kind = kind;
    handle->is_byte_array = 0;
    s->n++;
    return handle;
}

/** Behind TC_REFERENCE: something of this kind that came before. */
static const handle_t *take_reference(stream_t *s, handle_kind_e kind)
{
    apr_uint64_t i = vso_bytes_number(s->in, 4) - FIRST_HANDLE;

    if (i >= s->n || s->handles[i].kind != kind) {
        fail(s);
        return &s->handles[0];
    }
    return &s->handles[i];
}

/** The class name of an object or array field. */
static void skip_type_name(stream_t *s)
{
    switch (take_tag(s)) {
    case TC_STRING:
        vso_bytes_counted(s->in, 2);
        add_handle(s, HANDLE_STRING);
        break;
    case TC_REFERENCE:
        take_reference(s, HANDLE_STRING);
        break;
    default:
        fail(s);
    }
}

static void take_fields(stream_t *s)
{
    apr_uint64_t n = vso_bytes_number(s->in, 2);

    for (; n > 0 && !s->in->bad; n--) {
        unsigned int type = take_tag(s);

        vso_bytes_counted(s->in, 2);
        if ((type != '[' && type != 'L') || s->n_fields == MAX_FIELDS) {
            fail(s);
            return;
        }
        s->fields[s->n_fields++] = (char)type;
        skip_type_name(s);
    }
}

/** Behind TC_CLASSDESC, up to its superclass. The classes are named, so that
 * no object with other data is taken for a SealedObject. */
static handle_t *take_class(stream_t *s)
{
    vso_bytes_t name = vso_bytes_counted(s->in, 2);
    handle_t *handle;

    vso_bytes_number(s->in, 8); /* serialVersionUID */
    handle = add_handle(s, HANDLE_CLASS);
    handle->is_byte_array = vso_bytes_are(&name, "[B");
    if (take_tag(s) != SC_SERIALIZABLE ||
        (!handle->is_byte_array &&
         !vso_bytes_are(&name, "javax.crypto.SealedObject") &&
         !vso_bytes_are(&name, "com.sun.crypto.provider."
                               "SealedObjectForKeyProtector"))) {
        fail(s);
    }
    take_fields(s);
    if (take_tag(s) != TC_ENDBLOCKDATA) {
        fail(s);
    }
    return handle;
}

/** The class of a byte array, new or met before. */
static void skip_array_class(stream_t *s)
{
    const handle_t *handle = &s->handles[0];
    int n_fields = s->n_fields;

    switch (take_tag(s)) {
    case TC_CLASSDESC:
        handle = take_class(s);
        if (take_tag(s) != TC_NULL || s->n_fields != n_fields) {
            fail(s);
        }
        break;
    case TC_REFERENCE:
        handle = take_reference(s, HANDLE_CLASS);
        break;
    default:
        fail(s);
    }
    if (!handle->is_byte_array) {
        fail(s);
    }
}

static void skip_value(stream_t *s, char type)
{
    switch (take_tag(s)) {
    case TC_NULL:
        break;
    case TC_REFERENCE:
        take_reference(s, type == '[' ? HANDLE_OTHER : HANDLE_STRING);
        break;
    case TC_STRING:
        if (type != 'L') {
            fail(s);
        }
        vso_bytes_counted(s->in, 2);
        add_handle(s, HANDLE_STRING);
        break;
    case TC_ARRAY:
        if (type != '[') {
            fail(s);
        }
        skip_array_class(s);
        add_handle(s, HANDLE_OTHER);
        vso_bytes_counted(s->in, 4);
        break;
    default:
        fail(s);
    }
}

void vso_javaser_skip_sealed(vso_bytes_t *in)
{
    stream_t s = {.in = in};
    int supers = 0;
    int i;

    if (vso_bytes_number(in, 4) != STREAM_HEADER || take_tag(&s) != TC_OBJECT ||
        take_tag(&s) != TC_CLASSDESC) {
        fail(&s);
        return;
    }
    if (take_class(&s)->is_byte_array) {
        fail(&s);
    }
    for (;;) {
        unsigned int tag = take_tag(&s);

        if (tag == TC_NULL) {
            break;
        }
        if (tag != TC_CLASSDESC || supers++ == MAX_SUPERS) {
            fail(&s);
            return;
        }
        if (take_class(&s)->is_byte_array) {
            fail(&s);
        }
    }
    add_handle(&s, HANDLE_OTHER);
    /* Only javax.crypto.SealedObject has fields: their order is the file's. */
    for (i = 0; i < s.n_fields && !in->bad; i++) {
        skip_value(&s, s.fields[i]);
    }
}
