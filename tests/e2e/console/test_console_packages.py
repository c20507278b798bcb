# SPDX-License-Identifier: Apache-2.0
"""Packages and trusted certificates in a browser: nothing comes in unseen."""

import datetime
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from vso.browser import Console
from vso import wait_for
from vso.edit import edit
from vso.packages import (Signer, contents, decrypt, elements_of,
                          judge_signatures, script, tags, write)

SEEN = "Who signed it"


@pytest.fixture(scope="module")
def stranger():
    """Signs, and nobody here has heard of it."""
    return Signer("stranger.example.org")


def trust(api, signer):
    api.post("/trusted-certificates", {"certificate": signer.cert}).ok(201)


def friend(api, host):
    """A signer that is trusted."""
    signer = Signer(f"friend-{host}")
    trust(api, signer)
    return signer


def expired_signer(name):
    """Its certificate ended a day ago."""
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.utcnow()
    cert = x509.CertificateBuilder().subject_name(subject) \
        .issuer_name(subject).public_key(key.public_key()).serial_number(7) \
        .not_valid_before(now - datetime.timedelta(days=9)) \
        .not_valid_after(now - datetime.timedelta(days=1)) \
        .sign(key, hashes.SHA256())
    return Signer(pair=(
        key.private_bytes(serialization.Encoding.PEM,
                          serialization.PrivateFormat.PKCS8,
                          serialization.NoEncryption()).decode(),
        cert.public_bytes(serialization.Encoding.PEM).decode()))


def trusted(api, signer):
    items = api.get("/trusted-certificates").ok()["items"]
    return [one for one in items if one["fingerprint"] == signer.fingerprint]


def stored(api, name):
    """Versions of the elements of a stored package, by name."""
    return {one["name"]: one["version"]
            for one in api.get(f"/packages/{name}").ok()["items"]}


def staged(api, name):
    return [one for one in api.get("/packages/imports").ok()["items"]
            if one["name"] == name]


def bring(api, data):
    """Import a package by the API; elements and all."""
    report = api.post("/packages/imports", body=data, headers={
        "Content-Type": "application/octet-stream"}).ok(201)
    return api.post(f"/packages/imports/{report['id']}/confirm", {
        "elements": "all", "trust": "once",
        "sha256": report["sha256"]}).ok()


def upload(who, folder, data, file="some.package"):
    """Choose a file on the page."""
    path = folder / file
    path.write_bytes(data)
    who.give_file("package", path)


def focused(who, text):
    """Wait until the focus is on the button of that name."""
    who.wait(lambda: who.driver.switch_to.active_element.text == text,
             f"the focus on {text!r}")


def click_clear(who, element):
    """Clear of the bar with the decision, as a person would scroll it."""
    who.script("arguments[0].scrollIntoView({ block: 'center' })", element)
    element.click()


def signer_shown(who, signer):
    """Is the fingerprint there to be compared?"""
    shown = "".join(one.text for one in who.find(".signer .fingerprint code"))
    return signer.fingerprint.upper() in shown.replace(":", "").replace(
        "\n", "")


def chosen(who):
    """Elements whose box is ticked."""
    return {row.find_element("css selector", "label").text
            for row in who.find(".elements tbody tr:not(.group)")
            if row.find_element("css selector", "input").is_selected()}


def test_a_trusted_package_comes_in(api, person, host, name, tmp_path):
    data = write(name, [script("one", "1.2.3"), script("two")],
                 friend(api, host), digest="sha256")
    person.start("packages").sees("Import a package")
    upload(person, tmp_path, data)
    person.sees(SEEN, name, "every signer is trusted", "2 of 2 chosen",
                "1.2.3", "new here")
    assert "Import and trust signer" not in person.text()
    focused(person, "Import")
    person.click("Import")
    person.sees("The package is imported", "2 elements were imported")
    assert stored(api, name) == {"one": "1.2.3", "two": "1.0.0"}
    person.click("Show the package")
    person.sees("Identifier", "one", "two", "Action")
    person.click("← Packages")
    person.sees("Stored packages", name)


