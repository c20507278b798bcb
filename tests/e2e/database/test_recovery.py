# SPDX-License-Identifier: Apache-2.0
"""The ways back: a master key that is missing, wrong, or being changed; a
database that is older, gone, newer, or none. TLS goes on, nothing is written
where it must not be, and what was there works again."""

import os
import random
import secrets
import sqlite3
import threading

import pytest

from vso import wait_for
from vso.edit import EDITED
from vso.faults import (OLDER, REPLACE, SEALED, UNCLEAN, at_once,
                        consistent)
from vso.server import set_owner


# The master key

def is_sealed(server, api):
    """TLS serves the bootstrap certificate, the API says sealed, nothing is
    written."""
    known = {v.get("fingerprint") for v in api.versions()}
    assert server.served() not in known
    status = api.get("/status").ok()
    assert status["sealed"] is True and "VSOCertMasterKey" in \
        status["sealedReason"]
    assert [s["bootstrap"] for s in status["served"]] == [True]
    for action in api.certificate()["actions"].values():
        assert not action["available"] and action["problem"] == "sealed"
    number = api.versions()[0]["id"]
    for path, members in (
            ("/certificate", REPLACE), ("/certificate/csr", {"key": "ec-p256"}),
            ("/certificate/reply", {"reply": "x"}),
            ("/keystore/import", {"keystore": "AAAA", "password": "x",
                                  "replace": True}),
            ("/keystore/export", {"password": "x" * 12}), ("/keystore/reseal", None),
            ("/keystore/accept-restore", None),
            (f"/versions/{number}/activate", None),
            (f"/versions/{number}/deactivate", None)):
        refusal = api.post(path, members)
        refusal.refused(503, "sealed")
        assert refusal.headers["Retry-After"]
    api.delete(f"/versions/{number}").refused(503, "sealed")


@pytest.mark.parametrize("keys", [
    (), (secrets.token_bytes(32),), (b"too short",), (b"",)],
    ids=["missing", "wrong", "short", "empty"])
def test_a_master_key_that_does_not_fit(make_server, keys):
    server = make_server()
    api = server.api("server")
    api.create()
    api.create(replace=True)
    before, right = api.snapshot(), server.keys
    head = api.get("/audit/verify").ok()["head"]
    server.stop()
    cache = server.cache_path.read_bytes()
    server.keys = list(keys)
    server.start()
    server.expect_log(SEALED)
    server.expect_log(r"(holds no|another) master key", True)
    server.expect_log("serving-2.mdb does not open.*master key")
    is_sealed(server, api)
    server.stop()
    assert server.cache_path.read_bytes() == cache
    server.keys = right
    server.start()
    assert api.snapshot() == before
    assert api.get("/audit/verify").ok()["head"] == head
    consistent(server, api)


def test_a_new_keystore_without_master_key(make_server):
    server = make_server(keys=())
    server.expect_log(SEALED)
    api = server.api()
    api.post("/certificate", REPLACE).refused(503, "sealed")
    server.served()
    with server.sql() as db:
        for table in ("vmo_keystore", "vmo_audit"):
            rows = db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()
            assert rows == (0,)


def test_master_key_change_over(make_server):
    """Old; new and old; reseal; new alone. The certificate is served all the
    time, every version still opens."""
    server = make_server()
    api = server.api("server")
    made = [api.create(replace=i > 0) for i in range(5)]
    old, new = server.keys[0], secrets.token_bytes(32)
    server.keys = [new, old]
    server.graceful(over=True)
    assert server.served() == made[-1]["fingerprint"]
    made.append(api.create(replace=True))
    assert api.post("/keystore/reseal").ok()["resealed"] == 5
    assert api.post("/keystore/reseal").ok()["resealed"] == 0
    server.stop()
    server.keys = [new]
    server.start()
    assert consistent(server, api) == made[-1]["fingerprint"]
    for version in made[:-1]:
        api.post(f"/versions/{version['id']}/activate").ok()
        assert server.served() == version["fingerprint"]
    server.stop()
    server.keys = [old]
    server.expect_log(SEALED)
    server.expect_log("serving-2.mdb does not open.*master key")
    server.start()
    is_sealed(server, api)


def test_a_change_over_that_is_killed_half_way(make_server):
    server = make_server()
    server.expect_log(UNCLEAN)
    api = server.api("server")
    for i in range(12):
        made = api.create(replace=i > 0)
    old, new = server.keys[0], secrets.token_bytes(32)
    server.stop()
    server.keys = [new, old]
    rng = random.Random(6)
    for _ in range(8):
        server.start()
        assert server.served() == made["fingerprint"]
        wanted = rng.uniform(0, 0.04)

        def reseal():
            try:
                api.post("/keystore/reseal")
            except OSError:
                pass

        running = threading.Thread(target=reseal)
        running.start()
        running.join(wanted)    # the moment of the kill is what is varied
        server.kill()
        running.join(30)
        server.keys.reverse()   # forth and back: there is always work left
    server.start()
    consistent(server, api)
    api.post("/keystore/reseal").ok()
    server.stop()
    server.keys = server.keys[:1]
    server.start()
    assert consistent(server, api) == made["fingerprint"]
    for version in api.versions():
        assert api.post("/keystore/export", {
            "password": "x" * 12, "version": version["id"]}).status == 200


# An older database, none, a newer one

def restore(server, backup):
    """Put a backup's content into the running database."""
    with sqlite3.connect(backup) as source, server.sqlite() as target:
        source.backup(target)
    target.close()
    source.close()


def make_backup(server):
    path = server.folder / "backup.db"
    with server.sqlite() as source, sqlite3.connect(path) as target:
        source.backup(target)
    target.close()
    source.close()
    return path


