/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fills a keystore with many entries, over the library's own functions, so that
 * all rows are those that changes over the API would have left. Or writes the
 * same as PEM files, for servers that have no keystore. usage() says how.
 *
 * DATABASE in the environment is the keystore's, as DRIVER:PARAMS. It is no
 * argument: those are for all to see, and PARAMS can hold a password.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_strings.h>
#include <openssl/pem.h>

#include "service/certificate/version_row.h"
#include "store/connection.h"
#include "x509/key.h"

#include "parts/issue.h"
#include "timing.h"

#define ACTOR   "fill"
#define TELL_NS 1000000000LL

/** What the command line said. */
static struct {
    const char *master_key;
    const char *list;
    const char *folder;
    const char *ca;
    long count;
    long first;
    long versions;
    long per_change;
    long seconds;
    int replace;
    issue_options_t issue;
} opt = {.count = 1000,
         .first = 1,
         .versions = 1,
         .per_change = 500,
         .issue = {.days = 200, .wildcard_every = 10}};

/** What all entries share. */
typedef struct {
    vso_store_t *store; /**< NULL: files only */
    FILE *list;         /**< NULL: none was asked for */
    issue_t *issue;
    apr_pool_t *p;
} fill_t;

/** A version that is to be written. */
typedef struct {
    vso_version_t *row;
    vso_secret_t *key;
    const char *host;
} item_t;

static _Noreturn void __attribute__((format(printf, 1, 2)))
die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "fill: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    exit(EXIT_FAILURE);
}

static void check(apr_status_t rv, const vso_result_t *res)
{
    if (rv != APR_SUCCESS) {
        die("%s%s%s", res->field ? res->field : "", res->field ? ": " : "",
            res->detail);
    }
}

static _Noreturn void usage(void)
{
    die("[DATABASE=DRIVER:PARAMS] fill OPTIONS\n"
        "  -k FILE     master key, 32 bytes; needed where there is a DATABASE\n"
        "  -n COUNT    of entries: host-N, with the name host-N.example.test\n"
        "  -f FIRST    N of the first, default 1\n"
        "  -v COUNT    versions of each entry: the last is active, default 1\n"
        "  -x          there may be such entries: what is active turns "
        "passive\n"
        "  -e COUNT    entries in each change, default 500\n"
        "  -t SECONDS  end with the change that is running then\n"
        "  -r          RSA-2048, a few keys for all entries; default P-256\n"
        "  -a          self-signed; default: by a CA that is made for this "
        "run\n"
        "  -d DAYS     certificates end in 1 to DAYS days, default 200\n"
        "  -w EVERY    so many-th entry has *.host-N.example.test too (0: "
        "none)\n"
        "  -o FOLDER   PEM files FOLDER/host-N.pem, too\n"
        "  -c FILE     the CA's certificate is written there\n"
        "  -l FILE     lines are written there: entry, name, fingerprint");
}

static long number(const char *text, long least)
{
    char *end;
    long value;

    errno = 0;
    value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < least || value > INT_MAX) {
        die("%s is no number from %ld on", text, least);
    }
    return value;
}

/** @return 0: it is none of these */
static int read_number(int option, const char *text)
{
    switch (option) {
    case 'n':
        opt.count = number(text, 1);
        return 1;
    case 'f':
        opt.first = number(text, 0);
        return 1;
    case 'v':
        opt.versions = number(text, 1);
        return 1;
    case 'e':
        opt.per_change = number(text, 1);
        return 1;
    case 't':
        opt.seconds = number(text, 0);
        return 1;
    case 'd':
        opt.issue.days = number(text, 1);
        return 1;
    case 'w':
        opt.issue.wildcard_every = number(text, 0);
        return 1;
    default:
        return 0;
    }
}

static void read_options(int argc, char **argv)
{
    int c;

    while ((c = getopt(argc, argv, "k:n:f:v:xe:t:rad:w:o:c:l:")) != -1) {
        if (read_number(c, optarg)) {
            continue;
        }
        switch (c) {
        case 'k':
            opt.master_key = optarg;
            break;
        case 'x':
            opt.replace = 1;
            break;
        case 'r':
            opt.issue.rsa = 1;
            break;
        case 'a':
            opt.issue.self_signed = 1;
            break;
        case 'o':
            opt.folder = optarg;
            break;
        case 'c':
            opt.ca = optarg;
            break;
        case 'l':
            opt.list = optarg;
            break;
        default:
            usage();
        }
    }
    if (optind != argc) {
        usage();
    }
}

