# SPDX-License-Identifier: Apache-2.0
"""The API as a whole: shapes, methods, headers, entries, rights."""

import re

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage

from vso import source
from vso.ca import openssl
from vso.server import Vhost

SERVER = {
    "extra": """
        <IfModule !deflate_module>
            LoadModule filter_module ${VSO_MODULES}/mod_filter.so
            LoadModule deflate_module ${VSO_MODULES}/mod_deflate.so
        </IfModule>
        SetOutputFilter DEFLATE
        """,
    "vhosts": [
        Vhost("rights.test", "rights", extra="""
            <Location "/vsocert/api">
                VSOCertAllow manage "%{REMOTE_USER} == 'vmware'"
                VSOCertAllow export "%{REMOTE_USER} == 'operator'"
                VSOCertAllow export "%{REMOTE_USER} == 'vmware'"
                VSOCertAllow sign "%{REMOTE_USER} == 'vmware'"
                VSOCertAllow read "%{REMOTE_USER} != 'operator'"
            </Location>"""),
        Vhost("forgotten.test", "forgotten", extra="""
            <Location "/vsocert/api">
                Require all granted
            </Location>"""),
    ],
}

# design.md, section 7: members may be added, not renamed.
CERTIFICATE = {
    "id", "alias", "state", "origin", "subject", "issuer", "subjectText",
    "issuerText", "serial", "subjectAltNames", "key", "signatureAlgorithm",
    "notBefore", "notAfter", "daysLeft", "fingerprint", "selfSigned", "chain",
    "warnings", "createdAt", "createdBy", "activatedAt", "generation"}
ACTIONS = {"create", "import", "export", "csr", "reply", "replace"}
SUBJECT = {"commonName": "www.example.org", "organization": "Exämple AG",
           "organizationalUnit": "IT", "locality": "Zürich",
           "state": "Zürich", "country": "CH"}


def parse(pem):
    return x509.load_pem_x509_certificate(pem.encode())


def extension(cert, kind):
    return cert.extensions.get_extension_for_class(kind).value


def test_an_empty_entry(api):
    reply = api.get("/certificate").ok()
    assert reply["state"] == "empty"
    assert reply["certificate"] is None and reply["also"] is None
    assert reply["pending"] == []
    assert set(reply["actions"]) == ACTIONS
    available = {n for n, a in reply["actions"].items() if a["available"]}
    assert available == {"create", "import"}
    for action in reply["actions"].values():
        assert bool(action["reason"]) != action["available"]
        assert action["problem"] == (
            None if action["available"] else "no-certificate")


def test_details_of_a_certificate(api, server, host):
    api.post("/certificate", {
        "subject": SUBJECT, "days": 30, "key": "rsa-2048",
        "subjectAltNames": ["www.example.org", "bücher.example", "192.0.2.1",
                            "2001:db8::1"]}).ok(201)
    reply = api.get("/certificate").ok()
    details = reply["certificate"]
    assert reply["state"] == "active" and reply["also"] is None
    assert CERTIFICATE <= set(details)
    assert details["subject"] == details["issuer"] == SUBJECT
    assert details["subjectAltNames"] == [
        "DNS:www.example.org", "DNS:xn--bcher-kva.example", "IP:192.0.2.1",
        "IP:2001:db8::1"]
    assert (details["state"], details["origin"], details["key"]) == (
        "active", "self-signed", "rsa-2048")
    assert details["selfSigned"] is True and details["chain"] == []
    assert details["createdBy"] == "vmware"
    assert details["daysLeft"] in (29, 30)
    # The virtual host is called something else.
    assert [w["slug"] for w in details["warnings"]] == ["name-mismatch"]
    assert host in details["warnings"][0]["detail"]
    assert server.served(host) == details["fingerprint"]
    assert api.get(f"/versions/{details['id']}").ok()["fingerprint"] == \
        details["fingerprint"]

    cert = parse(api.get("/certificate.pem").text)
    assert details["serial"].replace(":", "").lower() == \
        f"{cert.serial_number:x}".zfill(len(details["serial"].replace(":", "")))
    time = "%Y-%m-%dT%H:%M:%SZ"
    assert details["notBefore"] == cert.not_valid_before.strftime(time)
    assert details["notAfter"] == cert.not_valid_after.strftime(time)
    assert details["signatureAlgorithm"].lower().startswith("sha256")


