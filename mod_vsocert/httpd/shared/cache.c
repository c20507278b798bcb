/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/shared/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <http_log.h>
#include <unixd.h>

#include "base/limits.h"
#include "base/secret.h"
#include "httpd/shared/board.h"
#include "httpd/shared/memory.h"
#include "httpd/config.h"
#include "httpd/keyring.h"
#include "service/certificate/snapshot.h"

APLOG_USE_MODULE(vsocert);

#define MAGIC     "vsocert-cache 1 "
#define MAGIC_LEN (sizeof(MAGIC) - 1)
#define MAC_LEN   64
#define HEAD_LEN  (MAGIC_LEN + MAC_LEN + 1)
#define MAC_LABEL "vsocert cache"

static pthread_mutex_t *lock; /* held while a process writes the file */
static server_rec *server;
static const char *path;
static int failing;

static void say(int level, apr_status_t rv, const char *what)
{
    ap_log_error(APLOG_MARK, level, rv, server, "vsocert: cache file %s: %s",
                 path, what);
}

static void prepare_folder(apr_pool_t *p)
{
    char *folder = apr_pstrdup(p, path);
    char *slash = strrchr(folder, '/');

    if (!slash || slash == folder) {
        return;
    }
    *slash = '\0';
    if (mkdir(folder, 0700) < 0) {
        if (errno != EEXIST) {
            say(APLOG_WARNING, errno, "its folder cannot be made");
        }
        return;
    }
    if (geteuid() == 0 &&
        chown(folder, ap_unixd_config.user_id, ap_unixd_config.group_id) < 0) {
        say(APLOG_WARNING, errno, "its folder cannot be given to User");
    }
}

static apr_status_t init_lock(void *memory)
{
    return vsocert_memory_lock_init(memory);
}

apr_status_t vsocert_cache_setup(server_rec *main_server, apr_pool_t *pconf)
{
    void *memory = NULL;
    apr_status_t rv = vsocert_memory_get("vsocert-cache-lock-1", sizeof(*lock),
                                         init_lock, &memory);

    lock = memory;
    server = main_server;
    path = vsocert_config_cache(main_server);
    if (path) {
        prepare_folder(pconf);
    }
    return rv;
}

/* Does any of the current master keys give this MAC? */
static int authentic(const char *data, apr_size_t len, apr_pool_t *p)
{
    const vso_keyring_t *ring = vsocert_keyring_get();
    vso_secret_t *stated;
    int i;

    if (len <= HEAD_LEN || memcmp(data, MAGIC, MAGIC_LEN) ||
        data[HEAD_LEN - 1] != '\n') {
        return 0;
    }
    stated = vso_secret_copy(data + MAGIC_LEN, MAC_LEN, p);
    for (i = 0; i < vso_keyring_size(ring); i++) {
        const char *mac = vso_keyring_mac(ring, i, MAC_LABEL, data + HEAD_LEN,
                                          len - HEAD_LEN, p);

        if (mac &&
            vso_secret_equal(stated, vso_secret_copy(mac, strlen(mac), p))) {
            return 1;
        }
    }
    return 0;
}

