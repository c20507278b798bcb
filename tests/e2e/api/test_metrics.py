# SPDX-License-Identifier: Apache-2.0
"""Prometheus text, its authorization, and mod_status."""

import re
import subprocess

import pytest

from vso import packages, source, wait_for
from vso.server import MONITOR, MONITOR_PASSWORD, Vhost
from vso.wire import s_client

PATH = "/vsocert/metrics"
SERVER = {
    "extra": """
        LoadModule status_module ${VSO_MODULES}/mod_status.so
        <Location "/server-status">
            SetHandler server-status
            Require all granted
        </Location>
        """,
    "vhosts": [
        Vhost("forgotten.test", "e0", extra=f"""
            <Location "{PATH}">
                Require all granted
            </Location>"""),
        Vhost("trusted.test", "e0", extra=f"""
            <Location "{PATH}">
                Require all granted
                VSOCertAllow read "-R '127.0.0.1'"
            </Location>"""),
        Vhost("elsewhere.test", "e0", extra=f"""
            <Location "{PATH}">
                Require all granted
                VSOCertAllow read "-R '192.0.2.1'"
            </Location>"""),
        Vhost("operators.test", "e0", extra=f"""
            <Location "{PATH}">
                AuthUserFile "${{VSO_USERS}}"
                VSOCertAllow read "%{{REMOTE_USER}} == 'operator'"
            </Location>"""),
    ],
}
SAMPLE = re.compile(r'^([a-z_]+)(?:\{([^}]*)\})? (-?[0-9.]+)$')


def parse(text):
    """{(name, labels as text): number}; the format is checked on the way."""
    found = {}
    typed = {}
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# "):
            _, what, name, rest = line.split(" ", 3)
            assert what in ("HELP", "TYPE") and rest
            if what == "TYPE":
                assert name not in typed, f"{name} stands twice"
                typed[name] = rest
            continue
        name, labels, value = SAMPLE.match(line).groups()
        assert name in typed
        assert name.endswith("_total") == (typed[name] == "counter")
        assert (name, labels) not in found
        found[name, labels] = float(value)
    return found


def metrics(server):
    reply = server.monitor().get(PATH)
    assert reply.status == 200
    assert reply.headers["Content-Type"] == \
        "text/plain; version=0.0.4; charset=utf-8"
    assert reply.headers["Cache-Control"] == "no-store"
    return parse(reply.text)


def of_version(found, name, number):
    value, = [v for (n, labels), v in found.items() if n == name
              and f'version="{number}"' in (labels or "")]
    return value


def test_what_is_served(server, api, entry):
    made = api.create(days=90)
    found = metrics(server)
    labels = f'entry="{entry}",key="ec-p256",version="{made["id"]}"'
    date = subprocess.run(["date", "+%s", "-d", made["notAfter"]], check=True,
                          capture_output=True, text=True)
    assert found["vsocert_certificate_not_after_seconds", labels] == \
        int(date.stdout)
    assert 88.9 < found["vsocert_certificate_days_left", labels] <= 90
    assert found["vsocert_generation_served", None] == made["generation"]
    assert found["vsocert_generation_database", None] == made["generation"]
    assert found["vsocert_database_up", None] == 1
    assert found["vsocert_sealed", None] == 0
    assert found["vsocert_restored", None] == 0
    assert found["vsocert_quarantined_versions", None] == 0
    now = int(subprocess.run(["date", "+%s"], capture_output=True, text=True,
                             check=True).stdout)
    assert now - 5 <= found["vsocert_last_poll_timestamp_seconds", None] <= now
    wait_for(lambda: metrics(server).get(("vsocert_nodes_serving", None)) == 1,
             "the node's row")
    assert metrics(server)["vsocert_nodes_live", None] == 1


def test_handshakes_by_version(server, api, host):
    ec = api.create(host, key="ec-p256")
    rsa = api.create(host, key="rsa-2048", beside=True)
    for _ in range(3):
        server.served(host, key="EC")
    for _ in range(2):
        server.served(host, key="RSA")
    assert s_client(server.port, host, "-tls1_3", "-sigalgs",
                    "ECDSA+SHA256").fingerprint == ec["fingerprint"]
    found = wait_for(
        lambda: [m for m in [metrics(server)] if of_version(
            m, "vsocert_handshakes_total", ec["id"]) >= 4], "the count")[0]
    assert of_version(found, "vsocert_handshakes_total", ec["id"]) == 4
    assert of_version(found, "vsocert_handshakes_total", rsa["id"]) == 2
    # What asks for the metrics is given the bootstrap certificate.
    assert of_version(found, "vsocert_handshakes_total", "none") >= 1


def test_resumed_sessions_are_apart(server, api, host, tmp_path):
    made = api.create(host)
    before = metrics(server)["vsocert_handshakes_resumed_total", None]
    session = str(tmp_path / "session")
    for option in ("-sess_out", "-sess_in"):
        s_client(server.port, host, "-tls1_2", option, session)
    found = wait_for(
        lambda: [m for m in [metrics(server)] if
                 m["vsocert_handshakes_resumed_total", None] == before + 1],
        "the count")[0]
    assert of_version(found, "vsocert_handshakes_total", made["id"]) == 1


