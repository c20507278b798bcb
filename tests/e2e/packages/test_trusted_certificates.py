# SPDX-License-Identifier: Apache-2.0
"""Trusted certificates: list, add, remove; who may sign packages."""

import base64
import hashlib
import itertools
import ssl
import time

import pytest

from vso import wait_for
from vso.ca import openssl
from vso.server import config_check

numbers = itertools.count(1)


def make_signer(folder, name=None):
    """A self-signed certificate of openssl's; PEM."""
    name = name or f"Signer {next(numbers)} of {folder.name}"
    key, cert = folder / "signer.key", folder / "signer.pem"
    conf = folder / "signer.conf"
    conf.write_text("[req]\ndistinguished_name = name\n[name]\n")
    openssl("req", "-x509", "-config", conf, "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-addext", "basicConstraints=CA:FALSE", "-days", "30",
            "-keyout", key, "-out", cert)
    return cert.read_text()


def der_of(pem):
    return ssl.PEM_cert_to_DER_cert(pem)


def fingerprint(pem):
    return hashlib.sha256(der_of(pem)).hexdigest()


def trusted(api):
    """Fingerprint -> item."""
    reply = api.get("/trusted-certificates").ok()
    assert reply["next"] is None
    return {item["fingerprint"]: item for item in reply["items"]}


def add(api, pem, status=201):
    reply = api.post("/trusted-certificates", {"certificate": pem}).ok(status)
    assert len(reply["items"]) == 1
    return reply["items"][0]


def test_add_list_remove(api, tmp_path):
    pem = make_signer(tmp_path, "A Signer")
    item = add(api, pem)
    assert item["fingerprint"] == fingerprint(pem)
    assert item["subjectText"] == item["issuerText"] == "CN=A Signer"
    assert item["key"] == "ec-p256" and item["expired"] is False
    assert item["source"] == "file" and item["addedBy"] == "vmware"
    assert item["packages"] == []
    assert item["addedAt"].endswith("Z") and item["notAfter"] > item["addedAt"]
    serial = openssl("x509", "-noout", "-serial", data=pem.encode()).decode()
    assert item["serial"] == serial.strip().split("=")[1].lower().lstrip("0")
    assert trusted(api)[item["fingerprint"]] == item

    gone = api.delete(f"/trusted-certificates/{item['fingerprint']}").ok()
    assert gone == {"fingerprint": item["fingerprint"], "packages": []}
    assert item["fingerprint"] not in trusted(api)
    again = api.delete(f"/trusted-certificates/{item['fingerprint']}")
    again.refused(404, "not-found", "fingerprint")


def test_adding_twice_changes_nothing(server, api, tmp_path):
    pem = make_signer(tmp_path)
    first = add(api, pem)
    before = api.generation()
    operator = server.api(api.entry, user="operator")
    assert add(operator, pem, 200) == first
    assert api.generation() == before
    assert trusted(api)[first["fingerprint"]]["addedBy"] == "vmware"


def test_every_form_of_one_certificate(api, tmp_path):
    pem = make_signer(tmp_path)
    forms = [pem, base64.b64encode(pem.encode()).decode(),
             base64.b64encode(der_of(pem)).decode(),
             openssl("x509", "-text", data=pem.encode()).decode()]
    for status, form in zip((201, 200, 200, 200), forms):
        assert add(api, form, status)["fingerprint"] == fingerprint(pem)


def test_a_fingerprint_as_openssl_prints_it(api, tmp_path):
    pem = make_signer(tmp_path)
    add(api, pem)
    line = openssl("x509", "-noout", "-fingerprint", "-sha256",
                   data=pem.encode()).decode()
    api.delete("/trusted-certificates/" + line.strip().split("=")[1]).ok()
    assert fingerprint(pem) not in trusted(api)


def test_what_is_no_single_certificate_is_refused(api, ca, tmp_path):
    pem = make_signer(tmp_path)
    key = (tmp_path / "signer.key").read_text()
    csr = openssl("req", "-new", "-key", tmp_path / "signer.key", "-subj",
                  "/CN=x").decode()
    bag = openssl("crl2pkcs7", "-nocrl", "-certfile", tmp_path / "signer.pem",
                  "-outform", "DER")
    before = trusted(api)
    for text, status, slug, says in (
            (pem + key, 422, "invalid", "private key"),
            (key, 422, "invalid", "private key"),
            (pem + ca.issuing, 422, "invalid", "2 certificates"),
            (csr, 422, "invalid", "CERTIFICATE REQUEST"),
            (base64.b64encode(bag).decode(), 422, "damaged", "not a bag"),
            ("hello, world!", 400, "malformed", "neither PEM nor base64"),
            (pem[:200], 422, "damaged", "no END line")):
        refusal = api.post("/trusted-certificates", {"certificate": text})
        detail = refusal.refused(status, slug, "certificate")["detail"]
        assert says in detail
        row = api.audit()[0]
        assert (row["action"], row["outcome"]) == ("trust-add", slug)
        assert key.splitlines()[1] not in str(row) + detail
    api.post("/trusted-certificates", {}).refused(400, "malformed",
                                                  "certificate")
    api.post("/trusted-certificates", {"pem": pem}).refused(400, "malformed")
    assert trusted(api) == before


