# SPDX-License-Identifier: Apache-2.0
"""Uploads are confirmed: what comes in, whom it makes trusted, who wins."""

import threading

import pytest

from vso import packages
from vso.faults import has_no_queue, patient
from vso.package_calls import (IMPORTS, ask, bring_in, by_id, change, confirm,
                               export, rows, upload)
from vso.packages import Signer, script, write


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
    confirm(api, report).refused(409, "untrusted-signer")
    for trust in (None, "once"):
        confirm(api, report, [], trust).refused(422, "invalid", "elements")

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


def test_one_of_two_administrators_wins(server, api, name, vro):
    patient(server)
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
        assert reply.status in (404, 412) or (
            reply.status == 503 and has_no_queue(server)), reply
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
