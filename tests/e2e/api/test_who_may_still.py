# SPDX-License-Identifier: Apache-2.0
"""Users who lose their rights while they are signed in, and session ids that
somebody else chose."""

import subprocess
import uuid

import pytest

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


@pytest.mark.parametrize("how", ["removed", "other-password"])
def test_a_user_who_is_revoked(make_server, how):
    """With the next call, by password and by session; the others stay."""
    server = make_server()
    server.expect_log("AH016(17|18): user vmware|AH018(07|08): user 'vmware'")
    users = server.folder / "users"
    session, other = SignedIn(server), server.api(user="operator")
    assert session.status() == 200
    server.api().get("/status").ok()
    if how == "removed":
        htpasswd(server, "-D", users, "vmware")
    else:
        htpasswd(server, "-i", "-B", "-C", "4", users, "vmware",
                 password="canary-Another")
    assert server.api().get("/status").status == 401
    assert session.status() == 401
    assert session.api.post(
        "/certificate", {"subject": {"commonName": "x"}},
        headers={"Cookie": session.cookie}).status == 401
    assert server.api().get("/vsocert/metrics").status == 401
    other.get("/status").ok()
    assert other.versions() == []


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
