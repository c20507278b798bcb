# SPDX-License-Identifier: Apache-2.0
"""The console's list of entries, the way from one to another, a new one, and
the end of one."""

import pytest
from selenium.webdriver.common.keys import Keys

from vso.browser import FAILED_CALL, PASSWORD
from vso.files import self_signed
from vso.fill import fill
from vso.server import USERS, Vhost

# Of the server below.
HOST = "www.test"
EVIL = "<img src=x onerror=alert(1)>"
MANY = 120

# Each request's address is kept, in the order of sending. Those that have the
# argument in it are sent when release() is called, and cannot be called off.
WATCH = """
    const [name] = arguments;
    const { open, send, abort } = XMLHttpRequest.prototype;
    const held = [];
    window.asked = [];
    window.late = 0;
    XMLHttpRequest.prototype.open = function (method, url) {
        this.asked = String(url);
        return open.apply(this, arguments);
    };
    XMLHttpRequest.prototype.send = function (...body) {
        window.asked.push(this.asked);
        if (!name || !this.asked.includes(name)) {
            return send.apply(this, body);
        }
        this.held = true;
        this.addEventListener('loadend', () => { window.late += 1; });
        return held.push(() => send.apply(this, body));
    };
    XMLHttpRequest.prototype.abort = function () {
        return this.held ? undefined : abort.apply(this);
    };
    window.release = () => held.splice(0).forEach((go) => go());
"""


@pytest.fixture
def server(make_server):
    """Three entries, of which one has a virtual host."""
    made = make_server(vhosts=[Vhost("www.test", "www")])
    made.api("www").create("www.test", days=10)
    made.api("mail").create("mail.example.org", days=300)
    made.api("ldap").post("/certificate/csr", {
        "subject": {"commonName": "ldap.example.org"},
        "key": "ec-p256"}).ok(201)
    return made


@pytest.fixture
def person(consoles, server):
    return consoles(HOST)


@pytest.fixture(params=["mouse", "keyboard"])
def either(request, consoles, server):
    return consoles(HOST, keyboard=request.param == "keyboard")


def rows(console):
    return [row.text.split("\n")[0] for row in console.find(".rows .row")]


def shows(console, *names):
    console.wait(lambda: rows(console) == list(names), f"{names} in the list")


def row(console, name):
    return console.wait(lambda: next(
        (one for one in console.find(".rows .row")
         if one.text.split("\n")[0] == name), None), f"the row of {name}")


def at(console, *parts):
    """Wait until the address has all of that."""
    console.wait(lambda: all(part in console.driver.current_url
                             for part in parts), f"the address {parts}")


def watch(console, held=""):
    console.script(WATCH, held)


def switch(console):
    console.use(console.wait(lambda: console.find(".entry-switch > button")[0],
                             "the way to another entry"))
    console.wait(lambda: console.find(
        'dialog [data-field="entry-q"] input')[0], "the chooser")


def test_what_a_row_says(person):
    person.start("entries")
    shows(person, "ldap", "mail", "www")
    person.sees("3 entries")
    assert "Served as www.test" in row(person, "www").text
    assert "9 days left" in row(person, "www").text
    assert "No virtual host" not in row(person, "www").text
    mail = row(person, "mail").text
    assert "No virtual host serves this entry" in mail and "Active" in mail
    assert "mail.example.org" in mail and "Self-signed" in mail
    assert "Waiting for the CA" in row(person, "ldap").text
    assert not person.axe()


def test_filters_are_the_address(person):
    person.start("entries")
    shows(person, "ldap", "mail", "www")
    person.type("q", "EXAMPLE.org")
    shows(person, "ldap", "mail")
    at(person, "#/entries?q=EXAMPLE.org")
    person.choose("state", "Active")
    shows(person, "mail")
    person.reload()
    shows(person, "mail")
    assert person.field("q").get_attribute("value") == "EXAMPLE.org"
    person.choose("expires", "Within 14 days")
    person.sees("No entry matches")
    person.click("Clear filters")
    shows(person, "ldap", "mail", "www")
    person.choose("sort", "Expiry")
    shows(person, "www", "mail", "ldap")
    person.choose("served", "Not served")
    shows(person, "mail", "ldap")
    at(person, "sort=expires", "served=false")
    # what nobody could have chosen counts as nothing
    person.open("entries?state=x&sort=y&q=www")
    shows(person, "www")
    # and the tab is the whole list
    person.click("Entries")
    shows(person, "ldap", "mail", "www")


