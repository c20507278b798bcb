# SPDX-License-Identifier: Apache-2.0
"""VSOCertSignPackages and VSOCertVerifyPackages, in front of files, CGI and a
proxied application."""

import gzip
import hashlib
import pathlib
import re
import uuid
import zipfile

import pytest

from vso import packages, wait_for
from vso.application import Application, Page, ask
from vso.packages import Signer, script, write
from vso.server import descriptors

MAX_PACKAGE = 40 * 1024 * 1024

CONF = """
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
LoadModule cgid_module {modules}/mod_cgid.so
LoadModule rewrite_module {modules}/mod_rewrite.so
LoadModule actions_module {modules}/mod_actions.so
ScriptSock "{site}/cgid.sock"
SetEnv TMPDIR "{site}/tmp"
VSOCertMaxPackage {limit}
Alias "/disk" "{site}/files"
Alias "/cms" "{site}/files"
Alias "/plain" "{site}/files"
<Location "/app/inflated">
    SetOutputFilter INFLATE
    SetInputFilter DEFLATE
</Location>
ScriptAlias "/cgi" "{site}/script.cgi"
DocumentRoot "{site}/files"
ProxyPass "/app" "http://127.0.0.1:{port}"
<Directory "{site}">
    Require all granted
    Options FollowSymLinks
    RewriteEngine on
    RewriteRule "/?again$" "/cgi/up" [L]
    RewriteRule "front/(.*)[.]package$" "/disk/$1" [L]
</Directory>
<Location "/act">
    Action vso-act "/cgi" virtual
    SetHandler vso-act
</Location>
<LocationMatch "^/(disk|cgi|app)">
    VSOCertSignPackages on
</LocationMatch>
<Location "/cms">
    VSOCertSignPackages cms-only
</Location>
<LocationMatch "^/(app|cgi|act|plain/again)">
    VSOCertVerifyPackages on
</LocationMatch>
"""

SCRIPT = """#!/bin/sh
if [ "$REQUEST_METHOD" = POST ]; then
    printf 'Content-Type: text/plain\\r\\n\\r\\n'
    echo "$CONTENT_LENGTH $(sha256sum)"
    exit
fi
printf 'Content-Type: application/zip\\r\\nETag: "old"\\r\\n\\r\\n'
exec cat '{site}/files/'"${{PATH_INFO#/}}"
"""


@pytest.fixture(scope="module")
def application():
    made = Application()
    yield made
    made.close()


@pytest.fixture(scope="module")
def site(base_folder):
    """Files, and a script that sends them."""
    folder = base_folder / "site"
    (folder / "files").mkdir(parents=True)
    (folder / "tmp").mkdir()
    folder.chmod(0o777)     # the socket of mod_cgid
    (folder / "tmp").chmod(0o777)
    path = folder / "script.cgi"
    path.write_text(SCRIPT.format(site=folder))
    path.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def server_options(application, site):
    return {"extra": CONF.format(
        modules="/usr/lib/apache2/modules", site=site, limit=MAX_PACKAGE,
        port=application.port)}


@pytest.fixture(scope="module")
def package(vro):
    return write("org.example.library", [
        script("one", author=vro), packages.resource("two", b"x" * 5000)], vro)


def add(site, application, name, data, **page):
    """The same at /disk/NAME, /cms/NAME, /cgi/NAME and /app/NAME."""
    path = site / "files" / name
    path.write_bytes(data)
    path.chmod(0o644)
    page.setdefault("headers", {
        "ETag": '"old"', "Last-Modified": "Tue, 01 Oct 2024 10:00:00 GMT",
        "Accept-Ranges": "bytes", "Content-MD5": "AAAA", "Digest": "md5=AAAA",
        "X-VSOCert-Warnings": "no-orchestrator-signature",
        "Content-Type": "application/zip"})
    application.pages[f"/{name}"] = Page(data, **page)


@pytest.fixture
def put(site, application):
    """put(data, suffix=".package", **Page) -> a name of this test's own."""
    def made(data, suffix=".package", **page):
        name = f"{uuid.uuid4()}{suffix}"
        add(site, application, name, data, **page)
        return name
    return made