static FILE *create(const char *path, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

    if (!file) {
        die("%s: %s", path, strerror(errno));
    }
    return file;
}

static void close_file(FILE *file, const char *path)
{
    if (ferror(file) | fclose(file)) {
        die("%s cannot be written", path);
    }
}

/** Key, certificate and chain, as httpd and HAProxy take them. */
static void write_pem(const item_t *item, EVP_PKEY *pkey, apr_pool_t *p)
{
    const char *path =
        apr_psprintf(p, "%s/%s.pem", opt.folder, item->row->entry);
    FILE *file = create(path, 0600);

    PEM_write_PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL);
    fprintf(file, "%s%s", item->row->certificate, item->row->chain);
    close_file(file, path);
}

static item_t make_item(const fill_t *fill, long n, int is_last,
                        vso_result_t *res, apr_pool_t *p)
{
    const vso_context_t ctx = {
        .entry = apr_psprintf(p, "host-%ld", n), .actor = ACTOR, .p = p};
    item_t item = {.host = apr_psprintf(p, "host-%ld.example.test", n)};
    EVP_PKEY *pkey = NULL;
    X509 *cert = NULL;

    check(issue_make(fill->issue, n, item.host, &pkey, &cert, res, p), res);
    item.row = vso_version_row_new(
        &ctx, opt.issue.self_signed ? "self-signed" : "imported", pkey);
    vso_version_row_describe(item.row, cert, issue_chain(fill->issue), p);
    item.row->state = is_last ? VSO_STATE_ACTIVE : VSO_STATE_PASSIVE;
    check(vso_key_to_der(pkey, &item.key, res, p), res);
    if (is_last && opt.folder) {
        write_pem(&item, pkey, p);
    }
    return item;
}

/* The keystore */

static apr_status_t write_item(vso_change_t *change, const item_t *item,
                               vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;

    if (opt.replace && item->row->state == VSO_STATE_ACTIVE) {
        rv = vso_version_row_displace(change, item->row, 1, res, p);
    }
    return rv == APR_SUCCESS
               ? vso_versions_insert(change, item->row, item->key, res, p)
               : rv;
}

/** All items of baton, each with an audit row; that of the last one is the
 * change's own. */
static apr_status_t write_items(vso_change_t *change, void *baton,
                                vso_audit_event_t *event, vso_result_t *res,
                                apr_pool_t *p)
{
    const apr_array_header_t *items = baton;
    apr_status_t rv = APR_SUCCESS;
    apr_pool_t *own = NULL;
    int i;

    vso_change_serves(change);
    apr_pool_create(&own, p);
    for (i = 0; rv == APR_SUCCESS && i < items->nelts; i++) {
        const item_t *item = &APR_ARRAY_IDX(items, i, item_t);

        apr_pool_clear(own);
        rv = write_item(change, item, res, own);
        event->entry = item->row->entry;
        event->version_id = item->row->id;
        event->detail = item->row->subject_text;
        if (rv == APR_SUCCESS && i + 1 < items->nelts) {
            rv = vso_change_record(change, event, res, own);
        }
    }
    return rv;
}

static void write_list(const fill_t *fill, const apr_array_header_t *items)
{
    int i;

    for (i = 0; fill->list && i < items->nelts; i++) {
        const item_t *item = &APR_ARRAY_IDX(items, i, item_t);

        if (item->row->state == VSO_STATE_ACTIVE) {
            fprintf(fill->list, "%s %s %s\n", item->row->entry, item->host,
                    item->row->fingerprint);
        }
    }
}