@pytest.mark.parametrize("key", ["rsa-2048", "rsa-3072", "rsa-4096", "ec-p256",
                                 "ec-p384"])
def test_what_is_created_suits_a_server(api, server, host, key):
    api.create(host, key=key)
    served = parse(api.get("/certificate.pem").text)
    public = served.public_key()
    kind, size = key.split("-")
    assert isinstance(public, rsa.RSAPublicKey if kind == "rsa"
                      else ec.EllipticCurvePublicKey)
    assert str(public.key_size) == size.lstrip("p")
    usage = extension(served, x509.KeyUsage)
    assert usage.digital_signature
    assert usage.key_encipherment == (kind == "rsa")
    assert usage.key_agreement == (kind == "ec")
    assert not usage.key_cert_sign
    assert list(extension(served, x509.ExtendedKeyUsage)) == [Usage.SERVER_AUTH]
    assert extension(served, x509.SubjectAlternativeName) \
        .get_values_for_type(x509.DNSName) == [host]
    assert extension(served, x509.SubjectKeyIdentifier).digest
    lifetime = served.not_valid_after - served.not_valid_before
    assert lifetime.days == 365
    assert 100 < served.serial_number.bit_length() <= 159
    handshake = server.s_client(host, "-verify_hostname", host)
    assert handshake.fingerprint == server.served(host)


def test_actions_once_there_is_a_certificate(api):
    api.create()
    actions = api.certificate()["actions"]
    assert {n for n, a in actions.items() if a["available"]} == \
        {"export", "csr", "reply", "replace"}
    assert actions["create"]["problem"] == "certificate-exists"
    assert "eplace" in actions["create"]["reason"]
    assert actions["create"]["problem"] == "certificate-exists"
    assert actions["import"]["problem"] == "certificate-exists"
    refusal = api.post("/certificate", {"subject": {"commonName": "x"}})
    assert "eplace" in refusal.refused(409, "certificate-exists")["detail"]


def test_a_pending_request_alone(api):
    api.post("/certificate/csr", {"subject": SUBJECT, "key": "ec-p256"}).ok(201)
    reply = api.certificate()
    assert reply["state"] == "pending" and reply["certificate"] is None
    pending, = reply["pending"]
    assert pending["state"] == "pending"
    assert pending["csrSubject"] == SUBJECT
    assert pending["csrSubjectAltNames"] == ["DNS:www.example.org"]
    assert "certificate" not in pending and "fingerprint" not in pending
    assert reply["actions"]["reply"]["available"]
    assert reply["actions"]["create"]["available"]


def test_downloads(api, server, host):
    details = api.create(host)
    pem = api.get("/certificate.pem")
    assert pem.headers["Content-Type"] == "application/x-pem-file"
    assert pem.headers["Content-Disposition"] == \
        f'attachment; filename="{api.entry}.pem"'
    shown = openssl("x509", "-noout", "-fingerprint", "-sha256", data=pem.body)
    assert shown.decode().strip().split("=")[1].replace(":", "").lower() == \
        details["fingerprint"]
    assert api.get(f"/versions/{details['id']}/certificate.pem").body == \
        pem.body


def test_the_csr_is_for_the_active_key_and_subject(api):
    api.post("/certificate", {
        "subject": SUBJECT, "key": "ec-p384",
        "subjectAltNames": ["192.0.2.7"]}).ok(201)
    reply = api.get("/certificate/csr")
    assert reply.headers["Content-Disposition"] == \
        'attachment; filename="VSOcertificate.csr"'
    openssl("req", "-verify", "-noout", data=reply.body)
    csr = x509.load_pem_x509_csr(reply.body)
    cert = parse(api.get("/certificate.pem").text)
    assert csr.is_signature_valid and csr.subject == cert.subject
    assert csr.public_key().public_numbers() == \
        cert.public_key().public_numbers()
    assert extension(csr, x509.SubjectAlternativeName) == \
        extension(cert, x509.SubjectAlternativeName)


def test_created_says_where(api):
    reply = api.post("/certificate", {"subject": {"commonName": "x"},
                                      "key": "ec-p256"})
    details = reply.ok(201)["certificate"]
    assert reply.headers["Location"] == \
        f"/vsocert/api/v1/versions/{details['id']}"
    assert api.get(reply.headers["Location"]).ok()["id"] == details["id"]


