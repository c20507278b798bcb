# SPDX-License-Identifier: Apache-2.0
"""
All tests, and one last line that counts them: `N passed, N failed`, with
`, N skipped` where some were. Called by Makefile.apxs, which builds them.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/e2e"))

from vso import databases       # noqa: E402  pylint: disable=C0413

PROCESSORS = os.cpu_count()
# Of pytest: most tests wait now and then, for a schedule or a restart.
WORKERS = PROCESSORS + 1
# Programs get what the tests of httpd leave them: these wait for each other, in
# few workers, and the check takes as long as they take.
BEHIND = ("nice", "-n", "10")
# Of their time limits, which a program behind others can reach by waiting.
PATIENCE = "10"
# Where unit tests make their files, if it has room for them: they write to disk
# many times a second, and wait for it, and nobody wants to keep it.
MEMORY = pathlib.Path("/dev/shm")
MEMORY_MIN_BYTES = 2 << 30
interrupted = threading.Event()


class Count:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.lock = threading.Lock()

    def add(self, passed, failed, skipped=0):
        with self.lock:
            self.passed += passed
            self.failed += failed
            self.skipped += skipped

    def __str__(self):
        text = f"{self.passed} passed, {self.failed} failed"
        return text + (f", {self.skipped} skipped" if self.skipped else "")


def temporary():
    """The folder for temporary files of unit tests; None: the usual one.
    Containers often have little memory that looks like a disk."""
    try:
        there = os.statvfs(MEMORY)
    except OSError:
        return None
    room = there.f_bavail * there.f_frsize
    return str(MEMORY) if room >= MEMORY_MIN_BYTES else None


def all_of(run, programs, count, *more):
    """Beside the tests of httpd, and longer than they take: on all
    processors."""
    with concurrent.futures.ThreadPoolExecutor(PROCESSORS) as pool:
        for line in pool.map(lambda p: run(p, count, *more), programs):
            print(line, end="", flush=True)


def run_unit(program, count, env):
    """A Check program counts its own tests. Returns what to print."""
    if interrupted.is_set():
        return ""
    folder = temporary()
    done = subprocess.run(
        [*BEHIND, program], capture_output=True, text=True,
        env={**os.environ, "CK_TIMEOUT_MULTIPLIER": PATIENCE,
             **({"TMPDIR": folder} if folder else {}), **env})
    found = re.search(r"Checks: (\d+), Failures: (\d+), Errors: (\d+)",
                      done.stdout)
    if found:
        checks, failures, errors = map(int, found.groups())
        bad = failures + errors
        # A sanitizer ends the program with a status of its own.
        bad += 1 if done.returncode and not bad else 0
        count.add(max(0, checks - bad), bad,
                  len(re.findall("^skipped: ", done.stdout, re.M)))
    else:
        bad = 1
        count.add(0, 1)
    return f"{program}:\n{done.stdout}{done.stderr}\n" if bad else ""


def run_fuzz(program, count):
    """Replays its corpus; one test each."""
    done = subprocess.run([*BEHIND, program], capture_output=True, text=True)
    count.add(int(done.returncode == 0), int(done.returncode != 0))
    return (f"{program}:\n{done.stdout}{done.stderr}\n" if done.returncode
            else "")


def run_on_server(driver, programs, count):
    """Unit tests on a database server of our own. A program is one process,
    and keeps its connection for what comes before and after each test."""
    server = databases.KINDS[driver](
        tempfile.mkdtemp(prefix="vsocert-db-", dir=temporary()))
    try:
        server.start()
        all_of(run_unit, programs, count, {
            "VSO_TEST_DB": server.unit(), "CK_FORK": "no"})
    finally:
        server.remove()


def run_pytest(count, arguments, env):
    # Clusters are for check-fleet: they take a minute to form.
    with tempfile.TemporaryDirectory(prefix="vsocert-check-") as folder:
        report = pathlib.Path(folder) / "report.xml"
        subprocess.run(
            [sys.executable, "-B", "-m", "pytest", "-q", "-p",
             "no:cacheprovider", f"--junitxml={report}",
             f"--basetemp={folder}/pytest", "-n", str(WORKERS),
             "--dist", "loadfile", "-m", "not fleet", *arguments,
             "tests/e2e"], cwd=ROOT, env={**os.environ, **env})
        if not report.exists():
            count.add(0, 1)
            return
        suites = xml.etree.ElementTree.parse(report).getroot()
        for suite in suites.iter("testsuite"):
            total, bad, errors, skipped = (
                int(suite.get(name)) for name in
                ("tests", "failures", "errors", "skipped"))
            count.add(max(0, total - bad - errors - skipped), bad + errors,
                      skipped)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--unit", nargs="*", default=[])
    parser.add_argument("--san", nargs="*", default=[])
    parser.add_argument("--sql", nargs="*", default=[])
    parser.add_argument("--fuzz", nargs="*", default=[])
    parser.add_argument("--pytest", nargs="*", default=[])
    parser.add_argument("--servers", action="store_true",
                        help="end-to-end tests on PostgreSQL and MariaDB too")
    given = parser.parse_args()
    total = Count()
    bad = []
    started = time.monotonic()

    def part(name, function):
        count = Count()
        begun = time.monotonic()
        function(count)
        total.add(count.passed, count.failed, count.skipped)
        if count.failed:
            bad.append(f"{name} ({count.failed})")
        print(f"{name}: {count} in {time.monotonic() - begun:.0f} s",
              flush=True)

    def programs():
        part("unit", lambda count: all_of(run_unit, given.unit, count, {}))
        part("unit with sanitizers", lambda count: all_of(
            run_unit, given.san, count, {"CK_FORK": "no"}))
        part("fuzz corpus", lambda count: all_of(run_fuzz, given.fuzz, count))
        for driver in databases.KINDS:
            part(f"unit on {driver}", lambda count, driver=driver:
                 run_on_server(driver, given.sql, count))

    # Programs fill the time in which tests of httpd wait. All servers of
    # databases begin with the same data.
    with tempfile.TemporaryDirectory(prefix="vsocert-check-") as data, \
            concurrent.futures.ThreadPoolExecutor(1) as beside:
        os.environ["VSO_TEST_DATA"] = data
        done = beside.submit(programs)
        try:
            part("end to end", lambda count: run_pytest(
                count, given.pytest, {}))
            done.result()
        except KeyboardInterrupt:
            interrupted.set()
            raise
    # Two more rounds of httpd would not fit into CI's time.
    os.environ.pop("VSO_TEST_DATA")
    for driver in databases.KINDS if given.servers else ():
        part(f"end to end on {driver}", lambda count, driver=driver:
             run_pytest(count, given.pytest, {"VSO_TEST_DB": driver}))
    # Again, for who sees only the end of a log.
    if bad:
        print(f"failed in: {', '.join(bad)}")
    print(f"all in {time.monotonic() - started:.0f} s")
    print(total)
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())
