# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy in front of a database: the network's faults, at will."""

import select
import socket
import threading
import time

from .ports import free_port

# A COMMIT on the wire.
COMMIT = {"pgsql": b"COMMIT\0", "mysql": b"\x03COMMIT"}


class Proxy:
    """Listens on .port of the loopback address.

    delay_sec    waited before what a client sends is passed on
    slow         bytes of a client that wait slow_sec more than others
    meanwhile    called before that: what a client sends waits until it returns
    before, after  bytes of a client: the connection is cut once, in front of
                 passing them on or after the server has answered them
    stay_down    nobody listens any more after that
    freeze       bytes of a client: instead of passing them on, nothing moves
                 any more in either direction, on all connections, and none of
                 them ends: the client's machine has vanished. Until .thaw()
    """

    def __init__(self, target_port):
        self.target_port = target_port
        self.delay_sec = self.slow_sec = 0
        self.before = self.after = self.freeze = self.slow = None
        self.frozen, self.thawed = threading.Event(), threading.Event()
        self.meanwhile = None
        self.stay_down = False
        self.cuts = 0
        self.lock = threading.Lock()
        self.links = set()
        self.listener = None
        self.port = free_port()
        self.up()

    def up(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen(64)
        threading.Thread(target=self.accept, args=(self.listener,),
                         daemon=True).start()

    def down(self):
        """Nobody listens, and all connections break."""
        with self.lock:
            listener, self.listener = self.listener, None
        if listener:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.cut_all()

    def thaw(self):
        """The connections that were frozen end; new ones work."""
        self.frozen.clear()
        self.cut_all()
        self.thawed.set()

    def cut_all(self):
        with self.lock:
            links = list(self.links)
        for link in links:
            for side in link:
                try:
                    side.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client, listener),
                             daemon=True).start()

    def serve(self, client, listener):
        try:
            server = socket.create_connection(("127.0.0.1", self.target_port))
        except OSError:
            client.close()
            return
        link = (client, server)
        with self.lock:
            self.links.add(link)
            late = self.listener is not listener
        try:
            # Accepted just before .down(), which did not find it to cut.
            if not late:
                self.pump(client, server)
        except OSError:
            pass
        finally:
            with self.lock:
                self.links.discard(link)
            client.close()
            server.close()

    def pump(self, client, server):
        while True:
            for side in select.select([client, server], [], [])[0]:
                data = side.recv(65536)
                if not self.frozen.is_set() and side is client and \
                        self.wanted("freeze", data):
                    self.frozen.set()
                if self.frozen.is_set():
                    return self.thawed.wait()
                if not data:
                    return None
                if side is server:
                    client.sendall(data)
                elif self.wanted("before", data):
                    return self.after_cut()
                else:
                    last = self.wanted("after", data)
                    if self.meanwhile:
                        self.meanwhile()
                    time.sleep(self.delay_sec + (
                        self.slow_sec if self.slow and self.slow in data else 0))
                    server.sendall(data)
                    if last:
                        server.recv(1)
                        return self.after_cut()

    def after_cut(self):
        if self.stay_down:
            self.down()

    def wanted(self, when, data):
        """Cut here? Once only."""
        with self.lock:
            text = getattr(self, when)
            if text is None or text not in data:
                return False
            setattr(self, when, None)
            self.cuts += 1
        return True