def nothing_open(server):
    """No child has a temporary file; none has a name."""
    def spools():
        return [target for pid in server.pids() for target in descriptors(pid)
                if "/tmp/#" in target or "vsocert-" in pathlib.Path(target).name]
    wait_for(lambda: not spools(), "temporary files to be gone")


def judge(reply, original, pem):
    """A signed package: by openssl and zipfile, and its headers."""
    assert reply.status == 200, reply
    assert int(reply.headers["Content-Length"]) == len(reply.body)
    assert reply.headers["Accept-Ranges"] == "none"
    for gone in ("ETag", "Last-Modified", "Content-MD5", "Digest",
                 "Content-Range"):
        assert gone not in reply.headers, gone
    packages.judge_cms(reply.body, pem)
    assert packages.elements_of(reply.body) == packages.elements_of(original)


# On the way out


@pytest.mark.parametrize("source", ["disk", "cgi", "app"])
def test_packages_are_signed(server, api, host, put, package, source):
    api.create(host, key="rsa-2048")
    pem = api.get("/certificate.pem").text
    path = f"/{source}/{put(package, chunked=True)}"
    plain = ask(server, "GET", path, host)
    judge(plain, package, pem)
    packages.judge_signatures(plain.body, pem)
    assert "X-VSOCert-Warnings" not in plain.headers

    for headers in ({"Range": "bytes=0-99"}, {"If_None_Match": '"old"'},
                    {"If_None_Match": "*"},
                    {"If_Modified_Since": "Fri, 27 Nov 2099 10:00:00 GMT"},
                    {"Range": "bytes=0-", "If_Range": '"old"'},
                    {"Accept_Encoding": "gzip"}):
        reply = ask(server, "GET", path, host, **headers)
        judge(reply, package, pem)

    head = ask(server, "HEAD", path, host)
    assert (head.status, head.body) == (200, b"")
    gone = {"date", "content-length", "transfer-encoding", "keep-alive",
            "connection"}
    assert {k: v for k, v in head.headers.items() if k.lower() not in gone} \
        == {k: v for k, v in plain.headers.items() if k.lower() not in gone}
    assert "Content-Length" not in head.headers
    nothing_open(server)


@pytest.mark.skipif(not packages.REAL,
                    reason="no real packages: ../shared/data/packages")
def test_real_packages_are_signed(server, api, host, put):
    api.create(host, key="rsa-2048")
    pem = api.get("/certificate.pem").text
    for path in packages.REAL[:3]:
        data = path.read_bytes()
        reply = ask(server, "GET", f"/disk/{put(data)}", host)
        judge(reply, data, pem)


def test_cms_only_keeps_the_earlier_signer(server, api, host, put, package,
                                           vro):
    api.create(host, key="rsa-2048")
    pem = api.get("/certificate.pem").text
    reply = ask(server, "GET", f"/cms/{put(package)}", host)
    judge(reply, package, pem)
    before = packages.contents(package)
    after = packages.contents(reply.body)
    added = {packages.MANIFEST, packages.P7S}
    assert {k: v for k, v in after.items() if k not in added} == before
    # signed anew, it has one CMS signature again
    again = ask(server, "GET", f"/cms/{put(reply.body)}", host)
    judge(again, package, pem)
    assert vro.path in packages.contents(again.body)


def test_an_unsigned_package_is_signed(server, api, host, put, vro):
    api.create(host, key="rsa-2048")

    def strip(files):
        for name in [n for n in files if n.startswith("signatures/")]:
            del files[name]
    bare = write("org.example.bare", [script("one")], vro, change=strip)
    reply = ask(server, "GET", f"/disk/{put(bare)}", host)
    pem = api.get("/certificate.pem").text
    judge(reply, bare, pem)
    packages.judge_signatures(reply.body, pem)


