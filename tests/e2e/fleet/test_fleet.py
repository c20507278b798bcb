# SPDX-License-Identifier: Apache-2.0
"""Several nodes on one database: who serves what, and waiting for all."""

import os
import signal

import pytest

from vso import wait_for
from vso.faults import SEALED


@pytest.fixture
def pair(make_server):
    """Two nodes, a and b, on one database and under one master key."""
    first = make_server(extra="VSOCertNode a")
    second = make_server(
        keys=first.keys,
        db=first.database, extra="VSOCertNode b")
    return first, second


def nodes(server):
    """{name: node} of GET /nodes."""
    return {n["node"]: n for n in server.api().get("/nodes").ok()["items"]}


def named(server, *names):
    return wait_for(lambda: set(names) <= nodes(server).keys(), names)


def test_a_node_alone(server, api):
    made = api.create()
    name = f":{server.port}"
    mine, = wait_for(lambda: [
        n for n in nodes(server).values()
        if n["generation"] == made["generation"]], "the row")
    assert mine["node"].endswith(name)
    assert api.get("/status").ok()["node"] == mine["node"]
    assert mine["self"] and mine["live"] and mine["serves"]
    assert not mine["sealed"] and mine["quarantined"] == 0
    assert mine["pid"] == server.pid
    assert mine["ageSeconds"] <= 15 and mine["lastSeen"] and mine["started"]
    assert {"entry": api.entry, "versionId": made["id"], "algorithm": "EC",
            "fingerprint": made["fingerprint"]} in mine["fingerprints"]
    fleet = api.post("/certificate", {
        "subject": {"commonName": "x"}, "key": "ec-p256", "replace": True},
        wait="fleet").ok(201)["fleet"]
    assert (fleet["live"], fleet["serving"], fleet["complete"]) == (1, 1, True)


def test_who_waits_is_answered_when_all_serve(pair):
    one, two = pair
    named(one, "a", "b")
    api = one.api("server")
    for i in range(5):
        reply = api.post("/certificate", {
            "subject": {"commonName": "x"}, "key": "ec-p256",
            "replace": i > 0}, wait="fleet").ok(201)
        wanted = reply["certificate"]["fingerprint"]
        # at once, without waiting here
        assert two.served() == wanted == one.served()
        fleet = reply["fleet"]
        assert (fleet["live"], fleet["serving"], fleet["complete"]) == \
            (2, 2, True)
        assert 0 <= fleet["waited"] < 5000
    seen = nodes(two)
    assert seen["b"]["self"] and not seen["a"]["self"]
    for node in wait_for(
            lambda: [list(found.values()) for found in [nodes(two)]
                     if all(n["serves"] for n in found.values())],
            "both rows")[0]:
        assert node["fingerprints"][0]["fingerprint"] == wanted
    passive = api.versions()[1]
    reply = api.post(f"/versions/{passive['id']}/activate",
                     wait="fleet").ok()
    assert reply["fleet"]["complete"]
    assert two.served() == passive["fingerprint"]


def freeze(server, how):
    for pid in server.pids():
        os.kill(pid, how)


def test_a_node_that_hangs_is_not_waited_for_without_end(pair):
    one, two = pair
    named(one, "a", "b")
    api = one.api("server")
    first = api.create()
    # Not in the middle of writing so: it would hold SQLite's lock.
    wait_for(lambda: nodes(one)["b"]["generation"] == first["generation"],
             "b to serve it, and to say so")
    freeze(two, signal.SIGSTOP)
    try:
        body = {"subject": {"commonName": "x"}, "key": "ec-p256",
                "replace": True}
        reply = api.post("/certificate", body, wait="fleet").ok(201)
        fleet = reply["fleet"]
        assert (fleet["live"], fleet["serving"], fleet["complete"]) == \
            (2, 1, False)
        # It hangs still: who waited for it without end had no answer.
        assert fleet["waited"] >= 5000
        assert not nodes(one)["b"]["serves"]
        # Once it counts as gone, nobody waits for it.
        with one.sql() as db:
            db.execute("UPDATE vmo_node SET last_seen_sec = last_seen_sec - 60"
                       " WHERE node = 'b'")
        silent = nodes(one)["b"]
        assert not silent["live"] and silent["ageSeconds"] >= 60
        reply = api.post("/certificate", body, wait="fleet").ok(201)
        assert (reply["fleet"]["live"], reply["fleet"]["complete"]) == (1, True)
    finally:
        freeze(two, signal.SIGCONT)
    wanted = reply["certificate"]["fingerprint"]
    wait_for(lambda: two.served() == wanted, "b to catch up")
    wait_for(lambda: nodes(one)["b"]["live"] and nodes(one)["b"]["serves"],
             "b to say so")


def test_a_node_with_another_master_key_says_so(make_server):
    one = make_server(extra="VSOCertNode a")
    made = one.api("server").create()
    two = make_server(start=False, db=one.database, extra="VSOCertNode b")
    two.expect_log(SEALED)
    two.expect_log("does not open and is not served", optional=True)
    two.start()
    named(one, "a", "b")
    wait_for(lambda: nodes(one)["a"]["serves"], "a's row")
    seen = nodes(one)
    assert seen["b"]["sealed"] and not seen["b"]["serves"]
    assert not seen["a"]["sealed"] and seen["a"]["serves"]
    assert one.served() == made["fingerprint"]
    fleet = one.api("server").post("/certificate", {
        "subject": {"commonName": "x"}, "key": "ec-p256", "replace": True},
        wait="fleet").ok(201)["fleet"]
    assert (fleet["live"], fleet["serving"], fleet["complete"]) == (2, 1, False)


def test_two_of_one_name_are_told(make_server):
    one = make_server(extra="VSOCertNode twin")
    two = make_server(keys=one.keys, db=one.database,
                      extra="VSOCertNode twin")
    said = "another httpd is called twin"
    one.expect_log(said)
    two.expect_log(said, optional=True)
    one.wait_log(said, 20)


def test_a_node_that_is_gone_for_a_day_is_forgotten(make_server):
    server = make_server(extra="VSOCertNode here")
    named(server, "here")
    with server.sql() as db:
        for name, days in (("yesterday", 0.9), ("gone", 1.1)):
            db.execute(
                "INSERT INTO vmo_node SELECT ?, 'i', pid, version, generation,"
                " quarantined, sealed, served, poll_msec, started_sec,"
                " last_seen_sec - ?, 0, configured, by_name, entries"
                " FROM vmo_node WHERE node = 'here'",
                (name, int(days * 86400)))
    server.restart()
    wait_for(lambda: nodes(server).keys() == {"here", "yesterday"},
             "the other to be forgotten")


def test_what_to_wait_for_is_checked_before_the_change(api):
    api.create()
    before = api.snapshot()
    for bad in ("", "1", "true", "FLEET"):
        api.post("/certificate", {
            "subject": {"commonName": "x"}, "replace": True},
            wait=bad).refused(400, "malformed", "wait")
    assert api.snapshot() == before
    api.get("/certificate", wait="fleet").refused(400, "malformed", "wait")
