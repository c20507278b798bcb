# SPDX-License-Identifier: Apache-2.0
"""Requests as bytes, well-formed or not, over connections that are kept."""

import http.client
import socket

from .client import Reply, insecure_context


class Wire:
    """One client. A connection that the server closes is made anew."""

    def __init__(self, port, timeout=10):
        self.port = port
        self.timeout = timeout
        self.context = insecure_context()
        self.connections = 0
        self.sock = None

    def connect(self):
        plain = socket.create_connection(("127.0.0.1", self.port),
                                         self.timeout)
        self.sock = self.context.wrap_socket(plain)
        self.connections += 1

    def close(self):
        if self.sock:
            self.sock.close()
        self.sock = None

    def ask(self, data, method="GET"):
        """Send these bytes; the Reply. method: what they say, as there is no
        body in an answer to HEAD. None: the server said nothing."""
        for _ in range(2):
            fresh = not self.sock
            if fresh:
                self.connect()
            try:
                self.sock.sendall(data)
            except OSError:
                pass    # it answers before it has read everything
            try:
                return self.answer(method)
            except TimeoutError:
                self.close()
                raise
            except (OSError, http.client.HTTPException):
                self.close()
                if fresh:
                    return None
        return None

    def answer(self, method):
        response = http.client.HTTPResponse(self.sock, method=method)
        response.begin()
        reply = Reply(response.status, response.headers, response.read())
        if response.will_close:
            self.close()
        return reply
