# SPDX-License-Identifier: Apache-2.0
"""conf/run.sh as `make run` calls it, in a folder of its own."""

import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

from . import wire
from .client import Api
from .ports import free_port
from .server import MODULE, MORE_ENV, wait_idle
from .source import ROOT


class Run:
    """
    One run folder, and the server that runs in it.

    env      more VSO_... variables, or PATH
    user     name of the user to run as; None: the one who tests
    command  what to start instead of run.sh
    """

    def __init__(self, env=None, user=None, command=None):
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="vsocert-run-"))
        self.folder = self.base / "run"
        self.port = free_port()
        self.env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8",
                    "VSO_RUN_DIR": str(self.folder),
                    "VSO_PORT": str(self.port), "VSO_ADDRESS": "127.0.0.1",
                    **MORE_ENV, **(env or {})}
        self.user = user
        self.command = command
        self.process = None
        self.output = ""
        if user:
            self.give_sources()

    def give_sources(self):
        """A copy of what run.sh needs, where the other user can read it."""
        for name in ("conf", "htdocs"):
            shutil.copytree(ROOT / name, self.base / name)
        shutil.copy(MODULE, self.base / "mod_vsocert.so")
        subprocess.run(["chmod", "-R", "a+rX", self.base], check=True)
        shutil.chown(self.base, self.user)
        self.command = [self.base / "conf/run.sh",
                        self.base / "mod_vsocert.so"]

    def launch(self):
        self.output = ""
        self.process = subprocess.Popen(
            self.command or [ROOT / "conf/run.sh", MODULE], env=self.env,
            cwd=ROOT if self.command and not self.user else self.base,
            user=self.user, group=self.user and self.group(),
            extra_groups=[] if self.user else None, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        return self

    def group(self):
        run = subprocess.run(["id", "-g", self.user], check=True,
                             capture_output=True)
        return int(run.stdout)

    def start(self, timeout_sec=60):
        """Start, and return when everything was printed."""
        self.launch()
        deadline = time.monotonic() + timeout_sec
        while "Ctrl-C stops" not in self.output:
            left = max(0, deadline - time.monotonic())
            ready, _, _ = select.select([self.process.stdout], [], [], left)
            assert ready, f"nothing for {timeout_sec} s: {self.output}"
            data = os.read(self.process.stdout.fileno(), 65536)
            assert data, f"it ended: {self.output}\n{self.log()}"
            self.output += data.decode()
        return self

    def refused(self):
        """Start what cannot start; the one line that it says."""
        self.launch()
        output, _ = self.process.communicate(timeout=60)
        assert self.process.returncode != 0
        self.process = None
        lines = output.decode().splitlines()
        assert len(lines) == 1, output
        assert lines[0].startswith("vsocert: ")
        return lines[0]

    def stop(self, how=signal.SIGINT):
        """Ctrl-C, which goes to all that the terminal started; the status."""
        if self.process is None:
            return None
        wait_idle(self.port, self.folder / "httpd.conf")
        os.killpg(self.process.pid, how)
        rest, _ = self.process.communicate(timeout=60)
        self.output += rest.decode()
        status = self.process.returncode
        self.process = None
        return status

    def remove(self):
        self.stop()
        state = pathlib.Path(os.path.realpath(self.folder / "state"))
        shutil.rmtree(state, ignore_errors=True)
        shutil.rmtree(self.base, ignore_errors=True)

    def printed(self, name):
        return re.search(rf"^{name}: +(.*)$", self.output, re.M).group(1)

    def log(self):
        path = self.folder / "error.log"
        return path.read_text() if path.exists() else ""

    def api(self):
        return Api(self.port, self.printed("user"), self.printed("password"))

    def served(self):
        return wire.served(self.port)
