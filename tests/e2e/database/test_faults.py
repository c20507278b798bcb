# SPDX-License-Identifier: Apache-2.0
"""What goes wrong around the server: it is killed, the database is locked,
read-only, full, or edited by hand. TLS goes on, and nothing that was
acknowledged is lost."""

import pathlib
import random
import re
import shutil
import subprocess
import threading
import time
from urllib.parse import urlencode

import pytest

from vso import wait_for
from vso.client import SignedIn
from vso.faults import (OLDER, REPLACE, UNAVAILABLE, UNCLEAN, at_once,
                        consistent)
from vso.server import AS_ROOT, USERS, Vhost, set_owner

TWO = [Vhost("a.test", "a"), Vhost("b.test", "b")]


# Stop

def sleeps(server):
    """How often httpd's parent went to sleep. When it wakes up, each second
    or by a signal, it forks the children that it finds missing."""
    status = pathlib.Path("/proc", str(server.pid), "status").read_text()
    return int(re.search(r"\nvoluntary_ctxt_switches:\s*(\d+)", status)[1])


@pytest.mark.parametrize("mpm", ["event", "worker", "prefork"])
def test_an_idle_server_has_all_its_children(make_server, mpm):
    """Or it forks one more when it is told to stop, and ends that in the
    middle of its first steps, where httpd's children crash."""
    server = make_server(mpm=mpm)
    wait_for(lambda: len(server.pids()) == 3, "the parent and two children")
    children = server.pids()
    before = sleeps(server)
    wait_for(lambda: sleeps(server) >= before + 2, "the parent's round")
    assert server.pids() == children
    for _ in range(5):
        server.restart()


# kill -9

class Stream(threading.Thread):
    """Changes without end, until the server is gone. acknowledged: ids of
    versions by action, of those with a reply."""

    def __init__(self, api):
        super().__init__(daemon=True)
        self.api = api
        self.acknowledged = []
        self.refusals = []

    def run(self):
        try:
            while True:
                made = self.api.post("/certificate", REPLACE)
                self.note("replace", made)
                pending = self.api.post("/certificate/csr", {"key": "ec-p256"})
                self.note("request", pending)
                passive = [v["id"] for v in self.api.versions()
                           if v["state"] == "passive"][-1]
                path = f"/versions/{passive}"
                self.note("activate", self.api.post(path + "/activate"))
                pending = pending.json["certificate"]["id"]
                self.note("destroy", self.api.delete(f"/versions/{pending}"))
        except OSError:
            pass
        except Exception as error:      # pylint: disable=broad-except
            if "RemoteDisconnected" not in repr(error) and \
                    "IncompleteRead" not in repr(error):
                self.refusals.append(repr(error))

    def note(self, action, reply):
        if reply.status not in (200, 201):
            self.refusals.append(reply)
        self.acknowledged.append((action, reply.json["certificate"]["id"]))


def test_killed_at_any_moment(make_server):
    """kill -9 of parent and children within a stream of changes, then a
    start: the database is whole, and holds whatever was acknowledged."""
    rng = random.Random(5)
    server = make_server()
    server.expect_log(UNCLEAN)
    api = server.api("server")
    api.create()
    for _ in range(12):
        before = len(api.audit())
        stream = Stream(api)
        stream.start()
        # Not synchronisation: the moment of the kill is what is varied.
        time.sleep(rng.uniform(0.0, 0.25))
        server.kill()
        stream.join(30)
        assert not stream.refusals
        server.start()
        consistent(server, api)
        rows = api.audit()
        recorded = [(r["action"], r["versionId"]) for r in rows[::-1]][before:]
        assert {r["outcome"] for r in rows} == {"ok"}
        # All of it, and at most one more whose reply was cut off.
        assert recorded[:len(stream.acknowledged)] == stream.acknowledged
        assert len(recorded) - len(stream.acknowledged) <= 1
        if server.database.driver == "sqlite3":
            check = server.sqlite()
            assert check.execute(
                "PRAGMA integrity_check").fetchone() == ("ok",)
            check.close()


@pytest.mark.sqlite("a file is removed")
def test_killed_and_the_database_gone(make_server):
    """What was acknowledged last is in the replica already."""
    server = make_server()
    server.expect_log(UNCLEAN)
    server.expect_log(OLDER)
    for i in range(4):
        made = server.api().create(replace=i > 0)
    server.kill()
    for path in server.state.glob("keystore.db*"):
        path.unlink()
    server.start()
    assert server.served() == made["fingerprint"]


# The database is locked, read-only, full

