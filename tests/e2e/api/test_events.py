# SPDX-License-Identifier: Apache-2.0
"""VSOCertMessageCmd: a real program that writes down what it is told."""

import base64
import json
import os

import pytest

from vso import packages, wait_for
from vso.edit import edit

def test_changes_are_told(make_server, told):
    server = make_server(extra=told.directive() + "\nVSOCertNode here")
    api = server.api("server")
    first = api.create(days=90)
    second = api.create(days=91, replace=True)
    api.post(f"/versions/{first['id']}/activate").ok()
    secret = "canary-Sesame-export"
    data = api.post("/keystore/export", {"password": secret}).body
    api.delete(f"/versions/{second['id']}").ok()
    other = server.api("other")
    other.post("/keystore/import", {
        "keystore": base64.b64encode(data).decode(),
        "password": secret}).ok(201)
    # What was refused is not told, nor what serves nothing yet.
    api.post("/certificate", {"subject": {"commonName": "x"}}).refused(
        409, "certificate-exists")
    api.post("/certificate/csr", {"key": "ec-p256"}).ok(201)
    told.wait(("created", "server"), ("created", "server"),
              ("activated", "server"), ("export", "server"),
              ("key-destroyed", "server"), ("import", "other"))
    activated = told.one("activated")
    assert activated.pop("VSOCERT_DAYS_LEFT") in ("89", "90")
    assert activated == {
        "VSOCERT_EVENT": "activated", "VSOCERT_NODE": "here",
        "VSOCERT_ENTRY": "server", "VSOCERT_VERSION_ID": str(first["id"]),
        "VSOCERT_SUBJECT": first["subjectText"],
        "VSOCERT_FINGERPRINT": first["fingerprint"],
        "VSOCERT_NOT_AFTER": first["notAfter"], "VSOCERT_ACTOR": "vmware",
        "VSOCERT_TIME": api.audit(action="activate")[0]["at"]}
    for path in told.folder.glob("told.*"):
        assert secret not in path.read_text()
    # Nothing is told twice, by a restart either.
    server.restart()
    api.post("/keystore/export", {"password": secret})
    wait_for(lambda: len(told.all()) == 7, "the seventh event")
    assert told.events().count(("export", "server")) == 2


def test_packages_are_told(make_server, told):
    api = make_server(extra=told.directive()).api("server")
    api.create(days=90, key="rsa-2048")
    vro = packages.Signer("vro.example.org")
    data = packages.write("org.example.told", [packages.script("a")], vro)
    report = api.post("/packages/imports", body=data, headers={
        "Content-Type": "application/zip"}).ok(201)
    where = f"/packages/imports/{report['id']}/confirm"
    choice = {"elements": "all", "sha256": report["sha256"]}
    api.post(where, choice).refused(409, "untrusted-signer")
    api.post(where, {**choice, "trust": "once"}).ok()
    assert api.post("/packages/org.example.told/export", {}).status == 200
    told.wait(("created", "server"), ("package-import", "org.example.told"),
              ("package-export", "org.example.told"))
    imported = told.one("package-import")
    assert imported["VSOCERT_PACKAGE"] == "org.example.told"
    assert imported["VSOCERT_ENTRY"] == "server"
    assert imported["VSOCERT_ACTOR"] == "vmware"
    assert "VSOCERT_FINGERPRINT" not in imported
    # An export is told with the certificate that signed.
    assert told.one("package-export")["VSOCERT_FINGERPRINT"] == \
        api.certificate()["certificate"]["fingerprint"]


def test_the_end_of_a_certificate_is_told_once(make_server, told):
    server = make_server(extra=told.directive())
    for entry, days in (("a", 31), ("b", 30), ("c", 12), ("d", 1)):
        server.api(entry).create(days=days)
    created = [("created", entry) for entry in "abcd"]
    told.wait(*created, ("expiring-30", "b"), ("expiring-14", "c"),
              ("expiring-1", "d"))
    assert told.one("expiring-14")["VSOCERT_DAYS_LEFT"] in ("11", "12")
    assert "VSOCERT_ACTOR" not in told.one("expiring-14")
    server.restart()
    # A day later, by the database: the next mark, and the end.
    edit(server, "UPDATE vmo_keystore SET not_after_sec = not_after_sec"
                 " - 6 * 86400 WHERE alias IN ('c', 'd')")
    server.restart()
    told.wait(*created, ("expiring-30", "b"), ("expiring-14", "c"),
              ("expiring-1", "d"), ("expiring-7", "c"), ("expired", "d"))


def test_a_fleet_tells_once(make_server, told):
    first = make_server(extra=told.directive())
    nodes = [first] + [make_server(keys=first.keys, db=first.database,
                                   extra=told.directive())
                       for _ in range(2)]
    api = first.api("server")
    made = [api.create(days=60, replace=i > 0) for i in range(6)]
    told.wait(*[("created", "server")] * 6)
    for node in nodes:
        wait_for(lambda: node.served() == made[-1]["fingerprint"], "the last")
    with first.sql() as db:
        told_by = db.execute("SELECT COUNT(*) FROM vmo_event"
                             " WHERE event = 'created'").fetchone()[0]
    assert told_by == 6
    assert {v["VSOCERT_VERSION_ID"] for _, _, v in told.all()} == \
        {str(m["id"]) for m in made}
    assert len(told.all()) == 6


