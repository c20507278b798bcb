# SPDX-License-Identifier: Apache-2.0
"""`make run`: the first run, the next one, and what it says when it cannot."""

import http.client
import os
import pathlib
import pwd
import re
import signal
import socket
import sqlite3
import stat
import subprocess

import pytest

from vso import wait_for, wire
from vso.client import Api
from vso.ports import free_port
from vso.runner import Run
from vso.server import AS_ROOT, is_complaint, processes_of
from vso.source import ROOT

needs_root = pytest.mark.skipif(not AS_ROOT, reason="needs root")


@pytest.fixture
def make_run(base_folder):
    made = []

    def make(**options):
        made.append(Run(**options))
        return made[-1]

    yield make
    for run in made:
        log = run.log()
        run.remove()
        assert not processes_of(run.base), "left processes behind"
        found = [line for line in log.splitlines() if is_complaint(line)]
        assert not found, "\n".join(found)


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def colons(fingerprint):
    return ":".join(fingerprint[i:i + 2] for i in range(0, 64, 2)).upper()


def check_monitor(run):
    """The user for Prometheus, who reads numbers and nothing else."""
    password = (run.folder / "metrics-password").read_text().strip()
    assert len(password) >= 20 and password != run.printed("password")
    monitor = Api(run.port, "prometheus", password)
    assert "vsocert_build_info" in monitor.get("/vsocert/metrics").text
    assert "prometheus" not in (run.folder / "state/users").read_text()


def check_first_and_second_run(run):
    run.start()
    assert run.printed("user") == "vmware"
    assert run.printed("address").endswith(f":{run.port}/vsocert/")
    assert run.printed("SHA-256") == colons(run.served())
    assert run.served() in run.log()
    password = run.printed("password")
    assert len(password) >= 20
    assert (run.folder / "admin-password").read_text().strip() == password
    check_monitor(run)
    made = run.api().create()["fingerprint"]
    assert run.served() == made
    assert run.stop() == 0
    assert not processes_of(run.base)

    run.start()
    assert run.printed("password") == password
    assert run.printed("SHA-256") == colons(made)
    assert run.api().certificate()["certificate"]["fingerprint"] == made
    assert run.stop(signal.SIGTERM) == 0


def check_rights(run):
    assert mode(run.folder) == 0o700
    for name in ("master.key", "admin-password", "metrics-password"):
        assert mode(run.folder / name) == 0o600
    assert len((run.folder / "master.key").read_bytes()) == 32
    folder = run.folder / "state/db"
    assert mode(folder) == 0o700
    for file in folder.iterdir():
        assert mode(file) == 0o600
    database = sqlite3.connect(folder / "keystore.db")
    assert database.execute("SELECT COUNT(*) FROM vmo_keystore").fetchone()[0]
    database.close()


def test_first_and_second_run(make_run):
    run = make_run()
    check_first_and_second_run(run)
    check_rights(run)


@needs_root
def test_as_an_ordinary_user(make_run):
    run = make_run(user="nobody")
    check_first_and_second_run(run)
    check_rights(run)
    assert run.folder.stat().st_uid == pwd.getpwnam("nobody").pw_uid


def uids(folder):
    found = {}
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if str(folder) in (path / "cmdline").read_text() \
                    and (path / "comm").read_text().strip() == "apache2":
                found[int(path.name)] = path.stat().st_uid
        except OSError:
            pass
    return found


@needs_root
def test_as_root_children_are_www_data(make_run):
    run = make_run().start()
    parent = int((run.folder / "httpd.pid").read_text())
    owners = uids(run.folder)
    assert owners.pop(parent) == 0
    www_data = pwd.getpwnam("www-data").pw_uid
    assert owners and set(owners.values()) == {www_data}
    # A child that is taken over must not reach what root reads at the start.
    for path in (run.folder, run.folder / "master.key",
                 run.folder / "state/users"):
        assert path.stat().st_uid == 0
    assert (run.folder / "state/db").stat().st_uid == www_data
    run.api().create()


def test_no_program_keeps_the_lock(make_run):
    """What httpd starts has none of the files that run.sh left it, so that a
    program that stays keeps no other run from starting."""
    run = make_run()
    run.start().stop()
    state = pathlib.Path(os.path.realpath(run.folder / "state"))
    script = state / "tell"
    told = state / "told"
    told.mkdir()
    owner = (state / "db").stat()
    os.chown(told, owner.st_uid, owner.st_gid)
    script.write_text(f"#!/bin/sh\nls -l /proc/$$/fd >{told}/new\n"
                      f"mv {told}/new {told}/seen\n")
    script.chmod(0o755)
    key = state / "key"
    key.write_text(f"#!/bin/sh\nls -l /proc/$$/fd >{run.base}/files\n"
                   "head -c 32 /dev/urandom\n")
    key.chmod(0o700)
    (run.folder / "conf.d/programs.conf").write_text(
        f'VSOCertMessageCmd "{script}" {told}\nVSOCertMasterKey "exec:{key}"\n')
    run.start()
    run.api().create()
    wait_for((told / "seen").exists, "the program")
    for path in (told / "seen", run.base / "files"):
        assert "/run/lock" not in path.read_text()
        assert "/tell" in path.read_text() or "/key" in path.read_text()