def test_problems_imports_and_exports(server, api):
    def count(name, labels=None):
        return metrics(server)[name, labels]

    slugs = {labels[6:-1] for name, labels in metrics(server)
             if name == "vsocert_problems_total"}
    assert slugs == source.problems().keys()
    before = metrics(server)
    api.create()
    api.post("/certificate", {"subject": {"commonName": "x"}}).refused(
        409, "certificate-exists")
    api.post("/keystore/export", {"password": "a long password"})
    api.post("/keystore/import", {"keystore": "AAAA", "password": "x",
                                  "replace": True}).refused(
                                      422, "unsupported-format")
    after = metrics(server)
    changed = {key: after[key] - before[key] for key in before
               if key[0].startswith(("vsocert_problems", "vsocert_keystore"))
               and after[key] != before[key]}
    assert changed == {
        ("vsocert_problems_total", 'slug="certificate-exists"'): 1,
        ("vsocert_problems_total", 'slug="unsupported-format"'): 1,
        ("vsocert_keystore_exports_total", None): 1}


def test_packages_are_counted(server, api, entry):
    def counted():
        found = metrics(server)
        return [found[f"vsocert_package_{what}_total", None]
                for what in ("imports", "exports")]

    vro = packages.Signer("vro.example.org")
    data = packages.write(f"org.example.{entry}", [packages.script("a")], vro)
    imports, exports = counted()
    report = api.post("/packages/imports", body=data, headers={
        "Content-Type": "application/zip"}).ok(201)
    where = f"/packages/imports/{report['id']}/confirm"
    api.post(where, {"elements": "all", "sha256": report["sha256"]}
             ).refused(409, "untrusted-signer")
    assert counted() == [imports, exports]
    api.post(where, {"elements": "all", "sha256": report["sha256"],
                     "trust": "once"}).ok()
    api.create(key="rsa-2048")
    for _ in range(2):
        assert api.post(f"/packages/org.example.{entry}/export",
                        {}).status == 200
    api.post("/packages/none/export", {}).refused(404, "not-found")
    assert counted() == [imports + 1, exports + 2]


def test_who_may_read(server):
    server.expect_log("AH01617: user prometheus: authentication failure")
    assert server.api(user=None).get(PATH).status == 401
    assert server.api(user=MONITOR, password="wrong").get(PATH).status == 401
    assert server.monitor().call("POST", PATH).status == 405
    # Let in by mistake: nobody is answered who has not signed in.
    for name in ("forgotten.test", "elsewhere.test"):
        server.api(user=None, name=name).get(PATH).refused(403, "forbidden")
    assert parse(server.api(user=None, name="trusted.test").get(PATH).text)
    assert server.api(user="operator",
                      name="operators.test").get(PATH).status == 200
    server.api(user="auditor", name="operators.test").get(PATH).refused(
        403, "forbidden")


def test_who_reads_the_metrics_does_nothing_else(server, api):
    """It is no user of the API: the shipped configuration gave it the key."""
    server.expect_log("AH01618: user prometheus not found")
    server.expect_log("AH01808: user 'prometheus' not found")
    server.expect_log("AH01618: user vmware not found")
    api.create()
    assert server.monitor().post("/keystore/export", {
        "password": "a long password"}).status == 401
    for method, path, *_ in source.routes():
        reply = server.monitor().call(method, source.example(path))
        assert reply.status == 401, (method, path)
    reply = server.api(user=None).post(
        "/vsocert/login",
        body=f"httpd_username={MONITOR}&httpd_password={MONITOR_PASSWORD}"
        .encode(), headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert reply.status == 401 and not reply.headers["Set-Cookie"]
    # And the other way round: each file has its own.
    assert server.api().get(PATH).status == 401


def test_without_the_users_of_the_metrics(make_server):
    """httpd starts, and everything else is as ever."""
    server = make_server(start=False)
    # what secrets.sh finds, and httpd does not
    server.extra = f'''<Location "{PATH}">
        AuthUserFile "{server.folder}/none"
    </Location>'''
    server.start()
    server.api().create()
    server.expect_log("AH01620: Could not open password file")
    assert server.monitor().get(PATH).status == 500
    server.api().get("/status").ok()


@pytest.mark.sqlite("loses a table")
def test_it_answers_without_the_database(make_server):
    server = make_server(extra="VSOCertCache off")
    made = server.api("server").create()
    wait_for(lambda: ("vsocert_nodes", None) in metrics(server), "a poll")
    server.expect_log("the database does not answer")
    with server.sql() as db:
        db.execute("ALTER TABLE vmo_keystore_state RENAME TO away")
    try:
        wait_for(lambda: not metrics(server)["vsocert_database_up", None],
                 "the poller to notice")
        found = metrics(server)
        assert ("vsocert_nodes", None) not in found
        assert ("vsocert_sealed", None) not in found
        assert of_version(found, "vsocert_certificate_days_left", made["id"])
    finally:
        with server.sql() as db:
            db.execute("DROP TABLE IF EXISTS vmo_keystore_state")
            db.execute("ALTER TABLE away RENAME TO vmo_keystore_state")


def test_counts_outlive_a_graceful_restart(make_server):
    server = make_server()
    made = server.api("server").create()
    server.served()
    before = of_version(metrics(server), "vsocert_handshakes_total",
                        made["id"])
    server.graceful()
    assert of_version(metrics(server), "vsocert_handshakes_total",
                      made["id"]) > before


def test_mod_status(server, api):
    made = api.create()
    text = api.get("/vsocert/../server-status?auto").text
    lines = dict(line.split(": ", 1) for line in text.splitlines()
                 if line.startswith("VSOCert"))
    assert lines["VSOCertGeneration"] == str(made["generation"])
    assert lines["VSOCertDatabaseGeneration"] == str(made["generation"])
    assert lines["VSOCertDatabase"] == "up"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
                        lines["VSOCertLastPoll"])
    page = api.get("/vsocert/../server-status").text
    assert "<html" in page and "VSOCert" not in page
