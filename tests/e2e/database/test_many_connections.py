# SPDX-License-Identifier: Apache-2.0
"""More connections in a child's pool than one call needs, and all of them end.
The MySQL driver says so when each is asked for; PostgreSQL's makes new ones."""

import threading

import pytest

from vso import databases, wait_for
from vso.faults import COMES_AND_GOES

CALLS = 12
ONE_CHILD = """
    StartServers 1
    ServerLimit 1
    ThreadsPerChild 25
    MinSpareThreads 1
    MaxRequestWorkers 25
    VSOCertPollInterval 1h"""
SESSIONS = ("SELECT id FROM information_schema.processlist"
            " WHERE db = ? AND user = 'vsocert'")
WAITING = " AND state = 'Waiting for table metadata lock'"

pytestmark = pytest.mark.skipif(
    databases.driver_of_run() != "sqlite3",
    reason="the driver is chosen here: once is enough")


def test_whoever_asks_next_gets_a_new_one(make_server):
    """However many have to be given up before."""
    server = make_server(db="mysql", extra=ONE_CHILD)
    for pattern in COMES_AND_GOES:
        server.expect_log(pattern, optional=True)
    api = server.api("server")
    api.create()
    name = server.database.params.split("dbname=")[1].split(",")[0]
    statuses = []
    crowd = [threading.Thread(target=lambda: statuses.append(
        api.get("/versions").status)) for _ in range(CALLS)]
    with server.sql() as admin, server.sql() as holder:
        def sessions(more=""):
            return admin.execute(SESSIONS + more, (name,)).fetchall()

        holder.execute("LOCK TABLES vmo_keystore WRITE")
        for one in crowd:
            one.start()
        wait_for(lambda: len(sessions(WAITING)) == CALLS, "calls to wait")
        holder.execute("UNLOCK TABLES")
        for one in crowd:
            one.join(30)
        assert statuses == [200] * CALLS
        for pid, in sessions():
            admin.execute(f"KILL {pid}")
        wait_for(lambda: not sessions(), "the connections to end")
    assert [api.get("/versions").status for _ in range(3)] == [200] * 3
