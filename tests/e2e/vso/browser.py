# SPDX-License-Identifier: Apache-2.0
"""A person at the console: Chromium, by mouse or by keyboard alone."""

import os
import pathlib
import re

from selenium import webdriver
from selenium.common.exceptions import (
    ElementNotInteractableException, NoSuchElementException,
    StaleElementReferenceException)
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from . import wait_for
from .client import SignedIn
from .server import USERS
from .source import ROOT

AXE = ROOT / "node_modules/axe-core/axe.min.js"
PASSWORD = USERS["vmware"]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
        "best-practice"]
# Those of them that look at colours, which is all that a scheme changes.
COLOURS = ["color-contrast", "link-in-text-block"]
# Chromium's own word on an answer of 4xx; the page's errors are others.
FAILED_CALL = r"Failed to load resource: the server responded with a status of"
DEADLINE_SEC = 20

# Elements whose name can be arguments[1]: it stands in their text, or in an
# attribute. Only these are asked for their names, each at the cost of a call.
MAY_BE_NAMED = """
    const [css, name] = arguments;
    const bare = (text) => text.replace(/\\s+/g, '');
    const texts = (one) => [one, ...one.querySelectorAll('*')].flatMap((part) =>
        ['aria-label', 'title', 'alt'].map((key) => part.getAttribute(key)));
    const labels = (one) => (one.getAttribute('aria-labelledby') ?? '')
        .split(' ').map((id) => document.getElementById(id)?.textContent);
    return [...document.querySelectorAll(css)].filter((one) => [
        one.textContent, ...texts(one), ...labels(one)].some((text) =>
        bare(text ?? '').toLowerCase().includes(bare(name).toLowerCase())));
"""

# How often Tab has to be pressed to go from the focus on to arguments[0], as far
# as the page tells: what a browser lets people tab to beside that is left out.
TABS_TO = """
    const [target] = arguments;
    const from = document.activeElement;
    const after = (one, other) => one === document.body ||
        one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;
    return [...(document.querySelector('dialog:modal') ?? document)
        .querySelectorAll('a[href], button, input, select, textarea, summary')]
        .filter((one) => one.tabIndex >= 0 && !one.disabled &&
            one.checkVisibility({ visibilityProperty: true }) &&
            (one.type !== 'radio' || one.checked) && after(from, one) &&
            (one === target || after(one, target))).length;
"""

# A look at the page costs more than one at a file.
LOOK_SEC = 0.05

# A page that was left is gone, and the next one takes its process: a start of
# a process costs more than most tests.
ONE_PROCESS = ("--disable-back-forward-cache",
               "--disable-site-isolation-trials",
               "--renderer-process-limit=1")


def start_browser(folder):
    """Chromium with an empty profile; any name under .test is this machine."""
    folder = pathlib.Path(folder)
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless", "--disable-gpu", "--disable-quic",
                     "--no-first-run", "--disable-background-networking",
                     "--disable-component-update", "--disable-sync",
                     "--disable-dev-shm-usage", "--lang=en",
                     "--host-resolver-rules=MAP *.test 127.0.0.1",
                     f"--user-data-dir={folder / 'profile'}",
                     "--window-size=1280,900", *ONE_PROCESS):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    options.accept_insecure_certs = True
    options.set_capability("goog:loggingPrefs",
                           {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"),
                              options=options)
    downloads = folder / "downloads"
    downloads.mkdir()
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {
        "behavior": "allow", "downloadPath": str(downloads)})
    driver.downloads = downloads
    return driver


def forget(driver):
    """Leave the page, and whatever sessions and settings tests made. Drafts
    would ask before they are left: Page.enable answers."""
    driver.execute_cdp_cmd("Page.enable", {})
    driver.get("about:blank")
    for command, values in (
            ("Network.clearBrowserCookies", {}),
            ("Emulation.clearDeviceMetricsOverride", {}),
            ("Emulation.setEmulatedMedia", {"media": "", "features": []})):
        driver.execute_cdp_cmd(command, values)