static apr_status_t read_file(char **pdata, apr_size_t *plen, apr_pool_t *p)
{
    apr_finfo_t finfo;
    apr_file_t *file;
    apr_status_t rv;
    char *data;

    rv = apr_file_open(&file, path, APR_FOPEN_READ, APR_FPROT_OS_DEFAULT, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = apr_file_info_get(&finfo, APR_FINFO_SIZE | APR_FINFO_TYPE, file);
    if (rv == APR_SUCCESS &&
        (finfo.filetype != APR_REG ||
         finfo.size > (apr_off_t)(HEAD_LEN + VSO_MAX_SERVING))) {
        rv = APR_EINVAL;
    }
    if (rv == APR_SUCCESS) {
        data = apr_palloc(p, (apr_size_t)finfo.size + 1);
        rv = apr_file_read_full(file, data, (apr_size_t)finfo.size, plen);
        *pdata = data;
    }
    apr_file_close(file);
    return rv;
}

void vsocert_cache_read(void)
{
    const char *keystore_id;
    apr_int64_t generation;
    vso_result_t *res;
    apr_status_t rv;
    apr_size_t len;
    apr_pool_t *p;
    char *data;
    int taken;

    if (!path || !vso_keyring_size(vsocert_keyring_get())) {
        return;
    }
    apr_pool_create(&p, NULL);
    res = vso_result_create(p);
    rv = read_file(&data, &len, p);
    if (APR_STATUS_IS_ENOENT(rv)) {
        goto leave;
    }
    if (rv != APR_SUCCESS) {
        say(APLOG_WARNING, rv, "cannot be read");
        goto leave;
    }
    if (!authentic(data, len, p)) {
        say(APLOG_WARNING, 0,
            "damaged, or written with another master key: ignored");
        goto leave;
    }
    data += HEAD_LEN;
    len -= HEAD_LEN;
    if (vso_snapshot_peek(data, len, &keystore_id, &generation, res, p) !=
            APR_SUCCESS ||
        vsocert_board_offer(data, len, keystore_id, generation, &taken) !=
            APR_SUCCESS) {
        say(APLOG_WARNING, 0, "cannot be used");
    }
leave:
    apr_pool_destroy(p);
}

/* A rename is on the disk when its folder is. */
static apr_status_t sync_folder(apr_pool_t *p)
{
    char *folder = apr_pstrdup(p, path);
    apr_status_t rv = APR_SUCCESS;
    int fd;

    *strrchr(folder, '/') = '\0';
    fd = open(*folder ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0) {
        rv = errno;
    }
    if (fd >= 0) {
        close(fd);
    }
    return rv;
}

/* The contents are on the disk before the rename, and the rename before the
 * caller's response. */
static apr_status_t write_file(const char *head, const char *text,
                               apr_size_t len, apr_pool_t *p)
{
    const char *temp = apr_pstrcat(p, path, ".new", NULL);
    struct iovec parts[2] = {{(void *)(uintptr_t)head, strlen(head)},
                             {(void *)(uintptr_t)text, len}};
    apr_size_t written;
    apr_file_t *file;
    apr_status_t rv;

    rv = apr_file_open(&file, temp,
                       APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE,
                       APR_FPROT_UREAD | APR_FPROT_UWRITE, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = apr_file_writev_full(file, parts, 2, &written);
    if (rv == APR_SUCCESS) {
        rv = apr_file_sync(file);
    }
    apr_file_close(file);
    if (rv == APR_SUCCESS) {
        rv = apr_file_rename(temp, path, p);
    }
    if (rv != APR_SUCCESS) {
        apr_file_remove(temp, p);
        return rv;
    }
    return sync_folder(p);
}

void vsocert_cache_write(void)
{
    const vso_keyring_t *ring = vsocert_keyring_get();
    apr_int64_t edition;
    const char *mac;
    apr_size_t len;
    apr_status_t rv;
    apr_pool_t *p;
    char *text;

    if (!path || !vso_keyring_size(ring)) {
        return;
    }
    apr_pool_create(&p, NULL);
    vsocert_memory_lock(lock);
    text = vsocert_board_text(&len, &edition);
    if (text) {
        mac = vso_keyring_mac(ring, 0, MAC_LABEL, text, len, p);
        rv = mac ? write_file(apr_pstrcat(p, MAGIC, mac, "\n", NULL), text, len,
                              p)
                 : APR_EGENERAL;
        if (rv != APR_SUCCESS && !failing) {
            say(APLOG_WARNING, rv,
                "cannot be written: a start without the database would not "
                "serve the newest certificate");
        }
        failing = rv != APR_SUCCESS;
        free(text);
    }
    vsocert_memory_unlock(lock);
    apr_pool_destroy(p);
}
