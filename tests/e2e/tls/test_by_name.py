# SPDX-License-Identifier: Apache-2.0
"""VSOCertByName: the name that a client sends chooses among all entries."""

import contextlib
import socket
import ssl
import struct
import subprocess

import pytest

from vso import wait_for
from vso.client import insecure_context
from vso.files import b64, pkcs12, request
from vso.server import MODULES, Vhost
from vso.wire import fingerprint_of

BY_NAME = "VSOCertByName on"


@pytest.fixture
def by_name(make_server):
    """One virtual host, by name; its own entry has a certificate of its own."""
    server = make_server(extra=BY_NAME)
    made = server.api("server").create()["fingerprint"]
    return server, made


def create(server, entry, *names, **members):
    return server.api(entry).create(
        names[0], subjectAltNames=list(names), **members)["fingerprint"]


def hello(port, name):
    """A TLS 1.2 ClientHello with any bytes as name; the certificate's DER that
    answers it, or None for an alert. A client of OpenSSL sends no such name."""
    sni = struct.pack("!HBH", len(name) + 3, 0, len(name)) + name
    extensions = b"".join(
        struct.pack("!HH", kind, len(data)) + data for kind, data in (
            (0, sni), (10, b"\x00\x02\x00\x17"), (11, b"\x01\x00"),
            (13, b"\x00\x04\x04\x03\x08\x04")))
    body = (b"\x03\x03" + b"r" * 32 + b"\x00" + b"\x00\x04\xc0\x2b\xc0\x2f" +
            b"\x01\x00" + struct.pack("!H", len(extensions)) + extensions)
    shake = b"\x01" + struct.pack("!I", len(body))[1:] + body
    with socket.create_connection(("127.0.0.1", port), 20) as plain:
        plain.sendall(b"\x16\x03\x01" + struct.pack("!H", len(shake)) + shake)
        data = b""
        with contextlib.suppress(OSError):
            while b"\x0e\x00\x00\x00" not in data[-4:]:
                part = plain.recv(65536)
                if not part:
                    break
                data += part
    if data[:1] != b"\x16":
        return None
    messages = b""
    while data[:1] == b"\x16":
        size = struct.unpack("!H", data[3:5])[0]
        messages += data[5:5 + size]
        data = data[5 + size:]
    while messages:
        size = int.from_bytes(messages[1:4], "big")
        if messages[0] == 11:
            first = int.from_bytes(messages[7:10], "big")
            return messages[10:10 + first]
        messages = messages[4 + size:]
    return None


def of_hello(port, name):
    der = hello(port, name)
    return der and fingerprint_of(ssl.DER_cert_to_PEM_cert(der))


def test_thousands_of_names_need_one_virtual_host(by_name):
    server, own = by_name
    made = {f"n{i}.test": create(server, f"e{i}", f"n{i}.test")
            for i in range(5)}
    for tls in ("-tls1_2", "-tls1_3"):
        for name, fingerprint in made.items():
            assert server.s_client(name, tls).fingerprint == fingerprint
        assert server.s_client("nobody.test", tls).fingerprint == own
        assert server.s_client(None, tls).fingerprint == own


def test_both_algorithms_of_an_entry_are_served(by_name):
    server, _ = by_name
    made = {"EC": create(server, "both", "both.test"),
            "RSA": create(server, "both", "both.test", key="rsa-2048",
                          beside=True)}
    for key, fingerprint in made.items():
        assert server.served("both.test", key) == fingerprint


def test_an_exact_name_before_a_wildcard(by_name):
    server, own = by_name
    wild = create(server, "wild", "*.w.test")
    assert server.served("a.w.test") == wild
    assert server.served("w.test") == own
    assert server.served("a.b.w.test") == own
    exact = create(server, "exact", "a.w.test")
    assert server.served("a.w.test") == exact
    assert server.served("b.w.test") == wild


def test_the_newest_activation_of_two_that_claim_a_name(by_name):
    server, _ = by_name
    first = create(server, "first", "x.test")
    assert server.served("x.test") == first
    second = create(server, "second", "x.test")
    # Both within a second: by name then, so that all nodes choose the same.
    assert server.served("x.test") in (first, second)
    create(server, "second", "y.test", replace=True)
    assert server.served("x.test") == first


def test_a_certificate_that_is_valid_now_before_others(by_name, ca):
    """One that is over comes behind an older one that is not."""
    server, _ = by_name
    good = create(server, "good", "v.test")
    key, csr = request("v.test", "ec")
    cert = ca.sign(csr, days=-1)
    password = "twelve letters"
    file = b64(pkcs12(key, cert, password, chain=ca.issuing))
    made = server.api("over").post("/keystore/import", {
        "keystore": file, "password": password}).ok(201)
    assert "expired" in [w["slug"] for w in made["certificate"]["warnings"]]
    assert server.served("v.test") == good
    create(server, "good", "w.test", replace=True)
    assert server.served("v.test") == fingerprint_of(cert)


