# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the console's tests: one browser for all that a worker runs;
each test has a virtual host, and so a session and a memory, of its own."""

import functools

import pytest

from vso.browser import Console, forget, start_browser


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    made = start_browser(tmp_path_factory.mktemp("chromium"))
    yield made
    made.quit()


@pytest.fixture(scope="module")
def driver(browser):
    """The browser, which remembers nothing of other modules: ports come
    again, and cookies know none."""
    yield browser
    forget(browser)
    browser.execute_cdp_cmd("Network.clearBrowserCache", {})


@pytest.fixture
def consoles_of(driver, make_server):
    """consoles_of(server, host, keyboard=False), which end before servers do:
    whatever a page complained of by then fails the test."""
    made = []

    def make(server, host, keyboard=False):
        made.append(Console(driver, server, host, keyboard))
        return made[-1]

    driver.get_log("browser")
    yield make
    complaints = made[-1].complaints() if made else []
    forget(driver)
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def consoles(consoles_of, server):
    """The same of the module's server: consoles(host, keyboard=False)."""
    return functools.partial(consoles_of, server)


@pytest.fixture
def console(consoles, host):
    return consoles(host)


@pytest.fixture(params=["mouse", "keyboard"])
def person(request, consoles, host):
    """The same flow, twice: with the mouse, and by keyboard alone."""
    return consoles(host, keyboard=request.param == "keyboard")
