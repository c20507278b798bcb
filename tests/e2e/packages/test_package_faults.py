# SPDX-License-Identifier: Apache-2.0
"""Packages when things break: killed servers, edited rows, other nodes."""

import base64
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from vso import packages, wait_for
from vso.client import BASE, Connection
from vso.edit import EDITED
from vso.faults import UNCLEAN
from vso.package_calls import (IMPORTS, ask, bring_in, change, confirm, export,
                               rows, upload)
from vso.packages import resource, script, write

NAME = "org.example.faults"


def test_another_node_confirms_what_one_staged(make_server, vro):
    one = make_server(extra="VSOCertNode a")
    two = make_server(keys=one.keys, db=one.database, extra="VSOCertNode b")
    element = script("a")
    report = upload(one.api(), write(NAME, [element], vro)).ok(201)
    there = two.api().get(f"{IMPORTS}/{report['id']}").ok()
    assert there == report
    assert confirm(two.api(), there, trust="provider").ok()["imported"] == 1
    one.api().get(f"{IMPORTS}/{report['id']}").refused(404, "not-found")
    one.api().create(key="rsa-2048")
    files = packages.contents(export(one.api(), NAME).body)
    assert files[f"elements/{element.id}/data"] == element.files["data"]


@pytest.mark.parametrize("round_", range(4))
def test_a_killed_server_imports_all_or_nothing(make_server, vro, round_):
    server = make_server()
    api = server.api()
    api.create(key="rsa-2048")
    elements = [script(f"s{i}", body="x" * 20000) for i in range(25)]
    report = upload(api, write(NAME, elements, vro)).ok(201)
    replies = []

    def run():
        try:
            replies.append(confirm(api, report, trust="provider"))
        except OSError:
            pass
    thread = threading.Thread(target=run)
    server.expect_log(UNCLEAN)
    thread.start()
    time.sleep(0.02 + 0.06 * round_)    # a moment to be killed in
    server.kill()
    thread.join()
    server.start()
    stored = api.get("/packages").ok()["items"]
    waiting = api.get(IMPORTS).ok()["items"]
    assert len(stored) + len(waiting) == 1
    if any(reply.status == 200 for reply in replies):
        assert stored
    if waiting:
        assert api.get("/trusted-certificates").ok()["items"] == []
        confirm(api, report, trust="provider").ok()
    assert packages.elements_of(export(api, NAME).body) == {
        f"elements/{e.id}/{part}": content for e in elements
        for part, content in [*e.files.items(), ("info", e.info("UTF-8"))]}
    assert rows(server, "vmo_import") == 0
    assert rows(server, "vmo_package_content") == len(elements)


def test_what_a_killed_upload_left_expires(make_server, vro):
    server = make_server()
    api = server.api()
    data = write(NAME, [packages.resource("r", packages.noise(1 << 20))], vro)

    def slow():
        for at in range(0, len(data), 65536):
            if at > 524288:
                wait_for(lambda: rows(server, "vmo_package_chunk"), "chunks")
                server.kill()
            yield data[at:at + 65536]
    server.expect_log(UNCLEAN)
    with pytest.raises(OSError):
        api.call("POST", IMPORTS, body=slow(), headers={
            "Content-Type": "application/zip"})
    server.start()
    assert api.get(IMPORTS).ok()["items"] == []
    assert rows(server, "vmo_package_chunk") > 0
    server.stop()
    change(server, "UPDATE vmo_import SET expires_sec = 1")
    server.start()
    for table in ("vmo_import", "vmo_package_content", "vmo_package_chunk"):
        wait_for(lambda table=table: not rows(server, table), f"no {table}")


def test_an_expired_import_is_gone(make_server, vro):
    server = make_server()
    api = server.api()
    report = upload(api, write(NAME, [script("a")], vro)).ok(201)
    change(server,
           "UPDATE vmo_import SET expires_sec = expires_sec - 3601")
    confirm(api, report, trust="once").refused(404, "not-found")
    api.get(f"{IMPORTS}/{report['id']}").refused(404, "not-found")
    assert api.get(IMPORTS).ok()["items"] == []


def test_only_so_many_imports_wait(make_server, vro):
    server = make_server()
    api = server.api()
    data = write(NAME, [script("a")], vro)
    reports = [upload(api, data).ok(201) for _ in range(32)]
    problem = upload(api, data).refused(429, "slow-down")
    assert "wait for a decision" in problem["detail"]
    assert "uploads" in problem["title"]
    api.delete(f"{IMPORTS}/{reports[0]['id']}").ok()
    upload(api, data).ok(201)


def test_uploads_at_once_are_counted(make_server, vro):
    """Two places are free, and a dozen uploads begin at the same moment."""
    server = make_server()
    api = server.api()
    data = write(NAME, [script("a")], vro)
    for _ in range(30):
        upload(api, data).ok(201)
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda _: upload(api, data), range(12)))
    assert {r.status for r in replies} <= {201, 429}
    assert rows(server, "vmo_import") <= 32
    assert sum(r.status == 201 for r in replies) <= 2


def begin_upload(server, api, data, length):
    """Send the beginning of an upload: the connection, and what is left."""
    connection = Connection(None, server.port, api.context, 60)
    connection.putrequest("POST", BASE + IMPORTS)
    for header, value in (("Authorization", api.auth),
                          ("Content-Type", "application/zip"),
                          ("Content-Length", str(len(data)))):
        connection.putheader(header, value)
    connection.endheaders()
    connection.send(data[:length])
    return connection, data[length:]


