# SPDX-License-Identifier: Apache-2.0
"""Certificate databases (keystore files) in and out: the rules of the guide.
What the formats hold is test_keystore_formats.py's."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from vso import wire
from vso.ca import openssl
from vso.files import ALIAS, b64, open_pkcs12, pkcs12, self_signed

PASSWORD = "correct horse bättery"


@pytest.fixture(scope="module")
def file():
    """A PKCS#12 file, and the fingerprint of its certificate."""
    key, cert = self_signed("imported.test", "ec")
    return pkcs12(key, cert, PASSWORD), wire.fingerprint_of(cert)


def importing(file, **members):
    return {"keystore": b64(file), "password": PASSWORD, **members}


def test_the_guide_end_to_end(make_server, ca):
    """Create, export the CSR, import the CA's reply, export the certificate
    database, import it on another server: each step is on the wire at the
    next handshake, and httpd is neither restarted nor reloaded."""
    first, second = make_server(), make_server()
    pids = first.pids()
    bootstrap = first.served()
    api = first.api()

    made = api.post("/certificate", {
        "subject": {"commonName": "localhost", "organization": "Example",
                    "country": "CH"}, "subjectAltNames": ["127.0.0.1"]})
    self_made = made.ok(201)["certificate"]["fingerprint"]
    assert first.served() == self_made != bootstrap

    csr = api.get("/certificate/csr")
    openssl("req", "-verify", "-noout", data=csr.body)
    reply = ca.sign(csr.text) + ca.issuing
    signed = api.post("/certificate/reply", {"reply": reply}).ok()
    signed = signed["certificate"]["fingerprint"]
    assert first.served() == signed != self_made

    exported = api.post("/keystore/export", {"password": PASSWORD})
    assert exported.status == 200
    assert exported.headers["Content-Disposition"] == \
        'attachment; filename="vmo-server.vmokeystore"'
    assert exported.headers["Content-Type"] == "application/octet-stream"

    other = second.api()
    seen = other.post("/keystore/import",
                      importing(exported.body, preview=True)).ok()
    assert seen["format"] == "pkcs12"
    assert [e["alias"] for e in seen["entries"]] == [ALIAS]
    assert second.served() not in (signed, self_made)
    taken = other.post("/keystore/import", importing(exported.body)).ok(201)
    # The details appear in the panel.
    assert other.certificate()["certificate"]["fingerprint"] == \
        taken["certificate"]["fingerprint"] == signed
    handshake = second.s_client("localhost", "-CAfile", ca.path("root.pem"),
                                "-verify_hostname", "localhost")
    assert handshake.verified and handshake.fingerprint == signed
    # As many processes as before: the parent, and the children it had.
    assert first.pids()[0] == pids[0] and set(pids) <= set(first.pids())
    actions = [row["action"] for row in api.audit()]
    assert actions == ["export", "reply", "create"]
    assert [row["action"] for row in other.audit()] == ["import"]


def test_import_only_while_there_is_no_certificate(server, api, host, file):
    made = api.create(host)
    before = api.snapshot()
    data, fingerprint = file
    refusal = api.post("/keystore/import", importing(data))
    detail = refusal.refused(409, "certificate-exists")["detail"]
    assert "replace" in detail and "passive" in detail
    assert not api.certificate()["actions"]["import"]["available"]
    assert api.snapshot() == before
    assert server.served(host) == made["fingerprint"]

    api.post("/keystore/import", importing(data, replace=True)).ok(201)
    assert server.served(host) == fingerprint
    assert api.get(f"/versions/{made['id']}").ok()["state"] == "passive"
    refusal = api.post("/keystore/import", importing(data, replace=True))
    refusal.refused(409, "certificate-exists", "keystore")


def test_a_passive_import_serves_nothing(server, api, host, file):
    made = api.create(host)
    data, fingerprint = file
    taken = api.post("/keystore/import", importing(data, passive=True)).ok(201)
    assert taken["certificate"]["state"] == "passive"
    assert server.served(host) == made["fingerprint"]
    api.post(f"/versions/{taken['certificate']['id']}/activate").ok()
    assert server.served(host) == fingerprint
    api.post("/keystore/import",
             importing(data, passive=True, replace=True)).refused(
                 422, "invalid", "passive")


