# SPDX-License-Identifier: Apache-2.0
"""A private key leaves the console for whoever typed their password lately."""

import pytest
from selenium.webdriver.common.keys import Keys

from vso import databases
from vso.browser import PASSWORD
from vso.clock import FAKETIME, Clock

SECRET = "four random words here"
FILE = "vmo-server.vmokeystore"
TITLE = "Enter your password again"

pytestmark = [
    pytest.mark.skipif(FAKETIME is None, reason="libfaketime is missing"),
    pytest.mark.skipif(databases.driver_of_run() != "sqlite3",
                       reason="the clock is SQLite's")]


@pytest.fixture(scope="module")
def clock(base_folder):
    return Clock(base_folder / "clock-of-the-console")


@pytest.fixture(scope="module")
def server_options(clock):
    return {"env": clock.env}


@pytest.fixture(autouse=True)
def on_time(clock):
    yield
    clock.ahead(0)


def password_of(console):
    """The field of the dialog, which has the focus at once."""
    console.wait(lambda: console.driver.switch_to.active_element ==
                 console.find('dialog [data-field="password"] input')[0],
                 "the focus in the dialog")
    return console.driver.switch_to.active_element


def ask(console, clock):
    """Fill the form in, and send it when the sign-in is old."""
    console.start("export")
    console.type("password", SECRET)
    console.type("again", SECRET)
    console.choose("format", "jceks")
    clock.ahead(600)
    console.click("Export certificate database")
    console.sees(TITLE, "Enter the password of vmware")


def still_there(console):
    assert console.field("password").get_attribute("value") == SECRET
    assert console.field("again").get_attribute("value") == SECRET
    assert console.find('[data-field="format"] input[value="jceks"]')[0] \
        .is_selected()


def test_the_password_is_asked_for_and_the_call_goes_on(server, api, clock,
                                                        person):
    console = person
    api.create()
    console.expect_error("status of 40[13]")
    server.expect_log(r"user 'vmware': authentication failure")
    ask(console, clock)
    password_of(console).send_keys("wrong", Keys.ENTER)
    console.sees("User name or password is wrong.", TITLE)
    still_there(console)
    password_of(console).send_keys(PASSWORD, Keys.ENTER)
    data = console.saved(FILE)
    assert data[:4] == bytes.fromhex("cececece")
    console.misses(TITLE)
    console.sees(f"Saved as {FILE}")
    outcomes = [r["outcome"] for r in api.audit(action="export")]
    assert outcomes == ["ok", "sign-in-again"]
    # The new session is a fresh one.
    console.type("password", SECRET)
    console.type("again", SECRET)
    console.click("Export certificate database")
    console.saved(FILE)


@pytest.mark.parametrize("how", ["button", "Escape", "cross"])
def test_called_off_the_page_is_as_it_was(api, clock, console, how):
    api.create()
    console.expect_error("status of 403")
    ask(console, clock)
    assert not console.axe()
    password_of(console).send_keys("half")
    if how == "Escape":
        console.press(Keys.ESCAPE)
    else:
        console.click("Cancel" if how == "button" else "Close")
    console.misses(TITLE)
    still_there(console)
    assert not console.find(".notice-bad")
    console.wait(lambda: not console.find(".running"), "nothing to run")
    assert console.driver.switch_to.active_element.text == \
        "Export certificate database"
    # Still signed in, and it can be asked for again.
    console.click("Export certificate database")
    console.sees(TITLE)
    password_of(console).send_keys(PASSWORD, Keys.ENTER)
    console.saved(FILE)
