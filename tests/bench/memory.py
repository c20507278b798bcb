# SPDX-License-Identifier: Apache-2.0
"""Resident memory of httpd's children: without the module, with it, with many
versions that are served and with many that are only kept; always of children
that have just started and had as many handshakes: what a process once had, it
keeps. And of children that see many changes, which must not grow by them."""

import statistics

from vso.files import self_signed
from vso.fill import fill

from measure import Load, children, names_file, resident_kib, rss_anon_kib
from peers import FileServer, ours
from store import put_in
from table import Figure

HANDSHAKES = 400
# Of entries by name, while each of their names is asked for in turn.
ENTRIES, CHANGES, LOOK_MSEC = 1000, 10_000, 5
MOST_KIB = 1024
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


def look(server):
    return statistics.median(map(rss_anon_kib, children(server)))


def bench_changes(run):
    """Each entry's two versions in turn. What the first tenth of the changes
    leaves is what is kept of so many entries."""
    server = run.own(ours(run.folder(), "VSOCertByName on\n"))
    entries = fill(server, run.scaled(ENTRIES, 10), "-v", 2)
    server.start()
    changes = run.scaled(CHANGES, 100)
    versions = [server.api(entry.entry).versions() for entry in entries]
    with Load(server.port, 1, 0, LOOK_MSEC, names=names_file(run, entries)):
        for i in range(changes):
            turn, at = divmod(i, len(entries))
            server.api(entries[at].entry).post(
                f"/versions/{versions[at][1 - turn % 2]['id']}/activate").ok()
            if i + 1 == changes // 10:
                before = look(server)
    run.table.add(Figure(
        "memory", f"child, {changes} changes of {len(entries)} entries: RssAnon,"
        " more than after the first tenth", look(server) - before, "KiB",
        goal=MOST_KIB, note=f"{before} KiB then"))


def bench(run):
    bench_changes(run)
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
