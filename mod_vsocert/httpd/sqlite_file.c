/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/sqlite_file.h"

#include <apr_file_info.h>
#include <apr_strings.h>

#include "base/lock.h"
#include "httpd/shared/memory.h"

/** The database's file, as all children know it. */
typedef struct {
    pthread_mutex_t lock;
    apr_int64_t configuration; /**< counts (re)starts */
    char path[APR_PATH_MAX];   /**< "": not known yet, or there is none */
    apr_dev_t device;
    apr_ino_t inode;
} shared_file_t;

static shared_file_t *shared;

/* Of the configuration that this process runs; children inherit it. */
static apr_int64_t configuration;

static apr_status_t init(void *memory)
{
    shared_file_t *made = memory;

    return vso_lock_init(&made->lock);
}

apr_status_t vsocert_sqlite_file_setup(void)
{
    void *memory = NULL;
    apr_status_t rv = vsocert_memory_get("vsocert-sqlite-file-1",
                                         sizeof(*shared), init, &memory);

    shared = memory;
    if (rv == APR_SUCCESS) {
        vso_lock_take(&shared->lock);
        configuration = ++shared->configuration;
        shared->path[0] = '\0'; /* DBDParams may be others now */
        vso_lock_give(&shared->lock);
    }
    return rv;
}

/** Is it the database's file? The first that is asked about is. A child that
 * httpd left behind at a graceful restart may have another database. */
static int is_shared(const char *path, const apr_finfo_t *finfo)
{
    int same;

    vso_lock_take(&shared->lock);
    if (configuration != shared->configuration) {
        vso_lock_give(&shared->lock);
        return 1;
    }
    if (!shared->path[0]) {
        apr_cpystrn(shared->path, path, sizeof(shared->path));
        shared->device = finfo->device;
        shared->inode = finfo->inode;
    }
    same = shared->device == finfo->device && shared->inode == finfo->inode;
    vso_lock_give(&shared->lock);
    return same;
}

/** Path of the database's file; NULL: not known. */
static const char *shared_path(apr_pool_t *p)
{
    const char *path;

    vso_lock_take(&shared->lock);
    path = shared->path[0] && configuration == shared->configuration
               ? apr_pstrdup(p, shared->path)
               : NULL;
    vso_lock_give(&shared->lock);
    return path;
}

static int is_in_place(const char *path, apr_finfo_t *finfo, apr_pool_t *p)
{
    return apr_stat(finfo, path, APR_FINFO_IDENT, p) == APR_SUCCESS &&
           is_shared(path, finfo);
}

static apr_status_t moved(vso_result_t *res)
{
    return vso_fail(res, VSO_P_DATABASE, NULL,
                    "The database file was replaced or removed while it was "
                    "in use. Put it back, or stop httpd, remove the files "
                    "ending in -wal and -shm, and start it; a backup can be "
                    "restored under a running httpd with sqlite3's .restore.");
}

static int is_beside_journal(const apr_finfo_t *finfo, const char *path,
                             apr_pool_t *p)
{
    apr_finfo_t journal;

    return finfo->size == 0 &&
           apr_stat(&journal, apr_pstrcat(p, path, "-wal", NULL),
                    APR_FINFO_SIZE, p) == APR_SUCCESS &&
           journal.size > 0;
}

apr_status_t vsocert_sqlite_file_note(vsocert_sqlite_file_t *file,
                                      const char *path, vso_result_t *res,
                                      apr_pool_t *p)
{
    apr_finfo_t finfo;

    if (apr_stat(&finfo, path, APR_FINFO_IDENT | APR_FINFO_SIZE, p) !=
        APR_SUCCESS) {
        return APR_SUCCESS;
    }
    file->path = path;
    file->device = finfo.device;
    file->inode = finfo.inode;
    return is_beside_journal(&finfo, path, p) ? moved(res) : APR_SUCCESS;
}

apr_status_t vsocert_sqlite_file_check(const vsocert_sqlite_file_t *file,
                                       vso_result_t *res, apr_pool_t *p)
{
    apr_finfo_t finfo;

    return !file->path ||
                   (is_in_place(file->path, &finfo, p) &&
                    finfo.inode == file->inode && finfo.device == file->device)
               ? APR_SUCCESS
               : moved(res);
}

apr_status_t vsocert_sqlite_file_check_place(vso_result_t *res, apr_pool_t *p)
{
    const char *path = shared_path(p);
    apr_finfo_t finfo;

    return !path || is_in_place(path, &finfo, p) ? APR_SUCCESS : moved(res);
}