def test_an_import_that_takes_its_time(api, console, host, name, tmp_path):
    """Progress, though nobody can tell how much is left."""
    console.start("packages")
    upload(console, tmp_path, write(name, [script("one")], friend(api, host)))
    console.sees(SEEN)
    network = {"offline": False, "downloadThroughput": -1,
               "uploadThroughput": -1}
    console.driver.execute_cdp_cmd("Network.enable", {})
    console.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {
        **network, "latency": 5000})
    console.click("Import")
    console.wait(lambda: console.find(".running progress:indeterminate"),
                 "progress")
    console.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {
        **network, "latency": 0})
    console.sees("The package is imported")


def test_an_untrusted_one_asks_and_is_imported_once(api, person, name,
                                                    stranger, tmp_path):
    person.start("packages")
    upload(person, tmp_path, write(name, [script("one")], stranger))
    person.sees(SEEN, "Signed by somebody this server does not trust",
                "Not trusted.", "Import and trust signer")
    assert signer_shown(person, stranger)
    focused(person, "Cancel")
    person.click("Import")
    person.sees("The package is imported")
    person.misses("trusted from now on")
    assert stored(api, name) == {"one": "1.0.0"}
    assert not trusted(api, stranger)


def test_a_signer_can_be_trusted_with_the_import(api, person, host, name,
                                                 tmp_path):
    signer = Signer(f"provider-{host}")
    data = write(name, [script("one")], signer, digest="sha256")
    person.start("packages")
    upload(person, tmp_path, data)
    person.click("Import and trust signer")
    person.sees("The package is imported",
                "The signer is trusted from now on")
    assert trusted(api, signer)[0]["source"] == name
    person.click("Import another")
    upload(person, tmp_path, data)
    person.sees(SEEN, "every signer is trusted")
    focused(person, "Import")


def test_a_weak_signature_is_warned_about(api, console, host, name, tmp_path):
    console.start("packages")
    upload(console, tmp_path, write(name, [script("one")],
                                    friend(api, host)))
    console.sees(SEEN, "Signatures rest on a weak digest", "MD5")
    assert "Import and trust signer" not in console.text()
    focused(console, "Cancel")
    console.click("Import")
    console.sees("The package is imported")
    console.click("Show the package")
    console.sees("Weak signature")


def test_a_cancelled_one_leaves_nothing(api, person, name, stranger,
                                        tmp_path):
    person.start("packages")
    upload(person, tmp_path, write(name, [script("one")], stranger))
    person.sees(SEEN)
    assert staged(api, name)
    # the review has an address of its own
    person.reload()
    person.sees(SEEN, "Not trusted.")
    person.click("Packages")
    person.sees("Uploaded, not decided yet", name)
    (row,) = staged(api, name)
    person.use(person.wait(lambda: person.find(
        f'a.row[href$="imports/{row["id"]}"]')[0], "the upload"))
    person.sees(SEEN)
    focused(person, "Cancel")
    person.press("\n")
    person.sees("Stored packages")
    person.misses(name)
    assert not staged(api, name)
    api.get(f"/packages/{name}").refused(404, "not-found")


def test_a_damaged_one_is_refused_by_the_name_of_its_file(
        api, console, name, stranger, tmp_path):
    console.expect_error("status of 422")
    element = script("one")
    path = f"elements/{element.id}/data"

    def damage(files):
        files[path] = files[path].replace(b"\0r\0e\0t", b"\0R\0E\0T")

    console.start("packages")
    upload(console, tmp_path, write(name, [element], stranger, change=damage),
           "damaged.package")
    console.sees("A signature in the package does not hold", path,
                 "damaged.package", "nothing is left on the server")
    assert not staged(api, name)
    # and the next file can be chosen at once
    console.drop_file("package", "whole.package",
                      write(name, [element], stranger))
    console.sees(SEEN)


