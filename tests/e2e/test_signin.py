# SPDX-License-Identifier: Apache-2.0
"""Signing in: Basic for scripts, a session cookie for the console."""

import http.client
import re
from urllib.parse import urlencode

import pytest

from vso.client import BASE, insecure_context
from vso.server import USERS

COOKIE = "__Host-vsocert"
SIGNED_OUT = "urn:vsocert:problem:not-signed-in"

# What fail2ban's filter apache-auth looks for, in the words of this project:
# the head of an error-log line with the client's address, then the failure.
HEAD = r"^\[[^]]*\] \[\S+:error\] \[pid \d+(:\S+ \d+)?\] " \
       r"\[client 127\.0\.0\.1(:\d{1,5})?\] (AH\d+: )?"
FAILURE = {
    "mismatch": r"user (?!`).*:? authentication failure for \"[^\"]*\": "
                r"[Pp]assword Mismatch",
    "unknown": r"user (?!`).* not found: "}


class Browser:
    """Form sign-in and a cookie jar with one place."""

    def __init__(self, server):
        self.server = server
        self.cookie = None

    def ask(self, method, path, form=None, headers=None):
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.server.port, context=insecure_context(),
            timeout=30)
        sent = dict(headers or {})
        body = None
        if form is not None:
            body = urlencode(form)
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        if self.cookie:
            sent["Cookie"] = f"{COOKIE}={self.cookie}"
        try:
            connection.request(method, path, body=body, headers=sent)
            reply = connection.getresponse()
            reply.body = reply.read()
        finally:
            connection.close()
        for line in reply.headers.get_all("Set-Cookie", []):
            name, value = line.split(";")[0].split("=", 1)
            assert name == COOKIE
            assert {"HttpOnly", "Secure", "SameSite=Strict", "path=/"} <= set(
                line.split(";"))
            self.cookie = value
        return reply

    def sign_in(self, user="vmware", password=None, **headers):
        return self.ask("POST", "/vsocert/login", headers=headers, form={
            "httpd_username": user,
            "httpd_password": password or USERS.get(user, "none")})

    def status(self):
        return self.ask("GET", f"{BASE}/status").status


@pytest.fixture
def browser(server):
    return Browser(server)


def rows(server):
    with server.sql() as database:
        return database.execute("SELECT * FROM vmo_session").fetchall()


def test_a_session_from_sign_in_to_sign_out(server, browser):
    assert browser.status() == 401
    reply = browser.sign_in()
    assert (reply.status, reply.headers["Location"].endswith("/vsocert/")) \
        == (302, True)
    first = browser.cookie
    assert first
    assert browser.status() == 200
    browser.ask("POST", "/vsocert/logout")
    assert browser.status() == 401
    browser.cookie = first
    assert browser.status() == 401, "signing out must end the session itself"


def test_a_session_may_change_things(browser, entry):
    browser.sign_in()
    origin = f"https://127.0.0.1:{browser.server.port}"
    reply = browser.ask(
        "POST", f"{BASE}/certificate?entry={entry}", headers={"Origin": origin})
    assert reply.status in (400, 415), "refused for its body, not its origin"
    reply = browser.ask(
        "POST", f"{BASE}/certificate?entry={entry}",
        headers={"Origin": "https://elsewhere.test"})
    assert reply.status == 403


def test_the_password_is_not_readable_in_the_session(server, browser):
    browser.sign_in()
    assert rows(server)
    assert USERS["vmware"] not in repr(rows(server))


def test_no_rows_without_a_sign_in(server, browser):
    before = len(rows(server))
    server.api().get("/status").ok()
    server.api(user=None).get("/status")
    browser.status()
    for method in ("GET", "POST"):
        browser.ask(method, "/vsocert/logout")
    server.expect_log("AH01811: the form-login-handler only supports the POST")
    browser.ask("GET", "/vsocert/login")
    browser.cookie = None
    server.expect_log(FAILURE["mismatch"])
    browser.sign_in(password="wrong")
    assert len(rows(server)) == before


def test_nobody_gets_the_static_problem(server):
    reply = server.api(user=None).get("/certificate")
    assert reply.status == 401
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.headers["Cache-Control"] == "no-store"
    assert (reply.json["type"], reply.json["status"]) == (SIGNED_OUT, 401)


@pytest.mark.parametrize("user,kind", [("vmware", "mismatch"),
                                       ("intruder", "unknown")])
@pytest.mark.parametrize("how", ["basic", "form"])
def test_each_failed_sign_in_is_one_line(server, browser, how, user, kind):
    pattern = HEAD + FAILURE[kind]
    server.expect_log(pattern)
    if how == "basic":
        api = server.api(user=user, password="wrong-canary")
        assert api.get("/status").status == 401
    else:
        assert browser.sign_in(user, "wrong-canary").status == 401
        assert browser.cookie is None
    lines = [line for line in server.log.new_text().splitlines()
             if re.search(pattern, line)]
    assert len(lines) == 1
    assert f"'{user}'" in lines[0] or f" {user}" in lines[0]
    assert "wrong-canary" not in server.log.new_text()


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_sites_cannot_sign_in(server, browser, site):
    server.expect_log("AH01630: client denied", optional=True)
    reply = browser.sign_in(**{"Sec-Fetch-Site": site})
    assert reply.status == 403
    assert browser.cookie is None
    assert browser.sign_in(**{"Sec-Fetch-Site": "same-origin"}).status == 302


def test_an_invented_cookie_is_nobody(browser):
    browser.cookie = "00000000-0000-0000-0000-000000000000"
    assert browser.status() == 401
