# SPDX-License-Identifier: Apache-2.0
"""A node whose machine or network vanishes within a transaction: what the
database does about the lock that it held. Waits for the real ten seconds."""

import os
import subprocess
import threading

import pytest

from vso import databases, wait_for
from vso.faults import COMES_AND_GOES, REPLACE, consistent
from vso.proxy import COMMIT, Proxy
from vso.source import ROOT

# VSO_IDLE_SEC, and time for a change that waits for the lock and tries again.
IDLE_SEC = 10
PATIENCE_SEC = IDLE_SEC + 10

pytestmark = pytest.mark.skipif(
    databases.driver_of_run() != "sqlite3",
    reason="the drivers are chosen here: once is enough")


def is_locked(database):
    """Does somebody hold the row that all changes begin with?"""
    with database.sql() as db:
        try:
            db.execute("SELECT id FROM vmo_keystore_state WHERE id = 1"
                       " FOR UPDATE NOWAIT")
        except Exception as error:      # pylint: disable=broad-except
            assert "lock" in str(error).lower(), error
            return True
    return False


# Of one row on its way to the target: a page of 24 takes longer than the source
# may idle.
SLOW_SEC = 0.45
ROWS = 24


def test_a_copy_is_no_node_that_vanished(make_server):
    """The source's transaction stays open, however slow the target is."""
    source = make_server(db="pgsql")
    source.api().create()
    source.stop()
    with source.sql() as db:
        for i in range(ROWS):
            db.execute("INSERT INTO vmo_package_chunk VALUES (?, ?, ?)",
                       (1, i, "a slow row"))
    before = source.database.all_rows()
    shared = databases.shared("mysql")
    target = shared.database()
    proxy = Proxy(shared.port)
    proxy.slow, proxy.slow_sec = b"a slow row", SLOW_SEC
    done = subprocess.run(
        [ROOT / "build/tools/vsocert-copy", "--move"], capture_output=True,
        text=True, timeout=120, check=False, env={
            "MASTER_KEY": f"file:{source.write_keys()[0]}",
            "FROM": f"pgsql:{source.database.params}",
            "TO": f"mysql:{target.through(proxy).params}",
            "PATH": os.environ["PATH"]})
    proxy.down()
    assert done.returncode == 0, done.stderr
    assert target.all_rows() == before


@pytest.mark.parametrize("driver", ["pgsql", "mysql"])
def test_a_node_vanishes_at_the_commit(driver, make_server):
    """All but the COMMIT is done: the others wait ten seconds, not hours. The
    node that comes back is told that somebody was faster."""
    shared = databases.shared(driver)
    other = make_server(db=shared.database())
    proxy = Proxy(shared.port)
    node = make_server(db=other.database.through(proxy), keys=other.keys)
    for server in (node, other):
        for pattern in COMES_AND_GOES:
            server.expect_log(pattern, optional=True)
    api = other.api("server")
    api.create()
    replies = []
    change = threading.Thread(target=lambda: replies.append(
        node.api("server").post("/certificate", REPLACE)))
    proxy.freeze = COMMIT[driver]
    change.start()
    wait_for(proxy.frozen.is_set, "the change to be committed")
    assert is_locked(other.database)
    wait_for(lambda: api.post("/certificate", REPLACE).status == 201,
             "a change on the other node", PATIENCE_SEC)
    assert len(api.versions()) == len(api.audit()) == 2
    assert proxy.frozen.is_set() and not replies
    consistent(other, api)

    proxy.thaw()
    change.join(60)
    replies[0].refused(412, "stale")
    assert len(api.versions()) == 2
    assert [row["outcome"] for row in api.audit()] == ["stale", "ok", "ok"]
    active = consistent(other, api)
    wait_for(lambda: node.served() == active, "the node that was away")
    node.stop()
    proxy.down()
