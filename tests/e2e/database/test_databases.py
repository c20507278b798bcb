# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL and MariaDB under the server: what networks, administrators and
other nodes do to it. TLS goes on, no change is lost or made twice, and what was
there works again by itself."""

import itertools
import json
import re
import shutil
import subprocess
import threading
import time

import pytest

from vso import databases, wait_for
from vso.client import SignedIn
from vso.databases import Database
from vso.faults import (COMES_AND_GOES, OLDER, REPLACE, SEALED, UNAVAILABLE,
                        consistent)
from vso.handshakes import Handshakes
from vso.proxy import COMMIT, Proxy
from vso.server import AS_ROOT

SERVERS = ("pgsql", "mysql")
AWAY = "the database does not answer"
# What starts a transaction there.
START = {"pgsql": b"BEGIN", "mysql": b"\x03SET autocommit=0"}

pytestmark = pytest.mark.skipif(
    databases.driver_of_run() != "sqlite3",
    reason="the drivers are chosen here: once is enough")


@pytest.fixture(params=SERVERS)
def driver(request):
    return request.param


@pytest.fixture
def own_server(driver):
    """A database server for this test alone, to be killed and the like."""
    made = databases.KINDS[driver]().start()
    yield made
    made.remove()


@pytest.fixture
def proxied(driver, make_server):
    """(httpd, proxy); httpd is not started."""
    shared = databases.shared(driver)
    proxy = Proxy(shared.port)
    server = make_server(start=False, db=shared.database().through(proxy))
    for pattern in COMES_AND_GOES:
        server.expect_log(pattern, optional=True)
    yield server, proxy
    server.stop()
    proxy.down()


def answers(api):
    return api.get("/certificate").status == 200


# Connections

def test_gone_at_start(proxied):
    """The bootstrap certificate, 503, and alive by itself."""
    server, proxy = proxied
    proxy.down()
    server.start()
    api = server.api("server")
    bootstrap = server.served()
    refusal = api.get("/certificate")
    refusal.refused(503, "database-unavailable")
    assert refusal.headers["Retry-After"]
    api.post("/certificate", REPLACE).refused(503, "database-unavailable")
    assert api.get("/status").ok()["database"]["available"] is False
    assert server.served() == bootstrap
    proxy.up()
    wait_for(lambda: answers(api), "the database")
    assert api.create()["fingerprint"] == server.served() != bootstrap
    consistent(server, api)


def test_gone_while_it_is_connected_to(proxied):
    """The first connection breaks amid the first questions, and no other is
    to be had: httpd starts, answers, and is alive by itself."""
    server, proxy = proxied
    proxy.stay_down = True
    proxy.before = b"SELECT schema_version"
    server.start()
    assert proxy.cuts == 1
    api = server.api("server")
    for _ in range(4):
        api.get("/certificate").refused(503, "database-unavailable")
    proxy.stay_down = False
    proxy.up()
    wait_for(lambda: answers(api), "the database")
    assert api.create()["fingerprint"] == server.served()
    consistent(server, api)


def test_gone_under_load(proxied):
    """Twice, with a graceful restart while it is away."""
    server, proxy = proxied
    server.start()
    api = server.api("server")
    made = api.create()
    with Handshakes(server) as seen:
        for _ in range(2):
            proxy.down()
            api.post("/certificate", REPLACE).refused(503,
                                                      "database-unavailable")
            server.wait_log(AWAY)
            server.graceful()
            api.get("/certificate").refused(503, "database-unavailable")
            count = seen.count
            wait_for(lambda: seen.count > count + 20, "handshakes")
            proxy.up()
            wait_for(lambda: answers(api), "the database")
            assert seen.fingerprints == {made["fingerprint"]}
    api.post("/certificate", REPLACE).ok(201)
    consistent(server, api)


@pytest.mark.fleet
def test_gone_for_a_minute_under_load(proxied):
    """The same for as long as a database takes that is moved elsewhere: all
    children serve, reads and changes are told so at once, one line says when
    it went and one when it came back."""
    server, proxy = proxied
    server.start()
    api = server.api("server")
    made = api.create()
    asked = 0
    with Handshakes(server) as seen:
        proxy.down()
        gone = time.monotonic()
        while time.monotonic() < gone + 60:
            for reply in (api.get("/certificate"),
                          api.post("/certificate", REPLACE)):
                reply.refused(503, "database-unavailable")
                assert int(reply.headers["Retry-After"]) > 0
                asked += 1
        assert seen.fingerprints == {made["fingerprint"]}
        text = server.log.new_text()
        assert len(re.findall(AWAY, text)) == 1
        proxy.up()
        wait_for(lambda: answers(api), "the database")
        new = api.create(replace=True)
        wait_for(lambda: new["fingerprint"] in seen.fingerprints,
                 "the new certificate")
        handshakes = seen.count
    server.wait_log("the database answers again")
    once(api, 2, 2)
    consistent(server, api)
    print(f"{server.database.driver}: gone for 60 s, {asked} calls answered"
          f" 503, {handshakes} handshakes, none failed")


def test_killed_and_started_again(own_server, make_server):
    """Nobody is signed out, and no call fails, once it is back: connections
    that died in the pools are replaced."""
    server = make_server(db=own_server.database(), extra="""
        StartServers 1
        ServerLimit 1
        ThreadsPerChild 25
        MinSpareThreads 1
        MaxRequestWorkers 25""")
    # The last is what libpq prints of a killed server's farewell.
    for pattern in (*COMES_AND_GOES, "unexpected postmaster exit"):
        server.expect_log(pattern, optional=True)
    api = server.api("server")
    made = api.create()
    browser = SignedIn(server)
    assert browser.status() == 200
    for how in ("kill", "stop"):
        # Several connections wait in the pool.
        crowd = [threading.Thread(target=answers, args=(api,))
                 for _ in range(8)]
        for one in crowd:
            one.start()
        for one in crowd:
            one.join(30)
        with Handshakes(server) as seen:
            getattr(own_server, how)()
            own_server.start()
            assert [browser.status() for _ in range(10)] == [200] * 10
            assert [answers(api) for _ in range(10)] == [True] * 10
            made = api.create(replace=True)
            wait_for(lambda: made["fingerprint"] in seen.fingerprints,
                     "the new certificate")
    consistent(server, api)


def test_slow(proxied):
    """Each query waits until some handshakes have begun and ended: calls take
    their time, handshakes do not."""
    server, proxy = proxied
    server.start()
    api = server.api("server")
    made = api.create()
    proxy.delay_sec = 0.2
    with Handshakes(server) as seen:
        def some_handshakes():
            count = seen.count
            # The first of them may have begun before the query.
            wait_for(lambda: seen.done.is_set() or seen.count > count + 2,
                     "handshakes")

        proxy.meanwhile = some_handshakes
        api.get("/certificate").ok()
        proxy.delay_sec = 0     # a change asks forty times
        api.post("/certificate/csr", {"key": "ec-p256"}).ok(201)
        proxy.meanwhile = None
    assert seen.fingerprints == {made["fingerprint"]}
    consistent(server, api)


# Changes

def once(api, versions, rows):
    """Nothing was lost, nothing was made twice."""
    assert len(api.versions()) == versions
    assert len(api.audit()) == rows
    assert api.get("/audit/verify").ok()["intact"] is True
    numbers = [v["version"] for v in api.versions()]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("where", ["before", "after"])
def test_the_connection_is_lost_at_the_commit(proxied, where):
    """Before the server saw it, or before its answer came back: either way the
    change is made, once, and the reply says so."""
    server, proxy = proxied
    server.start()
    api = server.api("server")
    api.create()
    for i in range(3):
        setattr(proxy, where, COMMIT[server.database.driver])
        made = api.create(replace=True)
        assert proxy.cuts == i + 1
        assert server.served() == made["fingerprint"]
        once(api, i + 2, i + 2)
    consistent(server, api)


def test_the_connection_is_lost_at_the_start_of_a_change(driver, proxied):
    """Between the look at a connection and the transaction on it: the change is
    made, and no child crashes."""
    server, proxy = proxied
    server.start()
    api = server.api("server")
    api.create()
    for i in range(3):
        proxy.before = START[driver]
        api.create(replace=True)
        assert proxy.cuts == i + 1
    once(api, 4, 4)


def test_the_database_goes_away_at_the_commit(driver, proxied):
    """Then nobody can know, and the reply says that."""
    server, proxy = proxied
    where = {"pgsql": "before", "mysql": "after"}[driver]
    server.start()
    api = server.api("server")
    api.create()
    proxy.stay_down = True
    setattr(proxy, where, COMMIT[server.database.driver])
    refusal = api.post("/certificate", REPLACE)
    assert "unknown whether" in refusal.refused(
        503, "database-unavailable")["detail"]
    proxy.stay_down = False
    proxy.up()
    wait_for(lambda: answers(api), "the database")
    made = 2 if where == "after" else 1
    once(api, made, made)
    active, = [v for v in api.versions() if v["state"] == "active"]
    wait_for(lambda: server.served() == active["fingerprint"], "what is active")


# Who runs a statement that is held up. InnoDB's list of transactions is not
# made anew for who asks often.
WAITING = {
    "pgsql": "SELECT pid FROM pg_stat_activity WHERE datname = '{name}'"
             " AND usename = 'vsocert' AND wait_event_type = 'Lock'",
    "mysql": "SELECT id FROM information_schema.processlist"
             " WHERE db = '{name}' AND user = 'vsocert'"
             " AND (info LIKE 'UPDATE vmo_keystore_state%'"
             " OR info LIKE 'INSERT INTO vmo_audit%')",
}
KILL = {"pgsql": "SELECT pg_terminate_backend({})", "mysql": "KILL {}"}
# What holds a change up: at its first statement, and when all but its audit
# row is written.
HOLD = {
    "first": {"pgsql": "SELECT * FROM vmo_keystore_state FOR UPDATE",
              "mysql": "SELECT * FROM vmo_keystore_state FOR UPDATE"},
    "audit": {"pgsql": "LOCK TABLE vmo_audit IN EXCLUSIVE MODE",
              "mysql": "SELECT * FROM vmo_audit FOR UPDATE"},
}
ATTEMPTS = 3    # of a change


@pytest.mark.parametrize("where", HOLD)
def test_connections_are_killed_within_changes(driver, make_server, where):
    """A change that waits within its transaction loses its connection, once,
    twice, and in each of its attempts: it is made once, or not at all."""
    server = make_server(db=driver)
    database = server.database
    for pattern in COMES_AND_GOES:
        server.expect_log(pattern, optional=True)
    api = server.api("server")
    kept = [api.create()["id"]]
    name = database.params.split("dbname=")[1].split(",")[0].split(" ")[0]
    admin = database.sql()

    def waiting(but):
        with database.sql() as other:
            rows = other.execute(WAITING[driver].format(name=name)).fetchall()
        return [pid for pid, in rows if pid not in but]

    def replace_and_kill(times):
        replies, killed = [], []
        change = threading.Thread(target=lambda: replies.append(
            api.post("/certificate", REPLACE)))
        admin.execute("BEGIN")
        admin.execute(HOLD[where][driver])
        change.start()
        for _ in range(times):
            pid, = wait_for(lambda: waiting(killed), "the change to wait")
            admin.execute(KILL[driver].format(pid))
            killed.append(pid)
        if times == ATTEMPTS:
            change.join(60)
        admin.execute("ROLLBACK")
        change.join(60)
        return replies[0]

    with Handshakes(server):
        for times in (*range(1, ATTEMPTS + 1), 1):
            reply = replace_and_kill(times)
            if times < ATTEMPTS:
                kept.append(reply.ok(201)["certificate"]["id"])
            else:
                assert "unknown whether" not in reply.refused(
                    503, "database-unavailable")["detail"]
            once(api, len(kept), len(kept))
    admin.close()
    assert sorted(v["id"] for v in api.versions()) == kept
    consistent(server, api)


# What administrators do

def test_rights_taken_away(driver, own_server, make_server):
    server = make_server(db=own_server.database())
    for pattern in COMES_AND_GOES:
        server.expect_log(pattern, optional=True)
    api = server.api("server")
    made = api.create()
    before = api.snapshot()
    name = server.database.params.split("dbname=")[1].split(",")[0].split()[0]
    take, give = {
        "pgsql": ("REVOKE INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public"
                  " FROM vsocert", "GRANT ALL ON ALL TABLES IN SCHEMA public"
                  " TO vsocert"),
        "mysql": (f"REVOKE INSERT, UPDATE, DELETE ON {name}.* FROM"
                  " vsocert@'127.0.0.1'", f"GRANT ALL ON {name}.* TO"
                  " vsocert@'127.0.0.1'")}[driver]

    def tell(sql):
        with server.database.sql() as admin:
            admin.execute(sql)
        if driver == "mysql":   # sessions keep the rights that they began with
            server.graceful(over=True)
            wait_for(lambda: answers(api), "new connections")

    tell(take)
    refusal = api.post("/certificate", REPLACE)
    assert "denied" in refusal.refused(503, "database-unavailable")["detail"]
    assert server.served() == made["fingerprint"]
    assert api.snapshot() == before
    tell(give)
    api.post("/certificate", REPLACE).ok(201)
    consistent(server, api)


def mounted(folder, size):
    if not AS_ROOT:
        pytest.skip("needs root, to mount a small file system")
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o",
                            f"size={size},mode=700", "tmpfs", folder],
                           check=False, capture_output=True)
    if mount.returncode:
        pytest.skip(f"cannot mount here: {mount.stderr.decode()}")


@pytest.fixture
def small_database(driver, own_server):
    """A database on a file system of its own."""
    small = own_server.folder / "small"
    name = "vsosmall"
    own_server.database()       # and with it the user
    if driver == "pgsql":
        small.mkdir()
        mounted(small, "24m")
        shutil.chown(small, own_server.user)
        own_server.execute(
            f"CREATE TABLESPACE small LOCATION '{small}'",
            f"CREATE DATABASE {name} OWNER vsocert TABLESPACE small"
            " TEMPLATE template0")
    else:
        small = own_server.data / name
        own_server.execute(
            f"CREATE DATABASE {name}",
            f"GRANT ALL ON {name}.* TO vsocert@'127.0.0.1'")
        mounted(small, "16m")
        shutil.chown(small, own_server.user, own_server.user)
    yield Database(driver, own_server.params(name),
                   lambda **_: own_server.admin(name), own_server), small
    own_server.stop()
    subprocess.run(["umount", small], check=True)


def test_a_full_disk(make_server, small_database):
    database, folder = small_database
    server = make_server(db=database)
    server.expect_log(UNAVAILABLE)
    server.expect_log(AWAY, optional=True)
    api = server.api("server")
    made = api.create()
    with open(folder / "fill", "wb", buffering=0) as file:
        with pytest.raises(OSError):
            while True:
                file.write(b"x" * 4096)
    count = 1
    refused = None
    for _ in range(400):
        reply = api.post("/certificate", REPLACE)
        if reply.status != 201:
            refused = reply
            break
        made = reply.json["certificate"]    # there was room in the table
        count += 1
    refused.refused(503, "database-unavailable")
    assert server.served() == made["fingerprint"]
    (folder / "fill").unlink()
    wait_for(lambda: api.post("/certificate", REPLACE).status == 201,
             "room on the disk")
    once(api, count + 1, count + 1)
    consistent(server, api)
    server.stop()


def dump(database, path):
    """As docs/fleet.md says."""
    server = database.server
    name = database.params.split("dbname=")[1].split(",")[0].split(" ")[0]
    if database.driver == "pgsql":
        command = ["pg_dump", "-h", server.folder, "-p", str(server.port), "-U",
                   "postgres", "--clean", "--if-exists", name]
    else:
        command = ["mariadb-dump", "--no-defaults", "--single-transaction",
                   "-S", server.folder / "sock", "-u", "root", name]
    path.write_bytes(subprocess.run(command, check=True,
                                    capture_output=True).stdout)
    return name


def restore(database, path, name):
    server = database.server
    if database.driver == "pgsql":
        command = ["psql", "-q", "-v", "ON_ERROR_STOP=1", "--single-transaction",
                   "-h", server.folder, "-p", str(server.port), "-U",
                   "postgres", name]
    else:
        command = ["mariadb", "--no-defaults", "-S", server.folder / "sock",
                   "-u", "root", name]
    done = subprocess.run(command, input=path.read_bytes(), check=False,
                          capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_an_older_backup_under_running_nodes(driver, make_server, base_folder):
    one = make_server(db=driver)
    two = make_server(db=one.database, keys=one.keys)
    nodes = (one, two)
    api = one.api("server")
    old = api.create()
    path = base_folder / f"backup-{driver}"
    name = dump(one.database, path)
    new = api.create(replace=True)
    wait_for(lambda: two.served() == new["fingerprint"], "the other node")
    for node in nodes:
        node.expect_log(OLDER)
        node.expect_log(AWAY)
    one.expect_log("vsocert: POST .* is not there now")
    # What a restore goes through: no node may put a table of its own there.
    with one.sql() as db:
        db.execute("DROP TABLE vmo_keystore_state")
    for node in nodes:
        node.wait_log("was in this database and is not there now")
        assert node.served() == new["fingerprint"]
    api.post("/certificate", REPLACE).refused(503, "database-unavailable")
    restore(one.database, path, name)
    for node in nodes:
        node.wait_log(OLDER)
        assert node.served() == new["fingerprint"]
        node.api().post("/certificate", REPLACE).refused(409,
                                                         "restored-database")
    api.post("/keystore/accept-restore").ok()
    for node in nodes:
        wait_for(lambda: node.served() == old["fingerprint"], "both nodes")
        wait_for(lambda: node.api().get("/status").ok()["restored"] is False,
                 "both nodes to accept it")
    made = two.api("server").create(replace=True)
    wait_for(lambda: one.served() == made["fingerprint"], "the first node")
    assert api.get("/audit/verify").ok()["intact"] is True


# Other nodes

def test_a_node_with_another_master_key(driver, make_server):
    one = make_server(db=driver)
    api = one.api("server")
    api.create()
    stranger = make_server(start=False, db=one.database)
    stranger.expect_log(SEALED)
    stranger.start()
    stranger.api().post("/certificate", REPLACE).refused(503, "sealed")
    made = api.create(replace=True)
    assert one.served() == made["fingerprint"] != stranger.served()
    stranger.api().post("/certificate", REPLACE).refused(503, "sealed")
    consistent(one, api)


def test_nodes_that_start_at_once_on_an_empty_database(driver, make_server):
    nodes = [make_server(start=False, db=driver)]
    for _ in range(3):
        nodes.append(make_server(start=False, db=nodes[0].database,
                                 keys=nodes[0].keys))
    for node in nodes:
        node.start(wait=False)
    for node in nodes:
        wait_for(node.answers, "httpd to answer", 30)
    stores = {node.api().get("/status").ok()["database"]["keystore"]
              for node in nodes}
    assert len(stores) == 1
    made = nodes[1].api("server").create()
    for node in nodes:
        wait_for(lambda: node.served() == made["fingerprint"], "all nodes")
        assert not node.api("server").get("/status").ok()["sealed"]


def test_a_newer_schema_under_running_nodes(driver, make_server):
    """The first node of an upgrade has migrated it: the others serve, say so,
    and write nothing."""
    one = make_server(db=driver)
    two = make_server(db=one.database, keys=one.keys)
    made = one.api("server").create()
    wait_for(lambda: two.served() == made["fingerprint"], "the other node")
    with one.sql() as db:
        db.execute("UPDATE vmo_keystore_state"
                   " SET schema_version = schema_version + 1")
    before = one.database.all_rows()
    with Handshakes(one, two) as seen:
        for node in (one, two):
            node.expect_log(r"schema version \d+|\(newer-schema\)")
            node.wait_log(r"schema version \d+")
            api = node.api("server")
            api.post("/certificate", REPLACE).refused(503, "newer-schema")
            api.get("/versions").refused(503, "newer-schema")
            node.graceful()
        assert seen.fingerprints == {made["fingerprint"]}
    assert one.database.all_rows() == before
    with one.sql() as db:
        db.execute("UPDATE vmo_keystore_state"
                   " SET schema_version = schema_version - 1")
    for node in (one, two):
        wait_for(lambda: answers(node.api()), "the database")
    new = two.api("server").create(replace=True)
    wait_for(lambda: one.served() == new["fingerprint"], "the other node")


def test_many_writers_on_all_nodes(driver, make_server):
    """Each change is made once, in some order, on all of them."""
    nodes = [make_server(db=driver)]
    nodes += [make_server(db=nodes[0].database, keys=nodes[0].keys)
              for _ in range(2)]
    for node in nodes:
        node.expect_log(UNAVAILABLE, optional=True)
    nodes[0].api("server").create()
    replies = []

    def write(node):
        for _ in range(8):
            replies.append(node.api("server").post("/certificate", REPLACE))

    writers = [threading.Thread(target=write, args=(node,))
               for node in itertools.chain(nodes, nodes)]
    with Handshakes(*nodes):
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(120)
    kept = [r for r in replies if r.status == 201]
    assert {r.status for r in replies} <= {201, 409, 412, 503}
    assert len(kept) >= 8
    api = nodes[0].api("server")
    versions = api.versions()
    assert sorted(r.json["certificate"]["id"] for r in kept) == \
        sorted(v["id"] for v in versions)[1:]
    active, = [v for v in versions if v["state"] == "active"]
    for node in nodes:
        wait_for(lambda: node.served() == active["fingerprint"], "all nodes")
    assert api.get("/audit/verify").ok()["intact"] is True


def test_parameters_that_lose_changes_are_refused(make_server):
    database = databases.shared("mysql").database()
    spoiled = Database("mysql", database.params.replace(",reconnect=0", ""),
                       database.connect, database.server)
    server = make_server(start=False, db=spoiled)
    server.expect_log("DBDParams lacks reconnect=0")
    server.expect_log(UNAVAILABLE)
    server.start()
    refusal = server.api().post("/certificate", REPLACE)
    problem = refusal.refused(503, "database-unavailable", "DBDParams")
    assert "reconnect=0" in problem["detail"]
    assert databases.PASSWORD not in json.dumps(problem) + server.log.text()