class Console:
    """The console of one virtual host, as its user has it open.

    keyboard  nothing is clicked: Tab, Enter, Space and letters only
    """

    def __init__(self, driver, server, host, keyboard=False):
        self.driver = driver
        self.server = server
        self.host = host
        self.base = f"https://{host}:{server.port}/vsocert/"
        self.keyboard = keyboard
        self.window = driver.current_window_handle
        self.allowed = []

    # What is there

    def script(self, text, *args):
        return self.driver.execute_script(text, *args)

    def find(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def wait(self, condition, what):
        """Until condition() holds; the page may be drawn anew meanwhile."""
        def tried():
            try:
                return condition()
            except (IndexError, StaleElementReferenceException,
                    NoSuchElementException,
                    ElementNotInteractableException):
                return None
        def words():
            asked = what() if callable(what) else what
            return f"{asked}, on the page:\n{self.text()}"
        return wait_for(tried, words, DEADLINE_SEC, LOOK_SEC)

    def text(self):
        return self.script("return document.body.innerText")

    def sees(self, *texts):
        """Wait until the page has shown each text, one after the other or all at
        once."""
        left = list(texts)

        def look():
            page = self.text()
            while left and left[0] in page:
                left.pop(0)
            return not left
        self.wait(look, lambda: f"{left[0]!r}")

    def misses(self, text):
        self.wait(lambda: text not in self.text(), f"{text!r} to go")

    def named(self, name, kinds="a, button, summary"):
        """The visible control of that accessible name, of the topmost
        dialog where there is one."""
        def look():
            scope = "dialog[open] " if self.find("dialog[open]") else ""
            css = ", ".join(scope + kind.strip() for kind in kinds.split(","))
            for one in self.script(MAY_BE_NAMED, css, name):
                if one.is_displayed() and name in (
                        one.text.strip().split("\n")[0],
                        one.accessible_name.strip()):
                    return one
            return None
        return self.wait(look, f"a control named {name!r}")

    def field(self, name):
        """The control of a field, by the API's name for it."""
        return self.wait(lambda: self.find(
            f'[data-field="{name}"] :is(input, select, textarea)')[0],
            f"the field {name}")

    def error(self, name):
        """The error beside a field."""
        return self.wait(lambda: self.find(
            f'[data-field="{name}"] .error')[0].text, f"an error at {name}")

    # What the person does

    def tab_to(self, element):
        """Reach it with the Tab key, as somebody without a mouse does: at first
        as many times as it should take, for each call has its cost."""
        if self.driver.switch_to.active_element != element:
            self.press(Keys.TAB * self.script(TABS_TO, element))
        for _ in range(150):
            if self.driver.switch_to.active_element == element:
                return
            self.press(Keys.TAB)
        raise AssertionError(f"{element.text!r} cannot be reached with Tab")

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def use(self, element, key=Keys.ENTER):
        """Click it, or reach it and press a key."""
        if self.keyboard:
            self.tab_to(element)
            self.press(key)
        else:
            element.click()

    def click(self, name):
        """Once more where the page was drawn anew just before."""
        def clicked():
            self.use(self.named(name))
            return True
        self.wait(clicked, f"a click on {name!r}")

    def type(self, field, text):
        element = self.field(field)
        if self.keyboard:
            self.tab_to(element)
        element.send_keys(Keys.CONTROL, "a")
        element.send_keys(text)

    def choose(self, field, value):
        """Pick of a list, or of radio buttons."""
        select = f'[data-field="{field}"] select'
        if self.find(select):
            self.wait(lambda: [one for one in self.find(f"{select} option")
                               if one.text.startswith(value)],
                      f"{value} in the list {field}")
            self.field(field).send_keys(value)
            return
        radios = f'[data-field="{field}"] input[type=radio]'
        wanted = self.wait(lambda: self.find(f'{radios}[value="{value}"]')[0],
                           f"{field} {value}")
        if not self.keyboard:
            wanted.click()
            return
        self.tab_to(self.find(f"{radios}:checked")[0])
        for _ in range(10):
            if wanted.is_selected():
                return
            self.press(Keys.ARROW_DOWN)
        raise AssertionError(f"{value} cannot be reached with arrows")

    def give_file(self, field, path):
        """Pick a file: the system's own dialog is beyond the page."""
        self.wait(lambda: self.find(
            f'[data-field="{field}"] input[type=file]')[0],
            "a field for a file").send_keys(str(path))

    def drop_file(self, field, name, data):
        """Drop a file, as the desktop does."""
        self.script("""
            const [place, name, bytes] = arguments;
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], name));
            for (const kind of ['dragover', 'drop']) {
                place.dispatchEvent(new DragEvent(kind, {
                    bubbles: true, cancelable: true,
                    dataTransfer: transfer }));
            }""", self.wait(lambda: self.find(
                f'[data-field="{field}"] .drop')[0], "a place to drop"),
            name, list(data))

    def saved(self, name):
        """The bytes of a download, once it is complete; taken away."""
        path = self.driver.downloads / name
        wait_for(lambda: path.exists() and not list(
            path.parent.glob("*.crdownload")), f"the download {name}", 20)
        data = path.read_bytes()
        path.unlink()
        return data

    def open(self, view="", sees=None):
        """Go to a view by its address."""
        self.driver.get(f"{self.base}#/{view}")
        if sees:
            self.sees(sees)

    def reload(self):
        self.driver.refresh()

    def sign_in(self, password=PASSWORD, user="vmware"):
        self.wait(lambda: self.find(".signin form"), "the sign-in form")
        self.type("username", user)
        self.type("password", password)
        self.press(Keys.ENTER)

    def begin(self, view=""):
        """Open it and sign in, by way of the form."""
        self.open(view)
        self.sign_in()
        return self.settled()

    def start(self, view="", user="vmware"):
        """The same, by the cookie that the form would bring: a form that is
        typed into costs more than most views."""
        name, value = SignedIn(self.server, user, self.host).cookie.split(
            "=", 1)
        self.driver.execute_cdp_cmd("Network.setCookie", {
            "name": name, "value": value, "url": self.base, "path": "/",
            "secure": True, "httpOnly": True, "sameSite": "Strict"})
        mark = self.driver.execute_cdp_cmd(
            "Page.addScriptToEvaluateOnNewDocument", {
                "source": f"localStorage.setItem('vso-user', '{user}')"})
        self.open(view)
        self.driver.execute_cdp_cmd(
            "Page.removeScriptToEvaluateOnNewDocument", mark)
        return self.settled()

    def settled(self):
        self.wait(lambda: self.find("header.top") and
                  not self.find(".loading"), "the console")
        return self

    def fingerprint(self):
        """Of the active certificate, as the page shows it, in hex."""
        text = self.wait(lambda: self.find(".hero .fingerprint code")[0].text,
                         "a fingerprint")
        return re.sub(r"[^0-9A-F]", "", text).lower()

    # What must hold on every page

    def expect_error(self, pattern):
        """This test makes the browser log such an error."""
        self.allowed.append(re.compile(pattern))

    def complaints(self):
        """Errors and policy violations that nobody expected."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] in ("SEVERE", "WARNING")
                and not any(p.search(entry["message"]) for p in self.allowed)]

    def scheme(self, name):
        """Light or dark, as the system would ask for."""
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": name}]})
        self.wait(lambda: self.script(
            "return document.documentElement.dataset.theme") == name, name)

    def axe(self, only=None):
        """Violations that axe-core finds, in words. only: names of rules."""
        if not self.script("return Boolean(window.axe)"):
            self.script(AXE.read_text())
        found = self.driver.execute_async_script("""
            const [what, done] = arguments;
            axe.run(document, { runOnly: what, resultTypes: ['violations'] })
                .then((result) => done(result.violations), (error) => done([{
                    id: String(error), nodes: [] }]));""",
            {"type": "rule", "values": only} if only else WCAG)
        return [f"{one['id']}: {node['html'][:200]} {node['failureSummary']}"
                for one in found for node in one["nodes"] or [
                    {"html": "", "failureSummary": ""}]]
