# SPDX-License-Identifier: Apache-2.0
"""Signing in: Basic for scripts, a session cookie for the console."""

import http.client
import json
import re
from urllib.parse import urlencode

import pytest

from vso.client import BASE, SLUG_PREFIX, another_address, insecure_context
from vso.server import USERS

COOKIE = "__Host-vsocert"
KNOWN = "__Secure-vsocert-browser"
SIGNED_OUT = "urn:vsocert:problem:not-signed-in"

# What fail2ban's filter apache-auth looks for, in the words of this project:
# the head of an error-log line with the client's address, then the failure.
HEAD = r"^\[[^]]*\] \[\S+:error\] \[pid \d+(:\S+ \d+)?\] " \
       r"\[client 127\.\d+\.\d+\.\d+(:\d{1,5})?\] (AH\d+: )?"
FAILURE = {
    "mismatch": r"user (?!`).*:? authentication failure for \"[^\"]*\": "
                r"[Pp]assword Mismatch",
    "unknown": r"user (?!`).* not found: "}


FORM = "application/x-www-form-urlencoded"

# A location of the metrics elsewhere, and one as nobody should set it up: its
# sign-in page asks for a user, so that mod_auth_form signs in before it.
SERVER = {"extra": """
<LocationMatch "^/(elsewhere/numbers|vsocert/api/numbers)$">
    SetHandler vsocert-metrics
    AuthType Form
    AuthName "vsocert"
    AuthFormProvider file
    AuthUserFile "${VSO_USERS}"
    Require valid-user
    SSLRequireSSL
    Session on
    SessionMaxAge 1800
</LocationMatch>
<Location "/vsocert/api/login">
    SetHandler form-login-handler
    AuthType Form
    AuthName "vsocert"
    AuthFormProvider file
    AuthUserFile "${VSO_USERS}"
    Require valid-user
</Location>
"""}


class Browser:
    """Form sign-in and a cookie jar with one place, at an address of its
    own."""

    def __init__(self, server):
        self.server = server
        self.cookie = None
        self.known = None   # the cookie by which the sign-in page knows it
        self.address = another_address()

    def ask(self, method, path, form=None, headers=None):
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.server.port, context=insecure_context(),
            timeout=30, source_address=(self.address, 0))
        sent = dict(headers or {})
        body = None
        if form is not None:
            body = form if isinstance(form, str) else urlencode(form)
            sent.setdefault("Content-Type", FORM)
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
            if name == KNOWN:
                assert {"HttpOnly", "Secure", "SameSite=Strict",
                        "path=/vsocert/login"} <= set(line.split(";"))
                self.known = value
                continue
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


def problem_of(reply):
    """(status, slug, field) of a problem document."""
    assert reply.headers["Content-Type"] == "application/problem+json", \
        (reply.status, reply.body)
    assert reply.headers["Cache-Control"] == "no-store"
    problem = json.loads(reply.body)
    assert problem["status"] == reply.status
    assert problem["type"].startswith(SLUG_PREFIX)
    return (reply.status, problem["type"][len(SLUG_PREFIX):],
            problem.get("field"))


def credentials(password=USERS["vmware"], **more):
    return {"httpd_username": "vmware", "httpd_password": password, **more}


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


OTHER_SITES = [
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://elsewhere.test"}, {"Origin": "null"},
    {"Origin": "https://127.0.0.1"},    # another port
    {"Origin": "http://127.0.0.1:{port}"},
    {"Origin": "https://elsewhere.test", "Sec-Fetch-Site": "same-origin"}]


def of_site(headers, server):
    return {name: value.format(port=server.port)
            for name, value in headers.items()}


@pytest.mark.parametrize("headers", OTHER_SITES, ids=str)
def test_other_sites_cannot_sign_in(server, browser, headers):
    before = rows(server)
    for password in (USERS["vmware"], "wrong"):
        reply = browser.sign_in(password=password, **of_site(headers, server))
        assert problem_of(reply) == (403, "forbidden", next(iter(headers)))
    assert browser.cookie is None
    assert rows(server) == before


def test_our_own_pages_can_sign_in(server):
    own = f"https://127.0.0.1:{server.port}"
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": own},
                    {"Origin": own, "Sec-Fetch-Site": "same-origin"}):
        browser = Browser(server)
        assert browser.sign_in(**headers).status == 302
        assert browser.status() == 200


@pytest.mark.parametrize("path", ["login/", "login/x", "logout/", "logout/x"])
def test_nothing_is_below_the_pages(browser, path):
    """There would be no session: signed in nowhere, or signed in still."""
    browser.sign_in()
    assert browser.ask("POST", f"/vsocert/{path}",
                       credentials()).status == 404
    assert browser.status() == 200


@pytest.mark.parametrize("headers", OTHER_SITES, ids=str)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_sites_cannot_sign_out(server, browser, method, headers):
    browser.sign_in()
    reply = browser.ask(method, "/vsocert/logout",
                        headers=of_site(headers, server))
    assert problem_of(reply) == (403, "forbidden", next(iter(headers)))
    assert browser.status() == 200


def test_a_sign_out_deletes_the_session(server, browser):
    before = rows(server)
    browser.sign_in()
    assert len(rows(server)) == len(before) + 1
    reply = browser.ask("GET", "/vsocert/logout")
    assert reply.status == 307
    assert reply.headers["Location"] == "/vsocert/"
    assert "Max-Age=-1" in reply.headers["Set-Cookie"]
    assert rows(server) == before


@pytest.mark.parametrize("cookie", [
    "00000000-0000-0000-0000-000000000000", "x", "' OR 1=1 --"])
