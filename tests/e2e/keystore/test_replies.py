# SPDX-License-Identifier: Apache-2.0
"""Requests to a CA and the CA's replies, in every form they come in."""

import json

import pytest

from vso.ca import openssl
from vso.files import b64, request, self_signed


def fold(text):
    """The text with the line ends of Windows."""
    return text.replace("\n", "\r\n")


def pkcs7(*pems, form="PEM"):
    return openssl("crl2pkcs7", "-nocrl", "-certfile", "/dev/stdin",
                   "-outform", form, data="".join(pems).encode())


def der(pem):
    return openssl("x509", "-outform", "DER", data=pem.encode())


def bags(pem):
    """A PEM certificate as `openssl pkcs12` shows it, with text around."""
    return ("Bag Attributes\n    friendlyName: bücher\n"
            "subject=CN = somebody\nissuer=CN = else\n" + pem + "\n")


# name: the value of "reply", from (leaf, intermediate, root)
FORMS = {
    "leaf first": lambda l, i, r: l + i,
    "with root": lambda l, i, r: l + i + r,
    "root first": lambda l, i, r: r + i + l,
    "intermediate first": lambda l, i, r: i + l,
    "text around": lambda l, i, r:
        "Dear customer,\n\nhere it is:\n\n" + bags(l) + bags(i) + "\nBye\n",
    "CRLF": lambda l, i, r: fold(l + i),
    "twice the same": lambda l, i, r: l + i + l + i,
    "no last newline": lambda l, i, r: (i + l).rstrip("\n"),
    "TRUSTED and X509": lambda l, i, r:
        l.replace("CERTIFICATE", "X509 CERTIFICATE") + i,
    "PEM in base64": lambda l, i, r: b64((l + i).encode()),
    "a value in JSON": lambda l, i, r: json.dumps({"data": {"chain": l + i}}),
    "one line, glued": lambda l, i, r: (i + l).replace("\n", ""),
    "a Kubernetes Secret": lambda l, i, r:
        "kind: Secret\ndata:\n  tls.crt: " + b64((l + i).encode()) + "\n",
    "PKCS#7 PEM": lambda l, i, r: pkcs7(l, i, r).decode(),
    "PKCS#7 PEM, CRLF": lambda l, i, r: fold(pkcs7(i, l).decode()),
    "PKCS#7 DER": lambda l, i, r: b64(pkcs7(r, i, l, form="DER")),
    "PKCS#7 DER, wrapped": lambda l, i, r: "\r\n".join(
        b64(pkcs7(l, i, form="DER"))[n:n + 64] for n in range(0, 4000, 64)),
}


@pytest.mark.parametrize("form", FORMS)
def test_replies_with_their_chain(server, api, host, ca, form):
    before = api.create(host, key="rsa-2048")
    leaf = ca.sign(api.get("/certificate/csr").text)
    text = FORMS[form](leaf, ca.issuing, ca.root)

    seen = api.post("/certificate/reply", {"reply": text, "preview": True}).ok()
    assert seen["preview"] is True
    assert seen["pairsWith"]["id"] == before["id"]
    assert server.served(host) == before["fingerprint"]

    details = api.post("/certificate/reply", {"reply": text}).ok()
    details = details["certificate"]
    assert details["fingerprint"] == seen["certificate"]["fingerprint"]
    assert (details["state"], details["origin"]) == ("active", "ca-signed")
    assert details["issuer"]["commonName"] == "Test Issuing CA"
    assert details["warnings"] == []
    assert details["chain"][0]["subject"]["commonName"] == "Test Issuing CA"

    # A client that knows the root, and this name.
    handshake = server.s_client(host, "-CAfile", ca.path("root.pem"),
                                "-verify_hostname", host)
    assert handshake.verified
    assert handshake.fingerprint == details["fingerprint"]
    # The root is not sent.
    assert len(handshake.pems) == 2
    pem = api.get("/certificate.pem").text
    assert ca.verifies(leaf, chain=pem)
    # The self-signed one is kept, passive.
    assert api.get(f"/versions/{before['id']}").ok()["state"] == "passive"