def test_through_make(make_run):
    run = make_run(command=["make", "-f", "Makefile.apxs", "-s", "run"])
    run.start(timeout_sec=300)
    assert run.printed("SHA-256") == colons(run.served())
    run.stop()
    assert not processes_of(run.base)


def test_a_resized_terminal_stops_nothing(make_run):
    run = make_run().start()
    os.killpg(run.process.pid, signal.SIGWINCH)
    assert run.api().get("/status").ok()
    assert run.process.poll() is None


def test_http_port_redirects(make_run):
    port = free_port()
    run = make_run(env={"VSO_HTTP_PORT": str(port)}).start()
    for method, path in (("GET", "/vsocert/api/v1/status?entry=a"),
                         ("POST", "/vsocert/login"), ("GET", "/")):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request(method, path, headers={"Host": f"localhost:{port}"})
        reply = connection.getresponse()
        reply.read()
        connection.close()
        assert reply.status == 301
        wanted = f"https://localhost:{run.port}{path.split('?')[0]}"
        assert reply.headers["Location"].split("?")[0] == wanted
        assert reply.headers["Set-Cookie"] is None


@pytest.mark.parametrize("name", ["VSO_PORT", "VSO_HTTP_PORT"])
def test_a_taken_port(make_run, name):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = make_run(env={name: str(port)})
        said = run.refused()
        assert f"port {port} is taken" in said
        assert "VSO_PORT" in said


def test_two_runs_in_one_folder(make_run):
    first = make_run().start()
    second = make_run(env={"VSO_RUN_DIR": str(first.folder)})
    said = second.refused()
    assert str(first.folder) in said and "already" in said
    assert first.api().get("/status").ok()


def test_wrong_rights(make_run):
    run = make_run()
    run.start().stop()
    run.folder.chmod(0o755)
    said = run.refused()
    assert f"{run.folder} has mode 755" in said and "chmod 700" in said
    run.folder.chmod(0o700)
    key = run.folder / "master.key"
    key.chmod(0o644)
    said = run.refused()
    assert f"{key} has mode 644" in said and "chmod 600" in said
    key.chmod(0o600)
    run.start()


@needs_root
def test_a_folder_of_somebody_else(make_run):
    run = make_run()
    run.folder.mkdir(mode=0o700)
    os.chown(run.folder, pwd.getpwnam("nobody").pw_uid, -1)
    assert "belongs to nobody, not to root" in run.refused()


@needs_root
def test_a_folder_that_cannot_be_made(make_run):
    run = make_run(user="nobody", env={"VSO_RUN_DIR": "/etc/vsocert-run"})
    said = run.refused()
    assert "/etc/vsocert-run" in said and "VSO_RUN_DIR" in said


def test_a_lost_master_key(make_run):
    run = make_run()
    run.start().api().create()
    run.stop()
    key = run.folder / "master.key"
    kept = key.read_bytes()
    key.unlink()
    said = run.refused()
    assert "master.key is gone" in said
    key.touch(0o600)
    key.write_bytes(kept)
    run.start()


def test_a_missing_tool(make_run, base_folder):
    tools = base_folder / "tools"
    tools.mkdir()
    for folder in ("/usr/bin", "/bin"):
        for tool in pathlib.Path(folder).iterdir():
            link = tools / tool.name
            if tool.name != "htpasswd" and not os.path.lexists(link):
                link.symlink_to(tool)
    run = make_run(env={"PATH": str(tools)})
    assert "htpasswd is missing" in run.refused()


@pytest.mark.parametrize("env,says", [
    ({"VSO_PORT": "http"}, "take a number"),
    ({"VSO_PORT": "70000"}, "between 1 and 65535"),
    ({"VSO_DB": "oracle:dbname=vso"}, "pgsql:PARAMS or mysql:PARAMS"),
    ({"VSO_DB": "mysql:dbname=vso"}, "lacks reconnect=0"),
    ({"VSO_DB": 'pgsql:dbname="vso"'}, "cannot be used in a configuration"),
    ({"VSO_MPM": "winnt"}, "event, worker or prefork"),
    ({"VSO_MASTER_KEY": "secret"}, "file:PATH"),
    ({"VSO_MASTER_KEY": "file:/nonexistent/key"}, "cannot read"),
], ids=str)
def test_settings_that_make_no_sense(make_run, env, says):
    assert says in make_run(env=env).refused()


