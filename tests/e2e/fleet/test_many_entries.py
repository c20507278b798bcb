# SPDX-License-Identifier: Apache-2.0
"""Ten thousand entries on two nodes: certificates change while names are asked
for everywhere. None is answered by the one of before, none fails."""

import random
import threading
import time

import pytest

from vso import wait_for
from vso.fill import fill

pytestmark = pytest.mark.fleet

ENTRIES, CHANGED, TURNS = 10_000, 50, 4


class ByName(threading.Thread):
    """Handshakes with one server, by any of some names, until it is told to
    end. seen: (when it began, when it was over, name, fingerprint)"""

    def __init__(self, server, names):
        super().__init__(daemon=True)
        self.server, self.names = server, names
        self.over = threading.Event()
        self.seen, self.failed = [], []

    def run(self):
        while not self.over.is_set():
            name, begun = random.choice(self.names), time.monotonic()
            try:
                served = self.server.served(name)
                self.seen.append((begun, time.monotonic(), name, served))
            except OSError as error:
                self.failed.append(repr(error))

    def stop(self):
        self.over.set()
        self.join(30)


def stale(seen, changes):
    """Which of seen have another certificate than that of the last change of
    their name that was everywhere when they began. Those that ran while the
    next one was on its way may have either."""
    found = []
    for begun, over, name, fingerprint in seen:
        before = [made for _, done, made in changes[name] if done < begun][-1:]
        amid = [made for asked, done, made in changes[name]
                if done >= begun and asked <= over]
        if before and fingerprint not in before + amid:
            found.append((begun, name, fingerprint, before))
    return found


def stop_amid_filling(server):
    """Its children are told to end before they know what to serve, and need not
    be killed."""
    server.start(wait=False)
    wait_for(lambda: len(server.pids()) > 1 and server.cache_path.exists(),
             "the children", 60)
    server.stop()
    assert "AH00046" not in server.log.text()


@pytest.fixture
def nodes(make_server):
    one = make_server(start=False, db="pgsql",
                      extra="VSOCertByName on\nVSOCertNode a")
    entries = fill(one, ENTRIES)
    two = make_server(start=False, keys=one.keys, db=one.database,
                      extra="VSOCertByName on\nVSOCertNode b")
    stop_amid_filling(two)
    for node in (one, two):
        node.start(wait=False)
    for node in (one, two):
        wait_for(node.answers, "all entries, which come first", 300)
    return one, two, entries


def test_rotation_under_load(nodes):
    one, two, entries = nodes
    assert two.served(entries[-1].name) == entries[-1].fingerprint
    chosen = random.sample(entries, CHANGED)
    changes = {entry.name: [] for entry in chosen}
    threads = [ByName(server, list(changes)) for server in (one, two)]
    for thread in threads:
        thread.start()
    for _ in range(TURNS):
        for entry in chosen:
            asked = time.monotonic()
            reply = one.api(entry.entry).post("/certificate", {
                "subject": {"commonName": entry.name}, "key": "ec-p256",
                "replace": True}, wait="fleet").ok(201)
            assert reply["fleet"]["complete"], reply["fleet"]
            changes[entry.name].append((asked, time.monotonic(), reply[
                "certificate"]["fingerprint"]))
    for thread in threads:
        thread.stop()
        assert not thread.failed, thread.failed[:5]
        assert len(thread.seen) > TURNS * CHANGED
        assert not stale(thread.seen, changes)
    print(f"{TURNS * CHANGED} changes, {ENTRIES} entries:"
          f" {sum(len(t.seen) for t in threads)} handshakes, none failed, none"
          " with the certificate of before")
