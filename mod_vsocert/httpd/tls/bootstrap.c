/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/tls/bootstrap.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include <apr_strings.h>
#include <http_log.h>
#include <http_main.h>
#include <openssl/bio.h>
#include <openssl/pem.h>

#include "base/limits.h"
#include "base/secret.h"
#include "httpd/config.h"
#include "x509/cert.h"
#include "x509/key.h"
#include "x509/name.h"
#include "x509/san.h"

APLOG_USE_MODULE(vsocert);

/* Long enough for a server that waits for its first real certificate. */
#define BOOTSTRAP_DAYS 90

static apr_status_t close_fds(void *baton)
{
    vsocert_bootstrap_close(baton);
    return APR_SUCCESS;
}

void vsocert_bootstrap_close(vsocert_bootstrap_t *bootstrap)
{
    int *fd;

    while ((fd = apr_array_pop(bootstrap->fds))) {
        close(*fd);
    }
}

/* Add a name, where a certificate can hold it. */
static void add_name(const char *name, apr_array_header_t *sans,
                     apr_array_header_t *seen, apr_pool_t *p)
{
    apr_array_header_t *one = apr_array_make(p, 1, sizeof(const char *));
    apr_array_header_t *checked;
    int i;

    for (i = 0; i < seen->nelts; i++) {
        if (!strcasecmp(APR_ARRAY_IDX(seen, i, const char *), name)) {
            return;
        }
    }
    APR_ARRAY_PUSH(seen, const char *) = name;
    APR_ARRAY_PUSH(one, const char *) = name;
    if (sans->nelts < VSO_MAX_SANS &&
        vso_sans_check(one, NULL, &checked, vso_result_create(p), p) ==
            APR_SUCCESS) {
        apr_array_cat(sans, checked);
    }
}

/* ServerName and ServerAlias of a server. */
static void add_names(const server_rec *s, apr_array_header_t *sans,
                      apr_array_header_t *seen, apr_pool_t *p)
{
    int i;

    if (s->server_hostname) {
        add_name(s->server_hostname, sans, seen, p);
    }
    for (i = 0; s->names && i < s->names->nelts; i++) {
        add_name(APR_ARRAY_IDX(s->names, i, const char *), sans, seen, p);
    }
}

/* Those of all servers that serve the same, s first. */
static apr_array_header_t *names_of(const server_rec *s, apr_pool_t *p)
{
    apr_array_header_t *sans = apr_array_make(p, 8, sizeof(const char *));
    apr_array_header_t *seen = apr_array_make(p, 8, sizeof(const char *));
    const server_rec *other;

    add_names(s, sans, seen, p);
    for (other = ap_server_conf; other; other = other->next) {
        if (vsocert_config_engine(other) && vsocert_config_alike(other, s)) {
            add_names(other, sans, seen, p);
        }
    }
    return sans;
}

static apr_status_t sign(server_rec *s, EVP_PKEY **ppkey, X509 **pcert,
                         vso_result_t *res, apr_pool_t *p)
{
    vso_subject_t typed = {.common_name = "mod_vsocert bootstrap"};
    vso_cert_spec_t spec = {.days = BOOTSTRAP_DAYS,
                            .now_sec = apr_time_sec(apr_time_now())};
    vso_subject_t *subject;
    apr_status_t rv;

    if ((rv = vso_subject_check(&typed, &subject, res, p)) != APR_SUCCESS ||
        (rv = vso_key_generate("ec-p256", ppkey, res, p)) != APR_SUCCESS) {
        return rv;
    }
    spec.pkey = *ppkey;
    spec.subject = subject;
    spec.sans = names_of(s, p);
    return vso_cert_self_sign(&spec, pcert, res, p);
}

/* A memory file that holds data; its descriptor joins fds. */
static apr_status_t share(const void *data, apr_size_t len,
                          apr_array_header_t *fds, const char **ppath,
                          apr_pool_t *p)
{
    const char *at = data;
    int fd = memfd_create("vsocert-bootstrap", MFD_CLOEXEC);

    if (fd < 0) {
        return errno;
    }
    APR_ARRAY_PUSH(fds, int) = fd;
    while (len) {
        ssize_t n = write(fd, at, len);

        if (n <= 0) {
            return n < 0 ? errno : APR_EGENERAL;
        }
        at += n;
        len -= (apr_size_t)n;
    }
    *ppath = apr_psprintf(p, "/proc/self/fd/%d", fd);
    return APR_SUCCESS;
}

static apr_status_t share_key(EVP_PKEY *pkey, apr_array_header_t *fds,
                              const char **ppath, apr_pool_t *p)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    apr_status_t rv = APR_ENOMEM;
    char *pem;
    long len;

    if (bio && PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL,
                                             NULL) == 1) {
        len = BIO_get_mem_data(bio, &pem);
        rv = share(pem, (apr_size_t)len, fds, ppath, p);
        vso_wipe(pem, (apr_size_t)len);
    }
    BIO_free(bio);
    return rv;
}

vsocert_bootstrap_t *vsocert_bootstrap_make(server_rec *s, apr_pool_t *p)
{
    vsocert_bootstrap_t *made = apr_pcalloc(p, sizeof(*made));
    apr_pool_t *ptemp;
    EVP_PKEY *pkey;
    vso_result_t *res;
    apr_status_t rv;
    const char *pem;
    X509 *cert;

    made->fds = apr_array_make(p, 2, sizeof(int));
    apr_pool_create(&ptemp, p);
    apr_pool_cleanup_register(p, made, close_fds, apr_pool_cleanup_null);
    res = vso_result_create(ptemp);
    rv = sign(s, &pkey, &cert, res, ptemp);
    if (rv == APR_SUCCESS) {
        pem = vso_cert_to_pem(cert, ptemp);
        rv = share(pem, strlen(pem), made->fds, &made->cert_path, p);
    }
    if (rv == APR_SUCCESS) {
        rv = share_key(pkey, made->fds, &made->key_path, p);
    }
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, s,
                     "vsocert: cannot make a bootstrap certificate: %s",
                     res->detail ? res->detail : "no memory file");
        made = NULL;
    }
    apr_pool_destroy(ptemp);
    return made;
}
