# SPDX-License-Identifier: Apache-2.0
"""A session stays within its entry: OpenSSL itself resumes it for whatever name
is asked for."""

import subprocess

import pytest

from vso.files import self_signed
from vso.server import Vhost

# Ticket and cache, TLS 1.2 and 1.3.
MODES = {"1.2 ticket": (["-tls1_2"], ""),
         "1.2 cache": (["-tls1_2", "-no_ticket"], ""),
         "1.3 ticket": (["-tls1_3"], ""),
         "1.3 cache": (["-tls1_3"], "SSLSessionTickets off")}
BY_NAME = "VSOCertByName on"


def connect(server, name, session, *options):
    """A full handshake whose session is kept in a file."""
    run = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}",
         "-servername", name, "-sess_out", session, "-ign_eof", *options],
        input=b"GET /vsocert/problem/401.json HTTP/1.0\r\nHost: " +
        name.encode() + b"\r\n\r\n",
        capture_output=True, timeout=30, check=False)
    assert b"\nNew, TLSv1" in run.stdout
    assert session.exists()


def resume(server, name, session, *options):
    """(resumed, fingerprint of the certificate or None)"""
    found = server.s_client(name, "-sess_in", session, *options)
    reused = "\nReused, TLSv1" in found.output
    assert reused or "\nNew, TLSv1" in found.output, found.output
    return reused, None if reused else found.fingerprint


@pytest.fixture(params=MODES)
def mode(request):
    return MODES[request.param]


def create(server, entry, name):
    return server.api(entry).create(
        name, subjectAltNames=[name])["fingerprint"]


def test_by_name(make_server, mode):
    options, extra = mode
    server = make_server(extra=f"{BY_NAME}\n{extra}")
    session = server.folder / "session.pem"
    create(server, "server", "localhost")
    create(server, "one", "one.test")
    two = create(server, "two", "two.test")
    connect(server, "one.test", session, *options)
    assert resume(server, "one.test", session, *options)[0]
    assert resume(server, "two.test", session, *options) == (False, two)
    assert resume(server, "ONE.test", session, *options)[0]


def test_of_virtual_hosts(make_server, mode):
    options, extra = mode
    key, cert = self_signed("file.test", "ec")
    server = make_server(start=False)
    for name, text in (("file.key", key), ("file.pem", cert)):
        (server.folder / name).write_text(text)
    server.extra = extra
    server.vhosts = [Vhost("one.test", "one"), Vhost("two.test", "two"),
                     Vhost("file.test", engine=False,
                           cert=server.folder / "file.pem",
                           key=server.folder / "file.key")]
    server.start()
    create(server, "one", "one.test")
    create(server, "two", "two.test")
    for name in ("one.test", "file.test"):
        session = server.folder / f"{name}.session"
        connect(server, name, session, *options)
        assert resume(server, name, session, *options)[0], name
        for other in {"one.test", "two.test", "file.test"} - {name}:
            reused, shown = resume(server, other, session, *options)
            assert not reused, (name, other)
            assert shown == server.served(other)


def test_a_name_that_goes_to_another_entry(make_server, mode):
    options, extra = mode
    server = make_server(extra=f"{BY_NAME}\n{extra}")
    session = server.folder / "session.pem"
    create(server, "old", "x.test")
    connect(server, "x.test", session, *options)
    assert resume(server, "x.test", session, *options)[0]
    server.api("old").create("y.test", subjectAltNames=["y.test"], replace=True)
    new = create(server, "new", "x.test")
    assert resume(server, "x.test", session, *options) == (False, new)


def test_until_its_key_is_destroyed(make_server, mode):
    options, extra = mode
    server = make_server(extra=extra)
    session = server.folder / "session.pem"
    api = server.api()
    old = api.create()
    connect(server, "localhost", session, *options)
    new = api.create(replace=True)
    assert resume(server, "localhost", session, *options)[0]
    api.delete(f"/versions/{old['id']}").ok()
    assert resume(server, "localhost", session, *options) == (
        False, new["fingerprint"])


def test_the_bootstrap_certificates_session_ends_with_it(make_server, mode):
    options, extra = mode
    server = make_server(extra=extra)
    session = server.folder / "session.pem"
    connect(server, "localhost", session, *options)
    assert resume(server, "localhost", session, *options)[0]
    made = server.api().create()["fingerprint"]
    assert resume(server, "localhost", session, *options) == (False, made)
