# SPDX-License-Identifier: Apache-2.0
"""What the rows measure with: processor time, memory, and the load."""

import bisect
import dataclasses
import math
import os
import pathlib
import subprocess
import time

from vso.source import ROOT

LOAD = ROOT / "build/bench/load"


def cpu_ns(pids):
    """User and system time of processes, ended threads included: the clock of
    a process (clock_getcpuclockid(3)), which counts finer than ticks."""
    return sum(time.clock_gettime_ns(~pid << 3 | 2) for pid in pids)


def children(server):
    """Those that serve, in order."""
    return sorted(pid for pid in server.pids() if pid != server.pid)


def resident_kib(pid):
    """(RSS, PSS, private): PSS divides what is shared with other processes."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    found = {line.split(":")[0]: int(line.split()[1])
             for line in text.splitlines()[1:]}
    return (found["Rss"], found["Pss"],
            found["Private_Clean"] + found["Private_Dirty"])


def rss_anon_kib(pid):
    """Memory that is the process' own: what it maps of files is not."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    raise RuntimeError(f"process {pid} has ended")


def age_sec(pid):
    """How long ago a process was started; to 10 ms."""
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    ticks = int(stat.rpartition(")")[2].split()[19])
    return (time.clock_gettime(time.CLOCK_BOOTTIME)
            - ticks / os.sysconf("SC_CLK_TCK"))


@dataclasses.dataclass
class Record:
    """One line of load: see load.c."""

    what: str
    begin: int
    end: int
    text: str


def names_file(run, entries):
    """Their names, for Load."""
    path = run.folder()
    path.write_text("".join(f"{entry.name}\n" for entry in entries))
    return path


class Load:
    """build/bench/load against one port.

    with Load(port, ...) as load:     runs until the block ends
        ...
    load.handshakes, load.requests, load.failed

    names  server names to ask for: one, or the path of a file with one on each
           line, which are taken in turn
    """

    def __init__(self, port, threads=2, keepalive=0, interval_msec=0,
                 path="/", names=None):
        self.command = [LOAD, "-p", str(port), "-t", str(threads), "-k",
                        str(keepalive), "-i", str(int(interval_msec * 1000)),
                        "-u", path]
        if names:
            self.command += ["-s" if isinstance(names, str) else "-S", names]
        self.process = None
        self.records = []

    def start(self, *more):
        self.process = subprocess.Popen(
            [*self.command, *more], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        return self

    def finish(self):
        output, _ = self.process.communicate(timeout=120)
        if self.process.returncode:
            raise RuntimeError("the load ended too early")
        for line in output.splitlines():
            what, begin, end, text = line.split()
            self.records.append(Record(what, int(begin), int(end), text))
        return self

    def run(self, count):
        """So many handshakes, as fast as they go."""
        return self.start("-n", str(count)).finish()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.finish()

    def of(self, what):
        return [r for r in self.records if r.what == what]

    @property
    def handshakes(self):
        return self.of("handshake")

    @property
    def requests(self):
        return self.of("request")

    @property
    def failed(self):
        return self.of("failed")


@dataclasses.dataclass
class Change:
    """Of the certificate: when it was asked for and replied to, and what is
    served from then on."""

    asked: int
    replied: int
    fingerprint: str


def windows(records, changes):
    """For each change what began after its reply and was complete before the
    next one was asked for: (change, records in order)."""
    ordered = sorted(records, key=lambda r: r.begin)
    begins = [r.begin for r in ordered]
    ends = [c.asked for c in changes[1:]] + [math.inf]
    for change, end in zip(changes, ends):
        first = bisect.bisect_right(begins, change.replied)
        last = bisect.bisect_left(begins, end)
        yield change, [r for r in ordered[first:last] if r.end < end]


def longest_gap_ms(records):
    """Between two that are complete, one after the other."""
    ends = sorted(r.end for r in records)
    return max((b - a for a, b in zip(ends, ends[1:])), default=0) / 1e6
