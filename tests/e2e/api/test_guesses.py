# SPDX-License-Identifier: Apache-2.0
"""Guessing passwords: slow from one place and from many, on each path, and it
keeps nobody out. What the auditor sees of it."""

import re
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from vso import wait_for
from vso.client import Api, BASE, SignedIn, another_address
from vso.server import MONITOR, USERS, Vhost, config_check

PAIR, ADDRESS, USER, REFUSED, SIGN_INS = 5, 30, 100, 1000, 300
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BROWSER = "__Secure-vsocert-browser"
FAILURES = "AH01617|AH01618|AH01807|AH01808"
PROXIED = """
LoadModule remoteip_module ${VSO_MODULES}/mod_remoteip.so
RemoteIPHeader X-Forwarded-For
RemoteIPInternalProxy 127.0.0.0/8
"""
# What somebody typed in the place of the user.
SECRET = "canary-typed-as-user"


@pytest.fixture
def guarded(make_server):
    server = make_server()
    server.expect_log(FAILURES, True)
    return server


def basic(server, user="vmware", password="wrong", address=None,
          path="/status"):
    return Api(server.port, user, password,
               address=address or another_address()).get(path)


def form(server, user="vmware", password="wrong", address=None, headers=None):
    api = Api(server.port, None, None, address=address or another_address())
    body = f"httpd_username={user}&httpd_password={password}".encode()
    return api.post("/vsocert/login", body=body,
                    headers={**FORM, **(headers or {})})


def seconds(reply):
    """To wait, of a refusal."""
    reply.refused(429, "slow-down")
    wait = int(reply.headers["Retry-After"])
    assert 1 <= wait <= 60
    assert f"{wait} second" in reply.json["detail"]
    return wait


def exhaust(server, way=basic, address=None, **more):
    """Guess until the next guess has to wait for so long that what a test does
    next comes before, also on a busy machine."""
    def waits():
        reply = way(server, address=address, **more)
        return reply.status == 429 and seconds(reply) >= 8
    wait_for(waits, "a long wait", 90)


@pytest.mark.parametrize("way", [basic, form])
def test_five_wrong_passwords_and_then_one_waits(guarded, way):
    address = another_address()
    for _ in range(PAIR):
        assert way(guarded, address=address).status == 401
    exhaust(guarded, way, address)
    for again in (basic, form):
        seconds(again(guarded, address=address))
        seconds(again(guarded, password=USERS["vmware"], address=address))
    # Neither others at this address, nor this user at another one.
    assert basic(guarded, "operator", USERS["operator"],
                 address).status == 200
    assert way(guarded, password=USERS["vmware"]).status in (200, 302)
    wait_for(lambda: basic(guarded, password=USERS["vmware"],
                           address=address).status == 200,
             "the right password to be taken", 60)


def test_guesses_at_once_are_counted_before_anybody_looks(guarded):
    address = another_address()
    paths = ["/status", "/certificate", "/vsocert/metrics", "form"] * 10

    def guess(number):
        password = f"wrong-{number}"
        if paths[number] == "form":
            return form(guarded, password=password, address=address).status
        return basic(guarded, password=password, address=address,
                     path=paths[number]).status
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(guess, range(len(paths))))
    assert found.count(401) == PAIR
    assert found.count(429) == len(paths) - PAIR


def test_the_same_right_password_at_once_is_no_guess(guarded):
    address = another_address()
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda _: basic(
            guarded, password=USERS["vmware"], address=address).status,
            range(20)))
    assert found == [200] * 20


def test_an_address_has_a_limit_for_all_users(guarded):
    address, mine = another_address(), another_address()
    assert basic(guarded, password=USERS["vmware"],
                 address=address).status == 200
    for number in range(ADDRESS):
        assert form(guarded, f"user{number}",
                    address=address).status == 401
    exhaust(guarded, address=address, user="another")
    seconds(form(guarded, "somebody", address=address))
    seconds(basic(guarded, "operator", USERS["operator"], address))
    # Who signed in from there lately does, and others elsewhere.
    assert form(guarded, password=USERS["vmware"],
                address=address).status == 302
    assert basic(guarded, "operator", USERS["operator"], mine).status == 200


