# SPDX-License-Identifier: Apache-2.0
"""The guide's procedures in a browser, each by mouse and by keyboard."""

import datetime

from vso.browser import FAILED_CALL
from vso.ca import openssl
from vso.files import b64, open_pkcs12, pkcs12, request, self_signed

SECRET = "four random words here"


def hex_print(pem):
    """openssl's own fingerprint of a certificate."""
    return openssl("x509", "-noout", "-fingerprint", "-sha256",
                   data=pem.encode()).decode().split("=")[1].strip() \
        .replace(":", "").lower()


def test_create_is_served_and_shown(server, api, person, host):
    person.begin().sees("There is no server certificate yet")
    person.click("Create a self-signed certificate")
    person.sees("Who the certificate is for")
    assert person.field("subject.commonName").get_attribute("value") == host
    person.type("subject.organization", "Example AG")
    person.choose("subject.country", "Greece")
    person.type("subjectAltNames", "www.example.org,192.0.2.7,")
    person.choose("key", "ec-p256")
    person.type("days", "90")
    person.click("Create and serve")
    person.sees("Reconnected: this node now hands out",
                "89 days left", "Example AG", "www.example.org", "192.0.2.7",
                "Live: this node hands it out")
    made = api.certificate()["certificate"]
    assert made["subject"]["country"] == "GR"
    assert person.fingerprint() == made["fingerprint"] == server.served(host)


def test_csr_is_what_the_api_gives(api, person, host):
    api.create(host, key="rsa-2048")
    person.start().click("Export certificate signing request")
    person.click("Save VSOcertificate.csr")
    data = person.saved("VSOcertificate.csr")
    assert data == api.get("/certificate/csr").body
    openssl("req", "-verify", "-noout", data=data)
    person.sees("What comes next")


def test_reply_is_previewed_then_active(server, api, person, host, ca,
                                        tmp_path):
    before = api.create(host, key="rsa-2048")
    leaf = ca.sign(api.get("/certificate/csr").text)
    file = tmp_path / "reply.pem"
    file.write_text(leaf + ca.issuing + ca.root)
    person.start().click("Import the CA’s reply")
    person.give_file("reply", file)
    person.click("Preview")
    person.sees("nothing has changed yet", "Test Issuing CA", "Test Root CA",
                "TLS 1.3", "TLS 1.2", "It belongs to the key of version 1")
    assert server.served(host) == before["fingerprint"]
    person.click("Activate this certificate")
    person.sees("The certificate of the CA is active", "Reconnected")
    assert person.fingerprint() == server.served(host) == hex_print(leaf)


def test_chain_is_completed_by_the_issuer_alone(server, api, console, host, ca,
                                                tmp_path):
    """Before and after are shown; the file with key and leaf does it, too."""
    key, csr = request(host)
    leaf = ca.sign(csr)
    made = api.post("/keystore/import", {"password": SECRET, "keystore": b64(
        pkcs12(key, leaf, SECRET))}).ok(201)["certificate"]
    file = tmp_path / "issuing.crt"
    file.write_text(ca.issuing)
    console.start().click("Import the CA’s reply")
    console.give_file("reply", file)
    console.click("Preview")
    console.sees("Only the chain of version 1 (Active, RSA, 2048 bits) changes",
                 "Certificate chain now", "Issuer is missing from the chain",
                 "Certificate chain afterwards", "Test Issuing CA")
    assert len(server.s_client(host).pems) == 1
    console.click("Update the chain")
    console.sees("The certificate chain is updated")
    assert len(server.s_client(host).pems) == 2

    file = tmp_path / "full.p12"
    file.write_bytes(pkcs12(key, leaf, SECRET, chain=ca.issuing + ca.root))
    console.click("Replace the certificate")
    console.choose("way", "file")
    console.give_file("keystore", file)
    console.type("password", SECRET)
    console.click("Preview")
    console.sees("Only the chain of version 1", "Test Root CA")
    console.click("Update the chain")
    console.sees("The certificate chain is updated")
    assert console.fingerprint() == server.served(host) == hex_print(leaf)
    assert [(v["id"], v["state"]) for v in api.versions()] == \
        [(made["id"], "active")]


