# SPDX-License-Identifier: Apache-2.0
"""What mod_ssl serves, and when it changes."""

import base64
import concurrent.futures
import os
import pathlib
import platform
import re
import signal
import subprocess
import threading

import pytest

from vso import held, wait_for
from vso.absent import absent
from vso.client import SignedIn
from vso.files import self_signed
from vso.server import (
    config_check, descriptors, HAS_UNSOUND_OPENSSL, MODULE, MODULES, Server, Vhost)
from vso.source import ROOT
from vso.wire import fingerprint_of

MPMS = ["event", "worker", "prefork"]

# Four children from the start; no more are forked when one is at work.
CHILDREN = {
    "prefork": "StartServers 4",
    "threads": "StartServers 4\nThreadsPerChild 8\nMinSpareThreads 8\n"
               "MaxSpareThreads 64\nMaxRequestWorkers 64"}

SIGALGS = {"RSA": "RSA-PSS+SHA256:RSA+SHA256", "EC": "ECDSA+SHA256"}


def replace(server, key="rsa-2048"):
    """Another certificate for the entry `server`, in the place of the one with
    the same kind of key; its fingerprint."""
    return server.api().create(key=key, beside=True)["fingerprint"]


def served(server, key, tls, sni=None):
    """Fingerprint in a full handshake of a protocol and key type."""
    found = server.s_client(sni, "-sigalgs", SIGALGS[key], tls)
    assert found.protocol == {"-tls1_2": "TLSv1.2", "-tls1_3": "TLSv1.3"}[tls]
    return found.fingerprint


def test_bootstrap_until_there_is_a_certificate(make_server):
    server = make_server()
    shown = server.served()
    assert shown in server.log.text()
    status = server.api().get("/status").ok()
    assert [(s["bootstrap"], s["fingerprint"]) for s in status["served"]] == [
        (True, shown)]

    made = server.api().create()["fingerprint"]
    assert made != shown
    assert server.served() == made


@pytest.mark.parametrize("mpm", MPMS)
def test_no_handshake_after_the_reply_gets_the_old_one(make_server, mpm):
    """Several children; after each change many connections at once, all of
    which start after the reply."""
    server = make_server(mpm=mpm, extra=CHILDREN.get(mpm, CHILDREN["threads"]))
    wait_for(lambda: len(server.pids()) > 4, "four children")
    active = {"RSA": replace(server), "EC": replace(server, "ec-p256")}
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        for change in ("RSA", "EC") * 3:
            active[change] = replace(
                server, {"RSA": "rsa-2048", "EC": "ec-p256"}[change])
            for key in active:
                shown = pool.map(lambda _, k=key: server.served(key=k),
                                 range(24))
                assert set(shown) == {active[key]}
            for key in active:
                assert served(server, key, "-tls1_3") == active[key]


def test_handshakes_go_on_while_certificates_change(make_server):
    """What is served at any moment was active at that time."""
    server = make_server()
    known = {replace(server, "ec-p256")}
    seen = set()
    stop = threading.Event()

    def look():
        while not stop.is_set():
            seen.add(server.served())

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        lookers = [pool.submit(look) for _ in range(2)]
        try:
            for _ in range(6):
                known.add(replace(server, "ec-p256"))
        finally:
            stop.set()
        for looker in lookers:
            looker.result()
    assert seen <= known


def test_open_connections_are_not_disturbed(make_server):
    server = make_server()
    replace(server)
    client = subprocess.Popen(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}",
         "-quiet"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL)
    try:
        ask = b"GET /vsocert/problem/401.json HTTP/1.1\r\nHost: localhost\r\n"
        client.stdin.write(ask + b"\r\n")
        client.stdin.flush()
        assert b"200 OK" in client.stdout.readline()
        replace(server)
        client.stdin.write(ask + b"Connection: close\r\n\r\n")
        client.stdin.flush()
        assert client.stdout.read().count(b"200 OK") == 1
    finally:
        client.kill()
        client.communicate()


