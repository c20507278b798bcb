# SPDX-License-Identifier: Apache-2.0
"""Instructions of a handshake, counted by callgrind: a figure without noise.

httpd runs as one process (-X) in valgrind, some fifty times slower. Counted is
what runs within these functions of OpenSSL, callbacks of modules included, and
so no start, no poll and no request."""

import re
import shutil

import vso.server
from vso.server import HTTPD, set_owner

from measure import Load

COUNTED = ("SSL_accept", "SSL_free")
# Before what is counted: until whatever is opened once was opened, some polls
# later.
WARM_UP, WARM_UP_MSEC = 10, 400


def can_count():
    return shutil.which("valgrind") is not None


def total(path):
    found = re.search(r"^totals: (\d+)$", path.read_text("utf-8", "replace"),
                      re.M)
    return int(found.group(1))


def run_counted(run, server, count):
    """All instructions of so many handshakes, after those to warm up."""
    out = run.folder()
    out.mkdir()
    before = vso.server.COMMAND
    vso.server.COMMAND = [
        "valgrind", "--tool=callgrind", "-q", "--vgdb=no",
        *(f"--toggle-collect={name}" for name in COUNTED),
        f"--callgrind-out-file={out}/callgrind", HTTPD, "-X"]
    try:
        server.start(wait=False)
    finally:
        vso.server.COMMAND = before
    vso.wait_for(server.answers, "httpd in valgrind to answer", 120)
    # Made as root, and written at the end as the user that httpd became.
    set_owner(out / "callgrind")
    loads = [Load(server.port, 1, 0, WARM_UP_MSEC).run(WARM_UP)]
    if count:
        loads.append(Load(server.port, 1).run(count))
    server.stop()
    failed = sum(len(load.failed) for load in loads)
    if failed:
        raise RuntimeError(f"{failed} handshakes failed in valgrind")
    return total(out / "callgrind")


def per_handshake(run, server, count):
    """What each one adds. A server that was not started."""
    before = run_counted(run, server, 0)
    return (run_counted(run, server, count) - before) / count
