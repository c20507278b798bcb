# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the end-to-end tests.

A test gets a real httpd with the reference configuration:

server       shared by the tests of a module; each test uses an `entry` of its
             own, which the virtual host `host` serves
make_server  makes one for this test only, for those that break things

VSO_TEST_DB=pgsql (or mysql) runs them on a database server.

The error-log rule: each test's lines of the error log are read when it ends.
A warning or worse that the test did not declare (server.expect_log) fails it,
and so does a declared one that did not come.
"""

import itertools
import pathlib
import shutil
import signal
import tempfile

import pytest

from vso import databases
from vso.ca import Authority
from vso.packages import Signer
from vso.server import MODULE, processes_of, Server, Vhost
from vso.told import Told

# Entries that a module's tests name themselves: e0 to e3.
NAMED_ENTRIES = 4

# Files by what they take, the longest first; those that are not named take
# less than half a minute.
LONG = ("test_console_packages", "test_console_flows", "test_console_views",
        "test_keystore_formats", "test_console_care", "test_run", "test_tls",
        "test_databases", "test_faults", "test_recovery", "test_packages",
        "test_filters", "test_package_faults", "test_console_clients",
        "test_clocks", "test_copy")

live_servers = []

# A job in the background of a shell starts with Ctrl-C ignored, and so would
# every server that these tests stop with it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def base_folder():
    """Where everything is made; www-data can pass through. Gone at the end,
    as are all processes."""
    if not MODULE.exists():
        pytest.exit(f"{MODULE} is missing: make -f Makefile.apxs module", 2)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vsocert-e2e-"))
    folder.chmod(0o711)
    yield folder
    assert not processes_of(folder), "left processes behind"
    shutil.rmtree(folder)


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "sqlite(why): not run where VSO_TEST_DB names a server")
    config.addinivalue_line(
        "markers", "fleet: clusters of databases, for `check-fleet`")


def pytest_collection_modifyitems(items):
    """Files that take long begin first: none is left alone at the end."""
    place = {name: i for i, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path.stem, len(LONG)))


def pytest_runtest_setup(item):
    mark = item.get_closest_marker("sqlite")
    if mark and databases.driver_of_run() != "sqlite3":
        pytest.skip(f"SQLite only: {mark.args[0]}")


@pytest.fixture(scope="session", autouse=True)
def database_servers():
    """Started when a test needs one; gone at the end."""
    yield databases
    databases.remove_shared()


@pytest.fixture(scope="session")
def server_folders(base_folder):
    """Names for servers' folders."""
    return (base_folder / f"httpd{i}" for i in itertools.count())


def settle(servers):
    """The error-log rule."""
    complaints = []
    for server in servers:
        complaints += server.log.settle()
        if server.stderr().strip():
            complaints.append(f"stderr: {server.stderr()}")
            (server.folder / "stderr").write_text("")
    return complaints


@pytest.fixture(autouse=True)
def error_log_rule():
    yield
    complaints = settle(live_servers)
    for server in [s for s in live_servers if s.process is None]:
        live_servers.remove(server)
        shutil.rmtree(server.folder)
    if complaints:
        pytest.fail("\n".join(complaints))


@pytest.fixture(scope="module")
def server_options(request):
    """More arguments of vso.server.Server for a module's server: its SERVER =
    {...}, or a fixture of this name."""
    return dict(getattr(request.module, "SERVER", {}))


@pytest.fixture(scope="module")
def entries(request):
    """How many entries a module's server has, each with a virtual host, which
    makes httpd's start longer: one for each test that asks for one, and some
    that tests name."""
    return NAMED_ENTRIES + sum(
        item.path == request.path and "entry" in item.fixturenames
        for item in request.session.items)


@pytest.fixture(scope="module")
def server(server_folders, server_options, entries):
    """A server for all tests of a module."""
    options = dict(server_options)
    vhosts = [Vhost(f"e{i}.test", f"e{i}") for i in range(entries)]
    vhosts += options.pop("vhosts", [])
    made = Server(next(server_folders), vhosts=vhosts, **options)
    live_servers.append(made)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        live_servers.remove(made)
    complaints = settle([made])
    shutil.rmtree(made.folder)
    assert not complaints, "\n".join(complaints)


@pytest.fixture(scope="module")
def numbers():
    """Counts a module's tests."""
    return itertools.count()


@pytest.fixture
def entry(numbers):
    """An empty entry of the shared server, for this test alone."""
    return f"e{next(numbers)}"


@pytest.fixture
def host(entry):
    """The name (SNI) that serves `entry`."""
    return f"{entry}.test"


@pytest.fixture
def api(server, entry):
    """Calls of vmware for `entry` on the shared server."""
    return server.api(entry)


@pytest.fixture
def make_server(server_folders, error_log_rule):
    """make_server(**arguments of Server): started, unless start=False;
    stopped when the test ends."""
    made = []

    def make(start=True, **options):
        one = Server(next(server_folders), **options)
        made.append(one)
        live_servers.append(one)
        return one.start() if start else one

    yield make
    for one in made:
        one.stop()


@pytest.fixture(scope="session")
def ca(base_folder):
    """A real CA, root and intermediate, with RSA keys."""
    return Authority(base_folder / "ca-rsa", "rsa")


@pytest.fixture(scope="session")
def ec_ca(base_folder):
    """The same with EC keys."""
    return Authority(base_folder / "ca-ec", "ec", "Test EC")


@pytest.fixture(scope="module")
def vro():
    """Another Orchestrator server."""
    return Signer("vro.example.org")


@pytest.fixture(scope="module")
def author():
    """Somebody whose elements others export."""
    return Signer("author.example.org")


@pytest.fixture
def name(entry):
    """A package's name of this test's own."""
    return f"org.example.{entry}"


@pytest.fixture
def told(base_folder):
    number = sum(1 for _ in base_folder.glob("told*"))
    return Told(base_folder / f"told{number}")
