# SPDX-License-Identifier: Apache-2.0
"""What a careful user expects: nothing lost, nothing overwritten, nothing
hidden."""

import datetime
import json
import re

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12 as p12
from cryptography.x509.name import _ASN1Type
from selenium.webdriver.common.keys import Keys

from vso import wait_for
from vso.browser import Console, FAILED_CALL, forget, PASSWORD
from vso.client import Api
from vso.files import pkcs12, self_signed
from vso.server import USERS
from vso.source import ROOT

SECRET = "four random words here"
WRONG_SIGN_IN = r"user 'vmware': authentication failure"


def cookie_of(console):
    """The session's, which no script of the page can read."""
    assert "vsocert" not in console.script("return document.cookie")
    cookies = console.driver.execute_cdp_cmd(
        "Network.getCookies", {"urls": [console.base]})["cookies"]
    return next((c for c in cookies if c["name"] == "__Host-vsocert"), None)


def works(server, cookie):
    """Does the server still take this session?"""
    api = Api(server.port, None, None)
    headers = {"Cookie": f"{cookie['name']}={cookie['value']}"}
    return api.get("/status", headers=headers).status == 200


def test_wrong_password_is_said_and_the_way_kept(server, console):
    server.expect_log(WRONG_SIGN_IN)
    console.expect_error(FAILED_CALL + " of 401")
    console.expect_error("status of 401")
    console.open("activity")
    console.sign_in("wrong")
    console.sees("User name or password is wrong.")
    console.wait(lambda: console.driver.switch_to.active_element ==
                 console.field("password"), "the focus")
    assert console.field("username").get_attribute("value") == "vmware"
    console.type("password", PASSWORD)
    console.press(Keys.ENTER)
    console.wait(lambda: console.find("h1")[0].text == "Activity", "Activity")


def test_sign_out_ends_the_session_at_the_server(server, console):
    console.begin()
    cookie = cookie_of(console)
    assert cookie["httpOnly"] and cookie["secure"]
    assert cookie["sameSite"] == "Strict"
    assert works(server, cookie)
    console.click("Sign out")
    console.sees("The session has ended at the server")
    assert not works(server, cookie)


def test_a_session_that_ended_loses_nothing(server, api, console, host):
    console.expect_error("status of 401")
    console.start("create")
    console.type("subject.organization", "Typed before")
    console.choose("key", "ec-p256")
    server.sql().execute("DELETE FROM vmo_session")
    # noticed by itself, before anything is sent
    console.sees("Your session has ended", "Sign in again as vmware")
    console.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    console.sees("Your session has ended")
    element = console.wait(lambda: console.find(
        'dialog [data-field="password"] input')[0], "a password field")
    element.send_keys(PASSWORD, Keys.ENTER)
    console.misses("Your session has ended")
    console.click("Create and serve")
    console.sees("The certificate is created", "Typed before")
    assert api.certificate()["certificate"]["subject"]["organization"] == \
        "Typed before"


def test_a_refusal_stands_beside_its_field(api, console):
    console.expect_error("status of 422")
    console.start("create")
    console.type("subject.organization", "Kept")
    console.type("subjectAltNames", "not_a_host!,")
    console.click("Create and serve")
    detail = api.post("/certificate", {
        "subject": {"commonName": "a.example"},
        "subjectAltNames": ["not_a_host!"]}).refused(
            422, "invalid", "subjectAltNames")["detail"]
    assert detail in console.error("subjectAltNames")
    element = console.field("subjectAltNames")
    console.wait(lambda: console.driver.switch_to.active_element == element,
                 "the focus")
    assert element.get_attribute("aria-invalid") == "true"
    described = element.get_attribute("aria-describedby").split()
    assert any(detail in console.script(
        "return document.getElementById(arguments[0]).innerText", one)
        for one in described)
    assert console.field("subject.organization").get_attribute("value") == \
        "Kept"
    # and it is still there on the way back
    console.click("Versions")
    console.sees("Every key that this server has had")
    console.driver.back()
    console.sees("Who the certificate is for", "not_a_host!")
    assert console.field("subject.organization").get_attribute("value") == \
        "Kept"


def test_passwords_that_differ_are_not_sent(api, console, host):
    api.create(host)
    console.start("export")
    console.type("password", SECRET)
    console.type("again", SECRET + "x")
    console.click("Export certificate database")
    assert "not the same" in console.error("again")
    assert not [r for r in api.audit() if r["action"] == "export"]


