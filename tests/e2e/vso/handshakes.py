# SPDX-License-Identifier: Apache-2.0
"""New TLS connections without end, to some servers in turn."""

import threading


class Handshakes(threading.Thread):
    """with Handshakes(server, ...) as seen: counts while the block runs; at its
    end none may have failed."""

    def __init__(self, *servers):
        super().__init__(daemon=True)
        self.servers = servers
        self.done = threading.Event()
        self.count = 0
        self.failed = []
        self.fingerprints = set()

    def run(self):
        while not self.done.is_set():
            for server in self.servers:
                try:
                    self.fingerprints.add(server.served())
                    self.count += 1
                except OSError as error:
                    self.failed.append(repr(error))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        self.done.set()
        self.join(30)
        if kind is None:
            assert not self.failed, self.failed[:5]
            assert self.count
