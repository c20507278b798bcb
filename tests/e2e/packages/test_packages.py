# SPDX-License-Identifier: Apache-2.0
"""Packages: the way of each real one, what becomes of uploads, and the memory
that they take."""

import hashlib
import http.client

import pytest

from vso import packages, wait_for
from vso.package_calls import (IMPORTS, bring_in, by_id, confirm, export, rows,
                               upload)
from vso.packages import Signer, script, write

no_real = pytest.mark.skipif(
    not packages.REAL, reason="no real packages: ../shared/data/packages")


@no_real
@pytest.mark.parametrize("path", packages.REAL,
                         ids=[path.stem for path in packages.REAL])
def test_real_package_from_prompt_to_second_server(make_server, path):
    first, second = make_server(), make_server()
    api, other = first.api(), second.api()
    certificate = api.create(key="rsa-2048")
    other.create("other.example.org", key="rsa-2048")
    data = path.read_bytes()

    report = upload(api, data).ok(201)
    original = packages.elements_of(data)
    assert report["sha256"] == hashlib.sha256(data).hexdigest()
    assert report["size"] == len(data) and report["needsTrust"] is True
    digest = report["package"]["digest"]
    assert digest == packages.digest_of(data)
    weak = digest == "md5"
    assert report["package"]["signature"] == ("weak" if weak else "valid")
    assert {f"elements/{e['id']}" for e in report["elements"]} \
        == {p.rsplit("/", 1)[0] for p in original}
    assert all(e["selected"] and not e["trusted"] and e["version"]
               and e["storedVersion"] is None for e in report["elements"])
    slugs = [w["slug"] for w in report["warnings"]]
    assert ("weak-signature" in slugs) is weak
    assert len(slugs) == len(set(slugs)) and "content-signature" not in slugs

    problem = confirm(api, report).refused(409, "untrusted-signer", "trust")
    signer = report["package"]["signer"]
    assert signer in {s["fingerprint"] for s in problem["signers"]}
    assert api.get("/packages").ok()["items"] == []

    done = confirm(api, report, trust="once").ok()
    assert (done["imported"], done["skipped"]) == (len(report["elements"]), 0)
    assert done["trusted"] == []
    again = upload(api, data).ok(201)
    assert again["needsTrust"] is True and again["package"]["stored"] is True
    assert not any(e["selected"] for e in again["elements"])
    done = confirm(api, again, trust="provider").ok()
    assert signer in done["trusted"]
    third = upload(api, data).ok(201)
    assert third["needsTrust"] is False
    assert all(s["trusted"] for s in third["signers"] if s["verified"])
    confirm(api, third).ok()

    package = api.get("/packages").ok()["items"][0]
    assert package["signer"] == signer
    assert package["signatureDigest"] == digest
    exported = export(api, package["name"])
    assert exported.headers["Content-Type"] == "application/zip"
    assert exported.headers["Cache-Control"] == "no-store"
    assert f'{package["name"]}.package' \
        in exported.headers["Content-Disposition"]
    pem = api.get("/certificate.pem").text
    packages.judge_signatures(exported.body, pem, digest)
    packages.judge_cms(exported.body, pem)
    assert packages.elements_of(exported.body) == original

    report = upload(other, exported.body).ok(201)
    assert report["package"]["signer"] == certificate["fingerprint"]
    assert report["package"]["signature"] == "valid"
    assert report["package"]["cms"] is True
    confirm(other, report, trust="provider").ok()
    back = export(other, package["name"])
    assert packages.elements_of(back.body) == original


# Uploads


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16"])
@pytest.mark.parametrize("digest", ["md5", "sha1", "sha256", "sha384",
                                    "sha512"])
