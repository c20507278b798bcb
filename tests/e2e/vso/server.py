# SPDX-License-Identifier: Apache-2.0
"""A throw-away httpd: Debian's apache2 in the foreground, in a folder of its
own, with conf/run.conf and conf/vsocert.conf as they are shipped."""

import ctypes
import dataclasses
import functools
import itertools
import os
import pathlib
import re
import secrets
import shutil
import signal
import ssl
import subprocess

from . import databases, wait_for, wire
from .client import Api, another_address
from .ports import free_port, port_is_free
from .source import ROOT

HTTPD = "/usr/sbin/apache2"
COMMAND = [HTTPD]
MODULES = "/usr/lib/apache2/modules"
MODULE = pathlib.Path(os.environ.get(
    "VSO_TEST_MODULE", ROOT / "build/.libs/mod_vsocert.so"))
# More of httpd's environment ("NAME=VALUE ..."), for a module that is built with
# sanitizers.
MORE_ENV = dict(pair.split("=", 1)
                for pair in os.environ.get("VSO_TEST_ENV", "").split())
CONF = ROOT / "conf"
AS_ROOT = os.geteuid() == 0

# Each test's users; distinctive, so that a leak is found by searching.
USERS = {"vmware": "canary-Sesame-vmware",
         "operator": "canary-Sesame-operator",
         "auditor": "canary-Sesame-auditor"}

# Who reads the metrics: a user of a file of its own.
MONITOR = "prometheus"
MONITOR_PASSWORD = "canary-Sesame-prometheus"

LINE = re.compile(r"^\[[^]]+\] \[(?:\w+):(\w+)\] ")
BAD_LEVELS = {"emerg", "alert", "crit", "error", "warn"}

# The event MPM's own, when it is stopped just after an answer: it closes
# sockets that its threads are about to give back.
STOPPING = re.compile(r"\(9\)Bad file descriptor: AH0309[23]: process_")

# mod_ssl's, on a Debian whose httpd is newer than its OpenSSL: apt-get does not
# upgrade what is there and new enough to link.
OLDER_OPENSSL = re.compile(r"AH01882: Init: this version of mod_ssl was compiled")

# The module's, where the OpenSSL of this machine is such a one.
UNSOUND_OPENSSL = re.compile(r"vsocert: OpenSSL \S+ is older than ")
HAS_UNSOUND_OPENSSL = ssl.OPENSSL_VERSION_INFO[:4] < (3, 0, 0, 22)

# httpd's, on a loaded machine: a child takes some seconds to end. One that has to
# be killed (AH00046) is a fault, but where sanitizers slow it down.
SLOW_TO_END = re.compile(r"AH00045: child process \d+ still did not exit")
KILLED = re.compile(r"AH00046: child process \d+ still did not exit")


def is_complaint(line):
    """Is a line of the error log one that nobody should see?"""
    if MORE_ENV and KILLED.search(line):
        return False
    if not line.strip() or any(known.search(line) for known in (
            STOPPING, OLDER_OPENSSL, SLOW_TO_END)):
        return False
    if HAS_UNSOUND_OPENSSL and UNSOUND_OPENSSL.search(line):
        return False
    found = LINE.match(line)
    return not found or found.group(1) in BAD_LEVELS or "exit signal" in line


# States of /proc/net/tcp in which httpd is done: TIME_WAIT, CLOSE, LISTEN.
CLOSED = {"06", "07", "0A"}


def set_owner(path):
    """Give a path to the user that httpd's children become."""
    if AS_ROOT:
        shutil.chown(path, "www-data", "www-data")


