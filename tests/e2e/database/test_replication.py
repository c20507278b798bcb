# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL with streaming replication: the primary is killed, the standby is
promoted, and the httpd nodes find it by target_session_attrs."""

import threading
import time

import pytest

from vso import clusters, databases, wait_for
from vso.faults import COMES_AND_GOES, REPLACE, UNAVAILABLE
from vso.handshakes import Handshakes

pytestmark = [
    pytest.mark.fleet,
    pytest.mark.skipif(databases.driver_of_run() != "sqlite3",
                       reason="brings its own database")]


@pytest.fixture
def replicated():
    made = clusters.Replicated()
    try:
        yield made.start()
    finally:
        made.remove()


def test_the_standby_takes_over(replicated, make_server):
    """Nothing that was acknowledged is missing, nothing is there twice, and no
    handshake fails."""
    database = replicated.database()
    nodes = [make_server(db=database)]
    nodes.append(make_server(db=database, keys=nodes[0].keys))
    for node in nodes:
        for pattern in COMES_AND_GOES:
            node.expect_log(pattern, optional=True)
    apis = [node.api("server") for node in nodes]
    kept = [apis[0].create()["id"]]
    unknown = []
    done = threading.Event()

    def write(api):
        while not done.is_set():
            reply = api.post("/certificate", REPLACE)
            if reply.status == 201:
                kept.append(reply.json["certificate"]["id"])
            elif "unknown whether" in reply.json["detail"]:
                unknown.append(reply)
            else:
                assert reply.status in (409, 412, 503), reply

    with Handshakes(*nodes) as seen:
        writers = [threading.Thread(target=write, args=(api,))
                   for api in apis]
        for writer in writers:
            writer.start()
        wait_for(lambda: len(kept) > 6, "changes", 30)
        lost = time.monotonic()
        replicated.primary.kill()
        replicated.standby.promote()
        # It waits for no other standby.
        replicated.standby.execute(
            "ALTER SYSTEM SET synchronous_standby_names = ''",
            "SELECT pg_reload_conf()")
        count = len(kept)
        wait_for(lambda: len(kept) > count + 6, "changes on the standby", 60)
        away = time.monotonic() - lost
        done.set()
        for writer in writers:
            writer.join(60)
        last = apis[1].create(replace=True)
        kept.append(last["id"])
        for node in nodes:
            wait_for(lambda: node.served() == last["fingerprint"], "both nodes")
        handshakes = seen.count
    for api in apis:
        versions = api.versions()
        ids = {v["id"] for v in versions}
        assert len(ids) == len(versions) == len({v["version"]
                                                 for v in versions})
        assert set(kept) <= ids and len(kept) == len(set(kept))
        # Whatever else is there, its reply had said that it is not known.
        assert len(ids) - len(kept) <= len(unknown)
        assert api.get("/audit/verify").ok()["intact"] is True
    assert databases.PASSWORD not in nodes[0].log.text()
    print(f"{len(kept)} changes kept, {len(unknown)} not known, writing again"
          f" {away:.1f} s after the loss, {handshakes} handshakes, none failed")


def test_a_node_on_the_standby_follows(replicated, make_server):
    """It serves what others change, also when it starts, and changes nothing
    itself. It is not in the list of nodes, as it cannot write its row."""
    primary = make_server(db=replicated.database())
    api = primary.api("server")
    first = api.create()["fingerprint"]
    node = make_server(
        db=replicated.database_of_standby(), keys=primary.keys,
        extra="VSOCertNode reader\n")
    wait_for(lambda: node.served() == first, "the certificate", 30)
    second = api.create(replace=True)["fingerprint"]
    wait_for(lambda: node.served() == second, "the new one", 30)
    node.expect_log(UNAVAILABLE)
    node.api("server").post("/certificate", REPLACE).refused(
        503, "database-unavailable")
    assert "reader" not in [item["node"] for item in
                            api.get("/nodes").ok()["items"]]
    primary.stop()
    node.restart()
    wait_for(lambda: node.served() == second, "the same", 30)
