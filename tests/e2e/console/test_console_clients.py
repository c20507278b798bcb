# SPDX-License-Identifier: Apache-2.0
"""Chromium opens the console after each warning was heeded, and fails where
the warning says so."""

import pytest
from selenium.common.exceptions import WebDriverException

from vso.files import b64, pkcs12, self_signed

PASSWORD = "canary-Sesame-file"
CIPHER = "ERR_SSL_VERSION_OR_CIPHER_MISMATCH"

# A warned certificate: its key, options of openssl, the warning, what Chromium
# says, and a key of another algorithm that mends it beside; None: it takes its
# place.
WARNED = {
    "ed25519": ("ed25519", [], "client-support", CIPHER, "rsa-2048"),
    "ed448": ("ed448", [], "client-support", CIPHER, "ec-p256"),
    "rsa-pss": ("rsa-pss", [], "client-support", CIPHER, "rsa-2048"),
    "p521": ("P-521", [], "client-support", CIPHER, "rsa-2048"),
    "p521-replaced": ("P-521", [], "client-support", CIPHER, "ec-p384"),
    "brainpool": ("brainpoolP256r1", [], "client-support", CIPHER, "rsa-2048"),
    "secp256k1": ("secp256k1", [], "client-support", CIPHER, "rsa-2048"),
    "usage": ("rsa", ["-addext", "keyUsage=critical,keyEncipherment"],
              "key-usage", "ERR_SSL_KEY_USAGE_INCOMPATIBLE", "rsa-2048"),
}


def opens(driver, server, host):
    """Open the console; Chromium's error, or "" where the page is there. A
    query of its own keeps an answer from the cache out."""
    try:
        driver.get(f"https://{host}:{server.port}/vsocert/?{id(host)}")
    except WebDriverException as problem:
        return problem.msg
    return "" if driver.find_elements("css selector", "#app") else driver.title


@pytest.mark.parametrize("kind", WARNED)
def test_a_heeded_warning_opens_the_page(server, api, driver, host, kind):
    key_type, options, slug, error, mend = WARNED[kind]
    key, cert = self_signed(host, key_type, *options)
    made = api.post("/keystore/import", {
        "keystore": b64(pkcs12(key, cert, PASSWORD)),
        "password": PASSWORD}).ok(201)["certificate"]
    assert [w["slug"] for w in made["warnings"]] == [slug]
    assert error in opens(driver, server, host)
    mended = api.create(host, key=mend, replace=True)
    assert mended["warnings"] == []
    assert opens(driver, server, host) == ""


def test_dialogs_show_it_before_the_button(api, console, host):
    """Stop serving, and make active again: what is served then is shown."""
    key, cert = self_signed(host, "P-521")
    rsa = api.create(host, key="rsa-2048")
    api.post("/keystore/import", {
        "keystore": b64(pkcs12(key, cert, PASSWORD)), "beside": True,
        "password": PASSWORD}).ok(201)
    ec = api.certificate()["also"]
    console.start(f"versions/{rsa['id']}").click("Stop serving")
    console.sees("No RSA key stays active", "Version 2, which is served then",
                 "Some clients cannot use this key", "Chromium cannot connect")
    assert not console.axe()
    assert [v["state"] for v in api.versions()] == ["active", "active"]
    console.click("Cancel")
    # Where one that all take stays, there is nothing to show.
    console.open(f"versions/{ec['id']}", sees="Version 2")
    console.click("Stop serving")
    console.wait(lambda: console.named("Stop serving").get_attribute(
        "aria-disabled") is None, "the preview")
    assert "Some clients" not in console.find("dialog")[0].text
    console.click("Stop serving")
    console.sees("Make active")
    good = api.create(host, key="ec-p256", beside=True)
    api.post(f"/versions/{rsa['id']}/deactivate").ok()
    console.open(f"versions/{ec['id']}", sees="Version 2")
    console.reload()
    for button in ("Make active", "Make active later"):
        console.click(button)
        console.sees("Some clients cannot use this key", "TLS 1.3")
        console.click("Cancel")
    assert api.certificate()["certificate"]["id"] == good["id"]


def test_what_the_ca_changed_is_in_the_preview(api, console, host, ca,
                                               tmp_path):
    api.create(host, key="rsa-2048", subjectAltNames=["b.example.org"])
    extensions = tmp_path / "leaf.ext"
    extensions.write_text(f"subjectAltName=DNS:{host}\n")
    leaf = ca.sign(api.get("/certificate/csr").text, "-copy_extensions",
                   "none", "-extfile", extensions)
    reply = tmp_path / "reply.pem"
    reply.write_text(leaf + ca.issuing)
    console.start("reply").give_file("reply", reply)
    console.click("Preview")
    console.sees("nothing has changed yet", "The CA changed the names",
                 "left out DNS:b.example.org")


def test_the_csr_page_says_what_is_left_out(api, console, host):
    key, cert = self_signed(host, "ec",
                            sans=f"DNS:{host},email:a@example.org")
    api.post("/keystore/import", {
        "keystore": b64(pkcs12(key, cert, PASSWORD)),
        "password": PASSWORD}).ok(201)
    console.start("csr").sees("Some names are not in the request",
                              "email:a@example.org", "BEGIN CERTIFICATE")
    console.open("request", sees="Make the request")
    console.click("Make the request")
    console.sees("The request is ready")