def test_a_preview_changes_nothing(server, api, host, file):
    data, fingerprint = file
    bootstrap = server.served(host)
    before = api.snapshot()
    seen = api.post("/keystore/import", importing(data, preview=True)).ok()
    assert seen["certificate"]["fingerprint"] == fingerprint
    assert {t["protocol"] for t in seen["trial"]} == {"TLSv1.2", "TLSv1.3"}
    assert api.snapshot() == before
    assert server.served(host) == bootstrap


def test_two_keys_in_one_file(server, api, host):
    """The refusal lists them; "alias" chooses."""
    pair = [self_signed(f"{n}.test", "ec") for n in ("one", "two")]
    single = [pkcs12(k, c, "x", alias=n) for (k, c), n in zip(pair, "ab")]
    both = b"".join(openssl("pkcs12", "-in", "/dev/stdin", "-passin", "pass:x",
                            "-noenc", data=data) for data in single)
    before = api.snapshot()
    refusal = api.post("/keystore/import",
                       {"keystore": b64(both), "password": ""})
    problem = refusal.refused(409, "choose-alias", "alias")
    assert len(problem["entries"]) == 2
    assert [e["subjectText"] for e in problem["entries"]] == \
        ["CN=one.test", "CN=two.test"]
    assert api.snapshot() == before
    chosen = problem["entries"][1]
    taken = api.post("/keystore/import", {
        "keystore": b64(both), "password": "",
        "alias": chosen["alias"]}).ok(201)
    assert taken["certificate"]["fingerprint"] == chosen["fingerprint"] == \
        wire.fingerprint_of(pair[1][1]) == server.served(host)


def test_wrong_passwords_at_once_are_counted_before_they_are_tried(make_server):
    """40 at the same moment: five of them get a key derived, no more. Who is told
    that the server is busy asks again: that was no try."""
    key, cert = self_signed("many.test", "ec")
    data = b64(pkcs12(key, cert, "right", "-iter", "1000000"))
    server = make_server()
    api = server.api()

    def guess(number):
        while True:
            reply = api.post("/keystore/import", {
                "keystore": data, "password": f"guess {number}",
                "preview": True})
            if reply.slug != "busy":
                return reply
    with ThreadPoolExecutor(40) as pool:
        replies = list(pool.map(guess, range(40)))
    slugs = sorted(reply.slug for reply in replies)
    assert slugs == 35 * ["slow-down"] + 5 * ["wrong-password"]


def test_right_passwords_at_once_are_not_held_up(make_server, file):
    """What was no guess is taken back: a dozen one after the other, and
    pairs at the same moment."""
    api = make_server().api()

    def preview(_):
        return api.post("/keystore/import", importing(file[0], preview=True))
    with ThreadPoolExecutor(2) as pool:
        assert {r.status for r in pool.map(preview, range(12))} == {200}
    for _ in range(6):
        api.post("/keystore/import", {
            "keystore": b64(b"no file"), "password": "x"}).refused(
                422, "unsupported-format")
    assert preview(0).status == 200


def test_wrong_passwords_are_slowed_down(make_server, file):
    """Never 401, each recorded, and the sixth within a minute waits."""
    server = make_server()
    api = server.api()
    for _ in range(5):
        refusal = api.post("/keystore/import",
                           {"keystore": b64(file[0]), "password": "guess"})
        refusal.refused(422, "wrong-password", "password")
    refusal = api.post("/keystore/import", importing(file[0]))
    refusal.refused(429, "slow-down")
    assert int(refusal.headers["Retry-After"]) > 0
    outcomes = [row["outcome"] for row in api.audit()]
    assert outcomes == ["slow-down"] + 5 * ["wrong-password"]
    # Another user is not held up, and nothing else is.
    server.api(user="operator").post(
        "/keystore/import", importing(file[0])).ok(201)


