# SPDX-License-Identifier: Apache-2.0
"""A private key leaves only for who signed in lately."""

import pytest

from vso import databases
from vso.client import SignedIn
from vso.clock import FAKETIME, Clock

PASSWORD = {"password": "four random words here"}

pytestmark = [
    pytest.mark.skipif(FAKETIME is None, reason="libfaketime is missing"),
    pytest.mark.skipif(databases.driver_of_run() != "sqlite3",
                       reason="the clock is SQLite's")]


@pytest.fixture(scope="module")
def clock(base_folder):
    return Clock(base_folder / "clock-of-the-api")


@pytest.fixture(scope="module")
def server_options(clock):
    return {"env": clock.env}


@pytest.fixture(autouse=True)
def on_time(clock):
    yield
    clock.ahead(0)


def export(session, entry, **headers):
    return session.api.post("/keystore/export", PASSWORD, entry=entry, headers={
        "Cookie": session.cookie, **headers})


def test_a_session_is_fresh_for_five_minutes(server, clock, api, entry):
    api.create()
    session = SignedIn(server)
    assert export(session, entry).status == 200
    clock.ahead(290)
    assert export(session, entry).status == 200
    clock.ahead(302)
    problem = export(session, entry).refused(403, "sign-in-again")
    assert '"vmware"' in problem["detail"] and "5 minutes" in problem["detail"]
    last = api.audit(action="export")[0]
    assert (last["actor"], last["outcome"]) == ("vmware", "sign-in-again")
    # All else goes on, which renews the session and makes it no fresher.
    clock.ahead(400)
    for _ in range(2):
        assert session.status() == 200
        export(session, entry).refused(403, "sign-in-again")
    # Nothing of it is judged before: not the body either.
    session.api.post("/keystore/export", {"password": ""}, headers={
        "Cookie": session.cookie}).refused(403, "sign-in-again")
    again = SignedIn(server)
    assert export(again, entry).status == 200
    export(session, entry).refused(403, "sign-in-again")


def test_a_sign_in_of_the_future_is_none_of_late(server, clock, api, entry):
    """The clock was set back, or somebody made the session last."""
    api.create()
    clock.ahead(3600)
    session = SignedIn(server)
    assert export(session, entry).status == 200
    clock.ahead(0)
    export(session, entry).refused(403, "sign-in-again")


def test_a_password_on_the_call_is_fresh(server, clock, api, entry):
    """Also beside the cookie of an old session."""
    api.create()
    session = SignedIn(server)
    clock.ahead(1000)
    assert api.post("/keystore/export", PASSWORD).status == 200
    assert export(session, entry, Authorization=api.auth).status == 200
    export(session, entry).refused(403, "sign-in-again")


def test_the_right_is_asked_for_first(server, clock, entry):
    session = SignedIn(server, "auditor")
    clock.ahead(1000)
    problem = export(session, entry).refused(403, "forbidden")
    assert problem["right"] == "export"
