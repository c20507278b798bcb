# SPDX-License-Identifier: Apache-2.0
"""The replica on disks that are full or not for us, and the cache file of the
version before it."""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import subprocess

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vso import wait_for
from vso.absent import absent
from vso.server import AS_ROOT, Vhost, set_owner

AWAY = "the database does not answer"
POOLED = r"\[dbd:error\]"


def create(server, entry="server", **members):
    return server.api(entry).create(**members)["fingerprint"]


def status(server):
    return server.api().get("/status").ok()


@pytest.mark.skipif(not AS_ROOT, reason="needs root, to own files")
def test_a_file_that_user_cannot_write(make_server):
    """What it holds is served; a change goes to a private one."""
    server = make_server()
    made = create(server)
    server.stop()
    for path in server.state.glob("serving-2.mdb*"):
        os.chown(path, 0, 0)
        path.chmod(0o644)
    server.state.chmod(0o755)
    os.chown(server.state, 0, 0)
    for path in server.state.glob("keystore.db*"):
        set_owner(path)
    yield_to_user(server)
    server.expect_log("is stored and not yet served here", optional=True)
    server.expect_log("cannot be taken up", optional=True)
    server.expect_log("VSOCertCache .* cannot be used", optional=True)
    server.start()
    assert server.served() == made
    again = create(server, replace=True)
    wait_for(lambda: all(server.served() == again for _ in range(4)),
             "the change to be served")
    wait_for(lambda: status(server)["replica"]["problem"], "the reason")


def yield_to_user(server):
    """SQLite writes beside its file, and LMDB must not."""
    database = server.state / "db"
    database.mkdir()
    set_owner(database)
    for path in server.state.glob("keystore.db*"):
        path.rename(database / path.name)
    server.database.params = str(database / "keystore.db")
    server.db_path = database / "keystore.db"


@pytest.fixture
def small_disk(make_server):
    """A server whose replica is alone on a file system of 600 KiB."""
    if not AS_ROOT:
        pytest.skip("needs root, to mount a small file system")
    server = make_server(start=False)
    disk = server.folder / "disk"
    disk.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k,mode=700",
                            "tmpfs", disk], check=False, capture_output=True)
    if mount.returncode:
        pytest.skip(f"cannot mount here: {mount.stderr.decode()}")
    set_owner(disk)
    server.extra = f'VSOCertCache "{disk}/serving-2.mdb"'
    yield server.start(), disk
    server.stop()
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk_is_told_and_heals(small_disk):
    server, disk = small_disk
    server.expect_log("is stored and not yet served here")
    server.expect_log("cannot be taken up", optional=True)
    api = server.api("server")
    made = api.create()["fingerprint"]
    fill = disk / "fill"
    with open(fill, "wb", buffering=0) as file:
        with contextlib.suppress(OSError):
            while True:
                file.write(b"x" * 4096)
    for _ in range(50):     # until no page is free any more
        reply = api.post("/certificate", {
            "subject": {"commonName": "localhost"}, "key": "rsa-4096",
            "replace": True}).ok(201)
        if "not-published" in json.dumps(reply):
            break
        made = reply["certificate"]["fingerprint"]
        assert server.served() == made
    else:
        pytest.fail("the disk was never full")
    assert server.served() == made
    assert status(server)["replica"]["published"] is False
    newest = api.certificate()["certificate"]["fingerprint"]
    assert newest != made
    fill.unlink()
    wait_for(lambda: server.served() == newest, "it to heal")
    wait_for(lambda: status(server)["replica"]["published"], "the same")
    server.wait_log("what is stored is served here again")


def test_a_key_that_is_destroyed_on_a_full_disk(small_disk):
    """Nobody resumes with it, though the replica still has it."""
    server, disk = small_disk
    server.expect_log("is stored and not yet served here", optional=True)
    server.expect_log("cannot be taken up", optional=True)
    session = server.folder / "session.pem"
    api = server.api("server")
    old = api.create()
    subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}",
         "-sess_out", session, "-ign_eof", "-tls1_2"],
        input=b"GET /vsocert/problem/401.json HTTP/1.0\r\n\r\n",
        capture_output=True, timeout=30, check=False)
    api.create(replace=True)
    found = server.s_client(None, "-sess_in", session, "-tls1_2")
    assert "\nReused, TLSv1" in found.output
    with open(disk / "fill", "wb", buffering=0) as file:
        with contextlib.suppress(OSError):
            while True:
                file.write(b"x" * 4096)
    api.delete(f"/versions/{old['id']}").ok()
    found = server.s_client(None, "-sess_in", session, "-tls1_2")
    assert "\nNew, TLSv1" in found.output
    (disk / "fill").unlink()


