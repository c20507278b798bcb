# SPDX-License-Identifier: Apache-2.0
"""Packages: upload, report, confirm, stored packages, export, and the way to
a second server."""

import dataclasses
import hashlib
import http.client
import threading
from urllib.parse import quote

import pytest

from vso import packages, wait_for
from vso.files import self_signed
from vso.packages import Signer, script, write

IMPORTS = "/packages/imports"

no_real = pytest.mark.skipif(
    not packages.REAL, reason="no real packages: ../shared/data/packages")


@pytest.fixture(scope="module")
def vro():
    """Another Orchestrator server."""
    return Signer("vro.example.org")


@pytest.fixture(scope="module")
def author():
    """Somebody whose elements others export."""
    return Signer("author.example.org")


@pytest.fixture
def name(entry):
    """A package's name of this test's own."""
    return f"org.example.{entry}"


def upload(api, data, content_type="application/octet-stream", **kwargs):
    return api.call("POST", IMPORTS, body=data,
                    headers={"Content-Type": content_type}, **kwargs)


def confirm(api, report, elements="all", trust=None, **members):
    if trust:
        members["trust"] = trust
    members.setdefault("sha256", report["sha256"])
    return api.post(f"{IMPORTS}/{report['id']}/confirm",
                    {"elements": elements, **members})


def bring_in(api, data, elements="all", **members):
    """Upload and confirm; the answer."""
    report = upload(api, data).ok(201)
    return confirm(api, report, elements, "once", **members).ok()


def export(api, name, status=200, **members):
    reply = api.post(f"/packages/{name}/export", members)
    assert reply.status == status, reply
    return reply


def ask(server, text, values=()):
    """The first row that SQL past httpd selects."""
    with server.sql() as db:
        return db.execute(text, values).fetchone()


def change(server, text, values=()):
    with server.sql() as db:
        db.execute(text, values)


def rows(server, table):
    count, = ask(server, f"SELECT count(*) FROM {table}")
    return count


def by_id(items):
    return {item["id"]: item for item in items}


# The way of each real package


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
    assert report["package"]["signature"] == "weak"
    assert report["package"]["digest"] == "md5"
    assert {f"elements/{e['id']}" for e in report["elements"]} \
        == {p.rsplit("/", 1)[0] for p in original}
    assert all(e["selected"] and not e["trusted"] and e["version"]
               and e["storedVersion"] is None for e in report["elements"])
    assert "weak-signature" in {w["slug"] for w in report["warnings"]}

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
    assert package["signer"] == signer and package["signature"] == "weak"
    exported = export(api, package["name"])
    assert exported.headers["Content-Type"] == "application/zip"
    assert exported.headers["Cache-Control"] == "no-store"
    assert f'{package["name"]}.package' \
        in exported.headers["Content-Disposition"]
    pem = api.get("/certificate.pem").text
    packages.judge_signatures(exported.body, pem)
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
@pytest.mark.parametrize("digest", ["md5", "sha1", "sha256"])
def test_report(api, name, vro, author, encoding, digest):
    element = script("helper", "1.2.3", author=author, path="org.example.util",
                     rights="ve")
    data = write(name, [element], vro, digest, encoding)
    reply = upload(api, data, "application/zip")
    report = reply.ok(201)
    assert reply.headers["Location"].endswith(f"{IMPORTS}/{report['id']}")
    assert report["package"]["name"] == name
    assert report["package"]["digest"] == digest
    valid = "valid" if digest == "sha256" else "weak"
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


# Confirming


