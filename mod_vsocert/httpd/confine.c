/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/confine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <apr_strings.h>

/* glibc has no functions for these, and not every linux/landlock.h knows what
 * newer kernels do. The numbers are those of all architectures. */
#define CREATE_RULESET 444
#define ADD_RULE       445
#define RESTRICT_SELF  446

#define GIVE_VERSION  1u /* LANDLOCK_CREATE_RULESET_VERSION */
#define RULE_PATH     1  /* LANDLOCK_RULE_PATH_BENEATH */
#define SCOPE_SIGNAL  ((uint64_t)1 << 1)
#define SCOPE_VERSION 6
#define BIT(n)        ((uint64_t)1 << (n))

/* LANDLOCK_ACCESS_FS_... */
#define EXECUTE    BIT(0)
#define WRITE_FILE BIT(1)
#define READ_FILE  BIT(2)
#define READ_DIR   BIT(3)
#define TRUNCATE   BIT(14)
#define IOCTL_DEV  BIT(15)

/* What there is to say of a file; all else is of folders. */
#define OF_FILES (EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV)

#define TO_READ   (READ_FILE | READ_DIR)
#define TO_RUN    (TO_READ | EXECUTE)
#define TO_DEVICE (READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV)
#define TO_WRITE  (~(uint64_t)0)

/** struct landlock_ruleset_attr; older kernels take it as long as what they do
 * not know is 0. */
typedef struct {
    uint64_t access_fs;
    uint64_t access_net;
    uint64_t scoped;
} ruleset_t;

/** struct landlock_path_beneath_attr */
typedef struct {
    uint64_t allowed;
    int32_t parent_fd;
} __attribute__((packed)) rule_t;

/** What every program may. */
static const struct {
    const char *path;
    uint64_t rights;
} usual[] = {
    {"/usr", TO_RUN},
    {"/etc", TO_RUN},
    /* most are links into /usr */
    {"/bin", TO_RUN},
    {"/sbin", TO_RUN},
    {"/lib", TO_RUN},
    {"/lib32", TO_RUN},
    {"/lib64", TO_RUN},
    {"/libx32", TO_RUN},
    /* where /etc/resolv.conf leads */
    {"/run/systemd/resolve", TO_READ},
    {"/run/NetworkManager", TO_READ},
    {"/run/resolvconf", TO_READ},
    {"/proc", TO_READ},
    {"/dev/null", TO_DEVICE},
    {"/dev/zero", TO_DEVICE},
    {"/dev/full", TO_DEVICE},
    {"/dev/random", TO_DEVICE},
    {"/dev/urandom", TO_DEVICE},
};

/** A domain while it is made. */
typedef struct {
    int fd;
    uint64_t handled;           /**< rights that this kernel knows */
    apr_array_header_t *hidden; /**< const char *, without links in them */
    apr_pool_t *p;
} domain_t;

int vsocert_confine_version(void)
{
    long version = syscall(CREATE_RULESET, NULL, (size_t)0, GIVE_VERSION);

    return version > 0 ? (int)version : 0;
}

/** All rights on files that a version knows. */
static uint64_t rights_of(int version)
{
    static const int known[] = {0, 13, 14, 15, 15, 16};
    int newest = (int)(sizeof(known) / sizeof(known[0])) - 1;

    return BIT(known[version < newest ? version : newest]) - 1;
}

/** Is a path within a folder, or the folder? */
static int is_within(const char *path, const char *folder)
{
    apr_size_t len = strlen(folder);

    return !strcmp(folder, "/") || (!strncmp(path, folder, len) &&
                                    (path[len] == '/' || path[len] == '\0'));
}

static int is_hidden(const domain_t *domain, const char *path)
{
    int i;

    for (i = 0; i < domain->hidden->nelts; i++) {
        if (is_within(path, APR_ARRAY_IDX(domain->hidden, i, const char *))) {
            return 1;
        }
    }
    return 0;
}

static int holds_hidden(const domain_t *domain, const char *path)
{
    int i;

    for (i = 0; i < domain->hidden->nelts; i++) {
        if (is_within(APR_ARRAY_IDX(domain->hidden, i, const char *), path)) {
            return 1;
        }
    }
    return 0;
}

