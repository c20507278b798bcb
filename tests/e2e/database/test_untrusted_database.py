# SPDX-License-Identifier: Apache-2.0
"""What plain SQL can do, without the master key: nothing of it is served,
signed, trusted or recorded."""

import base64
import hashlib
import json
import time

import pytest

from vso import wait_for
from vso.ca import Authority, openssl
from vso.edit import EDITED
from vso.package_calls import ask, bring_in, change, export, rows, upload
from vso.packages import script, write

NAME = "org.example.mac"
REPLACE = {"subject": {"commonName": "localhost"}, "replace": True}


def columns(server, table):
    with server.sql() as db:
        return [column[0] for column in
                db.execute(f"SELECT * FROM {table}").description]


def insert(server, table, **values):
    """A row with these values, and 0 or "" in the other columns."""
    names = columns(server, table)
    numbers = ("_sec", "version_id", "id", "generation", "self_signed",
               "vouches", "version")
    row = [values.get(name, 0 if name.endswith(numbers) and
                      name != "keystore_id" else "") for name in names]
    change(server, f"INSERT INTO {table} VALUES"
                   f" ({', '.join('?' * len(row))})", row)


def edited_script(server):
    """Change the one script that is stored; its chunk's new text."""
    text, = ask(server, "SELECT data FROM vmo_package_chunk")
    content = base64.b64decode(text).replace(b"\0r\0e\0t\0u\0r\0n",
                                             b"\0d\0e\0l\0e\0t\0e")
    assert content != base64.b64decode(text)
    return content


def with_a_script(make_server, vro):
    """(server, api): a package with one script is in it, to be edited."""
    server = make_server()
    server.expect_log(EDITED)
    api = server.api()
    api.create(key="rsa-2048")
    bring_in(api, write(NAME, [script("a")], vro))
    return server, api


def test_a_changed_script_is_not_exported(make_server, vro):
    """Also where all that says its digest was changed with it."""
    server, api = with_a_script(make_server, vro)
    content = edited_script(server)
    files, = ask(server, "SELECT files FROM vmo_package_element")
    change(server, "UPDATE vmo_package_chunk SET data = ?",
           (base64.b64encode(content).decode(),))
    export(api, NAME, 422).refused(422, "damaged")
    whole = hashlib.sha256(content).hexdigest()
    change(server, "UPDATE vmo_package_content SET sha256 = ?", (whole,))
    export(api, NAME, 422).refused(422, "damaged")
    items = json.loads(files)
    for item in items["items"]:
        part = content[item["offset"]:item["offset"] + item["size"]]
        item["sha256"] = hashlib.sha256(part).hexdigest()
    change(server, "UPDATE vmo_package_element SET files = ?",
           (json.dumps(items, separators=(",", ":")),))
    detail = export(api, NAME, 422).refused(422, "damaged")["detail"]
    assert "vmo_package_element" in detail and "MAC" in detail


def test_an_element_is_not_put_into_a_package(make_server, vro):
    server, api = with_a_script(make_server, vro)
    bring_in(api, write(NAME + ".other", [script("b")], vro))
    package, = ask(server, "SELECT id FROM vmo_package WHERE name = ?", (NAME,))
    element, = ask(server, "SELECT m.element_id FROM vmo_package_member m"
                           " WHERE m.package_id <> ?", (package,))
    insert(server, "vmo_package_member", package_id=package,
           element_id=element)
    export(api, NAME, 422).refused(422, "damaged")
    export(api, NAME + ".other")


def signer_of(folder):
    """(PEM, fingerprint) of a self-signed certificate."""
    pem = openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
                  "/CN=Mallory", "-days", "30", "-keyout",
                  folder / "key.pem").decode()
    der = openssl("x509", "-outform", "DER", data=pem.encode())
    return pem, hashlib.sha256(der).hexdigest()


def verdict_of(api, package):
    report = upload(api, package).ok(201)
    api.delete(f"/packages/imports/{report['id']}")
    return report["signers"][0]


def test_nobody_becomes_trusted(make_server, vro):
    """By a row of the list, or as a version of ours."""
    server = make_server()
    server.expect_log(EDITED)
    api = server.api()
    api.create(key="rsa-2048")
    package = write(NAME, [script("a")], vro)
    signer = verdict_of(api, package)
    assert signer["trusted"] is False
    now = int(time.time())
    insert(server, "vmo_trusted_certificate",
           fingerprint=signer["fingerprint"], certificate="x",
           subject_text=signer["subjectText"], source="file",
           added_by="vmware", added_sec=now, vouches=1,
           not_after_sec=now + 86400)
    assert verdict_of(api, package)["trusted"] is False
    insert(server, "vmo_keystore", id=900, alias="server", version=900,
           state="passive", slot="900", origin="imported", key_type="rsa-2048",
           key_fingerprint="f" * 64, sealed_key="junk",
           fingerprint=signer["fingerprint"], not_after_sec=now + 86400)
    assert verdict_of(api, package)["trusted"] is False


def test_nobody_who_was_removed_is_trusted_again(make_server, vro, tmp_path):
    server = make_server()
    server.expect_log(EDITED, optional=True)
    api = server.api()
    api.create()
    pem, fingerprint = signer_of(tmp_path)
    api.post("/trusted-certificates", {"certificate": pem}).ok(201)
    with server.sql() as db:
        row = db.execute("SELECT * FROM vmo_trusted_certificate").fetchone()
    api.delete(f"/trusted-certificates/{fingerprint}").ok()
    change(server, "INSERT INTO vmo_trusted_certificate VALUES"
                   f" ({', '.join('?' * len(row))})", list(row))
    # an old row has a right MAC: the list is believed as a whole, or not at all
    package = write(NAME, [script("a")], vro)
    upload(api, package).refused(409, "integrity")
    api.delete(f"/trusted-certificates/{fingerprint}").ok()
    upload(api, package).refused(409, "integrity")
    # until a manager has looked, and says that what is there is right
    api.post("/keystore/accept-restore").ok()
    said = api.audit()[0]
    assert said["action"] == "accept-restore"
    assert "rows as they are: vmo_trusted_certificate" in said["detail"]
    assert verdict_of(api, package)["trusted"] is False
    api.post("/keystore/accept-restore").refused(409, "wrong-state")


