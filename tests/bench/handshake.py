# SPDX-License-Identifier: Apache-2.0
"""Processor time of the server for a full TLS 1.3 handshake, with the
certificate from the keystore against the same one from a file.

A process has its memory where chance put it, which alone makes a percent of
difference: hence several starts of all servers. Within each they take short
turns, whose median counts; a ratio is the median of the ratios of each turn.
Time is noisy: where valgrind is there, the instructions are counted as well."""

import functools
import statistics
import time

from vso.files import self_signed

import instructions
from measure import Load, children, cpu_ns
from peers import FileServer, ours
from store import put_in, two_versions
from table import Figure, ratios

GOAL = 1.01
KINDS = {"RSA-2048": "rsa", "P-256": "ec"}
# Of a turn: short, so that all three meet the same noise.
COUNT = {"rsa": 30, "ec": 50}
STARTS = 6
TURNS_SEC = 14
WARM_UP = 100
INSTRUCTIONS_COUNT = 100
FILE, BEFORE, AFTER = "certificate in a file", "engine, before any change", \
    "engine, after a change"


def start_all(run, kind):
    """{name: server}, all with the same certificate."""
    pair = self_signed("localhost", kind)
    file = run.start(FileServer(run.folder(), *pair))
    before = run.start(ours(run.folder()))
    put_in(before.api(), *pair)
    before.restart()
    after = run.start(ours(run.folder()))
    own, _ = two_versions(after.api(), kind, pair)
    after.restart()
    after.api().post(f"/versions/{own['id']}/activate").ok()
    servers = {FILE: file, BEFORE: before, AFTER: after}
    assert len({server.served() for server in servers.values()}) == 1
    for server in servers.values():
        Load(server.port).run(WARM_UP)
    return servers


def cost_usec(server, count, names=None):
    """Of one handshake; None where httpd's children were not the same. names:
    as Load takes them."""
    pids = children(server)
    before = cpu_ns(pids)
    load = Load(server.port, names=names).run(count)
    if children(server) != pids:
        return None
    used = cpu_ns(pids) - before
    if load.failed:
        raise RuntimeError(f"{len(load.failed)} handshakes failed")
    return used / 1000 / len(load.handshakes)


def one_turn(costs, count, first):
    """{name: cost}; each is the first in its turn."""
    names = list(costs)
    order = names[first % len(names):] + names[:first % len(names)]
    return {name: costs[name](count) for name in order}


def turns(measured, count, seconds):
    """{name: costs turn by turn}; measured: {name: function that makes so many
    handshakes and returns what one costs, or None}."""
    costs = {name: [] for name in measured}
    deadline = time.monotonic() + seconds
    done = 0
    while done < len(measured) or time.monotonic() < deadline:
        turn = one_turn(measured, count, done)
        done += 1
        if None not in turn.values():
            for name, cost in turn.items():
                costs[name].append(cost)
    return costs


def measure(run, name, kind):
    starts = []
    for _ in range(run.scaled(STARTS, 2)):
        servers = start_all(run, kind)
        costs = {name: functools.partial(cost_usec, server)
                 for name, server in servers.items()}
        starts.append(turns(costs, COUNT[kind] // run.scaled(1, 5),
                            run.scaled(TURNS_SEC, 1)))
        run.stop_all()
    count = sum(len(costs[FILE]) for costs in starts)
    for server in (FILE, BEFORE, AFTER):
        run.table.add(Figure.of_rounds(
            "handshake", f"{name}: {server}",
            [statistics.median(costs[server]) for costs in starts], "us CPU"))
    for server in (BEFORE, AFTER):
        run.table.add(Figure.of_rounds(
            "handshake", f"{name}: {server} / file",
            [statistics.median(ratios(costs[server], costs[FILE]))
             for costs in starts], "ratio", goal=GOAL,
            note=f"n starts of httpd, {count} turns of {COUNT[kind]} "
            "handshakes"))


def count_instructions(run, name, kind):
    """As started only: a change makes handshakes of its own."""
    pair = self_signed("localhost", kind)
    engine = run.start(ours(run.folder()))
    put_in(engine.api(), *pair)
    engine.stop()
    counts = {}
    file = run.own(FileServer(run.folder(), *pair))
    for who, server in ((FILE, file), (BEFORE, engine)):
        counts[who] = instructions.per_handshake(
            run, server, run.scaled(INSTRUCTIONS_COUNT, 10))
        run.table.add(Figure("handshake", f"{name}: {who}, instructions",
                             counts[who] / 1000, "thousand"))
    run.table.add(Figure(
        "handshake", f"{name}: {BEFORE} / file, instructions",
        counts[BEFORE] / counts[FILE], "ratio", goal=GOAL,
        note="of user space, within OpenSSL's handshake: what httpd does before "
        "and after it is not counted"))
    run.stop_all()


def bench(run):
    for name, kind in KINDS.items():
        measure(run, name, kind)
    if not instructions.can_count():
        run.table.remark("handshake: valgrind is not there, so that no "
                         "instructions were counted")
        return
    for name, kind in KINDS.items():
        count_instructions(run, name, kind)