def test_each_virtual_host_serves_its_own(make_server, base_folder):
    key, cert = self_signed("file.test", "rsa")
    paths = []
    for name, pem in (("file.key", key), ("file.pem", cert)):
        paths.append(base_folder / name)
        paths[-1].write_text(pem)
    of_file = fingerprint_of(cert)
    server = make_server(vhosts=[
        Vhost("other.test", alias="other"),
        Vhost("file.test", engine=False, key=paths[0], cert=paths[1])])

    bootstrap = server.served("other.test")
    first = replace(server)
    assert server.served("other.test") == bootstrap
    other = {kind: server.api("other").create(key=key, beside=True)
             ["fingerprint"]
             for kind, key in (("RSA", "rsa-2048"), ("EC", "ec-p256"))}
    for _ in range(2):
        for tls in ("-tls1_2", "-tls1_3"):
            assert served(server, "RSA", tls) == first
            assert served(server, "RSA", tls, "localhost") == first
            assert served(server, "RSA", tls, "file.test") == of_file
            for kind, fingerprint in other.items():
                assert served(server, kind, tls, "other.test") == fingerprint
        first = replace(server)


def resident_kib(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0])


def test_graceful_restarts_leak_nothing_and_keep_serving(make_server):
    server = make_server()
    made = replace(server)
    server.graceful(over=True)
    before = len(descriptors(server.pid))
    memory = resident_kib(server.pid)
    for _ in range(5):
        server.graceful(over=True)
        assert server.served() == made
    assert len(descriptors(server.pid)) == before
    for pid in server.pids():
        assert [d for d in descriptors(pid) if "memfd" in d] == [
            f"{held.FILE} (deleted)"]
    # Another mapping of the replica would be more.
    assert resident_kib(server.pid) - memory < 2048
    assert replace(server) == server.served()


@pytest.mark.sqlite("a file is moved away")
def test_the_replica_serves_a_start_without_database(make_server):
    server = make_server()
    active = {"RSA": replace(server), "EC": replace(server, "ec-p256")}
    server.stop()
    server.expect_log(r"\[dbd:error\]")
    server.expect_log("database-unavailable", optional=True)
    server.expect_log("the database does not answer")
    with absent(server):
        server.start()
        server.wait_log("the database does not answer")
        for _ in range(2):
            for key, fingerprint in active.items():
                assert server.served(key=key) == fingerprint
            server.graceful(over=True)
        reply = server.api().get("/certificate")
        reply.refused(503, "database-unavailable")
        assert reply.headers["Retry-After"]
        status = server.api().get("/status").ok()
        assert status["database"]["available"] is False
        assert status["database"]["since"]
    server.wait_log("the database answers again")
    assert server.log.text().count("the database does not answer") == 1
    wait_for(lambda: server.api().get("/certificate").status == 200,
             "the database")
    assert replace(server) == server.served(key="RSA")


@pytest.mark.sqlite("a file is moved away")
def test_a_database_that_is_moved_under_a_running_node(make_server):
    """Nothing is written to a file that nobody will read again."""
    server = make_server()
    made = replace(server)
    gone = "database file was replaced or removed"
    server.expect_log(f"the database does not answer: .*{gone}")
    server.expect_log(r"\(database-unavailable\)")
    moved = server.db_path.with_name("moved.db")
    signed_in = SignedIn(server)
    for there in (False, True):
        server.db_path.rename(moved)
        if there:
            server.db_path.write_bytes(moved.read_bytes())
        for _ in range(8):      # whichever child, with a connection or without
            reply = server.api().post("/certificate", {
                "subject": {"commonName": "x"}, "replace": True})
            assert gone in reply.refused(503, "database-unavailable")["detail"]
            assert server.served() == made
            assert signed_in.status() == 503
        wait_for(lambda n=there + 1: n == len(re.findall(
            f"does not answer: .*{gone}", server.log.text())), "the log")
        assert server.db_path.exists() == there
        moved.rename(server.db_path)
        made = wait_for(lambda: server.api().get("/certificate").status == 200
                        and replace(server), "the database")
        assert server.served() == made
        wait_for(lambda n=there + 1: n == server.log.text().count(
            "the database answers again"), "the log")
        for _ in range(8):
            assert signed_in.status() == 200