def test_only_what_was_shown_is_imported(server, api, name, vro):
    report = upload(api, write(name, [script("a")], vro)).ok(201)
    confirm(api, report, trust="once", sha256="0" * 64).refused(
        409, "digest-mismatch", "sha256")
    confirm(api, report, ["nothing"], "once").refused(422, "invalid",
                                                      "elements")
    confirm(api, report, trust="always").refused(422, "invalid", "trust")
    confirm(api, report, tags="some").refused(422, "invalid", "tags")
    api.post(f"{IMPORTS}/{report['id']}/confirm", {"elements": "all"}).refused(
        400, "malformed", "sha256")
    confirm(api, report, []).refused(409, "untrusted-signer")
    confirm(api, report, [], "once").refused(422, "invalid", "elements")

    content, = ask(server, "SELECT content_id FROM vmo_import WHERE id = ?",
                   (report["id"],))
    text, = ask(server, "SELECT data FROM vmo_package_chunk WHERE"
                " content_id = ?", (content,))
    change(server, "UPDATE vmo_package_chunk SET data = ? WHERE content_id = ?",
           (text[:100] + ("A" if text[100] != "A" else "B") + text[101:],
            content))
    confirm(api, report, trust="once").refused(409, "digest-mismatch",
                                               "sha256")
    api.get(f"{IMPORTS}/{report['id']}").refused(409, "digest-mismatch")
    api.delete(f"{IMPORTS}/{report['id']}").ok()
    assert name not in [p["name"] for p in api.get("/packages").ok()["items"]]


def test_one_of_two_administrators_wins(api, name, vro):
    report = upload(api, write(name, [script(f"s{i}") for i in range(20)],
                               vro)).ok(201)
    replies = []

    def run():
        replies.append(confirm(api, report, trust="once"))
    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    replies.sort(key=lambda reply: reply.status)
    assert replies[0].ok()["imported"] == 20
    for reply in replies[1:]:
        assert reply.status in (404, 412), reply
    assert api.get(f"/packages/{name}").ok()["elements"] == 20


def test_nothing_is_left_behind_by_confirming(make_server, vro):
    server = make_server()
    api = server.api()
    data = write("org.example.left", [script("a"), script("b")], vro)
    for _ in range(2):
        bring_in(api, data)
        assert rows(server, "vmo_import") == 0
        assert rows(server, "vmo_package_content") == 2
        assert rows(server, "vmo_package_chunk") == 2
    assert api.delete("/packages/org.example.left").ok() == {
        "name": "org.example.left", "elements": 2}
    for table in ("vmo_package", "vmo_package_element", "vmo_package_member",
                  "vmo_package_content", "vmo_package_chunk"):
        assert rows(server, table) == 0
    api.get("/packages/org.example.left").refused(404, "not-found", "name")
    api.delete("/packages/org.example.left").refused(404, "not-found", "name")


def test_newer_elements_are_preselected(api, name, vro):
    old = [script("older", "2.0.0"), script("same", "1.0.9"),
           script("newer", "1.0.9")]
    bring_in(api, write(name, old, vro))
    new = [script("older", "1.9.0", element_id=old[0].id),
           script("same", "1.0.9", element_id=old[1].id),
           script("newer", "1.0.10", element_id=old[2].id),
           script("added", "0.0.1")]
    report = upload(api, write(name, new, vro)).ok(201)
    found = {e["name"]: e for e in report["elements"]}
    assert [found[n]["storedVersion"] for n in
            ("older", "same", "newer", "added")] \
        == ["2.0.0", "1.0.9", "1.0.9", None]
    selected = [e["id"] for e in report["elements"] if e["selected"]]
    assert set(selected) == {new[2].id, new[3].id}
    assert [e["newer"] for e in report["elements"]
            if e["storedVersion"]].count(True) == 1

    # Not chosen: the stored one is meant, or none.
    done = confirm(api, report, [new[2].id], "once").ok()
    assert (done["imported"], done["skipped"]) == (1, 3)
    assert done["package"]["elements"] == 3
    items = {e["name"]: e for e in api.get(f"/packages/{name}").ok()["items"]}
    assert {n: e["version"] for n, e in items.items()} \
        == {"older": "2.0.0", "same": "1.0.9", "newer": "1.0.10"}


