# SPDX-License-Identifier: Apache-2.0
"""Calls that take processors for seconds: how many run and wait at a time, what
the others are told, and that all else is answered meanwhile."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from vso import packages, wait_for
from vso.application import ask
from vso.files import b64, pkcs12, self_signed
from vso.held import metric, slots_held
from vso.package_calls import bring_in, confirm, upload
from vso.packages import script, write
from vso.server import HTTPD

PASSWORD = "canary-Slots-3b9e"
EXPORT = {"password": "canary-Export-7f3a"}


@pytest.fixture
def on_one_processor(monkeypatch):
    """httpd sees one processor, and so has one slot of each kind."""
    first = min(os.sched_getaffinity(0))
    monkeypatch.setattr("vso.server.COMMAND",
                        ["/usr/bin/taskset", "-c", str(first), HTTPD])


def waiting(server, kind):
    return metric(server, "vsocert_slots_waiting", kind=kind)


def taken(server, kind):
    return metric(server, "vsocert_slots_taken", kind=kind)


def refused_as_busy(reply):
    reply.refused(503, "busy")
    assert 0 < int(reply.headers["Retry-After"]) < 60


def test_two_wait_and_others_are_told(make_server, on_one_processor):
    server = make_server()
    api = server.api()
    api.create()
    assert metric(server, "vsocert_slots", kind="derivation") == 1

    def export(_=0):
        return api.post("/keystore/export", EXPORT)
    with ThreadPoolExecutor(2) as pool:
        with slots_held(server, "derivation"):
            calls = [pool.submit(export) for _ in range(2)]
            wait_for(lambda: waiting(server, "derivation") == 2, "both to wait")
            refused_as_busy(export())
            # What needs no such slot is answered.
            assert api.get("/certificate").ok()
            assert api.post("/certificate/csr", {"key": "ec-p256"}).ok(201)
        assert [call.result().status for call in calls] == [200, 200]
    assert taken(server, "derivation") == waiting(server, "derivation") == 0
    assert metric(server, "vsocert_slots_refused_total",
                  kind="derivation") == 1


def test_nobody_waits_for_ever(make_server, on_one_processor):
    server = make_server()
    api = server.api()
    api.create()
    with slots_held(server, "derivation"):
        refused_as_busy(api.post("/keystore/export", EXPORT))
        assert waiting(server, "derivation") == 0
    assert api.post("/keystore/export", EXPORT).status == 200


def test_all_calls_on_packages_take_a_slot(make_server, on_one_processor, vro):
    server = make_server()
    api = server.api()
    api.create(key="rsa-2048")
    data = write("org.example.slots", [script("a")], vro)
    bring_in(api, data)
    report = upload(api, data).ok(201)
    where = f"/packages/imports/{report['id']}"
    # The slot and the places of those who wait.
    with slots_held(server, "package", 3):
        for reply in (upload(api, data), api.get(where),
                      confirm(api, report, trust="once"),
                      api.post("/packages/org.example.slots/export", {})):
            refused_as_busy(reply)
        assert [item["id"] for item in api.get("/packages/imports").ok()[
            "items"]] == [report["id"]]
        assert api.get("/packages").ok()["items"]
    assert api.get(where).ok()["sha256"] == report["sha256"]
    confirm(api, report, trust="once").ok()
    assert taken(server, "package") == 0


FILTERS = """
Alias "/disk" "{folder}"
<Directory "{folder}">
    Require all granted
</Directory>
<Location "/disk">
    VSOCertSignPackages on
    VSOCertVerifyPackages on
</Location>
"""


def test_filters_take_a_slot(make_server, on_one_processor, vro, base_folder):
    folder = base_folder / "slots-site"
    folder.mkdir()
    data = write("org.example.filter", [script("a")], vro)
    (folder / "a.package").write_bytes(data)
    (folder / "a.txt").write_text("x")
    server = make_server(extra=FILTERS.format(folder=folder))
    server.api().create(key="rsa-2048")
    with slots_held(server, "package", 3):
        refused_as_busy(ask(server, "GET", "/disk/a.package"))
        refused_as_busy(ask(server, "POST", "/disk/a.txt", None, data,
                            Content_Type="application/zip"))
        assert ask(server, "GET", "/disk/a.txt").status == 200
    assert ask(server, "GET", "/disk/a.package").status == 200
    assert taken(server, "package") == 0


@pytest.fixture(scope="module")
def heavy():
    """A keystore file of as many iterations as are allowed."""
    key, cert = self_signed("heavy.test", "ec")
    return b64(pkcs12(key, cert, PASSWORD, "-iter", "5000000"))


def importing(heavy, **members):
    return {"keystore": heavy, "password": PASSWORD, "preview": True,
            **members}


def test_a_killed_child_gives_its_slot_back(make_server, on_one_processor,
                                            heavy):
    server = make_server()
    api = server.api()
    server.expect_log("exit signal Killed", optional=True)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(api.post, "/keystore/import", importing(heavy))
        wait_for(lambda: taken(server, "derivation") == 1, "the derivation")
        for pid in server.pids():
            if pid != server.pid:
                os.kill(pid, signal.SIGKILL)
        with pytest.raises(OSError):
            call.result()
    wait_for(lambda: taken(server, "derivation") == 0, "new children", 30)
    assert api.post("/keystore/import",
                    importing(heavy, password="wrong")).status == 422


def test_a_pile_of_heavy_calls(make_server, heavy, vro):
    """All of them are answered, and so are reads meanwhile."""
    server = make_server()
    api = server.api()
    api.create(key="rsa-2048")
    bring_in(api, write("org.example.pile",
                        [script(f"s{i}") for i in range(1500)], vro))
    calls = [("/keystore/import", importing(heavy))] * 8 + \
        [("/packages/org.example.pile/export", {})] * 6
    reads = 0
    with ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(lambda call: api.post(*call, timeout=120), call)
                   for call in calls]
        while not all(future.done() for future in futures):
            assert api.get("/certificate").status == 200
            assert api.get("/packages").status == 200
            reads += 1
        replies = [future.result() for future in futures]
    assert reads
    for reply in replies:
        if reply.status != 200:
            refused_as_busy(reply)
    for part in (replies[:8], replies[8:]):
        slots = len(os.sched_getaffinity(0))
        assert sum(r.status == 200 for r in part) >= min(slots, len(part))
    assert packages.contents(next(
        r.body for r in replies[8:] if r.status == 200))
