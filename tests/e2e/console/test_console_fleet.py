# SPDX-License-Identifier: Apache-2.0
"""The console's Status shows the fleet."""

from vso import wait_for


def test_status_shows_who_serves_what(server, console, api, host):
    made = api.create(host)
    wait_for(lambda: api.get("/nodes").ok()["items"], "this node's row")
    with server.sql() as db:
        for name, behind, silent in (("node-b", 0, -300),     # stays live
                                     ("node-c", 1, 245)):
            db.execute(
                "INSERT INTO vmo_node SELECT ?, 'i', pid, version, ?,"
                " quarantined, sealed, served, poll_msec, started_sec,"
                " last_seen_sec - ?, 0, configured, by_name, entries"
                " FROM vmo_node"
                " WHERE node NOT LIKE 'node-%'",
                (name, made["generation"] - behind, silent))
    console.start("status")
    console.sees(f"2 of 3 nodes serve generation {made['generation']}",
                 "node-b", "node-c", "Last seen 4 minutes", "this node")
    assert not console.axe()
