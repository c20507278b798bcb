# SPDX-License-Identifier: Apache-2.0
"""Database servers of the tests' own: PostgreSQL and MariaDB, each in a
temporary folder, on loopback, without fsync. Each httpd gets an empty database
there, as a user with a password and no rights beside it."""

import ctypes
import fcntl
import itertools
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time

from .ports import free_port

DRIVERS = ("sqlite3", "pgsql", "mysql")
PASSWORD = "canary-Sesame-database"
POSTGRES = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"),
               key=lambda path: int(path.parent.name), default=None)
AS_ROOT = os.geteuid() == 0

numbers = itertools.count()


def driver_of_run():
    """What the whole run uses: VSO_TEST_DB."""
    driver = os.environ.get("VSO_TEST_DB", "sqlite3")
    assert driver in DRIVERS, f"VSO_TEST_DB is one of {', '.join(DRIVERS)}"
    return driver


class Connection:
    """One connection to look and tamper with, the same for all three: values
    as `?` or `:name`."""

    def __init__(self, raw, driver):
        self.raw = raw
        self.driver = driver

    def execute(self, sql, values=()):
        if self.driver == "sqlite3":
            return self.raw.execute(sql, values)
        cursor = self.raw.cursor()
        if values:
            sql = re.sub(r":(\w+)", r"%(\1)s", sql.replace("%", "%%"))
            cursor.execute(sql.replace("?", "%s"), values)
        else:
            cursor.execute(sql)
        return cursor

    def close(self):
        self.raw.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.driver != "sqlite3":
            self.raw.close()


class Database:
    """One database: what httpd is told, and a way to it past httpd.

    driver   as DBDriver takes it
    params   as DBDParams takes them
    connect  makes a connection, which commits each statement by itself
    """

    def __init__(self, driver, params, connect, server=None):
        self.driver = driver
        self.params = params
        self.connect = connect
        self.server = server

    def sql(self, **options):
        return Connection(self.connect(**options), self.driver)

    def through(self, proxy):
        """The same database on a server, at the port of a proxy."""
        name = re.search(r"dbname=(\w+)", self.params)[1]
        return Database(self.driver, self.server.params(name, proxy.port),
                        self.connect, self.server)

    def all_rows(self):
        """{table: sorted rows}, without sessions and nodes."""
        with self.sql() as db:
            where = {"sqlite3": "SELECT name FROM sqlite_master WHERE type ="
                                " 'table' AND name LIKE 'vmo_%'",
                     "pgsql": "SELECT tablename FROM pg_tables"
                              " WHERE schemaname = 'public'",
                     "mysql": "SELECT table_name FROM information_schema.tables"
                              " WHERE table_schema = DATABASE()"}
            tables = [r[0] for r in db.execute(where[self.driver]).fetchall()]
            return {table: sorted(columns_in_order(db, table))
                    for table in tables
                    if table not in ("vmo_session", "vmo_node")}


def columns_in_order(db, table):
    cursor = db.execute(f"SELECT * FROM {table}")
    names = [d[0] for d in cursor.description]
    return [tuple(sorted(zip(names, row))) for row in cursor.fetchall()]


def sqlite_database(path):
    return Database("sqlite3", str(path), lambda timeout=10: sqlite3.connect(
        path, timeout=timeout, isolation_level=None))