def test_entries_are_apart(api, server):
    api.create()
    other = server.api(api.entry + "-other")
    assert other.certificate()["state"] == "empty"
    number = api.versions()[0]["id"]
    refusal = other.get(f"/versions/{number}").refused(404, "not-found")
    assert api.entry in refusal["detail"]
    other.post(f"/versions/{number}/activate").refused(404, "not-found")
    for name in ("", "-x", "a/b", "a" * 65, "ä", "a b", "%00"):
        server.api(name).get("/certificate").refused(422, "invalid", "entry")


def test_the_virtual_host_names_the_entry(api, server, entry, host):
    api.create(host)
    reply = server.api(name=host).get("/certificate").ok()
    assert reply["entry"] == entry
    assert reply["certificate"]["fingerprint"] == server.served(host)


# Tags

def test_a_stale_if_match_is_refused(api):
    empty = api.get("/certificate").etag
    assert re.fullmatch(r'"[^"]+"', empty)
    api.create()
    current = api.get("/certificate").etag
    assert current != empty
    again = {"subject": {"commonName": "again"}, "key": "ec-p256",
             "replace": True}
    before = api.snapshot()
    refusal = api.post("/certificate", again, headers={"If-Match": empty})
    refusal.refused(412, "stale", "If-Match")
    assert api.snapshot() == before
    api.post("/certificate", again, headers={"If-Match": current}).ok(201)
    api.post("/certificate", again, headers={"If-Match": current}).refused(
        412, "stale")
    api.post("/certificate", again, headers={"If-Match": "*"}).ok(201)


def test_a_version_has_a_tag_of_its_own(api):
    first = api.create()
    api.create(replace=True)
    reply = api.get(f"/versions/{first['id']}")
    tag = reply.etag
    assert tag and tag == reply.json["etag"]
    path = f"/versions/{first['id']}/activate"
    api.post(path, headers={"If-Match": '"something"'}).refused(412, "stale")
    api.post(path, headers={"If-Match": tag}).ok()
    assert api.get(f"/versions/{first['id']}").etag != tag
    api.post(path, headers={"If-Match": tag}).refused(412, "stale")


# Methods

def test_every_other_method_is_refused_with_allow(api):
    allowed = {}
    for method, path, _, _ in source.routes():
        allowed.setdefault(source.example(path), set()).add(method)
    for path, methods in allowed.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - methods:
            reply = api.call(method, path)
            reply.refused(405, "method-not-allowed")
            assert set(reply.headers["Allow"].split(", ")) - {"HEAD"} == methods


def test_unknown_paths(api):
    for path in ("", "/", "/nothing", "/certificate/", "/certificates",
                 "/versions/0", "/versions/01", "/versions/x", "/versions/-1",
                 "/versions/1/nothing", "/versions/99999999999999999999",
                 "/audit/1"):
        api.get(path).refused(404, "not-found")
    api.get("/versions/999999999").refused(404, "not-found")


def test_head_is_get_without_a_body(api):
    reply = api.call("HEAD", "/certificate")
    assert reply.status == 200 and reply.body == b"" and reply.etag


# Headers

@pytest.mark.parametrize("path", ["/certificate", "/versions", "/audit",
                                  "/status", "/countries", "/nothing"])
def test_answers_are_neither_stored_nor_compressed(api, path):
    reply = api.get(path, headers={"Accept-Encoding": "gzip, br, deflate"})
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert "Content-Encoding" not in reply.headers
    assert reply.json