def test_a_trust_that_ends_meanwhile_is_asked_for(api, console, host, name,
                                                  tmp_path):
    console.expect_error("status of 409")
    signer = friend(api, host)
    console.start("packages")
    upload(console, tmp_path, write(name, [script("one")], signer,
                                    digest="sha256"))
    console.sees(SEEN, "every signer is trusted")
    api.delete(f"/trusted-certificates/{signer.fingerprint}").ok()
    console.click("Import")
    console.sees("Signed by somebody this server does not trust",
                 "Not trusted.", "Import and trust signer")
    api.get(f"/packages/{name}").refused(404, "not-found")
    console.click("Import")
    console.sees("The package is imported")


def test_an_upload_that_is_gone_is_said_to_be(server, api, console, name,
                                              stranger, tmp_path):
    console.expect_error("status of 404")
    data = write(name, [script("one")], stranger)
    console.start("packages")
    upload(console, tmp_path, data)
    console.sees(SEEN)
    (row,) = staged(api, name)
    api.delete(f"/packages/imports/{row['id']}").ok()
    console.click("Import")
    console.sees("This upload is gone")
    console.click("Go to the packages")

    def is_kept_at_first(seconds):
        """False: it was gone when the page came."""
        console.open("packages")
        upload(console, tmp_path, data)
        console.sees("more minutes")
        (row,) = staged(api, name)
        edit(server, "UPDATE vmo_import SET expires_sec ="
                     f" {int(time.time()) + seconds} WHERE id = {row['id']}")
        console.reload()
        seen = console.wait(lambda: [text for text in (
            "The upload is kept for", "This upload is gone")
            if text in console.text()], "what became of it")
        return seen[0] == "The upload is kept for"

    # On a loaded machine, pages take their time.
    assert any(map(is_kept_at_first, (12, 24, 48)))
    wait_for(lambda: "This upload is gone" in console.text(), "it to go", 60)
    assert not console.find(".decision")


def test_newer_ones_are_chosen(api, console, name, stranger, tmp_path):
    old = [script("same", "1.0.0"), script("older", "2.0.0"),
           script("newer", "1.9.0", tags=tags("mine"))]
    bring(api, write(name, old, stranger))
    again = [script("same", "1.0.0", element_id=old[0].id),
             script("older", "1.0.0", element_id=old[1].id),
             script("newer", "1.10.0", element_id=old[2].id,
                    tags=tags("theirs")),
             script("fresh", "0.1.0")]
    console.start("packages")
    upload(console, tmp_path, write(name, again, stranger))
    console.sees(SEEN, "A package of this name is stored", "2 of 4 chosen",
                 "the same is stored")
    assert chosen(console) == {"newer", "fresh"}
    click_clear(console, console.named("None"))
    console.sees("0 of 4 chosen")
    click_clear(console, console.named("All"))
    console.sees("4 of 4 chosen")
    click_clear(console, console.named("New and newer ones"))
    console.sees("2 of 4 chosen")
    click_clear(console, [one for one in console.find(".elements label")
                          if one.text == "fresh"][0])
    assert chosen(console) == {"newer"}
    click_clear(console, console.find(
        '[data-field="tags"] input[value="overwrite"]')[0])
    console.click("Import")
    console.sees("1 element was imported", "3 elements were left out")
    assert stored(api, name) == {"same": "1.0.0", "older": "2.0.0",
                                 "newer": "1.10.0"}
    console.click("Show the package")
    console.sees("1.10.0", "theirs")
    console.misses("mine")


def test_an_upload_shows_how_far_it_is_and_can_be_cancelled(
        api, console, name, stranger, tmp_path):
    data = write(name, [script("one", body="x" * 300000)], stranger,
                 compression=0)
    console.start("packages")
    network = {"offline": False, "latency": 0, "downloadThroughput": -1}
    console.driver.execute_cdp_cmd("Network.enable", {})
    console.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {
        **network, "uploadThroughput": 30000})
    try:
        upload(console, tmp_path, data, "slow.package")
        console.sees("Uploading…", "slow.package", " %")
        console.click("Cancel")
        console.sees("The upload was cancelled")
    finally:
        console.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {
            **network, "uploadThroughput": -1})
    wait_for(lambda: not staged(api, name), "nothing to be left", 20)
    console.drop_file("package", "fast.package",
                      write(name, [script("one")], stranger))
    console.sees(SEEN)