@pytest.mark.sqlite("loses a table")
def test_each_node_tells_of_its_database(make_server, told):
    server = make_server(extra=told.directive() + "\nVSOCertNode here")
    api = server.api("server")
    api.create(days=60)
    told.wait(("created", "server"))
    server.expect_log("the database does not answer")
    server.expect_log("dbd:error", optional=True)
    # With its folder: SQLite would put an empty file in the place of one.
    aside = server.folder / "aside"
    os.rename(server.state, aside)
    told.wait(("created", "server"), ("database-lost", "here"))
    os.rename(aside, server.state)
    told.wait(("created", "server"), ("database-lost", "here"),
              ("database-back", "here"))


def test_no_request_waits_for_the_program(make_server, told):
    go = told.folder / "go"
    told.write(f"while [ ! -e {go} ]; do sleep 0.05; done; rm {told.folder}/$$")
    told.script.write_text(told.script.read_text().replace(
        "#!/bin/sh", f"#!/bin/sh\n: >{told.folder}/$$"))
    server = make_server(extra=told.directive())
    api = server.api("server")
    for i in range(3):
        made = api.create(days=60, replace=i > 0)
        assert server.served() == made["fingerprint"]
    told.wait(*[("created", "server")] * 3)

    def working():
        return [f for f in told.folder.iterdir() if f.name.isdigit()]
    assert len(working()) == 3
    go.touch()
    wait_for(lambda: not working(), "the programs to end")


HOSTILE = ["--exec=$(id)", "-rf", "--", "$(id).x"]


def test_hostile_names_are_no_options(make_server, told):
    """Names that whoever uploads a package chooses."""
    told.script.write_text(f"""#!/usr/bin/python3
import os, sys
with open(f"{told.folder}/new", "a") as file:
    file.write(repr((sys.argv[1:], os.environ.get("VSOCERT_PACKAGE"))) + "\\n")
""")
    api = make_server(extra=told.directive()).api("server")
    api.create(days=90, key="rsa-2048")
    vro = packages.Signer("vro.example.org")
    for name in HOSTILE:
        data = packages.write(name, [packages.script("a")], vro)
        report = api.post("/packages/imports", body=data, headers={
            "Content-Type": "application/zip"}).ok(201)
        api.post(f"/packages/imports/{report['id']}/confirm", {
            "elements": "all", "sha256": report["sha256"],
            "trust": "once"}).ok()

    def found():
        lines = (told.folder / "new").read_text().splitlines()
        return {package: words for words, package in map(eval, lines)
                if package}
    wait_for(lambda: (told.folder / "new").exists()
             and len(found()) == len(HOSTILE), "all packages")
    assert {name: words[-1] for name, words in found().items()} == {
        "--exec=$(id)": "./--exec=$(id)", "-rf": "./-rf", "--": "./--",
        "$(id).x": "$(id).x"}
    assert {tuple(words[:-1]) for words in found().values()} == {
        (str(told.folder), "ops team", "package-import")}


def test_the_program_gets_nothing_of_httpd(make_server, told):
    told.script.write_text(f"""#!/usr/bin/python3
import json, os
def links():
    for name in os.listdir("/proc/self/fd"):
        try:
            yield name, os.readlink(f"/proc/self/fd/{{name}}")
        except OSError:
            pass    # of the listing itself
with open(f"{told.folder}/new", "w") as file:
    json.dump({{"env": dict(os.environ), "leads": os.getpgrp() == os.getpid(),
               "files": dict(links())}}, file)
os.rename(f"{told.folder}/new", f"{told.folder}/seen")
""")
    canary = {"CANARY": "of httpd", "VSOCERT_ENTRY": "of httpd", "TZ": "UTC",
              "LD_BIND_NOW": "1", "NOTIFY_SOCKET": "/nowhere"}
    server = make_server(extra=told.directive(), env=canary)
    server.api("server").create(days=90)
    seen = told.folder / "seen"
    wait_for(seen.exists, "the program")
    found = json.loads(seen.read_text())
    variables = {name: value for name, value in found["env"].items()
                 if not name.startswith("VSOCERT_")}
    variables.pop("LC_CTYPE", None)     # Python's own
    assert variables == {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C",
                         "TZ": "UTC"}
    assert found["env"]["VSOCERT_ENTRY"] == "server"
    assert found["leads"]
    assert found["files"].pop("0") == "/dev/null"
    # `new` itself is open while it is written.
    assert {path for name, path in found["files"].items()
            if name not in "12"} <= {f"{told.folder}/new"}


def test_a_program_that_fails_is_logged(make_server, told):
    told.write("exit 3")
    server = make_server(extra=told.directive())
    server.expect_log(r"VSOCertMessageCmd: \S+/tell ended with status 3 for "
                      "created server")
    server.api("server").create(days=60)
    server.wait_log("ended with status 3")
    told.script.unlink()
    server.expect_log(r"VSOCertMessageCmd: \S+/tell cannot be run for export: "
                      "No such file")
    server.api("server").post("/keystore/export", {"password": "x" * 12})
    server.wait_log("cannot be run")
