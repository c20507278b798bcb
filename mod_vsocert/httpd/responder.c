/* SPDX-License-Identifier: Apache-2.0 */
#include "httpd/responder.h"

#include <string.h>

#include <apr_network_io.h>
#include <apr_strings.h>
#include <apr_uri.h>

#include "base/limits.h"

static apr_status_t failed(apr_status_t rv, const char *url, const char *what,
                           vso_result_t *res)
{
    char text[120];

    return vso_fail(res, VSO_P_INVALID, NULL, "%s: %s: %s", url, what,
                    apr_strerror(rv, text, sizeof(text)));
}

static apr_status_t open_to(apr_socket_t **psocket, const apr_uri_t *uri,
                            apr_pool_t *p)
{
    apr_interval_time_t timeout = apr_time_from_sec(VSO_OCSP_TIMEOUT_SEC);
    apr_sockaddr_t *address;
    apr_status_t rv;

    if ((rv = apr_sockaddr_info_get(&address, uri->hostname, APR_UNSPEC,
                                    uri->port ? uri->port : 80, 0, p)) !=
            APR_SUCCESS ||
        (rv = apr_socket_create(psocket, address->family, SOCK_STREAM,
                                APR_PROTO_TCP, p)) != APR_SUCCESS ||
        (rv = apr_socket_timeout_set(*psocket, timeout)) != APR_SUCCESS) {
        return rv;
    }
    return apr_socket_connect(*psocket, address);
}

static apr_status_t send_all(apr_socket_t *socket, const void *data,
                             apr_size_t len)
{
    const char *at = data;
    apr_status_t rv = APR_SUCCESS;

    while (len && rv == APR_SUCCESS) {
        apr_size_t sent = len;

        rv = apr_socket_send(socket, at, &sent);
        at += sent;
        len -= sent;
    }
    return rv;
}

/** All until the other side closes. A responder that drips is cut off. */
static apr_status_t receive_all(apr_socket_t *socket, char *buffer,
                                apr_size_t *plen)
{
    apr_time_t deadline =
        apr_time_now() + 2 * apr_time_from_sec(VSO_OCSP_TIMEOUT_SEC);
    apr_size_t used = 0;
    apr_status_t rv;

    do {
        apr_size_t room = *plen - used;

        if (!room) {
            return APR_ENOSPC;
        }
        if (apr_time_now() > deadline) {
            return APR_TIMEUP;
        }
        rv = apr_socket_recv(socket, buffer + used, &room);
        used += room;
    } while (rv == APR_SUCCESS);
    *plen = used;
    return rv == APR_EOF ? APR_SUCCESS : rv;
}

/** What stands behind the headers of a 200. */
static apr_status_t body_of(const char *reply, apr_size_t len, const char *url,
                            const unsigned char **pder, apr_size_t *pder_len,
                            vso_result_t *res)
{
    const char *end = strstr(reply, "\r\n\r\n");

    if (len < 12 || strncmp(reply, "HTTP/1.", 7) ||
        strncmp(reply + 8, " 200", 4) || !end) {
        return vso_fail(res, VSO_P_INVALID, NULL, "%s does not answer 200.",
                        url);
    }
    *pder = (const unsigned char *)end + 4;
    *pder_len = len - (apr_size_t)(end + 4 - reply);
    return APR_SUCCESS;
}

apr_status_t vsocert_responder_ask(const char *url,
                                   const unsigned char *request, apr_size_t len,
                                   const unsigned char **pder,
                                   apr_size_t *pder_len, vso_result_t *res,
                                   apr_pool_t *p)
{
    apr_size_t got = VSO_MAX_OCSP;
    char *buffer = apr_palloc(p, VSO_MAX_OCSP + 1);
    apr_socket_t *socket = NULL;
    const char *head;
    apr_status_t rv;
    apr_uri_t uri;

    if (apr_uri_parse(p, url, &uri) != APR_SUCCESS || !uri.hostname) {
        return vso_fail(res, VSO_P_INVALID, NULL, "%s is no address.", url);
    }
    /* 1.0: no chunks, and the end is where the connection ends */
    head = apr_psprintf(p,
                        "POST %s HTTP/1.0\r\nHost: %s\r\n"
                        "Content-Type: application/ocsp-request\r\n"
                        "Content-Length: %" APR_SIZE_T_FMT "\r\n\r\n",
                        uri.path ? uri.path : "/", uri.hostinfo, len);
    if ((rv = open_to(&socket, &uri, p)) != APR_SUCCESS) {
        return failed(rv, url, "it cannot be reached", res);
    }
    if ((rv = send_all(socket, head, strlen(head))) != APR_SUCCESS ||
        (rv = send_all(socket, request, len)) != APR_SUCCESS ||
        (rv = receive_all(socket, buffer, &got)) != APR_SUCCESS) {
        apr_socket_close(socket);
        return failed(rv, url, "it does not answer", res);
    }
    apr_socket_close(socket);
    buffer[got] = '\0';
    return body_of(buffer, got, url, pder, pder_len, res);
}
