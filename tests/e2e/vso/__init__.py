# SPDX-License-Identifier: Apache-2.0
"""Helpers of the end-to-end tests.

server         a throw-away httpd with the reference configuration
client         the JSON API over https
wire           what a TLS client is given
ca             a certification authority made with the openssl command
files          keystore files made with the openssl command
packages       Orchestrator packages, written and looked at
package_calls  calls of the packages' API that many tests make
application    an application behind httpd
databases      PostgreSQL and MariaDB of the tests' own
clusters       several database servers that stand in for one another
fill           keystores with many entries
faults         what tests of faults have in common
keytool        Java's keytool, in one process for all calls
handshakes     TLS connections without end
ports          ports that nobody else takes
proxy          what networks do to a database connection
told           a program for VSOCertMessageCmd
browser        Chromium at the console
trace          what a server's processes write to files
runner         a server as `make run` starts it
secret_forms   in what forms a secret is searched for
source         tables of the C sources and the documents, read as text
"""

import time


def wait_for(condition, what, timeout_sec=15.0, look_sec=0.02):
    """Wait until condition() is true, and return what it returned. what: in
    words, or a call that tells them when it is too late. look_sec: between two
    looks."""
    deadline = time.monotonic() + timeout_sec
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() >= deadline:
            words = what() if callable(what) else what
            raise AssertionError(f"waited {timeout_sec:g} s for {words}")
        time.sleep(look_sec)