def test_what_went_is_noticed_and_may_be_accepted(make_server, vro, tmp_path):
    server = make_server()
    server.expect_log(EDITED, optional=True)
    api = server.api()
    api.create()
    pem, fingerprint = signer_of(tmp_path)
    api.post("/trusted-certificates", {"certificate": pem}).ok(201)
    change(server, "DELETE FROM vmo_trusted_certificate")
    package = write(NAME, [script("a")], vro)
    upload(api, package).refused(409, "integrity")
    api.post("/keystore/accept-restore").ok()
    api.post("/trusted-certificates", {"certificate": pem}).ok(201)
    assert verdict_of(api, package)["trusted"] is False
    server.restart()
    listed, = api.get("/trusted-certificates").ok()["items"]
    assert listed["fingerprint"] == fingerprint


def test_nothing_is_scheduled(make_server):
    server = make_server()
    server.expect_log(EDITED)
    api = server.api("server")
    passive = api.create("x")
    active = api.create("x", replace=True)
    before = api.audit()
    insert(server, "vmo_schedule", version_id=passive["id"], at_sec=1,
           actor="boss", address="192.0.2.1")
    # a change lets all nodes look into the table
    api.post("/certificate/csr", {"key": "ec-p256"}).ok(201)
    server.wait_log("vmo_schedule was edited")
    server.restart()
    time.sleep(1.5)     # polls
    assert server.served() == active["fingerprint"]
    assert [row["action"] for row in api.audit()][:1] == ["request"]
    assert len(api.audit()) == len(before) + 1


def test_another_certificate_over_the_same_key(make_server, tmp_path):
    """It is not served from an edited row, also by a node that never served
    anything else."""
    server = make_server()
    server.expect_log("does not open and is not served")
    server.expect_log(EDITED)
    api = server.api("server")
    made = api.create("localhost")
    certificate, = ask(server, "SELECT certificate FROM vmo_keystore"
                               " WHERE id = ?", (made["id"],))
    public = openssl("x509", "-pubkey", "-noout", data=certificate.encode())
    ca = Authority(tmp_path / "ca", name="Other")
    (tmp_path / "public.pem").write_bytes(public)
    openssl("req", "-new", *"-newkey rsa:2048 -nodes".split(), "-subj",
            "/CN=localhost", "-keyout", tmp_path / "any.key", "-out",
            tmp_path / "any.csr")
    forged = openssl("x509", "-req", "-in", tmp_path / "any.csr",
                     "-force_pubkey", tmp_path / "public.pem", "-CA",
                     ca.path("issuing.pem"), "-CAkey", ca.path("issuing.key"),
                     "-set_serial", "77", "-days", "30", "-sha256").decode()
    der = openssl("x509", "-outform", "DER", data=forged.encode())
    change(server, "UPDATE vmo_keystore SET certificate = ?, fingerprint = ?,"
                   " chain = ? WHERE id = ?",
           (forged, hashlib.sha256(der).hexdigest(), ca.issuing, made["id"]))
    server.restart()
    assert server.served() == made["fingerprint"]
    server.stop()
    for path in server.state.glob("serving-*.mdb*"):
        path.unlink()
    server.start()
    server.wait_log("does not open and is not served")
    assert server.served() != hashlib.sha256(der).hexdigest()


def test_an_emptied_trail(make_server):
    """It is no new one: nothing is changed any more, and what is served
    stays."""
    server = make_server()
    server.expect_log(EDITED)
    api = server.api("server")
    made = api.create("localhost")
    change(server, "DELETE FROM vmo_audit")
    change(server, "UPDATE vmo_keystore_state SET audit_seq = 0, audit_mac = ?",
           ("0" * 64,))
    detail = api.post("/certificate", REPLACE).refused(
        409, "integrity", "vmo_keystore_state")["detail"]
    assert "MAC" in detail and "backup" in detail
    assert rows(server, "vmo_audit") == 0
    server.wait_log("vmo_keystore_state was edited")
    server.restart()
    assert server.served() == made["fingerprint"]


def test_a_trail_is_not_begun_anew(make_server):
    server = make_server()
    server.expect_log("The keystore is new|is sealed", optional=True)
    server.expect_log(EDITED, optional=True)
    api = server.api("server")
    made = api.create("localhost")
    change(server, "DELETE FROM vmo_audit")
    change(server, "UPDATE vmo_keystore_state SET audit_seq = 0,"
                   " audit_mac = ?, sealed_audit_key = ''", ("0" * 64,))
    api.post("/certificate", REPLACE).refused(503, "sealed")
    assert ask(server, "SELECT sealed_audit_key FROM vmo_keystore_state")[0] \
        == ""
    server.restart()
    assert server.served() == made["fingerprint"]


@pytest.mark.parametrize("column", ["state", "search"])
def test_what_was_edited_is_named_once(make_server, column):
    server = make_server()
    server.expect_log(EDITED)
    api = server.api("server")
    api.create("localhost")
    table = "vmo_keystore" if column == "state" else "vmo_entry"
    change(server, f"UPDATE {table} SET {column} = ?", ("passive",))
    wait_for(lambda: api.get("/entries").ok() and api.versions() and
             f"of {table} was edited" in server.log.text(), "the log line")
