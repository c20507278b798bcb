# SPDX-License-Identifier: Apache-2.0
"""Programs of others that httpd starts inherit none of the module's files: no
connection to the database, no key, no memory. What VSOCertMessageCmd and the
key program inherit is looked at in api/test_events.py and project/test_run.py.
"""

import pytest

from vso.application import ask
from vso.databases import driver_of_run
from vso.server import descriptors

PROGRAM = """#!/usr/bin/python3
import json, os
def links():
    for name in os.listdir("/proc/self/fd"):
        try:
            yield name, os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            pass    # of the listing itself
print("Content-Type: application/json")
print()
print(json.dumps({"files": dict(links()), "env": dict(os.environ)}))
"""

LOCATION = """
LoadModule {module}_module ${{VSO_MODULES}}/mod_{module}.so
{more}
ScriptAlias "/programs/" "{folder}/"
<Directory "{folder}">
    Require all granted
</Directory>
"""


@pytest.mark.parametrize("module, mpm", [("cgi", "event"), ("cgi", "prefork"),
                                         ("cgid", "event")])
def test_a_cgi_program(make_server, module, mpm):
    server = make_server(mpm=mpm, start=False)
    folder = server.folder / "programs"
    folder.mkdir()
    program = folder / "files"
    program.write_text(PROGRAM)
    for path in (folder, program):
        path.chmod(0o755)
    more = f"ScriptSock {server.folder}/cgisock" if module == "cgid" else ""
    server.extra = LOCATION.format(module=module, folder=folder, more=more)
    server.start()
    server.api().create()
    # Each child has a connection to its database now, which could be passed on.
    for _ in range(20):
        server.api().get("/status").ok()
    opened = {link for pid in server.pids() for link in descriptors(pid)}
    if driver_of_run() == "sqlite3":
        assert str(server.db_path) in opened
    for _ in range(5):
        found = ask(server, "GET", "/programs/files").ok()
        files = {name: path for name, path in found["files"].items()
                 if name not in ("0", "1", "2")}
        assert not {path for path in files.values()
                    if path.startswith(("/", "socket:", "anon_inode:"))}, files
        assert not [value for name, value in found["env"].items()
                    if "vsocert" in name.lower()]
