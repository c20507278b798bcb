# SPDX-License-Identifier: Apache-2.0
"""Versions: replace, roll back, RSA beside EC, destroy."""

import ssl

import pytest

from vso.files import b64, pkcs12, self_signed


def states(api):
    """States from the oldest version to the newest."""
    return [v["state"] for v in reversed(api.versions())]


def test_replace_and_roll_back(server, api, host):
    first = api.create(host)
    second = api.create(host, replace=True)
    assert states(api) == ["passive", "active"]
    assert server.served(host) == second["fingerprint"]
    back = api.post(f"/versions/{first['id']}/activate").ok()["certificate"]
    assert back["id"] == first["id"] and back["state"] == "active"
    assert server.served(host) == first["fingerprint"]
    assert states(api) == ["active", "passive"]
    api.post(f"/versions/{first['id']}/activate").refused(409, "wrong-state")


def test_versions_in_one_state(api):
    first = api.create()
    second = api.create(replace=True)
    assert [v["id"] for v in api.get("/versions", state="passive").ok()[
        "items"]] == [first["id"]]
    assert [v["id"] for v in api.get("/versions", state="active").ok()[
        "items"]] == [second["id"]]
    assert api.get("/versions", state="pending", limit=1).ok() == {
        "items": [], "next": None}
    api.get("/versions", state="none").refused(422, "invalid", "state")


def test_rsa_beside_ec(server, api, host):
    ec = api.create(host, key="ec-p256")
    rsa = api.create(host, key="rsa-2048", beside=True)
    assert states(api) == ["active", "active"]
    reply = api.certificate()
    assert reply["certificate"]["id"] == rsa["id"]
    assert reply["also"]["id"] == ec["id"]
    assert server.served(host, key="RSA") == rsa["fingerprint"]
    assert server.served(host, key="EC") == ec["fingerprint"]
    for version in ("-tls1_2", "-tls1_3"):
        for algorithms, wanted in (("ECDSA+SHA256", ec),
                                   ("RSA-PSS+SHA256:RSA+SHA256", rsa)):
            seen = server.s_client(host, version, "-sigalgs", algorithms)
            assert seen.fingerprint == wanted["fingerprint"]

    # Replacing one leaves the other alone; no client gets the old one.
    newer = api.create(host, key="rsa-3072", beside=True)
    assert states(api) == ["active", "passive", "active"]
    assert server.served(host, key="RSA") == newer["fingerprint"]
    assert server.served(host, key="EC") == ec["fingerprint"]


def refuses(server, host, key):
    with pytest.raises(ssl.SSLError):
        server.served(host, key=key)
    return True


def slugs(answer):
    return [w["slug"] for w in answer["certificate"]["warnings"]]


def creating(host, key, **members):
    return {"subject": {"commonName": host}, "key": key, **members}


def test_ec_replaces_rsa_and_rsa_comes_back(server, api, host):
    """Replace is replace: no client gets the old one, whatever it asks for."""
    rsa = api.create(host, key="rsa-2048")
    done = api.post("/certificate", creating(host, "ec-p256",
                                             replace=True)).ok(201)
    ec = done["certificate"]
    assert [(v["versionId"], v["number"], v["key"])
            for v in done["turnsPassive"]] == [(rsa["id"], 1, "rsa-2048")]
    assert slugs(done) == ["no-rsa-signer"]
    assert states(api) == ["passive", "active"]
    assert server.served(host) == ec["fingerprint"]
    assert refuses(server, host, "RSA")
    assert api.certificate()["also"] is None

    back = api.post("/certificate/rollback").ok()
    assert back["certificate"]["id"] == rsa["id"]
    assert [v["versionId"] for v in back["turnsPassive"]] == [ec["id"]]
    assert states(api) == ["active", "passive"]
    assert server.served(host) == rsa["fingerprint"]
    assert refuses(server, host, "EC")
    again = api.post("/certificate/rollback").ok()
    assert again["certificate"]["id"] == ec["id"]
    assert slugs(again) == ["no-rsa-signer"]
    assert states(api) == ["passive", "active"]
    assert api.get("/audit/verify").ok()["intact"] is True


def test_one_replaces_two_and_two_come_back(server, api, host):
    rsa = api.create(host, key="rsa-2048")
    ec = api.create(host, key="ec-p256", beside=True)
    done = api.post("/certificate", creating(host, "ec-p384",
                                             replace=True)).ok(201)
    assert {v["versionId"] for v in done["turnsPassive"]} == \
        {rsa["id"], ec["id"]}
    assert states(api) == ["passive", "passive", "active"]
    assert server.served(host) == done["certificate"]["fingerprint"]
    back = api.post("/certificate/rollback").ok()
    assert back["certificate"]["id"] == rsa["id"]
    assert states(api) == ["active", "active", "passive"]
    for key, version in (("RSA", rsa), ("EC", ec)):
        assert server.served(host, key=key) == version["fingerprint"]
    assert {row["versionId"] for row in api.audit(action="activate")[:2]} == \
        {rsa["id"], ec["id"]}
    # Taken out by hand, and back.
    for members in ({"preview": True}, {}):
        out = api.post(f"/versions/{rsa['id']}/deactivate", members).ok()
        assert [w["slug"] for w in out["warnings"]] == ["no-rsa-signer"]
    assert states(api) == ["passive", "active", "passive"]
    api.post("/certificate/rollback").ok()
    assert states(api) == ["active", "active", "passive"]


