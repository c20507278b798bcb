# SPDX-License-Identifier: Apache-2.0
"""Users who lose their rights while they are signed in, and session ids that
somebody else chose."""

import subprocess
import time
import uuid

import pytest

from vso import wait_for
from vso.client import SignedIn
from vso.server import USERS

COOKIE = "__Host-vsocert"
# The API as a group's, beside the reference configuration.
GROUP = """
LoadModule authz_groupfile_module ${VSO_MODULES}/mod_authz_groupfile.so
<Location "/vsocert/api">
    AuthGroupFile "${VSO_RUN_DIR}/groups"
    Require group administrators
</Location>
"""


def htpasswd(server, *arguments, password=None):
    subprocess.run(["htpasswd", *arguments],
                   input=password and password.encode(), check=True,
                   capture_output=True)


def revoke(server, how, user="vmware"):
    users = server.folder / "users"
    if how == "removed":
        htpasswd(server, "-D", users, user)
    else:
        htpasswd(server, "-i", "-B", "-C", "4", users, user,
                 password="canary-Another")


def is_refused(server, session):
    """By password and by session, whatever is asked."""
    return [server.api().get("/status").status, session.status(),
            session.api.post("/certificate", {"subject": {"commonName": "x"}},
                             headers={"Cookie": session.cookie}).status,
            server.api().get("/vsocert/metrics").status] == [401] * 4


REFUSED = "AH016(17|18): user (vmware|operator)" \
          "|AH018(07|08): user '(vmware|operator)'"


@pytest.mark.parametrize("how", ["removed", "other-password"])
def test_a_user_who_is_revoked_before_a_graceful_restart(make_server, how):
    """With the next call; the others stay."""
    server = make_server()
    server.expect_log(REFUSED)
    session, other = SignedIn(server), server.api(user="operator")
    assert session.status() == 200
    server.api().get("/status").ok()
    revoke(server, how)
    server.graceful()
    assert is_refused(server, session)
    other.get("/status").ok()
    assert other.versions() == []


def test_users_who_are_revoked(make_server):
    """Within a minute, for which credentials are remembered."""
    server = make_server()
    server.expect_log(REFUSED)
    session, other = SignedIn(server), server.api(user="operator")
    third = server.api(user="auditor")
    for api in (server.api(), other, third):
        api.get("/status").ok()
    assert session.status() == 200
    began = time.monotonic()
    revoke(server, "other-password")
    revoke(server, "removed", "operator")
    wait_for(lambda: session.status() == 401, "the session to end", 120)
    assert time.monotonic() - began > 1, "they were remembered"
    assert is_refused(server, session)
    assert other.get("/status").status == 401
    with server.sql() as database:
        assert database.execute(
            "SELECT COUNT(*) FROM vmo_session").fetchone()[0] == 0
    third.get("/status").ok()


def test_a_user_who_leaves_the_group(make_server):
    server = make_server(start=False, extra=GROUP)
    groups = server.folder / "groups"
    groups.write_text("administrators: operator vmware\n")
    groups.chmod(0o644)
    server.start()
    server.expect_log("AH01631: user vmware: authorization failure")
    session = SignedIn(server)
    assert session.status() == 200
    server.api().get("/status").ok()
    groups.write_text("administrators: operator\n")
    assert server.api().get("/status").status in (401, 403)
    assert session.status() in (401, 403)
    server.api(user="operator").get("/status").ok()


def sign_in(server, cookie, user="vmware"):
    """With a cookie that was there before; the new one."""
    body = f"httpd_username={user}&httpd_password={USERS[user]}"
    reply = server.api(user=None).post(
        "/vsocert/login", body=body.encode(), headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": cookie})
    assert reply.status == 302, reply
    return reply.headers["Set-Cookie"].split(";")[0]


def who(server, cookie):
    """Status and user of a call with the cookie."""
    reply = server.api(user=None).get("/status", headers={"Cookie": cookie})
    return reply.json["user"] if reply.status == 200 else reply.status


def test_an_id_that_was_there_before_signing_in_is_not_kept(server):
    """Invented by whoever planted it, or of a session that is his own."""
    planted = f"{COOKIE}={uuid.uuid4()}"
    given = sign_in(server, planted)
    assert given != planted
    assert who(server, given) == "vmware"
    assert who(server, planted) == 401

    planted = SignedIn(server).cookie
    operator = sign_in(server, planted, "operator")
    assert operator != planted
    assert who(server, operator) == "operator"
    assert who(server, planted) in ("vmware", 401)

    ended = operator
    server.api(user=None).post("/vsocert/logout", headers={"Cookie": ended})
    assert who(server, ended) == 401
    given = sign_in(server, ended)
    assert given != ended
    assert who(server, ended) == 401
