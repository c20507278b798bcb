# SPDX-License-Identifier: Apache-2.0
"""What a server's processes write to files, as strace sees it."""

import pathlib
import re
import subprocess

from . import wait_for
from .server import die_with_parent

CALLS = "write,pwrite64,writev,pwritev,pwritev2"

# 7 write(12</tmp/x (deleted)>, "\x61"..., 1) = 1: a write that another thread
# interrupts stands on two lines, and the first has the bytes.
LINE = re.compile(r"^\d+ +p?writev?(?:64|2)?\(\d+<([^>]*)>[^,]*, (.*)")
STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')


class Trace:
    """with Trace(server, folder) as trace: and afterwards trace.written."""

    def __init__(self, server, folder):
        self.server = server
        self.output = pathlib.Path(folder) / "trace"
        self.said = pathlib.Path(folder) / "strace"
        self.process = None

    def __enter__(self):
        pids = [word for pid in self.server.pids() for word in ("-p", str(pid))]
        with open(self.said, "wb") as said:
            self.process = subprocess.Popen(
                ["strace", "-f", "-y", "-xx", "-s", str(1 << 24), "-e",
                 f"trace={CALLS}", "-o", self.output, *pids],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                preexec_fn=die_with_parent)
        wait_for(self.attached, lambda: f"strace: {self.said.read_text()}", 30)
        return self

    def attached(self):
        """Each process with all of its threads."""
        assert self.process.poll() is None, self.said.read_text()
        return all(
            f"TracerPid:\t{self.process.pid}\n" in status.read_text()
            for pid in self.server.pids()
            for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status"))

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)

    @property
    def written(self):
        """{path: bytes} of files, those without a name among them; not of
        sockets and pipes."""
        found = {}
        for line in self.output.read_text("ascii").splitlines():
            match = LINE.match(line)
            if not match:
                continue
            path = bytes.fromhex(match.group(1).replace(r"\x", "")).decode() \
                if match.group(1).startswith(r"\x") else match.group(1)
            if not path.startswith("/"):
                continue
            for text, cut in STRING.findall(match.group(2)):
                assert not cut, line[:200]
                found.setdefault(path, bytearray()).extend(
                    bytes.fromhex(text.replace(r"\x", "")))
        return {path: bytes(data) for path, data in found.items()}