def test_beside_keeps_what_has_another_key(server, api, host):
    api.create(host, key="rsa-2048")
    done = api.post("/certificate", creating(host, "ec-p256",
                                             beside=True)).ok(201)
    assert done["turnsPassive"] == [] and slugs(done) == []
    api.post("/certificate", creating(host, "ec-p256", beside=True,
                                      replace=True)).refused(
        422, "invalid", "beside")
    detail = api.post("/certificate", creating(host, "ec-p256")).refused(
        409, "certificate-exists")["detail"]
    assert '"beside"' in detail and '"replace"' in detail
    assert states(api) == ["active", "active"]


def test_a_reply_with_another_key_is_added_unless_told(server, api, host, ca):
    """The request for a new kind of key, answered twice over."""
    rsa = api.create(host, key="rsa-2048")
    pending = api.post("/certificate/csr", {"key": "ec-p256"}).ok(
        201)["certificate"]
    reply = {"reply": ca.sign(api.get(
        f"/versions/{pending['id']}/csr").text) + ca.issuing}
    beside = api.post("/certificate/reply", {**reply, "preview": True}).ok()
    assert beside["turnsPassive"] == [] and slugs(beside) == []
    seen = api.post("/certificate/reply", {**reply, "preview": True,
                                           "replace": True}).ok()
    assert [v["versionId"] for v in seen["turnsPassive"]] == [rsa["id"]]
    assert slugs(seen) == ["no-rsa-signer"]
    assert states(api) == ["active", "pending"]
    api.post("/certificate/reply", {**reply, "replace": True,
                                    "beside": True}).refused(
        422, "invalid", "beside")
    done = api.post("/certificate/reply", {**reply, "replace": True}).ok()
    assert done["turnsPassive"] == seen["turnsPassive"]
    assert states(api) == ["passive", "active"]
    assert server.served(host) == done["certificate"]["fingerprint"]


def test_import_replaces_or_adds(server, api, host):
    rsa = api.create(host, key="rsa-2048")
    body = {"keystore": b64(pkcs12(*self_signed(host, "ec"), "secret")),
            "password": "secret"}
    seen = api.post("/keystore/import", {**body, "preview": True}).ok()
    assert [v["versionId"] for v in seen["turnsPassive"]] == [rsa["id"]]
    assert slugs(seen) == ["no-rsa-signer"]
    seen = api.post("/keystore/import", {**body, "beside": True,
                                         "preview": True}).ok()
    assert seen["turnsPassive"] == [] and slugs(seen) == []
    api.post("/keystore/import", {**body, "beside": True, "passive": True}
             ).refused(422, "invalid", "passive")
    done = api.post("/keystore/import", {**body, "beside": True}).ok(201)
    assert states(api) == ["active", "active"]
    api.delete(f"/versions/{done['certificate']['id']}").refused(
        409, "wrong-state")
    body["keystore"] = b64(pkcs12(*self_signed(host, "ec"), "secret"))
    done = api.post("/keystore/import", {**body, "replace": True}).ok(201)
    assert len(done["turnsPassive"]) == 2
    assert slugs(done) == ["no-rsa-signer"]
    assert states(api) == ["passive", "passive", "active"]
    assert server.served(host) == done["certificate"]["fingerprint"]
    assert refuses(server, host, "RSA")


def test_rollback_where_a_key_is_gone(server, api, host):
    """To the one before of the same algorithm; with none left, it refuses."""
    first = api.create(host)
    second = api.create(host, replace=True)
    third = api.create(host, replace=True)
    api.delete(f"/versions/{second['id']}").ok()
    api.post("/certificate/rollback").ok()
    assert server.served(host) == first["fingerprint"]
    api.delete(f"/versions/{third['id']}").ok()
    api.post("/certificate/rollback").refused(409, "no-certificate")
    assert server.served(host) == first["fingerprint"]


def test_one_of_two_algorithms_is_taken_out(server, api, host):
    ec = api.create(host, key="ec-p256")
    rsa = api.create(host, key="rsa-2048", beside=True)
    out = api.post(f"/versions/{ec['id']}/deactivate").ok()["certificate"]
    assert out["state"] == "passive"
    assert server.served(host) == rsa["fingerprint"]
    with pytest.raises(ssl.SSLError):
        server.served(host, key="EC")
    api.post(f"/versions/{rsa['id']}/deactivate").refused(409, "wrong-state")
    api.post(f"/versions/{ec['id']}/activate").ok()
    assert server.served(host, key="EC") == ec["fingerprint"]


