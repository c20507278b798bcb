# SPDX-License-Identifier: Apache-2.0
"""Slots of a server, taken by a test in place of a call that takes its time: the
kernel's lock on a byte of the file that httpd has them in."""

import contextlib
import fcntl
import os
import pathlib
import re

FILE = "/memfd:vsocert.held"
# httpd/shared/held.h and slots.c: the places of a kind.
PLACES_OF_KIND = 64 * 3
KINDS = ("package", "derivation")


def open_file(server):
    """The file of one of httpd's processes, opened anew: locks of this process
    do not end with httpd's."""
    for fd in pathlib.Path(f"/proc/{server.pid}/fd").iterdir():
        if os.readlink(fd).startswith(FILE):
            return open(fd, "r+b")
    raise AssertionError("there is no such file")


@contextlib.contextmanager
def slots_held(server, kind, count=1, first=0):
    """Hold slots of a kind, from the first on."""
    with open_file(server) as file:
        for place in range(first, first + count):
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1,
                        KINDS.index(kind) * PLACES_OF_KIND + place)
        yield


def metric(server, name, **labels):
    """One number of the server's metrics."""
    text = server.monitor().get("/vsocert/metrics").text
    label = "".join(f'{{{key}="{value}"}}' for key, value in labels.items())
    found, = re.findall(rf"^{name}{re.escape(label)} (\d+)$", text, re.M)
    return int(found)
