# SPDX-License-Identifier: Apache-2.0
"""Wrong, truncated and random input to every call: a problem document with a
known slug that names the member or file, and nothing is changed."""

import json
import pathlib
import random
import re
import socket

import pytest

from vso import source
from vso.client import BASE
from vso.files import b64, pkcs12, self_signed

PASSWORD = "correct horse"

# Every call, with a body that would be accepted; None: it takes none. {id} is
# the entry's passive version.
CALLS = {
    ("GET", "/certificate"): None,
    ("POST", "/certificate"): {
        "subject": {"commonName": "x", "organization": "O",
                    "organizationalUnit": "U", "locality": "L", "state": "S",
                    "country": "CH"},
        "subjectAltNames": ["x.test"], "key": "ec-p256", "days": 9,
        "replace": True},
    ("GET", "/certificate.pem"): None,
    ("GET", "/certificate/csr"): None,
    ("POST", "/certificate/csr"): {
        "subject": {"commonName": "x"}, "subjectAltNames": ["x.test"],
        "key": "ec-p256"},
    ("POST", "/certificate/reply"): {"reply": "...", "preview": False},
    ("POST", "/certificate/rollback"): None,
    ("POST", "/keystore/import"): {
        "keystore": "...", "password": PASSWORD, "keyPassword": "x",
        "alias": "a", "replace": True, "passive": False, "preview": False},
    ("POST", "/keystore/export"): {
        "password": PASSWORD, "format": "pkcs12", "version": 1},
    ("POST", "/keystore/reseal"): None,
    ("POST", "/keystore/accept-restore"): None,
    ("POST", "/keystore/adopt"): {"host": "www.example.test"},
    ("GET", "/versions"): None,
    ("GET", "/versions/{id}"): None,
    ("GET", "/versions/{id}/csr"): None,
    ("GET", "/versions/{id}/certificate.pem"): None,
    ("GET", "/versions/{id}/trial"): None,
    ("POST", "/versions/{id}/activate"): None,
    ("POST", "/versions/{id}/deactivate"): None,
    ("DELETE", "/versions/{id}"): None,
    ("GET", "/trusted-certificates"): None,
    ("POST", "/trusted-certificates"): {"certificate": "..."},
    ("DELETE", "/trusted-certificates/{name}"): None,
    ("POST", "/packages/imports"): None,
    ("GET", "/packages/imports"): None,
    ("GET", "/packages/imports/{id}"): None,
    ("DELETE", "/packages/imports/{id}"): None,
    ("POST", "/packages/imports/{id}/confirm"): {
        "elements": ["x"], "sha256": "0" * 64, "trust": "once",
        "tags": "keep"},
    ("GET", "/packages"): None,
    ("POST", "/packages"): {
        "name": "org.example", "description": "", "elements": ["x"]},
    ("GET", "/packages/{name}"): None,
    ("DELETE", "/packages/{name}"): None,
    ("POST", "/packages/{name}/export"): {
        "recipients": [], "encrypt": True, "versionHistory": True,
        "version": 1,
        "rights": {"view": True, "repackage": True, "edit": True}},
    ("GET", "/entries"): None,
    ("GET", "/entries/summary"): None,
    ("DELETE", "/entries/{name}"): None,
    ("GET", "/audit"): None,
    ("GET", "/audit/verify"): None,
    ("GET", "/nodes"): None,
    ("GET", "/status"): None,
    ("GET", "/countries"): None,
}
WITH_BODY = [call for call, body in CALLS.items() if body]
WITHOUT_BODY = [call for call, body in CALLS.items() if not body]
# Wrong passwords are counted for each user: several may guess.
SERVER = {"extra": """
<Location "/vsocert/api">
    VSOCertAllow manage "true"
</Location>
"""}
# A file, not JSON: test_package*.py have what is wrong with those.
UPLOADS = {("POST", "/packages/imports")}
JSON = {"Content-Type": "application/json"}


def path_of(path, api):
    """A route's path for the entry at hand."""
    return path.replace("{id}", str(api.passive)).replace("{name}", "none")


def names(calls):
    return [" ".join(call) for call in calls]


@pytest.fixture(scope="module")
def entry_before(server):
    """An entry with an active and a passive version, for all tests: nothing
    here changes it. (The client, what there was)"""
    api = server.api("target")
    api.passive = api.create()["id"]
    api.create(replace=True)
    return api, api.snapshot()


@pytest.fixture
def prepared(entry_before):
    """The client; sees afterwards that nothing was changed."""
    api, before = entry_before
    yield api
    assert api.snapshot() == before


