# SPDX-License-Identifier: Apache-2.0
"""What clients will not take is said before anything changes."""

import pytest

from vso.ca import openssl
from vso.files import b64, pkcs12, self_signed

PASSWORD = "canary-Sesame-file"

# Key type to the clients that refuse it.
REFUSED_BY = {"ed25519": "Chromium and Firefox",
              "ed448": "Chromium",
              "rsa-pss": "Chromium and Firefox",
              "P-521": "Chromium",
              "brainpoolP256r1": "Chromium",
              "secp256k1": "Chromium"}


def file_of(host, kind, *options, **extensions):
    """A keystore file as POST /keystore/import takes it."""
    key, cert = self_signed(host, kind, *options, **extensions)
    return {"keystore": b64(pkcs12(key, cert, PASSWORD)), "password": PASSWORD}


def slugs(shown):
    return [w["slug"] for w in shown["warnings"]]


def store(api, host, kind, **members):
    """Import; the certificate's details."""
    return api.post("/keystore/import", {
        **file_of(host, kind), **members}).ok(201)["certificate"]


@pytest.mark.parametrize("kind", REFUSED_BY)
def test_import_names_who_refuses_the_key(api, host, kind):
    file = {**file_of(host, kind), "preview": True}
    alone = api.post("/keystore/import", file).ok()["certificate"]
    assert slugs(alone) == ["client-support"]
    assert REFUSED_BY[kind] in alone["warnings"][0]["detail"]
    for_packages = api.post("/keystore/import", {**file, "passive": True}).ok()
    assert slugs(for_packages["certificate"]) == []
    # Beside a key that all take, nobody is refused.
    beside = "ec-p256" if kind in ("ed25519", "ed448", "rsa-pss") else \
        "rsa-2048"
    api.create(host, key=beside)
    beside = api.post("/keystore/import", {**file, "beside": True}).ok()
    assert slugs(beside["certificate"]) == []
    # In its place they are.
    instead = api.post("/keystore/import", {**file, "replace": True}).ok()
    assert "client-support" in slugs(instead["certificate"])


@pytest.mark.parametrize("kind", ["rsa", "ec", "P-384"])
def test_keys_that_all_take_have_no_warning(api, host, kind):
    shown = api.post("/keystore/import", {**file_of(host, kind),
                                          "preview": True}).ok()
    assert slugs(shown["certificate"]) == []


def test_the_last_key_for_browsers(server, api, host):
    """Each change of what is served shows it before, and then says it."""
    rsa = api.create(host, key="rsa-2048")
    modern = store(api, host, "ed25519", beside=True)
    assert slugs(modern) == []
    page = api.certificate()
    assert slugs(page["certificate"]) == slugs(page["also"]) == []

    before, rows = api.snapshot(), len(api.audit())
    out = f"/versions/{rsa['id']}/deactivate"
    shown = api.post(out, {"preview": True}).ok()
    assert shown["preview"] is True
    assert shown["certificate"]["state"] == "passive"
    (left,) = shown["served"]
    assert left["id"] == modern["id"] and slugs(left) == ["client-support"]
    assert (api.snapshot(), len(api.audit())) == (before, rows)
    assert server.served(host, key="RSA") == rsa["fingerprint"]

    api.post(out).ok()
    assert slugs(api.certificate()["certificate"]) == ["client-support"]
    for last in ({"preview": True}, None):
        api.post(f"/versions/{modern['id']}/deactivate", last).refused(
            409, "wrong-state")

    # Back: what is served then has none.
    before = api.snapshot()
    back = f"/versions/{rsa['id']}/activate"
    for members in ({}, {"at": "2999-01-01T00:00:00Z"}):
        shown = api.post(back, {**members, "preview": True}).ok()
        assert shown["certificate"]["state"] == "active"
        assert {t["protocol"] for t in shown["trial"]} >= {"TLSv1.3"}
        assert sorted(one["id"] for one in shown["served"]) == \
            [rsa["id"], modern["id"]]
        assert [slugs(one) for one in shown["served"]] == [[], []]
    assert api.snapshot() == before
    api.post(back).ok()
    assert slugs(api.get(f"/versions/{modern['id']}").ok()) == []