/** Allow one file, or a folder with all below. @param path  no link */
static int add_rule(const domain_t *domain, const char *path, uint64_t rights)
{
    rule_t rule = {0, 0};
    struct stat info;
    int rc = 0;

    rule.parent_fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (rule.parent_fd < 0) {
        return 0;
    }
    if (fstat(rule.parent_fd, &info) == 0 && !S_ISLNK(info.st_mode)) {
        rule.allowed = rights & domain->handled;
        if (!S_ISDIR(info.st_mode)) {
            rule.allowed &= OF_FILES;
        }
        if (syscall(ADD_RULE, domain->fd, RULE_PATH, &rule, 0u)) {
            rc = errno;
        }
    }
    close(rule.parent_fd);
    return rc;
}

/** A rule holds for all below its folder, and none takes anything back: a
 * folder with something hidden in it is allowed piece by piece, as it is now.
 */
static int allow(const domain_t *domain, const char *path, uint64_t rights)
{
    struct dirent *entry;
    int rc = 0;
    DIR *dir;

    if (is_hidden(domain, path)) {
        return 0;
    }
    if (!holds_hidden(domain, path)) {
        return add_rule(domain, path, rights);
    }
    dir = opendir(path);
    while (dir && !rc && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) {
            rc = allow(domain,
                       apr_pstrcat(domain->p, strcmp(path, "/") ? path : "",
                                   "/", entry->d_name, NULL),
                       rights);
        }
    }
    if (dir) {
        closedir(dir);
    }
    return rc;
}

/** Allow what a path leads to. */
static int allow_path(const domain_t *domain, const char *path, uint64_t rights)
{
    char *real = realpath(path, NULL);
    int rc = real ? allow(domain, real, rights) : 0;

    free(real);
    return rc;
}

static int allow_all(const domain_t *domain, const apr_array_header_t *paths,
                     uint64_t rights)
{
    int rc = 0;
    int i;

    for (i = 0; !rc && paths && i < paths->nelts; i++) {
        rc = allow_path(domain, APR_ARRAY_IDX(paths, i, const char *), rights);
    }
    return rc;
}

/** Hidden paths as they really are. One that is not there, or that httpd's User
 * cannot come to, is taken as it is written. */
static apr_array_header_t *real_paths(const apr_array_header_t *paths,
                                      apr_pool_t *p)
{
    apr_array_header_t *found = apr_array_make(p, 4, sizeof(char *));
    int i;

    for (i = 0; paths && i < paths->nelts; i++) {
        const char *path = APR_ARRAY_IDX(paths, i, const char *);
        char *real = realpath(path, NULL);

        APR_ARRAY_PUSH(found, const char *) =
            apr_pstrdup(p, real ? real : path);
        free(real);
    }
    return found;
}

static int fill(const domain_t *domain, const vsocert_confine_t *what)
{
    apr_size_t i;
    int rc = 0;

    for (i = 0; !rc && i < sizeof(usual) / sizeof(usual[0]); i++) {
        rc = allow_path(domain, usual[i].path, usual[i].rights);
    }
    if (!rc) {
        rc = allow_all(domain, what->readable, TO_RUN);
    }
    return rc ? rc : allow_all(domain, what->writable, TO_WRITE);
}

int vsocert_confine_make(const vsocert_confine_t *what, int *pfd, apr_pool_t *p)
{
    int version = vsocert_confine_version();
    domain_t domain = {-1, rights_of(version), real_paths(what->hidden, p), p};
    ruleset_t ruleset = {domain.handled, 0,
                         version >= SCOPE_VERSION ? SCOPE_SIGNAL : 0};
    int rc;

    *pfd = -1;
    if (!version) {
        return 0;
    }
    domain.fd = (int)syscall(CREATE_RULESET, &ruleset, sizeof(ruleset), 0u);
    if (domain.fd < 0) {
        return errno;
    }
    rc = fill(&domain, what);
    if (rc) {
        close(domain.fd);
        return rc;
    }
    *pfd = domain.fd;
    return 0;
}

int vsocert_confine_enter(int fd)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
        return errno;
    }
    return fd >= 0 && syscall(RESTRICT_SELF, fd, 0u) ? errno : 0;
}
