# SPDX-License-Identifier: Apache-2.0
"""A keystore on its way from SQLite to PostgreSQL, to MariaDB, and back: every
row stays as it is, and every server on the way serves it."""

import os
import subprocess
import threading

import pytest

from vso import databases, wait_for
from vso.source import ROOT

COPY = ROOT / "build/tools/vsocert-copy"

# What a database or its driver could get wrong.
TEXTS = ["", " ", "trailing ", "O'Neil \"q\" \\ \\n %s %lld ? :x {int}", "Zoë",
         "日本語", "\U0001f511 key", "line\r\nline\ttab", "x" * 200000]


@pytest.fixture(scope="module", autouse=True)
def copy_tool():
    if not COPY.exists():
        subprocess.run(["make", "-f", "Makefile.apxs", "-s",
                        "build/tools/vsocert-copy"], cwd=ROOT, check=True)


def copy(source, target):
    return subprocess.run(
        [COPY], capture_output=True, text=True, timeout=120, check=False,
        env={"FROM": f"{source.driver}:{source.params}",
             "TO": f"{target.driver}:{target.params}",
             "PATH": os.environ["PATH"]})


def copied(source, target):
    done = copy(source, target)
    assert done.returncode == 0, done.stderr
    assert source.all_rows() == target.all_rows()
    return done.stdout


def sessions(database):
    with database.sql() as db:
        return sorted(db.execute("SELECT session_key, expiry, session"
                                 " FROM vmo_session").fetchall())


def fill(server):
    """Versions in every state, a trail, and rows of awkward texts."""
    api = server.api("server")
    api.create("localhost", subject={"commonName": "localhost",
                                     "organization": "Zoë & \"Söhne\" \\ 'x'"})
    old = api.create(replace=True)
    api.post("/certificate/csr", {"key": "ec-p256"}).ok(201)
    made = api.create(replace=True)
    api.delete(f"/versions/{old['id']}").ok()
    api.post("/certificate", {"subject": {"commonName": "x"}}).refused(
        409, "certificate-exists")
    with server.sql() as db:
        for i, text in enumerate(TEXTS):
            db.execute("INSERT INTO vmo_session VALUES (?, ?, ?)",
                       (f"{i} {text[:40]}", 2 ** 62 + i, text))
        # More than one page.
        for i in range(120):
            db.execute("INSERT INTO vmo_package_chunk VALUES (?, ?, ?)",
                       (-i // 50, i, f"data {i}"))
    return made


def test_there_and_back_again(make_server, base_folder):
    server = make_server(db="sqlite3")
    made = fill(server)
    head = server.api().get("/audit/verify").ok()["head"]
    server.stop()
    versions = server.database.all_rows()["vmo_keystore"]
    assert len(versions) == 4
    ways = [databases.shared("pgsql").database(),
            databases.shared("mysql").database(),
            databases.sqlite_database(base_folder / "back.db")]
    at = server.database
    for way in ways:
        said = copied(at, way)
        assert "vmo_keystore                      4 rows" in said
        assert sessions(way) == sessions(server.database)
        at = way
    for way in ways[:2]:
        node = make_server(keys=server.keys, db=way)
        assert node.served() == made["fingerprint"]
        verdict = node.api().get("/audit/verify").ok()
        assert (verdict["intact"], verdict["head"]) == (True, head)
        again = node.api("server").create(replace=True)
        assert node.served() == again["fingerprint"]
        node.stop()


@pytest.mark.parametrize("driver", databases.DRIVERS)
def test_a_target_that_is_not_empty_stays_as_it_is(make_server, base_folder,
                                                   driver):
    source = make_server(db="sqlite3")
    source.api().create()
    target = make_server(db=driver)
    target.api().create()
    before = target.database.all_rows()
    done = copy(source.database, target.database)
    assert done.returncode == 1 and "not empty" in done.stderr
    assert target.database.all_rows() == before
    # One that a server has only been started with is as good as empty.
    fresh = make_server(db=driver, keys=source.keys)
    wait_for(lambda: fresh.api().get("/nodes").ok()["items"], "its row")
    fresh.stop()
    copied(source.database, fresh.database)


@pytest.mark.parametrize("driver", databases.DRIVERS)
def test_nothing_moves_while_it_is_copied(make_server, base_folder, driver):
    """Each copy is of one moment: its trail is whole."""
    server = make_server(db=driver)
    api = server.api("server")
    api.create()
    server.expect_log("database-unavailable", optional=True)
    done = threading.Event()

    def change():
        while not done.is_set():
            api.post("/certificate/csr", {"key": "ec-p256"})

    changing = threading.Thread(target=change)
    changing.start()
    copies = []
    try:
        for i in range(20):
            target = databases.sqlite_database(
                base_folder / f"moment-{driver}-{i}.db")
            result = copy(server.database, target)
            # A change that was faster is no reason to wait for ever.
            assert result.returncode == 0 or "serialize" in result.stderr \
                or "locked" in result.stderr, result.stderr
            if result.returncode == 0:
                copies.append(target)
            if len(copies) == 2:
                break
    finally:
        done.set()
        changing.join(60)
    assert copies
    for target in copies:
        rows = target.all_rows()
        state = dict(rows["vmo_keystore_state"][0])
        assert state["audit_seq"] == len(rows["vmo_audit"]) \
            == state["generation"] == len(rows["vmo_keystore"])
        newest = max((dict(r) for r in rows["vmo_audit"]),
                     key=lambda row: row["seq"])
        assert newest["mac"] == state["audit_mac"]


def test_what_cannot_be_copied(base_folder, make_server):
    target = databases.sqlite_database(base_folder / "never.db")
    missing = databases.sqlite_database(base_folder / "missing.db")
    assert "cannot be read" in copy(missing, target).stderr
    assert not (base_folder / "missing.db").exists()
    empty = databases.shared("pgsql").database()
    assert "no keystore in the source" in copy(empty, target).stderr
    server = make_server()
    server.stop()
    with server.sql() as db:
        db.execute("UPDATE vmo_keystore_state SET schema_version = 1")
    said = copy(server.database, target).stderr
    assert "schema version 1" in said
    broken = databases.Database("mysql", "host=127.0.0.1,port=1", None)
    assert "reconnect=0" in copy(server.database, broken).stderr


def test_through_make(base_folder, make_server):
    server = make_server(db="sqlite3")
    server.api().create()
    target = base_folder / "made.db"
    subprocess.run(
        ["make", "-f", "Makefile.apxs", "-s", "copy",
         f"FROM=sqlite3:{server.db_path}", f"TO=sqlite3:{target}"],
        cwd=ROOT, check=True, capture_output=True, timeout=120)
    assert databases.sqlite_database(target).all_rows() == \
        server.database.all_rows()
