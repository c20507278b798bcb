# SPDX-License-Identifier: Apache-2.0
"""Free ports for servers.

They come from below the range that the kernel gives to clients: a server that
is stopped for a moment finds its port free again. Workers of one run take
turns, so that two never try the same one.
"""

import itertools
import os
import pathlib
import random
import socket

LOWEST = 10240
RANGE = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")


def candidates():
    """Ports of this process, over and over, from any of them on."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    end = int(RANGE.read_text().split()[0])
    ports = range(LOWEST + worker, end, workers)
    first = random.randrange(len(ports))
    return itertools.cycle([*ports[first:], *ports[:first]])


untried = candidates()


def free_port():
    return next(port for port in itertools.islice(untried, 10000)
                if port_is_free(port))


def port_is_free(port):
    """As httpd will find it: a killed process gives its sockets back late."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
