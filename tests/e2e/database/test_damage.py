# SPDX-License-Identifier: Apache-2.0
"""A database file of which one page is damaged: TLS goes on, whoever needs the
page is told which file it is, and with the page back nothing is missing."""

import contextlib

import pytest

from vso.faults import REPLACE, UNAVAILABLE, consistent

pytestmark = pytest.mark.sqlite("pages of a file")

AWAY = "the database does not answer"


@contextlib.contextmanager
def damaged(server, table):
    """Restarts the server with a table that cannot be read, and puts the page
    back at the end."""
    server.stop()
    with contextlib.closing(server.sqlite()) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size, = db.execute("PRAGMA page_size").fetchone()
        page, = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?",
                           (table,)).fetchone()
    with open(server.db_path, "r+b") as file:
        file.seek((page - 1) * size)
        whole = file.read(size)
        file.seek((page - 1) * size)
        file.write(b"\x55" * size)
    try:
        server.start()
        yield
    finally:
        server.stop()
        with open(server.db_path, "r+b") as file:
            file.seek((page - 1) * size)
            file.write(whole)
        server.start()


def refused(server, reply):
    detail = reply.refused(503, "database-unavailable")["detail"]
    assert str(server.db_path) in detail and "malformed" in detail


def test_a_damaged_trail(make_server):
    """Nothing can be changed without it; all else can be read."""
    server = make_server()
    server.expect_log(UNAVAILABLE)
    api = server.api("server")
    made = api.create()
    before = api.snapshot()
    with damaged(server, "vmo_audit"):
        assert server.served() == made["fingerprint"]
        refused(server, api.get("/audit"))
        refused(server, api.get("/audit/verify"))
        refused(server, api.post("/certificate", REPLACE))
        assert api.snapshot() == before
        assert server.served() == made["fingerprint"]
    assert api.snapshot() == before
    consistent(server, api)
    api.post("/certificate", REPLACE).ok(201)
    consistent(server, api)


def test_damaged_versions(make_server):
    """What was served comes from the replica, as while a database is
    away."""
    server = make_server()
    server.expect_log(UNAVAILABLE)
    server.expect_log("of the keystore cannot be taken up", optional=True)
    server.expect_log(AWAY, optional=True)
    api = server.api("server")
    made = api.create()
    before = api.snapshot()
    with damaged(server, "vmo_keystore"):
        assert server.served() == made["fingerprint"]
        refused(server, api.get("/versions"))
        refused(server, api.post("/certificate", REPLACE))
        assert server.served() == made["fingerprint"]
    assert api.snapshot() == before
    consistent(server, api)
    api.post("/certificate", REPLACE).ok(201)


def test_a_damaged_state_row(make_server):
    """Without it there is no keystore to speak of, and no new one is made in
    its place."""
    server = make_server()
    server.expect_log(UNAVAILABLE)
    server.expect_log(AWAY)
    api = server.api("server")
    made = api.create()
    before = api.snapshot()
    with damaged(server, "vmo_keystore_state"):
        assert server.served() == made["fingerprint"]
        refused(server, api.get("/certificate"))
        refused(server, api.post("/certificate", REPLACE))
        assert server.served() == made["fingerprint"]
    assert api.snapshot() == before
    consistent(server, api)
