/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load of the bench: full TLS 1.3 handshakes, and requests on connections
 * that stay open. Nothing is resumed. Each is told on standard output at the
 * end, one a line, with the times when it began and when it was complete (ns
 * of CLOCK_MONOTONIC, which all processes share):
 *
 *     handshake BEGIN END FINGERPRINT     first 16 hex digits of SHA-256
 *     request   BEGIN END -
 *     failed    BEGIN END WHAT
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "timing.h"

#define MAX_THREADS 64
#define TIMEOUT_SEC 10
#define REPLY_SIZE  16384

typedef struct {
    long long begin;
    long long end;
    /* "handshake", "request", "failed" */
    const char *what;
    /* fingerprint, or what failed */
    char text[24];
} record_t;

typedef struct {
    pthread_t id;
    int number;
    record_t *records;
    size_t count;
    size_t size;
} worker_t;

/** What the command line said. */
static struct {
    int port;
    int threads;
    int keepalive;
    long count;
    long interval_usec;
    const char *path;
    /* server names, of which connections take the next one; or none */
    char **names;
    size_t name_count;
} opt = {.threads = 2, .path = "/"};

static SSL_CTX *ctx;
static atomic_long left;
static atomic_size_t next_name;
static atomic_int stopped;

static void die(const char *what)
{
    fprintf(stderr, "load: %s\n", what);
    exit(1);
}

static void note(worker_t *me, const char *what, long long begin,
                 const char *text)
{
    record_t *one;

    if (me->count == me->size) {
        me->size = me->size ? me->size * 2 : 4096;
        me->records = realloc(me->records, me->size * sizeof(*me->records));
        if (!me->records) {
            die("out of memory");
        }
    }
    one = &me->records[me->count++];
    one->begin = begin;
    one->end = now_ns();
    one->what = what;
    snprintf(one->text, sizeof(one->text), "%s", text);
}

