# SPDX-License-Identifier: Apache-2.0
"""No private key and no password anywhere but where it must be. Distinctive
ones are used for everything, then searched for in all that is left behind."""

import os
import pathlib
import pwd
import stat
import time
from urllib.parse import urlencode

import pytest
from vso import held
from vso.files import b64, open_pkcs12, pkcs12, self_signed
from vso.secret_forms import forms, holds, of_key, of_passwords
from vso.server import AS_ROOT, USERS, descriptors

EXPORT_PASSWORD = "canary-Export-7f3a"
IMPORT_PASSWORD = "canary-Import-91bd"
WRONG_PASSWORD = "canary-Wrong-55e0"
KEY_PASSWORD = "canary-KeyPass-c2c2"

# Files of the fixture that hold a secret by design.
BY_DESIGN = {"master0.key", "master1.key", "admin-password"}


def new_temporary_files(since):
    """Files that httpd's user made where everybody may."""
    user = pwd.getpwnam("www-data").pw_uid if AS_ROOT else os.geteuid()
    for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run/shm"):
        for path in pathlib.Path(folder).glob("*"):
            try:
                info = path.lstat()
                if stat.S_ISREG(info.st_mode) and info.st_uid == user and \
                        info.st_mtime >= since:
                    yield path
            except OSError:
                pass


