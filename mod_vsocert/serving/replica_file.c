/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <apr_strings.h>

#include "serving/replica_impl.h"

/* How LMDB 0.9 begins a file: two meta pages, native numbers. */
#define META_MAGIC   0xBEEFC0DE
#define META_VERSION 1
#define META_FLAG    0x08
#define NO_PAGE      (~(apr_uint64_t)0)

typedef struct {
    apr_uint32_t pad;
    apr_uint16_t flags;
    apr_uint16_t depth;
    apr_uint64_t counts[4];
    apr_uint64_t root;
} meta_db_t;

typedef struct {
    apr_uint64_t pgno;
    apr_uint16_t pad;
    apr_uint16_t flags;
    apr_uint32_t pages;
    apr_uint32_t magic;
    apr_uint32_t version;
    apr_uint64_t address;
    apr_uint64_t mapsize;
    meta_db_t dbs[2]; /**< the first one's pad is the size of a page */
    apr_uint64_t last_page;
    apr_uint64_t txnid;
} meta_t;

/* File systems on which a mapping is not the same for all, or locks are not. */
static const struct {
    unsigned long type;
    const char *name;
} unfit[] = {
    {0x6969, "NFS"},
    {0xFF534D42, "CIFS"},
    {0xFE534D42, "SMB"},
    {0x517B, "SMB"},
    {0x65735546, "FUSE"},
    {0x01021997, "9P"},
    {0x5346414F, "AFS"},
    {0x00C36400, "Ceph"},
    {0x0BD00BD0, "Lustre"},
    {0x47504653, "GPFS"},
    {0x01161970, "GFS2"},
    {0x7461636F, "OCFS2"},
    {0x786F4256, "a folder of VirtualBox"},
};

/* The owner */

static apr_status_t close_owner(void *baton)
{
    close(*(int *)baton);
    return APR_SUCCESS;
}

static const char *unfit_name(const char *folder)
{
    struct statfs system;
    size_t i;

    if (statfs(folder, &system)) {
        return NULL;
    }
    for (i = 0; i < sizeof(unfit) / sizeof(unfit[0]); i++) {
        if (((unsigned long)system.f_type & 0xFFFFFFFFUL) == unfit[i].type) {
            return unfit[i].name;
        }
    }
    return NULL;
}

static const char *folder_of(const char *path, apr_pool_t *p)
{
    const char *slash = strrchr(path, '/');

    return !slash ? "."
           : slash == path
               ? "/"
               : apr_pstrmemdup(p, path, (apr_size_t)(slash - path));
}

apr_status_t vso_replica_own(const char *path, const char **pwhy, apr_pool_t *p)
{
    const char *owner = apr_pstrcat(p, path, ".owner", NULL);
    const char *system = unfit_name(folder_of(path, p));
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int *kept;
    int fd;

    *pwhy = NULL;
    if (system) {
        *pwhy = apr_psprintf(p, "it is on %s, where processes cannot share it",
                             system);
        return APR_SUCCESS;
    }
    fd = open(owner, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        *pwhy =
            apr_psprintf(p, "%s cannot be opened (%s)", owner, strerror(errno));
        return APR_SUCCESS;
    }
    /* of this process alone: its children do not have it, nor what they start
     */
    if (fcntl(fd, F_SETLK, &lock)) {
        *pwhy = errno == EACCES || errno == EAGAIN
                    ? "another httpd uses it"
                    : apr_psprintf(p, "%s cannot be locked (%s)", owner,
                                   strerror(errno));
        close(fd);
        return APR_SUCCESS;
    }
    kept = apr_palloc(p, sizeof(*kept));
    *kept = fd;
    apr_pool_cleanup_register(p, kept, close_owner, apr_pool_cleanup_null);
    return APR_SUCCESS;
}

/* What stands at a path */

/* Is it a meta page? */
static int is_meta(const meta_t *meta)
{
    apr_uint32_t size = meta->dbs[0].pad;

    return (meta->flags & META_FLAG) && meta->magic == META_MAGIC &&
           meta->version == META_VERSION && size >= 512 && size <= 65536 &&
           !(size & (size - 1));
}

