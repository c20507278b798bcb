# SPDX-License-Identifier: Apache-2.0
"""The console of those who may not do everything: what they may not do is not
offered, and the reason stands there in words; all else works. What the page
asks for nevertheless would be a 403, which Chromium logs and every test here
fails for."""

import pytest

from vso import packages
from vso.package_calls import bring_in, export, upload
from vso.packages import Signer, script, write

MANAGE = "right “manage”"
SIGN = "right “sign”"
EXPORT = "right “export”"

# What the views offer to who may manage; "Import" and "Cancel" are the review's.
CHANGES = {
    "Make active", "Make active later", "Stop serving", "Destroy the key",
    "Discard", "Make a package", "Delete", "Remove", "Trust this certificate",
    "Seal all keys anew", "Import", "Change", "Forget it"}


@pytest.fixture
def stage(api, entry, vro):
    """One thing of every kind, made by vmware."""
    made = {"passive": api.create(f"old.{entry}")["id"]}
    made["active"] = api.create(f"{entry}.test", key="rsa-2048",
                                replace=True)["id"]
    made["pending"] = api.post("/certificate/csr", {
        "subject": {"commonName": f"new.{entry}"},
        "key": "ec-p256"}).ok(201)["certificate"]["id"]
    name = f"org.example.{entry}"
    bring_in(api, write(name, [script("open")], vro))
    made["package"] = name
    secret = f"org.example.{entry}.secret"
    bring_in(api, write(secret, [script("secret")], vro))
    data = export(api, secret, encrypt=True).body
    api.delete(f"/packages/{secret}").ok()
    bring_in(api, data)
    made["secret"] = secret
    stranger = Signer(f"stranger.{entry}")
    made["import"] = upload(api, write(f"{name}.waiting", [script("x")],
                                       stranger)).ok(201)["id"]
    trusted = Signer(f"trusted.{entry}")
    api.post("/trusted-certificates", {"certificate": trusted.cert}).ok(201)
    return made


def sign_in(consoles, host, user, view=""):
    return consoles(host).start(view, user)


def offered(console):
    """Names of all that can be used on the page, but the tabs."""
    return {one.accessible_name.strip() for one in console.find(
        "main button, main a[role=button], main a.do-name, main summary")
        if one.is_displayed() and one.get_attribute("aria-disabled") != "true"}


VIEWS = [
    ("", [MANAGE]), ("create", []), ("import", []), ("replace", [MANAGE]),
    ("request", [MANAGE]), ("reply", [MANAGE]), ("export", [EXPORT]),
    ("versions/{passive}", [MANAGE, EXPORT]),
    ("versions/{active}", [MANAGE, EXPORT]),
    ("versions/{pending}", [MANAGE, EXPORT]),
    ("packages", [MANAGE]), ("packages/{package}", [MANAGE, SIGN]),
    ("packages/{secret}", [MANAGE, SIGN]),
    ("packages/imports/{import}", [MANAGE]), ("trusted", [MANAGE]),
    ("status", [MANAGE]), ("activity", []), ("csr", [])]


def test_an_auditor_sees_everything_and_is_offered_nothing(
        api, consoles, host, stage):
    console = sign_in(consoles, host, "auditor")
    for view, reasons in VIEWS:
        console.open(view.format(**stage))
        console.wait(lambda: console.find("main h1") and
                     not console.find("main .loading"), view)
        console.sees(*reasons)
        names = offered(console)
        assert not names & CHANGES, view
        assert not {n for n in names if n.startswith((
            "Import", "Create", "Replace", "Export certificate database",
            "Remove"))}, (view, names)
        assert not console.find('main input[type="file"]'), view
        assert not console.find("main input:not(:disabled)"), view
        if view in ("", "packages/{package}", "trusted", "status"):
            assert not console.axe(), view


def test_an_auditor_uses_what_only_looks(consoles, host, stage):
    console = sign_in(consoles, host, "auditor", "activity")
    console.click("Check the record")
    console.sees("The record is whole")
    console.open(f"versions/{stage['active']}")
    console.click("Show CSR")
    console.sees("-----BEGIN CERTIFICATE REQUEST-----")


def test_an_operator_does_all_but_export_keys(api, consoles, host, stage):
    console = sign_in(consoles, host, "operator", "export")
    console.sees(EXPORT)
    assert not console.find("main form")
    console.open(f"versions/{stage['passive']}")
    console.sees(EXPORT, "Make active")
    assert MANAGE not in console.text()
    assert "Export" not in offered(console)
    console.click("Destroy the key")
    number = console.find("h1")[0].text.split()[-1]
    console.type("confirm", f"destroy {number}")
    console.click("Destroy for good")
    console.wait(lambda: not console.find("dialog"), "the dialog to go")
    assert api.get(f"/versions/{stage['passive']}").ok()["state"] == "retired"
    console.open(f"packages/{stage['package']}")
    console.click("Export")
    console.choose("encrypt", "yes")
    console.sees("Rights and version history")
    console.choose("encrypt", "no")
    console.click("Export")
    assert packages.contents(console.saved(f"{stage['package']}.package"))


def test_an_operator_exports_what_is_encrypted_as_it_is(consoles, host, stage):
    console = sign_in(consoles, host, "operator",
                      f"packages/{stage['secret']}")
    console.click("Export")
    console.sees("It is exported as it is stored", EXPORT)
    plain, sealed = console.find('[data-field="encrypt"] input')
    assert sealed.is_selected() and not plain.is_enabled()
    assert not console.find('[data-field="recipients"]')
    assert "Rights and version history" not in console.text()
    assert not console.axe()
    console.click("Export")
    files = packages.contents(console.saved(f"{stage['secret']}.package"))
    assert any(name.endswith(".p7m") for name in files)


def test_an_administrator_is_told_of_no_right(consoles, host, stage):
    console = sign_in(consoles, host, "vmware")
    for view, _ in VIEWS:
        console.open(view.format(**stage))
        console.wait(lambda: console.find("main h1") and
                     not console.find("main .loading"), view)
        assert "which an administrator grants" not in console.text()
    console.open(f"packages/{stage['secret']}")
    console.click("Export")
    console.choose("encrypt", "no")


def test_in_german_too(consoles, host, stage):
    console = sign_in(consoles, host, "auditor", "export")
    console.script("localStorage.setItem('vso-language', 'de')")
    console.reload()
    console.sees("Sie dürfen keine privaten Schlüssel exportieren")
    console.open("")
    console.sees("Sie dürfen das ansehen, aber nichts ändern")
