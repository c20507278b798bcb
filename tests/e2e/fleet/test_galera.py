# SPDX-License-Identifier: Apache-2.0
"""Three MariaDB nodes as a Galera cluster, and an httpd on each: two
administrators write through different nodes, one database node is killed and
comes back."""

import random
import threading
import time

import pytest

from vso import clusters, databases, wait_for
from vso.faults import COMES_AND_GOES, REPLACE
from vso.handshakes import Handshakes

pytestmark = [
    pytest.mark.fleet,
    pytest.mark.skipif(databases.driver_of_run() != "sqlite3",
                       reason="brings its own database"),
    pytest.mark.skipif(bool(clusters.missing()), reason=str(clusters.missing()))]


@pytest.fixture(scope="module")
def galera():
    made = clusters.Galera()
    try:
        yield made.start()
    finally:
        made.remove()


@pytest.fixture
def nodes(galera, make_server):
    """An httpd on each database node."""
    first, *others = galera.databases()
    made = [make_server(db=first)]
    made += [make_server(db=one, keys=made[0].keys) for one in others]
    for node in made:
        for pattern in COMES_AND_GOES:
            node.expect_log(pattern, optional=True)
    return made


class Writer(threading.Thread):
    """An administrator who replaces the certificate again and again."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.api = node.api("server")
        self.done = threading.Event()
        self.kept, self.refused = [], []

    def run(self):
        while not self.done.is_set():
            # As fast as no administrator is, and not in step.
            time.sleep(random.uniform(0, 0.2))
            reply = self.api.post("/certificate", REPLACE)
            if reply.status == 201:
                self.kept.append(reply.json["certificate"]["id"])
            else:
                self.refused.append((reply.status, reply.slug))

    def stop(self):
        self.done.set()
        self.join(60)


def all_serve(nodes, fingerprint):
    for node in nodes:
        wait_for(lambda: node.served() == fingerprint, "all nodes", 30)


def whole(nodes, wanted):
    """Every node tells the same, whole story: these versions, no others."""
    stories = []
    for node in nodes:
        api = node.api("server")
        wait_for(lambda: api.get("/certificate").status == 200, "the database")
        versions = api.versions()
        ids = sorted(v["id"] for v in versions)
        numbers = {v["version"] for v in versions}
        assert len(numbers) == len(ids)
        verdict = api.get("/audit/verify").ok()
        assert verdict["intact"] is True
        stories.append((ids, verdict["head"]))
    assert stories.count(stories[0]) == len(nodes)
    assert stories[0][0] == sorted(wanted)


def test_two_administrators_and_a_node_that_is_killed(galera, nodes):
    made = nodes[0].api("server").create()
    all_serve(nodes, made["fingerprint"])
    with Handshakes(*nodes) as seen:
        # Node 2 is killed while both write through nodes 0 and 1.
        writers = [Writer(nodes[0]), Writer(nodes[1])]
        for writer in writers:
            writer.start()
        wait_for(lambda: all(len(w.kept) > 2 for w in writers),
                 "both to have written", 30)
        galera.nodes[2].kill()
        wait_for(lambda: galera.nodes[0].size() == 2, "the others to miss it",
                 30)
        before = [len(w.kept) for w in writers]
        wait_for(lambda: all(len(w.kept) > n + 2
                             for w, n in zip(writers, before)),
                 "both to go on", 30)
        galera.rejoin(galera.nodes[2])
        assert galera.nodes[2].size() == 3
        for writer in writers:
            writer.stop()
        # The one that came back takes changes, too.
        api = nodes[2].api("server")
        wait_for(lambda: api.get("/certificate").status == 200, "the database")
        last = api.create(replace=True)
        all_serve(nodes, last["fingerprint"])
        count = seen.count
    # Conflicts are tried again; what stays is told apart from a change.
    assert {status for w in writers for status, _ in w.refused} <= \
        {409, 412, 503}
    kept = [i for w in writers for i in w.kept]
    whole(nodes, [made["id"], last["id"], *kept])
    print(f"{len(kept)} changes kept, {sum(len(w.refused) for w in writers)}"
          f" refused, {count} handshakes, none failed")


def test_two_administrators_at_the_same_moment(nodes):
    """Of two that create what may be there once, one is told so."""
    barrier = threading.Barrier(2)
    for name in ("first", "second", "third"):
        replies = []

        def create(node):
            api = node.api(name)
            barrier.wait(30)
            replies.append(api.post("/certificate", {
                "subject": {"commonName": "x"}, "key": "ec-p256"}))

        both = [threading.Thread(target=create, args=(node,))
                for node in nodes[:2]]
        for one in both:
            one.start()
        for one in both:
            one.join(60)
        assert sorted(r.status for r in replies) in ([201, 409], [201, 412]), \
            replies
        api = nodes[2].api(name)
        wait_for(lambda: len(api.versions()) == 1, "the third node")
        assert api.get("/audit/verify").ok()["intact"] is True