def test_what_became_newer_meanwhile_is_said(api, name, vro):
    element = script("a", "1.0.0")
    report = upload(api, write(name, [element], vro)).ok(201)
    bring_in(api, write(f"{name}.b", [
        script("a", "2.0.0", element_id=element.id)], vro))
    done = confirm(api, report, trust="once").ok()
    assert "stored-newer" in {w["slug"] for w in done["warnings"]}
    assert api.get(f"/packages/{name}").ok()["items"][0]["version"] == "1.0.0"


@pytest.mark.parametrize("choice, wanted", [
    (None, "old"), ("keep", "old"), ("overwrite", "new"), ("omit", None)])
def test_tags(api, name, vro, choice, wanted):
    element = script("a", tags=packages.tags("old"))
    bring_in(api, write(name, [element], vro))
    renewed = script("a", "1.0.1", element_id=element.id,
                     tags=packages.tags("new"))
    report = upload(api, write(name, [renewed], vro)).ok(201)
    assert report["elements"][0]["tags"] == ["new"]
    members = {} if choice is None else {"tags": choice}
    confirm(api, report, trust="once", **members).ok()
    item, = api.get(f"/packages/{name}").ok()["items"]
    assert item["tags"] == ([wanted] if wanted else [])
    api.create(key="rsa-2048")
    files = packages.contents(export(api, name).body)
    path = f"elements/{element.id}/tags"
    assert files.get(path) == (packages.tags(wanted) if wanted else None)
    assert files[f"elements/{element.id}/data"] == renewed.files["data"]


def test_trusting_an_author(api, name, author):
    """The package's signer is trusted, an author inside is not: the user is
    asked about that one."""
    vro = Signer("both.example.org")
    report = upload(api, write(f"{name}.vro", [script("y")], vro)).ok(201)
    assert confirm(api, report, trust="provider").ok()["trusted"] \
        == [vro.fingerprint]
    data = write(name, [script("a", author=author), script("b")], vro)
    report = upload(api, data).ok(201)
    signers = {s["fingerprint"]: s for s in report["signers"]}
    assert signers[vro.fingerprint]["by"] == "table"
    assert report["needsTrust"] is True
    trusted = {e["id"]: e["trusted"] for e in report["elements"]}
    assert sorted(trusted.values()) == [False, True]
    problem = confirm(api, report).refused(409, "untrusted-signer")
    assert [s["fingerprint"] for s in problem["signers"]] \
        == [author.fingerprint]
    # Without that element there is nothing to ask.
    some = [i for i, known in trusted.items() if known]
    assert confirm(api, report, some).ok()["imported"] == 1
    report = upload(api, data).ok(201)
    done = confirm(api, report, trust="provider").ok()
    assert done["trusted"] == [author.fingerprint]
    # A signer of the same name with another key is another signer.
    double = Signer("both.example.org")
    report = upload(api, write(f"{name}.d", [script("z")], double)).ok(201)
    assert report["signers"][0]["subjectText"] == vro.text
    assert report["needsTrust"] is True
    for one in (vro, author):
        api.delete(f"/trusted-certificates/{one.fingerprint}").ok()


def test_trusting_a_signer_from_the_report(api, name):
    vro = Signer("reported.example.org")
    report = upload(api, write(name, [script("a")], vro)).ok(201)
    where = "/trusted-certificates"
    api.post(where, {"import": report["id"], "fingerprint": "0" * 64}
             ).refused(422, "invalid", "fingerprint")
    api.post(where, {"import": report["id"]}).refused(400, "malformed")
    api.post(where, {"import": 1, "fingerprint": vro.fingerprint}
             ).refused(404, "not-found", "import")
    members = {"import": report["id"], "fingerprint": vro.fingerprint}
    item, = api.post(where, members).ok(201)["items"]
    assert (item["fingerprint"], item["source"]) == (vro.fingerprint, name)
    api.post(where, members).ok(200)
    seen = api.get(f"{IMPORTS}/{report['id']}").ok()
    assert seen["needsTrust"] is False
    assert confirm(api, seen).ok()["trusted"] == []
    listed = api.get(where).ok()["items"]
    assert by_id([{"id": i["fingerprint"], **i} for i in listed])[
        vro.fingerprint]["packages"] == [name]
    assert api.delete(f"{where}/{vro.fingerprint}").ok()["packages"] == [name]


