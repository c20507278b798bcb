# SPDX-License-Identifier: Apache-2.0
"""Requests with one wrong thing each, to every route: a problem document, at
once, and nothing is changed."""

import base64
import dataclasses
import re
import time

import pytest

from vso import source
from vso.client import BASE
from vso.raw import Wire
from vso.server import USERS

# No call of this kind takes as long; what does is asked again, as another
# process may have had the processors.
SLOW_SEC = 1

ENTRY = "target"
ROUTES = [(method, path, flags) for method, path, _, flags in source.routes()]

# What can be wrong with any call's query: "entry" is a parameter of all.
QUERIES = [
    "=", "=1", "&", "x=1", "entry", "entry=", "Entry=a", "entry[]=a",
    "entry=a&", "entry=a&&", "entry=a&entry=a", "%65ntry=a&entry=a",
    "entry=a&entry%00=b", "entry=%", "entry=%4", "entry=%zz", "entry=%00",
    "entry=a%00b", "entry=a%0ab", "entry=a%7f", "entry=%ff", "entry=%c0%80",
    "entry=%ed%a0%80", "%00=1", "%ff=1", "%=1", "entry=" + "a" * 65]

# Values that a parameter does not take, beside what none takes; others take
# any text.
NO_BOOL = ["", "1", "TRUE", "yes"]
VALUES = {"limit": ["0", "-1", "501", "1.5", "x", "1x", "9" * 30],
          "before": ["0", "-1", "x", "9" * 30],
          "force": NO_BOOL, "withSharedKey": NO_BOOL,
          "wait": ["", "x", "Fleet", "fleet,"]}

# What can follow a path, so that it is none.
PATHS = ["/", "/x/y", "/%00", "%00", "%2F", "%2fx", "%", "%4", "%zz", "/%ff/x",
         "/%0a/x", "%0d%0aX:1", "/%c0%ae%c0%ae/x", "\\x/y", "/..%2f..", ";x/y",
         "/" + "x" * 256 + "/y"]

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO",
           "get", "PROPFIND"]

# Headers instead of, or beside, the good ones; None: left out. A tuple: the
# header stands as often.
HEADERS = [
    {"Host": None}, {"Host": ("a.test", "b.test")}, {"Host": "a b"},
    {"Host": "a/b"}, {"Host": "a:x"},
    {"Expect": "x"}, {"Expect": "200-ok"},
    {"Content-Length": "x"}, {"Content-Length": "-1"},
    {"Content-Length": ("2", "3")}, {"Content-Length": "9" * 30},
    {"Transfer-Encoding": "gzip"}, {"Transfer-Encoding": "chunked, x"},
    {"Authorization": None}, {"Bad Name": "1"}, {"": "1"}, {"X": "a\0b"},
    {"X": "a\x7f\x01"}, {"X": "x" * 9000},
    {f"X{i}": "1" for i in range(110)},
    {"Content-Type": "text/plain"}, {"Content-Type": "application/jsonx"},
    {"Content-Type": "application/x-www-form-urlencoded"},
    {"Content-Type": ("application/json", "text/plain")}]

# For what changes something.
FOREIGN = [{"Origin": "https://evil.example"}, {"Origin": "null"},
           {"Origin": ""}, {"Sec-Fetch-Site": "cross-site"},
           {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "x"},
           {"If-Match": '"x"'}, {"If-Match": "x"}]

BODIES = [b"[]", b"null", b"{", b'{"x": 1}', b'{"a": 1, "a": 2}', b"\0",
          b'{"a": "\xff"}', b"{}x", b"[" * 5000 + b"]" * 5000,
          b"{" + b" " * 65536 + b"}x",
          b'{"a": [' + b"1," * 20000 + b"1]}"]

# Accepted as it is, and nothing that is tested here comes of it.
HARMLESS = {"/certificate/rollback", "/keystore/reseal",
            "/keystore/accept-restore"}


@dataclasses.dataclass
class Request:
    """One request; good, but for what `what` says."""

    what: str
    method: str
    path: str
    query: str = f"entry={ENTRY}"
    headers: dict = dataclasses.field(default_factory=dict)
    body: bytes = b""

    def encode(self, auth):
        headers = {"Host": "localhost", "Authorization": auth}
        if self.body:
            headers["Content-Type"] = "application/json"
            headers["Content-Length"] = str(len(self.body))
        elif self.method in ("POST", "DELETE"):
            headers["Content-Length"] = "0"
        headers.update(self.headers)
        lines = [f"{self.method} {BASE}{self.path}?{self.query} HTTP/1.1"]
        for name, value in headers.items():
            values = value if isinstance(value, tuple) else (value,)
            lines += [f"{name}: {v}" for v in values if v is not None]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


def own_parameters(path, method):
    """Names in the table of the route's query, and "wait" where it is taken."""
    text = (source.SOURCE / "httpd/api/routes.c").read_text()
    row = text[text.index(f'{{M_{method}, "{path}"'):]
    row = row[:row.index("}", row.index("vsocert_api_"))]
    names = ["wait"] if "VSOCERT_WAIT" in row else []
    query = re.search(r"&vsocert_(([a-z]+)_\w+)_query", row)
    if query:
        noun = (source.SOURCE / f"httpd/api/{query[2]}.c").read_text()
        fields = re.search(
            rf"vsocert_{query[1]}_query = {{\s*(\w+),", noun)[1]
        table = re.search(rf"\b{fields}\[\] = {{(.*?)}};", noun, re.S)[1]
        names += re.findall(r'VSOCERT_\w+\("(\w+)"', table)
        assert len(names) > 1
    return names