@pytest.mark.parametrize("mpm", MPMS)
def test_the_first_handshake_of_a_start_without_cache(make_server, mpm):
    """No connection is accepted before the database was asked."""
    server = make_server(mpm=mpm, cache=False, extra=CHILDREN.get(
        mpm, CHILDREN["threads"]))
    made = replace(server, "ec-p256")
    for _ in range(3):
        server.stop()
        server.start(wait=False)

        def first():
            try:
                return server.served()
            except OSError:
                return None

        assert wait_for(first, "httpd to answer") == made
        for _ in range(12):
            assert server.served() == made


def test_nodes_of_a_fleet_serve_the_same(make_server):
    """Two nodes with one database and one master key: a change on either is
    on the wire of the other within the poll interval."""
    one = make_server()
    two = make_server(keys=one.keys, db=one.database)
    replace(one)
    replace(one, "ec-p256")
    wait_for(lambda: two.api().get("/status").ok()["generation"] == 2,
             "both key types on the other node")
    for node, other in ((one, two), (two, one)):
        for key, kind in (("rsa-2048", "RSA"), ("ec-p256", "EC")):
            made = replace(node, key)
            assert node.served(key=kind) == made
            wait_for(lambda: other.served(key=kind) == made, "the other node")
    assert one.api().get("/status").ok()["generation"] == \
        two.api().get("/status").ok()["generation"]


def key_program(folder, text):
    program = folder / "key-program"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return f'VSOCertMasterKey "exec:{program}"'


@pytest.mark.parametrize("form", ["hex", "base64", "exec"])
def test_forms_of_a_master_key(make_server, base_folder, form):
    raw = os.urandom(32)
    text = {"hex": raw.hex().upper().encode() + b"\n",
            "base64": base64.b64encode(raw) + b"\n", "exec": None}[form]
    server = make_server(keys=[raw])
    made = replace(server)
    server.stop()
    if text:
        server.keys = [text]
    else:
        # Beside a first key, so that an exec: opens what that one sealed.
        server.keys = [os.urandom(32)]
        server.extra = key_program(base_folder, f"echo {raw.hex()}")
    server.start()
    assert server.served() == made
    assert server.api().get("/status").ok()["sealed"] is False


@pytest.mark.parametrize("script,says", [
    ("exit 3", "cannot read the master key from exec:"),
    ("echo too short", "holds no master key"),
    ("head -c 1000 /dev/zero", "cannot read the master key from exec:")])
def test_a_key_program_that_fails(make_server, base_folder, script, says):
    server = make_server(keys=[os.urandom(32)], start=False)
    server.extra = key_program(base_folder, script)
    server.expect_log(says)
    server.start()
    assert server.api().get("/status").ok()["sealed"] is False


def connect(server, session, *options):
    """A session, kept in a file. With TLS 1.3 the ticket comes after the
    handshake, before the answer to a request."""
    run = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}",
         "-sess_out", session, "-ign_eof", *options],
        input=b"GET /vsocert/problem/401.json HTTP/1.0\r\n\r\n",
        capture_output=True, timeout=30, check=False)
    assert b"\nNew, TLSv1" in run.stdout
    assert session.exists()


def resumes(server, session, *options):
    found = server.s_client(None, "-sess_in", session, *options)
    reused = "\nReused, TLSv1" in found.output
    assert reused or "\nNew, TLSv1" in found.output, found.output
    return reused


@pytest.mark.parametrize("options", [["-tls1_2"], ["-tls1_2", "-no_ticket"],
                                     ["-tls1_3"]], ids=" ".join)