def test_a_leaf_alone_is_served_with_a_warning(server, api, host, ec_ca):
    api.create(host)
    leaf = ec_ca.sign(api.get("/certificate/csr").text)
    reply = api.post("/certificate/reply", {"reply": b64(der(leaf))}).ok()
    slugs = [w["slug"] for w in reply["certificate"]["warnings"]]
    assert slugs == ["chain-incomplete"]
    handshake = server.s_client(host, "-CAfile", ec_ca.path("root.pem"))
    assert not handshake.verified and len(handshake.pems) == 1


def test_an_earlier_reply_completes_the_chain(server, api, host, ca):
    api.create(host)
    csr = api.get("/certificate/csr").text
    api.post("/certificate/reply", {"reply": ca.sign(csr) + ca.issuing}).ok()
    renewed = ca.sign(csr)
    reply = api.post("/certificate/reply", {"reply": renewed}).ok()
    assert reply["certificate"]["warnings"] == []
    handshake = server.s_client(host, "-CAfile", ca.path("root.pem"))
    assert handshake.verified and len(handshake.pems) == 2


def test_the_reply_to_a_request_for_a_new_key(server, api, host, ca):
    """Days later: the pending request pairs by its key, the active key is
    served until then."""
    active = api.create(host, key="rsa-2048")
    asked = api.post("/certificate/csr", {
        "subject": {"commonName": host, "organization": "New"},
        "subjectAltNames": ["192.0.2.9"], "key": "rsa-3072"})
    pending = asked.ok(201)["certificate"]
    assert asked.headers["Location"].endswith(f"/versions/{pending['id']}")
    assert pending["state"] == "pending"
    csr = api.get(f"/versions/{pending['id']}/csr")
    openssl("req", "-verify", "-noout", data=csr.body)
    shown = openssl("req", "-noout", "-text", data=csr.body).decode()
    assert "3072 bit" in shown and "192.0.2.9" in shown and host in shown
    server.restart()
    assert server.served(host) == active["fingerprint"]
    assert [v["id"] for v in api.certificate()["pending"]] == [pending["id"]]

    reply = {"reply": ca.sign(csr.text) + ca.issuing}
    seen = api.post("/certificate/reply", {**reply, "preview": True}).ok()
    assert seen["pairsWith"]["id"] == pending["id"]
    details = api.post("/certificate/reply", reply).ok()["certificate"]
    assert details["id"] == pending["id"]
    assert details["subject"]["organization"] == "New"
    assert server.served(host) == details["fingerprint"]
    assert api.certificate()["pending"] == []
    assert api.get(f"/versions/{active['id']}").ok()["state"] == "passive"


def test_a_request_while_the_keystore_is_empty(server, api, host, ca):
    bootstrap = server.served(host)
    pending = api.post("/certificate/csr", {"subject": {"commonName": host},
                                            "key": "ec-p384"}).ok(201)
    number = pending["certificate"]["id"]
    assert server.served(host) == bootstrap
    csr = api.get(f"/versions/{number}/csr").text
    api.post("/certificate/reply", {"reply": ca.sign(csr) + ca.issuing}).ok()
    handshake = server.s_client(host, "-CAfile", ca.path("root.pem"),
                                "-verify_hostname", host)
    assert handshake.verified


def test_the_newest_of_two_requests_with_one_key(api, ca):
    """A request without "key" is for the active key."""
    api.create()
    first, second = (
        api.post("/certificate/csr",
                 {"subject": {"commonName": name}}).ok(201)["certificate"]
        for name in ("first", "second"))
    assert first["keyFingerprint"] == second["keyFingerprint"]
    leaf = ca.sign(api.get(f"/versions/{first['id']}/csr").text)
    seen = api.post("/certificate/reply", {"reply": leaf, "preview": True}).ok()
    assert seen["pairsWith"]["id"] == second["id"]


