# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the console's tests: one browser for a module; each test has a
virtual host, and so a session and a memory, of its own."""

import pytest

from vso.browser import Console, start_browser


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    made = start_browser(tmp_path_factory.mktemp("chromium"))
    yield made
    made.quit()


@pytest.fixture
def consoles(driver, server):
    """consoles(host, keyboard=False): whatever a page complained of by then
    fails the test."""
    made = []

    def make(host, keyboard=False):
        made.append(Console(driver, server, host, keyboard))
        return made[-1]

    driver.get_log("browser")
    yield make
    complaints = made[-1].complaints() if made else []
    # drafts ask before they are left
    driver.execute_cdp_cmd("Page.enable", {})
    driver.get("about:blank")
    driver.delete_all_cookies()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def console(consoles, host):
    return consoles(host)


@pytest.fixture(params=["mouse", "keyboard"])
def person(request, consoles, host):
    """The same flow, twice: with the mouse, and by keyboard alone."""
    return consoles(host, keyboard=request.param == "keyboard")
