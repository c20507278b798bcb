# SPDX-License-Identifier: Apache-2.0
"""Edits by somebody who has the master key, by tests/bench/edit.c: rows that
are of another time, and have their MACs. Plain SQL is what others can do."""

import os
import subprocess

from .source import ROOT

EDIT = ROOT / "build/bench/edit"

# What a node says of rows that others wrote.
EDITED = "was edited in the database|were edited, deleted or put back"


def edit(server, *statements):
    """Run SQL in a server's keystore, with numbers and texts in it."""
    done = subprocess.run(
        [EDIT, server.write_keys()[0], *statements], capture_output=True,
        text=True, timeout=60, check=False,
        env={**os.environ, "DATABASE": f"{server.database.driver}:"
                                       f"{server.database.params}"})
    assert done.returncode == 0, done.stderr[-3000:]
