# SPDX-License-Identifier: Apache-2.0
"""Sessions of the console: what the database holds of them is worth nothing,
and what was signed out stays so."""

import http.client
import re
import threading

import pytest

from vso import wait_for
from vso.client import BASE, SignedIn, insecure_context
from vso.server import USERS

# Each call renews its session, not one a minute.
EAGER = """
<Location "/vsocert/api">
    <If "true">
        SessionExpiryUpdateInterval 0
    </If>
</Location>
"""


def rows(server):
    with server.sql() as database:
        return sorted(database.execute(
            "SELECT session_key, expiry, session FROM vmo_session").fetchall())


def put(server, *row):
    with server.sql() as database:
        database.execute("INSERT INTO vmo_session (session_key, expiry, session)"
                         " VALUES (?, ?, ?)", row)


def sign_out(browser):
    reply = browser.api.get("/vsocert/logout",
                            headers={"Cookie": browser.cookie})
    assert reply.status == 307
    return reply


def status_with(server, cookie):
    return server.api(user=None).get(
        "/status", headers={"Cookie": f"__Host-vsocert={cookie}"}).status


def test_a_row_that_is_read_is_worth_nothing(make_server):
    server = make_server()
    browser = SignedIn(server)
    (key, _, text), = rows(server)
    value = browser.cookie.split("=")[1]
    assert re.fullmatch("[0-9a-f]{64}", value)
    assert value not in (key, text) and value not in text
    assert USERS["vmware"] not in text and "vmware" not in text
    for cookie in (key, text, key[:36]):
        assert status_with(server, cookie) == 401
    assert browser.status() == 200


def test_a_row_that_is_put_back_is_worth_nothing(make_server):
    server = make_server()
    browser = SignedIn(server)
    row, = rows(server)
    reply = sign_out(browser)
    assert "Max-Age=-1" in reply.headers["Set-Cookie"]
    assert rows(server) == []
    put(server, *row)
    assert browser.status() == 401
    server.graceful()
    assert browser.status() == 401, "a graceful restart must not forget it"