def refused(reply, sent):
    """A problem document with a known slug."""
    assert 400 <= reply.status < 500, (sent, reply)
    assert source.problems()[reply.slug] == reply.status, (sent, reply)
    return reply.slug


def put(api, call, body):
    """The call with these bytes."""
    method, path = call
    return api.call(method, path_of(path, api), body=body, headers=JSON)


def test_every_route_is_in_the_table():
    assert set(CALLS) == {(m, p) for m, p, _, _ in source.routes()}
    with_body = {(m, p) for m, p, _, flags in source.routes()
                 if "VSOCERT_BODY" in flags}
    assert set(WITH_BODY) == with_body


def broken_json(body, rng):
    """Bytes that are no JSON object, or none that is acceptable."""
    text = json.dumps(body).encode()
    yield from (b"", b" ", b"null", b"[]", b"1", b'"x"', b"true", b"{", b"}",
                b"{}x", b"{'a': 1}", b'{"a":}', b"\xff\xfe{\0}\0",
                b'{"a": "\xc3"}', b'{"a": "\xed\xa0\x80"}',
                b'{"a": "\\ud800"}', b'{"a": NaN}', b'{"a": 1e999}',
                b'{"a": 123456789012345678901234567890}', b'{"\\u0000": 1}',
                b'{"x": ' + b"[" * 5000 + b"]" * 5000 + b"}",
                text + text, text + b"\0", b"\xef\xbb\xbf" + text[:-1])
    yield from (text[:n] for n in
                sorted(rng.sample(range(1, len(text)), min(12, len(text) - 1))))
    for _ in range(8):
        yield rng.randbytes(rng.randrange(1, 400))
    for _ in range(8):
        cut = bytearray(text)
        cut[rng.randrange(len(cut))] = rng.choice(b'{}[]",:\\\0\x7f')
        try:
            same = json.loads(cut)
        except ValueError:
            yield bytes(cut)
        else:
            if set(same) - set(body):
                yield bytes(cut)


@pytest.mark.parametrize("call", WITH_BODY, ids=names(WITH_BODY))
def test_bodies_that_are_no_json(prepared, call):
    for sent in broken_json(CALLS[call], random.Random(" ".join(call))):
        reply = put(prepared, call, sent)
        assert refused(reply, sent) in ("malformed", "invalid"), (sent, reply)


@pytest.mark.parametrize("call", WITH_BODY, ids=names(WITH_BODY))
def test_members_that_are_unknown_or_of_another_type(prepared, call):
    good = CALLS[call]
    first = json.dumps(good)[1:]
    for sent in ({**good, "unknown": 1}, {**good, "Password": "x"}):
        name = list(sent)[-1]
        put(prepared, call, json.dumps(sent).encode()).refused(
            400, "malformed", name)
    twice = next(iter(good))
    reply = put(prepared, call, f'{{"{twice}": 1, {first}'.encode())
    reply.refused(400, "malformed")
    for name, value in good.items():
        for wrong in ("x", 1, -1, 1.5, True, [], [1], [None], {}, {"a": "b"},
                      1 << 62):
            if isinstance(wrong, type(value)) and type(wrong) is type(value) \
                    and wrong not in ({"a": "b"}, [1], [None]):
                continue
            if (name, wrong) == ("subject", {}):
                continue
            sent = json.dumps({**good, name: wrong}).encode()
            reply = put(prepared, call, sent)
            refused(reply, sent)
            assert reply.json["field"].split(".")[0].split("[")[0] in (
                name, *good, "a"), (sent, reply)
    if "subject" in good:
        for wrong in ({"commonName": 1}, {"commonName": "x", "cn": "y"},
                      {"commonName": ["x"]}, {"commonname": "x"}):
            sent = json.dumps({**good, "subject": wrong}).encode()
            refused(put(prepared, call, sent), sent)


