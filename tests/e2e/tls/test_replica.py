# SPDX-License-Identifier: Apache-2.0
"""The replica: this node's own copy of what is served, and what becomes of it."""

import concurrent.futures
import contextlib
import os
import re
import secrets
import shutil
import signal
import threading

import pytest

from vso import wait_for
from vso.absent import absent
from vso.client import SignedIn
from vso.server import Vhost, descriptor_flags, descriptors, set_owner

AWAY = "the database does not answer"
NEW = "a new one is filled from the database"
POOLED = r"\[dbd:error\]"
CHILDREN = 64


def create(server, entry="server", **members):
    return server.api(entry).create(**members)["fingerprint"]


def status(server):
    return server.api().get("/status").ok()


def remove(path):
    path.unlink()


def cut(path):
    path.write_bytes(path.read_bytes()[:3 * 4096])


def empty(path):
    path.write_bytes(b"")


def foreign(path):
    path.write_bytes(b"not LMDB's\n" * 10000)


def newer(path):
    """A format that this module does not know."""
    now, then = b"format\x00\x00\x00\x02", b"format\x00\x00\x00\x63"
    data = path.read_bytes()
    assert now in data
    path.write_bytes(data.replace(now, then))


FAULTS = {"missing": (remove, None), "truncated": (cut, "damaged"),
          "empty": (empty, None), "foreign": (foreign, "foreign"),
          "newer": (newer, "newer")}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_that_cannot_be_used_is_filled_anew(make_server, fault):
    harm, suffix = FAULTS[fault]
    server = make_server()
    made = {entry: create(server, entry) for entry in ("server", "one")}
    server.stop()
    path = server.cache_path
    harm(path)
    before = path.read_bytes() if path.exists() else None
    if suffix:
        server.expect_log(NEW)
    server.start()
    assert server.served() == made["server"]
    assert status(server)["replica"]["entries"] == 2
    if suffix:
        assert path.with_name(f"{path.name}.{suffix}").read_bytes() == before
    again = create(server, replace=True)
    server.restart()
    assert server.served() == again


def spoil_head(path):
    """Change the head, wherever the file has one."""
    data = bytearray(path.read_bytes())
    places = [found.end() + 40 for found in re.finditer(b"head", bytes(data))]
    assert places
    for place in places:
        data[place] ^= 4
    path.write_bytes(data)


def test_a_damaged_head_is_mended_beside(make_server):
    """No child that does not know what the file holds empties it."""
    server = make_server()
    made = create(server)
    server.stop()
    spoil_head(server.cache_path)
    server.expect_log("was changed", optional=True)
    server.expect_log("cannot be read")
    server.expect_log("was filled anew")
    server.start()
    assert server.served() == made
    assert "is emptied" not in server.log.new_text()
    assert server.cache_path.with_name(
        f"{server.cache_path.name}.damaged").exists()
    again = create(server, replace=True)
    assert server.served() == again


def test_a_file_that_is_cut_under_a_running_httpd(make_server):
    """Its children die of it. Those that come fill another file before they
    answer, however long the next poll is away."""
    server = make_server(extra="VSOCertPollInterval 60s")
    made = create(server)
    server.expect_log("exit signal Bus error", optional=True)
    server.expect_log("processes died while they read it", optional=True)
    server.expect_log(NEW, optional=True)
    inode = server.cache_path.stat().st_ino
    cut(server.cache_path)
    seen = set()

    def another():
        with contextlib.suppress(OSError):
            seen.add(server.served())
        with contextlib.suppress(OSError):
            return server.cache_path.stat().st_ino != inode
        return False

    wait_for(another, "a new file")
    seen |= {server.served() for _ in range(8)}
    assert seen == {made}


def test_of_another_keystore(make_server):
    """It is what this node serves, until somebody says otherwise."""
    other = make_server()
    served = create(other)
    server = make_server(keys=other.keys)
    made = create(server)
    for one in (other, server):
        one.stop()
    shutil.copyfile(other.cache_path, server.cache_path)
    server.expect_log("belongs to another keystore")
    server.start()
    assert server.served() == served
    wait_for(lambda: status(server)["restored"], "the poller to notice")
    server.api().post("/certificate", {
        "subject": {"commonName": "x"}, "replace": True}).refused(
            409, "restored-database")
    server.api().post("/keystore/accept-restore").ok()
    assert server.served() == made
    # A poll that ran meanwhile may have found it still.
    wait_for(lambda: status(server)["restored"] is False, "the next poll")


