# SPDX-License-Identifier: Apache-2.0
"""The audit trail: who did what, and whether it is whole."""

import pytest


def test_every_change_and_every_refusal_has_a_row(server, api):
    made = api.create()
    api.post("/certificate", {"subject": {"commonName": "x"}}).refused(
        409, "certificate-exists")
    second = api.create(replace=True)
    operator = server.api(api.entry, user="operator")
    operator.post(f"/versions/{made['id']}/activate").ok()
    operator.post("/keystore/export", {"password": "a long canary"})
    api.post("/keystore/export", {"password": "a long canary"})
    api.delete(f"/versions/{second['id']}").ok()
    rows = api.audit()
    assert [(r["action"], r["outcome"], r["actor"], r["versionId"])
            for r in rows] == [
        ("destroy", "ok", "vmware", second["id"]),
        ("export", "ok", "vmware", made["id"]),
        ("export", "forbidden", "operator", None),
        ("activate", "ok", "operator", made["id"]),
        ("replace", "ok", "vmware", second["id"]),
        ("create", "certificate-exists", "vmware", None),
        ("create", "ok", "vmware", made["id"])]
    for row in rows:
        assert row["address"] == "127.0.0.1"
        assert row["at"].endswith("Z") and row["mac"]
        assert "canary" not in str(row)


def test_the_trail_is_a_chain(server, api):
    api.create()
    verdict = api.get("/audit/verify").ok()
    assert verdict["intact"] is True and verdict["badSeq"] is None
    newest = server.api().get("/audit", limit=1).ok()["items"][0]
    assert verdict["head"] == newest["mac"]
    assert verdict["rows"] == newest["seq"]


def test_the_trail_comes_in_pages(api):
    for i in range(4):
        api.create(replace=i > 0)
    first = api.get("/audit", limit=3).ok()
    assert len(first["items"]) == 3
    second = api.get("/audit", limit=3, before=first["next"]).ok()
    assert second["items"][0]["seq"] == first["items"][-1]["seq"] - 1
    for bad in ("0", "501", "x", "-1"):
        api.get("/audit", limit=bad).refused(400, "malformed", "limit")


def test_the_trail_by_what_it_says(server, api):
    made = api.create()
    api.post("/certificate", {"subject": {"commonName": "x"}}).refused(
        409, "certificate-exists")
    server.api(api.entry, user="operator").post("/keystore/export", {
        "password": "a long canary"}).refused(403, "forbidden")
    server.api("elsewhere").create()

    def found(entry=api.entry, **query):
        rows = server.api().get("/audit", entry=entry, **query).ok()["items"]
        return [(r["action"], r["outcome"]) for r in rows]
    create = ("create", "ok")
    refused = ("create", "certificate-exists")
    export = ("export", "forbidden")
    assert found() == [export, refused, create]
    assert found(actor="vmware") == [refused, create]
    assert found(actor="operator") == [export]
    assert found(action="create", outcome="ok") == [create]
    assert found(outcome="forbidden") == [export]
    assert found(**{"from": made["createdAt"]}) == [export, refused, create]
    assert found(to="2020-01-01T00:00:00Z") == []
    assert found(**{"from": "2037-01-01T00:00:00Z"}) == []
    assert found(entry="elsewhere") == [create]
    server.api().get("/audit", to="yesterday").refused(422, "invalid", "to")


@pytest.mark.parametrize("change, bad", [
    ("UPDATE vmo_audit SET actor = 'nobody' WHERE seq = 2", 2),
    ("UPDATE vmo_audit SET outcome = 'ok' WHERE seq = 3", 3),
    ("UPDATE vmo_audit SET at_sec = at_sec + 1 WHERE seq = 1", 1),
    ("DELETE FROM vmo_audit WHERE seq = 2", None),
    ("DELETE FROM vmo_audit WHERE seq = 4", None),
    ("INSERT INTO vmo_audit SELECT 5, at_sec, actor, address, action, alias,"
     " version_id, outcome, detail, mac FROM vmo_audit WHERE seq = 4", None),
    ("UPDATE vmo_audit SET mac = (SELECT mac FROM vmo_audit WHERE seq = 1)"
     " WHERE seq = 2", 2),
])
def test_a_row_changed_by_hand_shows(make_server, change, bad):
    server = make_server()
    api = server.api()
    api.create()
    api.create(replace=True)
    api.post("/certificate", {"subject": {"commonName": "x"}}).refused(
        409, "certificate-exists")
    api.create(replace=True)
    assert api.get("/audit/verify").ok()["intact"] is True
    with server.sql() as db:
        db.execute(change)
    verdict = api.get("/audit/verify").ok()
    assert verdict["intact"] is False
    assert verdict["reason"] and verdict["badSeq"]
    assert bad in (None, verdict["badSeq"])


def test_the_head_is_in_the_error_log(make_server):
    """Once a day, and at the first start that finds one."""
    server = make_server()
    server.api().create()
    server.restart()
    head = server.api().get("/audit/verify").ok()["head"]
    server.wait_log(rf"audit trail of keystore .* row 1, mac {head}")
