# SPDX-License-Identifier: Apache-2.0
"""Every view, light and dark: axe-core finds nothing (WCAG 2.2 AA), nothing
is wider than a telephone, nothing is wrong in the browser's console. With
VSO_SCREENSHOTS=FOLDER each is saved as a picture too."""

import base64
import os
import pathlib

import pytest

from vso.browser import COLOURS, Console
from vso.files import pkcs12, self_signed
from vso.packages import Signer, resource, script, tags, write

WIDE, NARROW = 1280, 390
SECRET = "four random words here"
FOLDER = os.environ.get("VSO_SCREENSHOTS")


def preview_reply(console, stage):
    console.give_file("reply", stage["reply"])
    console.click("Preview")
    console.sees("nothing has changed yet")


def preview_import(console, stage):
    console.choose("way", "file")
    console.give_file("keystore", stage["keystore"])
    console.type("password", SECRET)
    console.click("Preview")
    console.sees("nothing has changed yet")


def refused(console, _):
    console.type("days", "0")
    console.type("subjectAltNames", "intranet.example.org,192.0.2.10,")
    console.click("Create and serve")
    console.error("days")


def typed_password(console, _):
    console.type("password", SECRET)
    console.type("again", SECRET)


def passive(stage):
    return f"versions/{stage['passive']}"


def package(stage):
    return f"packages/{stage['package']}"


def review_of(state):
    return lambda stage: f"packages/imports/{stage[state]}"


def encrypted_export(console, stage):
    console.click("Export")
    console.choose("encrypt", "yes")
    console.give_file("recipients", stage["reply"])
    console.click("Rights and version history")
    console.sees("reply.pem", "Edit contents")


def choose_elements(console, stage):
    console.click("Make a package")
    console.choose("elements", stage["package"])
    console.sees("0 of 4 chosen")


def press(*names):
    def steps(console, _):
        for name in names:
            console.click(name)
        console.wait(lambda: console.find("dialog[open]"), "a dialog")
    return steps


def switch_entry(console, _):
    console.wait(lambda: console.find(".entry-switch button"), "the way")
    console.find(".entry-switch button")[0].click()
    console.wait(lambda: console.find("dialog .row"), "entries")


# name: (which host, address, what to do there)
VIEWS = {
    "signin": ("out", "", None),
    "empty": ("empty", "", None),
    "create": ("empty", "create", None),
    "create-refused": ("empty", "create", refused),
    "import": ("empty", "import", None),
    "certificate": ("full", "", None),
    "certificate-chain": ("full", "", press("Test Issuing CA")),
    "certificate-pem": ("full", "", press("Show PEM")),
    "certificate-warnings": ("warned", "", None),
    "unavailable": ("full", "import", None),
    "csr": ("full", "csr", None),
    "request": ("full", "request", None),
    "reply": ("full", "reply", None),
    "reply-preview": ("full", "reply", preview_reply),
    "export": ("full", "export", typed_password),
    "replace": ("full", "replace", None),
    "replace-file": ("full", "replace", preview_import),
    "versions": ("full", "versions", None),
    "version": ("full", passive, None),
    "version-activate": ("full", passive, press("Make active")),
    "version-destroy": ("full", passive, press("Destroy the key")),
    "entries": ("full", "entries", None),
    "entries-nothing": ("full", "entries?q=nothing", None),
    "entries-new": ("full", "entries", press("New entry")),
    "entry-switch": ("full", "", switch_entry),
    "entry-destroy": ("full", "", press("Destroy all keys of this entry")),
    "packages": ("full", "packages", None),
    "review": ("full", review_of("strange"), None),
    "review-trusted": ("full", review_of("friendly"), None),
    "review-gone": ("full", "packages/imports/99999", None),
    "package": ("full", package, None),
    "package-export": ("full", package, encrypted_export),
    "package-delete": ("full", package, press("Delete")),
    "package-create": ("full", "packages", choose_elements),
    "trusted": ("full", "trusted", None),
    "activity": ("full", "activity", None),
    "status": ("full", "status", None),
}