def test_ec_keys_sign_by_cms_alone_and_rsa_comes_first(server, api, host, put,
                                                       package):
    api.create(host, key="ec-p256")
    ec = api.get("/certificate.pem").text
    path = f"/app/{put(package)}"
    reply = ask(server, "GET", path, host)
    judge(reply, package, ec)
    assert reply.headers["X-VSOCert-Warnings"] == "no-orchestrator-signature"
    assert not [n for n in packages.contents(reply.body)
                if n.startswith("signatures/")]

    api.create(host, key="rsa-2048", beside=True)
    served = api.certificate()
    rsa, = [c for c in (served["certificate"], served["also"])
            if c["key"] == "rsa-2048"]
    pem = api.get(f"/versions/{rsa['id']}/certificate.pem").text
    reply = ask(server, "GET", path, host)
    judge(reply, package, pem)
    packages.judge_signatures(reply.body, pem)


def test_what_was_signed_here_is_trusted_here(server, api, host, put, package,
                                              application):
    api.create(host, key="rsa-2048")
    signed = ask(server, "GET", f"/app/{put(package)}", host).body
    arrived(application)
    server.expect_log(r"PUT /app/up .*\(untrusted-signer\)")
    assert ask(server, "PUT", "/app/up", host, package).status == 409
    assert ask(server, "PUT", "/app/up", host, signed).status == 202
    got, = arrived(application)
    assert got.body == signed


def test_by_the_name_it_is_saved_under(server, api, host, put, package):
    api.create(host, key="rsa-2048")
    pem = api.get("/certificate.pem").text
    for disposition in ('attachment; filename="my.package"',
                        "attachment; filename=my library.PACKAGE",
                        "attachment; filename*=UTF-8''my%2Epackage"):
        name = put(package, "", headers={"Content-Disposition": disposition,
                                         "ETag": '"old"'})
        reply = ask(server, "GET", f"/app/{name}", host,
                    If_None_Match='"old"', Range="bytes=0-9")
        judge(reply, package, pem)
        assert reply.headers["Content-Disposition"] == disposition
    name = put(package)
    reply = ask(server, "GET", f"/disk/{name}?download=1", host)
    judge(reply, package, pem)
    # what answers need not have the name that was asked for
    name = put(package, "")
    path = f"/disk/front/{name}.package"
    judge(ask(server, "GET", path, host), package, pem)


def test_what_is_no_package_passes_untouched(server, put, package, host):
    """Without a certificate, too."""
    archive = packages.io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("other", "file")
    for data, suffix in ((b"", ".package"), (b"PK is what I am", ".package"),
                         (archive.getvalue(), ".package"),
                         (b"text" * 5000, ".txt"), (package, ".zip")):
        name = put(data, suffix)
        for source in ("disk", "app"):
            path = f"/{source}/{name}"
            reply = ask(server, "GET", path, host)
            assert (reply.status, reply.body) == (200, data), path
            assert reply.headers["Content-Length"] == str(len(data))
            etag = reply.headers["ETag"]
            again = ask(server, "GET", path, host, If_None_Match=etag)
            assert (again.status, again.body) == (304, b""), path
            if data:
                # httpd makes no ranges of what streams through it
                part = ask(server, "GET", path, host, Range="bytes=1-3")
                assert (part.status, part.body) == (206, data[1:4]) \
                    or (source == "app" and suffix != ".package"
                        and (part.status, part.body) == (200, data)), path
    name = put(package, headers={}, status=404)
    assert ask(server, "GET", f"/app/{name}", host).body == package
    assert ask(server, "GET", f"/plain/{name}", host).body == package
    assert ask(server, "GET", "/disk/none.package", host).status == 404


