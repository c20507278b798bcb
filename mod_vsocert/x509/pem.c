/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/pem.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#define BEGIN     "-----BEGIN "
#define END       "-----END "
#define DASHES    "-----"
#define BOM       "\xEF\xBB\xBF" /* Windows puts it before UTF-8 */
#define MAX_LABEL 64

/** Take the next line without its end and the blanks around it. */
static int next_line(vso_pem_reader_t *reader, const char **pline,
                     apr_size_t *plen)
{
    const char *line = reader->text;
    const char *end;

    if (line >= reader->end) {
        return 0;
    }
    end = memchr(line, '\n', (size_t)(reader->end - line));
    reader->text = end ? end + 1 : reader->end;
    end = end ? end : reader->end;
    if ((size_t)(end - line) >= strlen(BOM) &&
        !memcmp(line, BOM, strlen(BOM))) {
        line += strlen(BOM);
    }
    while (line < end && apr_isspace(*line)) {
        line++;
    }
    while (end > line && apr_isspace(end[-1])) {
        end--;
    }
    *pline = line;
    *plen = (apr_size_t)(end - line);
    return 1;
}

int vso_pem_is_der(const char *data, apr_size_t len)
{
    const int sequence = 0x30;
    const int long_length = 0x80;

    return len > 1 && data[0] == sequence &&
           ((unsigned char)data[1] & long_length);
}

/** The label of a line that begins with mark and ends in dashes, or NULL. */
static const char *label_of(const char *line, apr_size_t len, const char *mark,
                            apr_pool_t *p)
{
    apr_size_t mark_len = strlen(mark);
    apr_size_t dashes = strlen(DASHES);

    if (len < mark_len + dashes || len > mark_len + dashes + MAX_LABEL ||
        memcmp(line, mark, mark_len) != 0 ||
        memcmp(line + len - dashes, DASHES, dashes) != 0) {
        return NULL;
    }
    return apr_pstrmemdup(p, line + mark_len, len - mark_len - dashes);
}

/** Move behind the END line of a block; another BEGIN or END comes too
 * early. */
static void find_end(vso_pem_reader_t *reader, vso_pem_block_t *block,
                     apr_pool_t *p)
{
    vso_pem_reader_t ahead = *reader;
    const char *label;
    const char *line;
    apr_size_t len;

    while (next_line(&ahead, &line, &len)) {
        if (label_of(line, len, BEGIN, p)) {
            return;
        }
        label = label_of(line, len, END, p);
        if (label) {
            if (!strcmp(label, block->label)) {
                block->body = reader->text;
                block->body_len = (apr_size_t)(line - reader->text);
                *reader = ahead;
            }
            return;
        }
    }
}

int vso_pem_next(vso_pem_reader_t *reader, vso_pem_block_t *block,
                 apr_pool_t *p)
{
    const char *line;
    apr_size_t len;

    while (next_line(reader, &line, &len)) {
        memset(block, 0, sizeof(*block));
        block->label = label_of(line, len, BEGIN, p);
        if (block->label) {
            find_end(reader, block, p);
            return 1;
        }
    }
    return 0;
}