# Stored packages


def test_a_package_of_stored_elements(api, name, vro):
    elements = [script(f"s{i}") for i in range(3)]
    bring_in(api, write(name, elements, vro))
    made = api.post("/packages", {"name": f"{name}.made", "elements": [
        elements[0].id, elements[2].id], "description": "Two of three"})
    assert made.headers["Location"].endswith(f"/packages/{name}.made")
    package = made.ok(201)
    assert package["elements"] == 2 and package["signer"] is None
    assert package["description"] == "Two of three"
    api.post("/packages", {"name": name, "elements": [elements[0].id]}
             ).refused(409, "package-exists", "name")
    api.post("/packages", {"name": "a/b", "elements": [elements[0].id]}
             ).refused(422, "invalid", "name")
    problem = api.post("/packages", {"name": "imports", "elements": [
        elements[0].id]}).refused(422, "invalid", "name")
    assert "another name" in problem["detail"]
    api.post("/packages", {"name": f"{name}.c", "elements": ["nothing"]}
             ).refused(422, "invalid", "elements")
    api.post("/packages", {"name": f"{name}.c", "elements": []}
             ).refused(422, "invalid", "elements")

    held = by_id(api.get(f"/packages/{name}").ok()["items"])
    assert held[elements[0].id]["packages"] == [f"{name}.made"]
    assert held[elements[1].id]["packages"] == []
    assert api.delete(f"/packages/{name}").ok()["elements"] == 1
    api.create(key="rsa-2048")
    files = packages.contents(export(api, f"{name}.made").body)
    assert files[f"elements/{elements[2].id}/data"] \
        == elements[2].files["data"]
    assert f"{name}.made".encode() in files["dunes-meta-inf"]
    assert b"Two of three" in files["dunes-meta-inf"]
    assert api.delete(f"/packages/{name}.made").ok()["elements"] == 2


def test_elements_of_one_folder_from_two_packages(api, name, vro):
    """What tells elements apart is their id; archives compare names without
    case."""
    ids = [f"{name}.{i}" for i in range(3)]
    elements = []
    for i, (folder, element_id) in enumerate(zip(
            ("dossier-\u00e9", "DOSSIER-\u00c9", "other"), ids)):
        element = script(f"s{i}", element_id=element_id)
        elements.append(element)
        bring_in(api, write(f"{name}.{i}", [dataclasses.replace(
            element, id=folder, info_id=element_id)], vro))
    api.post("/packages", {"name": f"{name}.made", "elements": ids}).ok(201)
    api.create(key="rsa-2048")
    one, two = (export(api, f"{name}.made").body for _ in range(2))
    assert packages.elements_of(one) == packages.elements_of(two)
    report = upload(api, one).ok(201)
    assert {e["id"]: e["name"] for e in report["elements"]} \
        == {e.id: f"s{i}" for i, e in enumerate(elements)}
    found = {path.split("/")[1]: content for path, content
             in packages.elements_of(one).items() if path.endswith("/data")}
    assert sorted(found.values()) \
        == sorted(e.files["data"] for e in elements)
    assert "other" in found and len(found) == 3


def test_the_right_to_repackage_is_honoured(api, name, vro):
    """An exporter who deselected "add to package" is obeyed: for scripts,
    for resources, and for what came encrypted."""
    free, bound = script("free"), script("bound")
    picture = packages.resource("picture", b"x", rights="ve")
    bring_in(api, write(name, [free, bound, picture], vro))
    api.create(key="rsa-2048")
    data = export(api, name, rights={"repackage": False}, encrypt=True).body
    api.delete(f"/packages/{name}").ok()
    bring_in(api, data, [bound.id, picture.id])
    bring_in(api, write(f"{name}.free", [free], vro))

    def make(*elements):
        return api.post("/packages", {"name": f"{name}.made",
                                      "elements": [e.id for e in elements]})
    for one, title in ((bound, "bound"), (picture, "picture")):
        problem = make(free, one).refused(422, "invalid", "elements")
        assert title in problem["detail"] and "right" in problem["detail"]
    api.get(f"/packages/{name}.made").refused(404, "not-found")
    assert make(free).ok(201)["elements"] == 1
    # The package that they came in is exported as it is.
    assert f"elements/{bound.id}/data.p7m" in packages.contents(
        export(api, name).body)