def fill(server, ca, folder):
    """Something of everything; two hosts with a certificate."""
    api = server.api("e2")
    old = api.create("orchestrator.example.org", key="rsa-2048")
    members = {"subject": {"commonName": "e2.test",
                           "organization": "Example AG",
                           "organizationalUnit": "Infrastructure",
                           "locality": "Zürich", "country": "CH"},
               "subjectAltNames": ["orchestrator.example.org", "192.0.2.10",
                                   "2001:db8::10"]}
    api.post("/certificate", {**members, "key": "rsa-2048",
                              "replace": True}).ok(201)
    leaf = ca.sign(api.get("/certificate/csr").text)
    api.post("/certificate/reply",
             {"reply": leaf + ca.issuing + ca.root}).ok()
    api.create("e2.test", beside=True)
    pending = api.post("/certificate/csr",
                       {**members, "key": "rsa-3072"}).ok(201)["certificate"]
    reply = folder / "reply.pem"
    reply.write_text(ca.sign(api.get(
        f"/versions/{pending['id']}/csr").text) + ca.issuing + ca.root)
    keystore = folder / "vmo-server.vmokeystore"
    keystore.write_bytes(pkcs12(*self_signed("e2.test"), SECRET))
    api.post("/keystore/import", {
        "keystore": base64.b64encode(keystore.read_bytes()).decode(),
        "password": "wrong", "replace": True}).refused(422, "wrong-password")
    keystore.write_bytes(pkcs12(*self_signed("e2.test"), SECRET))
    server.api("e3").create("old.example.org", days=20)
    return {"reply": reply, "keystore": keystore, "passive": old["id"],
            **fill_packages(api)}


def fill_packages(api):
    """A stored package, and one upload of a stranger and of a friend."""
    friend, stranger = Signer("vro.example.org"), Signer("Evil Twin Ltd")
    author = Signer("author.example.org")
    api.post("/trusted-certificates", {"certificate": friend.cert}).ok(201)
    name = "org.example.library.network"
    elements = [script("findFreeAddress", "1.4.0", path="org.example.net",
                       author=author, tags=tags("network", "v2")),
                script("reserveAddress", "1.1.0", path="org.example.net"),
                script("aNameThatIsSoLongThatItHasToBeBrokenSomewhereOnATele"
                       "phone", "0.9.1", path="org.example.net.internal"),
                resource("logo.png", b"png" * 4000)]
    newer = [script("findFreeAddress", "1.5.0", path="org.example.net",
                    author=author, element_id=elements[0].id),
             script("reserveAddress", "1.0.0", path="org.example.net",
                    element_id=elements[1].id), *elements[2:],
             script("releaseAddress", path="org.example.net")]

    def upload(data):
        return api.post("/packages/imports", body=data, headers={
            "Content-Type": "application/octet-stream"}).ok(201)

    first = upload(write(name, elements, friend, **{
        "pkg-description": "Addresses and names for virtual machines."}))
    api.post(f"/packages/imports/{first['id']}/confirm", {
        "elements": "all", "trust": "once", "sha256": first["sha256"]}).ok()
    return {"package": name,
            "strange": upload(write(name, newer, stranger))["id"],
            "friendly": upload(write(name, newer[1:], friend,
                                     digest="sha256"))["id"]}


@pytest.fixture(scope="module")
def stage(server, driver, ca, tmp_path_factory):
    """Hosts in each state, signed in once."""
    made = fill(server, ca, tmp_path_factory.mktemp("stage"))
    for number, name in enumerate(["out", "empty", "full", "warned"]):
        made[name] = Console(driver, server, f"e{number}.test")
        if name != "out":
            made[name].start()
    return made


def resize(console, width, height=900):
    console.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": height, "deviceScaleFactor": 1,
        "mobile": False})


def photograph(console, name, width, scheme):
    """The whole page, or as much of it as a dialog leaves to be seen."""
    height = console.script("return document.documentElement.scrollHeight")
    if not console.find("dialog[open]"):
        resize(console, width, max(900, height))
    folder = pathlib.Path(FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    console.driver.save_screenshot(
        str(folder / f"{name}-{scheme}-{width}.png"))
    resize(console, width)


@pytest.mark.parametrize("name", VIEWS)
def test_view(stage, name):
    host, address, steps = VIEWS[name]
    console = stage[host]
    resize(console, WIDE)
    # by way of another page, so that it is drawn anew
    console.driver.get("about:blank")
    console.open(address(stage) if callable(address) else address)
    if name.endswith("refused"):
        console.expect_error("status of 422")
    if name.endswith("gone"):
        console.expect_error("status of 404")
    console.wait(lambda: console.find("h1") and not console.find(".loading"),
                 "the view")
    console.wait(lambda: not console.find(".running"), "it to settle")
    if address == passive:
        console.sees("Make active")
    if steps:
        steps(console, stage)
        console.wait(lambda: not console.find(".running"), "it to settle")
    violations = []
    for scheme, rules in (("light", None), ("dark", COLOURS)):
        console.scheme(scheme)
        violations += [f"{scheme}: {one}" for one in console.axe(rules)]
        if FOLDER:
            photograph(console, name, WIDE, scheme)
    resize(console, NARROW)
    width = console.script("return document.documentElement.scrollWidth")
    for scheme in ("light", "dark") if FOLDER else ():
        console.scheme(scheme)
        photograph(console, name, NARROW, scheme)
    assert not violations, "\n".join(violations)
    assert width <= NARROW, f"{width} pixels wide"
    assert not console.complaints()
