# SPDX-License-Identifier: Apache-2.0
"""One virtual host that serves many entries by name: what a change, a start, a
child's memory and a handshake cost with 1, 1,000 and 10,000 entries of P-256 (and
as many as BENCH_MANY says); two nodes on one PostgreSQL. Beside them httpd with
files and HAProxy: many_peers.py.

The nodes with one entry run all the time and take turns with the others: what
slows down both does not show in a ratio."""

import functools
import math
import os
import secrets
import statistics
import time

from vso import wait_for, wire
from vso.client import BASE, Connection
from vso.databases import Postgres
from vso.files import self_signed
from vso.fill import fill

import many_peers
from fleet import SAFE, activate_in_turn, delay_msec
from handshake import cost_usec, turns
from measure import (Load, age_sec, children, names_file, rss_anon_kib,
                     windows)
from peers import FileServer, ours
from store import put_in
from table import Figure, percentile, ratios

COUNTS = (1, 1000, 10_000)
GOAL = {"change": 1.5, "start": 1, "memory": 16 * 1024, "hot": 1.01, "cold": 3,
        "wait": 20}
# Entries that are changed, turns of changes, and changes of a turn.
CHANGED, TURNS, CHANGES = 10, 10, 5
# Changes that another node is looked at for, each LOOK_MSEC.
WATCHED, LOOK_MSEC = 20, 10
SYNC_LOOK_MSEC = 5
# A child has at most so many names opened, if it is not told otherwise.
OPEN = 1000
# Of those that are to open an entry for each handshake.
FEW_OPEN = 10
# Handshakes for each name, so that nearly all were used in each child.
PER_NAME, LEAST_HANDSHAKES = 8, 400
STARTS, HANDSHAKE_SEC, HANDSHAKES = 3, 10, 50
PATIENCE_SEC = 300


def counts(run):
    more = os.environ.get("BENCH_MANY", "").replace(",", " ").split()
    return sorted({*run.scaled(COUNTS, (1, 50)), *map(int, more)})


def first_handshake_sec(server, entry):
    """From the start of the process until this entry is served."""
    server.start(wait=False)

    def is_served():
        if server.process.poll() is not None:
            raise RuntimeError("the server ended")
        try:
            return wire.served(server.port, entry.name) == entry.fingerprint
        except OSError:
            return False
    wait_for(is_served, "the first handshake", PATIENCE_SEC, 0.005)
    return age_sec(server.process.pid)


def use_names(server, names, count):
    """Handshakes with that many names, so that each child knows most of them."""
    load = Load(server.port, 4, names=names).run(
        max(PER_NAME * count, LEAST_HANDSHAKES))
    if load.failed:
        raise RuntimeError(f"{len(load.failed)} handshakes failed")


class Pair:
    """Two nodes with the same entries; changes are made on the first. The
    second keeps few entries opened."""

    def __init__(self, run, postgres, count):
        database = postgres.database()
        keys = [secrets.token_bytes(32)]
        self.count = count
        self.nodes = [run.own(ours(
            run.folder(), f"VSOCertNode node{i}\nVSOCertAlias host-1\n{more}",
            db=database, keys=keys))
            for i, more in enumerate(("VSOCertByName on\n", "VSOCertByName on\n"
                                       f"VSOCertOpen {FEW_OPEN}\n"))]
        self.entries = fill(self.nodes[0], count)
        self.connection = None
        self.changed = []       # (entry, versions)
        self.done = 0

    def prepare(self):
        """A second version of some entries."""
        server = self.nodes[0]
        for entry in self.entries[::math.ceil(self.count / CHANGED)]:
            api = server.api(entry.entry)
            old, = api.versions()
            self.changed.append((entry, (old, put_in(
                api, *self_signed(entry.name, "ec"), replace=True))))

    def turn(self, change):
        """Which of the two versions a change activates."""
        return change // len(self.changed) % 2

    def last(self):
        """The entry that was changed last, and its versions, the active one
        last."""
        entry, versions = self.changed[(self.done - 1) % len(self.changed)]
        active = self.turn(self.done - 1)
        return entry, (versions[1 - active], versions[active])

    def change(self):
        """Of the next entry, over a connection that is open when the clock
        starts: msec."""
        entry, versions = self.changed[self.done % len(self.changed)]
        number = self.turn(self.done)
        self.done += 1
        server = self.nodes[0]
        api = server.api(entry.entry)
        connection = Connection(None, server.port, api.context, 60)
        connection.connect()
        begun = time.perf_counter()
        connection.request(
            "POST", f"{BASE}/versions/{versions[number]['id']}/activate?entry="
            f"{entry.entry}", headers={"Authorization": api.auth})
        reply = connection.getresponse()
        said = reply.read()
        passed = time.perf_counter() - begun
        connection.close()
        if reply.status != 200:
            raise RuntimeError(f"activate: {said}")
        return passed * 1000


def report_starts(run, pair):
    """The first start of each node has an empty replica."""
    first, last = pair.entries[0], pair.entries[-1]
    empty, whole, warm = [], [], []
    for server in pair.nodes:
        empty.append(first_handshake_sec(server, first))
        wait_for(lambda s=server: wire.served(s.port, last.name)
                 == last.fingerprint, "all entries", PATIENCE_SEC, 0.005)
        whole.append(age_sec(server.process.pid))
    for _ in range(run.scaled(STARTS, 1)):
        pair.nodes[0].stop()
        warm.append(first_handshake_sec(pair.nodes[0], last))
    for what, values, more in (
            ("first handshake with an empty replica", empty, {}),
            ("all entries served with an empty replica", whole, {}),
            ("first handshake with a warm replica", warm,
             {"goal": GOAL["start"]})):
        run.table.add(Figure.of_rounds(
            "many", f"{pair.count}: start until {what}", values, "s", **more))


