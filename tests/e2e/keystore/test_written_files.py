# SPDX-License-Identifier: Apache-2.0
"""What is written to files while the server works, also to those that are gone
a moment later; and who may read what it leaves."""

import os
import pathlib
import stat

import pytest

from vso.client import SignedIn
from vso.files import b64, open_pkcs12, pkcs12, self_signed
from vso.package_calls import bring_in, export
from vso.packages import script, Signer, write
from vso.runner import Run
from vso.secret_forms import holds, of_key, of_passwords
from vso.server import USERS
from vso.trace import Trace

PASSWORD = "canary-Written-4b1e"
FORMATS = ("pkcs12", "jks", "jceks")


def key_of(file):
    """The private key of a PKCS#12 file, PEM."""
    text = open_pkcs12(file, PASSWORD)
    return text[text.index("-----BEGIN PRIVATE"):].split("-----END")[0] \
        + "-----END PRIVATE KEY-----\n"


def test_no_file_ever_holds_a_private_key(make_server, tmp_path):
    """Nor a password: under no name, and not for a moment."""
    server = make_server()
    api = server.api("server")
    imported, cert = self_signed("imported.test")
    with Trace(server, tmp_path) as trace:
        api.create(key="rsa-2048")
        exported = {name: api.post("/keystore/export", {
            "password": PASSWORD, "format": name}) for name in FORMATS}
        api.post("/keystore/import", {
            "keystore": b64(pkcs12(imported, cert, PASSWORD)),
            "password": PASSWORD, "replace": True}).ok(201)
        SignedIn(server)
        bring_in(api, write("org.example.x", [script("a")],
                            Signer("vro.example.org")))
        export(api, "org.example.x")
    created = key_of(exported["pkcs12"].body)
    assert all(reply.status == 200 for reply in exported.values())
    secrets = of_key(created) | of_key(imported) | of_passwords(
        PASSWORD, *USERS.values())

    assert str(server.folder / "access.log") in trace.written
    if server.database.driver == "sqlite3":
        wal = trace.written[f"{server.db_path}-wal"]
        assert b"BEGIN CERTIFICATE" in wal
    for path, data in trace.written.items():
        assert not holds(data, secrets), path


@pytest.fixture
def no_umask():
    """Whatever starts meanwhile may give away all that it makes."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(paths, bits):
    """{path: mode} of those that have any of the bits."""
    found = {}
    for path in paths:
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode) and mode & bits:
            found[str(path)] = oct(stat.S_IMODE(mode))
    return found


def test_without_an_umask_the_module_opens_no_file(make_server, no_umask):
    server = make_server()
    api = server.api("server")
    api.create()
    bring_in(api, write("org.example.x", [script("a")],
                        Signer("vro.example.org")))
    made = [server.state, *server.state.iterdir()]
    assert {"serving-2.mdb"} < {path.name for path in made}
    assert not modes(made, 0o077)


def test_without_an_umask_run_opens_no_file(no_umask):
    run = Run()
    try:
        run.start().api().create()
        state = pathlib.Path(os.path.realpath(run.folder / "state"))
        made = [run.folder, *run.folder.rglob("*"), state, *state.rglob("*")]
        assert not modes(made, 0o022)
        # httpd's children read the console and users; the number of its
        # process is no secret.
        assert not modes([path for path in made if path.is_file()
                          and "htdocs" not in path.parts
                          and path.name not in (
                               "users", "metrics-users", "httpd.pid")], 0o077)
        names = {path.name for path in made}
        assert {"master.key", "keystore.db", "error.log", "users"} <= names
    finally:
        run.remove()
