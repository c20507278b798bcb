# SPDX-License-Identifier: Apache-2.0
"""The bench: measures, prints one table, and writes it as CSV. Called by
Makefile.apxs, which builds what is measured.

ROWS=handshake,rotate  only these; BENCH_QUICK=1: a few rounds of each, to see
that it works. The figures of such a run are worth nothing."""

import argparse
import importlib
import itertools
import os
import pathlib
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))

from vso import databases           # noqa: E402  pylint: disable=C0413
from vso.server import Server       # noqa: E402  pylint: disable=C0413
from table import Table             # noqa: E402  pylint: disable=C0413

ROWS = ("handshake", "rotate", "fleet", "many", "package", "keystore",
        "memory", "signin", "busy")

# Whose version the figures depend on; the first line that they print.
VERSIONS = {"httpd": ["/usr/sbin/apache2", "-v"],
            "OpenSSL": ["openssl", "version"],
            "HAProxy": ["haproxy", "-v"],
            "Java": ["java", "--version"],
            "PostgreSQL": [f"{databases.POSTGRES}/postgres", "--version"]}


class Run:
    """One run: its table, its folder, and what was started."""

    def __init__(self, quick):
        self.quick = quick
        self.table = Table()
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="vsocert-bench-"))
        # httpd's children pass through it as another user.
        self.base.chmod(0o711)
        self.numbers = itertools.count()
        self.started = []
        self.broken = False     # a row could not be measured

    def scaled(self, full, quick):
        return quick if self.quick else full

    def rounds(self, most, seconds):
        """Numbers of rounds: so many, or what the time allows; at least 2."""
        deadline = time.monotonic() + seconds
        for number in range(self.scaled(most, 2)):
            if number >= 2 and time.monotonic() > deadline:
                return
            yield number

    def folder(self):
        """A name for one that is not there yet."""
        return self.base / str(next(self.numbers))

    def own(self, server):
        """It is stopped by stop_all, and its folder removed."""
        self.started.append(server)
        return server

    def start(self, server):
        """Started, and stopped by stop_all."""
        return self.own(server).start()

    def stop_all(self):
        """Stop what runs; what a server logged becomes a remark."""
        while self.started:
            server = self.started.pop()
            server.stop()
            if isinstance(server, Server):
                self.look_at_log(server)
            shutil.rmtree(server.folder)

    def look_at_log(self, server):
        """Each kind of line once, without time and process."""
        for line in server.log.settle():
            self.table.remark("log: " + re.sub(r"\[[^]]*\] (?=\S)", "",
                                               line.split(": ", 1)[1]))

    def remove(self):
        self.stop_all()
        shutil.rmtree(self.base)


def first_line(command):
    try:
        run = subprocess.run(command, capture_output=True, text=True,
                             timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return "not there"
    return run.stdout.splitlines()[0].removeprefix("Server version: ")


def machine():
    model = re.search(r"^model name\s*: (.*)$",
                      pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    return (f"{os.cpu_count()} x {model and model.group(1)}, Linux "
            f"{platform.release()}, load {os.getloadavg()[0]:.1f} at the start")


def measure(run, rows):
    for row in rows:
        begun = time.monotonic()
        try:
            importlib.import_module(row).bench(run)
        except Exception as error:      # pylint: disable=broad-except
            # The others still count.
            traceback.print_exc()
            run.table.remark(f"{row}: ended early: {error}")
            run.broken = True
        finally:
            run.stop_all()
        print(f"{row}: {time.monotonic() - begun:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", default="")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--csv", required=True)
    given = parser.parse_args()
    rows = given.rows.replace(",", " ").split() or ROWS
    unknown = set(rows) - set(ROWS)
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are "
                     f"{', '.join(ROWS)}")
    # In the background of a shell Ctrl-C is ignored, and so by all servers.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    begun = time.monotonic()
    run = Run(given.quick)
    run.table.remark(f"on {machine()}")
    for name, command in VERSIONS.items():
        run.table.remark(f"{name}: {first_line(command)}")
    try:
        measure(run, rows)
    finally:
        run.remove()
    if given.quick:
        run.table.remark("A quick run: these figures show that it works, and "
                         "nothing else.")
    run.table.remark(f"all in {time.monotonic() - begun:.0f} s; goals not met:"
                     f" {len(run.table.missed())}")
    print(f"\n{run.table.text()}")
    run.table.write_csv(given.csv)
    print(f"also in {given.csv}")
    return 1 if run.broken else 0


if __name__ == "__main__":
    sys.exit(main())
