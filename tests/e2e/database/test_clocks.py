# SPDX-License-Identifier: Apache-2.0
"""Nodes whose clocks are a day off, by libfaketime: they serve, and do, what
the others do, at the time of the database's clock. To them a certificate that
was made now is over, or not yet valid."""

import datetime
import email.utils

import pytest

from vso import databases, wait_for
from vso.client import SignedIn
from vso.clock import FAKED, FAKETIME
from vso.packages import Signer, script, write

DAY_SEC = 86400
NAMES = ("right", "ahead", "behind")

pytestmark = [
    pytest.mark.skipif(FAKETIME is None, reason="libfaketime is missing"),
    pytest.mark.skipif(databases.driver_of_run() != "sqlite3",
                       reason="the drivers are chosen here: once is enough")]


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def in_seconds(seconds):
    then = now() + datetime.timedelta(seconds=seconds)
    return then.strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_from_now(text):
    """Of RFC 3339."""
    return (datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
            - now()).total_seconds()


@pytest.fixture
def nodes(request, make_server, told):
    """right, ahead, behind. SQLite has no clock but the node's."""
    def make(name, shift=None, **options):
        env = {} if shift is None else {**FAKED, "FAKETIME": shift}
        more = told.directive() if name == "ahead" else ""
        return make_server(extra=f"VSOCertNode {name}\n{more}", env=env,
                           **options)

    right = make("right", db=request.param)
    with_it = {"db": right.database, "keys": right.keys}
    return (right, make("ahead", "+1d", **with_it),
            make("behind", "-1d", **with_it))


def all_serve(nodes, fingerprint):
    for node in nodes:
        wait_for(lambda: node.served() == fingerprint, "all nodes")


@pytest.mark.parametrize("nodes", ["pgsql"], indirect=True)
def test_a_day_off_does_no_harm(nodes, ca, told):
    right, ahead, behind = nodes
    apis = [node.api("server") for node in nodes]
    for api, shift in zip(apis, (0, DAY_SEC, -DAY_SEC)):
        date = email.utils.parsedate_to_datetime(
            api.get("/status").headers["Date"])
        assert abs((date - now()).total_seconds() - shift) < 60

    # Who makes a certificate, makes one that is valid now.
    for count, api in ((1, apis[1]), (2, apis[2])):
        made = api.create(replace=count == 2, days=10)
        all_serve(nodes, made["fingerprint"])
        assert -7200 < seconds_from_now(made["notBefore"]) <= 0
        assert abs(seconds_from_now(made["createdAt"])) < 60
        for other in apis:
            seen = other.certificate()["certificate"]
            assert seen["daysLeft"] in (9, 10)      # in its first second
            assert {w["slug"] for w in seen["warnings"]} <= {"no-san"}
        # Of the one that it replaces nothing is told any more.
        told.wait(*[(event, "server")
                    for event in ("created", "expiring-14")] * count)

    for _, _, variables in told.all():
        assert variables["VSOCERT_DAYS_LEFT"] in ("9", "10")

    # What a CA signed a moment ago is valid, for whoever takes it in.
    leaf = ca.sign(apis[2].get("/certificate/csr").text, days=10)
    reply = apis[2].post("/certificate/reply", {
        "reply": leaf + ca.issuing}, wait="fleet").ok()
    signed = reply["certificate"]
    assert not {"not-yet-valid", "expired"} & {
        w["slug"] for w in signed["warnings"]}
    assert reply["fleet"]["complete"] and reply["fleet"]["live"] == 3
    all_serve(nodes, signed["fingerprint"])

    # Who is alive.
    for api in apis:
        found = {n["node"]: n for n in api.get("/nodes").ok()["items"]}
        assert found.keys() == set(NAMES)
        for node in found.values():
            assert node["live"] and 0 <= node["ageSeconds"] <= 15
            assert abs(seconds_from_now(node["lastSeen"])) < 60

    # Activation at a time, and what was active before.
    at = in_seconds(4)
    apis[1].post(f"/versions/{made['id']}/activate", {"at": at}).ok()
    for api in apis:
        api.post(f"/versions/{made['id']}/activate",
                 {"at": in_seconds(-60)}).refused(422, "invalid", "at")
    for node in nodes:
        served = node.served()
        assert served == signed["fingerprint"] or in_seconds(0) >= at
    all_serve(nodes, made["fingerprint"])
    assert in_seconds(0) >= at
    back = apis[2].post("/certificate/rollback").ok()["certificate"]
    assert back["id"] == signed["id"]
    all_serve(nodes, signed["fingerprint"])

    rows = apis[0].audit()
    times = [row["at"] for row in rows]
    assert times == sorted(times, reverse=True)
    assert all(-600 < seconds_from_now(at) < 60 for at in times)
    assert apis[1].get("/audit/verify").ok()["intact"] is True