def test_a_sign_out_of_nobody_leaves_no_row(server, browser, cookie):
    before = rows(server)
    for method in ("GET", "POST"):
        browser.cookie = cookie
        reply = browser.ask(method, "/vsocert/logout")
        assert reply.status == 307
        assert reply.headers["Set-Cookie"] is None
    assert rows(server) == before


@pytest.mark.parametrize("where", [
    "https://elsewhere.test/", "//elsewhere.test/", "/elsewhere",
    "/vsocert/../elsewhere", "/vsocert/\r\nX-Canary: 1", "javascript:alert(1)"])
def test_the_form_names_no_other_place(server, browser, where):
    reply = browser.ask("POST", "/vsocert/login",
                        form=credentials(httpd_location=where))
    assert reply.status == 302
    assert reply.headers["Location"] == "/vsocert/"
    assert reply.headers["X-Canary"] is None
    assert browser.status() == 200
    server.expect_log(FAILURE["mismatch"])
    reply = browser.ask("POST", "/vsocert/login",
                        form=credentials("wrong", httpd_location=where))
    assert reply.status == 401
    assert reply.headers["Location"] is None


@pytest.mark.parametrize("kind,form,refusal", [
    (FORM, {}, (400, "malformed", "httpd_username")),
    (FORM, {"httpd_username": "vmware"}, (400, "malformed", "httpd_password")),
    (FORM, "httpd_username=vmware&httpd_password=a&httpd_password=b",
     (400, "malformed", "httpd_password")),
    (FORM, "httpd_username=vm%00ware&httpd_password=a",
     (400, "malformed", "httpd_username")),
    (FORM, {"httpd_username": "x" * 9000, "httpd_password": "a"},
     (413, "too-large", "body")),
    ("application/json", '{"httpd_username": "vmware"}',
     (415, "unsupported-media-type", "Content-Type")),
    ("multipart/form-data; boundary=x", "--x--",
     (415, "unsupported-media-type", "Content-Type"))])
def test_forms_that_are_no_sign_in(server, browser, kind, form, refusal):
    reply = browser.ask("POST", "/vsocert/login", form=form,
                        headers={"Content-Type": kind})
    assert problem_of(reply) == refusal
    assert browser.cookie is None


@pytest.mark.parametrize("path,methods,allowed", [
    ("/vsocert/login", ["GET", "HEAD", "PUT", "OPTIONS"], "POST"),
    ("/vsocert/logout", ["PUT", "DELETE", "OPTIONS"], "GET, HEAD, POST")])
def test_other_methods_neither_sign_in_nor_out(server, browser, path, methods,
                                               allowed):
    browser.sign_in()
    for method in methods:
        reply = browser.ask(method, path, form=None)
        assert (reply.status, reply.headers["Allow"]) == (405, allowed)
        if method != "HEAD":
            assert problem_of(reply)[1] == "method-not-allowed"
    assert browser.status() == 200


def test_nothing_of_a_request_is_sent_back(browser):
    """TRACE would repeat the cookie; a redirect the name that was asked for."""
    browser.cookie = "canary-cookie"
    other = {"Host": "elsewhere.test"}
    for path in ("/vsocert/", "/vsocert/login", f"{BASE}/status"):
        reply = browser.ask("TRACE", path, headers=other)
        assert reply.status == 405
        assert b"canary" not in reply.body
    for path in ("/", "/vsocert"):
        reply = browser.ask("GET", path, headers=other)
        assert reply.status in (301, 302)
        assert reply.headers["Location"] == "/vsocert/"
    for path in ("/vsocert/js", "/vsocert/problem"):
        reply = browser.ask("GET", path, headers=other)
        assert (reply.status, reply.headers["Location"]) == (404, None)


FORMS = [FORM, f"{FORM}; charset=utf-8", FORM.upper(), FORM + "x",
         "multipart/form-data; boundary=x"]


@pytest.mark.parametrize("path", [
    f"{BASE}/status", f"{BASE}/certificate", "/vsocert/api/",
    "/vsocert/metrics", "/vsocert/api/numbers", "/elsewhere/numbers",
    "/vsocert/api/login"])
def test_forms_elsewhere_are_refused_before_anybody_is_asked(
        server, browser, path):
    before = rows(server)

    def refused(kind, password=USERS["vmware"], cookie=None):
        browser.cookie = cookie
        reply = browser.ask(
            "POST", path, headers={"Content-Type": kind},
            form=credentials(password,
                             httpd_location="https://elsewhere.test/"))
        assert problem_of(reply) == (415, "unsupported-media-type",
                                     "Content-Type")
        assert reply.headers["Location"] is None
        assert reply.headers["Set-Cookie"] is None
    for kind in FORMS:
        refused(kind)
    refused(FORM, "wrong")
    refused(FORM, cookie="00000000-0000-0000-0000-000000000000")
    assert rows(server) == before


def test_where_files_are_taken_who_calls_is_asked_first(server, browser):
    reply = browser.ask("POST", f"{BASE}/packages/imports", form="--x--",
                        headers={"Content-Type": FORMS[-1]})
    assert (reply.status, json.loads(reply.body)["type"]) == (401, SIGNED_OUT)
    reply = browser.ask("POST", f"{BASE}/packages/imports", form=credentials())
    assert problem_of(reply)[0] == 415


def test_refused_forms_are_counted(server, browser):
    def count():
        text = server.monitor().get("/vsocert/metrics").text
        return int(re.search(r'slug="unsupported-media-type"} (\d+)',
                             text).group(1))
    before = count()
    browser.ask("POST", f"{BASE}/status", form=credentials())
    assert count() == before + 1


def test_an_invented_cookie_is_nobody(browser):
    browser.cookie = "00000000-0000-0000-0000-000000000000"
    assert browser.status() == 401