@pytest.mark.sqlite("locks the whole database")
def test_a_locked_database(make_server):
    server = make_server()
    server.expect_log(UNAVAILABLE)
    api = server.api("server")
    made = api.create()
    before = api.snapshot()
    locker = server.sqlite()
    locker.execute("BEGIN EXCLUSIVE")
    refusal = api.post("/certificate", REPLACE)
    refusal.refused(503, "database-unavailable")
    assert int(refusal.headers["Retry-After"]) > 0
    assert server.served() == made["fingerprint"]
    assert api.snapshot() == before
    assert api.get("/audit").status == 200
    locker.execute("ROLLBACK")
    locker.close()
    api.post("/certificate", REPLACE).ok(201)
    consistent(server, api)


@pytest.mark.sqlite("locks the whole database")
def test_a_locked_database_holds_up_no_handshake(make_server):
    """While a change waits for the lock, and gives up."""
    server = make_server()
    server.expect_log(UNAVAILABLE)
    api = server.api("server")
    made = api.create()
    locker = server.sqlite()
    locker.execute("BEGIN IMMEDIATE")
    refusals = []
    waiting = threading.Thread(target=lambda: refusals.append(
        api.post("/certificate", REPLACE)))
    waiting.start()
    took = []
    while waiting.is_alive():
        began = time.monotonic()
        assert server.served() == made["fingerprint"]
        took.append(time.monotonic() - began)
    waiting.join()
    refusals[0].refused(503, "database-unavailable")
    # One that is held up takes all of that time by itself.
    assert len(took) > 2 and max(took) < sum(took) / 2
    locker.close()


@pytest.mark.sqlite("locks the whole database")
def test_signing_in_and_out_with_a_locked_database(make_server):
    """Nobody is sent on who got no session, or who has it still."""
    server = make_server()
    server.expect_log(r"vsocert: (POST|GET) /vsocert/log(in|out): The session"
                      r" could not be written.*\(database-unavailable\)")
    server.expect_log(r"vsocert: the session could not be written: |"
                      r"\[session:error\]", True)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode({"httpd_username": "vmware",
                      "httpd_password": USERS["vmware"]})
    nobody = server.api(user=None)
    browser = SignedIn(server)
    locker = server.sqlite()
    locker.execute("BEGIN EXCLUSIVE")
    for reply in (nobody.post("/vsocert/login", body=body, headers=form),
                  nobody.get("/vsocert/logout",
                             headers={"Cookie": browser.cookie})):
        reply.refused(503, "database-unavailable")
        assert reply.headers["Retry-After"]
        assert not reply.headers["Set-Cookie"] and not reply.headers["Location"]
    locker.execute("ROLLBACK")
    locker.close()
    assert browser.status() == 200
    reply = nobody.get("/vsocert/logout", headers={"Cookie": browser.cookie})
    assert reply.status == 307
    assert browser.status() == 401
    assert SignedIn(server).status() == 200
    assert nobody.get("/vsocert/logout").status == 307


@pytest.mark.sqlite("locks the whole database")
def test_a_start_with_a_locked_database(make_server):
    """Readers pass, as the journal is a WAL."""
    server = make_server()
    made = server.api().create()
    locker = server.sqlite()
    locker.execute("BEGIN EXCLUSIVE")
    server.restart()
    assert server.served() == made["fingerprint"]
    locker.close()


def read_only(server, folder):
    paths = [server.db_path, *([server.state] if folder else [])]
    for path in paths:
        if AS_ROOT:
            shutil.chown(path, "root", "root")
        path.chmod(0o555 if path.is_dir() else 0o444)


def writable(server):
    """The folder, and SQLite's files beside the database too: it makes them
    with the rights of the database."""
    server.state.chmod(0o700)
    set_owner(server.state)
    for path in server.state.glob("keystore.db*"):
        path.chmod(0o600)
        set_owner(path)


@pytest.mark.sqlite("rights of a file")
@pytest.mark.parametrize("folder", [False, True], ids=["file", "folder"])
def test_a_read_only_database(make_server, folder):
    server = make_server()
    server.expect_log(UNAVAILABLE)
    server.expect_log("The rights of the database file .* wider", True)
    server.expect_log("the database does not answer: .* readonly", True)
    api = server.api("server")
    made = api.create()
    before = api.snapshot()
    server.stop()
    read_only(server, folder)
    try:
        server.start()
        assert server.served() == made["fingerprint"]
        for refusal in at_once(lambda: api.post("/certificate", REPLACE)):
            assert f"{server.db_path}: attempt to write a readonly" in \
                refusal.refused(503, "database-unavailable")["detail"]
        assert server.served() == made["fingerprint"]
        if not folder:
            assert api.snapshot() == before
    finally:
        server.stop()
        writable(server)
    server.start()
    assert api.snapshot() == before
    api.post("/certificate", REPLACE).ok(201)
    consistent(server, api)


