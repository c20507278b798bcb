# SPDX-License-Identifier: Apache-2.0
"""A fleet of a thousand nodes on one PostgreSQL: their idle polls, by polls.c
over as many connections as a pooler would hold, while others change entries.
And what the lock of all changes, the state row, allows."""

import contextlib
import itertools
import os
import pathlib
import secrets
import subprocess
import time

from vso import wait_for
from vso.fill import FILL
from vso.source import ROOT

from measure import cpu_ns
from table import Figure, percentile

POLLS = ROOT / "build/bench/polls"
NODES, CONNECTIONS = 1000, 32
INTERVALS_MSEC = (250, 5000)
WRITERS = (1, 4, 16)
# Beside polls.
SOME_WRITERS = (0, 4)
ROUNDS = 2
SECONDS = 5
# Not looked at, at the end.
EDGE_SEC = 0.3


def backends(postgres):
    """PostgreSQL's processes, one for each connection and some more."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) \
                    == postgres.process.pid:
                found.append(int(stat.parent.name))
        except OSError:
            pass    # ended meanwhile
    return [postgres.process.pid, *found]


def used_ns(pids):
    """{process: its processor time}, of those that have not ended."""
    used = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            used[pid] = cpu_ns([pid])
    return used


def more_ns(before):
    """What those of used_ns have used since."""
    return sum(ns - before[pid] for pid, ns in used_ns(before).items())


class Crowd:
    """The database, and those who use it for some seconds at a time."""

    def __init__(self, run, postgres):
        self.postgres = postgres
        self.seconds = run.scaled(SECONDS, 2)
        self.database = postgres.database()
        self.env = {**os.environ, "DATABASE": f"{self.database.driver}:"
                    f"{self.database.params}"}
        self.key = run.folder()
        self.key.touch(0o600)
        self.key.write_bytes(secrets.token_bytes(32))
        # Numbers of the entries that a writer makes.
        self.firsts = itertools.count(1, 100_000)
        self.write("-n", 100).communicate(timeout=60)

    def start(self, *command):
        return subprocess.Popen([str(c) for c in command], env=self.env,
                                stdout=subprocess.PIPE, text=True,
                                stderr=subprocess.DEVNULL)

    def write(self, *options):
        return self.start(FILL, "-k", self.key, "-f", next(self.firsts),
                          *options)

    @contextlib.contextmanager
    def writers(self, count):
        """So many, each making an entry after the other, until the block
        ends."""
        writing = [self.write("-n", 90_000, "-e", 1) for _ in range(count)]
        with self.database.sql() as db:
            wait_for(lambda: db.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE usename ="
                " 'vsocert'").fetchone()[0] >= count, "writers to connect", 60)
        try:
            yield
            if any(process.poll() is not None for process in writing):
                raise RuntimeError("a writer ended")
        finally:
            for process in writing:
                process.kill()
                process.communicate()

    @contextlib.contextmanager
    def polls(self, interval_msec, seen):
        """Idle polls for self.seconds; seen gets polls and p99 afterwards."""
        every = ["-i", interval_msec, "-b"] if interval_msec else []
        process = self.start(POLLS, "-n", NODES, "-c", CONNECTIONS, "-t",
                             self.seconds, *every)
        process.stdout.readline()
        yield process
        output, _ = process.communicate(timeout=60)
        if process.returncode:
            raise RuntimeError("the simulated nodes ended too early")
        waited = [int(line.split()[1]) / 1e6 for line in output.splitlines()]
        seen.update(polls=len(waited) / self.seconds,
                    p99=percentile(waited, 99))

    def watch(self, pids, seen):
        """seen gets the processors that each of pids takes ({who: processes}),
        and changes a second."""
        with self.database.sql() as db:
            def generation():
                return db.execute("SELECT generation FROM vmo_keystore_state"
                                  ).fetchone()[0]
            first, begun = generation(), time.monotonic_ns()
            used = {who: used_ns(found) for who, found in pids.items()}
            time.sleep(self.seconds - EDGE_SEC)
            passed = time.monotonic_ns() - begun
            seen.update({who: more_ns(before) / passed
                         for who, before in used.items()})
            seen["changes"] = (generation() - first) * 1e9 / passed

    def together(self, interval_msec, writers):
        """Polls (interval 0: as fast as they go; None: none) beside changes.

        {what: value}: polls, changes (a second), p99 (ms, waiting for a
        connection included), database, nodes (processors)
        """
        seen = {}
        with self.writers(writers):
            if interval_msec is None:
                self.watch({"database": backends(self.postgres)}, seen)
            else:
                with self.polls(interval_msec, seen) as process:
                    self.watch({"database": backends(self.postgres),
                                "nodes": [process.pid]}, seen)
        return seen


def of(rounds, what):
    return [seen[what] for seen in rounds]


def report_bound(table, rounds):
    name = f"{CONNECTIONS} connections, polls as fast as they go"
    table.add(
        Figure.of_rounds("fleet", f"{name}: polls", of(rounds, "polls"), "1/s"),
        Figure.of_rounds("fleet", f"{name}: processor time of PostgreSQL",
                         [seen["database"] / seen["polls"] * 1e6
                          for seen in rounds], "us/poll"),
        Figure.of_rounds("fleet", f"{name}: of the simulated nodes",
                         [seen["nodes"] / seen["polls"] * 1e6
                          for seen in rounds], "us/poll",
                         note="nodes, writers and PostgreSQL share the "
                         "processors of this machine"))


def report(table, interval_msec, writers, rounds):
    name = f"{NODES} nodes, each {interval_msec} ms" \
        if interval_msec else "no polls"
    if writers:
        name += f", {writers} writer{'s' if writers > 1 else ''}"
    if interval_msec:
        table.add(Figure.of_rounds("fleet", f"{name}: poll, p99",
                                   of(rounds, "p99"), "ms"))
    if writers:
        table.add(Figure.of_rounds("fleet", f"{name}: changes",
                                   of(rounds, "changes"), "1/s"))
    table.add(Figure.of_rounds("fleet", f"{name}: PostgreSQL", [
        100 * seen["database"] for seen in rounds], "% core"))


def bench(run, postgres):
    crowd = Crowd(run, postgres)
    # The bound, what the lock allows, and all with all.
    cases = [(0, 0), *((None, writers) for writers in WRITERS),
             *itertools.product(INTERVALS_MSEC, SOME_WRITERS)]
    rounds = {case: [] for case in cases}
    for _ in range(run.scaled(ROUNDS, 1)):
        for case in cases:
            rounds[case].append(crowd.together(*case))
    report_bound(run.table, rounds.pop((0, 0)))
    for (interval_msec, writers), seen in rounds.items():
        report(run.table, interval_msec, writers, seen)