/** Entries from n on, in one change. */
static void fill_some(const fill_t *fill, long n, long count)
{
    vso_audit_event_t event = {.actor = ACTOR,
                               .address = "",
                               .action =
                                   opt.issue.self_signed ? "create" : "import"};
    apr_array_header_t *items;
    apr_pool_t *p = NULL;
    vso_result_t *res;
    long end = n + count;

    apr_pool_create(&p, fill->p);
    res = vso_result_create(p);
    items = apr_array_make(p, (int)count, sizeof(item_t));
    for (; n < end; n++) {
        long version = opt.versions;

        while (version--) {
            APR_ARRAY_PUSH(items, item_t) =
                make_item(fill, n, !version, res, p);
        }
    }
    if (fill->store) {
        check(vso_change_run(fill->store, &event, write_items, items, NULL, res,
                             p),
              res);
    }
    write_list(fill, items);
    apr_pool_destroy(p);
}

static vso_keyring_t *read_master_key(apr_pool_t *p)
{
    vso_secret_t *key = vso_secret_make(VSO_MASTER_KEY_LEN, p);
    vso_keyring_t *ring = vso_keyring_create(p);
    FILE *file = opt.master_key ? fopen(opt.master_key, "rb") : NULL;

    if (!file || fread(key->data, 1, key->len, file) != key->len ||
        fgetc(file) != EOF || vso_keyring_add(ring, key) != APR_SUCCESS) {
        die("-k: a file of %d bytes, the master key", VSO_MASTER_KEY_LEN);
    }
    fclose(file);
    return ring;
}

static void open_store(fill_t *fill, const char *database, vso_result_t *res)
{
    const char *colon = strchr(database, ':');
    vso_db_t *db = NULL;

    if (!colon) {
        die("DATABASE is DRIVER:PARAMS, for example sqlite3:FILE");
    }
    check(vso_connection_open(
              apr_pstrmemdup(fill->p, database, (apr_size_t)(colon - database)),
              colon + 1, &db, res, fill->p),
          res);
    check(vso_store_open(db, read_master_key(fill->p), 1, &fill->store, res,
                         fill->p),
          res);
    if (vso_store_sealed(fill->store)) {
        die("%s", vso_store_sealed(fill->store));
    }
    check(vso_store_now(fill->store, &opt.issue.now_sec, res, fill->p), res);
}

static void prepare(fill_t *fill)
{
    const char *database = getenv("DATABASE");
    vso_result_t *res = vso_result_create(fill->p);

    opt.issue.now_sec = (apr_int64_t)time(NULL);
    if (database) {
        open_store(fill, database, res);
    }
    else if (!opt.folder) {
        usage();
    }
    check(issue_create(&opt.issue, &fill->issue, res, fill->p), res);
    if (opt.list) {
        fill->list = create(opt.list, 0644);
    }
    if (opt.ca) {
        FILE *file = create(opt.ca, 0644);

        fputs(vso_certs_to_pem(issue_chain(fill->issue), fill->p), file);
        close_file(file, opt.ca);
    }
}

/** @return how many entries were written */
static long fill_all(const fill_t *fill, long long begin)
{
    long long told = begin;
    long done = 0;

    while (done < opt.count) {
        long some = opt.count - done < opt.per_change ? opt.count - done
                                                      : opt.per_change;
        long long now;

        fill_some(fill, opt.first + done, some);
        done += some;
        now = now_ns();
        if (now - told >= TELL_NS) {
            fprintf(stderr, "%ld of %ld, %.0f/s\n", done, opt.count,
                    (double)done * 1e9 / (double)(now - begin));
            told = now;
        }
        if (opt.seconds && now - begin >= opt.seconds * 1000000000LL) {
            break;
        }
    }
    return done;
}

int main(int argc, char **argv)
{
    fill_t fill = {0};
    long long begin;
    double seconds;
    long done;

    read_options(argc, argv);
    apr_initialize();
    apr_pool_create(&fill.p, NULL);
    prepare(&fill);
    begin = now_ns();
    done = fill_all(&fill, begin);
    seconds = (double)(now_ns() - begin) / 1e9;
    if (fill.list) {
        close_file(fill.list, opt.list);
    }
    apr_pool_destroy(fill.p);
    apr_terminate();
    printf("%ld entries in %.3f s, %.1f/s\n", done, seconds,
           (double)done / seconds);
    return EXIT_SUCCESS;
}