def test_warnings_for_an_expired_one_and_for_a_ca(api, ca, tmp_path):
    key = tmp_path / "old.key"
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-out", key)
    csr = openssl("req", "-new", "-key", key, "-subj", "/CN=Old").decode()
    old = ca.sign(csr, days=-1)
    reply = api.post("/trusted-certificates", {"certificate": old}).ok(201)
    assert [w["slug"] for w in reply["warnings"]] == ["expired-signer"]
    assert reply["items"][0]["expired"] is True
    reply = api.post("/trusted-certificates",
                     {"certificate": ca.issuing}).ok(201)
    assert [w["slug"] for w in reply["warnings"]] == ["ca-as-signer"]
    assert "VSOCertTrustCA" in reply["warnings"][0]["detail"]


def test_decisions_are_audited(server, api, tmp_path):
    pem = make_signer(tmp_path, "Audited")
    add(api, pem)
    operator = server.api(api.entry, user="operator")
    operator.delete(f"/trusted-certificates/{fingerprint(pem)}").ok()
    operator.delete(f"/trusted-certificates/{fingerprint(pem)}")
    rows = api.audit()[:3]
    assert [(r["action"], r["outcome"], r["actor"]) for r in rows] == [
        ("trust-remove", "not-found", "operator"),
        ("trust-remove", "ok", "operator"), ("trust-add", "ok", "vmware")]
    for row in rows[1:]:
        assert "CN=Audited" in row["detail"]
        assert fingerprint(pem) in row["detail"]


@pytest.mark.parametrize("path", [
    "/trusted-certificates/", "/trusted-certificates/a/b",
    "/trusted-certificates/" + "a" * 256, "/trusted-certificates/%01",
    "/trusted-certificates/%ff"])
def test_paths_that_are_no_name(api, path):
    api.delete(path).refused(404, "not-found")


def test_a_name_can_have_any_letters(api):
    reply = api.delete("/trusted-certificates/K%C3%A4se%20%251")
    assert "käse %1" in reply.refused(404, "not-found", "fingerprint")["detail"]
    api.get("/trusted-certificates/aa").refused(405, "method-not-allowed")


# VSOCertTrustCA, expired uploads

@pytest.mark.parametrize("text, says", [
    ("", "holds no certification authority"),
    ("leaf", "is no certification authority"),
    ("key", "certificates and revocation lists only"),
    ("half", "PEM block 1"),
    (None, "cannot be read")])
def test_mistakes_in_the_trusted_cas_stop_the_start(make_server, ca, tmp_path,
                                                    text, says):
    server = make_server(start=False)
    server.write_conf()
    path = server.folder / "trust-ca.pem"
    if text is not None:
        pem = make_signer(tmp_path)
        path.write_text({"": "", "leaf": pem, "half": ca.root[:100],
                         "key": ca.root +
                         (tmp_path / "signer.key").read_text()}[text])
    (server.folder / "conf.d" / "zz-trust.conf").write_text(
        f"VSOCertTrustCA {path}\n")
    done = config_check(server)
    assert done.returncode != 0
    assert says in done.stderr and str(path) in done.stderr
    assert "zz-trust.conf" in done.stderr and "line 1" in done.stderr.lower()


def test_trusted_cas_are_read_with_the_configuration(make_server, ca):
    server = make_server(start=False)
    server.write_conf()
    path = server.folder / "trust-ca.pem"
    path.write_text(ca.root + ca.issuing)
    (server.folder / "conf.d" / "zz-trust.conf").write_text(
        f"VSOCertTrustCA {path}\nVSOCertMaxPackage 1048576\n")
    server.start()
    assert server.api().get("/status").status == 200


def test_expired_uploads_go_by_themselves(make_server):
    server = make_server()
    server.api().create()
    server.stop()
    now = int(time.time())
    with server.sql() as db:
        for number, expires in ((11, now - 5), (12, now + 3600)):
            db.execute("INSERT INTO vmo_import VALUES"
                       " (?, ?, 'x', 3, 'p', 'vmware', ?, ?, '')",
                       (number, number, expires - 3600, expires))
            db.execute("INSERT INTO vmo_package_content VALUES (?, ?, 3, 'x', '')",
                       (number, number))
            db.execute("INSERT INTO vmo_package_chunk VALUES (?, 0, 'QUJD')",
                       (number,))
    server.start()
    server.wait_log("nobody confirmed in time or .* interrupted: 1")

    def left(table, column):
        with server.sql() as db:
            return [row[0] for row in
                    db.execute(f"SELECT {column} FROM {table}").fetchall()]

    assert left("vmo_import", "id") == [12]
    wait_for(lambda: left("vmo_package_chunk", "content_id") == [12],
             "its chunks to go")
    assert left("vmo_package_content", "id") == [12]