def test_a_name_that_has_no_address_is_refused(api, vro):
    """/packages/imports is where uploads wait."""
    problem = upload(api, write("imports", [script("a")], vro)).refused(
        422, "invalid", "name")
    assert "renamed" in problem["detail"]
    assert "imports" not in {i["name"] for i in api.get(IMPORTS).ok()["items"]}
    bring_in(api, write("Imports", [script("a")], vro))
    assert api.get("/packages/Imports").ok()["name"] == "Imports"
    api.delete("/packages/Imports").ok()


@pytest.mark.parametrize("given, saved", [
    ("plain.one-2", 'filename="plain.one-2.package"'),
    ("a b+c", 'filename="a b+c.package"'),
    ("Bücher + 100%", 'filename="B__cher + 100_.package"; '
     "filename*=UTF-8''B%c3%bccher%20%2b%20100%25.package")])
def test_any_name_has_an_address_and_a_file(api, vro, given, saved):
    bring_in(api, write(given, [script("a")], vro))
    api.create(key="rsa-2048")
    where = f"/packages/{quote(given, safe='')}"
    assert api.get(where).ok()["name"] == given
    reply = api.post(f"{where}/export", {})
    assert reply.headers["Content-Disposition"] == f"attachment; {saved}"
    api.delete(where).ok()


def test_lists_and_etags(api, name, vro):
    for i in range(5):
        bring_in(api, write(f"{name}.{i}", [script("a")], vro))
    seen, after = [], name
    while after:
        page = api.get("/packages", after=after, limit=2).ok()
        seen += [p["name"] for p in page["items"]
                 if p["name"].startswith(f"{name}.")]
        after = page["next"]
    assert seen == [f"{name}.{i}" for i in range(5)]
    reply = api.get(f"/packages/{name}.0")
    bring_in(api, write(f"{name}.0", [script("b")], vro))
    api.delete(f"/packages/{name}.0", headers={"If-Match": reply.etag}
               ).refused(412, "stale", "If-Match")
    reply = api.get(f"/packages/{name}.0")
    api.delete(f"/packages/{name}.0", headers={"If-Match": reply.etag}).ok()


def test_who_did_what_is_recorded(api, name):
    vro = Signer("recorded.example.org")
    report = upload(api, write(name, [script("a")], vro)).ok(201)
    confirm(api, report, trust="provider").ok()
    api.create(key="rsa-2048")
    export(api, name)
    api.delete(f"/packages/{name}").ok()
    cancelled = upload(api, write(name, [script("a")], vro)).ok(201)
    api.delete(f"{IMPORTS}/{cancelled['id']}").ok()
    trail = [(r["action"], r["outcome"], r["detail"]) for r in api.audit()
             if r["action"].startswith("package-")]
    assert [t[0] for t in reversed(trail)] == [
        "package-upload", "package-import", "package-export",
        "package-delete", "package-upload", "package-cancel"]
    assert all(outcome == "ok" and name in detail
               for _, outcome, detail in trail)
    imported, = [t[2] for t in trail if t[0] == "package-import"]
    assert "weak" in imported and vro.fingerprint[:16] in imported


# Export


def test_export_needs_a_certificate(api, name, vro):
    bring_in(api, write(name, [script("a")], vro))
    export(api, name, 409).refused(409, "no-certificate")
    export(api, f"{name}.no", 404).refused(404, "not-found", "name")