def test_half_an_address_counts_in_version_6(make_server):
    """As the client's address is behind a proxy: a household has 2^64."""
    server = make_server(extra=PROXIED)
    server.expect_log(FAILURES)

    def guess(number, network):
        api = Api(server.port, f"user{number}", "wrong")
        return api.get("/status", headers={
            "X-Forwarded-For": f"2001:db8:{network}::{number:x}"}).status
    assert [guess(number, "1:2") for number in range(ADDRESS)] \
        == [401] * ADDRESS
    wait_for(lambda: guess(500, "1:2") == 429, "the limit", 60)
    assert guess(501, "1:3") == 401


def test_a_user_has_a_limit_for_all_addresses(guarded):
    """Guesses from many places keep out neither an address nor a browser that
    the user signed in from."""
    known = another_address()
    reply = form(guarded, password=USERS["vmware"], address=known)
    browser = {"Cookie": next(
        line.split(";")[0] for line in reply.headers.get_all("Set-Cookie")
        if line.startswith(BROWSER))}
    guarded.graceful()  # which forgets what is right, for a minute else
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: form(guarded).status, range(USER)))
    assert found == [401] * USER
    right = USERS["vmware"]
    exhaust(guarded)
    seconds(form(guarded, password=right))
    forged = {"Cookie": browser["Cookie"][:-1] + (
        "0" if browser["Cookie"][-1] != "0" else "1")}
    later = {"Cookie": re.sub("=[0-9]+-", "=9999999999-", browser["Cookie"])}
    for cookie in (forged, later, {"Cookie": f"{BROWSER}=x"}):
        seconds(form(guarded, password=right, headers=cookie))
    assert form(guarded, password=right, headers=browser).status == 302
    assert form(guarded, password=right, address=known).status == 302
    # It is that user's browser, and no key to guessing.
    address = another_address()
    for _ in range(PAIR):
        assert form(guarded, address=address, headers=browser).status == 401
    exhaust(guarded, form, address, headers=browser)
    seconds(form(guarded, password=right, address=address, headers=browser))
    assert form(guarded, "operator", USERS["operator"]).status == 302


def test_what_is_remembered_helps_nobody_to_guess(guarded):
    """Neither elsewhere, nor without end where it is remembered."""
    right, address = USERS["vmware"], another_address()
    assert basic(guarded, password=right, address=address).status == 200
    elsewhere = another_address()
    exhaust(guarded, address=elsewhere)
    seconds(basic(guarded, password=right, address=elsewhere))
    exhaust(guarded, address=address)
    assert basic(guarded, password=right, address=address).status == 200
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(
            lambda _: basic(guarded, address=address).status,
            range(REFUSED + 20)))
    assert found.count(429) > REFUSED

    # Nor does the time that it has to wait tell which password it is.
    def as_long_as_any_other():
        waits = [seconds(basic(guarded, password=one, address=address))
                 for one in ("wrong", right, "wrong")]
        return waits[0] >= waits[1] >= waits[2]
    exhaust(guarded, address=address)
    assert as_long_as_any_other()
    # Whoever knows it gets in, however often they ask.
    wait_for(lambda: basic(guarded, password=right,
                           address=address).status == 200,
             "the right password to be taken", 90)


def test_a_name_has_one_count_however_it_is_spelt(guarded):
    """To a directory they are the same user."""
    address = another_address()
    names = ["nobody", "Nobody", "NOBODY", "nobodY", " nobody ", "no body"]
    for name in names[:PAIR]:
        assert basic(guarded, name, address=address).status == 401
    seconds(basic(guarded, names[PAIR], address=address))


def test_who_knows_the_password_cannot_fill_the_audit_trail(guarded):
    address, right = another_address(), USERS["vmware"]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: form(
            guarded, password=right, address=address).status,
            range(SIGN_INS + 10)))
    assert found.count(302) == SIGN_INS
    assert "too often" in form(guarded, password=right).refused(
        429, "slow-down")["detail"]
    assert form(guarded, "operator", USERS["operator"]).status == 302
    assert basic(guarded, password=right, address=address).status == 200


