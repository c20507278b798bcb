# SPDX-License-Identifier: Apache-2.0
"""CoreDumpDirectory lets a process of httpd's user read the memory of httpd's
children, where the master key is: a real CGI program tries it."""

import pathlib
import pwd

import pytest
from vso.client import insecure_context, request
from vso.server import AS_ROOT, MODULES, set_owner

YAMA = pathlib.Path("/proc/sys/kernel/yama/ptrace_scope")

pytestmark = [
    pytest.mark.skipif(not AS_ROOT, reason="only root's httpd has a User"),
    pytest.mark.skipif(YAMA.exists() and YAMA.read_text().strip() != "0",
                       reason="the kernel refuses it to everybody (Yama)"),
]

# Prints which of the processes that it is asked about it can read.
LOOK = """#!/usr/bin/python3
import os
print("Content-Type: text/plain\\n")
for pid in os.environ["QUERY_STRING"].split("+"):
    try:
        open(f"/proc/{pid}/mem", "rb").close()
        print(pid)
    except OSError:
        pass
"""


def make(make_server, more=""):
    """A server with CoreDumpDirectory and a CGI program."""
    server = make_server(start=False)
    cores = server.folder / "cores"
    cores.mkdir()
    set_owner(cores)
    program = server.folder / "cgi/look"
    program.parent.mkdir()
    program.write_text(LOOK)
    program.chmod(0o755)
    server.extra = f"""
        CoreDumpDirectory {cores}
        LoadModule cgid_module {MODULES}/mod_cgid.so
        ScriptSock {server.folder}/cgid.sock
        ScriptAlias /cgi/ {program.parent}/
        <Directory {program.parent}>
            Require all granted
        </Directory>
        {more}"""
    return server.start()


def of_user(server):
    """Processes of this httpd that have its User: children, and the daemon of
    mod_cgid, which was forked from the parent that had read the key."""
    user = pwd.getpwnam("www-data").pw_uid
    return [pid for pid in server.pids() if pid != server.pid
            and f"\nUid:\t{user}\t" in
            pathlib.Path(f"/proc/{pid}/status").read_text()]


def read_by_cgi(server):
    """Those of them that the program could read, and all."""
    asked = of_user(server)
    assert len(asked) >= 3    # two children, and the daemon
    reply = request(None, server.port, insecure_context(), "GET",
                    "/cgi/look?" + "+".join(map(str, asked)), None, {})
    assert reply.status == 200, reply
    return {int(pid) for pid in reply.text.split()}, set(asked)


def test_children_cannot_be_read(make_server):
    found, asked = read_by_cgi(make(make_server))
    assert asked and not found


def test_they_can_where_the_directive_says_so(make_server):
    found, asked = read_by_cgi(make(make_server, "VSOCertCoreDumps on"))
    assert found == asked