def test_other_nodes_hear_of_a_sign_out(make_server):
    """From the audit trail: within a poll, and when they start."""
    node = make_server()
    more = {"db": node.database, "keys": node.keys}
    other = make_server(**more)
    browser = SignedIn(node)
    assert browser.status(other) == 200
    row, = rows(node)
    sign_out(browser)
    assert browser.status(other) == 401
    put(node, *row)
    wait_for(lambda: browser.status(other) == 401, "the other node to hear")
    third = make_server(**more)
    wait_for(lambda: browser.status(third) == 401, "the third node to hear")
    # Whoever signs in anew ends the session that was there.
    browser = SignedIn(node)
    row, = [one for one in rows(node) if one != row]
    again = node.api(user=None).post(
        "/vsocert/login", body=b"httpd_username=vmware&httpd_password="
        + USERS["vmware"].encode(), headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": browser.cookie})
    assert again.status == 302
    put(node, *row)
    wait_for(lambda: browser.status(other) == 401, "the other node to hear")


def test_rows_that_are_swapped_or_copied_are_worth_nothing(make_server):
    server = make_server()
    browsers = [SignedIn(server), SignedIn(server)]
    one, two = rows(server)
    with server.sql() as database:
        database.execute("DELETE FROM vmo_session")
    put(server, one[0], one[1], two[2])
    put(server, two[0], two[1], one[2])
    put(server, "0" * 64, one[1], one[2])
    assert [b.status() for b in browsers] == [401, 401]
    assert status_with(server, "0" * 64) == 401
    with server.sql() as database:
        database.execute("DELETE FROM vmo_session")
    put(server, *one)
    put(server, *two)
    assert [b.status() for b in browsers] == [200, 200]


def test_a_text_of_ones_own_is_worth_nothing(make_server):
    server = make_server()
    browser = SignedIn(server)
    (key, expiry, text), = rows(server)
    own = "vsocert-user=vmware&vsocert-pw=" + USERS["vmware"]
    for edited in (own, text[:-4] + "AAA=", "", f"1 {expiry} {own}"):
        with server.sql() as database:
            database.execute("UPDATE vmo_session SET session = ?", (edited,))
        assert browser.status() == 401
    with server.sql() as database:
        database.execute("UPDATE vmo_session SET session = ?", (text,))
    assert browser.status() == 200


def test_signing_in_takes_no_cookie_that_was_there(make_server):
    server = make_server()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = "httpd_username=vmware&httpd_password=" + USERS["vmware"]

    def sign_in(cookie):
        reply = server.api(user=None).post(
            "/vsocert/login", body=body.encode(),
            headers={**form, "Cookie": f"__Host-vsocert={cookie}"})
        assert reply.status == 302
        return reply.headers["Set-Cookie"].split(";")[0].split("=")[1]
    planted = "0123456789abcdef" * 4
    first = sign_in(planted)
    assert first != planted and status_with(server, planted) == 401
    second = sign_in(first)
    assert second != first
    assert (status_with(server, first), status_with(server, second)) \
        == (401, 200)
    assert len(rows(server)) == 1


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ELSEWHERE = {"Origin": "https://elsewhere.test"}


@pytest.mark.parametrize("method,path,headers,body,status", [
    ("POST", "login", FORM, b"", 400),
    ("POST", "login", FORM, b"httpd_username=vmware&httpd_password=wrong", 401),
    ("POST", "login", {"Content-Type": "application/json"}, b"{}", 415),
    ("POST", "login", {**FORM, **ELSEWHERE}, b"", 403),
    ("PUT", "logout", {}, b"", 405),
    ("POST", "logout", ELSEWHERE, b"", 403)])
def test_what_the_pages_refuse_makes_no_session(server, method, path, headers,
                                                body, status):
    """Or whoever has somebody's session would sign in anew, without a
    password: to take the private key, and beyond 12 hours."""
    server.expect_log("AH01807: user 'vmware'", optional=True)
    browser = SignedIn(server)
    before = rows(server)
    reply = browser.api.call(method, f"/vsocert/{path}", body=body,
                             headers={"Cookie": browser.cookie, **headers})
    assert reply.status == status
    assert reply.headers["Set-Cookie"] is None
    assert rows(server) == before
    assert browser.status() == 200


class Slow:
    """An upload whose body stops in the middle."""

    def __init__(self, server, cookie):
        self.connection = http.client.HTTPSConnection(
            "127.0.0.1", server.port, context=insecure_context(), timeout=60)
        self.connection.putrequest("POST", f"{BASE}/packages/imports")
        for name, value in (("Content-Type", "application/octet-stream"),
                            ("Content-Length", "8"), ("Cookie", cookie),
                            ("Sec-Fetch-Site", "same-origin")):
            self.connection.putheader(name, value)
        self.connection.endheaders(b"PK\x03\x04")

    def finish(self):
        self.connection.send(b"xxxx")
        reply = self.connection.getresponse()
        reply.read()
        self.connection.close()
        return reply


def test_a_request_that_runs_brings_no_session_back(make_server):
    server = make_server(extra=EAGER)
    browser = SignedIn(server)
    assert browser.api.get("/status", headers={"Cookie": browser.cookie}) \
        .headers["Set-Cookie"], "each call renews its session here"
    slow = Slow(server, browser.cookie)
    wait_for(lambda: receiving(server), "the upload to begin")
    sign_out(browser)
    reply = slow.finish()
    assert reply.status == 422
    assert reply.headers["Set-Cookie"] is None
    assert rows(server) == []
    assert browser.status() == 401


def receiving(server):
    with server.sql() as database:
        return database.execute(
            "SELECT COUNT(*) FROM vmo_import").fetchone()[0] == 1


def test_many_tabs_share_a_session(make_server):
    server = make_server(extra=EAGER)
    browser = SignedIn(server)
    answers = []

    def tab():
        answers.extend(browser.status() for _ in range(5))
    tabs = [threading.Thread(target=tab) for _ in range(4)]
    for thread in tabs:
        thread.start()
    for thread in tabs:
        thread.join()
    assert answers == [200] * 20
    assert len(rows(server)) == 1
    sign_out(browser)
    assert browser.status() == 401


def test_a_sealed_server_lets_people_in_to_read_why(make_server):
    server = make_server()
    server.api().create("localhost")
    server.stop()
    server.keys = []
    server.start()
    server.expect_log("VSOCertMasterKey|sealed", True)
    browser = SignedIn(server)
    reply = browser.api.get("/status", headers={"Cookie": browser.cookie})
    assert reply.ok()["sealed"] is True
    sign_out(browser)
    assert browser.status() == 401