def test_to_an_entry_and_back(either):
    either.start("entries")
    either.type("q", "example")
    shows(either, "ldap", "mail")
    either.use(row(either, "mail"))
    at(either, "entry=mail#/")
    either.sees("mail.example.org", "No virtual host of this server has this "
                "entry")
    either.driver.back()
    shows(either, "ldap", "mail")
    assert either.field("q").get_attribute("value") == "example"
    either.wait(lambda: either.driver.switch_to.active_element ==
                row(either, "mail"), "the focus")


def test_a_pause_of_typing_asks_once(person):
    person.start("entries")
    shows(person, "ldap", "mail", "www")
    watch(person)
    person.type("q", "ldap.exam")
    shows(person, "ldap")
    asked = person.script("return window.asked.filter((one) => "
                          "one.includes('/entries?'))")
    assert len(asked) == 1 and "q=ldap.exam" in asked[0]


def test_a_late_answer_is_not_shown(person):
    person.start("entries")
    shows(person, "ldap", "mail", "www")
    watch(person, "q=ldap")
    person.type("q", "ldap")
    person.wait(lambda: person.script("return window.asked.some((one) => "
                                      "one.includes('q=ldap'))"), "a question")
    person.type("q", "mail")
    at(person, "q=mail")
    person.script("window.release()")
    person.wait(lambda: person.script("return window.late") == 1, "the answer")
    shows(person, "mail")
    assert person.field("q").get_attribute("value") == "mail"


def test_an_error_is_shown(person):
    person.expect_error(FAILED_CALL + " 404")
    person.start("status")
    person.script("""
        const { open } = XMLHttpRequest.prototype;
        XMLHttpRequest.prototype.open = function (method, url) {
            return open.call(this, method, window.mended ? url
                : String(url).replace('/entries', '/absent'));
        };""")
    person.click("Entries")
    person.sees("There is no such thing")
    assert not person.find(".rows .row")
    person.script("window.mended = true")
    person.click("Try now")
    shows(person, "ldap", "mail", "www")
    person.misses("There is no such thing")


def test_no_entries_at_all(make_server, consoles_of):
    console = consoles_of(make_server(), "localhost").start("entries")
    console.sees("There are no entries yet")
    assert not console.axe()


def test_names_are_only_text(server, consoles):
    server.api("evil").create(EVIL)
    console = consoles(HOST).start("entries?q=evil")
    shows(console, "evil")
    assert EVIL in row(console, "evil").text
    console.open(f"entries?q={EVIL}")
    console.sees("No entry matches")
    assert console.field("q").get_attribute("value") == EVIL
    assert not console.find("main img, main script")
    console.expect_error(FAILED_CALL + " 422")
    console.driver.get(f"{console.base}?entry={EVIL}#/")
    console.sees("An entry's name has 1 to 64 letters")
    assert not console.find("header img, main img")
    console.click("Open the entry of this host")
    console.sees("www.test", "SHA-256 fingerprint")


def test_switch_from_any_page(either):
    either.start()
    switch(either)
    shows(either, "ldap", "mail", "www")
    assert not either.axe()
    either.press("exam")
    shows(either, "ldap", "mail")
    either.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    either.wait(lambda: either.driver.switch_to.active_element ==
                row(either, "mail"), "the second row")
    either.press(Keys.ENTER)
    at(either, "entry=mail#/")
    either.sees("mail.example.org")
    # the list of versions stays one; Enter takes what was typed, once it is
    # found
    either.click("Versions")
    switch(either)
    either.press("www", Keys.ENTER)
    at(either, "entry=www#/versions")
    either.sees("www.test")
    either.click("Trusted Certificates")
    switch(either)
    either.press("nothing of that kind")
    either.sees("No entry matches")
    either.press(Keys.ESCAPE)   # empties the field
    shows(either, "ldap", "mail", "www")
    either.press(Keys.ESCAPE)
    either.wait(lambda: either.driver.switch_to.active_element ==
                either.find(".entry-switch > button")[0], "the focus")
    switch(either)
    either.click("All entries")
    either.wait(lambda: not either.find("dialog"), "the dialog to go")
    shows(either, "ldap", "mail", "www")