def test_dropped_file_and_wrong_password(console, host):
    console.expect_error("status of 422")
    data = pkcs12(*self_signed(host, "ec"), SECRET)
    console.start("import")
    console.drop_file("keystore", "dropped.p12", data)
    console.sees("dropped.p12")
    console.type("password", "not it")
    console.click("Preview")
    assert "password" in console.error("password").lower()
    console.wait(lambda: console.driver.switch_to.active_element ==
                 console.field("password"), "the focus")
    console.sees("dropped.p12")
    shown = console.field("password")
    assert shown.get_attribute("type") == "password"
    console.click("Show the password")
    assert shown.get_attribute("type") == "text"
    console.type("password", SECRET)
    console.click("Preview")
    console.sees("nothing has changed yet")


def test_pasted_reply(server, api, console, host, ca):
    api.create(host, key="rsa-2048")
    leaf = ca.sign(api.get("/certificate/csr").text)
    console.start("reply")
    console.script("""arguments[0].value = arguments[1];
        arguments[0].dispatchEvent(new Event('input', { bubbles: true }));""",
                   console.field("text"), "Dear Sir,\n" + leaf)
    console.click("Preview")
    console.sees("The chain is incomplete", "Issuer is missing",
                 "Ask the CA for the intermediate")
    console.click("Activate this certificate")
    console.sees("The certificate of the CA is active", "Reconnected")
    assert console.fingerprint() == server.served(host)


def two_keys(password):
    """A PEM-free way to two keys in one file: a Java keystore."""
    import jks  # pylint: disable=import-outside-toplevel
    entries = []
    for name in ("first", "second"):
        key = ec.generate_private_key(ec.SECP256R1())
        cert = certify(key, [x509.NameAttribute(
            x509.NameOID.COMMON_NAME, f"{name}.example.org")])
        entries.append(jks.PrivateKeyEntry.new(
            name, [cert.public_bytes(serialization.Encoding.DER)],
            key.private_bytes(serialization.Encoding.DER,
                              serialization.PrivateFormat.PKCS8,
                              serialization.NoEncryption()), "pkcs8"))
    return jks.KeyStore.new("jks", entries).saves(password)


def certify(key, attributes):
    name = x509.Name(attributes)
    now = datetime.datetime.utcnow()
    return x509.CertificateBuilder().subject_name(name).issuer_name(name) \
        .public_key(key.public_key()).serial_number(255) \
        .not_valid_before(now - datetime.timedelta(days=1)) \
        .not_valid_after(now + datetime.timedelta(days=9)) \
        .sign(key, hashes.SHA256())


def test_one_of_several_keys_is_picked(api, console, tmp_path):
    file = tmp_path / "two.jks"
    file.write_bytes(two_keys("secret"))
    console.start("import")
    console.give_file("keystore", file)
    console.type("password", "secret")
    console.click("Preview")
    console.sees("The file holds several keys", "first", "second.example.org")
    console.choose("alias", "second")
    console.sees("nothing has changed yet")
    console.click("Import and serve")
    console.sees("The certificate database is imported")
    assert api.certificate()["certificate"]["subject"]["commonName"] == \
        "second.example.org"


def test_hostile_subject_is_only_text(server, console, host, tmp_path):
    evil = "<img src=x onerror=alert(1)>"
    key = ec.generate_private_key(ec.SECP256R1())
    utf8 = _ASN1Type.UTF8String
    cert = certify(key, [
        x509.NameAttribute(x509.NameOID.COMMON_NAME, evil, utf8),
        x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME,
                           "safe\u202egpj.exe", utf8),
        x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "W" * 500,
                           utf8),
        x509.NameAttribute(x509.NameOID.LOCALITY_NAME, "שלום abc", utf8)])
    file = tmp_path / "evil.p12"
    file.write_bytes(p12.serialize_key_and_certificates(
        b"evil", key, cert, None,
        serialization.BestAvailableEncryption(SECRET.encode())))
    console.start("import")
    console.give_file("keystore", file)
    console.type("password", SECRET)
    console.click("Preview")
    console.sees(evil)
    console.click("Import and serve")
    console.sees("The certificate database is imported", evil,
                 "safeU+202Egpj.exe", "W" * 500)
    assert not console.find("main img, main script")
    assert "\u202e" not in console.text()
    console.driver.set_window_size(390, 900)
    try:
        for view in ("", "versions", "activity", "replace"):
            console.open(view)
            console.wait(lambda: console.find("h1"), "the view")
            assert console.script("return document.documentElement."
                                  "scrollWidth <= innerWidth"), view
    finally:
        console.driver.set_window_size(1280, 900)


