/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/pem.h"

#include <stdlib.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <openssl/evp.h>

#include "base/base64.h"

#define BEGIN     "-----BEGIN "
#define END       "END "
#define DASHES    "-----"
#define MAX_LABEL 64

/* "-----BEGIN " as base64, as far as it does not depend on what follows. */
#define WRAPPED "LS0tLS1CRUdJTi"

/* Base64 that follows a BEGIN within a line: the shortest block there is, a
 * key of Ed25519, has 64 characters. */
#define MIN_BODY 40

/* Fields of RFC 1421 in one block: two are in use. */
#define MAX_FIELDS 8

/** The text, or NULL. */
static const char *find(const char *at, const char *end, const char *text)
{
    return at < end ? memmem(at, (size_t)(end - at), text, strlen(text)) : NULL;
}

static int starts(const char *at, const char *end, const char *text)
{
    size_t len = strlen(text);

    return (size_t)(end - at) >= len && !memcmp(at, text, len);
}

static int is_base64(int c)
{
    return c > 0 && c < 0x80 &&
           (apr_isalnum(c) || c == '+' || c == '/' || c == '=');
}

/** Pass a no-break space or byte-order mark, which count as blanks. */
static int wide_blank(const char **pat, const char *end)
{
    if (starts(*pat, end, "\xC2\xA0")) {
        *pat += 2;
        return 1;
    }
    if (starts(*pat, end, "\xEF\xBB\xBF")) {
        *pat += 3;
        return 1;
    }
    return 0;
}

/** The character of `u002b`, behind its backslash. */
static int unicode(const char **pat, const char *end)
{
    char digits[5] = {0};
    char *stop;
    long c;

    if (end - *pat < 4) {
        return -1;
    }
    memcpy(digits, *pat, 4);
    c = strtol(digits, &stop, 16);
    *pat += 4;
    return *stop || c <= 0 || c >= 0x80 ? -1 : (int)c;
}

/** What a backslash stands for: ' ' for a line end or tab, -1 for nothing
 * that belongs into PEM. Text that was quoted twice has several. */
static int escaped(const char **pat, const char *end)
{
    int c;

    while (*pat < end && **pat == '\\') {
        (*pat)++;
    }
    if (*pat == end) {
        return ' ';
    }
    c = *(*pat)++;
    switch (c) {
    case 'n':
    case 'r':
    case 't':
        return ' ';
    case 'u':
        return unicode(pat, end);
    default:
        return apr_isspace(c) || c == '/' ? c : -1;
    }
}

/** The next character of base64 behind blanks, line ends and escapes; 0 at
 * the end, -1 for what is none. */
static int next_char(const char **pat, const char *end)
{
    while (*pat < end) {
        int c;

        if (wide_blank(pat, end)) {
            continue;
        }
        c = *(*pat)++;
        if (c == '\\') {
            c = escaped(pat, end);
        }
        if (c < 0 || !apr_isspace(c)) {
            return is_base64(c) ? c : -1;
        }
    }
    return 0;
}

/** 1 when nothing but blanks is between the start of a line, or of what was
 * not read yet, and the mark. */
static int begins_line(const char *from, const char *mark)
{
    while (mark > from && (mark[-1] == ' ' || mark[-1] == '\t')) {
        mark--;
    }
    return mark == from || mark[-1] == '\n' || mark[-1] == '\r' ||
           (mark - from >= 3 && !memcmp(mark - 3, "\xEF\xBB\xBF", 3));
}

/** 1 when a block's body follows, not the rest of a sentence. */
static int body_follows(const char *at, const char *end)
{
    const char *first = at;
    int n;

    if (next_char(&first, end) > 0 && starts(first - 1, end, "Proc-Type:")) {
        return 1;
    }
    for (n = 0; n < MIN_BODY; n++) {
        if (next_char(&at, end) <= 0) {
            return 0;
        }
    }
    return 1;
}

/** The label at `at`, which ends in dashes, or NULL. */
static const char *label_at(const char *at, const char *end, apr_pool_t *p)
{
    apr_size_t n = 0;

    while (at + n < end && n < MAX_LABEL && at[n] != '-' &&
           apr_isprint(at[n])) {
        n++;
    }
    return n > 0 && starts(at + n, end, DASHES) ? apr_pstrmemdup(p, at, n)
                                                : NULL;
}

/** Move over blanks, line ends and their escapes. */
static const char *skip_blanks(const char *at, const char *end)
{
    const char *next = at;

    while (next < end) {
        at = next;
        if (wide_blank(&next, end)) {
            continue;
        }
        if (*next++ == '\\') {
            if (!apr_isspace(escaped(&next, end))) {
                return at;
            }
        }
        else if (!apr_isspace(*at)) {
            return at;
        }
    }
    return next;
}

/** A word: up to a blank or an escape. */
static const char *word_end(const char *at, const char *end)
{
    while (at < end && !apr_isspace(*at) && *at != '\\') {
        at++;
    }
    return at;
}

/** Where a line ends, or an escape stands, which is its end on one line. */
static const char *line_end(const char *at, const char *end)
{
    while (at < end && *at != '\n' && *at != '\r' && *at != '\\') {
        at++;
    }
    return at;
}

/** The value of a field, which may have blanks behind its commas. */
static const char *take_value(const char **pat, const char *end, apr_pool_t *p)
{
    const char *value = "";
    int n;

    for (n = 0; n < 2; n++) {
        const char *at = skip_blanks(*pat, end);

        *pat = word_end(at, end);
        value = apr_pstrcat(
            p, value, apr_pstrmemdup(p, at, (apr_size_t)(*pat - at)), NULL);
        if (*pat == at || (*pat)[-1] != ',') {
            break;
        }
    }
    return value;
}

