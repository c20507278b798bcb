# SPDX-License-Identifier: Apache-2.0
"""Numbers in the database that somebody edited: damaged, never an error of the
server's own, and nothing is written that rests on them."""

import re

import pytest

from vso import wait_for
from vso.edit import EDITED
from vso.faults import REPLACE
from vso.package_calls import (IMPORTS, ask, change, confirm, export, rows,
                               upload)
from vso.packages import noise, resource, script, write

NAME = "org.example.numbers"
CHUNK = 192 * 1024      # VSO_CHUNK
LOWEST, HIGHEST = -2 ** 63, 2 ** 63 - 1

# In the lists of /status and /nodes only; a session's is httpd's business.
READS = ["/status", "/certificate", "/certificate/csr", "/certificate.pem",
         "/versions", "/versions/1", "/trusted-certificates", IMPORTS,
         "/packages", f"/packages/{NAME}", "/audit", "/audit/verify", "/nodes"]


def number_columns(server):
    """(table, column) of all numbers, as the database has them."""
    with server.sql() as db:
        found = db.execute(
            "SELECT t.name, c.name FROM sqlite_master t,"
            " pragma_table_info(t.name) c WHERE t.type = 'table'"
            " AND t.name LIKE 'vmo_%' AND c.type LIKE '%INT%'").fetchall()
    assert len(found) > 50, found
    return found


@pytest.fixture
def full(make_server, vro):
    """A server with a row in each table that has numbers."""
    server = make_server()
    api = server.api("server")
    old = api.create(key="rsa-2048")
    api.create(key="rsa-2048", replace=True)
    api.post(f"/versions/{old['id']}/activate",
             {"at": "2037-01-01T00:00:00Z"}).ok()
    elements = [script("s"), resource("r", noise(200000))]
    confirm(api, upload(api, write(NAME, elements, vro)).ok(201),
            trust="provider").ok()
    waiting = upload(api, write(NAME, elements, vro)).ok(201)
    with server.sql() as db:
        db.execute("INSERT INTO vmo_ocsp VALUES ('x', 'y', 1, 1)")
        db.execute("INSERT INTO vmo_event VALUES ('x', 1, 1, 'y', 1)")
    wait_for(lambda: rows(server, "vmo_node"), "the node's row")
    return server, waiting["id"]


def test_no_edited_number_is_an_error_of_the_server(full):
    """Each column in turn, at both ends, and put back: each call answers, or
    names what was edited."""
    server, waiting = full
    server.expect_log("vmo_keystore_state|schema version|does not open|answer"
                      r"|was not told|older|\(database-unavailable\)"
                      r"|\(newer-schema\)", optional=True)
    server.expect_log(EDITED)
    api = server.api("server")
    bad = []
    for table, column in number_columns(server):
        if (table, column) == ("vmo_keystore_state", "id"):
            continue
        value, = ask(server, f"SELECT MAX({column}) FROM {table}")
        if value is None:
            assert table == "vmo_session"
            continue
        for edit in (LOWEST, HIGHEST):
            change(server, f"UPDATE {table} SET {column} = ? WHERE {column} = ?",
                   (edit, value))
            replies = {path: api.get(path)
                       for path in [*READS, f"{IMPORTS}/{waiting}"]}
            replies["export"] = api.post(f"/packages/{NAME}/export", {})
            change(server, f"UPDATE {table} SET {column} = ? WHERE {column} = ?",
                   (value, edit))
            bad += [(table, column, edit, path, reply.status, reply.body[:300])
                    for path, reply in replies.items()
                    if reply.status >= 500 and column != "schema_version"]
    assert not bad, "\n".join(map(str, bad))
    assert server.api().create(replace=True)


@pytest.mark.parametrize("column", ["generation", "next_id", "audit_seq",
                                    "locks", "serving_generation"])
def test_a_counter_at_its_end(make_server, column):
    """Nothing is written, and the refusal names the row; what is served goes
    on."""
    server = make_server()
    server.expect_log("of vmo_keystore_state is out of range", optional=True)
    api = server.api("server")
    made = api.create()
    value, = ask(server, f"SELECT {column} FROM vmo_keystore_state")
    for edit in (-1, 2 ** 53 - 1, 2 ** 63 - 2, HIGHEST, LOWEST):
        change(server, f"UPDATE vmo_keystore_state SET {column} = ?", (edit,))
        before = server.database.all_rows()
        for path in ("/certificate", "/keystore/accept-restore",
                     "/keystore/reseal"):
            detail = api.post(path, REPLACE if path == "/certificate" else None
                              ).refused(422, "damaged",
                                        "vmo_keystore_state")["detail"]
            assert column in detail and "backup" in detail
        assert server.database.all_rows() == before
        assert server.served() == made["fingerprint"]
    change(server, f"UPDATE vmo_keystore_state SET {column} = ?", (value,))
    wait_for(lambda: api.post("/certificate", REPLACE).status == 201,
             "the counter that was put back")


def test_edited_sizes_are_damage(full):
    """Of a stored element's content, and of an upload that waits."""
    server, waiting = full
    server.expect_log(EDITED)
    api = server.api("server")
    stored, was = ask(server, "SELECT id, size FROM vmo_package_content"
                              " WHERE import_id = 0 ORDER BY size DESC")
    upload_, long = ask(server, "SELECT id, size FROM vmo_package_content"
                                " WHERE import_id <> 0")
    update = "UPDATE vmo_package_content SET size = ? WHERE id = ?"
    assert was > CHUNK and long > CHUNK
    for size in (-1, 0, 1, was - 1, was + 1, was + CHUNK, -was, LOWEST,
                 HIGHEST):
        change(server, update, (size, stored))
        change(server, update, (size, upload_))
        for reply in (export(api, NAME, 422), api.get(f"{IMPORTS}/{waiting}")):
            detail = reply.refused(422, "damaged")["detail"]
            assert re.search("vmo_package|database were edited", detail)
    change(server, update, (was, stored))
    change(server, update, (long, upload_))
    export(api, NAME)
    api.get(f"{IMPORTS}/{waiting}").ok()
    change(server, "UPDATE vmo_import SET size = size + 1")
    assert "vmo_import" in api.get(f"{IMPORTS}/{waiting}").refused(
        422, "damaged")["detail"]
