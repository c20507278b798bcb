# SPDX-License-Identifier: Apache-2.0
"""A small application behind httpd, as Orchestrator would be: it answers what
a test has put there, and keeps what it got."""

import dataclasses
import http.client
import http.server
import threading

from .client import insecure_context, request


@dataclasses.dataclass
class Page:
    """What a path answers GET with. cut: so many bytes of it only."""

    body: bytes
    headers: dict = dataclasses.field(default_factory=dict)
    status: int = 200
    chunked: bool = False
    cut: int = None


@dataclasses.dataclass
class Got:
    """One request."""

    method: str
    path: str
    headers: http.client.HTTPMessage
    body: bytes


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection of httpd's."""

    protocol_version = "HTTP/1.1"

    def take(self):
        size = int(self.headers.get("Content-Length", 0))
        assert "Transfer-Encoding" not in self.headers
        self.server.got.append(Got(self.command, self.path, self.headers,
                                   self.rfile.read(size)))

    def put(self, page):
        self.send_response(page.status)
        for name, value in page.headers.items():
            self.send_header(name, value)
        if page.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif "Content-Length" not in page.headers:
            self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        for at in range(0, len(page.body), 1 << 16):
            piece = page.body[at:at + (1 << 16)]
            if page.cut is not None:
                piece = piece[:max(page.cut - at, 0)]
            if page.chunked and piece:
                piece = b"%x\r\n%s\r\n" % (len(piece), piece)
            self.wfile.write(piece)
        if page.chunked and page.cut is None:
            self.wfile.write(b"0\r\n\r\n")
        if page.cut is not None:
            self.close_connection = True

    def do_GET(self):
        self.take()
        self.put(self.server.pages.get(self.path, Page(b"nothing", {}, 404)))

    def do_POST(self):
        self.take()
        self.put(Page(b"taken", {}, 202))

    do_HEAD = do_GET
    do_PUT = do_POST

    def log_message(self, *args):
        pass


class Application(http.server.ThreadingHTTPServer):
    """On a free port until close(). pages: path -> Page; got: of Got."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages = {}
        self.got = []
        self.thread = threading.Thread(target=self.serve_forever, args=(0.05,))
        self.thread.start()

    @property
    def port(self):
        return self.server_address[1]

    def handle_error(self, request, client_address):
        pass    # httpd may stop reading

    def close(self):
        self.shutdown()
        self.thread.join()
        self.server_close()


def ask(server, method, path, host=None, body=None, **headers):
    """One request of anybody's; an underscore in a header's name is a hyphen.
    A body that is no bytes goes in chunks."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return request(host, server.port, insecure_context(), method, path, body,
                   names)
