# SPDX-License-Identifier: Apache-2.0
"""The JSON API as a script calls it: Basic authentication over https."""

import base64
import http.client
import itertools
import json as jsonlib
import socket
import ssl
from urllib.parse import urlencode

BASE = "/vsocert/api/v1"
SLUG_PREFIX = "urn:vsocert:problem:"


def insecure_context():
    """TLS without a look at the certificate, as `curl -k`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Reply:
    """Status, headers and body of one answer."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return jsonlib.loads(self.body.decode("utf-8"))

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def etag(self):
        return self.headers.get("ETag")

    @property
    def slug(self):
        """Slug of a problem document; its shape is checked on the way."""
        assert self.headers["Content-Type"] == "application/problem+json", self
        problem = self.json
        assert problem["status"] == self.status, self
        assert problem["title"] and problem["detail"], self
        assert problem["type"].startswith(SLUG_PREFIX), self
        return problem["type"][len(SLUG_PREFIX):]

    def ok(self, status=200):
        """The JSON of an answer that has to have this status."""
        assert self.status == status, self
        return self.json if self.body else None

    def refused(self, status, slug, field=None):
        """The problem document of a refusal that has to be this one."""
        assert (self.status, self.slug) == (status, slug), self
        if field is not None:
            assert self.json.get("field") == field, self
        return self.json

    def __repr__(self):
        return f"<{self.status} {dict(self.headers)} {self.body[:2000]!r}>"


_clients = itertools.count(1)


def another_address():
    """A loopback address that no client has had yet: each has its own count of
    wrong passwords."""
    number = next(_clients)
    return f"127.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


class Connection(http.client.HTTPSConnection):
    """https to the loopback address, whatever the name is, from another one
    (None: from the same)."""

    def __init__(self, name, port, context, timeout, address=None):
        super().__init__(name or "127.0.0.1", port, context=context,
                         timeout=timeout)
        self.name = name
        self.address = address

    def connect(self):
        plain = socket.create_connection(
            ("127.0.0.1", self.port), self.timeout,
            source_address=(self.address, 0) if self.address else None)
        self.sock = self._context.wrap_socket(plain,
                                              server_hostname=self.name)


def request(name, port, context, method, target, body, headers, timeout=60,
            address=None):
    """One request on a connection of its own; a Reply."""
    connection = Connection(name, port, context, timeout, address)
    try:
        connection.request(method, target, body=body, headers=headers)
        reply = connection.getresponse()
        return Reply(reply.status, reply.headers, reply.read())
    finally:
        connection.close()


class Api:
    """Calls of one user, for one entry (None: the virtual host's). name: of
    the virtual host; None: the default one, without SNI. address: to call
    from."""

    def __init__(self, port, user, password, entry=None, name=None,
                 address=None):
        self.address = address
        self.port = port
        self.name = name
        self.entry = entry
        self.context = insecure_context()
        self.auth = None
        if user is not None:
            pair = f"{user}:{password}".encode()
            self.auth = "Basic " + base64.b64encode(pair).decode()

    def call(self, method, path, json=None, body=None, headers=None,
             timeout=60, **query):
        """One request on a connection of its own.

        path   below the API's base; a full path begins with /vsocert
        json   body as an object; body: as bytes, with headers of your own
        query  parameters; entry=... replaces this client's
        """
        if self.entry is not None:
            query.setdefault("entry", self.entry)
        target = path if path.startswith("/vsocert") else BASE + path
        if query:
            target += ("&" if "?" in target else "?") + urlencode(query)
        sent = {} if self.auth is None else {"Authorization": self.auth}
        if json is not None:
            body = jsonlib.dumps(json).encode()
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        return request(self.name, self.port, self.context, method, target,
                       body, sent, timeout, self.address)

    def get(self, path, **kwargs):
        return self.call("GET", path, **kwargs)

    def post(self, path, json=None, **kwargs):
        return self.call("POST", path, json=json, **kwargs)

    def delete(self, path, **kwargs):
        return self.call("DELETE", path, **kwargs)

    # What most tests begin with.

    def create(self, name="localhost", **members):
        """Create, or replace; an EC key unless told, as it is made fast.
        Returns the certificate's details."""
        members.setdefault("subject", {"commonName": name})
        members.setdefault("key", "ec-p256")
        return self.post("/certificate", members).ok(201)["certificate"]

    def certificate(self):
        """GET /certificate."""
        return self.get("/certificate").ok()

    def versions(self):
        """All versions, newest first."""
        reply = self.get("/versions", limit=500).ok()
        assert reply["next"] is None
        return reply["items"]

    def snapshot(self):
        """What a refused change must leave as it was: the entry's
        versions, and the generation (which a refusal's audit row keeps)."""
        versions = [{k: v for k, v in version.items() if k != "daysLeft"}
                    for version in self.versions()]
        return self.generation(), versions

    def audit(self, **query):
        """Rows of the audit trail for this entry, newest first."""
        rows = self.get("/audit", limit=500, **query).ok()["items"]
        return [r for r in rows if self.entry in (None, r["entry"])]

    def generation(self):
        """How many changes the keystore has stored. What this node serves may
        come later."""
        return self.get("/status").ok()["database"]["generation"]


class SignedIn:
    """A user with the cookie of a session, as the console has it. name: of the
    virtual host."""

    def __init__(self, server, user="vmware", name=None):
        self.api = server.api(user=None, name=name)
        reply = self.api.post(
            "/vsocert/login", body=f"httpd_username={user}&httpd_password="
            f"canary-Sesame-{user}".encode(), headers={
                "Content-Type": "application/x-www-form-urlencoded"})
        assert reply.status == 302, reply
        self.cookie = reply.headers["Set-Cookie"].split(";")[0]

    def status(self, server=None):
        """HTTP status of a call, of another server with the same sessions."""
        api = server.api(user=None) if server else self.api
        return api.get("/status", headers={"Cookie": self.cookie}).status