def test_refusals_count_where_httpd_can_only_say_no(make_server):
    """Without VSOCertUsers it is the provider that refuses."""
    server = make_server(extra="""
<Location "/elsewhere">
    AuthType Basic
    AuthName "elsewhere"
    AuthBasicProvider vsocert
    AuthUserFile "${VSO_USERS}"
    Require valid-user
</Location>
""")
    server.expect_log(FAILURES)
    address = another_address()
    assert [basic(server, address=address, path="/vsocert/../elsewhere").status
            for _ in range(PAIR + 1)] == [401] * (PAIR + 1)
    assert 'vsocert_sign_ins_total{result="refused"} 1' in \
        server.monitor().get("/vsocert/metrics").text


def test_counts_survive_a_graceful_restart(guarded):
    address = another_address()
    exhaust(guarded, address=address)
    guarded.graceful()
    seconds(basic(guarded, address=address))


def test_sessions_and_remembered_credentials_are_never_limited(guarded):
    session = SignedIn(guarded)
    guarded.api().get("/status").ok()
    exhaust(guarded, address="127.0.0.1")
    assert session.status() == 200
    guarded.api().get("/status").ok()


def fastest(call, count=7):
    """Seconds of processor and waiting: the least of some."""
    times = []
    for _ in range(count):
        began = time.monotonic()
        call()
        times.append(time.monotonic() - began)
    return min(times)


def test_a_user_who_is_not_there_takes_as_long(guarded):
    """A derivation of 0.2 s or more, and nothing where there was none."""
    subprocess.run(["htpasswd", "-i", "-B", "-C", "12",
                    guarded.folder / "users", "slow"], input=b"canary-slow",
                   check=True, capture_output=True)
    names = iter(range(100))
    known = fastest(lambda: basic(guarded, "slow"))
    unknown = fastest(lambda: basic(guarded, f"nobody{next(names)}"))
    assert 0.5 * known < unknown < 2 * known


def rows(server, action):
    return [row for row in server.api().get("/audit", limit=500).ok()["items"]
            if row["action"] == action]


def test_the_auditor_sees_who_signs_in_and_out(guarded):
    session = SignedIn(guarded)
    session.api.get("/vsocert/logout", headers={"Cookie": session.cookie})
    for action in ("sign-in", "sign-out"):
        row, = rows(guarded, action)
        assert (row["actor"], row["address"], row["outcome"]) \
            == ("vmware", "127.0.0.1", "ok")
    assert guarded.api().get("/audit/verify").ok()["intact"]
    generation = guarded.api().generation()
    SignedIn(guarded)
    assert guarded.api().generation() == generation


def failures(server):
    return [row for row in rows(server, "sign-in") if row["outcome"] != "ok"]


def test_the_auditor_sees_failures_as_numbers(guarded):
    """One row a minute, with users that exist: what was typed in place of a
    user may be a password."""
    address = another_address()
    basic(guarded, "operator", address=address)
    wait_for(lambda: failures(guarded), "the first row")
    row, = failures(guarded)
    assert row["outcome"] == "not-signed-in"
    assert f"user operator: 1, the last from {address}" in row["detail"]
    for number in range(PAIR + 1):
        basic(guarded, password=f"wrong-{number}", address=address)
    basic(guarded, SECRET)
    wait_for(lambda: len(failures(guarded)) == 2, "the second row", 120)
    detail = failures(guarded)[0]["detail"]
    told = re.search(r"(\d+) wrong passwords, 1 unknown users, (\d+) refused.*; "
                     r"user vmware: (\d+), the last from " + address, detail)
    assert told and told[1] == told[3], detail
    assert int(told[1]) + int(told[2]) == PAIR + 1
    with guarded.sql() as database:
        told = repr(database.execute("SELECT * FROM vmo_audit").fetchall())
    assert SECRET not in told and "wrong-" not in told


def test_metrics_count_them(guarded):
    def counted():
        text = guarded.monitor().get("/vsocert/metrics").text
        return {name: int(number) for name, number in re.findall(
            r'vsocert_sign_ins_total{result="(\w+)"} (\d+)', text)}
    before, address = counted(), another_address()
    found = [basic(guarded, address=address).status for _ in range(PAIR + 1)]
    form(guarded, password=USERS["vmware"])
    after = counted()
    assert {name: after[name] - before[name] for name in after} \
        == {"right": 2, "wrong": found.count(401),
            "refused": found.count(429)}