def test_somebody_else_is_not_overwritten(api, console, host):
    api.create(host)
    console.start("replace")
    console.choose("key", "ec-p256")
    console.type("subject.organization", "Mine")
    theirs = api.create(host, replace=True)
    console.sees("Changed meanwhile", "Version 2")
    console.click("Replace and serve")
    assert api.certificate()["certificate"]["id"] == theirs["id"]
    console.click("Go on with my change")
    console.click("Replace and serve")
    console.sees("The certificate is replaced", "Mine")
    assert [v["state"] for v in api.versions()] == \
        ["active", "passive", "passive"]


def test_a_stale_tag_is_refused_by_the_server(api, console, host):
    """The other one is quicker than the console's next question."""
    console.expect_error("status of 412")
    api.create(host)
    console.start("replace")
    console.choose("key", "ec-p256")
    console.sees("Replace and serve")
    # the page stops asking, as it does in the background
    console.script("Object.defineProperty(document, 'hidden', "
                   "{ get: () => true })")
    theirs = api.create(host, replace=True)
    console.click("Replace and serve")
    console.sees("Changed meanwhile", "Your change was not made")
    assert api.certificate()["certificate"]["id"] == theirs["id"]


def test_two_browsers(server, api, consoles, driver, host):
    api.create(host)
    first = consoles(host).start()
    window = driver.current_window_handle
    driver.switch_to.new_window("window")
    try:
        second = Console(driver, server, host)
        second.open("replace")
        second.sees("Replace and serve")
        second.choose("key", "ec-p256")
        second.click("Replace and serve")
        second.sees("The certificate is replaced")
        shown = second.fingerprint()
        driver.close()
    finally:
        driver.switch_to.window(window)
    first.sees("Somebody else has changed something", "Certificate replaced")
    assert first.fingerprint() == shown == server.served(host)


def leave(driver):
    """A page that stays open asks for its server, which is gone in the next
    test."""
    forget(driver)
    driver.get_log("browser")


def test_server_away_and_back(make_server, driver):
    server = make_server()
    console = Console(driver, server, "localhost")
    console.start("create")
    console.type("subject.organization", "Still here")
    server.stop()
    console.sees("The server cannot be reached")
    server.start()
    console.misses("The server cannot be reached")
    assert console.field("subject.organization").get_attribute("value") == \
        "Still here"
    leave(driver)


def test_slow_upload_can_be_cancelled(api, console, host, tmp_path):
    file = tmp_path / "slow.p12"
    file.write_bytes(pkcs12(*self_signed(host, "ec"), SECRET) + b"\0" * 200000)
    console.start("import")
    console.give_file("keystore", file)
    console.type("password", SECRET)
    network = {"offline": False, "latency": 0, "downloadThroughput": -1}
    console.driver.execute_cdp_cmd("Network.enable", {})
    console.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {
        **network, "uploadThroughput": 20000})
    console.click("Preview")
    console.wait(lambda: console.find(".running progress"), "progress")
    console.wait(lambda: console.find(".running button"), "Cancel")
    console.find(".running button")[0].click()
    console.sees("Cancelled.")
    console.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {
        **network, "uploadThroughput": -1})
    assert api.certificate()["state"] == "empty"


def test_a_double_click_acts_once(api, console):
    console.start("create")
    console.choose("key", "ec-p256")
    button = console.named("Create and serve")
    console.script("arguments[0].click(); arguments[0].click();", button)
    console.sees("The certificate is created")
    assert len(api.versions()) == 1


def test_language_and_colours_are_remembered(console):
    console.start()
    console.find(".pickone select")[1].send_keys("Deutsch")
    console.sees("Es gibt noch kein Serverzertifikat")
    console.find(".pickone select")[0].send_keys("Dunkel")
    console.reload()
    console.sees("Es gibt noch kein Serverzertifikat")
    assert console.script("return document.documentElement.lang") == "de"
    assert console.script(
        "return document.documentElement.dataset.theme") == "dark"


