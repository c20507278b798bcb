# SPDX-License-Identifier: Apache-2.0
"""How long handshakes and reads take while calls that keep processors busy are
piled up: eight imports of 5,000,000 iterations and six exports of 1,500 elements
at the same moment. Beside the same load on the same server, with nothing else."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from vso.client import BASE, Connection
from vso.files import b64, pkcs12, self_signed
from vso.package_calls import bring_in
from vso.packages import Signer, script, write

from measure import Load
from peers import ours
from store import PASSWORD, put_in
from table import Figure, percentile, ratios

NAME = "org.example.pile"
IMPORTS, EXPORTS, ELEMENTS, ITERATIONS = 8, 6, 1500, 5_000_000
GOAL_MS = {"handshake": 50, "read": 200}
ROUNDS = 3
QUIET_SEC = 5
# 100 handshakes a second, and as many reads as one client makes with a pause.
THREADS, INTERVAL_MSEC, READ_PAUSE_SEC = 2, 20, 0.01


def calls(api, quick):
    """The pile: functions that send one call each, and return its status."""
    key, cert = self_signed("heavy.test", "ec")
    file = b64(pkcs12(key, cert, PASSWORD, "-iter",
                      str(ITERATIONS // (50 if quick else 1))))
    bring_in(api, write(NAME, [script(f"s{i}") for i in
                               range(ELEMENTS // (50 if quick else 1))],
                        Signer("vro.example.org")))
    heavy = {"keystore": file, "password": PASSWORD, "preview": True}

    def send(path, body):
        return lambda: api.post(path, body, timeout=120).status
    return [send("/keystore/import", heavy)] * IMPORTS + \
        [send(f"/packages/{NAME}/export", {})] * EXPORTS


def read(server, over, msec):
    """Milliseconds of reads on one connection, until it is over."""
    api = server.api()
    connection = Connection(None, server.port, api.context, 60)
    while not over.is_set():
        begun = time.perf_counter()
        connection.request("GET", f"{BASE}/certificate",
                           headers={"Authorization": api.auth})
        reply = connection.getresponse()
        reply.read()
        if reply.status != 200:
            raise RuntimeError(f"a read got {reply.status}")
        msec.append((time.perf_counter() - begun) * 1000)
        time.sleep(READ_PAUSE_SEC)
    connection.close()


def p99(server, work):
    """{handshake, read: p99 in milliseconds} while work() runs, and its result."""
    over, reads = threading.Event(), []
    load = Load(server.port, THREADS, 0, INTERVAL_MSEC)
    with ThreadPoolExecutor(1) as pool:
        with load:
            reader = pool.submit(read, server, over, reads)
            try:
                result = work()
            finally:
                over.set()
            reader.result()
    if load.failed:
        raise RuntimeError(f"{len(load.failed)} handshakes failed")
    return {"handshake": percentile([(r.end - r.begin) / 1e6
                                     for r in load.handshakes], 99),
            "read": percentile(reads, 99)}, result


def pile(work):
    """All at once. @return their statuses"""
    with ThreadPoolExecutor(len(work)) as pool:
        return [f.result() for f in [pool.submit(call) for call in work]]


def bench(run):
    server = run.start(ours(run.folder()))
    api = server.api()
    put_in(api, *self_signed("localhost", "rsa"))
    work = calls(api, run.quick)
    quiet, busy, statuses = [], [], []
    for _ in range(run.scaled(ROUNDS, 1)):
        quiet.append(p99(server, lambda: time.sleep(
            run.scaled(QUIET_SEC, 1)))[0])
        figures, seen = p99(server, lambda: pile(work))
        busy.append(figures)
        statuses += seen
    for what, goal in GOAL_MS.items():
        alone, beside = ([figures[what] for figures in rounds]
                         for rounds in (quiet, busy))
        run.table.add(
            Figure.of_rounds("busy", f"{what}, p99, nothing else", alone, "ms"),
            Figure.of_rounds("busy", f"{what}, p99, under the pile", beside,
                             "ms", goal=goal),
            Figure.of_rounds("busy", f"{what}, p99: pile / nothing else",
                             ratios(beside, alone), "ratio"))
    run.table.add(Figure(
        "busy", "calls of the pile that were done", statuses.count(200),
        f"of {len(statuses)}", note="the others were told that the server is "
        f"busy: {sorted(set(statuses))}"))
