# SPDX-License-Identifier: Apache-2.0
"""Many certificates without the module: httpd with a virtual host and a file for
each, and HAProxy with a list of files. As many as each starts with in sensible
time."""

import re
import time

from vso import wait_for, wire
from vso.fill import write_files
from vso.files import self_signed
from vso.packages import fingerprint
from vso.server import Vhost

from measure import Load, age_sec, children, longest_gap_ms, rss_anon_kib
from peers import FileServer, HaProxy, page
from table import Figure

MOST = 10_000
PATIENCE_SEC = 120
NAMES, PER_NAME, LEAST_HANDSHAKES = 1000, 4, 200
CHANGES, CHANGES_SEC = 3, 60
INTERVAL_MSEC = 10


class Httpd(FileServer):
    """A virtual host for each."""

    def __init__(self, folder, entries, files):
        super().__init__(folder, (files / "host-1.pem").read_text(), "")
        # The default host has another's certificate.
        self.expect_log("AH01909", optional=True)
        self.vhosts = [Vhost(entry.name, cert=files / f"{entry.entry}.pem",
                             key=files / f"{entry.entry}.pem")
                       for entry in entries]

    def write_conf(self):
        super().write_conf()
        text = "".join(vhost.text(self.port) for vhost in self.vhosts)
        (self.folder / "conf.d/test.conf").write_text(
            page(self.folder) + re.sub(r"^VSOCert.*\n", "", text, flags=re.M))

    def serving(self):
        return children(self)


class HaProxyList(HaProxy):
    """A list of the files, whose names are in their certificates."""

    def __init__(self, folder, entries, files):
        super().__init__(folder, "", "", f"crt-list {folder}/list")
        (folder / "list").write_text("".join(
            f"{files}/{entry.entry}.pem\n" for entry in entries))

    def serving(self):
        return [self.process.pid]


def wait_served(server, entry, print_of):
    def is_served():
        if server.process.poll() is not None:
            raise RuntimeError("the server ended")
        try:
            return wire.served(server.port, entry.name) == print_of
        except OSError:
            return False
    wait_for(is_served, "a handshake", PATIENCE_SEC, 0.005)


def one_change(server, entry, files):
    """{command, served: ms until the command was over and until the first new
    handshake; gap: the longest between two handshakes}"""
    key, cert = self_signed(entry.name, "ec")
    with Load(server.port, 2, 0, INTERVAL_MSEC, names=entry.name) as load:
        time.sleep(0.3)
        asked = time.monotonic_ns()
        server.change(key, cert, files / f"{entry.entry}.pem")
        replied = time.monotonic_ns()
        wait_served(server, entry, fingerprint(cert))
        time.sleep(0.3)
    new = min(r.end for r in load.handshakes
              if r.text == fingerprint(cert)[:16])
    return {"command": (replied - asked) / 1e6, "served": (new - asked) / 1e6,
            "gap": longest_gap_ms(load.handshakes)}


def measure(run, name, server, entries, files):
    """Start, memory, change of one server."""
    row = f"{len(entries)}: {name}"
    server.start(wait=False)
    run.own(server)
    wait_served(server, entries[-1], entries[-1].fingerprint)
    run.table.add(Figure("many", f"{row}: start until first handshake",
                         age_sec(server.process.pid), "s"))
    used = entries[:NAMES]
    path = run.folder()
    path.write_text("".join(f"{entry.name}\n" for entry in used))
    Load(server.port, 4, names=path).run(
        max(PER_NAME * len(used), LEAST_HANDSHAKES))
    run.table.add(Figure.of_rounds(
        "many", f"{row}: RssAnon", [rss_anon_kib(pid) for pid in
                                    server.serving()], "KiB",
        note=f"after {len(used)} names were used"))
    rounds = [one_change(server, entries[len(entries) // 2], files)
              for _ in run.rounds(CHANGES, CHANGES_SEC)]
    for what, words in (("command", "change, until the command is over"),
                        ("served", "change, until the first new handshake"),
                        ("gap", "longest gap between handshakes")):
        run.table.add(Figure.of_rounds("many", f"{row}: {words}",
                                       [seen[what] for seen in rounds], "ms"))
    server.stop()


def bench(run, counts):
    for count in counts:
        if count > MOST:
            continue
        files = run.folder()
        files.mkdir(mode=0o700)
        entries = write_files(files, count)
        # HAProxy first: it changes no file.
        for name, kind in (("HAProxy", HaProxyList),
                           ("httpd with files", Httpd)):
            try:
                measure(run, name, kind(run.folder(), entries, files), entries,
                        files)
            except (AssertionError, RuntimeError) as error:
                run.table.remark(f"many, {count}, {name}: given up: {error}")
            run.stop_all()
