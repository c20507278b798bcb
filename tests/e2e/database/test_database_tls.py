# SPDX-License-Identifier: Apache-2.0
"""TLS between httpd and its database server, as docs/fleet.md sets it up: the
right server is talked to over TLS, one that somebody else certified, or that
has another name, is not."""

import shutil

import pytest

from vso import databases
from vso.ca import openssl
from vso.databases import AS_ROOT, Database
from vso.faults import REPLACE, UNAVAILABLE

pytestmark = pytest.mark.skipif(
    databases.driver_of_run() != "sqlite3",
    reason="the drivers are chosen here: once is enough")


@pytest.fixture(scope="module")
def files(base_folder):
    """ca.pem issued server.pem for this machine, and named.pem, with the same
    key, for another; other.pem is another CA."""
    folder = base_folder / "database-tls"
    folder.mkdir()
    folder.chmod(0o755)
    for name in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                "-subj", f"/CN=Database {name}", "-keyout",
                folder / f"{name}.key", "-out", folder / f"{name}.pem")
    openssl("genrsa", "-out", folder / "server.key", "2048")
    for name, sans in (("server", "DNS:localhost,IP:127.0.0.1"),
                       ("named", "DNS:db.example.org")):
        openssl("req", "-new", "-key", folder / "server.key", "-subj",
                f"/CN={name}", "-addext", f"subjectAltName={sans}",
                "-out", folder / f"{name}.csr")
        openssl("x509", "-req", "-in", folder / f"{name}.csr", "-CA",
                folder / "ca.pem", "-CAkey", folder / "ca.key", "-days", "30",
                "-copy_extensions", "copy", "-out", folder / f"{name}.pem")
    for path in folder.glob("*.pem"):
        path.chmod(0o644)
    return folder


def key_for(server, files):
    """The key where only the database server reads it."""
    key = server.folder / "server.key"
    shutil.copy(files / "server.key", key)
    key.chmod(0o600)
    if AS_ROOT:
        shutil.chown(key, server.user, server.user)
    return key


@pytest.fixture(scope="module")
def postgres(files):
    made = databases.Postgres()
    made.options = ["-c", "ssl=on", "-c", f"ssl_cert_file={files}/server.pem",
                    "-c", f"ssl_key_file={key_for(made, files)}"]
    yield made.start()
    made.remove()


@pytest.fixture(scope="module")
def mariadb(files):
    made = databases.MariaDb()
    made.cert = made.folder / "server.pem"
    shutil.copy(files / "server.pem", made.cert)
    made.cert.chmod(0o644)
    made.options = [f"--ssl-cert={made.cert}",
                    f"--ssl-key={key_for(made, files)}"]
    yield made.start()
    made.remove()


def with_params(database, params):
    return Database(database.driver, params, database.connect,
                    database.server)


def works(server):
    made = server.api("server").create()
    assert server.served() == made["fingerprint"]


def is_refused(server, why):
    server.expect_log(UNAVAILABLE)
    server.expect_log(r"\[dbd:error\].*" + why)
    server.expect_log(r"\[dbd:error\].*Failed to acquire", optional=True)
    server.expect_log("the database does not answer", optional=True)
    server.start()
    refusal = server.api().post("/certificate", REPLACE)
    refusal.refused(503, "database-unavailable")
    assert databases.PASSWORD not in server.log.text()


def test_postgresql(postgres, files, make_server):
    plain = postgres.database()

    def params(ca, host="localhost"):
        return with_params(plain, plain.params.replace(
            "host=127.0.0.1", f"host={host} hostaddr=127.0.0.1").replace(
            "sslmode=disable", f"sslmode=verify-full sslrootcert={files}/{ca}"))

    works(make_server(db=params("ca.pem")))
    with plain.sql() as db:
        assert set(db.execute(
            "SELECT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a"
            " ON s.pid = a.pid WHERE a.usename = 'vsocert'").fetchall()) == \
            {(True,)}
    is_refused(make_server(start=False, db=params("other.pem")),
               "certificate verify failed")
    is_refused(make_server(start=False, db=params("ca.pem", "db.example.org")),
               'does not match host name "db.example.org"')


def test_mariadb(mariadb, files, base_folder, make_server):
    """What the driver has no parameter for comes from my.cnf."""
    plain = mariadb.database()
    database = with_params(plain, plain.params + ",group=vsocert")

    def env(ca):
        folder = base_folder / f"mariadb-{ca}"
        folder.mkdir(exist_ok=True)
        (folder / "my.cnf").write_text(
            f"[vsocert]\nssl-ca={files}/{ca}\nssl-verify-server-cert=1\n")
        return {"MARIADB_HOME": str(folder)}

    mariadb.execute("ALTER USER vsocert@'127.0.0.1' REQUIRE SSL")
    is_refused(make_server(start=False, db=plain), "Access denied")
    works(make_server(db=database, env=env("ca.pem")))
    is_refused(make_server(start=False, db=database, env=env("other.pem")),
               "certificate")
    shutil.copy(files / "named.pem", mariadb.cert)
    mariadb.execute("FLUSH SSL")
    is_refused(make_server(start=False, db=database, env=env("ca.pem")),
               "certificate")