static int open_socket(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    struct timeval limit = {.tv_sec = TIMEOUT_SEC};
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    to.sin_port = htons((uint16_t)opt.port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void fingerprint_of(SSL *ssl, char *text, size_t size)
{
    X509 *cert = SSL_get0_peer_certificate(ssl);
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    unsigned int len = 0;

    X509_digest(cert, EVP_sha256(), digest, &len);
    for (size_t i = 0; i < 8 && size > 2 * i + 2; i++) {
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    }
}

static SSL *make_ssl(int fd)
{
    SSL *ssl = SSL_new(ctx);

    if (!ssl || !SSL_set_fd(ssl, fd)) {
        die("out of memory");
    }
    if (opt.name_count) {
        size_t i = atomic_fetch_add(&next_name, 1) % opt.name_count;

        if (!SSL_set_tlsext_host_name(ssl, opt.names[i])) {
            die("a server name is too long");
        }
    }
    return ssl;
}

/* A connection with TLS on it, noted; NULL where that failed. */
static SSL *open_tls(worker_t *me)
{
    long long begin = now_ns();
    int fd = open_socket();
    char text[24];
    SSL *ssl;

    if (fd < 0) {
        note(me, "failed", begin, "connect");
        return NULL;
    }
    ssl = make_ssl(fd);
    if (SSL_connect(ssl) != 1) {
        note(me, "failed", begin, "handshake");
        ERR_clear_error();
        SSL_free(ssl);
        close(fd);
        return NULL;
    }
    fingerprint_of(ssl, text, sizeof(text));
    note(me, "handshake", begin, text);
    return ssl;
}

/* Wait until the server has closed, too: its work is then done. */
static void close_tls(SSL *ssl)
{
    char rest[REPLY_SIZE];
    int fd = SSL_get_fd(ssl);

    SSL_shutdown(ssl);
    while (SSL_read(ssl, rest, sizeof(rest)) > 0) {
    }
    while (read(fd, rest, sizeof(rest)) > 0) {
    }
    ERR_clear_error();
    SSL_free(ssl);
    close(fd);
}

/* Sleep until the next turn, where there are turns; 0: none is left. */
static int next_turn(long long *turn)
{
    long long wait = *turn - now_ns();

    if (opt.interval_usec && wait > 0) {
        struct timespec ts = {wait / 1000000000, wait % 1000000000};

        nanosleep(&ts, NULL);
    }
    /* One that took too long is not made up for. */
    *turn = (wait > 0 ? *turn : now_ns()) + opt.interval_usec * 1000;
    return !atomic_load(&stopped) &&
           (!opt.count || atomic_fetch_sub(&left, 1) > 0);
}

/* Threads begin at different times within an interval. */
static long long first_turn(const worker_t *me)
{
    return now_ns() + opt.interval_usec * 1000 * me->number /
                          (opt.threads + opt.keepalive);
}

static void *handshakes(void *arg)
{
    worker_t *me = arg;
    long long turn = first_turn(me);

    while (next_turn(&turn)) {
        SSL *ssl = open_tls(me);

        if (ssl) {
            close_tls(ssl);
        }
    }
    return NULL;
}

/* Read one reply; 0: failed. *last: the server will close after it. */
static int read_reply(SSL *ssl, int *last)
{
    char text[REPLY_SIZE + 1];
    size_t have = 0;
    const char *end, *length;

    while (have < REPLY_SIZE) {
        int got = SSL_read(ssl, text + have, (int)(REPLY_SIZE - have));

        if (got <= 0) {
            return 0;
        }
        have += (size_t)got;
        text[have] = '\0';
        end = strstr(text, "\r\n\r\n");
        if (!end) {
            continue;
        }
        length = strcasestr(text, "\r\nContent-Length: ");
        if (!length || length > end) {
            return 0;
        }
        if (have >= (size_t)(end + 4 - text) + strtoul(length + 18, NULL, 10)) {
            const char *closing = strcasestr(text, "\r\nConnection: close");

            *last = closing && closing < end;
            return !strncmp(text, "HTTP/1.1 200", 12);
        }
    }
    return 0;
}

/*
 * Has the server closed while nothing was asked of it? After the first reply
 * nothing else comes by itself: session tickets have come before it.
 */
static int is_closed(SSL *ssl)
{
    struct pollfd one = {.fd = SSL_get_fd(ssl), .events = POLLIN};

    return poll(&one, 1, 0) > 0;
}

static void *requests(void *arg)
{
    worker_t *me = arg;
    long long turn = first_turn(me);
    SSL *ssl = NULL;
    char request[512];
    int len = snprintf(request, sizeof(request),
                       "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", opt.path);

    while (next_turn(&turn)) {
        long long begin = now_ns();
        int last = 0, done;

        if (ssl && is_closed(ssl)) {
            close_tls(ssl);
            ssl = NULL;
        }
        if (!ssl) {
            ssl = open_tls(me);
        }
        if (!ssl) {
            continue;
        }
        done = SSL_write(ssl, request, len) == len && read_reply(ssl, &last);
        note(me, done ? "request" : "failed", begin, done ? "-" : "request");
        if (!done || last) {
            close_tls(ssl);
            ssl = NULL;
        }
    }
    if (ssl) {
        close_tls(ssl);
    }
    return NULL;
}

static void add_name(const char *name)
{
    opt.names = realloc(opt.names, (opt.name_count + 1) * sizeof(*opt.names));
    if (!opt.names || !(opt.names[opt.name_count++] = strdup(name))) {
        die("out of memory");
    }
}

static void read_names(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[512];

    while (file && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = '\0';
        add_name(line);
    }
    if (!file || fclose(file) || !opt.name_count) {
        die("no file of server names");
    }
}

static void read_options(int argc, char **argv)
{
    int c;

    while ((c = getopt(argc, argv, "p:t:k:n:i:u:s:S:")) != -1) {
        switch (c) {
        case 'p':
            opt.port = atoi(optarg);
            break;
        case 't':
            opt.threads = atoi(optarg);
            break;
        case 'k':
            opt.keepalive = atoi(optarg);
            break;
        case 'n':
            opt.count = atol(optarg);
            break;
        case 'i':
            opt.interval_usec = atol(optarg);
            break;
        case 'u':
            opt.path = optarg;
            break;
        case 's':
            add_name(optarg);
            break;
        case 'S':
            read_names(optarg);
            break;
        default:
            die("usage: load -p PORT [-t THREADS] [-k THREADS that keep their "
                "connection] [-n COUNT] [-i INTERVAL_USEC] [-u PATH] "
                "[-s SERVER_NAME | -S FILE of them, taken in turn]; without "
                "-n until standard input ends");
        }
    }
    if (opt.port <= 0 || opt.threads < 0 || opt.keepalive < 0 ||
        opt.threads + opt.keepalive < 1 ||
        opt.threads + opt.keepalive > MAX_THREADS) {
        die("a port, and 1 to 64 threads in all");
    }
}

static void make_context(void)
{
    signal(SIGPIPE, SIG_IGN);
    ctx = SSL_CTX_new(TLS_client_method());
    if (!ctx || !SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION)) {
        die("OpenSSL does not begin");
    }
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
}

int main(int argc, char **argv)
{
    static worker_t workers[MAX_THREADS];
    char byte;

    read_options(argc, argv);
    make_context();
    atomic_store(&left, opt.count);
    for (int i = 0; i < opt.threads + opt.keepalive; i++) {
        workers[i].number = i;
        if (pthread_create(&workers[i].id, NULL,
                           i < opt.threads ? handshakes : requests,
                           &workers[i])) {
            die("no thread");
        }
    }
    if (!opt.count) {
        while (read(STDIN_FILENO, &byte, 1) > 0) {
        }
        atomic_store(&stopped, 1);
    }
    for (int i = 0; i < opt.threads + opt.keepalive; i++) {
        pthread_join(workers[i].id, NULL);
        for (size_t j = 0; j < workers[i].count; j++) {
            const record_t *one = &workers[i].records[j];

            printf("%s %lld %lld %s\n", one->what, one->begin, one->end,
                   one->text);
        }
        free(workers[i].records);
    }
    SSL_CTX_free(ctx);
    return 0;
}