def test_an_export_is_signed_by_this_server(api, person, host, name,
                                            stranger):
    made = api.create(host, key="rsa-2048")
    data = write(name, [script("one"), script("two")], stranger)
    bring(api, data)
    person.start(f"packages/{name}").sees(name)
    person.click("Export")
    person.sees("Export this package")
    person.use(person.find("dialog button[type=submit]")[0])
    person.sees(f"Saved as {name}.package")
    saved = person.saved(f"{name}.package")
    assert elements_of(saved) == elements_of(data)
    judge_signatures(saved, api.get("/certificate.pem").text)
    rows = [one for one in api.audit() if one["action"] == "package-export"]
    assert rows and made["fingerprint"]


def test_an_export_can_have_another_digest(api, console, host, name, stranger):
    api.create(host, key="rsa-2048")
    bring(api, write(name, [script("one")], stranger, "sha256"))
    console.start(f"packages/{name}").sees("Digest of the signatures",
                                           "SHA-256")
    console.click("Export")
    console.click("Digest of the signatures")
    console.sees("As it came (SHA-256)")
    console.choose("digest", "md5")
    console.find("dialog button[type=submit]")[0].click()
    console.sees(f"Saved as {name}.package")
    judge_signatures(console.saved(f"{name}.package"),
                     api.get("/certificate.pem").text, "md5")


def test_what_cannot_be_checked_is_counted(api, console, name, stranger,
                                           tmp_path):
    """Once, with a number, not once for each element."""
    author = Signer("gone.example.org")

    def without_author(files):
        for path in (author.path, f"signatures/{author.path}"):
            del files[path]
    console.start("packages")
    upload(console, tmp_path, write(
        name, [script(one, author=author) for one in ("a", "b", "c")],
        stranger, change=without_author))
    console.sees(SEEN, "3 elements have an author’s signature that cannot be "
                 "checked")
    assert len(console.find(".warnings > *")) == 1
    console.find(".pickone select")[1].send_keys("Deutsch")
    console.sees("3 Elemente haben eine Signatur des Urhebers, die nicht "
                 "prüfbar ist")
    console.find(".pickone select")[1].send_keys("English")


def test_an_export_can_be_for_somebody(api, console, host, name, stranger,
                                       tmp_path):
    api.create(host, key="rsa-2048")
    receiver = Signer(f"receiver-{host}")
    other = Signer(f"other-{host}")
    element = script("one", author=stranger)
    bring(api, write(name, [element], stranger))
    console.start(f"packages/{name}").click("Export")
    console.choose("encrypt", "yes")
    file = tmp_path / "receiver.pem"
    # a key beside it is of no interest
    file.write_text(receiver.key + receiver.cert)
    console.give_file("recipients", file)
    console.sees("receiver.pem")
    console.script("""arguments[0].value = arguments[1];
        arguments[0].dispatchEvent(new Event('input', { bubbles: true }));""",
                   console.field("recipients-text"), other.cert)
    console.sees("Pasted")
    shown = "".join(one.text for one in console.find(".taken code"))
    for one in (receiver, other):
        assert one.fingerprint.upper() in shown.replace(":", "").replace(
            "\n", "")
    console.click("Rights and version history")
    for box in console.find("dialog .check label"):
        if box.text in ("With version history", "Edit contents"):
            box.click()
    console.find("dialog button[type=submit]")[0].click()
    console.sees(f"Saved as {name}.package",
                 "Authors’ signatures were left out")
    files = contents(console.saved(f"{name}.package"))
    assert not [p for p in files if "version-history" in p]
    (data,) = [content for path, content in files.items()
               if path.startswith(f"elements/{element.id}/data")]
    for one in (receiver, other):
        plain = decrypt(data, one.key, one.cert).decode("utf-16")
        assert 'allowed-operations="vf"' in plain


