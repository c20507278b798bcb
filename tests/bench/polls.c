/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Idle polls of a fleet that is larger than a machine: the statement by which a
 * node asks whether anything changed, for so many nodes, over so many
 * connections, as a pooler would hold them. Each node asks once an interval, at
 * a moment of its own, and writes that it lives (-b). DATABASE in the
 * environment is the keystore's, as DRIVER:PARAMS. On standard output stands
 * "begin" when all connections are open, and each poll at the end, one a line:
 *
 *     poll WAITED TOOK     ns from the moment when the node wanted to ask, and
 *                          from when a connection was free, until the answer
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "base/limits.h"
#include "store/connection.h"
#include "store/nodes.h"
#include "store/state_row.h"
#include "timing.h"

#define MAX_CONNECTIONS 256
#define SEC_NS          1000000000LL

/** What the command line said. */
static struct {
    long nodes;
    long long interval_ns;
    long connections;
    long seconds;
    int beats;
} opt = {.nodes = 1000, .connections = 32, .seconds = 5};

typedef struct {
    long long waited;
    long long took;
} poll_t;

/** A connection, which whoever is next polls over. */
typedef struct {
    pthread_t id;
    apr_pool_t *p;
    vso_db_t *db;
    vso_store_t *store; /**< NULL: there are no beats */
    poll_t *polls;
    size_t count;
    size_t size;
} line_t;

/** When in each interval a node polls, in order. */
static long long *moments;
static long long begin;
static atomic_long next_poll;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "polls: %s\n", what);
    exit(EXIT_FAILURE);
}

static void note(line_t *line, long long wanted, long long asked)
{
    long long now = now_ns();

    if (line->count == line->size) {
        line->size = line->size ? line->size * 2 : 4096;
        line->polls = realloc(line->polls, line->size * sizeof(poll_t));
        if (!line->polls) {
            die("out of memory");
        }
    }
    line->polls[line->count++] = (poll_t){now - wanted, now - asked};
}

static void ask(line_t *line)
{
    vso_state_row_t row;
    vso_result_t *res;
    apr_pool_t *p = NULL;

    apr_pool_create(&p, line->p);
    res = vso_result_create(p);
    if (vso_state_row_read(line->db, &row, res, p) != APR_SUCCESS) {
        die(res->detail);
    }
    apr_pool_destroy(p);
}

/** Write the row of node n.
 * @param full  0: but the time */
static void beat(line_t *line, long n, int full)
{
    apr_pool_t *p = NULL;
    vso_node_t node = {.instance = "polls",
                       .version = "1",
                       .served = "",
                       .generation = 1,
                       .poll_msec = opt.interval_ns / 1000000};
    vso_result_t *res;
    int taken;

    apr_pool_create(&p, line->p);
    res = vso_result_create(p);
    node.node = apr_psprintf(p, "node-%ld", n);
    if (vso_node_beat(line->store, &node, full, &taken, res, p) !=
        APR_SUCCESS) {
        die(res->detail);
    }
    apr_pool_destroy(p);
}

/** Does a node beat with poll n? Others do so at other times. */
static int beats_at(long n)
{
    long long polls =
        opt.interval_ns ? VSO_NODE_BEAT_SEC * SEC_NS / opt.interval_ns : 0;

    return opt.beats &&
           (polls < 2 || (n / opt.nodes + n % opt.nodes) % polls == 0);
}

/** Wait for the moment of poll n. @return when it is; -1: it is over */
static long long wait_for(long n)
{
    long long end = begin + opt.seconds * SEC_NS;
    long long wanted =
        opt.interval_ns
            ? begin + n / opt.nodes * opt.interval_ns + moments[n % opt.nodes]
            : now_ns();
    long long wait = wanted - now_ns();

    if (wanted >= end) {
        return -1;
    }
    if (wait > 0) {
        struct timespec ts = {wait / SEC_NS, wait % SEC_NS};

        nanosleep(&ts, NULL);
    }
    return wanted;
}

