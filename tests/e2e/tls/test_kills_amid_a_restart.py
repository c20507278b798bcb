# SPDX-License-Identifier: Apache-2.0
"""SIGKILL at a known moment of a graceful restart: while the parent reads its
configuration again, and while an old child still has a client."""

import base64
import contextlib
import http.client
import json
import os
import signal
import socket

import pytest

from vso import wait_for
from vso.client import BASE, insecure_context
from vso.faults import UNCLEAN, consistent, REPLACE
from vso.server import USERS

# The key program prints the key, but only while the gate is open; and it says
# that it was asked.
PROGRAM = """#!/bin/sh
echo x >>{asked}
while [ ! -e {gate} ]; do sleep 0.05; done
cat {key}
"""


class Gate:
    """Holds up a parent that reads its configuration."""

    def __init__(self, server, folder):
        self.server = server
        self.asked = folder / "asked"
        self.gate = folder / "gate"
        self.gate.touch()
        program = folder / "key"
        program.write_text(PROGRAM.format(
            asked=self.asked, gate=self.gate, key=server.folder / "the.key"))
        program.chmod(0o755)
        (server.folder / "the.key").write_bytes(server.keys[0])
        server.extra += f"\nVSOCertMasterKey exec:{program}"

    def restart(self):
        """Begin a graceful restart, and return in the middle of it."""
        self.gate.unlink()
        before = self.count()
        self.server.process.send_signal(signal.SIGUSR1)
        wait_for(lambda: self.count() > before, "the parent to read again")

    def count(self):
        return len(self.asked.read_text()) if self.asked.exists() else 0

    def open(self):
        self.gate.touch()


@pytest.fixture
def gated(make_server, tmp_path):
    server = make_server(start=False, extra="VSOCertPollInterval 50ms")
    # The directive may stand twice, as while keys are exchanged: both are one.
    server.expect_log("is the same key as the other one", optional=True)
    gate = Gate(server, tmp_path)
    tmp_path.chmod(0o755)
    server.start()
    return server, gate


def children(server):
    return set(server.pids()) - {server.pid}


def replace(server):
    reply = server.api().post("/certificate", REPLACE).ok(201)
    return reply["certificate"]["fingerprint"]


def serves(server, fingerprint):
    return all(server.served() == fingerprint for _ in range(6))


class Half:
    """A change whose body has not come in full: its child goes on for it."""

    def __init__(self, server):
        body = json.dumps({**REPLACE, "subject": {"commonName": "half"}})
        user = base64.b64encode(f"vmware:{USERS['vmware']}".encode()).decode()
        self.rest = body[10:].encode()
        plain = socket.create_connection(("127.0.0.1", server.port), 30)
        self.sock = insecure_context().wrap_socket(plain)
        self.sock.sendall((
            f"POST {BASE}/certificate HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Basic {user}\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nExpect: 100-continue\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode())
        # It waits for the body now.
        assert self.sock.recv(100).startswith(b"HTTP/1.1 100 ")
        self.sock.sendall(body[:10].encode())

    def finish(self):
        """The fingerprint of what it made."""
        self.sock.sendall(self.rest)
        response = http.client.HTTPResponse(self.sock, method="POST")
        response.begin()
        assert response.status == 201
        return json.loads(response.read())["certificate"]["fingerprint"]

    def close(self):
        self.sock.close()


def test_a_child_is_killed_while_the_parent_reads(gated):
    server, gate = gated
    made = replace(server)
    half = Half(server)
    gate.restart()
    child, = wait_for(lambda: len(children(server)) == 1 and children(server),
                      "the other child to end")
    os.kill(child, signal.SIGKILL)
    half.close()
    gate.open()
    assert serves(server, made)
    made = replace(server)
    assert serves(server, made)
    assert consistent(server, server.api("server")) == made


def test_an_old_child_is_killed_that_still_has_a_client(make_server):
    server = make_server()
    replace(server)
    old = children(server)
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"\x16")     # of a handshake that goes no further
        server.graceful()
        made = replace(server)
        left = old & children(server)
        for child in left:
            os.kill(child, signal.SIGKILL)
        wait_for(lambda: not old & children(server), "the old child to be gone")
        assert left, "no child was kept by its client"
        assert serves(server, made)
    made = replace(server)
    assert serves(server, made)
    assert consistent(server, server.api("server")) == made


def test_the_parent_is_killed_while_it_reads(gated):
    """The child that still works for somebody does so to the end; what it
    changed is served by the next start."""
    server, gate = gated
    replace(server)
    half = Half(server)
    gate.restart()
    orphans = wait_for(lambda: len(children(server)) == 1 and children(server),
                       "the other child to end")
    server.process.kill()
    server.process.wait(30)
    made = half.finish()
    half.close()
    gate.open()
    for orphan in orphans:
        with contextlib.suppress(ProcessLookupError):
            os.kill(orphan, signal.SIGKILL)
    server.process = None
    server.wait_gone()
    server.expect_log(UNCLEAN)
    server.start()
    assert serves(server, made)
    assert consistent(server, server.api("server")) == made