def hkdf(key, info):
    """As store/seal.c derives: HKDF-SHA-256 without salt."""
    prk = hmac.new(b"\0" * 32, key, hashlib.sha256).digest()
    return hmac.new(prk, info + b"\1", hashlib.sha256).digest()


def sealed_then(key, row):
    """The key of a row as the version before sealed it: to its place only, not
    to certificate and chain as well."""
    number, entry, version, _, key_print, _, certificate, chain, sealed = row
    head, _, box = sealed.rpartition(".")
    box = base64.b64decode(box)
    gcm = AESGCM(hkdf(key, b"vsocert seal"))
    place = f"{number}|{entry}|{version}|{key_print}"
    served = "".join(f"{len(text or '')}:{text or ''}\n"
                     for text in (certificate, chain)).encode()
    plain = gcm.decrypt(
        box[:12], box[12:],
        f"{place}|{hashlib.sha256(served).hexdigest()}".encode())
    return head + "." + base64.b64encode(
        box[:12] + gcm.encrypt(box[:12], plain, place.encode())).decode()


def old_cache(server):
    """What the version before kept, of this keystore."""
    with server.sql() as db:
        state = db.execute("SELECT keystore_id, generation FROM "
                           "vmo_keystore_state").fetchone()
        rows = db.execute(
            "SELECT id, alias, version, key_type, key_fingerprint, "
            "fingerprint, certificate, chain, sealed_key FROM vmo_keystore "
            "WHERE state = 'active'").fetchall()
    names = ("id", "alias", "version", "keyType", "keyFingerprint",
             "fingerprint", "certificate", "chain", "sealedKey")
    text = json.dumps({"keystore": state[0], "generation": state[1],
                       "active": [
                           {**dict(zip(names, row)),
                            "sealedKey": sealed_then(server.keys[0], row)}
                           for row in rows],
                       "live": [row[4] for row in rows]}).encode()
    mac = hmac.new(hkdf(server.keys[0], b"vsocert mac vsocert cache"), text,
                   hashlib.sha256).hexdigest()
    return b"vsocert-cache 1 " + mac.encode() + b"\n" + text


@pytest.mark.sqlite("its file is moved away")
@pytest.mark.parametrize("named", [True, False], ids=["named", "beside"])
def test_a_cache_file_of_the_version_before_is_taken_over(make_server, named):
    """The first start after the upgrade, while the database is away."""
    server = make_server(vhosts=[Vhost("one.test", "one")])
    made, one = create(server), create(server, "one")
    cache = old_cache(server)
    server.stop()
    old = server.state / "serving.cache"
    for path in server.state.glob("serving-2.mdb*"):
        path.unlink()
    old.write_bytes(cache)
    set_owner(old)
    if named:
        server.extra = f'VSOCertCache "{old}"'
    server.expect_log(AWAY)
    server.expect_log(POOLED, optional=True)
    with absent(server):
        server.start()
        assert server.served() == made
        assert server.served("one.test") == one
        server.restart()
        assert server.served() == made
    wait_for(lambda: server.api().get("/certificate").status == 200,
             "the database")
    again = create(server, replace=True)
    assert server.served() == again
    wait_for(lambda: not [path for path in server.state.iterdir()
                          if path.is_file() and
                          path.read_bytes()[:8] == b"vsocert-"],
             "the old file to go")
    assert status(server)["restored"] is False


def test_a_tampered_cache_file_of_the_version_before(make_server):
    server = make_server()
    made = create(server)
    cache = old_cache(server).replace(b'"generation": 1', b'"generation": 9')
    server.stop()
    for path in server.state.glob("serving-2.mdb*"):
        path.unlink()
    (server.state / "serving.cache").write_bytes(cache)
    server.expect_log("serving.cache cannot be used: .*damaged, or written")
    server.start()
    assert server.served() == made
    assert status(server)["restored"] is False