static void *poll_in_turn(void *arg)
{
    line_t *line = arg;
    long n = atomic_fetch_add(&next_poll, 1);
    long long wanted;

    while ((wanted = wait_for(n)) >= 0) {
        long long asked = now_ns();

        ask(line);
        note(line, wanted, asked);
        if (beats_at(n)) {
            beat(line, n % opt.nodes, 0);
        }
        n = atomic_fetch_add(&next_poll, 1);
    }
    return NULL;
}

static int compare(const void *a, const void *b)
{
    long long one = *(const long long *)a;
    long long other = *(const long long *)b;

    return (one > other) - (one < other);
}

static void choose_moments(void)
{
    long i;

    moments = calloc((size_t)opt.nodes, sizeof(*moments));
    if (!moments) {
        die("out of memory");
    }
    srand48(1);
    for (i = 0; i < opt.nodes && opt.interval_ns; i++) {
        moments[i] = (long long)(drand48() * (double)opt.interval_ns);
    }
    qsort(moments, (size_t)opt.nodes, sizeof(*moments), compare);
}

static void open_line(line_t *line)
{
    const char *database = getenv("DATABASE");
    const char *colon = database ? strchr(database, ':') : NULL;
    vso_result_t *res;

    if (!colon) {
        die("DATABASE is DRIVER:PARAMS");
    }
    apr_pool_create(&line->p, NULL);
    res = vso_result_create(line->p);
    if (vso_connection_open(
            apr_pstrmemdup(line->p, database, (apr_size_t)(colon - database)),
            colon + 1, &line->db, res, line->p) != APR_SUCCESS) {
        die(res->detail);
    }
    if (opt.beats &&
        vso_store_open(line->db, vso_keyring_create(line->p), 0, &line->store,
                       res, line->p) != APR_SUCCESS) {
        die(res->detail);
    }
    ask(line); /* prepares the statement */
}

static void read_options(int argc, char **argv)
{
    int c;

    while ((c = getopt(argc, argv, "n:i:c:t:b")) != -1) {
        switch (c) {
        case 'n':
            opt.nodes = atol(optarg);
            break;
        case 'i':
            opt.interval_ns = atoll(optarg) * 1000000;
            break;
        case 'c':
            opt.connections = atol(optarg);
            break;
        case 't':
            opt.seconds = atol(optarg);
            break;
        case 'b':
            opt.beats = 1;
            break;
        default:
            opt.nodes = 0;
        }
    }
    if (opt.nodes < 1 || opt.interval_ns < 0 || opt.seconds < 1 ||
        opt.connections < 1 || opt.connections > MAX_CONNECTIONS) {
        die("usage: polls [-n NODES] [-i INTERVAL_MSEC; without: as fast as it "
            "goes] [-c CONNECTIONS, up to 256] [-t SECONDS] [-b]");
    }
}

int main(int argc, char **argv)
{
    static line_t lines[MAX_CONNECTIONS];
    long i;

    read_options(argc, argv);
    apr_initialize();
    choose_moments();
    for (i = 0; i < opt.connections; i++) {
        open_line(&lines[i]);
    }
    for (i = 0; opt.beats && i < opt.nodes; i++) {
        beat(&lines[0], i, 1);
    }
    puts("begin");
    fflush(stdout);
    begin = now_ns();
    for (i = 0; i < opt.connections; i++) {
        if (pthread_create(&lines[i].id, NULL, poll_in_turn, &lines[i])) {
            die("no thread");
        }
    }
    for (i = 0; i < opt.connections; i++) {
        size_t j;

        pthread_join(lines[i].id, NULL);
        for (j = 0; j < lines[i].count; j++) {
            printf("poll %lld %lld\n", lines[i].polls[j].waited,
                   lines[i].polls[j].took);
        }
        free(lines[i].polls);
        apr_pool_destroy(lines[i].p);
    }
    free(moments);
    apr_terminate();
    return EXIT_SUCCESS;
}