def test_a_new_entry(server, either):
    either.start("entries")
    either.click("New entry")
    either.type("entry", "två")
    either.click("Continue")
    assert "digits, dots, hyphens" in either.error("entry")
    either.type("entry", "mail")
    either.click("Continue")
    assert "with this name already" in either.error("entry")
    assert not either.axe()
    either.type("entry", "shop.example.org")
    either.click("Continue")
    at(either, "entry=shop.example.org#/")
    either.sees("No certificate yet in entry shop.example.org",
                "No virtual host of this server has this entry")
    either.click("Create a self-signed certificate")
    either.wait(lambda: either.field("subject.commonName").get_attribute(
        "value") == "shop.example.org", "the name of the entry")
    # another host's certificate is no matter of this page's
    assert "What your browser will do" not in either.text()
    either.choose("key", "ec-p256")
    either.click("Create and serve")
    either.sees("The certificate is created", "Nothing serves it yet")
    made = server.api("shop.example.org").certificate()["certificate"]
    assert either.fingerprint() == made["fingerprint"]
    either.click("Entries")
    shows(either, "ldap", "mail", "shop.example.org", "www")


def test_an_entry_of_another_host_is_live(server, person):
    person.start()
    server.vhosts.append(Vhost("mail.test", "mail"))
    server.graceful()
    person.driver.get(f"{person.base}?entry=mail#/replace")
    person.choose("key", "ec-p256")
    person.click("Replace and serve")
    person.sees("Reconnected: this node now hands out",
                "Live: this node hands it out", "mail.test")
    assert person.fingerprint() == server.served("mail.test")


def test_the_end_of_an_entry(server, either):
    either.start("entries")
    either.use(row(either, "mail"))
    at(either, "entry=mail#/")
    either.click("Destroy all keys of this entry")
    either.sees("This cannot be undone")
    assert not either.axe()
    either.type("confirm", "mail")
    either.click("Destroy for good")
    either.sees("1 key is destroyed")
    assert server.api("mail").certificate()["state"] == "empty"
    either.click("All entries")
    assert "Empty" in row(either, "mail").text


def test_the_end_of_an_entry_that_is_served(server, person):
    server.expect_log("entry www", optional=True)
    person.expect_error(FAILED_CALL + " 409")
    person.start()
    person.click("Destroy all keys of this entry")
    person.type("confirm", "www")
    person.click("Destroy for good")
    person.sees("The entry is served", "www.test", "no longer checks")
    assert not person.axe()
    assert server.api("www").certificate()["state"] == "active"
    person.click("Destroy anyway")
    person.sees("1 key is destroyed")
    person.find("dialog button.icon")[0].click()
    person.sees("There is no server certificate yet")
    assert server.api("www").certificate()["state"] == "empty"


def test_the_end_of_an_entry_waits_for_a_sign_in(server, person):
    person.expect_error(FAILED_CALL + " 401")
    person.start("entries")
    row(person, "ldap").click()
    person.click("Destroy all keys of this entry")
    person.type("confirm", "ldap")
    # the page stops asking, as it does in the background
    person.script("Object.defineProperty(document, 'hidden', "
                  "{ get: () => true })")
    server.sql().execute("DELETE FROM vmo_session")
    person.click("Destroy for good")
    person.sees("Your session has ended")
    assert server.api("ldap").certificate()["state"] == "pending"
    person.wait(lambda: person.find(
        'dialog [data-field="password"] input')[0], "a password field"
        ).send_keys(PASSWORD, Keys.ENTER)
    person.sees("1 key is destroyed")


def test_an_entry_that_changed_meanwhile_is_not_destroyed(server, person):
    person.expect_error(FAILED_CALL + " 412")
    person.start()
    person.driver.get(f"{person.base}?entry=mail#/")
    person.click("Destroy all keys of this entry")
    made = server.api("mail").create("mail.example.org", replace=True)
    person.type("confirm", "mail")
    person.click("Destroy for good")
    person.sees("Nothing was destroyed")
    assert server.api("mail").certificate()["certificate"]["id"] == made["id"]


