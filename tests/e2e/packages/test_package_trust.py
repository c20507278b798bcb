# SPDX-License-Identifier: Apache-2.0
"""How it was decided that a package comes in: remembered, whoever is trusted
later; and signers that vouch for what others made."""

from vso.package_calls import confirm, export, upload
from vso.packages import Signer, contents, script, write

TRUSTED = "/trusted-certificates"


def listed(api, name):
    """A package in the list, which says what it says itself."""
    found, = [p for p in api.get("/packages").ok()["items"]
              if p["name"] == name]
    own = api.get(f"/packages/{name}").ok()
    assert (found["trust"], found["signer"]) == (own["trust"], own["signer"])
    return own


def test_imported_once_stays_imported_once(api, name):
    """Later trust, and its end, change nothing about how it came in."""
    vro = Signer("once.example.org")
    elements = [script("a"), script("b")]
    data = write(name, elements, vro)
    package = confirm(api, upload(api, data).ok(201), [elements[0].id],
                      "once").ok()["package"]
    assert package["trust"] == "once"
    api.post(TRUSTED, {"certificate": vro.cert}).ok(201)
    own = listed(api, name)
    assert own["trust"] == "once" and own["items"][0]["trust"] == "once"
    # An element that comes now, from one who is trusted, is another thing; the
    # package holds the first one still.
    again = upload(api, data).ok(201)
    assert confirm(api, again, [elements[1].id]).ok()["package"]["trust"] \
        == "once"
    trust = {e["name"]: e["trust"] for e in listed(api, name)["items"]}
    assert trust == {"a": "once", "b": "table"}
    # What is made of it here does not wash it.
    made = {"name": f"{name}.made", "elements": [elements[0].id]}
    assert api.post("/packages", made).ok(201)["trust"] is None
    assert listed(api, f"{name}.made")["items"][0]["trust"] == "once"
    # Nor does what comes back from here, without it.
    api.create(key="rsa-2048")
    again = upload(api, export(api, name).body).ok(201)
    assert confirm(api, again, [elements[1].id]).ok()["package"]["trust"] \
        == "once"
    api.delete(f"{TRUSTED}/{vro.fingerprint}").ok()
    trust = {e["name"]: e["trust"] for e in listed(api, name)["items"]}
    assert trust == {"a": "once", "b": "own"}
    # Only when nothing of that is left it says how it came since.
    again = upload(api, export(api, name).body).ok(201)
    assert confirm(api, again).ok()["package"]["trust"] == "own"
    assert {e["trust"] for e in listed(api, name)["items"]} == {"own"}


def test_each_way_of_being_trusted_is_remembered(api, name):
    vro = Signer("provider.example.org")
    data = write(name, [script("a")], vro)
    report = upload(api, data).ok(201)
    assert confirm(api, report, trust="provider").ok()["package"]["trust"] \
        == "provider"
    api.delete(f"{TRUSTED}/{vro.fingerprint}").ok()
    own = listed(api, name)
    assert own["trust"] == own["items"][0]["trust"] == "provider"
    api.create(key="rsa-2048")
    report = upload(api, export(api, name).body).ok(201)
    assert confirm(api, report).ok()["package"]["trust"] == "own"
    # "once" where nobody had to be asked about is no decision
    report = upload(api, export(api, name).body).ok(201)
    assert confirm(api, report, trust="once").ok()["package"]["trust"] == "own"


def test_an_untrusted_author_is_what_was_decided_about(api, name, author):
    vro = Signer("half.example.org")
    api.post(TRUSTED, {"certificate": vro.cert}).ok(201)
    data = write(name, [script("a", author=author), script("b")], vro)
    report = upload(api, data).ok(201)
    assert confirm(api, report, trust="once").ok()["package"]["trust"] \
        == "once"
    trust = {e["name"]: e["trust"] for e in listed(api, name)["items"]}
    assert trust == {"a": "once", "b": "table"}
    api.delete(f"{TRUSTED}/{vro.fingerprint}").ok()


# Vouching


def exported(other, name, *elements):
    """What that server exports of elements that others wrote; no such name
    is stored afterwards."""
    confirm(other, upload(other, write(name, elements, Signer())).ok(201),
            trust="once").ok()
    data = export(other, name).body
    other.delete(f"/packages/{name}").ok()
    return data


def test_a_signer_that_vouches(make_server, name, author):
    """Exports of a server that is trusted ask again because of their authors,
    until it vouches for them, and from when it does so no more."""
    first, second = make_server().api(), make_server().api()
    first.create("exporter.example.org", key="rsa-2048")
    pem = first.get("/certificate.pem").text
    data = exported(first, name, script("a", author=author), script("b"))
    assert "META-INF/vsocert.p7s" in contents(data)

    item, = second.post(TRUSTED, {"certificate": pem}).ok(201)["items"]
    assert item["vouches"] is False
    report = upload(second, data).ok(201)
    assert report["needsTrust"] is True
    confirm(second, report).refused(409, "untrusted-signer")

    before = second.generation()
    item, = second.post(TRUSTED, {"certificate": pem, "vouches": True}
                        ).ok(200)["items"]
    assert item["vouches"] is True and second.generation() == before + 1
    assert second.get(TRUSTED).ok()["items"] == [item]
    row = second.audit()[0]
    assert (row["action"], row["outcome"]) == ("trust-change", "ok")
    assert row["detail"].endswith("vouches for elements from now on")
    # said again, or not said, it stays
    for members in ({"vouches": True}, {}):
        again, = second.post(TRUSTED, {"certificate": pem, **members}
                             ).ok(200)["items"]
        assert again == item
    assert second.generation() == before + 1

    report = upload(second, data).ok(201)
    assert report["needsTrust"] is False
    signers = {s["role"]: s for s in report["signers"]}
    assert signers["package"]["vouches"] is True
    assert signers["author"]["trusted"] is False
    assert all(e["trusted"] for e in report["elements"])
    assert confirm(second, report).ok()["package"]["trust"] == "table"
    assert {e["trust"] for e in second.get(f"/packages/{name}").ok()["items"]} \
        == {"table"}

    # one that is in the list is known by its fingerprint
    listed_one = {"fingerprint": item["fingerprint"], "vouches": False}
    again, = second.post(TRUSTED, listed_one).ok(200)["items"]
    assert again == item | {"vouches": False, "packages": [name]}
    assert second.audit()[0]["detail"].endswith("no more")
    second.post(TRUSTED, {"fingerprint": "0" * 64, "vouches": True}).refused(
        404, "not-found", "fingerprint")
    second.post(TRUSTED, {"fingerprint": item["fingerprint"]}).refused(
        400, "malformed", "certificate")
    assert upload(second, data).ok(201)["needsTrust"] is True
    second.post(TRUSTED, {"certificate": pem, "vouches": "yes"}).refused(
        400, "malformed", "vouches")


def test_only_a_cms_signature_vouches(api, name, author):
    """signatures/ alone are MD5, mostly: they vouch for no others."""
    vro = Signer("raw.example.org")
    item, = api.post(TRUSTED, {"certificate": vro.cert, "vouches": True}
                     ).ok(201)["items"]
    assert item["vouches"] is True
    assert "vouches for elements" in api.audit()[0]["detail"]
    data = write(name, [script("a", author=author), script("b")], vro,
                 "sha256")
    report = upload(api, data).ok(201)
    assert report["needsTrust"] is True
    trusted = {e["name"]: e["trusted"] for e in report["elements"]}
    assert trusted == {"a": False, "b": True}
    confirm(api, report).refused(409, "untrusted-signer", "trust")
    api.delete(f"{TRUSTED}/{vro.fingerprint}").ok()