@pytest.mark.parametrize("sent", [
    "UPPER.case.TEST", "upper.case.test.", "Upper.Case.Test."])
def test_the_name_is_compared_as_names_are(by_name, sent):
    server, _ = by_name
    made = create(server, "case", "Upper.case.test")
    assert server.s_client(sent).fingerprint == made
    assert of_hello(server.port, sent.encode()) == made


def test_an_international_name(by_name):
    server, own = by_name
    made = create(server, "idn", "bücher.test")
    assert server.s_client("xn--bcher-kva.test").fingerprint == made
    # raw UTF-8 is no name that certificates have
    assert of_hello(server.port, "bücher.test".encode()) == own


@pytest.mark.parametrize("sent", [
    b"127.0.0.1", b"::1", b"[::1]", b"a" * 255, b"." * 3, b".",
    b"a" * 63 + b"." + b"b" * 63 + b"." + b"c" * 63 + b"." + b"d" * 62,
    b"a b.test", b"\xff\xfe.test", b"n.test/../x"],
    ids=lambda sent: repr(sent[:12]))
def test_what_is_no_name_chooses_nothing(by_name, sent):
    server, own = by_name
    create(server, "named", "n.test")
    assert of_hello(server.port, sent) in (own, None)
    assert server.served() == own


def test_a_name_that_is_destroyed_while_its_handshakes_run(by_name):
    """What it got was of one of the two at that time; then it is nobody's."""
    server, own = by_name
    api = server.api("gone")
    made = create(server, "gone", "g.test")
    seen = set()
    with contextlib.ExitStack() as stack:
        begun = [stack.enter_context(socket.create_connection(
            ("127.0.0.1", server.port))) for _ in range(4)]
        version = api.versions()[0]["id"]
        create(server, "gone", "h.test", replace=True)
        assert server.served("g.test") == own
        api.delete(f"/versions/{version}").ok()
        for plain in begun:
            with insecure_context().wrap_socket(
                    plain, server_hostname="g.test") as tls:
                seen.add(fingerprint_of(ssl.DER_cert_to_PEM_cert(
                    tls.getpeercert(binary_form=True))))
    assert seen == {own}
    assert server.served("g.test") == own != made


def test_only_where_it_is_set(make_server):
    server = make_server(vhosts=[
        Vhost("one.test", "one", extra=BY_NAME),
        Vhost("two.test", "two")])
    one = create(server, "one", "unlike.test")
    named = create(server, "named", "one.test", "two.test")
    two = create(server, "two", "unlike.test")
    assert server.served("one.test") == named
    assert server.served("two.test") == two
    assert one not in (named, two)


def test_a_node_hears_of_another_nodes_names(make_server):
    one = make_server(extra=BY_NAME)
    two = make_server(keys=one.keys, db=one.database, extra=BY_NAME)
    made = create(one, "new", "new.test")
    wait_for(lambda: two.served("new.test") == made, "the other node")
    assert two.api().get("/status").ok()["replica"]["entries"] == 1


def test_hosts_by_name_share_connections(make_server):
    """mod_ssl takes them as compatible: no 421 where one certificate names
    both."""
    server = make_server(
        vhosts=[Vhost("a.test", "one", extra=BY_NAME),
                Vhost("b.test", "two", extra=BY_NAME), Vhost("c.test", "two")],
        extra=f"LoadModule http2_module {MODULES}/mod_http2.so\n"
              "Protocols h2 http/1.1")
    server.expect_log("AH02032: Hostname .* no compatible SSL setup")
    create(server, "both", "a.test", "b.test")

    def status(connected, asked):
        done = subprocess.run(
            ["curl", "-sk", "--http2", "-o", "/dev/null",
             "-w", "%{http_version} %{http_code}",
             "--connect-to", f"{connected}:443:127.0.0.1:{server.port}",
             "-H", f"Host: {asked}", f"https://{connected}/vsocert/"],
            capture_output=True, text=True, check=True)
        version, code = done.stdout.split()
        assert version == "2"
        return int(code)

    for connected, asked in (("a.test", "b.test"), ("b.test", "a.test")):
        assert status(connected, asked) == 200
    assert status("a.test", "c.test") == 421


def test_what_is_not_named_is_not_opened(by_name):
    """Names that nobody has leave nothing in memory."""
    server, own = by_name
    for i in range(20):
        assert server.served(f"stranger{i}.test") == own
    assert server.api().get("/status").ok()["replica"]["entries"] == 1
