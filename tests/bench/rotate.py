# SPDX-License-Identifier: Apache-2.0
"""Changes of the certificate under a constant load of new handshakes and of
requests on open connections.

A change takes from the request to the reply: of the API; of the command that
asks httpd for a graceful restart, which returns before httpd has begun; of
HAProxy's two commands. What began after the reply has to get the new
certificate, until the next change is asked for."""

import time

from vso.client import BASE, Connection
from vso.files import self_signed
from vso.packages import fingerprint

from measure import Change, Load, longest_gap_ms, windows
from peers import PAGE, FileServer, HaProxy, ours
from store import two_versions
from table import Figure, percentile

ENGINE, GRACEFUL, HAPROXY = "engine", "file + graceful", "HAProxy"
# Of a round, and how far apart at the least: a graceful restart needs longer.
CHANGES = {ENGINE: 40, GRACEFUL: 10, HAPROXY: 40}
APART_SEC = {ENGINE: 0.1, GRACEFUL: 0.4, HAPROXY: 0.1}
ROUNDS = 5
# 200 new handshakes and 100 requests a second.
THREADS, KEEPALIVE, INTERVAL_MSEC = 4, 2, 20


class Engine:
    """Two versions of one entry, activated in turn over the API, on a
    connection that is open when the clock starts."""

    def __init__(self, run, pairs):
        self.server = run.start(ours(run.folder()))
        api = self.server.api()
        versions = two_versions(api, "rsa", *pairs)
        self.ids = [version["id"] for version in versions]
        self.headers = {"Authorization": api.auth}
        self.context = api.context
        self.connection = None

    def prepare(self):
        self.connection = Connection(None, self.server.port, self.context, 60)
        self.connection.connect()

    def change(self, number):
        self.connection.request(
            "POST", f"{BASE}/versions/{self.ids[number]}/activate",
            headers=self.headers)
        reply = self.connection.getresponse()
        said = reply.read()
        if reply.status != 200:
            raise RuntimeError(f"activate: {said}")

    def done(self):
        self.connection.close()


class Peer:
    """One that gets a file with key and certificate."""

    def __init__(self, run, pairs, kind):
        self.server = run.start(kind(run.folder(), *pairs[1]))
        self.pairs = pairs

    def prepare(self):
        pass

    def change(self, number):
        self.server.change(*self.pairs[number])

    def done(self):
        pass


def one_round(subject, prints, count, apart_sec):
    """Some changes under load: (load, changes)."""
    changes = []
    load = Load(subject.server.port, THREADS, KEEPALIVE, INTERVAL_MSEC,
                f"/{PAGE}")
    with load:
        time.sleep(0.3)
        for i in range(count):
            subject.prepare()
            asked = time.monotonic_ns()
            subject.change(i % 2)
            changes.append(Change(asked, time.monotonic_ns(), prints[i % 2]))
            subject.done()
            time.sleep(apart_sec)
    return load, changes


def old_after_reply(load, changes):
    """How many handshakes that began after a reply got another certificate."""
    return sum(record.text != change.fingerprint
               for change, seen in windows(load.handshakes, changes)
               for record in seen)


def report(table, name, rounds):
    loads = [load for load, _ in rounds]
    msec = [(c.replied - c.asked) / 1e6 for _, changes in rounds
            for c in changes]
    n = len(msec)
    goal = {"goal": 0} if name == ENGINE else {}
    handshakes = sum(len(load.handshakes) for load in loads)
    requests = sum(len(load.requests) for load in loads)

    def counted(what, numbers, of, **more):
        table.add(Figure("rotate", f"{name}: {what}", sum(numbers), f"of {of}",
                         min(numbers), max(numbers), len(numbers), **more))

    table.add(Figure.of_rounds("rotate", f"{name}: request to reply, median",
                               msec, "ms"),
              Figure("rotate", f"{name}: request to reply, p99",
                     percentile(msec, 99), "ms", n=n))
    counted("old certificate after the reply",
            [old_after_reply(*r) for r in rounds], handshakes,
            **goal)
    counted("failed handshakes", [len([f for f in load.failed
                                       if f.text != "request"])
                                  for load in loads], handshakes, **goal)
    counted("failed requests", [len([f for f in load.failed
                                     if f.text == "request"])
                                for load in loads], requests, **goal)
    table.add(Figure.of_rounds(
        "rotate", f"{name}: longest gap between handshakes",
        [longest_gap_ms(load.handshakes) for load in loads], "ms",
        note=f"{n} changes; 200 handshakes and 100 requests a second"))


def bench(run):
    pairs = [self_signed("localhost", "rsa") for _ in range(2)]
    prints = [fingerprint(cert)[:16] for _, cert in pairs]
    subjects = {ENGINE: Engine(run, pairs),
                GRACEFUL: Peer(run, pairs, FileServer),
                HAPROXY: Peer(run, pairs, HaProxy)}
    rounds = {name: [] for name in subjects}
    for _ in range(run.scaled(ROUNDS, 1)):
        for name, subject in subjects.items():
            rounds[name].append(one_round(
                subject, prints, CHANGES[name] // run.scaled(1, 5),
                APART_SEC[name]))
    for name, seen in rounds.items():
        report(run.table, name, seen)
