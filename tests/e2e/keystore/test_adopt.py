# SPDX-License-Identifier: Apache-2.0
"""POST /keystore/adopt: a running server moves in without touching a key."""

import base64
import contextlib

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from vso import wait_for
from vso.ca import openssl
from vso.files import request, self_signed
from vso.server import Vhost
from vso.token import SoftToken
from vso.wire import fingerprint_of


def put(server, name, text):
    path = server.folder / name
    path.write_text(text)
    path.chmod(0o600)
    return path


def start(make_server, vhosts, extra=""):
    """vhosts: of (name, key, chain of certificates, more of Vhost)."""
    server = make_server(start=False, extra=extra)
    for name, key, cert, more in vhosts:
        server.vhosts.append(Vhost(
            name, key=put(server, f"{name}.key", key),
            cert=put(server, f"{name}.pem", cert), **more))
    return server.start()


def adopt(server, host, entry=None, **members):
    return server.api(entry).post("/keystore/adopt", {"host": host, **members})


def test_what_a_virtual_host_loaded(make_server, ca):
    key, csr = request("a.test", "ec")
    leaf = ca.sign(csr)
    server = start(make_server, [("a.test", key, leaf + ca.issuing,
                                  {"alias": "a", "engine": False})])
    before = server.served("a.test")
    assert before == fingerprint_of(leaf)
    done = adopt(server, "A.test").ok(201)
    assert done["entry"] == "a"
    made = done["adopted"][0]
    assert (made["fingerprint"], made["origin"], made["state"]) == (
        before, "imported", "active")
    assert len(made["chain"]) == 1
    assert done["add"] == ["VSOCertEngine on"]
    assert done["shared"] is False
    lines = (server.folder / "conf.d/test.conf").read_text().splitlines()
    for line in done["remove"]:
        assert line["file"].endswith("conf.d/test.conf")
        assert lines[line["number"] - 1].strip() == line["line"]
    assert {line["line"].split()[0] for line in done["remove"]} == {
        "SSLCertificateFile", "SSLCertificateKeyFile"}
    row = server.api("a").audit()[0]
    assert (row["action"], row["outcome"]) == ("adopt", "ok")
    assert "a.test" in row["detail"]

    # As the response says: the lines go, the files as well.
    server.vhosts = [Vhost("a.test", "a")]
    for file in server.folder.glob("a.test.*"):
        file.unlink()
    server.graceful(over=True)
    assert server.served("a.test") == before
    assert "Verify return code: 0 (ok)" in server.s_client(
        "a.test", "-CAfile", str(ca.path("root.pem"))).output


def test_a_key_in_an_encrypted_file(make_server):
    """httpd has asked for its passphrase already."""
    key, cert = self_signed("e.test", "rsa")
    server = make_server(start=False)
    plain = put(server, "plain.key", key)
    openssl("rsa", "-aes256", "-in", plain, "-passout", "pass:canary-words",
            "-out", server.folder / "e.key", "-traditional")
    plain.unlink()
    program = put(server, "pass", "#!/bin/sh\necho canary-words\n")
    program.chmod(0o755)
    server.extra = f'SSLPassPhraseDialog "exec:{program}"'
    server.vhosts = [Vhost("e.test", "e", engine=False,
                           cert=put(server, "e.pem", cert),
                           key=server.folder / "e.key")]
    server.start()
    done = adopt(server, "e.test").ok(201)
    assert done["adopted"][0]["fingerprint"] == fingerprint_of(cert)
    assert "canary-words" not in str(done)


@pytest.fixture
def with_token(make_server):
    """(server, certificate of hsm.test): its key is in a security module, whose
    engine is the default for all that OpenSSL does in httpd."""
    server = make_server(start=False)
    token = SoftToken(server.folder / "token")
    server.env.update(token.env)
    server.extra = "SSLCryptoDevice pkcs11"
    cert = token.self_signed("hsm.test", server.folder / "hsm.pem")
    server.vhosts = [Vhost("hsm.test", "hsm", engine=False,
                           cert=server.folder / "hsm.pem", key=token.uri)]
    yield server.start(), cert
    assert token.pin not in (server.folder / "error.log").read_text()