@pytest.fixture
def small_disk(make_server):
    """A server whose state folder is a file system of 1 MiB."""
    if not AS_ROOT:
        pytest.skip("needs root, to mount a small file system")
    server = make_server(start=False)
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=700",
                            "tmpfs", server.state], check=False,
                           capture_output=True)
    if mount.returncode:
        pytest.skip(f"cannot mount here: {mount.stderr.decode()}")
    set_owner(server.state)
    yield server.start()
    server.stop()
    subprocess.run(["umount", server.state], check=True)


@pytest.mark.sqlite("the disk of a file")
def test_a_full_disk(small_disk):
    server = small_disk
    server.expect_log(UNAVAILABLE)
    server.expect_log("is stored and not yet served here", True)
    api = server.api("server")
    made = api.create()
    before = api.snapshot()
    fill = server.state / "fill"
    with open(fill, "wb", buffering=0) as file:
        with pytest.raises(OSError):
            while True:
                file.write(b"x" * 4096)
    refused = 0
    while refused < 3:
        reply = api.post("/certificate", REPLACE)
        if reply.status == 201:     # there was room in the journal
            before = api.snapshot()
            made = reply.json["certificate"]
        else:
            reply.refused(503, "database-unavailable")
            assert "full" in reply.json["detail"]
            refused += 1
    assert api.snapshot() == before
    assert server.served() == made["fingerprint"]
    fill.unlink()
    api.post("/certificate", REPLACE).ok(201)
    server.restart()
    consistent(server, api)


# Rows edited by hand

SPOILS = {
    "sealed key cut": "UPDATE vmo_keystore SET sealed_key ="
                      " substr(sealed_key, 1, 100) WHERE id = :bad",
    "sealed key of another": "UPDATE vmo_keystore SET sealed_key = (SELECT"
                             " sealed_key FROM vmo_keystore WHERE id = :good)"
                             " WHERE id = :bad",
    "certificate of another": "UPDATE vmo_keystore SET certificate = (SELECT"
                              " certificate FROM vmo_keystore"
                              " WHERE id = :good), fingerprint = (SELECT"
                              " fingerprint FROM vmo_keystore"
                              " WHERE id = :good) WHERE id = :bad",
    "certificate garbled": "UPDATE vmo_keystore SET certificate = 'x'"
                           " WHERE id = :bad",
    "key fingerprint": "UPDATE vmo_keystore SET key_fingerprint = (SELECT"
                       " key_fingerprint FROM vmo_keystore WHERE id = :good)"
                       " WHERE id = :bad",
    "version number": "UPDATE vmo_keystore SET version = 77 WHERE id = :bad",
}


@pytest.mark.parametrize("spoil", SPOILS)
def test_a_row_edited_by_hand(make_server, spoil):
    """Only that version is quarantined; the log says which."""
    server = make_server(vhosts=TWO, extra="""
        StartServers 1
        ServerLimit 1
        ThreadsPerChild 25
        MinSpareThreads 1
        MaxRequestWorkers 25""")
    bad, good = server.api("a"), server.api("b")
    spoiled, sound = bad.create("a.test"), good.create("b.test")
    pattern = (rf"version {spoiled['id']} of entry a does not open and is not "
               "served: .")
    server.expect_log(f"row {spoiled['id']} of vmo_keystore was edited")
    with server.sql() as db:
        db.execute(SPOILS[spoil], {"bad": spoiled["id"], "good": sound["id"]})

    # A node that has it goes on, also after a restart: what did not change is
    # not asked for again.
    newer = good.create("b.test", replace=True)
    for _ in range(2):
        assert server.served("b.test") == newer["fingerprint"]
        assert server.served("a.test") == spoiled["fingerprint"]
        server.restart()

    # One that has not leaves it out.
    server.stop()
    for path in server.state.glob("serving-2.mdb*"):
        path.unlink()
    server.expect_log(pattern)
    server.start()
    server.wait_log(pattern)
    status = bad.get("/status").ok()
    assert [q["versionId"] for q in status["quarantined"]] == [spoiled["id"]]
    slugs = [w["slug"] for w in bad.certificate()["certificate"]["warnings"]]
    assert "quarantined" in slugs
    assert "quarantined" not in str(good.certificate())

    assert server.served("b.test") == newer["fingerprint"]
    assert server.served("a.test") not in (spoiled["fingerprint"],
                                           newer["fingerprint"])
    refusal = bad.post("/keystore/export", {"password": "x y z, x y z"})
    assert refusal.slug in ("damaged", "key-mismatch"), refusal

    # The way out: another certificate for that entry.
    made = bad.create("a.test", replace=True)
    assert server.served("a.test") == made["fingerprint"]
    assert bad.get("/status").ok()["quarantined"] == []