def test_request_waits_is_shown_and_discarded(api, person, host):
    made = api.create(host)
    person.start().click("Request with changes or a new key")
    person.type("subject.organizationalUnit", "Night shift")
    person.choose("key", "ec-p384")
    person.click("Make the request")
    person.sees("The request is ready", "BEGIN CERTIFICATE REQUEST")
    person.click("← Server Certificate")
    person.sees("Waiting for the CA")
    (pending,) = api.certificate()["pending"]
    person.click("Show the CSR again")
    person.click("Save VSOcertificate.csr")
    assert person.saved("VSOcertificate.csr") == api.get(
        f"/versions/{pending['id']}/csr").body
    person.click("Close")
    person.click("Discard")
    person.sees("Discard this request?")
    assert person.driver.switch_to.active_element.text == "Keep it"
    person.click("Discard")
    person.misses("Waiting for the CA")
    assert api.certificate()["pending"] == []
    assert api.certificate()["certificate"]["id"] == made["id"]


def test_export_is_a_keystore_and_ends_the_reminder(api, person, host):
    made = api.create(host)
    person.start().sees("Export a backup of this certificate")
    person.click("Export certificate database")
    person.sees("At least 12 characters")
    person.type("password", "short")
    person.sees("Weak: it could be guessed")
    person.type("again", "short")
    person.press("\n")
    assert "at least 12 characters" in person.error("password")
    person.type("password", SECRET)
    person.sees("Strong")
    person.type("again", SECRET)
    person.press("\n")
    data = person.saved("vmo-server.vmokeystore")
    assert "PRIVATE KEY" in (text := open_pkcs12(data, SECRET))
    assert hex_print(text[text.index("-----BEGIN CERT"):]) == \
        made["fingerprint"]
    person.sees("Saved as vmo-server.vmokeystore")
    person.click("Back to the certificate")
    person.sees("What you can do")
    person.misses("Export a backup of this certificate")


def test_import_is_previewed_then_served(server, api, person, host, tmp_path):
    key, cert = self_signed(host, "ec")
    file = tmp_path / "vmo-server.vmokeystore"
    file.write_bytes(pkcs12(key, cert, SECRET))
    person.start().click("Import certificate database")
    person.give_file("keystore", file)
    person.type("password", SECRET)
    person.click("Preview")
    person.sees("The password is right", "PKCS#12", host, "TLS 1.3")
    assert api.certificate()["state"] == "empty"
    person.click("Import and serve")
    person.sees("The certificate database is imported", "Reconnected")
    assert person.fingerprint() == server.served(host) == hex_print(cert)


def test_replace_and_roll_back(server, api, person, host):
    first = api.create(host)
    person.start().click("Replace the certificate")
    person.sees("The old version turns passive")
    person.choose("key", "ec-p256")
    person.click("Replace and serve")
    person.sees("The certificate is replaced", "Reconnected")
    assert server.served(host) != first["fingerprint"]
    person.click("Versions")
    person.sees("Passive")
    person.use(person.find('a.row[href$="/%d"]' % first["id"])[0])
    person.click("Make active")
    person.sees("Trial handshake", "TLS 1.3")
    assert person.driver.switch_to.active_element.text == "Cancel"
    person.click("Activate")
    person.sees("Version 1 is active again", "Reconnected")
    assert person.fingerprint() == server.served(host) == first["fingerprint"]


def test_ec_beside_rsa_and_in_its_place(server, api, console, host):
    """Button, note and outcome say which of the two it is."""
    rsa = api.create(host, key="rsa-2048")
    console.start().click("Replace the certificate")
    console.choose("key", "ec-p256")
    console.sees("Version 1 (RSA, 2048 bits) turns passive",
                 "No RSA key stays active", "Replace and serve")
    console.choose("place", "beside")
    console.sees("Version 1 (RSA, 2048 bits) stays active beside the new one")
    console.misses("No RSA key stays active")
    console.click("Add and serve")
    console.sees("The certificate is added; what was active stays active")
    assert server.served(host, key="RSA") == rsa["fingerprint"]
    assert [v["state"] for v in api.versions()] == ["active", "active"]

    console.click("Replace the certificate")
    console.choose("key", "ec-p384")
    console.sees("Version 1 (RSA, 2048 bits) turns passive",
                 "Version 2 (EC, P-256) turns passive")
    console.click("Replace and serve")
    console.sees("The certificate is replaced", "Reconnected")
    assert [v["state"] for v in api.versions()] == \
        ["active", "passive", "passive"]
    assert console.fingerprint() == server.served(host)