def die_with_parent():
    """Between fork and exec: no httpd outlives a killed test run."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


@dataclasses.dataclass
class Vhost:
    """A name-based virtual host beside the default one, on the same port."""

    name: str
    alias: str = "server"
    engine: bool = True
    cert: str = ""      # paths: SSLCertificateFile, SSLCertificateKeyFile
    key: str = ""
    extra: str = ""     # more directives

    def text(self, port):
        lines = [f"<VirtualHost 127.0.0.1:{port}>", f"ServerName {self.name}",
                 "SSLEngine on",
                 f"VSOCertEngine {'on' if self.engine else 'off'}",
                 f"VSOCertAlias {self.alias}"]
        if self.cert:
            lines += [f"SSLCertificateFile {self.cert}",
                      f"SSLCertificateKeyFile {self.key}"]
        return "\n".join([*lines, self.extra, "</VirtualHost>", ""])


def pids_of(conf, among=None):
    """httpd's parent and children, by the configuration file they name; among:
    of these processes. Without pathlib, as this is asked many times."""
    wanted = os.fsencode(conf)
    found = []
    for pid in among or map(int, filter(str.isdigit, os.listdir("/proc"))):
        try:
            with open(f"/proc/{pid}/cmdline", "rb", 0) as file:
                line = file.read()
        except OSError:
            continue
        if wanted in line and wanted in line.split(b"\0"):
            found.append(pid)
    return found


@functools.cache
def user_line(user, password):
    """Of a users file. The lowest cost: hundreds of calls sign in with it."""
    return subprocess.run(["htpasswd", "-n", "-i", "-B", "-C", "4", user],
                          input=password.encode(), check=True,
                          capture_output=True).stdout.strip() + b"\n"


@functools.cache
def htdocs_in(folder):
    """A copy of the console that www-data can read, wherever the sources are,
    for all servers that this process makes in a folder."""
    copy = folder / f"htdocs-{os.getpid()}"
    shutil.copytree(ROOT / "htdocs", copy)
    subprocess.run(["chmod", "-R", "u=rwX,go=rX", copy], check=True)
    return copy


def descriptors(pid):
    """What a process has open."""
    links = []
    for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            links.append(os.readlink(fd))
        except OSError:
            pass    # closed meanwhile
    return links


def descriptor_flags(pid, path):
    """Of what a process has open whose name begins with a path."""
    found = []
    for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            if os.readlink(fd).startswith(str(path)):
                text = (fd.parents[1] / "fdinfo" / fd.name).read_text()
                found.append(int(re.search(r"flags:\s+(\d+)", text)[1], 8))
        except OSError:
            pass    # closed meanwhile
    return found


def busy(port):
    """Is there a connection that httpd has not closed yet?"""
    local = f"0100007F:{port:04X}"
    rows = [line.split() for line in
            pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(row[1] == local and row[3] not in CLOSED for row in rows)


def idle(port, conf):
    """Is no connection open, and does no thread of httpd run? One that has
    just closed its connection still works on it for a moment."""
    if busy(port):
        return False
    stats = [stat for pid in pids_of(conf)
             for stat in pathlib.Path(f"/proc/{pid}/task").glob("*/stat")]
    try:
        states = [stat.read_text().rpartition(")")[2].split()[0]
                  for stat in stats]
    except OSError:
        return False    # a thread has just ended
    return not {"R", "D"} & set(states)


def wait_idle(port, conf):
    """Before httpd is told to stop: until it is idle, but not for long.

    prefork tears down its memory from within a signal handler, event closes
    sockets under its threads' feet, and both may crash when they do so in the
    middle of something. Told to stop, the parent first forks the children that
    it finds missing, and they may crash as well: conf/run.conf has none
    missing while the server is idle.
    """
    try:
        wait_for(lambda: idle(port, conf), "connections to end", 1)
    except AssertionError:
        pass    # the test keeps one open


class ErrorLog:
    """The error log of one server, and what a test said it will hold."""

    def __init__(self, path):
        self.path = path
        self.offset = 0
        self.expected = []

    def text(self):
        try:
            return self.path.read_text("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def new_text(self):
        """What was written since the last test ended."""
        return self.text()[self.offset:]

    def expect(self, pattern, optional):
        self.expected.append((re.compile(pattern), optional))

    def settle(self):
        """End of a test: complaints, as a list of lines."""
        complaints = []
        seen = set()
        text = self.new_text()
        for line in text.splitlines():
            matching = [p for p, _ in self.expected if p.search(line)]
            seen.update(matching)
            if is_complaint(line) and not matching:
                complaints.append(f"undeclared log line: {line}")
        complaints += [f"declared but not logged: {p.pattern}"
                       for p, optional in self.expected
                       if not optional and p not in seen]
        self.offset += len(text)
        self.expected = []
        return complaints


class Server:
    """One httpd and its folder.

    folder   made here; must not exist
    mpm      event, worker or prefork
    vhosts   of Vhost
    extra    directives for the main server, after the reference's
    keys     master keys as bytes, the first seals; None: one at random;
             (): a VSOCertMasterKey whose file is missing
    cache    VSOCertCache: True, or False for off
    http     True: a plain port too, which redirects (.http_port)
    db       sqlite3, pgsql or mysql; None: what VSO_TEST_DB says. Or another
             server's .database, to share it
    env      more of httpd's environment
    """

    def __init__(self, folder, mpm="event", vhosts=(), extra="", keys=None,
                 cache=True, http=False, db=None, env=None):
        self.folder = pathlib.Path(folder)
        self.mpm = mpm
        self.vhosts = list(vhosts)
        self.extra = extra
        self.keys = [secrets.token_bytes(32)] if keys is None else list(keys)
        self.cache = cache
        self.env = env or {}
        self.process = None
        self.port = free_port()
        self.http_port = free_port() if http else None
        self.state = self.folder / "state"
        self.db_path = self.state / "keystore.db"
        self.cache_path = self.state / "serving-2.mdb"
        self.log = ErrorLog(self.folder / "error.log")
        self.database = self.find_database(db or databases.driver_of_run())
        self.make_folder()

    def find_database(self, asked):
        if isinstance(asked, databases.Database):
            return asked
        if asked == "sqlite3":
            return databases.sqlite_database(self.db_path)
        return databases.shared(asked).database()

    # Files

    def make_folder(self):
        self.folder.mkdir(mode=0o711)
        self.state.mkdir(mode=0o700)
        set_owner(self.state)
        (self.folder / "conf.d").mkdir()
        self.make_users("users", USERS)
        self.make_users("metrics-users", {MONITOR: MONITOR_PASSWORD})
        for name, text in (("admin-password", USERS["vmware"]),
                           ("metrics-password", MONITOR_PASSWORD)):
            password = self.folder / name
            password.write_text(text)
            password.chmod(0o600)

    def make_users(self, name, users):
        path = self.folder / name
        path.write_bytes(b"".join(itertools.starmap(user_line, users.items())))
        set_owner(path)
        path.chmod(0o600)

    def write_keys(self):
        """Master keys as files; returns their paths, the first seals."""
        paths = [self.folder / f"master{i}.key" for i in range(2)]
        for path, key in zip(paths, self.keys):
            path.touch(0o600)
            path.write_bytes(key)
        for path in paths[len(self.keys):]:
            path.unlink(missing_ok=True)
        return paths

    def write_conf(self):
        """httpd.conf, as conf/run.sh writes it, and conf.d for the test."""
        first, second = self.write_keys()
        subprocess.run(
            [CONF / "secrets.sh", self.folder, self.folder / "users",
             first if self.keys else "/dev/null"], check=True, timeout=60)
        defines = {
            "VSO_RUN_DIR": self.folder, "VSO_CONF": CONF,
            "VSO_MODULES": MODULES, "VSO_MODULE": MODULE, "VSO_MPM": self.mpm,
            "VSO_HOST": "localhost", "VSO_ADDRESS": "127.0.0.1",
            "VSO_PORT": self.port, "VSO_ETC": self.folder,
            "VSO_STATE": self.state,
            "VSO_HTDOCS": htdocs_in(self.folder.parent),
            "VSO_USERS": self.folder / "users",
            "VSO_MASTER_KEY": f"file:{first}",
            "VSO_DB_DRIVER": self.database.driver,
            "VSO_DB_PARAMS": self.database.params}
        lines = [f'Define {name} "{value}"' for name, value in defines.items()]
        if self.http_port:
            lines.append(f"Define VSO_HTTP_PORT {self.http_port}")
        if AS_ROOT:
            lines.append("Define VSO_ROOT")
        lines.append(f'Include "{CONF}/run.conf"')
        (self.folder / "httpd.conf").write_text("\n".join(lines) + "\n")

        more = ["VSOCertPollInterval 50ms"]
        if len(self.keys) > 1:
            more.append(f'VSOCertMasterKey "file:{second}"')
        if not self.cache:
            more.append("VSOCertCache off")
        more.append(self.extra)
        more += [vhost.text(self.port) for vhost in self.vhosts]
        (self.folder / "conf.d/test.conf").write_text("\n".join(more) + "\n")

    # The process

    def start(self, wait=True):
        """Start, and wait until it answers. Another start finds everything
        as it was, with what .keys, .extra, ... are then."""
        assert self.process is None
        self.write_conf()
        with open(self.folder / "stderr", "ab") as stderr:
            self.process = subprocess.Popen(
                [*COMMAND, "-DFOREGROUND", "-f", self.folder / "httpd.conf"],
                stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr,
                start_new_session=True, preexec_fn=die_with_parent,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C",
                     **MORE_ENV, **self.env})
        if wait:
            wait_for(self.answers, "httpd to answer", 30)
        return self

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(
                f"httpd ended ({self.process.returncode}): {self.stderr()}"
                f"{self.log.new_text()}")
        try:
            return self.served()
        except OSError:
            return None

    def stderr(self):
        path = self.folder / "stderr"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    @property
    def pid(self):
        return self.process.pid

    def pids(self):
        """Parent and children."""
        return pids_of(self.folder / "httpd.conf")

    def stop(self):
        """Stop as an administrator does, and see that nothing is left."""
        if self.process is None:
            return
        wait_idle(self.port, self.folder / "httpd.conf")
        self.process.terminate()
        self.process.wait(30)
        self.process = None
        self.wait_gone()

    def kill(self):
        """kill -9 of parent and children at once."""
        os.killpg(os.getpgid(self.pid), signal.SIGKILL)
        self.process.wait(30)
        self.process = None
        self.wait_gone()

    def wait_gone(self):
        """Those that are seen to go are asked for first: to look at each process
        of the machine takes its time."""
        conf = self.folder / "httpd.conf"
        left = self.pids()
        wait_for(lambda: not (left and pids_of(conf, left)) and not self.pids()
                 and port_is_free(self.port), "httpd's children to end")

    def restart(self):
        self.stop()
        return self.start()

    def graceful(self, over=False):
        """Graceful restart, and wait for the new generation; over: and until
        the old children are gone."""
        old = set(self.pids()) - {self.pid}
        before = self.log.text().count("resuming normal operations")
        self.write_conf()
        self.process.send_signal(signal.SIGUSR1)
        wait_for(lambda: self.log.text().count("resuming normal operations")
                 > before, "the graceful restart")
        if over:
            wait_for(lambda: not old & set(self.pids()), "old children to go",
                     30)

    # What a test looks at

    def api(self, entry=None, user="vmware", password=None, name=None):
        """A client; user None: anonymous; name: of the virtual host. With a
        password of its own it has an address of its own as well."""
        address = another_address() if password is not None else None
        if user is not None and password is None:
            password = USERS[user]
        return Api(self.port, user, password, entry, name, address)

    def monitor(self, name=None):
        """A client that may read the metrics."""
        return self.api(None, MONITOR, MONITOR_PASSWORD, name)

    def served(self, sni=None, key=None):
        """SHA-256 fingerprint seen on the wire: see wire.served."""
        return wire.served(self.port, sni, key)

    def s_client(self, sni=None, *options):
        """Handshake by `openssl s_client`: see wire.s_client."""
        return wire.s_client(self.port, sni, *options)

    def sql(self, **options):
        """The database past httpd: a vso.databases.Connection."""
        return self.database.sql(**options)

    def sqlite(self, timeout=10):
        """The same, for what only SQLite has: Python's own connection."""
        assert self.database.driver == "sqlite3"
        return self.database.connect(timeout=timeout)

    def expect_log(self, pattern, optional=False):
        """This test makes httpd log such a line (error, warn or worse). One
        that is not optional must appear."""
        self.log.expect(pattern, optional)

    def wait_log(self, pattern, timeout_sec=15):
        """Wait until this test's log lines have the pattern."""
        wait_for(lambda: re.search(pattern, self.log.new_text()),
                 f"/{pattern}/ in the error log:\n{self.log.new_text()}",
                 timeout_sec)


def config_check(server):
    """What `apachectl -t` says of a server's configuration."""
    return subprocess.run([HTTPD, "-t", "-f", server.folder / "httpd.conf"],
                          capture_output=True, text=True, check=False,
                          env={**os.environ, **MORE_ENV})


def processes_of(folder):
    """Command lines that name the folder."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in line and int(path.parent.name) != os.getpid():
            found.append(line)
    return found