def sessions(node, where):
    """When they end."""
    with node.sql() as db:
        return [expiry for expiry, in db.execute(
            f"SELECT expiry FROM vmo_session WHERE {where}").fetchall()]


@pytest.mark.parametrize("nodes", ["mysql"], indirect=True)
def test_what_expires_does_so_by_the_database(nodes):
    right, ahead, behind = nodes
    data = write("org.example.clock", [script("a")], Signer("vro.example.org"))
    reports = []
    for node in nodes:
        report = node.api().call(
            "POST", "/packages/imports", body=data,
            headers={"Content-Type": "application/octet-stream"}).ok(201)
        assert 3000 < seconds_from_now(report["expiresAt"]) <= 3600
        reports.append(report["id"])
    browsers = [SignedIn(node) for node in nodes]
    # Each clears away what is over when it starts, and nothing else.
    for node in nodes:
        node.stop()
        with right.sql() as db:
            db.execute("INSERT INTO vmo_session (session_key, expiry, session)"
                       " VALUES ('over', 1, 'x')")
        node.start()
        wait_for(lambda: not sessions(right, "session_key = 'over'"),
                 "what is over to be cleared away")
    for node in nodes:
        for number in reports:
            node.api().get(f"/packages/imports/{number}").ok()
        assert len(node.api().get("/packages/imports").ok()["items"]) == 3
        for browser in browsers:
            assert browser.status(node) == 200
    for expiry in sessions(right, "1 = 1"):
        assert 1700 < expiry / 1e6 - now().timestamp() < 1860
    with right.sql() as db:
        db.execute("UPDATE vmo_import SET expires_sec = expires_sec - 3601")
    for node in nodes:
        node.api().get(f"/packages/imports/{reports[0]}").refused(
            404, "not-found", "id")


def test_a_clock_that_is_set_kills_no_program(make_server, told):
    """A message program has its minute, whatever the wall clock says."""
    clock, go, ended = (told.folder / name for name in ("clock", "go", "ended"))
    clock.write_text("+0")
    told.write(f"while [ ! -e {go} ]; do sleep 0.1; done; echo >>{ended}")
    api = make_server(extra=told.directive(), env={
        **FAKED, "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1"}).api("server")
    api.create(days=365)
    told.wait(("created", "server"))
    clock.write_text("+1d")

    def date():
        reply = api.get("/status").headers["Date"]
        return email.utils.parsedate_to_datetime(reply)
    wait_for(lambda: date() - now() > datetime.timedelta(hours=23),
             "the new time")
    api.create(days=365, replace=True)
    told.wait(("created", "server"), ("created", "server"))
    go.touch()
    wait_for(lambda: ended.exists() and ended.read_text() == "\n\n",
             "both programs to end")


@pytest.mark.parametrize("nodes", ["pgsql"], indirect=True)
def test_a_sign_in_is_as_fresh_on_each_node(nodes):
    """By the database's clock: to the nodes' own it is a day old, or is to come
    tomorrow."""
    made = nodes[0].api("server").create()
    all_serve(nodes, made["fingerprint"])
    for begun in nodes:
        browser = SignedIn(begun)
        for node in nodes:
            assert node.api("server", user=None).post(
                "/keystore/export", {"password": "four random words"},
                headers={"Cookie": browser.cookie}).status == 200