def test_reply_and_file_with_another_key_offer_both(server, api, console, host,
                                                    ca, tmp_path):
    rsa = api.create(host, key="rsa-2048")
    pending = api.post("/certificate/csr", {"key": "ec-p256"}).ok(
        201)["certificate"]
    file = tmp_path / "reply.pem"
    file.write_text(ca.sign(api.get(
        f"/versions/{pending['id']}/csr").text) + ca.issuing)
    console.start().click("Import the CA’s reply")
    console.give_file("reply", file)
    console.click("Preview")
    console.sees("It belongs to the key of version 2",
                 "Version 1 (RSA, 2048 bits) stays active beside the new one")
    console.click("Activate this certificate")
    console.sees("The certificate of the CA is active", "Reconnected")
    assert server.served(host, key="RSA") == rsa["fingerprint"]

    file = tmp_path / "new.p12"
    file.write_bytes(pkcs12(*self_signed(host, "ec"), SECRET))
    console.click("Replace the certificate")
    console.choose("way", "file")
    console.give_file("keystore", file)
    console.type("password", SECRET)
    console.choose("use", "beside")
    console.click("Preview")
    console.sees("Version 2 (EC, P-256) turns passive",
                 "Version 1 (RSA, 2048 bits) stays active beside the new one")
    console.click("Import and serve")
    console.sees("The certificate is replaced", "Reconnected")
    assert [v["state"] for v in api.versions()] == \
        ["active", "passive", "active"]


def test_destroy_wants_the_words(api, person, host):
    first = api.create(host)
    api.create(host, replace=True)
    person.start(f"versions/{first['id']}").click("Destroy the key")
    person.sees("This cannot be undone")
    assert person.driver.switch_to.active_element.text == "Keep it"
    person.type("confirm", "destroy")
    person.press("\n")
    person.sees("Destroy the key of version 1?")
    person.type("confirm", "destroy 1")
    person.click("Destroy for good")
    person.sees("Destroyed", "The certificate is kept for the record")
    states = {v["version"]: v["state"] for v in api.versions()}
    assert states == {1: "retired", 2: "active"}


def test_destroy_offers_all_versions_of_the_key(api, console, host, ca):
    first = api.create(host)
    api.post("/certificate/reply", {"reply": ca.sign(
        api.get("/certificate/csr").text) + ca.issuing}).ok()
    api.create(host, replace=True)
    console.start(f"versions/{first['id']}").click("Destroy the key")
    console.type("confirm", "destroy 1")
    console.expect_error(FAILED_CALL)
    console.click("Destroy for good")
    console.sees("These versions hold the same key",
                 f"Version 2 of {api.entry} (Passive)")
    assert {v["state"] for v in api.versions()} == {"active", "passive"}
    console.click("Destroy in all versions")
    console.sees("Destroyed", "The certificate is kept for the record")
    states = {v["version"]: v["state"] for v in api.versions()}
    assert states == {1: "retired", 2: "retired", 3: "active"}


def in_utc(seconds):
    """As the field has it, and as the API does."""
    then = datetime.datetime.now(datetime.timezone.utc) + \
        datetime.timedelta(seconds=seconds)
    return then.strftime("%Y-%m-%dT%H:%M")


def set_time(person, text):
    """A date-time field takes its parts in the order of the language."""
    person.script("""
        const [field, text] = arguments;
        field.value = text;
        field.dispatchEvent(new Event('input', { bubbles: true }));""",
                  person.field("at"), text)


def test_activation_is_scheduled_changed_and_forgotten(server, api, person,
                                                       host):
    first = api.create(host)
    second = api.create(host, replace=True)

    def at():
        return api.get(f"/versions/{first['id']}").ok()["scheduledAt"]

    person.start(f"versions/{first['id']}").click("Make active later")
    person.sees("Make version 1 active later?", "Date and time, in UTC",
                "The clock of the database decides")
    person.click("Schedule")
    assert person.error("at") == "Give a date and a time"
    person.expect_error(FAILED_CALL)
    set_time(person, in_utc(-86400))
    person.click("Schedule")
    person.wait(lambda: "in the past" in person.error("at"), "the refusal")
    assert at() is None
    later = in_utc(7200)
    set_time(person, later)
    person.click("Schedule")
    person.sees("This version becomes active by itself",
                f"{later.replace('T', ' ')} UTC")
    assert at() == f"{later}:00Z"
    assert not person.axe()
    person.click("Change the time")
    assert person.field("at").get_attribute("value") == later
    tomorrow = in_utc(86400)
    set_time(person, tomorrow)
    person.click("Schedule")
    person.sees(f"{tomorrow[:10]} ")
    person.open("versions", sees="active from")
    person.open(f"versions/{first['id']}", sees="becomes active by itself")
    person.click("Forget it")
    person.misses("becomes active by itself")
    assert at() is None
    person.sees("Make active later")
    assert server.served(host) == second["fingerprint"]