def shared_memory(pid):
    """Contents of the memory that a process shares with others."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, \
            open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            extent, rights, *_ = line.split()
            if rights != "rw-s":
                continue
            start, end = (int(edge, 16) for edge in extent.split("-"))
            memory.seek(start)
            yield memory.read(end - start)


@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_the_search_finds_what_it_looks_for(kind):
    key, cert = self_signed("x.test", kind)
    file = pkcs12(key, cert, "x")
    assert holds(key.encode(), of_key(key))
    assert holds(open_pkcs12(file, "x").encode(), of_key(key))
    assert not holds(file, of_key(key))
    text = b64(b"?" + KEY_PASSWORD.encode() + b"?").encode()
    assert holds(text, of_passwords(KEY_PASSWORD))


@pytest.fixture
def session(make_server):
    """A server that was used in every way, log levels up (not all: at trace1,
    mod_auth_form writes the typed password). Also: the bodies of its answers,
    and what to look for."""
    server = make_server(extra="LogLevel debug vsocert:trace8 dbd:trace8 "
                               "session:trace8")
    server.expect_log("AH01617: user vmware: authentication failure")
    server.expect_log("AH01807: user 'vmware': authentication failure")
    api = server.api("server")
    bodies = []

    def call(method, path, json=None, **kwargs):
        reply = api.call(method, path, json=json, **kwargs)
        bodies.append(reply.body)
        return reply

    made = call("POST", "/certificate", {"subject": {"commonName": "x"}})
    made = made.ok(201)["certificate"]
    exported = api.post("/keystore/export", {"password": EXPORT_PASSWORD}).body
    text = open_pkcs12(exported, EXPORT_PASSWORD)
    created_key = text[text.index("-----BEGIN PRIVATE"):].split("-----END")[0] \
        + "-----END PRIVATE KEY-----\n"

    imported_key, cert = self_signed("imported.test", "ec")
    file = b64(pkcs12(imported_key, cert, IMPORT_PASSWORD))
    members = {"keystore": file, "keyPassword": KEY_PASSWORD, "replace": True}
    for password in (WRONG_PASSWORD, IMPORT_PASSWORD):
        members = {"keystore": file, "replace": True, "password": password}
        call("POST", "/keystore/import", {**members, "preview": True})
        call("POST", "/keystore/import", members)
    call("POST", "/keystore/import", {**members, "keyPassword": KEY_PASSWORD})
    # Secrets where they do not belong, and in what is refused.
    call("POST", "/certificate/reply", {"reply": imported_key + cert})
    call("POST", "/keystore/import", {"keystore": imported_key,
                                      "password": IMPORT_PASSWORD})
    call("POST", "/keystore/export", {"password": EXPORT_PASSWORD + "\0"})
    call("POST", "/keystore/export", {"password": EXPORT_PASSWORD,
                                      "format": "zip"})
    call("POST", "/keystore/export", {"password": [EXPORT_PASSWORD]})
    call("POST", "/keystore/export",
         body=f'{{"password": "{EXPORT_PASSWORD}"'.encode(),
         headers={"Content-Type": "application/json"})
    call("POST", "/keystore/reseal")
    for path in ("/certificate", "/versions", "/audit", "/status",
                 f"/versions/{made['id']}"):
        call("GET", path)

    # Signing in with a form, and failing to.
    anonymous = server.api(user=None)
    for password in (USERS["vmware"], WRONG_PASSWORD):
        reply = anonymous.call(
            "POST", "/vsocert/login", headers={
                "Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode({"httpd_username": "vmware",
                            "httpd_password": password}).encode())
        bodies.append(reply.body)
        bodies.append(str(reply.headers).encode())
    server.api(password=WRONG_PASSWORD).get("/status")

    secrets = of_key(created_key) | of_key(imported_key) | of_passwords(
        EXPORT_PASSWORD, IMPORT_PASSWORD, WRONG_PASSWORD, KEY_PASSWORD,
        *USERS.values()) | forms(server.keys[0])
    return server, bodies, secrets


def test_no_secret_is_left_anywhere(session):
    server, bodies, secrets = session
    looked_at = set()
    for running in (True, False):
        if not running:
            server.stop()
        for path in server.folder.rglob("*"):
            if path.is_file() and path.name not in BY_DESIGN:
                looked_at.add(path.name)
                assert not holds(path.read_bytes(), secrets), path
    assert {"serving-2.mdb", "error.log", "access.log"} <= looked_at
    if server.database.driver == "sqlite3":
        assert {"keystore.db", "keystore.db-wal"} <= looked_at
    for body in bodies:
        assert not holds(body, secrets), body


def test_no_secret_is_in_what_processes_show(session):
    server, _, secrets = session
    for pid in server.pids():
        for name in ("environ", "cmdline", "comm", "status"):
            data = pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
            assert not holds(data, secrets), name
        # The bootstrap key was handed over in one; none is inherited.
        assert [link for link in descriptors(pid) if "memfd" in link] == [
            f"{held.FILE} (deleted)"]
    with held.open_file(server) as file:
        assert file.read() == b""    # it only has locks on it
    # What all share: numbers, and the replica, whose keys are sealed.
    shared = list(shared_memory(server.pid))
    assert shared
    for data in shared:
        assert not holds(data, secrets)


def test_no_temporary_files(session):
    server, _, secrets = session
    started = time.time() - 60
    for path in new_temporary_files(started):
        assert not holds(path.read_bytes(), secrets), path
    files = {"keystore.db", "keystore.db-wal", "keystore.db-shm"}
    replica = {"serving-2.mdb", "serving-2.mdb-lock", "serving-2.mdb.owner"}
    assert {p.name for p in server.state.iterdir()} == replica | (
        files if server.database.driver == "sqlite3" else set())


def test_files_are_the_owners_alone(session):
    server, _, _ = session
    user = pwd.getpwnam("www-data").pw_uid if AS_ROOT else os.geteuid()
    assert stat.S_IMODE(server.state.stat().st_mode) == 0o700
    for path in server.state.iterdir():
        info = path.stat()
        assert (stat.S_IMODE(info.st_mode), info.st_uid) == (0o600, user), path


@pytest.mark.sqlite("looks into the file")
def test_a_destroyed_key_is_gone_from_the_disk(make_server):
    """Its sealed text too: the master key may become known one day."""
    server = make_server()
    api = server.api("server")
    first = api.create()
    api.create(replace=True)
    with server.sqlite() as db:
        sealed, = db.execute("SELECT sealed_key FROM vmo_keystore WHERE id = ?",
                             (first["id"],)).fetchone()
    db.close()
    inner = sealed[len(sealed) // 3:len(sealed) // 3 + 60].encode()
    api.delete(f"/versions/{first['id']}").ok()
    server.stop()
    for path in server.state.iterdir():
        assert inner not in path.read_bytes(), path