@pytest.mark.parametrize("members, status, slug, field", [
    ({"password": ""}, 422, "invalid", "password"),
    ({}, 422, "invalid", "password"),
    ({"password": "nul\0inside"}, 422, "invalid", "password"),
    ({"password": "p" * 1025}, None, None, "password"),
    ({"password": "a"}, 422, "invalid", "password"),
    ({"password": "      "}, 422, "invalid", "password"),
    ({"password": "elf Zeichen"}, 422, "invalid", "password"),
    ({"password": "ä" * 11}, 422, "invalid", "password"),
    ({"password": "\U0001f511" * 11}, 422, "invalid", "password"),
    ({"password": " " * 40}, 422, "invalid", "password"),
    ({"password": " \t\u00a0\u2003\u3000\u200b" * 3}, 422, "invalid", "password"),
    ({"password": PASSWORD, "format": "zip"}, 422, None, "format"),
    ({"password": PASSWORD, "version": 999999999}, 404, "not-found", "id"),
])
def test_exports_that_are_refused(api, members, status, slug, field):
    api.create()
    refusal = api.post("/keystore/export", members)
    assert refusal.status == status or status is None and \
        refusal.status in (400, 413, 422), refusal
    assert slug in (None, refusal.slug)
    assert refusal.json.get("field") == field


@pytest.mark.parametrize("password", [
    "twelve chars", "\u00e4" * 12, "\U0001f511" * 12, "           x"])
def test_twelve_characters_are_enough(api, password):
    """Characters, not bytes."""
    api.create()
    data = api.post("/keystore/export", {"password": password}).body
    api.post("/keystore/import", {
        "keystore": b64(data), "password": password, "replace": True,
        "preview": True}).refused(409, "certificate-exists")


def test_a_pem_takes_600000_iterations(api):
    """Of whoever guesses; test_keystore_formats.py looks at PKCS#12."""
    api.create()
    text = api.post("/keystore/export", {"password": PASSWORD,
                                         "format": "pem"}).text
    key = text[text.index("-----BEGIN ENC"):].split("-----END")[0] + \
        "-----END ENCRYPTED PRIVATE KEY-----\n"
    shown = openssl("asn1parse", data=key.encode()).decode()
    assert [int(n, 16) for n in re.findall(r"INTEGER +:(\w+)", shown)] == \
        [600000]


def test_export_needs_a_certificate(api):
    api.post("/keystore/export", {"password": PASSWORD}).refused(
        409, "no-certificate")


def test_an_exported_file_is_whole(api, ca):
    """Read by openssl: one key, its certificate and the chain."""
    api.create(key="rsa-2048")
    api.post("/certificate/reply", {
        "reply": ca.sign(api.get("/certificate/csr").text) + ca.issuing}).ok()
    data = api.post("/keystore/export", {"password": PASSWORD}).body
    text = open_pkcs12(data, PASSWORD)
    assert text.count("BEGIN CERTIFICATE") == 2
    assert text.count("BEGIN PRIVATE KEY") == 1
    assert f"friendlyName: {ALIAS}" in text
    leaf = api.get("/certificate.pem").text
    assert wire.fingerprint_of(text[text.index("-----BEGIN CERT"):]) == \
        wire.fingerprint_of(leaf)


def test_an_older_version_can_be_exported(api):
    first = api.create()
    api.create(replace=True)
    data = api.post("/keystore/export", {"password": "x y z, x y z",
                                         "version": first["id"]}).body
    assert wire.fingerprint_of(open_pkcs12(data, "x y z, x y z")) == \
        first["fingerprint"]
    api.delete(f"/versions/{first['id']}").ok()
    refusal = api.post("/keystore/export", {"password": "x y z, x y z",
                                            "version": first["id"]})
    assert refusal.status in (409, 422)
    assert refusal.slug in ("wrong-state", "no-certificate")


def test_an_export_of_another_entry_needs_its_name(server, api):
    """A version's number alone does not reach across entries."""
    made = api.create()
    other = server.api(api.entry + "-other")
    refusal = other.post("/keystore/export", {"password": "x y z, x y z",
                                              "version": made["id"]})
    refusal.refused(404, "not-found")