def test_rights_are_taken(api, name, vro, author):
    kept = script("kept", author=author, rights="v")
    taken = script("taken", author=author)
    bring_in(api, write(name, [kept, taken], vro))
    api.create(key="rsa-2048")
    reply = export(api, name, rights={"edit": False, "repackage": False})
    assert "content-signature-dropped" in reply.headers["X-VSOCert-Warnings"]
    pem = api.get("/certificate.pem").text
    packages.judge_signatures(reply.body, pem)
    files = packages.contents(reply.body)
    assert files[f"elements/{kept.id}/data"] == kept.files["data"]
    assert f"elements/{kept.id}/content-signature" in files
    wanted = taken.files["data"].decode("utf-16").replace('"vef"', '"v"')
    assert files[f"elements/{taken.id}/data"].decode("utf-16") == wanted
    assert f"elements/{taken.id}/content-signature" not in files
    assert f"elements/{taken.id}/version-history" in files
    assert files[author.path] == packages.der(author.cert)

    reply = export(api, name, versionHistory=False)
    assert "X-VSOCert-Warnings" not in reply.headers
    files = packages.contents(reply.body)
    assert f"elements/{taken.id}/version-history" not in files
    assert files[f"elements/{taken.id}/data"] == taken.files["data"]


def test_an_ec_key_cannot_sign_for_orchestrator(api, name, vro):
    bring_in(api, write(name, [script("a")], vro))
    ec = api.create(key="ec-p256")
    reply = export(api, name)
    assert "no-orchestrator-signature" in reply.headers["X-VSOCert-Warnings"]
    assert not any(path.startswith("signatures/")
                   for path in packages.contents(reply.body))
    packages.judge_cms(reply.body, api.get("/certificate.pem").text)
    report = upload(api, reply.body).ok(201)
    assert report["signers"][0]["by"] == "own"
    assert report["needsTrust"] is False
    # With an RSA key beside it, that one signs; unless told otherwise.
    rsa = api.create(key="rsa-2048", replace=True)
    report = upload(api, export(api, name).body).ok(201)
    assert report["package"]["signer"] == rsa["fingerprint"]
    report = upload(api, export(api, name, version=ec["id"]).body).ok(201)
    assert report["package"]["signer"] == ec["fingerprint"]


def test_the_same_content_gives_the_same_package(api, name, vro):
    bring_in(api, write(name, [script("a"), script("b")], vro))
    api.create(key="rsa-2048")
    one, two = (packages.contents(export(api, name).body) for _ in range(2))
    differ = {path for path in one if one[path] != two[path]}
    assert one.keys() == two.keys()
    assert differ <= {packages.P7S, f"signatures/{packages.P7S}"}


def test_exporting_what_is_imported_anew(api, name, vro):
    """Each export is one of the versions, whole; none fails for that the
    contents that it reads go meanwhile."""
    def version(number):
        return [script(f"s{i}", f"{number}.0.0", element_id=f"{name}.{i}")
                for i in range(40)]
    bring_in(api, write(name, version(1), vro))
    api.create(key="rsa-2048")
    over = threading.Event()

    def import_on_and_on():
        try:
            for number in range(2, 8):
                bring_in(api, write(name, version(number), vro))
        finally:
            over.set()
    thread = threading.Thread(target=import_on_and_on)
    thread.start()
    seen = []
    try:
        while not over.is_set():
            exported = packages.elements_of(export(api, name).body)
            versions = {content.decode("utf-16").split(' version="')[1][:3]
                        for path, content in exported.items()
                        if path.endswith("/data")}
            assert len(versions) == 1
            seen += versions
    finally:
        thread.join(120)
    assert len(set(seen)) > 1