def test_an_older_file_under_a_running_httpd(make_server):
    """What this node knew of the file that was there does not count for it."""
    server = make_server()
    create(server)
    older = server.folder / "older.mdb"
    shutil.copyfile(server.cache_path, older)
    made = create(server, replace=True)
    wait_for(lambda: all(server.served() == made for _ in range(4)), "it")
    server.cache_path.with_name(f"{server.cache_path.name}-lock").unlink()
    server.cache_path.unlink()
    shutil.copyfile(older, server.cache_path)
    set_owner(server.cache_path)
    server.graceful(over=True)
    wait_for(lambda: all(server.served() == made for _ in range(4)),
             "what the older one lacks")


def test_with_another_master_key(make_server):
    server = make_server()
    made = create(server)
    right = server.keys
    server.stop()
    before = server.cache_path.read_bytes()
    server.keys = [secrets.token_bytes(32)]
    server.expect_log("master key", optional=True)
    server.start()
    assert server.served() != made
    server.stop()
    assert server.cache_path.read_bytes() == before
    server.keys = right
    with absent(server):
        server.expect_log(AWAY)
        server.expect_log(POOLED, optional=True)
        server.start()
        assert server.served() == made
        server.stop()


def test_the_file_that_another_httpd_uses(make_server):
    one = make_server()
    made = create(one)
    two = make_server(start=False, keys=one.keys, db=one.database,
                      extra=f'VSOCertCache "{one.cache_path}"')
    two.expect_log("another httpd uses it")
    two.start()
    assert two.served() == made
    assert "another httpd" in status(two)["replica"]["problem"]
    assert status(one)["replica"]["problem"] is None
    again = create(two, replace=True)
    assert two.served() == again
    wait_for(lambda: one.served() == again, "the other node")
    private = list(two.folder.glob("vsocert-*/serving-2.mdb"))
    assert len(private) == 1
    two.graceful(over=True)
    assert two.served() == again
    assert private[0].exists()
    two.stop()
    assert not list(two.folder.glob("vsocert-*"))


def test_off_lasts_over_a_graceful_restart(make_server):
    server = make_server(cache=False)
    made = create(server)
    server.expect_log(AWAY)
    server.expect_log(POOLED, optional=True)
    with absent(server):
        server.graceful(over=True)
        assert server.served() == made
    assert not list(server.state.glob("serving*"))
    wait_for(lambda: server.api().get("/certificate").status == 200,
             "the database")
    server.stop()
    assert not list(server.folder.glob("vsocert-*"))


@contextlib.contextmanager
def looking(server, known, count=3):
    """Handshakes all the while; what they were shown must be known."""
    stop = threading.Event()
    seen, failed = set(), []

    def look():
        while not stop.is_set():
            try:
                seen.add(server.served())
            except OSError as error:
                failed.append(error)

    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        lookers = [pool.submit(look) for _ in range(count)]
        try:
            yield failed
        finally:
            stop.set()
        for looker in lookers:
            looker.result()
    assert seen <= known


def test_children_that_are_killed_amid_changes(make_server):
    """What was acknowledged is served, whoever dies; the file stays sound."""
    server = make_server(extra="StartServers 4\nThreadsPerChild 8\n"
                               "MinSpareThreads 8\nMaxSpareThreads 64\n"
                               "MaxRequestWorkers 64")
    server.expect_log("processes died while they read it", optional=True)
    server.expect_log("AH10392: children are killed successively", True)
    known = {create(server)}
    with looking(server, known):
        for _ in range(8):
            with contextlib.suppress(OSError):
                os.kill(max(set(server.pids()) - {server.pid}), signal.SIGKILL)
            with contextlib.suppress(OSError):
                known.add(create(server, replace=True))
    newest = server.api("server").certificate()["certificate"]["fingerprint"]
    known.add(newest)
    for _ in range(8):
        assert server.served() == newest
    server.restart()
    assert server.served() == newest


def test_graceful_restarts_under_load(make_server):
    server = make_server()
    known = {create(server)}
    with looking(server, known) as failed:
        for _ in range(4):
            server.graceful(over=True)
            known.add(create(server, replace=True))
    assert not failed
    assert server.served() in known


def test_many_children_and_a_graceful_restart_under_load(make_server):
    """Old children end while as many new ones begin: all of them read one file,
    and what is acknowledged meanwhile is what each of them serves."""
    server = make_server(extra=f"StartServers {CHILDREN}\n"
                               f"ServerLimit {4 * CHILDREN}\n"
                               "ThreadsPerChild 2\n"
                               f"MinSpareThreads {2 * CHILDREN}\n"
                               f"MaxSpareThreads {2 * CHILDREN + 2}\n"
                               f"MaxRequestWorkers {8 * CHILDREN}")
    known = {create(server)}

    def all_there(before=frozenset()):
        now = set(server.pids()) - {server.pid}
        return len(now) >= CHILDREN and not now & before and now

    before = wait_for(all_there, "all children", 60)
    with looking(server, known) as failed:
        server.graceful()
        for _ in range(8):
            newest = create(server, replace=True)
            known.add(newest)
            assert server.served() == newest
        wait_for(lambda: all_there(before), "other children", 120)
    # One connection was reset in 2 of 25 such runs, among a thousand that were
    # not; what does that is not known.
    assert len(failed) <= 1, failed
    assert {server.served() for _ in range(CHILDREN)} == {newest}