class DatabaseServer:
    """A server process. user: whom it runs as, where we are root."""

    user = None
    stop_signal = signal.SIGTERM

    def __init__(self, folder=None):
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(
            prefix="vsocert-db-"))
        self.folder.mkdir(exist_ok=True)
        self.folder.chmod(0o711)
        if AS_ROOT:
            shutil.chown(self.folder, self.user)
        self.port = free_port()
        self.process = None

    def as_user(self):
        if not AS_ROOT:
            return {}
        return {"user": self.user, "group": self.user, "extra_groups": []}

    def run(self, *command):
        done = subprocess.run(command, capture_output=True, timeout=120,
                              cwd=self.folder, check=False, **self.as_user())
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        assert done.returncode == 0, f"{command[0]}: {said[-3000:]}"

    def die_with_parent(self):
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, self.stop_signal)

    def spawn(self, *command, env=None):
        with open(self.folder / "server.log", "ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.folder, preexec_fn=self.die_with_parent,
                start_new_session=True, env={**os.environ, **(env or {})},
                **self.as_user())

    def fill(self):
        """The data of an empty server, made once for all workers where VSO_TEST_DATA
        names a folder for it: that takes longer than a copy."""
        kept = os.environ.get("VSO_TEST_DATA")
        if not kept:
            self.init()
            return
        path = pathlib.Path(kept, self.driver)
        with open(path.with_suffix(".lock"), "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                self.init()
                subprocess.run(["cp", "-a", self.data, path], check=True)
                return
        subprocess.run(["cp", "-a", path, self.data], check=True)

    def log(self):
        path = self.folder / "server.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def wait_ready(self, timeout_sec=30):
        deadline = time.monotonic() + timeout_sec
        while True:
            try:
                self.admin().close()
                return self
            except Exception as error:      # pylint: disable=broad-except
                assert self.process.poll() is None, self.log()[-3000:]
                assert time.monotonic() < deadline, f"{error}\n{self.log()}"
                time.sleep(0.05)

    def stop(self, how=None):
        if self.process is None:
            return
        self.process.send_signal(how or self.stop_signal)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None

    def kill(self):
        """As a power failure: parent and children at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)
        self.process = None

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def execute(self, *statements):
        admin = Connection(self.admin(), self.driver)
        for statement in statements:
            admin.execute(statement)
        admin.close()

    def answer(self, sql):
        """First column of the first row; None without."""
        admin = Connection(self.admin(), self.driver)
        row = admin.execute(sql).fetchone()
        admin.close()
        return row and row[0]


class Postgres(DatabaseServer):
    """Sign-in with a password; the superuser needs none."""

    driver = "pgsql"
    user = "postgres"
    stop_signal = signal.SIGINT      # does not wait for clients

    def __init__(self, folder=None, options=()):
        super().__init__(folder)
        self.options = list(options)
        self.data = self.folder / "data"

    def init(self):
        self.run(POSTGRES / "initdb", "-D", self.data, "-U", "postgres",
                 "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        (self.data / "pg_hba.conf").write_text(
            "local all all trust\n"
            "host all postgres 127.0.0.1/32 trust\n"
            "host replication all 127.0.0.1/32 trust\n"
            "host all all 127.0.0.1/32 scram-sha-256\n")
        return self

    def start(self):
        if not self.data.exists():
            self.fill()
        self.spawn(POSTGRES / "postgres", "-D", self.data, "-p",
                   str(self.port), "-k", self.folder, "-c",
                   "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c",
                   "synchronous_commit=off", "-c", "max_connections=300",
                   "-c", "shared_buffers=16MB", "-c", "jit=off", *self.options)
        return self.wait_ready()

    def admin(self, dbname="postgres"):
        import psycopg2
        connection = psycopg2.connect(host="127.0.0.1", port=self.port,
                                      user="postgres", dbname=dbname,
                                      connect_timeout=5)
        connection.autocommit = True
        return connection

    def database(self):
        name = f"vso{next(numbers)}"
        self.execute(
            "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname ="
            f" 'vsocert') THEN CREATE ROLE vsocert LOGIN PASSWORD '{PASSWORD}';"
            " END IF; END $$",
            f"CREATE DATABASE {name} OWNER vsocert TEMPLATE template0")
        return Database(
            "pgsql", self.params(name),
            lambda **_: self.admin(name), self)

    def params(self, name, port=None):
        return (f"host=127.0.0.1 port={port or self.port} dbname={name}"
                f" user=vsocert password={PASSWORD} sslmode=disable"
                " connect_timeout=5")

    def unit(self):
        """For VSO_TEST_DB of the unit tests."""
        return (f"pgsql:host={self.folder} port={self.port} user=postgres"
                " dbname=postgres")


class MariaDb(DatabaseServer):
    """With a tmpdir of its own: a server that starts removes the temporary
    tables that it finds, whosever they are."""

    driver = "mysql"
    user = "mysql"

    def __init__(self, folder=None, options=()):
        super().__init__(folder)
        self.options = list(options)
        self.data = self.folder / "data"

    def init(self):
        self.run("mariadb-install-db", "--no-defaults",
                 f"--datadir={self.data}", f"--tmpdir={self.folder}",
                 "--skip-test-db", "--innodb-log-file-size=16M",
                 "--auth-root-authentication-method=normal")
        return self

    def start(self, *more):
        if not self.data.exists():
            self.fill()
        self.spawn("mariadbd", "--no-defaults", f"--datadir={self.data}",
                   f"--tmpdir={self.folder}",
                   f"--socket={self.folder}/sock", f"--port={self.port}",
                   "--bind-address=127.0.0.1",
                   f"--pid-file={self.folder}/pid", "--skip-name-resolve",
                   "--innodb-flush-log-at-trx-commit=2",
                   "--innodb-buffer-pool-size=32M",
                   "--innodb-log-file-size=16M", "--max-connections=300",
                   "--innodb-flush-method=nosync", *self.options, *more)
        return self.wait_ready()

    def admin(self, dbname=None):
        import pymysql
        return pymysql.connect(unix_socket=str(self.folder / "sock"),
                               user="root", database=dbname, autocommit=True,
                               connect_timeout=5, charset="utf8mb4")

    def database(self):
        name = f"vso{next(numbers)}"
        self.execute(
            f"CREATE DATABASE {name}",
            "CREATE USER IF NOT EXISTS vsocert@'127.0.0.1' IDENTIFIED BY"
            f" '{PASSWORD}'",
            f"GRANT ALL ON {name}.* TO vsocert@'127.0.0.1'")
        return Database("mysql", self.params(name),
                        lambda **_: self.admin(name), self)

    def params(self, name, port=None):
        return (f"host=127.0.0.1,port={port or self.port},dbname={name},"
                f"user=vsocert,pass={PASSWORD},reconnect=0")

    def unit(self):
        return f"mysql:sock={self.folder}/sock,user=root,reconnect=0"


KINDS = {"pgsql": Postgres, "mysql": MariaDb}
running = {}


def shared(driver):
    """The server of this run, started when it is first asked for."""
    if driver not in running:
        made = KINDS[driver]()
        try:
            running[driver] = made.start()
        except BaseException:
            made.remove()
            raise
    return running[driver]


def remove_shared():
    for server in running.values():
        server.remove()
    running.clear()
