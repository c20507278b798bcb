# SPDX-License-Identifier: Apache-2.0
"""Packages that are uploaded as browsers and `curl -F` send files."""

import json
import subprocess

import pytest

from vso import source
from vso.client import BASE, SignedIn
from vso.package_calls import IMPORTS, rows, upload
from vso.packages import script, write
from vso.server import USERS

SERVER = {"extra": "VSOCertMaxPackage 65536"}
FORM = "multipart/form-data; boundary=x"


def form(data, disposition='form-data; name="file"; filename="a.package"',
         more=""):
    """A form with one field, for the boundary x."""
    return (f"--x\r\nContent-Disposition: {disposition}\r\n{more}\r\n".encode()
            + data + b"\r\n--x--\r\n")


@pytest.fixture
def package(name, vro):
    return write(name, [script("a")], vro)


def test_curl_sends_a_file(server, tmp_path, package):
    path = tmp_path / "a.package"
    path.write_bytes(package)
    run = subprocess.run(
        ["curl", "-sk", "-K", "-", "-F", f"file=@{path}",
         f"https://127.0.0.1:{server.port}{BASE}{IMPORTS}"],
        input=f'user = "vmware:{USERS["vmware"]}"'.encode(),
        capture_output=True, check=True, timeout=60)
    report = json.loads(run.stdout)
    api = server.api()
    plain = upload(api, package).ok(201)
    assert report["sha256"] == plain["sha256"]
    assert report["elements"] == plain["elements"]
    for one in (report, plain):
        api.delete(f"{IMPORTS}/{one['id']}").ok()


@pytest.mark.parametrize("kind", ["application/x-zip-compressed",
                                  "Application/ZIP; x=y"])
def test_other_names_of_zip(api, package, kind):
    report = upload(api, package, kind).ok(201)
    api.delete(f"{IMPORTS}/{report['id']}").ok()


def test_a_file_that_is_put_is_told_the_method(api, package):
    """As `curl -T` sends it; an unknown address is no question of types."""
    headers = {"Content-Type": "application/zip"}
    reply = api.call("PUT", IMPORTS, body=package, headers=headers)
    reply.refused(405, "method-not-allowed")
    assert reply.headers["Allow"] == "POST, GET, HEAD"
    api.call("POST", "/package/imports", body=package,
             headers=headers).refused(404, "not-found")


WRONG = {
    "no boundary": (lambda data: form(data), "multipart/form-data", 400,
                    "Content-Type"),
    "two boundaries": (lambda data: form(data), f"{FORM}; boundary=y", 400,
                       "Content-Type"),
    "another boundary": (lambda data: form(data),
                         "multipart/form-data; boundary=y", 400, "body"),
    "another kind": (lambda data: form(data), "multipart/mixed; boundary=x",
                     415, "Content-Type"),
    "no form": (lambda data: data, FORM, 400, "body"),
    "no end": (lambda data: form(data)[:-8], FORM, 400, "body"),
    "more behind it": (lambda data: form(data) + b"x", FORM, 400, "body"),
    "two files": (lambda data: form(data)[:-6] + b"\r\n" + form(data), FORM,
                  400, "body"),
    "no field": (lambda data: b"--x--\r\n", FORM, 400, "body"),
    "no file": (lambda data: form(data, 'form-data; name="file"'), FORM, 400,
                "body"),
    "an attachment": (lambda data: form(data, 'attachment; filename="a"'),
                      FORM, 400, "body"),
    "an empty file": (lambda data: form(b""), FORM, 400, "body"),
    "base64": (lambda data: form(
        data, more="Content-Transfer-Encoding: base64\r\n"), FORM, 415,
        "body"),
    "nothing": (lambda data: b"", FORM, 400, "body"),
    "too large": (lambda data: form(bytes(65536)), FORM, 413, "body"),
}


@pytest.mark.parametrize("what", WRONG)
def test_forms_that_have_no_package(server, api, package, what):
    make, kind, status, field = WRONG[what]
    slug = {400: "malformed", 413: "too-large",
            415: "unsupported-media-type"}[status]
    upload(api, make(package), kind).refused(status, slug, field)
    assert rows(server, "vmo_import") == 0
    assert rows(server, "vmo_package_chunk") == 0


def test_a_form_is_taken_by_no_other_call(api, package):
    for method, path, _, flags in source.routes():
        if "UPLOAD" not in flags:
            api.call(method, source.example(path), body=form(package),
                     headers={"Content-Type": FORM}).refused(
                         415, "unsupported-media-type", "Content-Type")


def test_a_form_over_a_session_says_where_it_is_from(server, package):
    """A page of any site can send one, and browsers ask nobody before."""
    browser = SignedIn(server)
    own = f"https://127.0.0.1:{server.port}"

    def send(kind=FORM, **headers):
        headers = {name.replace("_", "-"): v for name, v in headers.items()}
        return browser.api.call(
            "POST", IMPORTS, body=form(package) if kind == FORM else package,
            headers={"Content-Type": kind, "Cookie": browser.cookie, **headers})
    send().refused(403, "forbidden", "Origin")
    send(Origin="https://evil.example").refused(403, "forbidden", "Origin")
    send(Origin="null").refused(403, "forbidden", "Origin")
    send(Origin="").refused(403, "forbidden", "Origin")
    for site in ("cross-site", "same-site", ""):
        send(Sec_Fetch_Site=site).refused(403, "forbidden", "Sec-Fetch-Site")
    send(Origin=own, Sec_Fetch_Site="cross-site").refused(403, "forbidden")
    assert rows(server, "vmo_import") == 0
    for reply in (send(Origin=own), send(Sec_Fetch_Site="same-origin"),
                  send(kind="application/octet-stream")):
        number = reply.ok(201)["id"]
        server.api().delete(f"{IMPORTS}/{number}").ok()