def test_a_package_is_made_of_stored_elements(api, console, name, stranger):
    bring(api, write(name, [script("one"), script("two")], stranger))
    bring(api, write(f"{name}.more", [script("three")], stranger))
    console.start("packages").click("Make a package")
    console.type("name", f"{name}.made")
    console.type("description", "Of both")
    console.choose("elements", name)
    console.sees("0 of 2 chosen")
    [one for one in console.find("dialog .elements label")
     if one.text == "two"][0].click()
    console.choose("elements", f"{name}.more")
    console.sees("three")
    console.wait(lambda: console.find("dialog .elements label")[0].text ==
                 "three", "the other package")
    console.find("dialog .elements label")[0].click()
    console.sees("2 elements chosen")
    console.click("Make it")
    console.sees("Made here", "Of both", "two", "three")
    assert stored(api, f"{name}.made") == {"two": "1.0.0", "three": "1.0.0"}


def test_a_name_that_is_taken_stands_beside_its_field(api, console, name,
                                                      stranger):
    console.expect_error("status of 409")
    bring(api, write(name, [script("one")], stranger))
    console.start("packages").click("Make a package")
    console.type("name", name)
    console.choose("elements", name)
    console.sees("0 of 1 chosen")
    console.find("dialog .elements label")[0].click()
    console.click("Make it")
    console.sees("There is a package of this name already")


def test_deleting_says_what_goes(api, person, name, stranger):
    both, alone = script("both"), script("alone")
    bring(api, write(name, [both, alone], stranger))
    bring(api, write(f"{name}.other", [both], stranger))
    person.start(f"packages/{name}").click("Delete")
    person.sees("1 element is in no other package", "alone",
                "1 element stays in another package")
    focused(person, "Keep it")
    person.click("Delete for good")
    person.sees("Stored packages", f"{name}.other")
    api.get(f"/packages/{name}").refused(404, "not-found")
    assert stored(api, f"{name}.other") == {"both": "1.0.0"}


def test_certificates_are_trusted_and_not_any_more(api, person, host, name,
                                                   tmp_path):
    signer = Signer(f"filed-{host}")
    file = tmp_path / "signer.pem"
    file.write_text(signer.cert)
    person.start("trusted").sees("Add a certificate")
    person.give_file("certificate" if person.find(
        '[data-field="certificate"]') else "file", file)
    person.sees("signer.pem")
    person.click("Trust this certificate")
    person.sees("The certificate is trusted now", signer.text, "From a file",
                "vmware")
    assert trusted(api, signer)[0]["source"] == "file"
    report = api.post("/packages/imports", body=write(
        name, [script("one")], signer), headers={
            "Content-Type": "application/octet-stream"}).ok(201)
    api.post(f"/packages/imports/{report['id']}/confirm", {
        "elements": "all", "sha256": report["sha256"]}).ok()
    person.reload()
    person.sees("Stored packages with its signature", name)
    person.click(f"Remove {signer.text}")
    person.sees("Trust this certificate no longer?",
                "It signed this stored package, or elements in it")
    focused(person, "Keep it")
    person.click("Remove")
    person.misses(signer.text)
    assert not trusted(api, signer)
    assert stored(api, name)


def test_imported_once_stays_in_view(api, console, host, name):
    """Though its signer was trusted later, in both languages."""
    signer = Signer(f"once-{host}")
    bring(api, write(name, [script("one")], signer))
    trust(api, signer)
    console.start("packages").sees(name, "Imported once")
    console.open(f"packages/{name}")
    console.sees("Imported once from an untrusted signer")
    assert [one.text for one in console.find(".elements .badge-bad")] \
        == ["Imported once"]
    console.find(".pickone select")[1].send_keys("Deutsch")
    console.sees("Einmalig importiert", "Einmalig von einem Unterzeichner")
    assert not console.axe()
    console.find(".pickone select")[1].send_keys("English")
    api.delete(f"/trusted-certificates/{signer.fingerprint}").ok()


