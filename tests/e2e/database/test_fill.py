# SPDX-License-Identifier: Apache-2.0
"""The tool that fills keystores: what it leaves is what changes leave."""

import pathlib
import re

import pytest

from vso import wait_for
from vso.fill import fill, write_files
from vso.server import Vhost
from vso.wire import fingerprint_of

COUNT = 30
# Some 6 MiB of a child are its own.
MOST_KIB = 24 * 1024


def own_kib(pid):
    """Memory of a process that maps no file."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^RssAnon:\s+(\d+) kB", status, re.M)[1])


@pytest.fixture
def filled(make_server):
    """(server, entries): filled before its first start."""
    server = make_server(start=False, vhosts=[
        Vhost("host-7.example.test", "host-7")])
    entries = fill(server, COUNT, "-e", 8)
    return server.start(), entries


def test_entries_are_served_and_audited(filled):
    server, entries = filled
    assert [e.entry for e in entries] == [f"host-{i + 1}" for i in range(COUNT)]
    assert len({e.fingerprint for e in entries}) == COUNT
    assert server.served("host-7.example.test") == entries[6].fingerprint

    api = server.api("host-10")
    version, = api.versions()
    assert version["state"] == "active"
    assert version["fingerprint"] == entries[9].fingerprint
    assert version["subjectAltNames"] == [
        "DNS:host-10.example.test", "DNS:*.host-10.example.test"]
    assert [r["action"] for r in api.audit()] == ["import"]
    trail = api.get("/audit/verify").ok()
    assert trail["intact"] and trail["rows"] >= COUNT
    with server.sql() as db:
        rows = db.execute("SELECT name, active, pending FROM vmo_entry"
                          ).fetchall()
        generations = db.execute(
            "SELECT generation, serving_generation FROM vmo_keystore_state"
            ).fetchone()
    assert len(rows) == COUNT
    assert ("host-10", str(version["id"]), 0) in [tuple(row) for row in rows]
    assert generations[0] == generations[1]


def test_the_first_answer_by_name_is_right(make_server):
    """With an empty replica, to be filled in more than one page: until then
    nothing is known of the name, and no connection is accepted."""
    server = make_server(start=False, extra="VSOCertByName on")
    entries = fill(server, 520)
    server.start(wait=False)

    def answer():
        try:
            return server.served(entries[-1].name)
        except OSError:
            return None

    assert wait_for(answer, "the first handshake", 60) == entries[-1].fingerprint
    replica = server.api().get("/status").ok()["replica"]
    assert replica["entries"] == 520 and not replica["filling"]
    # The child that took them keeps no memory of it.
    assert max(own_kib(pid) for pid in server.pids()) < MOST_KIB


def test_a_running_server_serves_what_is_added(filled):
    server, entries = filled
    again = fill(server, 2, "-f", 7, "-v", 2, "-x")
    assert [e.entry for e in again] == ["host-7", "host-8"]
    assert again[0].fingerprint != entries[6].fingerprint
    wait_for(lambda: server.served("host-7.example.test")
             == again[0].fingerprint, "the new certificate")
    assert [v["state"] for v in server.api("host-7").versions()] == [
        "active", "passive", "passive"]
    assert server.api("host-7").get("/audit/verify").ok()["intact"]


def test_what_is_active_is_not_replaced_unasked(filled):
    server, _ = filled
    before = server.database.all_rows()["vmo_keystore"]
    with pytest.raises(AssertionError, match="(?i)unique|duplicate"):
        fill(server, 2, "-f", COUNT)
    assert server.database.all_rows()["vmo_keystore"] == before


def test_files_for_servers_without_a_keystore(tmp_path):
    entries = write_files(tmp_path, 3, "-r", "-a")
    for entry in entries:
        pem = (tmp_path / f"{entry.entry}.pem").read_text()
        assert pem.startswith("-----BEGIN PRIVATE KEY-----")
        assert fingerprint_of(pem) == entry.fingerprint
