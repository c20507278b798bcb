# SPDX-License-Identifier: Apache-2.0
"""Four httpd nodes on one PostgreSQL: how long after the reply each other node
serves the new certificate, and what an idle node costs. Then a thousand nodes
that only poll: crowd.py.

PostgreSQL writes to the disk before it answers, as it does by default."""

import contextlib
import math
import random
import time

from vso import wait_for
from vso.databases import Postgres

import crowd
from measure import Change, Load, cpu_ns, windows
from peers import ours
from store import two_versions
from table import Figure, percentile

NODES = 4
CHANGES = 100
# How often each node is looked at: what this adds to the time is below it.
LOOK_MSEC = 10
IDLE_SEC = 7
GOAL_MSEC = 300
# Changes come at any time within a poll interval.
APART_SEC = (0.3, 0.55)
SAFE = ["-c", "fsync=on", "-c", "synchronous_commit=on", "-c",
        "shared_preload_libraries=pg_stat_statements"]


def start_all(run):
    """The database and the nodes on it, with one entry of two versions."""
    postgres = run.start(Postgres(run.folder(), SAFE))
    database = postgres.database()
    first = run.start(ours(run.folder(), "VSOCertNode node1\n", db=database))
    nodes = [first] + [
        run.start(ours(run.folder(), f"VSOCertNode node{i}\n", db=database,
                       keys=first.keys)) for i in range(2, NODES + 1)]
    versions = two_versions(first.api(), "ec")
    wait_for(lambda: all(n.served() == versions[1]["fingerprint"]
                         for n in nodes), "all nodes to serve it")
    return postgres, nodes, versions


def idle(run, nodes):
    """Queries and processor time while nobody does anything."""
    with nodes[0].sql() as db:
        db.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        queries = ("SELECT sum(calls) FROM pg_stat_statements s JOIN pg_roles"
                   " r ON r.oid = s.userid WHERE rolname = 'vsocert'")
        counts, costs = [], []
        for _ in range(run.scaled(3, 1)):
            calls = db.execute(queries).fetchone()[0]
            used = [cpu_ns(n.pids()) for n in nodes]
            begun = time.monotonic()
            time.sleep(run.scaled(IDLE_SEC, 2))
            passed = time.monotonic() - begun
            counts.append(float(db.execute(queries).fetchone()[0] - calls)
                          / passed / NODES)
            costs += [(cpu_ns(n.pids()) - u) / passed / 1e7
                      for n, u in zip(nodes, used)]
    run.table.add(
        Figure.of_rounds("fleet", "statements of an idle node", counts, "1/s",
                         note="counted by pg_stat_statements; a node polls"
                         " each 250 ms"),
        Figure.of_rounds("fleet", "processor time of an idle node", costs,
                         "% core"))


def activate_in_turn(api, versions, count):
    changes = []
    for i in range(count):
        version = versions[i % 2]
        asked = time.monotonic_ns()
        api.post(f"/versions/{version['id']}/activate").ok()
        changes.append(Change(asked, time.monotonic_ns(),
                              version["fingerprint"][:16]))
        time.sleep(random.uniform(*APART_SEC))
    return changes


def delay_msec(change, seen):
    """From the reply to the first handshake after which none got the old
    certificate; None: there was none before the next change."""
    for i in range(len(seen), 0, -1):
        if seen[i - 1].text != change.fingerprint:
            break
    else:
        i = 0
    return (seen[i].begin - change.replied) / 1e6 if i < len(seen) else None


def report(run, loads, changes):
    delays = [delay_msec(change, seen) for load in loads
              for change, seen in windows(load.handshakes, changes)]
    late = delays.count(None)
    served = [d for d in delays if d is not None]
    note = (f"{len(changes)} changes, {len(loads)} other nodes, each looked at"
            f" every {LOOK_MSEC} ms; {late} not served before the next change")
    run.table.add(
        Figure("fleet", "reply until another node serves it, p50",
               percentile(served, 50), "ms", min(served), max(served),
               len(served), note=note),
        Figure("fleet", "reply until another node serves it, p99",
               percentile([math.inf if d is None else d for d in delays], 99),
               "ms", n=len(delays), goal=GOAL_MSEC),
        Figure("fleet", "failed handshakes, all nodes",
               sum(len(load.failed) for load in loads),
               f"of {sum(len(load.handshakes) for load in loads)}", goal=0),
        Figure.of_rounds("fleet", "request to reply, median",
                         [(c.replied - c.asked) / 1e6 for c in changes], "ms"))


def bench(run):
    postgres, nodes, versions = start_all(run)
    idle(run, nodes)
    loads = [Load(n.port, 1, 0, LOOK_MSEC) for n in nodes[1:]]
    with contextlib.ExitStack() as stack:
        for load in loads:
            stack.enter_context(load)
        changes = activate_in_turn(nodes[0].api(), versions,
                                   run.scaled(CHANGES, 10))
    report(run, loads, changes)
    for node in nodes:
        node.stop()
    crowd.bench(run, postgres)