VALUES = [
    ({"subject": {}}, "commonName"),
    ({"subject": {"commonName": ""}}, "commonName"),
    ({"subject": {"commonName": "x" * 65}}, "commonName"),
    ({"subject": {"commonName": "a\u0000b"}}, None),
    ({"subject": {"commonName": "a\nb"}}, "commonName"),
    ({"subject": {"commonName": "x", "organization": "o" * 65}},
     "organization"),
    ({"subject": {"commonName": "x", "locality": "ü" * 129}}, "locality"),
    ({"subject": {"commonName": "x", "country": "Switzerland"}}, "country"),
    ({"subject": {"commonName": "x", "country": "XX"}}, "country"),
    ({"subject": {"commonName": "x", "country": "C"}}, "country"),
    ({"subjectAltNames": ["not a name"]}, "subjectAltNames"),
    ({"subjectAltNames": [""]}, "subjectAltNames"),
    ({"subjectAltNames": ["*"]}, "subjectAltNames"),
    ({"subjectAltNames": ["a..b"]}, "subjectAltNames"),
    ({"subjectAltNames": ["-a.test"]}, "subjectAltNames"),
    ({"subjectAltNames": ["x" * 64 + ".test"]}, "subjectAltNames"),
    ({"subjectAltNames": ["a." * 130 + "test"]}, "subjectAltNames"),
    ({"subjectAltNames": ["https://x.test/"]}, "subjectAltNames"),
    ({"subjectAltNames": [f"a{i}.test" for i in range(101)]},
     "subjectAltNames"),
    ({"key": "rsa-1024"}, "key"), ({"key": "dsa-2048"}, "key"),
    ({"key": ""}, "key"), ({"key": "RSA-2048"}, "key"),
    ({"days": 0}, "days"), ({"days": 3651}, "days"), ({"days": -5}, "days"),
]


@pytest.mark.parametrize("change, field", VALUES)
def test_values_that_are_out_of_range(prepared, change, field):
    for call in (("POST", "/certificate"), ("POST", "/certificate/csr")):
        if "days" in change and call[1] != "/certificate":
            continue
        reply = put(prepared, call,
                    json.dumps({**CALLS[call], **change}).encode())
        assert refused(reply, change) in ("invalid", "malformed",
                                           "too-large")
        assert field in (None, re.sub(r".*\.|\[.*", "", reply.json["field"])), \
            reply


@pytest.mark.parametrize("call", list(CALLS), ids=names(CALLS))
def test_parameters_that_are_unknown(prepared, call):
    method, path = call
    path = path_of(path, prepared)
    for name in ("x", "Entry", "entry[]", "force", "a" * 500, "%00"):
        reply = prepared.call(method, path, json=CALLS[call], **{name: "1"})
        reply.refused(400, "malformed")
        assert name.startswith(reply.json["field"][:60])
    for entry in ("", "../x", "'; DROP TABLE vmo_keystore; --", "\xff"):
        reply = prepared.call(method, path, json=CALLS[call], entry=entry)
        reply.refused(422, "invalid", "entry")
    reply = prepared.call(method, path, json=CALLS[call], entry="a\0")
    reply.refused(400, "malformed", "entry")


@pytest.mark.parametrize("call", WITHOUT_BODY, ids=names(WITHOUT_BODY))
def test_bodies_where_none_is_wanted(prepared, call):
    for sent in (b'{"x": 1}', b"[]", b"{", b"\0\1\2", b"x" * 10000):
        refused(put(prepared, call, sent), sent)


def most_bytes(call):
    """What a call's body may have, by the flags of its route."""
    flags, = [f for m, p, _, f in source.routes() if (m, p) == call]
    limit = "FILES" if "FILES" in flags else "IDS" if "IDS" in flags else ""
    return {"FILES": 8388608,    # VSOCertMaxBody of the reference configuration
            "IDS": 65536 + 5000 * 216, "": 65536}[limit]


@pytest.mark.parametrize("call", [c for c in CALLS if c not in UPLOADS],
                         ids=lambda call: " ".join(call))
def test_bodies_that_are_too_large(prepared, call):
    most = most_bytes(call)
    reply = put(prepared, call, b'{"x": "' + b"x" * (most - 9) + b'"}')
    reply.refused(400, "malformed", "x")
    reply = put(prepared, call, b'{"x": "' + b"x" * (most - 8) + b'"}')
    assert str(most) in reply.refused(413, "too-large", "body")["detail"]


def high_water(server):
    """The most memory that any child of httpd has had so far, in MiB."""
    sizes = [re.search(r"VmHWM:\s+(\d+)",
                       pathlib.Path(f"/proc/{pid}/status").read_text())
             for pid in server.pids() if pid != server.pid]
    return max(int(size.group(1)) for size in sizes) / 1024


def test_bodies_of_many_values_are_not_built(server, prepared):
    """8 MiB of empty arrays took 455 MB, and 15 seconds."""
    members = ",".join(f'"a{i}":{i % 10}' for i in range(700000))
    for body in ("{" + members + "}",
                 '{"keystore": [' + "1," * 4000000 + "1]}",
                 '{"keystore": [' + "[]," * 2000000 + "[]]}"):
        assert len(body) <= 8388608
        put(prepared, ("POST", "/keystore/import"), body.encode()).refused(
            413, "too-large", "body")
    assert high_water(server) < 150