def test_a_reply_for_another_key(server, api, host, ca):
    made = api.create(host)
    before = api.snapshot()
    _, csr = request(host)
    for preview in (True, False):
        refusal = api.post("/certificate/reply", {"reply": ca.sign(csr),
                                                  "preview": preview})
        refusal.refused(422, "key-mismatch", "reply")
    api.post("/certificate/reply", {"reply": ca.issuing + ca.root}).refused(
        422, "key-mismatch")
    assert api.snapshot() == before
    assert server.served(host) == made["fingerprint"]


def test_a_reply_without_any_key(api, ca):
    _, csr = request()
    api.post("/certificate/reply", {"reply": ca.sign(csr)}).refused(
        409, "no-certificate", "reply")


def test_the_same_reply_again(api, ca):
    api.create()
    reply = {"reply": ca.sign(api.get("/certificate/csr").text) + ca.issuing}
    first = api.post("/certificate/reply", reply).ok()["certificate"]
    api.post("/certificate/reply", reply).refused(409, "certificate-exists")
    api.create(replace=True)
    refusal = api.post("/certificate/reply", reply)
    refusal.refused(409, "certificate-exists")
    assert "activate" in refusal.json["detail"]
    api.post(f"/versions/{first['id']}/activate").ok()


def test_warnings_refuse_nothing(server, api, host, ca):
    """Expired, and for another name: said, and served."""
    api.create("elsewhere.test")
    csr = api.get("/certificate/csr").text
    reply = {"reply": ca.sign(csr, days=-1) + ca.issuing}
    seen = api.post("/certificate/reply", {**reply, "preview": True}).ok()
    made = api.post("/certificate/reply", reply).ok()
    for answer in (seen, made):
        assert {w["slug"] for w in answer["certificate"]["warnings"]} == \
            {"expired", "name-mismatch"}
        assert answer["certificate"]["daysLeft"] < 0
    assert server.served(host) == made["certificate"]["fingerprint"]


def test_what_openssl_refuses_is_refused(server, api, host, ca):
    """A SHA-1 signature of a CA, at Debian's security level."""
    made = api.create(host, key="rsa-2048")
    weak = ca.sign(api.get("/certificate/csr").text, "-sha1")
    refusal = api.post("/certificate/reply", {"reply": weak + ca.issuing})
    refusal.refused(422, "weak-key")
    assert "md too weak" in refusal.json["detail"]
    assert server.served(host) == made["fingerprint"]
    assert len(api.versions()) == 1


def test_a_private_key_alone_is_no_reply(api):
    """And is told so, without being shown."""
    api.create()
    key, _ = self_signed()
    refusal = api.post("/certificate/reply", {"reply": key})
    detail = refusal.refused(422, "unsupported-format", "reply")["detail"]
    assert "private key" in detail
    assert key.splitlines()[3] not in refusal.text


@pytest.mark.parametrize("text, slug", [
    ("", "unsupported-format"),
    ("hello", "unsupported-format"),
    ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
     "damaged"),
    ("-----BEGIN CERTIFICATE-----\nAAAA\n", "damaged"),
    (b64(b"PK\3\4 is a zip"), "unsupported-format"),
    (b64(b"\x30\x82\xff\xff garbage"), None),
])
def test_other_texts(api, text, slug):
    api.create()
    before = api.snapshot()
    reply = api.post("/certificate/reply", {"reply": text})
    assert reply.status in (400, 422)
    found = reply.slug
    assert found in {"malformed", "unsupported-format", "damaged"}
    assert slug is None or found == slug, reply
    assert reply.json["field"] == "reply"
    assert api.snapshot() == before


def test_a_csr_sent_back_says_so(api):
    api.create()
    csr = api.get("/certificate/csr").text
    refusal = api.post("/certificate/reply", {"reply": csr})
    refusal.refused(422, "unsupported-format", "reply")
    assert "request" in refusal.json["detail"].lower()