/* Do its numbers lie within a file of so many pages? */
static int is_within(const meta_t *meta, apr_uint64_t pages)
{
    return meta->last_page < pages &&
           (meta->dbs[0].root == NO_PAGE ||
            meta->dbs[0].root <= meta->last_page) &&
           (meta->dbs[1].root == NO_PAGE ||
            meta->dbs[1].root <= meta->last_page);
}

static vso_replica_file_e judge(int fd, const struct stat *file,
                                const char **pwhy)
{
    meta_t metas[2];
    apr_uint64_t pages;

    if (pread(fd, &metas[0], sizeof(metas[0]), 0) != sizeof(metas[0]) ||
        metas[0].magic != META_MAGIC) {
        *pwhy = "it is no file of LMDB";
        return VSO_FILE_FOREIGN;
    }
    if (!is_meta(&metas[0]) ||
        pread(fd, &metas[1], sizeof(metas[1]), metas[0].dbs[0].pad) !=
            sizeof(metas[1]) ||
        !is_meta(&metas[1]) || metas[1].dbs[0].pad != metas[0].dbs[0].pad) {
        *pwhy = "its first pages are damaged";
        return VSO_FILE_DAMAGED;
    }
    pages = (apr_uint64_t)file->st_size / metas[0].dbs[0].pad;
    if (!is_within(&metas[metas[1].txnid > metas[0].txnid], pages)) {
        *pwhy = "it was cut short";
        return VSO_FILE_DAMAGED;
    }
    return VSO_FILE_SOUND;
}

apr_status_t vso_replica_file_look(const char *path, vso_replica_file_e *pwhat,
                                   const char **pwhy, vso_result_t *res,
                                   apr_pool_t *p)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat file;

    (void)p;
    *pwhy = "";
    if (fd < 0 && errno == ENOENT) {
        *pwhat = VSO_FILE_NONE;
        return APR_SUCCESS;
    }
    if (fd < 0 || fstat(fd, &file)) {
        int why = errno;

        if (fd >= 0) {
            close(fd);
        }
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "The replica %s cannot be opened: %s.", path,
                        strerror(why));
    }
    if (!S_ISREG(file.st_mode)) {
        close(fd);
        return vso_fail(res, VSO_P_INTERNAL, NULL,
                        "The replica %s is no file: choose another path "
                        "(VSOCertCache).",
                        path);
    }
    *pwhat = file.st_size ? judge(fd, &file, pwhy) : VSO_FILE_NONE;
    close(fd);
    return APR_SUCCESS;
}

static apr_status_t drop(const char *path, vso_result_t *res)
{
    return unlink(path) && errno != ENOENT
               ? vso_fail(res, VSO_P_INTERNAL, NULL,
                          "The replica's file %s cannot be removed: %s.", path,
                          strerror(errno))
               : APR_SUCCESS;
}

static apr_status_t move(const char *from, const char *to, vso_result_t *res)
{
    return rename(from, to) && errno != ENOENT
               ? vso_fail(res, VSO_P_INTERNAL, NULL,
                          "The replica's file %s cannot be moved to %s: %s. "
                          "Remove it.",
                          from, to, strerror(errno))
               : APR_SUCCESS;
}

/* The lock file goes first: it is of no use without the data, and data must not
 * meet a lock file of other data. */
apr_status_t vso_replica_file_aside(const char *path, const char *suffix,
                                    vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = drop(apr_pstrcat(p, path, "-lock", NULL), res);

    return rv == APR_SUCCESS
               ? move(path, apr_pstrcat(p, path, ".", suffix, NULL), res)
               : rv;
}

apr_status_t vso_replica_file_drop(const char *path, vso_result_t *res,
                                   apr_pool_t *p)
{
    apr_status_t rv = drop(apr_pstrcat(p, path, "-lock", NULL), res);

    return rv == APR_SUCCESS ? drop(path, res) : rv;
}

apr_status_t vso_replica_file_move(const char *from, const char *to,
                                   vso_result_t *res, apr_pool_t *p)
{
    apr_status_t rv = move(apr_pstrcat(p, from, "-lock", NULL),
                           apr_pstrcat(p, to, "-lock", NULL), res);

    return rv == APR_SUCCESS ? move(from, to, res) : rv;
}
