# SPDX-License-Identifier: Apache-2.0
"""Clients that send next to nothing, and more of them than there are threads:
the others are answered. With the limits of the reference configuration, a fifth
as long."""

import contextlib
import re
import socket

import pytest

from vso import wait_for
from vso.client import insecure_context
from vso.server import CONF

THREADS = 10
FEW = f"""
StartServers 1
ThreadsPerChild {THREADS}
MinSpareThreads {THREADS}
MaxSpareThreads {THREADS}
MaxRequestWorkers {THREADS}
ServerLimit 1
"""

# What each kind sends, and then no more.
HEADER = b"GET /vsocert/ HTTP/1.1\r\nHost: x\r\nX-Slow: "
BODY = b"POST /vsocert/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n" \
       b"Content-Type: application/x-www-form-urlencoded\r\n\r\nhttpd_user"
KINDS = {"handshake": None, "header": HEADER, "body": BODY}


def limits():
    """RequestReadTimeout of both files, every time in it a fifth."""
    lines = [line for name in ("vsocert.conf", "run.conf") for line in
             re.findall(r"^ *(RequestReadTimeout .*)$",
                        (CONF / name).read_text(), re.M)]
    return re.sub(r"(?<=[=-])\d+", lambda found: str(int(found.group()) // 5),
                  "\n".join(lines))


def slow_client(server, kind):
    plain = socket.create_connection(("127.0.0.1", server.port), 30)
    if kind == "handshake":
        plain.sendall(b"\x16\x03\x01")
        return plain
    tls = insecure_context().wrap_socket(plain)
    tls.sendall(KINDS[kind])
    return tls


def answers(server):
    try:
        return server.api().get("/status", timeout=1).status == 200
    except OSError:
        return False


@pytest.mark.parametrize("kind", KINDS)
def test_slow_clients_keep_nobody_out(make_server, kind):
    server = make_server(extra=FEW + limits())
    server.expect_log("AH0048[45]|AH03490|AH10159", optional=True)
    with contextlib.ExitStack() as stack:
        for _ in range(THREADS):
            stack.enter_context(slow_client(server, kind))
        wait_for(lambda: not answers(server), "all threads to be taken", 10)
        wait_for(lambda: answers(server), "an answer", 20)
