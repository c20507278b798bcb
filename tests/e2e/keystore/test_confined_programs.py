# SPDX-License-Identifier: Apache-2.0
"""What the program of VSOCertMessageCmd can reach: a real one tries it."""

import ctypes
import json
import pathlib

import pytest
from vso import wait_for
from vso.server import AS_ROOT, HTTPD, set_owner

YAMA = pathlib.Path("/proc/sys/kernel/yama/ptrace_scope")
CREATE_RULESET = 444    # landlock_create_ruleset
GIVE_VERSION = 1
SCOPES = 6              # the version that keeps signals in

PROGRAM = """#!/usr/bin/python3
import json, os, resource, sqlite3, subprocess, sys
out, db, key, state = sys.argv[1:5]
found = {}
found["files"] = [n for n in os.listdir("/proc/self/fd") if int(n) > 2
                  and os.path.lexists(f"/proc/self/fd/{n}")]
def tries(name, call):
    try:
        call()
        found[name] = "done"
    except Exception as error:
        found[name] = type(error).__name__
def reads(path):
    return lambda: open(path, "rb").read(1)
def sql():
    with sqlite3.connect(db) as connection:
        connection.execute("CREATE TABLE intruder (a int)")
        connection.execute("DROP TABLE intruder")
parent = os.getppid()
tries("read db", reads(db))
tries("write db", lambda: open(db, "r+b").close())
tries("sql", sql)
tries("list", lambda: os.listdir(state))
tries("make", lambda: open(state + "/made", "w").close())
tries("link", lambda: os.link(db, out + "/link"))
tries("rename", lambda: os.rename(state + "/serving-2.mdb",
                                  state + "/serving.gone"))
tries("key", reads(key))
tries("memory", lambda: open(f"/proc/{parent}/mem", "rb").close())
tries("environment", reads(f"/proc/{parent}/environ"))
tries("signal", lambda: os.kill(parent, 0))
tries("run", lambda: subprocess.run(["/bin/sh", "-c", "exit 0"], check=True))
tries("etc", reads("/etc/passwd"))
tries("null", lambda: open("/dev/null", "w").write("x"))
tries("random", reads("/dev/urandom"))
tries("own folder", reads(os.path.dirname(sys.argv[0]) + "/beside"))
tries("write", lambda: open(out + "/file", "w").write("x"))
tries("elsewhere", lambda: os.listdir("/var/lib"))
status = open("/proc/self/status").read()
found["NoNewPrivs"] = status.split("NoNewPrivs:\\t")[1][0]
found["core"] = resource.getrlimit(resource.RLIMIT_CORE)
found["group"] = os.getpgid(0) == os.getpid()
found["variables"] = sorted(n for n in os.environ if "VSOCERT_" not in n)
with open(out + "/new", "w") as file:
    json.dump(found, file)
os.rename(out + "/new", out + "/found")
"""

# Starts httpd under a kernel without Landlock.
WITHOUT_LANDLOCK = """
import ctypes, os, struct, sys
code = b"".join(struct.pack("HBBI", *line) for line in (
    (0x20, 0, 0, 0),               # load the number of the call
    (0x15, 0, 1, 444),             # landlock_create_ruleset?
    (0x06, 0, 0, 0x00050000 | 38), # ENOSYS
    (0x06, 0, 0, 0x7fff0000)))     # allowed
buffer = ctypes.create_string_buffer(code)
program = struct.pack("HxxxxxxP", 4, ctypes.addressof(buffer))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, program, 0, 0) == 0, ctypes.get_errno()
os.execv(sys.argv[1], sys.argv[1:])
"""

REFUSED = {"read db", "write db", "sql", "list", "make", "link", "rename",
           "key", "memory", "environment"}
GRANTED = {"run", "etc", "null", "random", "own folder", "write"}


def landlock():
    """The version of the kernel's Landlock; 0: none."""
    return max(0, ctypes.CDLL(None).syscall(CREATE_RULESET, None, 0,
                                            GIVE_VERSION))


@pytest.fixture
def tried(make_server, base_folder):
    """tried(directives): what the program found under them."""
    if not AS_ROOT:
        pytest.skip("only root's httpd has a User")

    def run(more="", **options):
        number = sum(1 for _ in base_folder.glob("tried*"))
        out = base_folder / f"tried{number}"
        home = base_folder / f"program{number}"
        out.mkdir()
        set_owner(out)
        home.mkdir()
        (home / "beside").write_text("x")
        program = home / "tell"
        program.write_text(PROGRAM)
        program.chmod(0o755)
        server = make_server(start=False, **options)
        key = server.folder / "master0.key"
        server.extra = f"""
            VSOCertMessageCmd {program} {out} {server.db_path} {key} \
                {server.state}
            CoreDumpDirectory {server.folder}
            VSOCertCoreDumps on
            {more}"""
        server.start()
        set_owner(key)
        server.api().create()
        wait_for((out / "found").exists, "the program to have tried it all")
        return server, json.loads((out / "found").read_text())

    return run


def of(found, names):
    """{what happened: those of names}"""
    sets = {}
    for name in names:
        sets.setdefault(found[name], set()).add(name)
    return sets


@pytest.mark.sqlite("looks at its file")
@pytest.mark.skipif(not landlock(), reason="this kernel has no Landlock")
def test_it_is_kept_from_the_keystore(tried):
    server, found = tried()
    assert of(found, GRANTED) == {"done": GRANTED}
    refused = of(found, REFUSED)
    assert "done" not in refused, refused
    assert (found["sql"], found["link"]) == ("OperationalError", "OSError")
    others = REFUSED - {"sql", "link"}    # a link is refused as EXDEV
    assert of(found, others) == {"PermissionError": others}
    if landlock() >= SCOPES:
        assert found["signal"] == "PermissionError"
    assert found["elsewhere"] == "PermissionError"
    assert found["NoNewPrivs"] == "1"
    check_always(found)
    # The keystore is what it was.
    server.api().get("/certificate").ok()


def check_always(found):
    assert found["core"] == [0, 0]
    assert found["files"] == []
    assert found["group"]
    # LC_CTYPE is Python's own.
    assert set(found["variables"]) <= {"PATH", "LANG", "LC_CTYPE"}


@pytest.mark.sqlite("looks at its file")
def test_it_may_all_that_its_user_may_without(tried):
    """What the test above sees refused is refused by nothing else."""
    server, found = tried("VSOCertConfine off")
    server.expect_log("serving-2.mdb", optional=True)    # which it renamed
    assert found["NoNewPrivs"] == "0"
    check_always(found)
    expected = GRANTED | REFUSED | {"signal", "elsewhere"}
    if YAMA.exists() and YAMA.read_text().strip() != "0":
        expected -= {"memory"}
    assert of(found, expected) == {"done": expected}


def test_a_kernel_without_landlock_is_said(tried, monkeypatch):
    monkeypatch.setattr("vso.server.COMMAND", [
        "/usr/bin/python3", "-c", WITHOUT_LANDLOCK, HTTPD])
    server, found = tried()
    server.expect_log('this kernel has no Landlock .*"VSOCertConfine off"')
    assert found["NoNewPrivs"] == "1"
    assert found["list"] == "done"
    check_always(found)


def test_no_line_without_a_program(make_server, monkeypatch):
    """Nor is anything said where nothing would be confined."""
    monkeypatch.setattr("vso.server.COMMAND", [
        "/usr/bin/python3", "-c", WITHOUT_LANDLOCK, HTTPD])
    make_server()
    make_server(extra="VSOCertMessageCmd /bin/true\nVSOCertConfine off")