def test_slow_uploads_leave_connections_to_others(make_server, vro):
    """Fewer connections than threads, and clients that take their time."""
    server = make_server(extra="""
        DBDMax 4
        StartServers 1
        ServerLimit 1
        ThreadsPerChild 25
        MinSpareThreads 1
        MaxRequestWorkers 25""")
    server.expect_log("DBDMax 4 is not more than ThreadsPerChild 25")
    api = server.api("server")

    def begin(number):
        data = write(f"org.example.slow{number}", [script("a")], vro)
        return begin_upload(server, api, data, 1000)

    slow = [begin(i) for i in range(2)]
    wait_for(lambda: rows(server, "vmo_import") == 2, "both to begin")
    # Others are told at once that there is no room, and not waited for.
    for _ in range(4):
        connection, _ = begin(2)
        reply = connection.getresponse()
        assert reply.status == 429 and int(reply.headers["Retry-After"]) > 0
        assert b"DBDMax" in reply.read()
        connection.close()
    assert rows(server, "vmo_import") == 2
    # All else goes on as ever, and is served.
    made = api.create()
    assert server.served() == made["fingerprint"]
    assert [api.get("/packages").ok()["items"] for _ in range(10)] \
        == [[]] * 10
    for connection, rest in slow:
        connection.send(rest)
        assert connection.getresponse().status == 201
        connection.close()
    upload(api, write(NAME, [script("a")], vro)).ok(201)


def test_stored_elements_that_were_edited_are_not_signed(make_server, vro):
    server = make_server()
    api = server.api()
    api.create(key="rsa-2048")
    element = script("a")
    bring_in(api, write(NAME, [element], vro))
    text, = ask(server, "SELECT data FROM vmo_package_chunk")
    content = base64.b64decode(text).replace(b"\0r\0e\0t\0u\0r\0n",
                                             b"\0d\0e\0l\0e\0t\0e")
    assert content != base64.b64decode(text)
    change(server, "UPDATE vmo_package_chunk SET data = ?",
           (base64.b64encode(content).decode(),))
    problem = export(api, NAME, 422).refused(422, "damaged", "data")
    assert "Import the package again" in problem["detail"]
    server.expect_log(EDITED)
    change(server, "UPDATE vmo_package_element SET files = '{}x'")
    export(api, NAME, 422).refused(422, "damaged", "vmo_package_element")


def test_what_is_exported_can_be_imported(make_server, vro):
    """Zeros deflate by more than an upload may."""
    api = make_server().api()
    api.create(key="rsa-2048")
    element = packages.resource("r", bytes(9 << 20))
    bring_in(api, write(NAME, [element], vro,
                        compression=packages.zipfile.ZIP_STORED))
    exported = export(api, NAME).body
    bring_in(api, exported)
    assert packages.elements_of(exported)[f"elements/{element.id}/data"] \
        == element.files["data"]


def test_encrypted_files_have_a_cap(make_server, vro):
    api = make_server().api()
    api.create(key="rsa-2048")
    element = packages.resource("r", packages.noise(9 << 20))
    bring_in(api, write(NAME, [element], vro))
    problem = export(api, NAME, 413, encrypt=True).refused(413, "too-large")
    assert problem["field"].endswith("/data")
    assert packages.elements_of(export(api, NAME).body)[
        f"elements/{element.id}/data"] == element.files["data"]


@pytest.mark.parametrize("poll", ["250ms", "1h"])
def test_an_upload_may_stand_still(make_server, vro, poll):
    """Its row is kept while its child lives, by the database's clock, however
    seldom the database is asked for changes."""
    server = make_server(extra=f"VSOCertPollInterval {poll}")
    api = server.api()
    connection, rest = begin_upload(
        server, api, write("org.example.still", [script("a")], vro), 1000)
    expires = "SELECT expires_sec - created_sec FROM vmo_import"
    wait_for(lambda: rows(server, "vmo_import"), "the upload to begin")
    assert ask(server, expires)[0] < 60
    for _ in range(3):
        before = ask(server, expires)[0]
        wait_for(lambda: ask(server, expires)[0] > before, "a renewal", 20)
    connection.send(rest)
    assert connection.getresponse().status == 201
    assert ask(server, expires)[0] >= 3600


def test_a_dead_child_leaves_nothing(make_server, vro):
    """kill -9 in the middle of an upload: not one of its rows is there for
    longer than seconds, and as many as there may be lock nobody."""
    server = make_server()
    api = server.api()
    data = write("org.example.dead",
                 [resource("a", packages.noise(600000))], vro)
    kept = begin_upload(server, api, data, 500000)
    tables = ("vmo_import", "vmo_package_content", "vmo_package_chunk")
    wait_for(lambda: all(rows(server, table) for table in tables),
             "chunks of the upload")
    for pid in server.pids():
        if pid != server.process.pid:
            os.kill(pid, signal.SIGKILL)
    # 31 more of the same
    with server.sql() as db:
        for number in range(1, 32):
            db.execute("INSERT INTO vmo_import SELECT id + ?, content_id,"
                       " sha256, size, name, created_by, created_sec,"
                       " expires_sec, mac FROM vmo_import"
                       " WHERE id = (SELECT MIN(id) FROM vmo_import)",
                       (number,))
    other = write("org.example.alive", [script("b")], vro)
    upload(api, other).refused(429, "slow-down")
    kept[0].close()
    wait_for(lambda: rows(server, "vmo_import") == 0, "them to go", 40)
    assert [rows(server, table) for table in tables] == [0, 0, 0]
    upload(api, other).ok(201)
