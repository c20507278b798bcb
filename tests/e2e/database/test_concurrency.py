# SPDX-License-Identifier: Apache-2.0
"""Many at once: one wins, the others are told, and the trail has it all."""

import collections
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from vso import wait_for
from vso.faults import UNRECORDED, has_no_queue, patient

CLIENTS = 8
LOSING = {(409, "certificate-exists"), (412, "stale"), (409, "wrong-state")}
IN_VAIN = "database-unavailable"


def at_once(calls):
    """Run the calls in threads that start together; their results."""
    barrier = threading.Barrier(len(calls))

    def run(call):
        barrier.wait(30)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def sorted_out(server, replies):
    """(winners' replies, losers'), each loser with a slug that says so."""
    won = [r for r in replies if r.status in (200, 201)]
    lost = [r for r in replies if r.status not in (200, 201)]
    in_vain = {(503, IN_VAIN)} if has_no_queue(server) else set()
    assert {(r.status, r.slug) for r in lost} <= LOSING | in_vain, lost
    return won, lost


def check(server, api, host, changes):
    """What holds after everything: at most one active version per algorithm,
    it is served, the trail is whole and has each change once."""
    versions = api.versions()
    active = collections.Counter(v["key"].split("-")[0] for v in versions
                                 if v["state"] == "active")
    assert active and max(active.values()) == 1
    numbers = [v["version"] for v in versions]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == len(numbers)
    for version in versions:
        if version["state"] == "active":
            algorithm = version["key"].split("-")[0].upper()
            for _ in range(4):
                assert server.served(host, algorithm) == version["fingerprint"]
    assert api.get("/audit/verify").ok()["intact"] is True
    recorded = collections.Counter(r["outcome"] for r in api.audit()
                                   if r["outcome"] != IN_VAIN)
    wanted = collections.Counter(changes)
    assert recorded <= wanted
    assert (wanted - recorded).total() <= server.log.new_text().count(
        UNRECORDED)


def outcomes(replies):
    return ["ok" if r.status in (200, 201) else r.slug for r in replies
            if r.status != 503]


def creating(api, **members):
    return lambda: api.post("/certificate", {
        "subject": {"commonName": "x"}, "key": "ec-p256", **members})


@pytest.mark.parametrize("mpm", ["event", "worker", "prefork"])
def test_creating_replacing_and_activating_at_once(make_server, mpm):
    server = patient(make_server(mpm=mpm))
    api = server.api("server")
    created = at_once([creating(api)] * CLIENTS)
    won, _ = sorted_out(server, created)
    assert len(won) == 1
    assert server.served() == won[0].json["certificate"]["fingerprint"]
    check(server, api, None, outcomes(created))

    replaced = at_once([creating(api, replace=True)] * CLIENTS)
    won, _ = sorted_out(server, replaced)
    assert won
    assert len(api.versions()) == 1 + len(won)
    check(server, api, None, outcomes(created + replaced))

    while len(api.versions()) < CLIENTS + 1:
        replaced.append(creating(api, replace=True)())
    passive = [v["id"] for v in api.versions() if v["state"] == "passive"]
    activated = at_once([
        lambda number=number: api.post(f"/versions/{number}/activate")
        for number in passive[:CLIENTS]])
    won, _ = sorted_out(server, activated)
    assert won
    check(server, api, None, outcomes(created + replaced + activated))


def test_if_match_lets_one_through(server, api, host):
    patient(server)
    api.create(host)
    tag = {"If-Match": api.get("/certificate").etag}
    replies = at_once([lambda: api.post("/certificate", {
        "subject": {"commonName": host}, "key": "ec-p256", "replace": True},
        headers=tag)] * CLIENTS)
    won, lost = sorted_out(server, replies)
    assert len(won) == 1 and len(lost) == CLIENTS - 1
    check(server, api, host, ["ok"] + outcomes(replies))


def test_everything_at_once(server, api, host, ca):
    """Changes of all kinds, while others read and shake hands."""
    patient(server)
    first = api.create(host, key="rsa-2048")
    second = api.create(host, key="ec-p256", beside=True)
    third = api.create(host, key="ec-p256", beside=True)
    reply = ca.sign(api.get("/certificate/csr").text) + ca.issuing
    stop = threading.Event()
    seen = set()

    def handshakes():
        while not stop.is_set():
            seen.add(server.served(host))
            assert api.get("/certificate").status == 200

    with ThreadPoolExecutor(2) as readers:
        reading = [readers.submit(handshakes) for _ in range(2)]
        replies = at_once([
            creating(api, replace=True),
            creating(api, beside=True, key="ec-p384"),
            lambda: api.post("/certificate/csr", {"key": "ec-p256"}),
            lambda: api.post("/certificate/reply", {"reply": reply}),
            lambda: api.post(f"/versions/{second['id']}/activate"),
            lambda: api.delete(f"/versions/{second['id']}"),
            lambda: api.post(f"/versions/{third['id']}/deactivate"),
            lambda: api.post("/keystore/export", {"password": "x y z, x y z"}),
        ])
        stop.set()
        for one in reading:
            one.result(30)
    won, lost = sorted_out(server, replies)
    assert won
    known = {v.get("fingerprint") for v in api.versions()}
    assert seen and seen <= known and first["fingerprint"] in known
    check(server, api, host, ["ok"] * 3 + outcomes(replies))


def test_two_nodes_of_one_database(make_server):
    """What one node changes, the other serves; changes on both at once."""
    one = patient(make_server())
    two = patient(make_server(keys=one.keys, db=one.database))
    apis = [one.api("server"), two.api("server")]
    replies = at_once([creating(apis[i % 2]) for i in range(CLIENTS)])
    won, _ = sorted_out(one, replies)
    assert len(won) == 1
    wanted = won[0].json["certificate"]["fingerprint"]
    wait_for(lambda: one.served() == two.served() == wanted, "both nodes")
    for i in range(4):
        made = apis[i % 2].create(replace=True)
        assert (one, two)[i % 2].served() == made["fingerprint"]
        wanted = made["fingerprint"]
        wait_for(lambda: one.served() == two.served() == wanted, "both nodes")
    replies = at_once([creating(apis[i % 2], replace=True)
                       for i in range(CLIENTS)])
    sorted_out(one, replies)
    wait_for(lambda: one.served() == two.served(), "both nodes")
    active, = [v for v in apis[0].versions() if v["state"] == "active"]
    assert one.served() == active["fingerprint"]
    assert apis[1].get("/audit/verify").ok()["intact"] is True


def test_many_more_calls_than_connections(server, api, host):
    """Each call takes a database connection: none starves, none deadlocks."""
    api.create(host)
    replies = at_once([lambda: api.get("/certificate")] * 40)
    assert {r.status for r in replies} == {200}
