# SPDX-License-Identifier: Apache-2.0
"""Names that are not what was asked for: changed by the CA, left out of a
request, refused as typed."""

import pytest

from vso.files import b64, pkcs12, self_signed

ASKED = ["www.example.org", "b.example.org", "192.0.2.7"]


def warned(answer):
    """Slugs and details of a certificate's warnings."""
    return {w["slug"]: w["detail"] for w in answer["certificate"]["warnings"]}


@pytest.fixture
def reply(api, host, ca, tmp_path):
    """reply(csr, sans, subject=None): the CA's answer with these names."""
    def make(csr, sans, subject=None):
        extensions = tmp_path / "leaf.ext"
        extensions.write_text(
            f"subjectAltName={sans}\nkeyUsage=digitalSignature\n"
            "basicConstraints=CA:FALSE\n")
        leaf = ca.sign(csr, "-copy_extensions", "none", "-extfile", extensions,
                       *(["-subj", subject] if subject else []))
        return {"reply": leaf + ca.issuing}
    return make


def test_of_a_pending_request(api, host, reply):
    api.create(host)
    pending = api.post("/certificate/csr", {
        "subject": {"commonName": host, "organization": "Example AG"},
        "subjectAltNames": ASKED, "key": "ec-p256"}).ok(201)["certificate"]
    csr = api.get(f"/versions/{pending['id']}/csr").text
    changed = reply(csr, f"DNS:{host},DNS:www.example.org,DNS:new.example",
                    f"/CN={host}")
    # The preview says it, and so does the change.
    for answer in (api.post("/certificate/reply",
                            {**changed, "preview": True}).ok(),
                   api.post("/certificate/reply", changed).ok()):
        found = warned(answer)
        assert set(found) == {"names-changed", "subject-changed"}
        assert "left out DNS:b.example.org, IP:192.0.2.7; added " \
            "DNS:new.example" in found["names-changed"]
        assert "left out O=Example AG" in found["subject-changed"]


def test_a_mended_certificate_is_what_was_asked_for(api, host, reply):
    """The CA left a name out, and sends another certificate with it."""
    asked = api.post("/certificate/csr", {
        "subject": {"commonName": host}, "subjectAltNames": ASKED,
        "key": "ec-p256"}).ok(201)["certificate"]
    csr = api.get(f"/versions/{asked['id']}/csr").text
    api.post("/certificate/reply", reply(csr, f"DNS:{host}")).ok()
    names = ",".join(name.replace("DNS:192", "IP:192") for name in
                     [f"DNS:{host}", *(f"DNS:{one}" for one in ASKED)])
    mended = api.post("/certificate/reply", {
        **reply(csr, names), "preview": True}).ok()
    assert warned(mended) == {}
    other = api.post("/certificate/reply", {
        **reply(csr, f"DNS:{host},DNS:new.example"), "preview": True}).ok()
    assert set(warned(other)) == {"names-changed"}


def test_of_the_active_certificate(api, host, reply):
    """Its subject and names are those of its request."""
    api.create(host, subjectAltNames=ASKED)
    csr = api.get("/certificate/csr").text
    names = [f"DNS:{host}", "DNS:www.example.org", "DNS:b.example.org",
             "IP:192.0.2.7"]

    def seen(sans, subject=None):
        return warned(api.post("/certificate/reply", {
            **reply(csr, ",".join(sans), subject), "preview": True}).ok())

    assert seen(names) == {}
    other = seen(names[::-1])
    assert set(other) == {"rewritten"} and "order" in other["rewritten"]
    other = seen([names[0], "DNS:WWW.Example.ORG", *names[2:]])
    assert set(other) == {"rewritten"} and "case" in other["rewritten"]
    gone = seen(names, "/O=Other")
    assert set(gone) == {"subject-changed"}
    assert f"left out CN={host}; added O=Other" in gone["subject-changed"]
    assert "among the subjectAltNames" in gone["subject-changed"]
    dropped = seen(names[:2])
    assert set(dropped) == {"names-changed"}
    assert "added" not in dropped["names-changed"]


def test_a_request_says_what_it_leaves_out(api, host):
    key, cert = self_signed(
        host, "ec", sans=f"DNS:{host},email:a@example.org,"
        "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:a")
    made = api.post("/keystore/import", {
        "keystore": b64(pkcs12(key, cert, "x")), "password": "x"}).ok(201)
    assert made["certificate"]["subjectAltNames"] == [
        f"DNS:{host}", "email:a@example.org",
        "otherName:1.3.6.1.4.1.311.20.2.3"]
    csr = api.get("/certificate/csr")
    assert csr.headers["X-VSOCert-Warnings"] == "names-left-out"
    asked = warned(api.post("/certificate/csr", {}).ok(201))
    assert "email:a@example.org, otherName:1.3.6.1.4.1.311.20.2.3." in \
        asked["names-left-out"]
    # Names of one's own choice leave out nothing.
    asked = api.post("/certificate/csr", {"subjectAltNames": [host]}).ok(201)
    assert warned(asked) == {}


def test_a_request_says_that_it_has_many_names(api, host):
    names = ",".join(f"DNS:h{i}.example.org" for i in range(101))
    key, cert = self_signed(host, "ec", sans=f"DNS:{host},{names}")
    api.post("/keystore/import", {"keystore": b64(pkcs12(key, cert, "x")),
                                  "password": "x"}).ok(201)
    csr = api.get("/certificate/csr")
    assert csr.headers["X-VSOCert-Warnings"] == "many-names"
    assert "102 names" in warned(
        api.post("/certificate/csr", {}).ok(201))["many-names"]


@pytest.mark.parametrize("name, why", [
    ("my_host", "underscore"), ("fe80::1%eth0", "zone"),
    ("www.example.org:443", "port"), ("10.0.0.0/8", "slash")])
def test_a_refused_name_says_why(api, name, why):
    refusal = api.post("/certificate", {"subject": {"commonName": "a"},
                                        "subjectAltNames": [name]})
    detail = refusal.refused(422, "invalid", "subjectAltNames")["detail"]
    assert f'"{name}"' in detail and why in detail


def test_an_address_in_brackets_is_one(api):
    made = api.create("[fd00::1]", subjectAltNames=["[FD00::2]"])
    assert made["subjectAltNames"] == ["IP:fd00::1", "IP:fd00::2"]