def report_memory(run, pair, file):
    """Private memory after many names were used, against httpd alone."""
    used = pair.entries[:OPEN]
    names = names_file(run, used)
    seen = {}
    for who, server in (("httpd alone", file), ("the module", pair.nodes[0])):
        server.restart()
        use_names(server, names, len(used))
        seen[who] = [rss_anon_kib(pid) for pid in children(server)]
        run.table.add(Figure.of_rounds(
            "many", f"{pair.count}: RssAnon of a child, {who}", seen[who],
            "KiB", note=f"after {len(used)} names were used"))
    run.table.add(Figure(
        "many", f"{pair.count}: RssAnon of a child, more than httpd alone",
        statistics.median(seen["the module"])
        - statistics.median(seen["httpd alone"]), "KiB", goal=GOAL["memory"]))


def report_handshakes(run, pair, file):
    """Hot: one name again and again. Cold: others than those that are open."""
    hot, few = pair.nodes
    name = pair.entries[-1].name
    names = names_file(run, pair.entries[:10_000])
    measured = {"file": functools.partial(cost_usec, file, names=name),
                "hot": functools.partial(cost_usec, hot, names=name)}
    if pair.count > 4 * FEW_OPEN:
        measured["cold"] = functools.partial(cost_usec, few, names=names)
    starts = []
    for _ in range(run.scaled(STARTS, 1)):
        for server in (file, hot, few):
            server.restart()
            Load(server.port, names=name).run(100)
        starts.append(turns(measured, HANDSHAKES,
                            run.scaled(HANDSHAKE_SEC, 1)))
    for what in measured:
        run.table.add(Figure.of_rounds(
            "many", f"{pair.count}: handshake, {what}",
            [statistics.median(costs[what]) for costs in starts], "us CPU"))
    for what in list(measured)[1:]:
        run.table.add(Figure.of_rounds(
            "many", f"{pair.count}: handshake, {what} / file",
            [statistics.median(ratios(costs[what], costs["file"]))
             for costs in starts], "ratio", goal=GOAL[what]))


def report_changes(run, pair, single):
    """Against those of the nodes with one entry, in turns."""
    pair.prepare()
    seen = {pair: [], single: []}
    for _ in range(run.scaled(TURNS, 2)):
        for who, rounds in seen.items():
            rounds.append([who.change() for _ in range(CHANGES)])
    msec = [one for turn in seen[pair] for one in turn]
    run.table.add(
        Figure("many", f"{pair.count}: request to response, p50",
               percentile(msec, 50), "ms", min(msec), max(msec), len(msec)),
        Figure("many", f"{pair.count}: request to response, p95",
               percentile(msec, 95), "ms", n=len(msec)))
    if pair is not single:
        medians = {who: [statistics.median(turn) for turn in rounds]
                   for who, rounds in seen.items()}
        run.table.add(Figure.of_rounds(
            "many", f"{pair.count}: request to response / that with 1 entry",
            ratios(medians[pair], medians[single]), "ratio",
            goal=GOAL["change"]))


def report_other_node(run, pair):
    """From the response to the first new handshake there."""
    entry, versions = pair.last()
    load = Load(pair.nodes[1].port, 1, 0, LOOK_MSEC, names=entry.name)
    with load:
        changes = activate_in_turn(pair.nodes[0].api(entry.entry), versions,
                                   run.scaled(WATCHED, 5))
    delays = [delay_msec(change, seen)
              for change, seen in windows(load.handshakes, changes)]
    if None in delays:
        run.table.remark(f"many, {pair.count}: {delays.count(None)} changes were"
                         " not served before the next one")
    delays = [math.inf if delay is None else delay for delay in delays]
    run.table.add(Figure(
        "many", f"{pair.count}: response until another node serves it, p50",
        percentile(delays, 50), "ms", min(delays), max(delays), len(delays)))


def report_sync(run, postgres):
    """Of a node that was away while many entries came: it serves what it knows,
    and takes them meanwhile."""
    more = run.scaled(COUNTS[-1], 1200)
    server = run.own(ours(run.folder(), "VSOCertByName on\n",
                          db=postgres.database()))
    known, = fill(server, 1)
    server.start()
    wait_for(lambda: server.served(known.name) == known.fingerprint,
             "the entry", PATIENCE_SEC)
    server.stop()
    fill(server, more, "-f", 2)
    server.start()
    with Load(server.port, 1, 0, SYNC_LOOK_MSEC, names=known.name) as load:
        wait_for(lambda: server.api().get("/status").ok()["replica"]["entries"]
                 == more + 1, "the others", PATIENCE_SEC)
    waited = [(one.end - one.begin) / 1e6 for one in load.handshakes]
    name = f"a handshake while {more} entries are taken"
    run.table.add(
        Figure("many", f"{name}, p99", percentile(waited, 99), "ms",
               n=len(waited)),
        Figure("many", f"{name}, longest", max(waited), "ms", n=len(waited),
               goal=GOAL["wait"]))


def bench(run):
    postgres = run.start(Postgres(run.folder(), SAFE))
    file = run.start(FileServer(run.folder(), *self_signed("localhost", "ec")))
    single = None
    report_sync(run, postgres)
    for count in counts(run):
        pair = Pair(run, postgres, count)
        single = single or pair
        report_starts(run, pair)
        report_memory(run, pair, file)
        report_handshakes(run, pair, file)
        report_changes(run, pair, single)
        report_other_node(run, pair)
        if pair is not single:
            for node in pair.nodes:
                node.stop()
    run.stop_all()
    many_peers.bench(run, counts(run))