def test_paper_shows_the_certificate_only(api, console, host):
    api.create(host)
    console.start().sees("What you can do")
    console.driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                   {"media": "print"})
    console.misses("What you can do")
    console.sees("SHA-256 fingerprint")
    assert not [b for b in console.find("button.quiet") if b.is_displayed()]
    console.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_first_load_is_small_and_stays_at_home(server, console, host):
    console.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    console.driver.get_log("performance")
    console.open()
    console.sees("Sign in")
    size = console.script("""
        return [...performance.getEntriesByType('navigation'),
            ...performance.getEntriesByType('resource')]
            .reduce((sum, one) => sum + one.encodedBodySize, 0)""")
    assert 20000 < size < 60000, size
    console.sign_in()
    console.sees("There is no server certificate yet")
    events = [json.loads(e["message"])["message"]
              for e in console.driver.get_log("performance")]
    urls = [e["params"]["request"]["url"] for e in events
            if e["method"] == "Network.requestWillBeSent"]
    assert len(urls) > 20
    assert all(u.startswith((f"https://{host}:{server.port}/", "data:"))
               for u in urls), urls


def test_headers_of_the_static_side(server):
    api = server.api(user=None)
    page = api.get("/vsocert/")
    assert page.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'")
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-cache"
    vendored = re.findall(r'href="(vendor/[^"]+)"', page.text)
    assert vendored
    for path in vendored:
        assert "immutable" in api.get(
            f"/vsocert/{path}").headers["Cache-Control"]
    again = api.get("/vsocert/js/main.js", headers={
        "If-Modified-Since": api.get(
            "/vsocert/js/main.js").headers["Last-Modified"]})
    assert again.status == 304
    assert server.api().get("/status").headers["Cache-Control"] == "no-store"


def texts(code):
    text = "\n".join(path.read_text() for path in sorted(
        (ROOT / "htdocs/js/i18n").glob(f"{code}*.js")))
    return dict(re.findall(r"^    '([^']+)':\s*((?:.|\n(?!    '|}))*)", text,
                           re.M))


def test_every_text_in_every_language():
    english, german = texts("en"), texts("de")
    assert english.keys() == german.keys()
    for key, text in english.items():
        assert sorted(re.findall(r"\{\w+\}", text)) == \
            sorted(re.findall(r"\{\w+\}", german[key])), key


def test_every_problem_and_warning_has_a_text():
    english = texts("en")
    table = (ROOT / "mod_vsocert/base/problem.h").read_text()
    slugs = set(re.findall(r'X\(\w+, "([a-z-]+)"', table))
    slugs -= {"method-not-allowed", "unsupported-media-type"}
    assert slugs and not {f"problem.{s}" for s in slugs} - english.keys()
    warned = set()
    for path in (ROOT / "mod_vsocert").rglob("*.c"):
        warned |= set(re.findall(r'vso_warn\(\s*[\w>-]+,\s*"([a-z-]+)"',
                                 path.read_text()))
    assert warned and not {f"warning.{s}" for s in warned} - english.keys()


def test_nothing_is_written_as_markup():
    for path in (ROOT / "htdocs").rglob("*.js"):
        if "vendor" not in path.parts:
            assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|"
                                 r"dangerouslySet|\beval\(|new Function",
                                 path.read_text()), path


def test_passwords_stay_out_of_the_browser_memory(console, api, host):
    api.create(host)
    console.begin("export")
    console.type("password", SECRET)
    memory = console.script(
        "return JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert SECRET not in memory and USERS["vmware"] not in memory


def test_who_guesses_too_often_is_told_how_long_to_wait(make_server, driver):
    server = make_server()
    server.expect_log(WRONG_SIGN_IN, True)
    console = Console(driver, server, "localhost")
    console.open()

    def guess():
        console.sign_in("wrong")
        console.wait(lambda: not console.find("[aria-busy=true]") and
                     console.find("[role=alert], .error"), "what is wrong")
        return "Too many wrong passwords: try again in" in console.text()
    wait_for(guess, "the limit", 60)
    console.sees("Too many attempts")
    assert "User name or password is wrong." not in console.text()
    leave(driver)
