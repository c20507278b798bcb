# SPDX-License-Identifier: Apache-2.0
"""Packages encrypted for recipients, and what is left without the key."""

import pytest

from vso import packages
from vso.files import self_signed
from vso.package_calls import IMPORTS, bring_in, confirm, export, upload
from vso.packages import script, write


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
    keystore = api.post("/keystore/export", {"password": "recovery of keys"}).body
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
               "password": "recovery of keys", "passive": True}
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


def test_other_key_wrap(make_server, vro):
    """A key wrap that no export has: OpenSSL 3.0.19 would write past the end
    of a heap block, and the child would end: the error log would say so."""
    api = make_server().api()
    api.create(key="ec-p256")
    element = script("secret")
    pem = api.get("/certificate.pem").text
    files = {f"{part}.p7m": packages.encrypt_padded(data, pem)
             for part, data in element.files.items()}
    bad = packages.Element(element.id, element.type, files)
    for _ in range(10):
        problem = upload(api, write("org.example.wrap", [bad], vro)).refused(
            422, "damaged")
        assert "another key wrap than AES" in problem["detail"]
    assert api.get(IMPORTS).ok()["items"] == []


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
