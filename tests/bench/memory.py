# SPDX-License-Identifier: Apache-2.0
"""Resident memory of httpd's children: without the module, with it, with many
versions that are served and with many that are only kept.

Always of children that have just started and had as many handshakes: what a
process once had, it keeps."""

import statistics

from vso.files import self_signed

from measure import Load, children, resident_kib
from peers import FileServer, ours
from store import put_in
from table import Figure

HANDSHAKES = 400
WITHOUT, ONE, SERVED, KEPT = "without the module", "one version served", \
    "many served", "many passive"


def per_child(server, starts):
    """{"RSS": [...], "private": [...]}, KiB, of each child of some starts."""
    seen = {"RSS": [], "private": []}
    for _ in range(starts):
        server.restart()
        Load(server.port, 4).run(HANDSHAKES)
        for pid in children(server):
            rss, _, private = resident_kib(pid)
            seen["RSS"].append(rss)
            seen["private"].append(private)
    return seen


def prepare(run, pair, many):
    """{name: server}"""
    servers = {WITHOUT: run.start(FileServer(run.folder(), *pair))}
    for name in (ONE, SERVED, KEPT):
        servers[name] = run.start(ours(run.folder()))
        put_in(servers[name].api(), *pair)
    for i in range(many):
        put_in(servers[SERVED].api(f"entry{i}"), *pair)
        servers[KEPT].api().create(replace=True)
    # What is served is the same everywhere.
    last = servers[KEPT].api().versions()[0]
    servers[KEPT].api().post(f"/versions/{last['id']}/deactivate").ok()
    return servers


def bench(run):
    many = run.scaled(100, 10)
    starts = run.scaled(4, 1)
    pair = self_signed("localhost", "rsa")
    servers = prepare(run, pair, many)
    seen = {name: per_child(server, starts)
            for name, server in servers.items()}
    note = f"{many} versions; children of {starts} starts, after " \
        f"{HANDSHAKES} handshakes"
    for name, kinds in seen.items():
        for kind, values in kinds.items():
            run.table.add(Figure.of_rounds(
                "memory", f"child, {name}: {kind}", values, "KiB", note=note
                if name == SERVED and kind == "RSS" else ""))

    for kind in ("RSS", "private"):
        middle = {name: statistics.median(kinds[kind])
                  for name, kinds in seen.items()}
        for what, name, than, of in (
                ("more with the module", ONE, WITHOUT, 1),
                ("each version served", SERVED, ONE, many),
                ("each passive version", KEPT, ONE, many)):
            run.table.add(Figure(
                "memory", f"child, {what}: {kind}",
                (middle[name] - middle[than]) / of, "KiB", n=2 * starts))
