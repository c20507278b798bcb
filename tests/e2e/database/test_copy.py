# SPDX-License-Identifier: Apache-2.0
"""A keystore on its way from SQLite to PostgreSQL, to MariaDB, and back: every
row stays as it is, and every server on the way serves it. A copy that is no
move is a keystore of its own."""

import os
import subprocess
import threading

import pytest

from vso import databases, wait_for
from vso.edit import EDITED
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


def copy(source, target, key, *options):
    """Copy, with the master key in this file."""
    return subprocess.run(
        [COPY, *options], capture_output=True, text=True, timeout=120,
        check=False, env={"FROM": f"{source.driver}:{source.params}",
                          "TO": f"{target.driver}:{target.params}",
                          "MASTER_KEY": f"file:{key}",
                          "PATH": os.environ["PATH"]})


def moved(source, target, key):
    before = source.all_rows()
    done = copy(source, target, key, "--move")
    assert done.returncode == 0, done.stderr
    assert target.all_rows() == before
    return done.stdout


def without(rows, *columns):
    """Tables without what a copy makes of its own."""
    return {table: [[(name, value) for name, value in row
                     if name not in columns] for row in table_rows]
            for table, table_rows in rows.items()
            if table not in ("vmo_node", "vmo_session")}


def copied(source, target, key):
    """A copy, whose rows are the same but for their MACs."""
    done = copy(source, target, key)
    assert done.returncode == 0, done.stderr
    own = ("mac", "keystore_id", "sums", "sealed_audit_key")
    assert without(source.all_rows(), *own) == without(target.all_rows(), *own)
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


def ways(folder):
    return [databases.shared("pgsql").database(),
            databases.shared("mysql").database(),
            databases.sqlite_database(folder / "back.db")]


def test_there_and_back_again(make_server, tmp_path):
    server = make_server(db="sqlite3")
    made = fill(server)
    head = server.api().get("/audit/verify").ok()["head"]
    server.stop()
    versions = server.database.all_rows()["vmo_keystore"]
    assert len(versions) == 4
    places = ways(tmp_path)
    at = server.database
    for place in places[:2]:
        said = moved(at, place, server.write_keys()[0])
        assert "vmo_keystore                      4 rows" in said
        assert sessions(place) == sessions(server.database)
        node = make_server(keys=server.keys, db=place)
        assert node.served() == made["fingerprint"]
        verdict = node.api().get("/audit/verify").ok()
        assert (verdict["intact"], verdict["head"]) == (True, head)
        node.stop()
        at = place
    moved(at, places[2], server.write_keys()[0])
    assert sessions(places[2]) == sessions(server.database)


def test_copies_are_keystores_of_their_own(make_server, tmp_path):
    """They serve the same, their trails go on each by itself, and a row of one
    is none of the other's."""
    server = make_server(db="sqlite3")
    made = fill(server)
    server.stop()
    source = server.database
    for place in ways(tmp_path):
        copied(source, place, server.write_keys()[0])
        assert sessions(place) == []
        at, source = source, place
    for place in (server.database, at):
        node = make_server(keys=server.keys, db=place)
        assert node.served() == made["fingerprint"]
        again = node.api("server").create("localhost", replace=True)
        assert node.served() == again["fingerprint"]
        assert node.api().get("/audit/verify").ok()["intact"] is True
        node.stop()
    with server.sql() as source, at.sql() as target:
        mac, = source.execute("SELECT mac FROM vmo_keystore WHERE id = 1"
                              ).fetchone()
        target.execute("UPDATE vmo_keystore SET mac = ? WHERE id = 1", (mac,))
    node.expect_log(EDITED)
    node.start()
    node.api("server").post("/versions/1/activate").refused(422, "damaged")


def test_what_was_moved_is_not_used_any_more(make_server, tmp_path):
    """By a node that runs, and by one that starts; both serve what they
    served."""
    server = make_server(db="sqlite3")
    server.expect_log("was moved to another database")
    made = server.api("server").create("localhost")
    target = databases.sqlite_database(tmp_path / "moved.db")
    key = server.write_keys()[0]
    moved(server.database, target, key)
    for _ in range(2):
        detail = server.api("server").post("/certificate/csr", {}).refused(
            409, "moved-keystore")["detail"]
        assert "DBDParams" in detail
        assert server.served() == made["fingerprint"]
        server.wait_log("was moved to another database")
        server.restart()
    assert "was moved" in copy(server.database, target, key).stderr
    assert "was moved" in copy(server.database, target, key, "--move").stderr


@pytest.mark.parametrize("driver", databases.DRIVERS)
def test_a_target_that_is_not_empty_stays_as_it_is(make_server, base_folder,
                                                   driver):
    source = make_server(db="sqlite3")
    source.api().create()
    target = make_server(db=driver)
    target.api().create()
    before = target.database.all_rows()
    done = copy(source.database, target.database, source.write_keys()[0])
    assert done.returncode == 1 and "not empty" in done.stderr
    assert target.database.all_rows() == before
    # One that a server has only been started with is as good as empty.
    fresh = make_server(db=driver, keys=source.keys)
    wait_for(lambda: fresh.api().get("/nodes").ok()["items"], "its row")
    fresh.stop()
    copied(source.database, fresh.database, source.write_keys()[0])


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
            result = copy(server.database, target, server.write_keys()[0])
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
    server = make_server()
    server.stop()
    key, other = server.write_keys()
    target = databases.sqlite_database(base_folder / "never.db")
    missing = databases.sqlite_database(base_folder / "missing.db")
    assert "cannot be read" in copy(missing, target, key).stderr
    assert not (base_folder / "missing.db").exists()
    empty = databases.shared("pgsql").database()
    assert "no keystore in the source" in copy(empty, target, key).stderr
    assert "MASTER_KEY" in copy(server.database, target, "/none").stderr
    assert "--move" in copy(server.database, target, key, "--help").stderr
    other.write_bytes(b"x" * 32)
    for option in ((), ("--move",)):
        assert "VSOCertMasterKey" in copy(server.database, target, other,
                                          *option).stderr
    with server.sql() as db:
        db.execute("UPDATE vmo_keystore_state SET generation = 9")
    for option in ((), ("--move",)):
        assert "its MAC does not hold" in copy(server.database, target, key,
                                               *option).stderr
    with server.sql() as db:
        db.execute("UPDATE vmo_keystore_state SET schema_version = 1")
    said = copy(server.database, target, key).stderr
    assert "schema version 1" in said
    broken = databases.Database("mysql", "host=127.0.0.1,port=1", None)
    assert "reconnect=0" in copy(server.database, broken, key).stderr


def test_through_make(tmp_path, make_server):
    server = make_server(db="sqlite3")
    server.api().create()
    server.stop()
    before = server.database.all_rows()
    for name, move in ("copied.db", ()), ("moved.db", ("MOVE=1",)):
        target = tmp_path / name
        subprocess.run(
            ["make", "-f", "Makefile.apxs", "-s", "copy", *move,
             f"FROM=sqlite3:{server.db_path}", f"TO=sqlite3:{target}",
             f"MASTER_KEY=file:{server.write_keys()[0]}"],
            cwd=ROOT, check=True, capture_output=True, timeout=120)
    assert databases.sqlite_database(target).all_rows() == before
