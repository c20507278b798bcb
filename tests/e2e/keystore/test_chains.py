# SPDX-License-Identifier: Apache-2.0
"""The chain of a certificate that is there already: completed, renewed, never
made worse."""

import pytest

from vso import wait_for
from vso.ca import openssl
from vso.files import b64, pkcs12, request

RSA, EC = "RSA-PSS+SHA256:RSA+SHA256", "ECDSA+SHA256"


def der(pem):
    return openssl("x509", "-outform", "DER", data=pem.encode())


def bag(*pems):
    return openssl("crl2pkcs7", "-nocrl", "-certfile", "/dev/stdin",
                   "-outform", "DER", data="".join(pems).encode())


def reply(api, text, **members):
    return api.post("/certificate/reply", {"reply": text, **members})


def names(chain):
    return [one["subject"]["commonName"] for one in chain]


def prints(*pems):
    """Fingerprints of PEM certificates."""
    return [openssl("x509", "-noout", "-fingerprint", "-sha256",
                    data=one.encode()).decode().split("=")[1].strip()
            .replace(":", "").lower() for one in pems]


@pytest.fixture
def incomplete(api, host, ca):
    """A version whose certificate came without its chain, and that
    certificate."""
    api.create(host, key="rsa-2048")
    leaf = ca.sign(api.get("/certificate/csr").text)
    return reply(api, leaf).ok()["certificate"], leaf


FORMS = {"with the leaf": lambda leaf, mid, root: leaf + mid,
         "PEM": lambda leaf, mid, root: mid,
         "DER": lambda leaf, mid, root: b64(der(mid)),
         "PKCS#7 with root": lambda leaf, mid, root: b64(bag(root, mid))}


@pytest.mark.parametrize("form", FORMS)
def test_a_chain_is_completed(server, api, host, ca, incomplete, form):
    before, leaf = incomplete
    text = FORMS[form](leaf, ca.issuing, ca.root)
    generation = api.generation()
    assert len(server.s_client(host).pems) == 1

    seen = reply(api, text, preview=True).ok()
    update, = seen["chainUpdates"]
    assert (update["versionId"], update["number"], update["state"]) == \
        (before["id"], before["version"], "active")
    assert update["before"] == []
    assert names(update["after"])[0] == "Test Issuing CA"
    assert seen["pairsWith"]["id"] == before["id"]
    assert {one["protocol"] for one in seen["trial"] if one["works"]}
    assert api.generation() == generation
    assert len(server.s_client(host).pems) == 1

    done = reply(api, text).ok()
    assert done["chainUpdates"] == seen["chainUpdates"]
    after = done["certificate"]
    for same in ("id", "version", "state", "key", "keyFingerprint", "origin",
                 "fingerprint", "activatedAt", "createdAt"):
        assert after[same] == before[same], same
    assert names(after["chain"])[0] == "Test Issuing CA"
    assert after["warnings"] == []
    handshake = server.s_client(host, "-CAfile", ca.path("root.pem"))
    assert handshake.verified and len(handshake.pems) == 2
    row = api.audit()[0]
    assert (row["action"], row["outcome"], row["versionId"]) == \
        ("chain", "ok", before["id"])
    assert api.get("/audit/verify").ok()["intact"] is True
    # Key, certificate and chain still belong together, after a start as well.
    api.get(f"/versions/{before['id']}/trial").ok()
    reply(api, text).refused(409, "certificate-exists", "reply")


def test_an_issuer_is_renewed_and_an_older_one_is_not_taken(server, api, host,
                                                            ca, incomplete):
    _, leaf = incomplete
    reply(api, ca.issuing).ok()
    newer, older = ca.renewed(3000), ca.renewed(100)
    for text in (older, leaf + older):
        refusal = reply(api, text)
        refusal.refused(409, "certificate-exists", "reply")
        assert "not valid longer" in refusal.json["detail"]
    done = reply(api, newer).ok()["chainUpdates"][0]
    assert names(done["before"]) == names(done["after"]) == ["Test Issuing CA"]
    assert [one["fingerprint"] for one in done["after"]] == prints(newer)
    assert prints(*server.s_client(host).pems)[1:] == prints(newer)
    # The one before is the worse one now.
    reply(api, leaf + ca.issuing).refused(409, "certificate-exists", "reply")
    assert prints(*server.s_client(host).pems)[1:] == prints(newer)


def test_an_expired_issuer_is_replaced_and_never_taken(server, api, host, ca):
    api.create(host, key="rsa-2048")
    leaf = ca.sign(api.get("/certificate/csr").text)
    expired = ca.renewed(-1)
    made = reply(api, leaf + expired).ok()["certificate"]
    assert "expired" in [one["slug"] for one in made["warnings"]]
    made = reply(api, ca.issuing).ok()["certificate"]
    assert made["warnings"] == []
    assert prints(*server.s_client(host).pems)[1:] == prints(ca.issuing)
    refusal = reply(api, expired)
    refusal.refused(409, "certificate-exists", "reply")
    assert "expired" in refusal.json["detail"]
    assert prints(*server.s_client(host).pems)[1:] == prints(ca.issuing)


def test_the_same_leaf_without_a_chain_says_what_to_send(api, incomplete):
    _, leaf = incomplete
    refusal = reply(api, leaf)
    refusal.refused(409, "certificate-exists", "reply")
    assert "intermediate" in refusal.json["detail"]


