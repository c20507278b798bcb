# SPDX-License-Identifier: Apache-2.0
"""The digest of signatures/: kept from import to export, or chosen by the
request or VSOCertPackageDigest. openssl verifies each file with it."""

import pytest

from vso import packages
from vso.application import ask
from vso.package_calls import bring_in, export, upload
from vso.packages import script, write

CONF = """
Alias "/out" "{files}"
VSOCertPackageDigest md5
<Directory "{files}">
    Require all granted
    VSOCertSignPackages on
    VSOCertPackageDigest keep
</Directory>
<LocationMatch "/(packages|out)/strong[.]">
    VSOCertPackageDigest sha256
</LocationMatch>
<LocationMatch "/packages/org[.]">
    VSOCertPackageDigest Keep
</LocationMatch>
"""


@pytest.fixture(scope="module")
def files(base_folder):
    folder = base_folder / "out"
    folder.mkdir()
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def server_options(files):
    return {"extra": CONF.format(files=files)}


def judge(body, pem, digest):
    packages.judge_signatures(body, pem, digest)
    packages.judge_cms(body, pem)


def test_exports_keep_the_digest_that_a_package_came_with(api, name, vro,
                                                          author):
    api.create(key="rsa-2048")
    pem = api.get("/certificate.pem").text
    elements = [script("a", author=author), packages.resource("r", b"x")]
    for digest in ("md5", "sha1", "sha256", "sha384", "sha512", "md5"):
        data = write(name, elements, vro, digest)
        report = upload(api, data).ok(201)
        assert report["package"]["digest"] == digest
        assert report["package"]["signatureDigest"] == digest
        bring_in(api, data)
        assert api.get(f"/packages/{name}").ok()["signatureDigest"] == digest
        exported = export(api, name).body
        judge(exported, pem, digest)
        # what authors signed stays as they signed it
        assert packages.elements_of(exported) == packages.elements_of(data)
    # Of our own export, signed with CMS, the digest of signatures/ counts.
    data = export(api, name, signatureDigest="sha256").body
    report = bring_in(api, data)
    assert report["package"]["signatureDigest"] == "sha256"
    judge(export(api, name).body, pem, "sha256")


def test_a_request_chooses_the_digest(api, name, vro):
    element = script("a")
    bring_in(api, write(name, [element], vro, "sha256"))
    api.create(key="rsa-2048")
    pem = api.get("/certificate.pem").text
    judge(export(api, name, signatureDigest="md5").body, pem, "md5")
    judge(export(api, name, signatureDigest="sha256").body, pem, "sha256")
    for wrong in ("sha512", "MD5", ""):
        problem = api.post(f"/packages/{name}/export", {
            "signatureDigest": wrong}).refused(422, "invalid",
                                               "signatureDigest")
        assert "8.5" in problem["detail"]
    api.post(f"/packages/{name}/export", {"signatureDigest": 5}).refused(
        400, "malformed", "signatureDigest")

    # One that is made here: as every Orchestrator reads it, or as chosen.
    made = {"name": f"{name}.made", "elements": [element.id]}
    assert api.post("/packages", made).ok(201)["signatureDigest"] is None
    judge(export(api, f"{name}.made").body, pem, "md5")
    made = {"name": f"{name}.strong", "elements": [element.id],
            "signatureDigest": "sha256"}
    assert api.post("/packages", made).ok(201)["signatureDigest"] == "sha256"
    judge(export(api, f"{name}.strong").body, pem, "sha256")
    api.post("/packages", made | {"name": f"{name}.x", "signatureDigest": "x"}
             ).refused(422, "invalid", "signatureDigest")


def test_the_configuration_chooses_the_digest(api, vro):
    """Of the server, and of a location, which comes first; a request's own
    comes before both."""
    api.create(key="rsa-2048")
    pem = api.get("/certificate.pem").text
    bring_in(api, write("weak.library", [script("a")], vro, "sha256"))
    judge(export(api, "weak.library").body, pem, "md5")
    judge(export(api, "weak.library", signatureDigest="sha256").body, pem,
          "sha256")
    bring_in(api, write("strong.library", [script("b")], vro))
    judge(export(api, "strong.library").body, pem, "sha256")
    judge(export(api, "strong.library", signatureDigest="md5").body, pem,
          "md5")


def test_packages_of_others_keep_theirs(server, api, host, files, vro):
    api.create(host, key="rsa-2048")
    pem = api.get("/certificate.pem").text
    for stem, came, digest in (("a", "md5", "md5"), ("b", "sha256", "sha256"),
                               ("c", "sha512", "sha512"),
                               ("strong.d", "md5", "sha256")):
        path = files / f"{stem}.package"
        path.write_bytes(write(f"org.example.{stem}", [script(stem)], vro,
                               came))
        path.chmod(0o644)
        reply = ask(server, "GET", f"/out/{stem}.package", host)
        assert reply.status == 200, reply
        judge(reply.body, pem, digest)