def test_a_certificate_vouches_and_no_more(api, person, host):
    signer = friend(api, host)
    person.start("trusted").sees(signer.text)

    def switch(wanted):
        box = [item for item in person.find(".signers .signer")
               if signer.text in item.text][0].find_element(
                   "css selector", "input[type=checkbox]")
        assert box.is_selected() is not wanted
        person.use(box, " ")
        wait_for(lambda: trusted(api, signer)[0]["vouches"] is wanted,
                 f"vouches to be {wanted}")
        person.wait(lambda: person.find(".signers input:checked") or
                    not wanted, "the box to show it")

    switch(True)
    assert not person.axe()
    person.reload()
    person.sees(signer.text)
    switch(False)
    api.delete(f"/trusted-certificates/{signer.fingerprint}").ok()


def test_no_certificate_is_refused_and_an_expired_one_marked(api, console,
                                                             host):
    console.expect_error("status of 4(00|22)")
    console.start("trusted").sees("Add a certificate")
    fill = """arguments[0].value = arguments[1];
        arguments[0].dispatchEvent(new Event('input', { bubbles: true }));"""
    console.script(fill, console.field("text"), "no certificate")
    console.click("Trust this certificate")
    assert "certificate" in console.error("certificate")
    signer = expired_signer(f"old-{host}")
    console.script(fill, console.field("certificate"), signer.cert)
    console.click("Trust this certificate")
    console.sees("The certificate is trusted now", "Expired")
    api.delete(f"/trusted-certificates/{signer.fingerprint}").ok()


def test_destroying_a_key_names_the_packages_that_need_it(
        api, console, host, name, stranger):
    console.expect_error("status of 409")
    first = api.create(host, key="rsa-2048")
    bring(api, write(name, [script("one")], stranger))
    sealed = api.post(f"/packages/{name}/export", {"encrypt": True}).body
    api.delete(f"/packages/{name}").ok()
    bring(api, sealed)
    api.create(host, key="rsa-2048", replace=True)
    console.start(f"packages/{name}").sees("It opens with these keys",
                                           "Encrypted")
    console.use(console.find(f'a[href$="versions/{first["id"]}"]')[0])
    console.click("Destroy the key")
    console.type("confirm", "destroy 1")
    console.click("Destroy for good")
    console.sees("Stored packages need this key", name)
    console.click("Destroy anyway")
    console.sees("Destroyed", "The certificate is kept for the record")
    states = {v["version"]: v["state"] for v in api.versions()}
    assert states == {1: "retired", 2: "active"}


def test_an_empty_store_says_how_to_begin(make_server, driver):
    bare = Console(driver, make_server(), "localhost").start("packages")
    bare.sees("No packages yet", "Import a .package file above")
    assert "Make a package" not in bare.text()
    assert not bare.axe()
    bare.click("Trusted Certificates")
    bare.sees("Nobody is trusted by hand yet")
    assert not bare.axe()
    assert not bare.complaints()
    driver.get("about:blank")   # the server goes, and the page would ask it


def test_both_languages_and_no_text_is_missing(api, console, name, stranger,
                                               tmp_path):
    console.start("packages")
    console.find(".pickone select")[1].send_keys("Deutsch")
    console.sees("Ein Paket importieren", "Pakete")
    upload(console, tmp_path, write(name, [script("one")], stranger))
    console.sees("Wer es signiert hat", "Importieren und Unterzeichner "
                 "vertrauen", "Nicht vertraut.")
    console.reload()
    console.sees("Wer es signiert hat")
    assert not console.script("""
        return document.body.innerText.match(
            /\\b(review|signer|package|elements|tags)\\.[a-z]+/)""")
    focused(console, "Abbrechen")
    console.click("Abbrechen")
    console.sees("Gespeicherte Pakete")


def test_a_hostile_package_is_only_text(console, name, stranger, tmp_path):
    evil = "<img src=x onerror=alert(1)>"
    console.start("packages")
    upload(console, tmp_path, write(
        name, [script("one", tags=tags("&lt;script>alert(2)&lt;/script>"))],
        stranger, **{"pkg-description": evil + "\u202egpj"}))
    console.sees(SEEN, evil, "U+202E", "<script>alert(2)</script>")
    console.click("Import")
    console.sees("The package is imported")
    for view in ("packages", f"packages/{name}"):
        console.open(view)
        console.sees(evil)
        assert not console.find("main img, main script")