def test_the_largest_list_of_elements_is_read(prepared):
    ids = [f"{i:0200}" for i in range(5000)]
    body = json.dumps({"name": "org.example", "elements": ids}, indent=4)
    put(prepared, ("POST", "/packages"), body.encode()).refused(
        422, "invalid", "elements")


def test_a_large_body_in_chunks(prepared):
    chunks = (b"x" * 65536 for _ in range(129))
    prepared.call("POST", "/certificate", body=chunks, headers=JSON).refused(
        413, "too-large", "body")


def raw(server, api, request, target="/certificate"):
    """Send bytes after the head of a POST, and no more. The answer's status
    line, or b"" where the connection was closed without one."""
    head = (f"POST {BASE}{target}?entry={api.entry} HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: {api.auth}\r\nContent-Type: application/json\r\n"
            f"Connection: close\r\n").encode()
    with socket.create_connection(("127.0.0.1", server.port), 20) as plain:
        tls = api.context.wrap_socket(plain)
        tls.sendall(head + request)
        try:
            tls = tls.unwrap()
        except OSError:
            pass
        try:
            tls.settimeout(5)
            return tls.recv(100).split(b"\r\n")[0]
        except OSError:
            return b""


@pytest.mark.parametrize("request_", [
    b"Content-Length: 100\r\n\r\n" + b'{"subject": {"commonName": "x"}}',
    b"Content-Length: 100\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n20\r\n{",
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n"
    b"20\r\n" + b'{"subject": {"commonName": "x"}}' + b"\r\n",
], ids=["short", "none", "short chunk", "bad chunk", "no last chunk"])
def test_bodies_that_end_early(server, prepared, request_):
    line = raw(server, prepared, request_)
    assert not line.startswith(b"HTTP/1.1 2"), line


def spoiled(data, rng):
    """Pieces of a file, and the file with some bits turned."""
    for n in sorted(rng.sample(range(1, len(data)), 12)):
        yield data[:n]
    yield data + b"\0"
    yield data[1:]
    for _ in range(12):
        turned = bytearray(data)
        for _ in range(rng.randrange(1, 4)):
            turned[rng.randrange(min(len(data), 200))] ^= 1 << rng.randrange(8)
        if bytes(turned) != data:
            yield bytes(turned)
    for n in (1, 10, 100, 5000):
        yield rng.randbytes(n)


def test_spoiled_keystore_files(server, prepared):
    """As another user: wrong passwords are counted for each."""
    data = pkcs12(*self_signed("x.test", "ec"), PASSWORD)
    users = ("operator", "auditor")
    for i, piece in enumerate(spoiled(data, random.Random(1))):
        other = server.api(prepared.entry, user=users[i % 2])
        reply = other.post("/keystore/import", {
            "keystore": b64(piece), "password": PASSWORD, "replace": True})
        assert refused(reply, piece) in (
            "damaged", "unsupported-format", "wrong-password", "slow-down",
            "invalid", "key-mismatch", "too-large"), reply
    for text in ("====", "A", "AAA", "*", "AAAA AAA*", "\u00e4"):
        prepared.post("/keystore/import", {
            "keystore": text, "password": PASSWORD,
            "replace": True}).refused(400, "malformed", "keystore")


def test_spoiled_replies(prepared, ec_ca):
    leaf = ec_ca.sign(prepared.get("/certificate/csr").text).encode()
    for piece in spoiled(leaf, random.Random(2)):
        if piece.startswith(leaf[:-1]):
            continue    # what follows is text around it
        reply = prepared.post("/certificate/reply", {"reply": b64(piece)})
        assert refused(reply, piece) in (
            "damaged", "unsupported-format", "key-mismatch", "too-large")


def test_more_than_a_file_may_hold(prepared):
    """Over the cap of the format, below that of the body."""
    big = "A" * (4 * 1024 * 1024)
    for path, members, field in (
            ("/certificate/reply", {"reply": big}, "reply"),
            ("/keystore/import", {"keystore": big + "A" * (2 << 20),
                                  "password": "x", "replace": True},
             "keystore")):
        reply = prepared.post(path, members)
        assert refused(reply, path) in ("too-large", "malformed"), reply
        assert reply.json["field"] == field
