# SPDX-License-Identifier: Apache-2.0
"""Keystores with many entries, by tests/bench/fill.c: thousands in seconds."""

import dataclasses
import os
import pathlib
import subprocess
import tempfile

from .server import set_owner
from .source import ROOT

FILL = ROOT / "build/bench/fill"


@dataclasses.dataclass
class Filled:
    """One entry, and the certificate of its active version."""

    entry: str
    name: str
    fingerprint: str


def fill(server, count, *options):
    """Entries host-1 to host-COUNT in a server's keystore, which need not run;
    options: as fill.c takes them. Filled, in the order of writing."""
    key = server.write_keys()[0]
    is_new = not server.db_path.exists()
    entries = run(count, "-k", key, *options, DATABASE=(
        f"{server.database.driver}:{server.database.params}"))
    if is_new and server.database.driver == "sqlite3":
        for path in server.state.glob(f"{server.db_path.name}*"):
            set_owner(path)
    return entries


def write_files(folder, count, *options):
    """The same as FOLDER/host-N.pem: key, certificate, chain."""
    return run(count, "-o", folder, *options)


def run(count, *options, **env):
    with tempfile.TemporaryDirectory() as folder:
        told = pathlib.Path(folder, "list")
        done = subprocess.run([FILL, "-n", str(count), "-l", told,
                               *map(str, options)], capture_output=True,
                              text=True, timeout=1200, check=False,
                              env={**os.environ, **env})
        assert done.returncode == 0, done.stderr[-3000:]
        return [Filled(*line.split()) for line in
                told.read_text("ascii").splitlines()]