/** Take the fields in front of a body, and move it behind them. Others than
 * those of an encrypted key are passed over. */
static void take_header(vso_pem_block_t *block, apr_pool_t *p)
{
    const char *end = block->body + block->body_len;
    const char *at = block->body;
    const char *type = NULL;
    const char *info = NULL;
    int n;

    for (n = 0; n < MAX_FIELDS; n++) {
        const char *name = skip_blanks(at, end);
        const char *word = word_end(name, end);
        const char *colon = memchr(name, ':', (size_t)(word - name));

        if (!colon) {
            break;
        }
        at = colon + 1;
        if (starts(name, colon, "Proc-Type")) {
            type = take_value(&at, end, p);
        }
        else if (starts(name, colon, "DEK-Info")) {
            info = take_value(&at, end, p);
        }
        else {
            at = line_end(at, end);
        }
    }
    if (type) {
        block->header =
            apr_pstrcat(p, "Proc-Type: ", type,
                        "\nDEK-Info: ", info ? info : "", "\n", NULL);
    }
    block->body_len = (apr_size_t)(end - at);
    block->body = at;
}

/** Move behind the END of a block; any other mark comes too early. */
static void find_end(vso_pem_reader_t *reader, vso_pem_block_t *block,
                     apr_pool_t *p)
{
    const char *body = reader->text;
    const char *mark = find(body, reader->end, DASHES);
    const char *at;
    const char *label;

    if (!mark) {
        return;
    }
    for (at = mark; at < reader->end && *at == '-'; at++) {
    }
    if (!starts(at, reader->end, END)) {
        return;
    }
    at += strlen(END);
    label = label_at(at, reader->end, p);
    if (label && !strcmp(label, block->label)) {
        block->body = body;
        block->body_len = (apr_size_t)(mark - body);
        take_header(block, p);
        reader->text = at + strlen(label) + strlen(DASHES);
        reader->from = reader->text;
    }
}

int vso_pem_next(vso_pem_reader_t *reader, vso_pem_block_t *block,
                 apr_pool_t *p)
{
    const char *mark;

    while ((mark = find(reader->text, reader->end, BEGIN))) {
        const char *from = reader->from;
        const char *at = mark + strlen(BEGIN);

        memset(block, 0, sizeof(*block));
        block->header = "";
        block->label = label_at(at, reader->end, p);
        reader->text = at;
        reader->from = at;
        if (!block->label) {
            continue;
        }
        at += strlen(block->label) + strlen(DASHES);
        if (begins_line(from, mark) || body_follows(at, reader->end)) {
            reader->text = at;
            find_end(reader, block, p);
            return 1;
        }
    }
    return 0;
}

apr_status_t vso_pem_decode(const vso_pem_block_t *block, vso_secret_t **pder,
                            apr_pool_t *p)
{
    const char *at = block->body;
    const char *end;
    vso_secret_t *text;
    apr_size_t n = 0;
    int c;

    if (!at) {
        return APR_EINVAL;
    }
    end = at + block->body_len;
    text = vso_secret_make(block->body_len, p);
    while ((c = next_char(&at, end)) > 0) {
        text->data[n++] = (unsigned char)c;
    }
    return c < 0 ? APR_EINVAL
                 : vso_base64_decode((const char *)text->data, n, pder, p);
}

/** 1 when a value of a document begins at `at`: behind a colon or an equals
 * sign, and a quote. */
static int is_value(const char *from, const char *at)
{
    while (at > from && strchr(" \t\"'", at[-1]) && at[-1]) {
        at--;
    }
    return at > from && (at[-1] == ':' || at[-1] == '=');
}

/** Decode the values that are base64 of PEM, one behind the other. @return
 * what they hold, empty where there are none */
static vso_secret_t *unwrap(const char *data, const char *end, apr_pool_t *p)
{
    vso_secret_t *all = vso_secret_make((apr_size_t)(end - data), p);
    const char *from = data;
    const char *at = data;
    apr_size_t n = 0;

    while ((at = find(at, end, WRAPPED))) {
        const char *run = at;
        int got = -1;

        while (at < end && is_base64(*at)) {
            at++;
        }
        if (is_value(from, run)) {
            got = EVP_DecodeBlock(all->data + n, (const unsigned char *)run,
                                  (int)(at - run));
        }
        if (got > 0) {
            n += (apr_size_t)got;
            all->data[n++] = '\n';
        }
        from = at;
    }
    vso_wipe(all->data + n, all->len - n);
    all->len = n;
    return all;
}

vso_pem_reader_t vso_pem_open(const char *data, apr_size_t len, apr_pool_t *p)
{
    vso_pem_reader_t reader = {data, data + len, data};
    vso_secret_t *inside;

    if (find(data, data + len, BEGIN) || !find(data, data + len, WRAPPED)) {
        return reader;
    }
    inside = unwrap(data, data + len, p);
    if (inside->len) {
        reader.text = (const char *)inside->data;
        reader.end = reader.text + inside->len;
        reader.from = reader.text;
    }
    return reader;
}

int vso_pem_is_cert(const char *label)
{
    return !strcmp(label, "CERTIFICATE") || !strcmp(label, "X509 CERTIFICATE");
}

int vso_pem_is_bag(const char *label)
{
    return !strcmp(label, "PKCS7") || !strcmp(label, "CMS");
}