def test_a_database_that_goes_back(make_server):
    """Entry by entry: what the backup does not have is served until it is
    accepted, and not afterwards."""
    server = make_server(vhosts=[Vhost("later.test", "later")])
    old = create(server)
    server.stop()
    backup = server.folder / "backup"
    backup.mkdir()
    for path in server.state.glob("keystore.db*"):
        shutil.copy(path, backup / path.name)
    server.start()
    new = create(server, replace=True)
    later = create(server, "later")
    server.stop()
    for path in server.state.glob("keystore.db*"):
        path.unlink()
    for path in backup.iterdir():
        shutil.copy(path, server.state / path.name)
        set_owner(server.state / path.name)
    server.expect_log("the database holds generation 1, which is older")
    server.start()
    wait_for(lambda: status(server)["restored"], "the poller to notice")
    assert (server.served(), server.served("later.test")) == (new, later)
    server.api().post("/keystore/accept-restore").ok()
    assert server.served() == old
    assert server.served("later.test") not in (new, old, later)
    assert status(server)["replica"]["entries"] == 1


def test_a_node_that_was_away_takes_the_accepted_restore(make_server):
    one = make_server()
    old = create(one)
    two = make_server(keys=one.keys, db=one.database)
    one.stop()
    backup = one.folder / "backup"
    backup.mkdir()
    two.stop()
    for path in one.state.glob("keystore.db*"):
        shutil.copy(path, backup / path.name)
    one.start()
    two.start()
    new = create(one, replace=True)
    wait_for(lambda: two.served() == new, "the other node")
    two.stop()
    one.stop()
    for path in one.state.glob("keystore.db*"):
        path.unlink()
    for path in backup.iterdir():
        shutil.copy(path, one.state / path.name)
        set_owner(one.state / path.name)
    one.expect_log("which is older")
    one.start()
    wait_for(lambda: status(one)["restored"], "the poller to notice")
    one.api().post("/keystore/accept-restore").ok()
    two.start()
    wait_for(lambda: two.served() == old, "the node that was away")
    assert status(two)["restored"] is False


def test_a_package_does_not_touch_it(make_server):
    """Nor does any other change that serves nothing."""
    server = make_server()
    create(server)
    seen = []

    def is_settled():
        """A poll that ran meanwhile may have written the same once more."""
        seen.append(server.cache_path.read_bytes())
        return len(seen) > 20 and len(set(seen[-20:])) == 1

    wait_for(is_settled, "the poller")
    before = seen[-1]
    api = server.api("server")
    api.post("/certificate/csr", {"subject": {"commonName": "x"}}).ok(201)
    api.get("/versions").ok()
    wait_for(lambda: status(server)["generation"] == api.generation(),
             "the poller")
    assert server.cache_path.read_bytes() == before


@pytest.mark.sqlite("edits its file")
def test_what_was_signed_out_stays_so_over_a_restart(make_server):
    """The row of a session that was signed out comes back, and nothing in the
    trail tells of it: it opens nothing."""
    server = make_server()
    signed_in = SignedIn(server)
    assert signed_in.status() == 200
    with server.sql() as db:
        rows = db.execute("SELECT * FROM vmo_session").fetchall()
    assert len(rows) == 1
    signed_in.api.post("/vsocert/logout", headers={"Cookie": signed_in.cookie})
    assert signed_in.status() == 401
    server.stop()
    connection = server.sqlite()
    with connection:
        connection.execute(
            f"INSERT INTO vmo_session VALUES ({','.join('?' * len(rows[0]))})",
            rows[0])
        connection.execute("DELETE FROM vmo_audit WHERE action = 'sign-out'")
    connection.close()
    server.start()
    assert signed_in.status() == 401


def test_the_descriptors_are_not_inherited(make_server):
    """No program that a child starts has the replica open."""
    server = make_server()
    create(server)
    for pid in set(server.pids()) - {server.pid}:
        flags = descriptor_flags(pid, server.cache_path)
        assert flags
        assert all(flag & os.O_CLOEXEC for flag in flags)
    # The parent never opens it.
    assert str(server.cache_path) not in descriptors(server.pid)
