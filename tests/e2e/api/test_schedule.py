# SPDX-License-Identifier: Apache-2.0
"""Activation at a time of the database's clock, and rollback in one call."""

import datetime

import pytest

from vso import wait_for
from vso.edit import edit


def in_seconds(seconds):
    """RFC 3339, from now."""
    then = datetime.datetime.now(datetime.timezone.utc) + \
        datetime.timedelta(seconds=seconds)
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")


def two_versions(api, name="x"):
    """(passive, active)"""
    return api.create(name), api.create(name, replace=True)


def schedule(api, version, at):
    return api.post(f"/versions/{version['id']}/activate", {"at": at})


def version_of(api, version):
    return api.get(f"/versions/{version['id']}").ok()


def test_a_version_is_activated_at_its_time(server, api, host):
    passive, active = two_versions(api, host)
    at = in_seconds(6)
    made = schedule(api, passive, at).ok()["certificate"]
    assert made["state"] == "passive" and made["scheduledAt"] == at
    assert server.served(host) == active["fingerprint"]
    listed = {v["id"]: v["scheduledAt"] for v in api.versions()}
    assert listed == {passive["id"]: at, active["id"]: None}
    wait_for(lambda: server.served(host) == passive["fingerprint"], "the time")
    assert in_seconds(0) >= at
    after = version_of(api, passive)
    assert after["state"] == "active" and after["scheduledAt"] is None
    rows = api.audit()
    assert [r["action"] for r in rows[:2]] == ["activate", "schedule"]
    assert rows[0]["actor"] == "vmware" and rows[0]["outcome"] == "ok"
    assert at in rows[1]["detail"]
    assert api.get("/audit/verify").ok()["intact"] is True


def test_a_time_is_changed_and_forgotten(api):
    passive, active = two_versions(api)
    schedule(api, passive, in_seconds(3600)).ok()
    later = in_seconds(7200)
    schedule(api, passive, later).ok()
    assert version_of(api, passive)["scheduledAt"] == later
    assert schedule(api, passive, None).ok()["certificate"][
        "scheduledAt"] is None
    assert version_of(api, passive)["scheduledAt"] is None
    schedule(api, passive, None).refused(409, "wrong-state", "at")
    # Activating at once forgets it too, and so does destroying.
    schedule(api, passive, later).ok()
    api.post(f"/versions/{passive['id']}/activate", {}).ok()
    assert version_of(api, passive)["scheduledAt"] is None
    schedule(api, active, later).ok()
    api.delete(f"/versions/{active['id']}").ok()
    assert version_of(api, active)["scheduledAt"] is None


@pytest.mark.parametrize("at", [
    "2020-01-01T00:00:00Z", "tomorrow", "", "2099-13-01T00:00:00Z",
    "2099-01-01", "2099-01-01T00:00:00", "2099-01-01T00:00:00Zx",
    "2099-01-01T25:00:00Z", "2099-01-01T00:00:00+0100"])
def test_times_that_are_none_or_over(api, at):
    passive, _ = two_versions(api)
    schedule(api, passive, at).refused(422, "invalid", "at")
    assert version_of(api, passive)["scheduledAt"] is None


def test_zones_and_fractions(api):
    passive, _ = two_versions(api)
    for sent, kept in (("2099-01-01T02:00:00+02:00", "2099-01-01T00:00:00Z"),
                       ("2098-12-31T18:30:00-05:30", "2099-01-01T00:00:00Z"),
                       ("2099-01-01T00:00:00.999Z", "2099-01-01T00:00:00Z")):
        assert schedule(api, passive, sent).ok()["certificate"][
            "scheduledAt"] == kept


def test_only_what_could_be_activated_is_scheduled(api):
    _, active = two_versions(api)
    schedule(api, active, in_seconds(60)).refused(409, "wrong-state")
    pending = api.post("/certificate/csr",
                       {"key": "ec-p256"}).ok(201)["certificate"]
    schedule(api, pending, in_seconds(60)).refused(409, "wrong-state")
    schedule(api, {"id": 999999}, in_seconds(60)).refused(404, "not-found")


def test_the_fleet_does_it_once(make_server):
    first = make_server()
    nodes = [first] + [make_server(keys=first.keys, db=first.database)
                       for _ in range(2)]
    api = first.api("server")
    passive, _ = two_versions(api)
    schedule(api, passive, in_seconds(4)).ok()
    for node in nodes:
        wait_for(lambda: node.served() == passive["fingerprint"], "the time")
    rows = api.audit(action="activate")
    assert [(r["outcome"], r["actor"]) for r in rows] == [("ok", "vmware")]


def test_the_time_comes_while_all_are_down(make_server):
    server = make_server()
    api = server.api("server")
    passive, active = two_versions(api)
    schedule(api, passive, in_seconds(3600)).ok()
    server.stop()
    edit(server, "UPDATE vmo_schedule SET at_sec = at_sec - 7200")
    server.start()
    wait_for(lambda: server.served() == passive["fingerprint"], "the time")
    assert version_of(api, active)["state"] == "passive"


def test_what_cannot_be_served_then_is_forgotten(make_server):
    server = make_server()
    api = server.api("server")
    passive, active = two_versions(api)
    schedule(api, passive, in_seconds(3600)).ok()
    server.expect_log("the scheduled activation of version .* was refused")
    edit(server, "UPDATE vmo_keystore SET sealed_key = 'x' WHERE id = "
                 f"{passive['id']}",
         "UPDATE vmo_schedule SET at_sec = at_sec - 7200")
    wait_for(lambda: version_of(api, passive)["scheduledAt"] is None,
             "it to be given up")
    assert server.served() == active["fingerprint"]
    assert [r["action"] for r in api.audit()[:2]] == ["unschedule", "activate"]
    assert api.audit()[1]["outcome"] == "damaged"


def test_rollback_in_one_call(server, api, host):
    api.post("/certificate/rollback").refused(409, "no-certificate")
    first = api.create(host)
    api.post("/certificate/rollback").refused(409, "no-certificate")
    second = api.create(host, replace=True)
    third = api.create(host, replace=True)
    back = api.post("/certificate/rollback", wait="fleet").ok()
    assert back["certificate"]["id"] == second["id"]
    assert back["fleet"]["complete"]
    assert server.served(host) == second["fingerprint"]
    forward = api.post("/certificate/rollback").ok()["certificate"]
    assert forward["id"] == third["id"]
    assert server.served(host) == third["fingerprint"]
    # Another algorithm beside it goes again, and comes back.
    rsa = api.create(host, key="rsa-2048", beside=True)
    back = api.post("/certificate/rollback").ok()["certificate"]
    assert back["id"] == third["id"]
    assert version_of(api, rsa)["state"] == "passive"
    assert api.post("/certificate/rollback").ok()["certificate"]["id"] == \
        rsa["id"]
    assert server.served(host, key="RSA") == rsa["fingerprint"]
    assert server.served(host, key="EC") == third["fingerprint"]
    assert version_of(api, first)["state"] == "passive"