def test_guesses_go_on_while_others_work(guarded):
    """Thirty-two guessers, from as many addresses, and one who was there
    before."""
    guarded.api().get("/status").ok()
    done = threading.Event()
    found = set()

    def guess(_):
        address = another_address()
        while not done.is_set():
            found.add(basic(guarded, address=address).status)
    with ThreadPoolExecutor(32) as pool:
        guessers = [pool.submit(guess, number) for number in range(32)]
        try:
            wait_for(lambda: 429 in found, "guesses to be refused", 60)
            for _ in range(10):
                guarded.api().get("/status").ok()
        finally:
            done.set()
        for guesser in guessers:
            guesser.result()
    assert found == {401, 429}


def test_a_provider_that_is_not_there_is_named(make_server):
    server = make_server(start=False, extra="""
<Location "/elsewhere">
    VSOCertUsers nowhere
</Location>
""")
    server.write_conf()
    assert 'there is no provider "nowhere"' in config_check(server).stderr


def test_what_is_right_in_one_place_is_not_in_another(make_server):
    """Lists of users are told apart by VSOCertUsers."""
    server = make_server(start=False, extra=f"""
<Location "{BASE}/audit">
    AuthUserFile "${{VSO_RUN_DIR}}/others"
    VSOCertUsers file
</Location>
""")
    others = server.folder / "others"
    subprocess.run(["htpasswd", "-c", "-i", "-B", "-C", "4", others, "vmware"],
                   input=b"canary-other", check=True, capture_output=True)
    others.chmod(0o644)
    server.start()
    server.expect_log(FAILURES)
    server.api().get("/status").ok()
    assert server.api().get("/audit").status == 401
    assert basic(server, password="canary-other", path="/audit").status == 200
    assert basic(server, password="canary-other").status == 401


def test_a_way_past_the_provider_is_told_of(make_server):
    """As in a configuration of before."""
    server = make_server(extra="""
<Location "/before">
    SetHandler vsocert-api
    AuthType Basic
    AuthName "vsocert"
    AuthBasicProvider file
    AuthUserFile "${VSO_USERS}"
    Require valid-user
</Location>
""")
    server.expect_log("passwords for /before can be guessed.*"
                      "AuthBasicProvider vsocert")
    assert basic(server, password=USERS["vmware"],
                 path="/vsocert/../before").status == 404


def make_users(server, name, **users):
    """A file of users beside the server's own."""
    path = server.folder / name
    path.touch(0o644)
    for user, password in users.items():
        subprocess.run(["htpasswd", "-i", "-B", "-C", "4", path, user],
                       input=password.encode(), check=True,
                       capture_output=True)


def test_virtual_hosts_may_have_users_of_their_own(make_server):
    """VSOCertUsers is inherited."""
    server = make_server(start=False, vhosts=[Vhost("other.test", extra="""
<Location "/vsocert/api">
    AuthUserFile "${VSO_RUN_DIR}/others"
</Location>
""")])
    make_users(server, "others", vmware="canary-other")
    server.start()
    server.expect_log(FAILURES)

    def both(password):
        address = another_address()
        return [Api(server.port, "vmware", password, name=name,
                    address=address).get("/status").status
                for name in (None, "other.test", None)]
    assert both(USERS["vmware"]) == [200, 401, 200]
    assert both("canary-other") == [401, 200, 401]


def test_a_redirection_within_httpd_leads_to_nobody_elses_list(make_server):
    server = make_server(start=False, extra="""
<Location "/crossing">
    AuthType Basic
    AuthName "crossing"
    AuthBasicProvider vsocert
    VSOCertUsers file
    AuthUserFile "${VSO_RUN_DIR}/others"
    Require valid-user
    ErrorDocument 404 /vsocert/metrics
</Location>
""")
    make_users(server, "others", **{MONITOR: "canary-other"})
    server.start()
    server.expect_log(FAILURES)
    reply = basic(server, MONITOR, "canary-other", path="/vsocert/../crossing")
    assert "vsocert_sign_ins_total" not in reply.text
    assert (reply.status, reply.text.count("vsocert_")) == (404, 0)