# Encryption


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_encrypted_for_a_recipient(make_server, vro, author, kind):
    first = make_server()
    api = first.api()
    api.create(key="rsa-2048")
    element = script("secret", "3.1.0", author=author,
                     body="return 'xyzzy';", tags=packages.tags("hush"))
    bring_in(api, write("org.example.enc", [element], vro))
    options = ("-addext", "keyUsage=keyAgreement") if kind == "ec" else ()
    key, cert = self_signed("friend.example.org", kind, *options)
    data = export(api, "org.example.enc", recipients=[cert]).body
    pem = api.get("/certificate.pem").text
    packages.judge_signatures(data, pem)
    packages.judge_cms(data, pem)
    files = packages.contents(data)
    folder = f"elements/{element.id}"
    assert f"{folder}/data" not in files
    for part in ("data", "categories", "tags"):
        assert packages.decrypt(files[f"{folder}/{part}.p7m"], key, cert) \
            == element.files[part]
    assert f"{folder}/info" in files

    # Another server cannot open it, this one can.
    other = make_server().api()
    problem = upload(other, data).refused(422, "no-recipient")
    assert "friend.example.org" in problem["detail"]
    assert other.get(IMPORTS).ok()["items"] == []
    report = upload(api, data).ok(201)
    found, = report["elements"]
    assert found["encrypted"] and report["package"]["encrypted"]
    assert found["name"] == "secret" and found["version"] == "3.1.0"
    assert found["tags"] == ["hush"]


def test_lost_key_and_recovery(make_server, vro):
    first = make_server()
    api = first.api()
    old = api.create(key="rsa-2048")
    element = script("secret")
    original = {f"elements/{element.id}/{part}": content
                for part, content in element.files.items()}
    bring_in(api, write("org.example.lost", [element], vro))
    data = export(api, "org.example.lost", encrypt=True).body
    keystore = api.post("/keystore/export", {"password": "recovery"}).body
    api.delete("/packages/org.example.lost").ok()
    bring_in(api, data)
    stored = api.get("/packages/org.example.lost").ok()
    assert stored["encrypted"] and stored["items"][0]["encrypted"]
    assert stored["needsKeys"] == [{
        "fingerprint": old["keyFingerprint"], "versionId": old["id"],
        "state": "active", "alias": "server"}]

    # The key is replaced, and then destroyed.
    api.create(key="rsa-2048", replace=True)
    problem = api.delete(f"/versions/{old['id']}").refused(
        409, "package-needs-key")
    assert problem["packages"] == ["org.example.lost"]
    api.delete(f"/versions/{old['id']}", force="true").ok()
    assert api.get("/packages/org.example.lost").ok()["needsKeys"] == [{
        "fingerprint": old["keyFingerprint"], "versionId": None,
        "state": "destroyed", "alias": None}]
    upload(api, data).refused(422, "no-recipient")
    export(api, "org.example.lost", 422).refused(422, "no-recipient")

    # The exported certificate database opens it again, here and elsewhere.
    passive = {"keystore": packages.base64.b64encode(keystore).decode(),
               "password": "recovery", "passive": True}
    second = make_server().api()
    second.create(key="rsa-2048")
    for one in (api, second):
        one.post("/keystore/import", passive).ok(201)
        report = upload(one, data).ok(201)
        assert report["needsTrust"] is False
        confirm(one, report).ok()
        plain = export(one, "org.example.lost", encrypt=False).body
        files = packages.contents(plain)
        for path, content in original.items():
            assert files[path] == content
        sealed = export(one, "org.example.lost").body
        pem = one.get("/certificate.pem").text
        packages.judge_cms(sealed, pem)
        assert f"elements/{element.id}/data.p7m" in packages.contents(sealed)


def test_what_encryption_refuses(api, name, vro):
    bring_in(api, write(name, [script("a")], vro))
    api.create(key="rsa-2048")
    key, cert = self_signed("friend.example.org")
    export(api, name, 422, recipients=["no certificate"]).refused(
        422, "invalid", "recipients")
    export(api, name, 422, recipients=[key]).refused(
        422, "invalid", "recipients")
    export(api, name, 422, recipients=[cert], encrypt=False).refused(
        422, "invalid", "encrypt")
    _, ec = self_signed("sign.example.org", "ec", "-addext",
                        "keyUsage=digitalSignature")
    export(api, name, 422, recipients=[ec]).refused(
        422, "invalid", "recipients")


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