def test_destroying_a_key(server, api, host):
    first = api.create(host)
    second = api.create(host, replace=True)
    path = f"/versions/{first['id']}"
    api.delete(f"/versions/{second['id']}").refused(409, "wrong-state")
    gone = api.delete(path).ok()["certificate"]
    assert gone["state"] == "retired"
    # The record stays, the key does not.
    assert api.get(path).ok()["fingerprint"] == first["fingerprint"]
    assert api.get(path + "/certificate.pem").status == 200
    api.post(path + "/activate").refused(409, "wrong-state")
    api.delete(path).refused(409, "wrong-state")
    with server.sql() as db:
        sealed, = db.execute("SELECT sealed_key FROM vmo_keystore WHERE id = ?",
                             (first["id"],)).fetchone()
    assert sealed == ""
    assert server.served(host) == second["fingerprint"]


def test_a_key_that_an_active_version_uses_stays(api, ca):
    first = api.create()
    second = api.post("/certificate/reply", {
        "reply": ca.sign(api.get("/certificate/csr").text) + ca.issuing}).ok()
    for query in ({}, {"withSharedKey": "true", "force": "true"}):
        refusal = api.delete(f"/versions/{first['id']}", **query)
        problem = refusal.refused(409, "key-in-use")
        assert "Version 2 " in problem["detail"]
        assert [v["versionId"] for v in problem["versions"]] == \
            [second["certificate"]["id"]]
    assert states(api) == ["passive", "active"]


def test_a_key_is_destroyed_in_all_versions_that_share_it(server, api, host, ca,
                                                          tmp_path):
    """Create, CSR, reply: two rows of one key, neither of which could go."""
    first = api.create(host, key="rsa-2048")
    second = api.post("/certificate/reply", {"reply": ca.sign(
        api.get("/certificate/csr").text) + ca.issuing}).ok()["certificate"]
    session = ["-tls1_2", "-sess_out", tmp_path / "session"]
    server.s_client(host, *session)
    session[1] = "-sess_in"
    assert "Reused, TLSv1" in server.s_client(host, *session).output
    pending = api.post("/certificate/csr", {}).ok(201)["certificate"]
    active = api.create(host, key="rsa-2048", replace=True)
    later = api.post(f"/versions/{second['id']}/activate",
                     {"at": "2099-01-01T00:00:00Z"}).ok()["certificate"]
    assert later["scheduledAt"]
    problem = api.delete(f"/versions/{first['id']}").refused(409, "key-in-use")
    assert "withSharedKey=true" in problem["detail"]
    assert [(v["versionId"], v["number"], v["entry"], v["state"])
            for v in problem["versions"]] == [
                (pending["id"], 3, api.entry, "pending"),
                (second["id"], 2, api.entry, "passive")]

    done = api.delete(f"/versions/{first['id']}", withSharedKey="true").ok()
    assert done["certificate"]["state"] == "retired"
    assert {v["versionId"] for v in done["destroyed"]} == \
        {pending["id"], second["id"]}
    assert states(api) == ["retired", "retired", "retired", "active"]
    assert all(v["scheduledAt"] is None for v in api.versions())
    with server.sql() as db:
        sealed = db.execute("SELECT sealed_key FROM vmo_keystore WHERE"
                            " key_fingerprint = ?",
                            (first["keyFingerprint"],)).fetchall()
    assert sealed == [("",)] * 3
    rows = api.audit(action="destroy")[:3]
    assert {row["versionId"] for row in rows} == \
        {first["id"], second["id"], pending["id"]}
    assert {row["outcome"] for row in rows} == {"ok"}
    assert api.get("/audit/verify").ok()["intact"] is True
    assert server.served(host) == active["fingerprint"]
    assert "Reused, TLSv1" not in server.s_client(host, *session).output


def test_a_request_can_be_discarded(api):
    api.create()
    pending = api.post("/certificate/csr", {"key": "ec-p256"}).ok(201)
    number = pending["certificate"]["id"]
    api.post(f"/versions/{number}/activate").refused(409, "wrong-state")
    refusal = api.get(f"/versions/{number}/certificate.pem")
    refusal.refused(409, "no-certificate")
    api.delete(f"/versions/{number}").ok()
    assert api.certificate()["pending"] == []


def test_lists_come_in_pages(api):
    made = [api.create(replace=i > 0)["id"] for i in range(5)]
    seen = []
    query = {"limit": 2}
    while True:
        page = api.get("/versions", **query).ok()
        assert len(page["items"]) <= 2
        seen += [v["id"] for v in page["items"]]
        if page["next"] is None:
            break
        query["before"] = page["next"]
    assert seen == made[::-1]
    for bad in ("0", "501", "x", "", "-1", "1.5", "99999999999999999999"):
        api.get("/versions", limit=bad).refused(400, "malformed", "limit")
        if bad not in ("501",):
            api.get("/versions", before=bad).refused(400, "malformed", "before")