def test_a_master_key_of_ones_own(make_run, base_folder):
    key = base_folder / "own.key"
    key.touch(0o600)
    key.write_bytes(os.urandom(32).hex().encode() + b"\n")
    run = make_run(env={"VSO_MASTER_KEY": f"file:{key}"}).start()
    made = run.api().create()["fingerprint"]
    assert not (run.folder / "master.key").exists()
    run.stop()
    assert run.start().served() == made


def test_http_port_redirects_to_names_of_its_own(make_run):
    port = free_port()
    run = make_run(env={"VSO_HTTP_PORT": str(port)}).start()
    own = re.search(r"^Define VSO_HOST (.*)$",
                    (run.folder / "httpd.conf").read_text(), re.M).group(1)
    for host, name in (("elsewhere.test", own), ("elsewhere.test:80", own),
                       (f"localhost.elsewhere.test:{port}", own), (own, own),
                       (f"localhost:{port}", "localhost"),
                       ("127.0.0.1", "127.0.0.1")):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/vsocert/", headers={
            "Host": host, "X-Forwarded-Host": "elsewhere.test"})
        reply = connection.getresponse()
        reply.read()
        connection.close()
        assert reply.status == 301
        assert reply.headers["Location"] == f"https://{name}:{run.port}/vsocert/"
    # Nor does the other port repeat what it was called.
    reply = Api(run.port, None, None).call(
        "GET", "/vsocert/../", headers={"Host": "elsewhere.test"})
    assert (reply.status, reply.headers["Location"]) == (302, "/vsocert/")
    assert "elsewhere" not in reply.text


@pytest.mark.parametrize("key", ["rsa-2048", "ec-p256"])
def test_forward_secrecy_only(make_run, key):
    run = make_run().start()
    run.api().create(key=key)

    def agreed(*options):
        return wire.s_client(run.port, "localhost", *options).output
    for kind in ("AES128-GCM-SHA256", "kRSA", "AES128-SHA", "kDHE",
                 "ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA"):
        assert "Cipher is (NONE)" in agreed(
            "-tls1_2", "-cipher", f"{kind}@SECLEVEL=0"), kind
    assert re.search(r"Cipher is ECDHE-\S+-(GCM|POLY1305)",
                     agreed("-tls1_2"))
    assert "Cipher is TLS_" in agreed("-tls1_3")


def install(target):
    return subprocess.run(
        ["make", "-f", "Makefile.apxs", "-s", "install", f"DESTDIR={target}"],
        cwd=ROOT, check=True, capture_output=True, text=True)


def test_install_leaves_an_edited_configuration(base_folder):
    target = base_folder / "install-twice"
    folder = target / "etc/apache2/mods-available"
    conf, new = folder / "vsocert.conf", folder / "vsocert.conf.new"
    shipped = (ROOT / "conf/vsocert.conf").read_text()
    install(target)
    assert install(target).stdout == ""
    assert conf.read_text() == shipped and not new.exists()

    edited = shipped.replace("VSOCertPollInterval 250ms",
                             "VSOCertPollInterval 2s")
    conf.write_text(edited)
    conf.chmod(0o600)
    for _ in range(2):
        said, = install(target).stdout.splitlines()
        assert str(conf) in said and str(new) in said
        assert conf.read_text() == edited and mode(conf) == 0o600
        assert new.read_text() == shipped and mode(new) == 0o644
    assert sorted(p.name for p in folder.iterdir()) == [
        "vsocert.conf", "vsocert.conf.new", "vsocert.load"]


def test_install_puts_things_in_debians_places(base_folder):
    target = base_folder / "install"
    install(target)
    found = {str(p.relative_to(target)) for p in target.rglob("*")
             if p.is_file()}
    assert {"usr/lib/apache2/modules/mod_vsocert.so",
            "etc/apache2/mods-available/vsocert.load",
            "etc/apache2/mods-available/vsocert.conf",
            "usr/share/vsocert/htdocs/problem/401.json"} <= found
    load = (target / "etc/apache2/mods-available/vsocert.load").read_text()
    depends = load.split("# Depends: ")[1].splitlines()[0].split()
    modules = pathlib.Path("/usr/lib/apache2/modules")
    for name in depends:
        assert (modules / f"mod_{name}.so").exists()