def test_issuers_of_all_algorithms(server, api, host, ca):
    """One reply completes RSA, EC and Ed25519; each is recorded."""
    leaves = {}
    for key in ("rsa-2048", "ec-p256"):
        asked = api.post("/certificate/csr", {
            "subject": {"commonName": host}, "key": key}).ok(201)
        csr = api.get(f"/versions/{asked['certificate']['id']}/csr").text
        made = reply(api, ca.sign(csr)).ok()["certificate"]
        leaves[made["id"]] = made["version"]
    key, csr = request(host, "ed25519")
    made = api.post("/keystore/import", {
        "keystore": b64(pkcs12(key, ca.sign(csr), "x")), "password": "x",
        "beside": True}).ok(201)["certificate"]
    leaves[made["id"]] = made["version"]
    seen = reply(api, ca.issuing, preview=True).ok()["chainUpdates"]
    assert {one["versionId"]: one["number"] for one in seen} == leaves
    done = reply(api, ca.issuing).ok()
    assert done["certificate"]["key"] == "rsa-2048"
    assert done["certificate"]["warnings"] == []
    for algorithms in (RSA, EC, "ed25519"):
        handshake = server.s_client(host, "-sigalgs", algorithms, "-CAfile",
                                    ca.path("root.pem"))
        assert handshake.verified and len(handshake.pems) == 2
    rows = api.audit()[:3]
    assert {row["versionId"] for row in rows} == set(leaves)
    assert {(row["action"], row["outcome"]) for row in rows} == \
        {("chain", "ok")}
    assert rows[0]["seq"] == rows[2]["seq"] + 2
    assert api.get("/audit/verify").ok()["intact"] is True


def test_what_does_not_belong_is_refused(server, api, host, ca, ec_ca,
                                         incomplete):
    """A foreign issuer, and a foreign leaf with an issuer that would fit."""
    before = api.snapshot()
    _, csr = request(host)
    for text in (ec_ca.issuing, ca.sign(csr) + ca.issuing):
        reply(api, text).refused(422, "key-mismatch", "reply")
    assert api.snapshot() == before
    assert len(server.s_client(host).pems) == 1


def test_a_passive_version_stays_passive(server, api, host, ca, incomplete):
    version, leaf = incomplete
    newer = api.create(host, key="rsa-2048", replace=True)
    done = reply(api, leaf + ca.issuing).ok()["certificate"]
    assert (done["id"], done["state"]) == (version["id"], "passive")
    assert server.served(host) == newer["fingerprint"]
    refusal = reply(api, leaf + ca.issuing)
    refusal.refused(409, "certificate-exists", "reply")
    assert "activate" in refusal.json["detail"]
    api.post(f"/versions/{version['id']}/activate").ok()
    assert len(server.s_client(host).pems) == 2


def test_import_takes_the_better_chain(server, api, host, ca):
    key, csr = request(host)
    leaf = ca.sign(csr)
    poor, full = (b64(pkcs12(key, leaf, "secret", chain=chain))
                  for chain in ("", ca.issuing + ca.root))
    body = {"keystore": poor, "password": "secret"}
    made = api.post("/keystore/import", body).ok(201)["certificate"]
    body["keystore"] = full
    refusal = api.post("/keystore/import", body)
    refusal.refused(409, "certificate-exists")
    assert "better chain" in refusal.json["detail"]
    seen = api.post("/keystore/import", {**body, "preview": True}).ok()
    assert names(seen["chainUpdates"][0]["after"]) == \
        ["Test Issuing CA", "Test Root CA"]
    done = api.post("/keystore/import", {**body, "replace": True}).ok()
    assert done["chainUpdates"] == seen["chainUpdates"]
    assert done["certificate"]["id"] == made["id"]
    assert len(api.versions()) == 1
    assert api.audit()[0]["action"] == "chain"
    handshake = server.s_client(host, "-CAfile", ca.path("root.pem"))
    assert handshake.verified and len(handshake.pems) == 2
    # The same again, and the file with less in it.
    for keystore in (full, poor):
        api.post("/keystore/import", {
            **body, "keystore": keystore, "replace": True}).refused(
                409, "certificate-exists", "keystore")
    assert len(server.s_client(host).pems) == 2
    # A passive version says how as well.
    api.create(host, key="rsa-2048", replace=True)
    renewed = b64(pkcs12(key, leaf, "secret", chain=ca.renewed(3000)))
    refusal = api.post("/keystore/import", {**body, "keystore": renewed,
                                            "passive": True})
    refusal.refused(409, "certificate-exists", "keystore")
    assert '"replace"' in refusal.json["detail"]


def test_somebody_else_was_faster(api, ca, incomplete):
    version, leaf = incomplete
    tag = {"If-Match": api.get("/certificate").etag}
    api.post("/certificate/csr", {}).ok(201)
    refusal = api.post("/certificate/reply", {"reply": leaf + ca.issuing},
                       headers=tag)
    refusal.refused(412, "stale", "If-Match")
    of_version = api.get(f"/versions/{version['id']}")
    assert of_version.ok()["chain"] == []
    api.post("/certificate/reply", {"reply": leaf + ca.issuing},
             headers={"If-Match": of_version.etag}).ok()


def test_the_fleet_follows(make_server, ca):
    """Another node serves the chain by its next poll; both do after a start."""
    one = make_server()
    two = make_server(keys=one.keys, db=one.database)
    api = one.api("server")
    api.create("localhost", key="rsa-2048")
    leaf = ca.sign(api.get("/certificate/csr").text)
    reply(api, leaf).ok()
    api.post("/certificate/reply", {"reply": ca.issuing}, wait="fleet").ok()
    for server in (one, two):
        wait_for(lambda server=server: len(server.s_client().pems) == 2,
                 "the chain")
        server.restart()
        handshake = server.s_client(None, "-CAfile", ca.path("root.pem"))
        assert handshake.verified and len(handshake.pems) == 2