def test_the_console_is_compressed_where_httpd_is_told_to(server):
    reply = server.api(user=None).get("/vsocert/problem/401.json",
                                      headers={"Accept-Encoding": "gzip"})
    assert reply.headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Origin": "null"},
    {"Origin": "http://127.0.0.1"}, {"Origin": "https://127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}])
def test_changes_from_elsewhere_are_refused(api, headers):
    body = {"subject": {"commonName": "x"}}
    refusal = api.post("/certificate", body, headers=headers)
    refusal.refused(403, "forbidden", next(iter(headers)))
    for path in ("/keystore/reseal", "/keystore/accept-restore"):
        api.post(path, headers=headers).refused(403, "forbidden")
    api.delete("/versions/1", headers=headers).refused(403, "forbidden")
    assert api.certificate()["state"] == "empty"
    api.get("/certificate", headers=headers).ok()


def test_changes_from_our_own_pages_are_accepted(api, server):
    body = {"subject": {"commonName": "x"}, "key": "ec-p256", "replace": True}
    own = f"https://127.0.0.1:{server.port}"
    for headers in ({"Origin": own}, {"Sec-Fetch-Site": "same-origin"},
                    {"Sec-Fetch-Site": "none"},
                    {"Origin": own, "Sec-Fetch-Site": "same-origin"}):
        api.post("/certificate", body, headers=headers).ok(201)


@pytest.mark.parametrize("kind", [
    "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
    "text/plain", "application/jsonx", "text/json", "", None,
    "application/octet-stream"])
def test_only_json_is_taken(api, kind):
    headers = {} if kind is None else {"Content-Type": kind}
    body = b'{"subject": {"commonName": "x"}, "key": "ec-p256"}'
    api.call("POST", "/certificate", body=body, headers=headers).refused(
        415, "unsupported-media-type", "Content-Type")
    assert api.certificate()["state"] == "empty"


def test_the_refusal_names_the_types_that_the_call_takes(api):
    files = ["application/octet-stream", "application/zip",
             "application/x-zip-compressed", "multipart/form-data"]
    for method, path, _, flags in source.routes():
        reply = api.call(method, source.example(path), body=b"x",
                         headers={"Content-Type": "text/plain"})
        detail = reply.refused(415, "unsupported-media-type",
                               "Content-Type")["detail"]
        wanted = files if "UPLOAD" in flags else ["application/json"]
        assert reply.headers["Accept"].split(", ") == wanted
        assert ", ".join(wanted) in detail
        assert ("no body" in detail) == (
            not {"BODY", "UPLOAD"} & set(re.split(r"\W|_", flags)))


def test_json_with_a_charset_is_json(api):
    for kind in ("application/json; charset=utf-8", "Application/JSON"):
        api.call("POST", "/certificate", headers={"Content-Type": kind},
                 body=b'{"subject": {"commonName": "x"}, "key": "ec-p256",'
                      b' "replace": true}').ok(201)


# Rights

def test_anonymous_calls_get_a_problem_document(server, entry):
    anonymous = server.api(entry, user=None)
    for method, path, _, _ in source.routes():
        reply = anonymous.call(method, source.example(path))
        assert reply.status == 401
        assert reply.headers["Content-Type"] == "application/problem+json"
        assert reply.json["status"] == 401
        assert reply.json["type"].startswith("urn:vsocert:problem:")
        assert reply.headers["Cache-Control"] == "no-store"


def test_without_sign_in_in_the_configuration_all_is_refused(server):
    """Require all granted by mistake: nobody gets in."""
    for user in (None, "vmware"):
        forgotten = server.api(user=user, name="forgotten.test")
        for method, path, _, _ in source.routes():
            forgotten.call(method, source.example(path)).refused(
                403, "forbidden")


def test_rights_are_expressions(server):
    vmware, operator, auditor = (
        server.api(user=u, name="rights.test")
        for u in ("vmware", "operator", "auditor"))
    body = {"subject": {"commonName": "rights.test"}, "key": "ec-p256"}
    for other in (operator, auditor):
        refusal = other.post("/certificate", body).refused(403, "forbidden")
        assert "VSOCertAllow" in refusal["detail"]
    vmware.post("/certificate", body).ok(201)
    assert vmware.certificate()["actions"]["export"]["available"]

    password = {"password": "a long password"}
    assert operator.post("/keystore/export", password).status == 200
    assert vmware.post("/keystore/export", password).status == 200
    auditor.post("/keystore/export", password).refused(403, "forbidden")

    operator.get("/certificate").refused(403, "forbidden")
    operator.get("/audit").refused(403, "forbidden")
    actions = auditor.get("/certificate").ok()["actions"]
    assert {n for n, a in actions.items() if a["available"]} == {"csr"}
    assert {a["problem"] for a in actions.values()} == {None, "forbidden"}
    assert auditor.get("/status").ok()["rights"] == ["read"]
    assert len(vmware.get("/status").ok()["rights"]) == 4


def test_rights_are_checked_on_every_call(server):
    """By the right that the table of routes gives each."""
    allowed = {"manage": "vmware", "export": "operator", "read": "auditor",
               "sign": "vmware"}
    denied = {"manage": "auditor", "export": "auditor", "read": "operator",
              "sign": "auditor"}
    for method, path, right, _ in source.routes():
        path = path.replace("{id}", "999999999").replace("{name}", "none")
        for user in (denied[right], allowed[right]):
            reply = server.api(user=user, name="rights.test").call(method, path)
            assert (reply.status == 403) == (user == denied[right]), \
                (method, path, user, reply)


REFUSED = [
    ("POST", "/certificate", "create", None),
    ("POST", "/certificate/csr", "request", None),
    ("POST", "/keystore/export", "export", None),
    ("POST", "/versions/77/activate", "activate", 77),
    ("DELETE", "/versions/77", "destroy", 77),
    ("DELETE", "/trusted-certificates/none", "trust-remove", None),
    ("POST", "/packages/imports", "package-upload", None),
    ("POST", "/packages/imports/77/confirm", "package-import", None),
    ("DELETE", "/packages/imports/77", "package-cancel", None),
    ("DELETE", "/packages/none", "package-delete", None),
    ("POST", "/packages/none/export", "package-export", None),
]


def test_what_is_refused_is_recorded_by_its_verb(server):
    """As the same call is that succeeds; reads are not recorded."""
    auditor, operator = (server.api(user=u, name="rights.test")
                         for u in ("auditor", "operator"))
    for method, path, _, _ in REFUSED:
        auditor.call(method, path).refused(403, "forbidden")
    operator.get("/packages").refused(403, "forbidden")
    rows = auditor.get("/audit", limit=len(REFUSED)).ok()["items"]
    assert [(r["action"], r["versionId"], r["outcome"], r["actor"])
            for r in reversed(rows)] == [
        (action, version, "forbidden", "auditor")
        for _, _, action, version in REFUSED]
    # Each call but reads has a verb, and only the one that it takes.
    text = (source.SOURCE / "httpd/api/routes.c").read_text()
    verbs = re.findall(r'VSOCERT_(\w+),[^{]*vsocert_api_\w+,\s*"([a-z-]*)"\}',
                       text)
    assert len(verbs) == len(source.routes())
    assert all((right == "READ") == (verb == "") for right, verb in verbs)


# The tables

def test_every_problem_is_documented():
    listed = re.findall(r"^(\d{3}) ([a-z-]+) ", source.document("api"), re.M)
    assert {slug: int(status) for status, slug in listed} == source.problems()


def test_every_directive_is_documented():
    listed = set(re.findall(r"^(VSOCert\w+)", source.document("directives"),
                            re.M))
    assert listed == source.directives()
    reference = (source.ROOT / "conf/vsocert.conf").read_text()
    explained = set(re.findall(r"^\s*#?(VSOCert\w+) ", reference, re.M))
    assert explained == source.directives()


def test_every_call_is_documented():
    listed = set()
    for methods, path in re.findall(
            r"^((?:GET|POST|DELETE)\b[A-Z/]*) +(/\S+)", source.document("api"),
            re.M):
        listed.update((method, path) for method in methods.split("/"))
    assert listed == {(m, p) for m, p, _, _ in source.routes()}


def test_every_warning_is_documented():
    text = " ".join(source.document("api").split())
    listed = re.search(r'Warnings stand in "warnings".*?: (.*?);', text)
    in_list = set(re.findall(r"[a-z]+(?:-[a-z]+)*", listed.group(1)))
    others = source.document("keystore-files") + source.document("packages")
    missing = source.warnings() - in_list
    assert not {slug for slug in missing if slug not in others}


def test_countries(api):
    countries = api.get("/countries").ok()["items"]
    assert len(countries) == len(set(countries)) == 249
    assert {"CH", "DE", "US", "ZW"} <= set(countries)


def test_status(api, server):
    made = api.create()
    status = api.get("/status").ok()
    assert status["sealed"] is False and status["sealedReason"] is None
    assert status["restored"] is False and status["quarantined"] == []
    assert status["database"]["driver"] == server.database.driver
    assert status["database"]["available"] is True
    assert status["generation"] == status["database"]["generation"] == \
        made["generation"]
    assert status["lastPoll"] and status["version"]
    assert [(s["bootstrap"], s["fingerprint"]) for s in status["served"]] == [
        (False, made["fingerprint"])]
