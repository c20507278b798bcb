# SPDX-License-Identifier: Apache-2.0
"""Processor time of a call that brings user and password, or a session: with
the provider vsocert, which remembers them for a minute, and with httpd's file
provider, which derives at each call. bcrypt at cost 10, as README has it."""

import subprocess

from vso.client import SignedIn
from vso.server import USERS

from measure import children, cpu_ns
from peers import ours
from table import Figure, ratios

REMEMBERED, DERIVED = "provider vsocert", "provider file"
CALLS = 40

# The later location replaces what the shipped one says.
BY_FILE = """
<Location "/vsocert/api">
    <If "-n %{HTTP:Authorization}">
        AuthBasicProvider file
    </If>
    <Else>
        AuthFormProvider file
    </Else>
</Location>
"""


def started(run, extra):
    server = ours(run.folder(), extra)
    run.start(server)
    subprocess.run(["htpasswd", "-i", "-B", "-C", "10",
                    server.folder / "users", "vmware"],
                   input=USERS["vmware"].encode(), check=True,
                   capture_output=True)
    return server


def cost(server, call, count):
    """Processor milliseconds of httpd's children for a call."""
    call()      # which derives, where it is remembered
    pids = children(server)
    before = cpu_ns(pids)
    for _ in range(count):
        call()
    return (cpu_ns(pids) - before) / count / 1e6


def ways(server):
    """{way to call: call}, of a server."""
    api, session = server.api(), SignedIn(server)
    return {"Basic": lambda: api.get("/countries").ok(),
            "session": lambda: session.api.get(
                "/countries", headers={"Cookie": session.cookie}).ok()}


def bench(run):
    calls = {REMEMBERED: ways(started(run, "")),
             DERIVED: ways(started(run, BY_FILE))}
    servers = dict(zip(calls, run.started))
    seen = {way: {who: [] for who in calls} for way in calls[DERIVED]}
    for _ in run.rounds(7, 40):
        for way, by in seen.items():
            for who, values in by.items():
                values.append(cost(servers[who], calls[who][way],
                                   run.scaled(CALLS, 3)))
    for way, by in seen.items():
        for who, values in by.items():
            run.table.add(Figure.of_rounds("signin", f"{way}: {who}", values,
                                           "ms"))
        run.table.add(Figure.of_rounds(
            "signin", f"{way}: {REMEMBERED} / {DERIVED}",
            ratios(by[REMEMBERED], by[DERIVED]), "ratio"))