def test_sessions_resume_until_their_key_is_destroyed(make_server, options):
    server = make_server()
    session = server.folder / "session.pem"
    old = server.api().create(key="rsa-2048")
    connect(server, session, *options)
    assert resumes(server, session, *options)
    replace(server)
    assert resumes(server, session, *options)
    server.api().delete(f"/versions/{old['id']}").ok()
    assert not resumes(server, session, *options)

    connect(server, session, *options)
    assert resumes(server, session, *options)


def test_killed_children_are_replaced_and_serve(make_server):
    server = make_server()
    made = replace(server)
    children = set(server.pids()) - {server.pid}
    for child in children:
        os.kill(child, signal.SIGKILL)
    wait_for(lambda: set(server.pids()) - children - {server.pid},
             "new children")
    assert server.served() == made
    made = replace(server)
    for _ in range(8):
        assert server.served() == made


def test_a_killed_server_serves_the_same_again(make_server):
    server = make_server()
    made = {"RSA": replace(server), "EC": replace(server, "ec-p256")}
    server.kill()
    server.expect_log("AH00098: pid file", optional=True)
    server.start()
    for key, fingerprint in made.items():
        assert server.served(key=key) == fingerprint
    assert server.api().get("/audit/verify").ok()["intact"] is True


def test_config_check_touches_nothing(make_server):
    server = make_server(start=False)
    server.write_conf()
    for _ in range(2):
        done = config_check(server)
        assert (done.returncode, "Syntax OK" in done.stderr) == (0, True)
    assert not server.log.text()
    assert list(server.state.iterdir()) == []


MISTAKES = [
    ("VSOCertAlias a/b", "1 to 64 letters, digits"),
    ("VSOCertAlias " + "x" * 65, "1 to 64 letters"),
    ("VSOCertEngine maybe", "must be On or Off"),
    ("VSOCertMasterKey secret", "file:PATH"),
    ("VSOCertMasterKey exec:relative", "file:PATH"),
    ("VSOCertMasterKey file:a\nVSOCertMasterKey file:b", "set more than twice"),
    ("VSOCertPollInterval 1ms", "between 50ms and 1h"),
    ("VSOCertMaxBody 12k", "number of bytes"),
    ("VSOCertOpen 0", "1 to 1000000"),
    ("VSOCertOpen many", "1 to 1000000"),
    ("VSOCertByName maybe", "must be On or Off"),
    ("<VirtualHost *:1>\nVSOCertCache off\n</VirtualHost>",
     "cannot occur within <VirtualHost>"),
    ("<Location /x>\nVSOCertAllow write \"true\"\n</Location>",
     "read, manage, export or sign"),
    ("<Location /x>\nVSOCertAllow read \"%{\"\n</Location>",
     "cannot parse the expression"),
    ("<Location /x>\nVSOCertSignPackages cms\n</Location>",
     "on, cms-only or off"),
    ("<Location /x>\nVSOCertVerifyPackages cms-only\n</Location>",
     "must be On or Off"),
    ("VSOCertSignPackages on", "not allowed"),
    ("VSOCertPackageDigest sha512", "keep, md5 or sha256"),
]


@pytest.fixture(scope="module")
def stopped(server_folders):
    server = Server(next(server_folders))
    server.write_conf()
    return server


@pytest.mark.parametrize("text,says", MISTAKES,
                         ids=[text[:30] for text, _ in MISTAKES])
def test_mistakes_in_the_configuration_are_named(stopped, text, says):
    mistake = stopped.folder / "conf.d" / "zz-mistake.conf"
    mistake.write_text(text)
    done = config_check(stopped)
    mistake.unlink()
    assert done.returncode != 0
    assert says in done.stderr
    assert "line " in done.stderr and "zz-mistake.conf" in done.stderr