@pytest.mark.sqlite("backup of a file")
def test_an_older_backup_under_a_running_node(make_server):
    server = make_server()
    api = server.api("server")
    old = api.create()
    backup = make_backup(server)
    new = api.create(replace=True)
    api.create(replace=True)
    api.post(f"/versions/{new['id']}/activate").ok()
    restore(server, backup)
    server.wait_log(OLDER)
    server.expect_log(OLDER)
    for _ in range(2):
        assert server.served() == new["fingerprint"]
        refusal = api.post("/certificate", REPLACE)
        assert "accept-restore" in refusal.refused(
            409, "restored-database")["detail"]
        assert api.get("/status").ok()["restored"] is True
        server.restart()
    done = api.post("/keystore/accept-restore").ok()
    assert done["generation"] > old["generation"]
    assert server.served() == old["fingerprint"]
    assert api.get("/status").ok()["restored"] is False
    assert api.audit()[0]["action"] == "accept-restore"
    api.post("/keystore/accept-restore").refused(409, "wrong-state")
    api.post("/certificate", REPLACE).ok(201)
    consistent(server, api)


@pytest.mark.sqlite("a file is removed")
def test_a_deleted_database(make_server):
    """The cache serves; a new, empty keystore is not taken for it."""
    server = make_server()
    api = server.api("server")
    made = api.create()
    server.stop()
    for path in server.state.glob("keystore.db*"):
        path.unlink()
    server.start()
    server.wait_log(OLDER)
    server.expect_log(OLDER)
    assert server.served() == made["fingerprint"]
    assert api.certificate()["state"] == "empty"
    api.post("/certificate", REPLACE).refused(409, "restored-database")
    api.post("/keystore/accept-restore").ok()
    assert server.served() != made["fingerprint"]
    again = api.create()
    assert server.served() == again["fingerprint"]


@pytest.mark.sqlite("a file is removed")
def test_without_cache_a_deleted_database_is_a_new_one(make_server):
    server = make_server(cache=False)
    api = server.api("server")
    made = api.create()
    server.stop()
    for path in server.state.glob("keystore.db*"):
        path.unlink()
    server.start()
    assert server.served() != made["fingerprint"]
    again = api.create()
    assert server.served() == again["fingerprint"]


@pytest.mark.sqlite("a file is damaged")
def test_a_damaged_journal(make_server):
    """SQLite drops what follows the damage and says nothing: what was
    acknowledged is still served, and the way back is accept-restore."""
    server = make_server()
    server.expect_log(UNCLEAN)
    server.expect_log(OLDER + ", or a damaged -wal file")
    api = server.api("server")
    old = api.create()
    server.restart()        # all is in the database file
    new = api.create(replace=True)
    server.kill()
    with open(f"{server.db_path}-wal", "r+b") as wal:
        wal.seek(100)       # in the first page
        wal.write(b"damage")
    server.start()
    assert server.served() == new["fingerprint"]
    refusal = api.post("/certificate", REPLACE)
    assert "-wal" in refusal.refused(409, "restored-database")["detail"]
    api.post("/keystore/accept-restore").ok()
    wait_for(lambda: server.served() == old["fingerprint"], "what is left")
    consistent(server, api)


def test_a_newer_schema(make_server):
    """Refused without a write; what was served goes on."""
    server = make_server()
    api = server.api("server")
    made = api.create()
    with server.sql() as db:
        was, = db.execute(
            "SELECT schema_version FROM vmo_keystore_state").fetchone()
        db.execute("UPDATE vmo_keystore_state SET schema_version = 99")
    server.expect_log(r"the database has schema version 99|\(newer-schema\)"
                      "|schema version 99")
    # A chore that had begun: no version of this module gave the row its MAC.
    server.expect_log(EDITED, optional=True)
    api.post("/certificate", REPLACE).refused(503, "newer-schema")
    api.get("/certificate").refused(503, "newer-schema")
    assert api.get("/status").ok()["database"]["problem"] == "newer-schema"
    server.restart()
    assert server.served() == made["fingerprint"]
    with server.sql() as db:
        version, rows = db.execute(
            "SELECT schema_version, audit_seq FROM vmo_keystore_state"
        ).fetchone()
        assert (version, rows) == (99, 1)
        db.execute("UPDATE vmo_keystore_state SET schema_version = ?", (was,))
    wait_for(lambda: api.get("/certificate").status == 200, "the database")
    consistent(server, api)


@pytest.mark.sqlite("a file is overwritten")
def test_a_file_that_is_no_database(make_server):
    server = make_server()
    api = server.api("server")
    made = api.create()
    server.stop()
    # Two children that end at once may leave the write-ahead log behind.
    kept = server.folder / "kept"
    kept.mkdir()
    size = server.db_path.stat().st_size
    for path in server.state.glob("keystore.db*"):
        path.rename(kept / path.name)
    server.db_path.touch(0o600)
    server.db_path.write_bytes(os.urandom(size))
    set_owner(server.db_path)
    server.start()
    # The line at the start names the file, and so do the refusals, at once.
    server.expect_log(f"{server.db_path}: file is not a database")
    assert server.served() == made["fingerprint"]
    for refusal in at_once(lambda: api.post("/certificate", REPLACE)):
        assert str(server.db_path) in refusal.refused(
            503, "database-unavailable")["detail"]
    database = api.get("/status").ok()["database"]
    assert database["available"] is False and database["since"]
    server.stop()
    for path in server.state.glob("keystore.db*"):
        path.unlink()
    for path in kept.iterdir():
        path.rename(server.state / path.name)
    server.start()
    consistent(server, api)