def test_activating_a_key_that_browsers_refuse(api, host):
    good = api.create(host, key="ec-p256")
    odd = store(api, host, "P-521", passive=True)
    shown = api.post(f"/versions/{odd['id']}/activate",
                     {"preview": True}).ok()
    assert slugs(shown["certificate"]) == ["client-support"]
    assert [one["id"] for one in shown["served"]] == [odd["id"]]
    assert slugs(shown["served"][0]) == ["client-support"]
    assert "client-support" in slugs(api.get(f"/versions/{odd['id']}").ok())
    api.post(f"/versions/{odd['id']}/activate").ok()
    shown = api.post("/certificate/rollback", {"preview": True}).ok()
    assert shown["certificate"]["id"] == good["id"]
    assert slugs(shown["certificate"]) == []
    assert api.certificate()["certificate"]["id"] == odd["id"]
    api.post("/certificate/rollback").ok()
    assert api.certificate()["certificate"]["id"] == good["id"]


def test_previews_refuse_what_the_calls_refuse(api, host):
    made = api.create(host)
    path = f"/versions/{made['id']}"
    preview = {"preview": True}
    api.post(path + "/activate", preview).refused(409, "wrong-state")
    api.post(path + "/deactivate", preview).refused(409, "wrong-state")
    api.post("/certificate/rollback", preview).refused(409, "no-certificate")
    api.post("/versions/999999/activate", preview).refused(404, "not-found")
    old = store(api, host, "ec", passive=True)
    path = f"/versions/{old['id']}/activate"
    api.post(path, {**preview, "at": "2020-01-01T00:00:00Z"}).refused(
        422, "invalid", "at")
    api.post(path, {**preview, "at": None}).refused(422, "invalid", "preview")
    api.post(path, {"preview": 1}).refused(400, "malformed", "preview")
    api.post(f"/versions/{old['id']}/deactivate", {"at": None}).refused(
        400, "malformed")


def test_written_out_curves_are_refused(server, api, host):
    """Be they of a known curve: no client takes them, not even beside RSA."""
    rsa = api.create(host, key="rsa-2048")
    before = api.snapshot()
    file = file_of(host, "explicit")
    for members in ({"preview": True}, {"replace": True}, {"passive": True}):
        refusal = api.post("/keystore/import", {**file, **members})
        detail = refusal.refused(422, "not-servable", "keystore")["detail"]
        assert "instead of naming the curve" in detail
    # A named certificate for a key that is written out: convert the key.
    key, cert = self_signed(host, "ec")
    key = openssl("ec", "-param_enc", "explicit", data=key.encode()).decode()
    refusal = api.post("/keystore/import", {
        "keystore": b64((key + cert).encode()), "password": "",
        "preview": True})
    detail = refusal.refused(422, "not-servable", "keystore")["detail"]
    assert "-param_enc named_curve" in detail
    assert api.snapshot() == before
    assert server.served(host) == rsa["fingerprint"]


def test_usage_and_constraints_of_the_leaf(api, host):
    for file, expected in (
            (file_of(host, "rsa", "-addext",
                     "keyUsage=critical,keyEncipherment"), "key-usage"),
            (file_of(host, "rsa", constraints="critical,CA:TRUE"),
             "ca-as-leaf"),
            (file_of(host, "rsa", "-addext", "1.2.3.4=critical,DER:0500"),
             "critical-extension")):
        shown = api.post("/keystore/import", {**file, "preview": True}).ok()
        assert slugs(shown["certificate"]) == [expected]


def test_a_chain_longer_than_its_ca_allows(api, host, ca, tmp_path):
    """The intermediate of the test's CA allows none below it."""
    below, leaf = tmp_path / "below.pem", tmp_path / "leaf.pem"
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Below",
            "-keyout", tmp_path / "below.key", "-out", tmp_path / "below.csr",
            "-addext", "basicConstraints=critical,CA:TRUE")
    below.write_text(ca.sign((tmp_path / "below.csr").read_text()))
    api.create(host, key="rsa-2048")
    (tmp_path / "leaf.csr").write_text(api.get("/certificate/csr").text)
    openssl("x509", "-req", "-in", tmp_path / "leaf.csr", "-CA", below,
            "-CAkey", tmp_path / "below.key", "-set_serial", "7",
            "-copy_extensions", "copy", "-out", leaf)
    shown = api.post("/certificate/reply", {
        "reply": leaf.read_text() + below.read_text() + ca.issuing,
        "preview": True}).ok()["certificate"]
    assert slugs(shown) == ["path-length"]
    assert "Test Issuing CA" in shown["warnings"][0]["detail"]


def test_a_curve_that_no_protocol_serves_is_named(make_server):
    server = make_server(extra="SSLProtocol -all +TLSv1.3")
    refusal = server.api().post("/keystore/import",
                                file_of("localhost", "brainpoolP256r1"))
    detail = refusal.refused(422, "not-servable")["detail"]
    assert "brainpoolP256r1" in detail and "unsupported" not in detail