def test_hosts_of_one_entry_share_connections(make_server, tmp_path):
    """HTTP/2 clients ask for another host on a connection that they have; a
    browser does so where its certificate names both."""
    server = make_server(
        vhosts=[Vhost("a.test", "one"), Vhost("b.test", "one"),
                Vhost("c.test", "two")],
        extra=f"LoadModule http2_module {MODULES}/mod_http2.so\n"
              "Protocols h2 http/1.1")
    server.expect_log("AH02032: Hostname .* no compatible SSL setup")

    def status(connected, asked):
        done = subprocess.run(
            ["curl", "-sk", "--http2", "-o", "/dev/null",
             "-w", "%{http_version} %{http_code}",
             "--connect-to", f"{connected}:443:127.0.0.1:{server.port}",
             "-H", f"Host: {asked}", f"https://{connected}/vsocert/"],
            capture_output=True, text=True, check=True)
        version, code = done.stdout.split()
        assert version == "2"
        return int(code)

    def check():
        for connected, asked in (("a.test", "b.test"), ("b.test", "a.test")):
            assert status(connected, asked) == status(asked, asked) == 200
        for connected, asked in (("a.test", "c.test"), ("c.test", "b.test")):
            assert status(connected, asked) == 421

    check()
    pem = tmp_path / "bootstrap.pem"
    names = {}
    for host in ("a.test", "b.test", "c.test"):
        pem.write_text(server.s_client(host).pems[0])
        text = subprocess.run(
            ["openssl", "x509", "-in", pem, "-noout", "-ext",
             "subjectAltName"], capture_output=True, text=True, check=True)
        names[host] = set(re.findall(r"DNS:(\S+?)(?:,|$)", text.stdout, re.M))
    assert names["a.test"] == names["b.test"] == {"a.test", "b.test"}
    assert names["c.test"] == {"c.test"}
    server.api("one").create()
    check()
    # No key is open any more.
    assert not [link for pid in server.pids() for link in descriptors(pid)
                if "vsocert-bootstrap" in link]


def test_the_module_exports_its_record_only():
    done = subprocess.run(["nm", "-D", "--defined-only", MODULE],
                          capture_output=True, text=True, check=True)
    assert [line.split()[-1] for line in done.stdout.splitlines()] == [
        "vsocert_module"]


def test_an_unsound_openssl_is_named_at_the_start(make_server, tmp_path):
    """As one that says it is 3.0.19, and as what runs here."""
    source = tmp_path / "older.c"
    source.write_text("unsigned int OPENSSL_version_patch(void);\n"
                      "unsigned int OPENSSL_version_patch(void)"
                      " { return 19; }\n")
    library = tmp_path / "older.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source],
                   check=True)
    older = make_server(start=False, env={"LD_PRELOAD": str(library)})
    older.expect_log(r"OpenSSL 3\.0\.19 is older than 3\.0\.22.*upgrade libssl3")
    older.start()
    assert ("is older than" in make_server().log.text()) == HAS_UNSOUND_OPENSSL


def symbols(path):
    return subprocess.run(["nm", "-D", "--undefined-only", path], check=True,
                          capture_output=True, text=True).stdout


def test_the_module_is_hardened():
    """Checked copies in the module, and landing pads in each object: what
    links it leaves the note out where Debian's crti.o has none."""
    assert re.search(r" __memcpy_chk\b", symbols(MODULE))
    assert re.search(r" __stack_chk_fail\b", symbols(MODULE))
    # .libs is of an earlier Makefile
    objects = [path for folder in ("core", "glue")
               for path in (MODULE.parents[1] / folder).glob("**/*.o")
               if ".libs" not in path.parts]
    assert len(objects) > 100
    notes = subprocess.run(["readelf", "-n", *objects], check=True,
                           capture_output=True, text=True).stdout
    marked = len(re.findall(r"x86 feature: .*IBT.*SHSTK", notes))
    assert marked == (len(objects) if platform.machine() == "x86_64" else 0)