def test_report(api, name, vro, author, encoding, digest):
    element = script("helper", "1.2.3", author=author, path="org.example.util",
                     rights="ve")
    data = write(name, [element], vro, digest, encoding)
    reply = upload(api, data, "application/zip")
    report = reply.ok(201)
    assert reply.headers["Location"].endswith(f"{IMPORTS}/{report['id']}")
    assert report["package"]["name"] == name
    assert report["package"]["digest"] == digest
    valid = "weak" if digest in ("md5", "sha1") else "valid"
    assert report["package"]["signature"] == valid
    signers = {s["fingerprint"]: s for s in report["signers"]}
    assert signers[vro.fingerprint]["role"] == "package"
    assert signers[author.fingerprint]["role"] == "author"
    for signer in signers.values():
        assert not signer["trusted"] and signer["by"] is None
        assert signer["why"] and signer["selfSigned"] is True
    found, = report["elements"]
    assert found["id"] == element.id and found["type"] == "ScriptModule"
    assert found["name"] == "helper" and found["version"] == "1.2.3"
    assert found["path"] == "org.example.util"
    assert found["allowedOperations"] == "ve"
    assert found["author"] == author.fingerprint
    assert found["contentSignature"] == "weak"
    assert found["size"] > 500 and found["encrypted"] is False

    listed = by_id(api.get(IMPORTS).ok()["items"])[report["id"]]
    assert listed["name"] == name and listed["createdBy"] == "vmware"
    seen = api.get(f"{IMPORTS}/{report['id']}").ok()
    assert seen == report
    assert api.delete(f"{IMPORTS}/{report['id']}").ok() == {"id": report["id"]}
    api.get(f"{IMPORTS}/{report['id']}").refused(404, "not-found")
    api.delete(f"{IMPORTS}/{report['id']}").refused(404, "not-found")


def test_authors_signatures_are_counted(api, name, vro, author):
    """invalid is what is proven to be; each kind is warned of once."""
    gone = Signer("gone.example.org")
    proven = [script(f"p{i}", author=author) for i in range(3)]
    missing = [script(f"m{i}", author=gone) for i in range(2)]
    anew = script("n", author=author)
    anew.signed = b"what the author had before a server wrote it anew"
    fine = script("f", author=author)

    def change(files):
        for path in (gone.path, f"signatures/{gone.path}"):
            del files[path]
        for one in proven:
            path = f"elements/{one.id}/content-signature"
            files[path] = gone.sign(one.signed)
            files[f"signatures/{path}"] = vro.sign(files[path], "sha256")
    data = write(name, [*proven, *missing, anew, fine], vro, "sha256",
                 change=change)
    report = upload(api, data).ok(201)
    found = {e["name"]: e["contentSignature"] for e in report["elements"]}
    assert found == {"p0": "invalid", "p1": "invalid", "p2": "invalid",
                     "m0": "unchecked", "m1": "unchecked", "n": "unchecked",
                     "f": "weak"}
    assert {w["slug"]: w["count"] for w in report["warnings"]} \
        == {"content-signature": 3, "content-signature-unchecked": 3}
    assert len(report["warnings"]) == 2
    authors = {e["name"]: e["author"] for e in report["elements"]}
    assert authors["m0"] is None and authors["f"] == author.fingerprint


def tamper(path_end, content):
    """A change for write(): replace a file after it was signed."""
    def replace(files):
        path, = [p for p in files if p.endswith(path_end)
                 and not p.startswith("signatures/")]
        files[path] = content
    return replace


def test_a_damaged_package_leaves_nothing(make_server, vro):
    server = make_server()
    api = server.api()
    good = write("org.example.bad", [script("a")], vro)
    changed = write("org.example.bad", [script("a")], vro,
                    change=tamper("/categories", b"<categories/>"))
    problem = upload(api, changed).refused(422, "bad-signature")
    assert problem["field"].endswith("/categories")
    upload(api, good[:-30]).refused(422, "bad-zip")
    upload(api, b"no zip at all").refused(422, "bad-zip")
    upload(api, b"").refused(400, "malformed")
    upload(api, good, "text/plain").refused(415, "unsupported-media-type")
    upload(api, good, "application/json").refused(415, "unsupported-media-type")
    assert api.get(IMPORTS).ok()["items"] == []
    for table in ("vmo_import", "vmo_package_content", "vmo_package_chunk"):
        assert rows(server, table) == 0
    refusals = [r["outcome"] for r in api.audit(action="package-upload")]
    assert refusals.count("bad-signature") == 1
    assert refusals.count("bad-zip") == 2