def test_a_key_in_a_security_module(with_token):
    """A handshake shows that httpd uses it; it does not come out."""
    server, cert = with_token
    assert server.served("hsm.test") == fingerprint_of(cert)
    refused = adopt(server, "hsm.test").refused(409, "key-not-exportable")
    assert "PKCS#11" in refused["detail"]
    assert server.api("hsm").versions() == []
    assert server.served("hsm.test") == fingerprint_of(cert)


@pytest.mark.parametrize("key", ["rsa-2048", "ec-p256", "ec-p384"])
def test_keys_of_the_keystore_beside_a_security_module(with_token, key):
    server, _ = with_token
    made = server.api().create(key=key)["fingerprint"]
    assert server.served() == made
    out = server.api().post("/keystore/export", {"password": "of the export"})
    server.api("again").post("/keystore/import", {
        "keystore": base64.b64encode(out.body).decode(),
        "password": "of the export"}).ok(201)
    again = server.api("again").certificate()["certificate"]
    assert (again["fingerprint"], again["key"]) == (made, key)
    server.graceful(over=True)
    assert server.served() == made


def test_both_algorithms_of_a_host(make_server):
    rsa, ec = self_signed("b.test", "rsa"), self_signed("b.test", "ec")
    server = make_server(start=False)
    server.vhosts = [Vhost(
        "b.test", "b", cert=put(server, "rsa.pem", rsa[1]),
        key=put(server, "rsa.key", rsa[0]),
        extra=f'SSLCertificateFile {put(server, "ec.pem", ec[1])}\n'
              f'SSLCertificateKeyFile {put(server, "ec.key", ec[0])}')]
    server.start()
    shown = adopt(server, "b.test", preview=True).ok()
    assert shown["preview"] is True
    assert server.api("b").versions() == []
    done = adopt(server, "b.test").ok(201)
    assert {one["fingerprint"] for one in done["adopted"]} == {
        fingerprint_of(rsa[1]), fingerprint_of(ec[1])}
    assert done["add"] == []
    assert len(done["remove"]) == 4
    assert {version["state"] for version in server.api("b").versions()} == {
        "active"}
    for key, (_, cert) in (("RSA", rsa), ("EC", ec)):
        assert server.served("b.test", key) == fingerprint_of(cert)


def test_into_an_entry_of_another_name(make_server):
    key, cert = self_signed("o.test", "ec")
    server = start(make_server, [("o.test", key, cert, {"alias": "o"})])
    done = adopt(server, "o.test", "other").ok(201)
    assert done["entry"] == "other"
    assert done["add"] == ["VSOCertAlias other"]
    assert server.api("o").versions() == []


def test_what_is_refused(make_server):
    key, cert = self_signed("r.test", "ec")
    server = start(make_server, [("r.test", key, cert, {"alias": "r"})])
    adopt(server, "nobody.test").refused(404, "not-found", "host")
    # The bootstrap certificate is nobody's file.
    adopt(server, "localhost").refused(404, "not-found", "host")
    server.api().post("/keystore/adopt", {}).refused(400, "malformed", "host")
    adopt(server, "r.test", replace=True, beside=True).refused(422, "invalid")
    adopt(server, "r.test").ok(201)
    adopt(server, "r.test").refused(409, "certificate-exists")
    made = server.api("second").create()
    adopt(server, "r.test", "second").refused(409, "certificate-exists")
    assert server.api("second").versions()[0]["id"] == made["id"]
    done = adopt(server, "r.test", "second", replace=True).ok(201)
    assert done["turnsPassive"][0]["versionId"] == made["id"]
    for user in ("auditor", None):
        reply = server.api("r", user).post("/keystore/adopt",
                                           {"host": "r.test"})
        assert reply.status in (401, 403)


def test_no_key_is_left_in_the_clear(make_server):
    key, cert = self_signed("n.test", "ec")
    server = start(make_server, [("n.test", key, cert, {"alias": "n"})])
    adopt(server, "n.test").ok(201)
    wait_for(lambda: server.served("n.test") == fingerprint_of(cert), "it")
    number = load_pem_private_key(key.encode(), None).private_numbers()
    raw = number.private_value.to_bytes(32, "big")
    for path in server.state.iterdir():
        with contextlib.suppress(IsADirectoryError):
            assert raw not in path.read_bytes(), path