def test_an_auditor_looks_only(server, consoles):
    console = consoles(HOST)
    console.open("entries")
    console.sign_in(USERS["auditor"], "auditor")
    shows(console, "ldap", "mail", "www")
    console.sees("right “manage”")
    assert "New entry" not in console.text()
    row(console, "mail").click()
    at(console, "entry=mail#/")
    console.sees("mail.example.org")
    assert "Destroy all keys" not in console.text()


def test_activity_tells_entries_apart(server, person):
    server.api("www").post("/trusted-certificates", {
        "certificate": self_signed("vro.test")[1]}).ok(201)
    person.start("activity")
    person.sees("Request made ldap", "Certificate created mail",
                "Certificate trusted\n\nCN=vro.test")
    link = person.wait(lambda: person.script("""
        return [...document.querySelectorAll('.entry')].find((one) =>
            one.innerText.includes('mail')).querySelector('a')"""), "a link")
    link.click()
    at(person, "entry=mail#/versions/")
    person.sees("mail.example.org", "SHA-256 fingerprint")


def test_in_german(person):
    person.start("entries")
    person.script("localStorage.setItem('vso-language', 'de')")
    person.reload()
    shows(person, "ldap", "mail", "www")
    person.sees("Einträge", "Ausgeliefert als www.test", "Sortieren nach")
    person.choose("expires", "Abgelaufen")
    person.sees("Kein Eintrag passt")


def test_every_text_is_in_both_languages(person):
    keys = person.driver.execute_async_script
    person.start()
    for part in ("", "-entries"):
        german, english = keys("""
            const [base, part, done] = arguments;
            Promise.all(['de', 'en'].map((code) => import(
                `${base}js/i18n/${code}${part}.js`))).then((both) => done(
                both.map((one) => Object.keys(one.default).sort())));""",
            person.base, part)
        assert german == english


@pytest.fixture
def many(make_server, consoles_of):
    """A console with more entries than a page has."""
    server = make_server(start=False, vhosts=[Vhost("www.test", "www")])
    fill(server, MANY)
    server.start()
    server.api("www").create("www.test")
    return server, consoles_of(server, HOST)


def test_pages(many):
    server, console = many
    console.start("entries")
    console.sees("The first 50 entries")
    assert len(rows(console)) == 50
    console.click("Load more")
    console.sees("The first 100 entries")
    names = rows(console)
    assert len(names) == len(set(names)) == 100
    assert console.driver.switch_to.active_element.text.startswith(names[50])
    # a change elsewhere leaves the list as long as it is
    server.api("aaa").create("aaa.example")
    console.wait(lambda: rows(console)[:1] == ["aaa"], "the new entry")
    assert rows(console)[1:] == names[:99]
    # and so does coming back
    row(console, names[90]).click()
    at(console, f"entry={names[90]}#/")
    console.sees("SHA-256 fingerprint")
    console.driver.back()
    console.wait(lambda: len(rows(console)) == 100, "the rows from before")
    console.wait(lambda: console.driver.switch_to.active_element ==
                 row(console, names[90]), "the focus")
    console.click("Load more")
    console.sees(f"{MANY + 2} entries")
    assert len(set(rows(console))) == MANY + 2
    assert "Load more" not in console.text()


def test_one_of_many(many):
    _, console = many
    console.start("entries")
    console.type("q", "host-99")
    shows(console, "host-99")
    console.type("q", Keys.BACKSPACE)
    console.sees("The first 50 entries")
    console.choose("sort", "Expiry")
    console.click("Load more")
    console.sees("The first 100 entries")
    order = [int(line.split()[0]) for text in (
        one.text for one in console.find(".rows .row"))
        for line in text.split("\n") if "left" in line]
    assert order == sorted(order) and len(order) > 90
    switch(console)
    console.sees("type to find others")
    console.press("host-77.example.test", Keys.ENTER)
    at(console, "entry=host-77#/")
    console.sees("host-77.example.test")