def test_uploads_are_bounded(make_server, vro):
    server = make_server(extra="VSOCertMaxPackage 65536")
    api = server.api()
    large = bytes(65537)
    upload(api, large).refused(413, "too-large")

    def chunks():
        for _ in range(17):
            yield bytes(4096)
    reply = api.call("POST", IMPORTS, body=chunks(), headers={
        "Content-Type": "application/octet-stream"})
    reply.refused(413, "too-large")
    assert rows(server, "vmo_import") == 0
    assert rows(server, "vmo_package_chunk") == 0
    upload(api, write("org.example.small", [script("a")], vro)).ok(201)


def test_what_the_database_cannot_take_is_refused_at_once(api, name, vro):
    """Not when it is confirmed; what is just below goes all the way."""
    def files(count):
        element = script("a")
        count -= len(element.files) + 1    # info
        element.files |= {f"{i:04}" + "'\u20ac'" * 190: b"x"
                          for i in range(count)}
        return [element]
    problem = upload(api, write(name, [script("a")], vro, **{
        "pkg-description": '"' * 65536})).refused(413, "too-large")
    assert problem["field"] == "dunes-meta-inf"
    problem = upload(api, write(name, files(201), vro)).refused(
        413, "too-large")
    assert problem["field"].startswith("elements/")
    data = write(name, files(200), vro, **{"pkg-description": '"' * 64000})
    bring_in(api, data)
    api.create(key="rsa-2048")
    exported = export(api, name).body
    assert packages.elements_of(exported) == packages.elements_of(data)
    assert confirm(api, upload(api, exported).ok(201)).status == 200


def test_an_interrupted_upload_goes_at_once(make_server, vro):
    server = make_server()
    api = server.api()
    connection = http.client.HTTPSConnection(
        "127.0.0.1", server.port, context=api.context, timeout=30)
    connection.putrequest("POST", f"/vsocert/api/v1{IMPORTS}")
    connection.putheader("Authorization", api.auth)
    connection.putheader("Content-Type", "application/octet-stream")
    connection.putheader("Content-Length", "10000000")
    connection.endheaders()
    connection.send(bytes(1000000))
    wait_for(lambda: rows(server, "vmo_package_chunk"), "chunks to be written")
    assert rows(server, "vmo_import") == 1
    assert api.get(IMPORTS).ok()["items"] == []
    connection.close()
    for table in ("vmo_import", "vmo_package_content", "vmo_package_chunk"):
        wait_for(lambda table=table: not rows(server, table), f"no {table}")


def test_a_sealed_keystore_takes_no_packages(make_server, vro):
    server = make_server(keys=())
    server.expect_log("master", optional=True)
    server.expect_log("sealed", optional=True)
    data = write("org.example.sealed", [script("a")], vro)
    upload(server.api(), data).refused(503, "sealed")


# Memory


def resources(count, mib):
    """Incompressible ones, of that size together."""
    noise = packages.noise(mib << 20)
    each = len(noise) // count
    return [packages.resource(f"r{i}", noise[i * each:(i + 1) * each])
            for i in range(count)]


@pytest.mark.parametrize("count, mib", [(1, 64), (400, 8)])
def test_large_packages_pass_through_little_memory(make_server, vro, author,
                                                   count, mib):
    """One large resource, and many elements, imported and exported: what
    counts is the most that there ever was, not what is kept."""
    server = make_server()
    api = server.api()
    api.create(key="rsa-2048")
    small = write("org.example.small", [packages.resource("r", b"x")], vro)
    bring_in(api, small)
    export(api, "org.example.small")
    scripts = [script(f"s{i}", author=author) for i in range(count // 2)]
    large = write("org.example.large", resources(count, mib) + scripts, vro,
                  compression=packages.zipfile.ZIP_STORED)
    with packages.MemoryWatch(server.pids()) as memory:
        bring_in(api, large)
        exported = export(api, "org.example.large").body
    assert packages.elements_of(exported) == packages.elements_of(large)
    print("growth of resident memory in KiB by process:", memory.growth())
    assert max(memory.growth()) < 16 * 1024
