# SPDX-License-Identifier: Apache-2.0
"""Stored packages: lists, new ones of stored elements, rights, export."""

import dataclasses
import threading
from urllib.parse import quote

import pytest

from vso import packages
from vso.package_calls import IMPORTS, bring_in, by_id, confirm, export, upload
from vso.packages import Signer, script, write


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
    rsa = api.create(key="rsa-2048", beside=True)
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