def test_what_cannot_be_signed_is_an_error(server, api, host, put, package,
                                           application):
    name = put(package)
    for source in ("disk", "app"):
        server.expect_log(f"GET /{source}/{name}: .*no-signer")
        reply = ask(server, "GET", f"/{source}/{name}", host)
        reply.refused(503, "no-signer")
        assert reply.headers["Retry-After"] and "ETag" not in reply.headers
    api.create(host, key="rsa-2048")

    def swap(files):
        path, = [n for n in files if re.fullmatch("elements/[^/]+/data", n)]
        files[path] += b" "
    changed = write("org.example.changed", [script("one")], Signer(),
                    change=swap)
    server.expect_log(r"vsocert: GET \S+: .*\(not-signed\)")

    def refused(path, detail):
        before = len(re.findall("not-signed", server.log.new_text()))
        reply = ask(server, "GET", path, host)
        assert detail in reply.refused(502, "not-signed")["detail"], reply
        assert b"PK" not in reply.body and "ETag" not in reply.headers
        assert len(re.findall("not-signed", server.log.new_text())) \
            == before + 1
    for data, detail in ((package[:-40], "cut"), (changed, "/data"),
                         (package[:100] + b"\0" * 50 + package[150:], "")):
        name = put(data)
        for source in ("disk", "cgi", "app"):
            refused(f"/{source}/{name}", detail)
    name = put(package, headers={"Content-Encoding": "gzip"})
    refused(f"/app/{name}", "Content-Encoding")
    name = put(package[:10], status=206)
    refused(f"/app/{name}", "a part")
    name = put(b"PK", headers={"Content-Length": str(MAX_PACKAGE + 1)}, cut=2)
    refused(f"/app/{name}", "VSOCertMaxPackage")
    name = put(b"\0" * (MAX_PACKAGE + 1), chunked=True)
    refused(f"/app/{name}", "VSOCertMaxPackage")
    refused(f"/disk/{name}", "VSOCertMaxPackage")
    (server.folder.parent / "site/files" / name).unlink()

    # httpd's own answer for an application that stops in the middle
    server.expect_log("AH01(110|07)|prematurely|Network error", optional=True)
    for chunked in (True, False):
        name = put(package, chunked=chunked, cut=len(package) // 2)
        reply = ask(server, "GET", f"/app/{name}", host)
        assert reply.status == 502 and b"PK" not in reply.body
    nothing_open(server)


# On the way in


def test_what_httpd_inflates_is_looked_into(server, host, trusting, put,
                                            application, package):
    name = f"inflated/{put(b'')}"
    application.pages[f"/{name}"] = Page(gzip.compress(package), {
        "Content-Encoding": "gzip", "Content-Type": "application/zip"})
    pem = trusting.get("/certificate.pem").text
    reply = ask(server, "GET", f"/app/{name}", host, Accept_Encoding="gzip")
    judge(reply, package, pem)
    assert "Content-Encoding" not in reply.headers
    arrived(application)
    reply = ask(server, "POST", "/app/inflated", host, gzip.compress(package),
                Content_Type=OCTETS, Content_Encoding="gzip")
    assert reply.status == 202, reply
    got, = arrived(application)
    assert got.body == package and "Content-Encoding" not in got.headers


@pytest.fixture
def trusting(api, host, vro):
    """An entry with a certificate, where vro is trusted."""
    api.create(host, key="rsa-2048")
    api.post("/trusted-certificates", {"certificate": vro.cert})
    return api


def form(data, filename="a.package", boundary="----gecko0815", more=""):
    """What a browser sends."""
    return (f'--{boundary}\r\nContent-Disposition: form-data; name="overwrite"'
            f'\r\n\r\ntrue\r\n--{boundary}\r\nContent-Disposition: form-data; '
            f'name="file"; filename="{filename}"\r\n'
            f"Content-Type: application/octet-stream\r\n{more}\r\n").encode() \
        + data + f"\r\n--{boundary}--\r\n".encode()


FORM = "multipart/form-data; boundary=----gecko0815"
OCTETS = "application/octet-stream"


def arrived(application):
    got, application.got[:] = list(application.got), []
    return got


def test_good_packages_reach_the_application(server, host, trusting,
                                             application, package):
    arrived(application)
    for method, body, kind in (("PUT", package, OCTETS),
                               ("POST", package, "application/zip"),
                               ("POST", form(package), FORM),
                               ("POST", form(b"", ""), FORM),
                               ("POST", b'{"a": 1}', "application/json"),
                               ("POST", b"", "text/plain")):
        for headers in ({}, {"Expect": "100-continue"}, {"chunked": True}):
            chunked = headers.pop("chunked", False)
            sent = iter([body[:70], body[70:]]) if chunked and body else body
            reply = ask(server, method, "/app/upload", host, sent,
                        Content_Type=kind, **headers)
            assert (reply.status, reply.body) == (202, b"taken"), reply
            got, = arrived(application)
            assert got.method == method and got.body == body
            assert got.headers["Content-Type"] == kind
    assert ask(server, "GET", "/app/upload", host).status == 404
    nothing_open(server)


def test_other_uploads_do_not(server, host, trusting, application, package):
    """One after the other; the application sees none."""
    stranger = Signer("stranger.example.org")
    untrusted = write("org.example.alien", [script("one")], stranger)
    arrived(application)
    server.expect_log(r"vsocert: \w+ \S+ by an unknown user was not passed on")

    def refused(status, slug, body, kind=OCTETS, path="/app/upload",
                method="POST", **headers):
        before = server.log.new_text().count("was not passed on")
        reply = ask(server, method, path, host, body, Content_Type=kind,
                    **headers)
        problem = reply.refused(status, slug)
        assert reply.headers["Cache-Control"] == "no-store"
        assert server.log.new_text().count("was not passed on") == before + 1
        return problem
    for body, kind in ((untrusted, OCTETS), (form(untrusted), FORM),
                       (iter([untrusted]), "text/plain")):
        problem = refused(409, "untrusted-signer", body, kind)
        assert problem["package"]["name"] == "org.example.alien"
        assert problem["needsTrust"] is True
        signer, = [s for s in problem["signers"] if s["role"] == "package"]
        assert signer["fingerprint"] == stranger.fingerprint
        assert not signer["trusted"] and signer["why"]
        assert problem["elements"][0]["name"] == "one"
    flipped = bytearray(package)
    flipped[200] ^= 1
    for body, kind in ((package[:-30], OCTETS), (package[5:], OCTETS),
                       (bytes(flipped), "application/zip"),
                       (form(package[:-30]), FORM),
                       (form(package + package), FORM)):
        refused(422, "bad-zip", body, kind)
    refused(422, "bad-zip", b"no zip", path="/app/a.package", method="PUT")
    refused(422, "bad-zip", form(b"no zip"), FORM)
    refused(422, "bad-zip", b"no zip",
            Content_Disposition='attachment; filename="a.package"')

    def unsign(files):
        del files["signatures/dunes-meta-inf"]
    refused(422, "bad-signature",
            write("org.example.open", [script("one")], stranger,
                  change=unsign))
    # what nobody can look into
    refused(415, "unsupported-media-type", package, Content_Encoding="gzip")
    refused(415, "unsupported-media-type",
            form(b"UEsDBA==", more="Content-Transfer-Encoding: base64\r\n"),
            FORM)
    refused(400, "malformed", package, Content_Range="bytes 0-9/*")
    refused(400, "malformed", form(package)[:-10], FORM)
    refused(400, "malformed", form(package), "multipart/form-data")
    refused(400, "malformed", b"hidden" + form(package), FORM)
    refused(413, "too-large", b"", Content_Length=str(MAX_PACKAGE + 1),
            Expect="100-continue")
    refused(413, "too-large", iter([b"\0" * (1 << 22)] * 11))
    assert arrived(application) == []
    assert ask(server, "POST", "/app/upload", host, package,
               Content_Type=OCTETS).status == 202
    nothing_open(server)


def test_reports_tell_strangers_nothing(server, host, trusting, vro):
    """What is stored, and what lies encrypted in a package that was signed
    anew to be asked about."""
    name = f"org.example.{uuid.uuid4()}"
    element = packages.resource("secret-name", b"x", version="7.8.9")
    plain = write(name, [element], vro)
    report = trusting.call("POST", "/packages/imports", body=plain,
                           headers={"Content-Type": OCTETS}).ok(201)
    trusting.post(f"/packages/imports/{report['id']}/confirm",
                  {"elements": "all", "sha256": report["sha256"]}).ok()
    sealed = trusting.post(f"/packages/{name}/export", {"encrypt": True}).body
    stranger = Signer("stranger.example.org")

    def replace(files):
        files.clear()
        files.update({path: data for path, data
                      in packages.contents(sealed).items()
                      if not path.startswith(("signatures/", "META-INF/"))})
        files[stranger.path] = packages.der(stranger.cert)
        for path in list(files):
            files[f"signatures/{path}"] = stranger.sign(files[path])
    server.expect_log(r"\(untrusted-signer\)")
    for body in (write(name, [element], stranger),
                 write(name, [], stranger, change=replace)):
        reply = ask(server, "POST", "/app/up", host, body, Content_Type=OCTETS)
        problem = reply.refused(409, "untrusted-signer")
        found, = problem["elements"]
        assert found["id"] == element.id and found["storedVersion"] is None
        assert problem["package"]["stored"] is False
    assert found["encrypted"]
    assert "secret-name" not in reply.text and "7.8.9" not in reply.text
    assert ask(server, "POST", "/app/up", host, sealed,
               Content_Type=OCTETS).status == 202


@pytest.mark.parametrize("path", ["/cgi/up", "/plain/again", "/act/up"])
def test_uploads_to_scripts(server, host, trusting, package, path):
    """Also by way of redirects within httpd: mod_rewrite comes round before
    the body is read, mod_actions afterwards."""
    for body in (package, iter([package[:9], package[9:]])):
        reply = ask(server, "POST", path, host, body, Content_Type=OCTETS)
        digest = hashlib.sha256(package).hexdigest()
        assert reply.status == 200, reply
        assert reply.text.split() == [str(len(package)), digest, "-"], reply
    seen = path.replace("/plain/again", "/cgi/up")
    server.expect_log(f"POST {seen} .*not passed on")
    ask(server, "POST", path, host, package[1:],
        Content_Type=OCTETS).refused(422, "bad-zip")


@pytest.mark.sqlite("a folder takes the place of the database's file")
def test_without_the_database(make_server, application, site, put, package,
                              vro, server_options):
    """Packages are signed with what this node serves. Uploads are not judged,
    and hence refused; what is no package goes through."""
    server = make_server(**server_options)
    api = server.api()
    api.create(key="rsa-2048")
    pem = api.get("/certificate.pem").text
    server.stop()
    for path in server.state.glob("keystore.db*"):
        path.unlink()
    server.db_path.mkdir()
    server.expect_log("vsocert:|dbd|DBD", optional=True)
    server.start()
    judge(ask(server, "GET", f"/app/{put(package)}"), package, pem)
    arrived(application)
    ask(server, "POST", "/app/upload", None, package,
        Content_Type=OCTETS).refused(503, "database-unavailable")
    assert arrived(application) == []
    assert ask(server, "POST", "/app/upload", None, b"{}").status == 202


# Numbers


def test_large_packages_pass_through_little_memory(make_server, put, vro,
                                                   application,
                                                   server_options):
    """32 MiB in one incompressible resource, out and in."""
    server = make_server(**server_options)
    api = server.api()
    api.create(key="rsa-2048")
    api.post("/trusted-certificates", {"certificate": vro.cert})
    small = write("org.example.small", [packages.resource("r", b"x")], vro)
    large = write("org.example.large", [packages.resource(
        "r", packages.noise(32 * 1024 * 1024))], vro,
        compression=zipfile.ZIP_STORED)
    paths = [put(data) for data in (small, large)]
    pem = api.get("/certificate.pem").text

    def both(path, data):
        reply = ask(server, "GET", f"/app/{path}")
        assert ask(server, "POST", "/app/upload", None, data,
                   Content_Type=OCTETS).status == 202
        return reply
    both(paths[0], small)
    with packages.MemoryWatch(server.pids()) as memory:
        reply = both(paths[1], large)
    judge(reply, large, pem)
    assert application.got[-1].body == large
    application.got.clear()
    print("growth of resident memory in KiB by process:", memory.growth())
    assert max(memory.growth()) < 16 * 1024
    metrics = server.monitor().get("/vsocert/metrics").text
    assert "\nvsocert_packages_signed_total 2\n" in metrics
    assert "\nvsocert_packages_verified_total 2\n" in metrics