def wrong_queries(method, path):
    queries = list(QUERIES)
    for name in own_parameters(path, method):
        queries += [f"{name}=1&{name}=1", f"{name}=1%00", f"{name}=%ff", name,
                    f"{name.capitalize()}=1"]
        queries += [f"{name}={value}" for value in VALUES.get(name, [])]
    return queries


def wrong_requests(method, path, flags):
    """All that can be wrong with one route."""
    good = Request("", method, source.example(path))
    if "VSOCERT_BODY" in flags:
        good.body = b"{}"

    def wrong(what, **members):
        return dataclasses.replace(good, what=what, **members)

    for query in wrong_queries(method, path):
        yield wrong("query", query=query)
    for end in PATHS:
        yield wrong("path", path=good.path + end)
    here = {m for m, p, _ in ROUTES if source.example(p) == good.path}
    for other in METHODS:
        if other not in here:
            yield wrong("method", method=other)
    for headers in HEADERS:
        yield wrong("headers", headers=headers)
    if method != "GET":
        for headers in FOREIGN:
            if "If-Match" not in headers or path not in HARMLESS:
                yield wrong("headers", headers=headers)
    for body in BODIES:
        yield wrong("body", body=body)
    yield wrong("body", headers={"Transfer-Encoding": "chunked",
                                 "Content-Type": "application/json",
                                 "Content-Length": None},
                body=b"zz\r\n{}\r\n0\r\n\r\n")


def some(number, wrong):
    """A third of them: another one for each of three routes. What is wrong
    with a parameter of its own is not left out."""
    for i, request in enumerate(wrong):
        if (i + number) % 3 == 0 or (
                request.what == "query" and request.query not in QUERIES):
            yield request


def test_there_are_a_thousand_or_so():
    count = sum(len(list(some(i, wrong_requests(*route))))
                for i, route in enumerate(ROUTES))
    assert 1000 < count < 2000


@pytest.fixture(scope="module")
def wire(server):
    made = Wire(server.port)
    yield made
    made.close()


@pytest.fixture(scope="module")
def before(server):
    """An entry with an active and a passive version; and what there was."""
    api = server.api(ENTRY)
    api.create()
    api.create(replace=True)
    return api, api.snapshot()


def in_time(wire, sent, method):
    """The answer, which takes less than SLOW_SEC once in three times; None:
    there is none."""
    for _ in range(3):
        begin = time.monotonic()
        try:
            reply = wire.ask(sent, method)
        except TimeoutError:
            return None
        if time.monotonic() - begin < SLOW_SEC:
            return reply
    raise AssertionError(f"slow three times: {sent[:300]}")


def complaint(reply):
    """What is wrong with an answer; None: it is a refusal as it has to be."""
    if reply is None:
        return "no answer"
    if not 400 <= reply.status < 500:
        return f"status {reply.status}"
    if reply.headers["Content-Type"] != "application/problem+json":
        return f"{reply.status} {reply.headers['Content-Type']}"
    if source.problems().get(reply.slug) != reply.status:
        return f"slug {reply.slug}"
    return None


@pytest.mark.parametrize("number", range(len(ROUTES)),
                         ids=[f"{m} {p}" for m, p, _ in ROUTES])
def test_each_is_refused_with_a_problem(server, wire, before, number):
    server.expect_log("AH10244: invalid URI path")
    api, snapshot = before
    pair = base64.b64encode(f"vmware:{USERS['vmware']}".encode()).decode()
    complaints = []
    for request in some(number, wrong_requests(*ROUTES[number])):
        sent = request.encode(f"Basic {pair}")
        wrong = complaint(in_time(wire, sent, request.method))
        if wrong:
            complaints.append(f"{wrong}: {request}"[:300])
    assert not complaints, "\n".join(complaints)
    assert api.snapshot() == snapshot


def test_httpd_says_what_it_refuses_by_itself(wire, server):
    """Below the API's base only."""
    def ask(target, method="GET", version="HTTP/1.1"):
        return wire.ask(f"{method} {target} {version}\r\nHost: x\r\n\r\n"
                        .encode(), method)
    ask(f"{BASE}/versions%2F1").refused(404, "not-found")
    ask("/vsocert/api/%00").refused(404, "not-found")
    ask(f"{BASE}/versions", "TRACE").refused(405, "method-not-allowed")
    ask(f"{BASE}/versions").refused(401, "not-signed-in")
    ask(f"{BASE}/versions#x").refused(400, "malformed")
    server.expect_log("AH10244: invalid URI path")
    ask(f"{BASE}/%zz").refused(400, "malformed")
    head = ask(f"{BASE}/versions%2F1", "HEAD")
    assert (head.status, head.headers["Content-Type"], head.body) == (
        404, "application/problem+json", b"")
    for target in ("/vsocert/apix%2F", "/vsocert/%2F", "/elsewhere%2F"):
        assert ask(target).headers["Content-Type"].startswith("text/html")


def test_a_request_that_does_not_arrive(make_server):
    wire = Wire(make_server(extra="RequestReadTimeout header=1").port)
    wire.ask(f"GET {BASE}/versions HTTP/1.1\r\nHost: x\r\n".encode()).refused(
        408, "timeout")
