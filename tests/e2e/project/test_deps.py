# SPDX-License-Identifier: Apache-2.0
"""tests/deps.sh: what it installs and upgrades. dpkg and apt are stand-ins
here: they would change the machine."""

import os
import subprocess

import pytest

from vso.source import ROOT

OPENSSL = ["libssl3", "libssl-dev", "openssl"]

QUERY = """#!/bin/sh
shift 2
for package; do
    if [ -e "$STATE/$package" ]; then
        echo "installed $package $(cat "$STATE/$package")"
    fi
done
"""

CACHE = """#!/bin/sh
shift
for package; do
    echo "$package:"
    echo "  Installed: 1"
    echo "  Candidate: $(cat "$STATE/candidate")"
    echo "  Version table:"
done
"""

# `update` brings a newer list, `install` installs what the list has.
GET = """#!/bin/sh
echo "apt-get $*" >>"$STATE/calls"
[ ! -e "$STATE/offline" ] || exit 100
case " $* " in
*" update "*) [ ! -e "$STATE/next" ] || cp "$STATE/next" "$STATE/candidate" ;;
*) for package; do
       case $package in
       lib*|openssl|gcc) cp "$STATE/candidate" "$STATE/$package" ;;
       esac
   done ;;
esac
"""


class Machine:
    """One with some packages."""

    def __init__(self, folder, version, candidate):
        self.folder = folder
        for name, text in (("dpkg-query", QUERY), ("apt-cache", CACHE),
                           ("apt-get", GET), ("sudo", '#!/bin/sh\n"$@"\n')):
            path = folder / name
            path.write_text(text)
            path.chmod(0o755)
        for package in [*OPENSSL, "make"]:
            self.set(package, version)
        self.set("candidate", candidate)

    def set(self, name, text):
        (self.folder / name).write_text(f"{text}\n")

    def run(self, *packages):
        """deps.sh: what it said, and what apt-get was asked for."""
        calls = self.folder / "calls"
        calls.write_text("")
        done = subprocess.run(
            ["tests/deps.sh", *packages], cwd=ROOT, capture_output=True,
            text=True, check=True,
            env={"STATE": str(self.folder),
                 "PATH": f"{self.folder}:{os.environ['PATH']}"})
        return done.stdout + done.stderr, calls.read_text().splitlines()

    def versions(self):
        return {(self.folder / name).read_text().strip() for name in OPENSSL}


@pytest.fixture
def machine(tmp_path):
    return lambda version, candidate: Machine(tmp_path, version, candidate)


def test_nothing_to_do(machine):
    assert machine("3.0.22-1", "3.0.22-1").run("make") == ("", [])


def test_upgrades_openssl(machine):
    one = machine("3.0.19-1~deb12u2", "3.0.22-1~deb12u2")
    said, (call,) = one.run("make")
    assert said == ""
    assert call.endswith("--only-upgrade libssl3 libssl-dev openssl")
    assert one.versions() == {"3.0.22-1~deb12u2"}
    assert one.run("make") == ("", [])


def test_looks_for_a_newer_list(machine):
    one = machine("3.0.19-1", "3.0.19-1")
    one.set("next", "3.0.22-1")
    said, calls = one.run("make")
    assert said == "" and len(calls) == 2 and "update" in calls[0]
    assert one.versions() == {"3.0.22-1"}


@pytest.mark.parametrize("candidate", ["3.0.19-1", "3.0.22-1"])
def test_builds_without_network_all_the_same(machine, candidate):
    one = machine("3.0.19-1", candidate)
    one.set("offline", "")
    said, _ = one.run("make")
    assert "OpenSSL 3.0.19-1 has faults that 3.0.22 mended" in said
    assert one.versions() == {"3.0.19-1"}


def test_installs_what_is_missing(machine):
    one = machine("3.0.22-1", "3.0.22-1")
    _, (call,) = one.run("make", "gcc")
    assert call.endswith("--no-install-recommends gcc")
