# SPDX-License-Identifier: Apache-2.0
"""Bodies that wait on the disk to be verified: how much of it all of them take,
and that one user's slow uploads leave places to others."""

import contextlib
import os
import signal
import socket

import pytest
from vso import wait_for
from vso.application import ask
from vso.client import BASE, insecure_context
from vso.held import metric
from vso.package_calls import IMPORTS, rows, upload
from vso.packages import script, write

MAX_PACKAGE = 1 << 20
FILES = 8       # VSO_MAX_SPOOLED
RECEIVING = 8   # VSO_MAX_RECEIVING

CONF = f"""
VSOCertMaxPackage {MAX_PACKAGE}
<Location "/put">
    VSOCertVerifyPackages on
</Location>
"""


def begin(stack, server, path, sent, headers=()):
    """A client that sends part of a body of MAX_PACKAGE bytes, and no more."""
    plain = socket.create_connection(("127.0.0.1", server.port), 60)
    client = stack.enter_context(insecure_context().wrap_socket(plain))
    head = "".join(f"{line}\r\n" for line in (
        f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/zip",
        f"Content-Length: {MAX_PACKAGE}", *headers))
    client.sendall(head.encode() + b"\r\n" + sent)
    return client


def spooled(server):
    return metric(server, "vsocert_spooled_bytes")


@pytest.fixture
def full(make_server):
    """A server whose room for such files is taken, and its clients."""
    server = make_server(extra=CONF)
    server.expect_log("POST /put .* The body ended early", optional=True)
    with contextlib.ExitStack() as stack:
        clients = [begin(stack, server, "/put", b"x" * (MAX_PACKAGE - 1))
                   for _ in range(FILES)]
        wait_for(lambda: spooled(server) == FILES * MAX_PACKAGE,
                 lambda: f"the room to be taken: {spooled(server)}", 30)
        yield server, clients


def test_files_take_so_much_in_all(full):
    server, clients = full
    reply = ask(server, "POST", "/put", None, b"x")
    reply.refused(503, "busy")
    assert 0 < int(reply.headers["Retry-After"]) < 60
    # Who is done leaves room: nothing is there that takes the body.
    clients[0].sendall(b"x")
    assert b" 404 " in clients[0].recv(100)
    wait_for(lambda: spooled(server) < FILES * MAX_PACKAGE, "some room")
    assert ask(server, "POST", "/put", None, b"x").status == 404
    clients[1].close()
    wait_for(lambda: spooled(server) == (FILES - 2) * MAX_PACKAGE,
             "the room of one that left")


def test_killed_children_leave_the_room(full):
    server, _ = full
    server.expect_log("exit signal Killed", optional=True)
    for pid in server.pids():
        if pid != server.pid:
            os.kill(pid, signal.SIGKILL)
    wait_for(lambda: answers(server) and spooled(server) == 0,
             "new children", 30)
    assert ask(server, "POST", "/put", None, b"x" * 1000).status == 404


def answers(server):
    try:
        return server.api().get("/status").status == 200
    except OSError:
        return False


def test_slow_uploads_of_one_user_leave_places_to_others(make_server, vro):
    server = make_server(extra=CONF)
    api = server.api()
    headers = (f"Authorization: {api.auth}",)
    data = write("org.example.slow", [script("a")], vro)
    with contextlib.ExitStack() as stack:
        for _ in range(RECEIVING):
            begin(stack, server, BASE + IMPORTS, b"PK", headers)
        wait_for(lambda: rows(server, "vmo_import") == RECEIVING,
                 "all to begin")
        detail = upload(api, data).refused(429, "slow-down")["detail"]
        assert "vmware" in detail
        assert rows(server, "vmo_import") == RECEIVING
        report = upload(server.api(user="operator"), data).ok(201)
        assert [item["id"] for item in api.get(IMPORTS).ok()["items"]] == [
            report["id"]]
    wait_for(lambda: rows(server, "vmo_import") == 1, "the others to end", 30)
