# SPDX-License-Identifier: Apache-2.0
"""httpd's clock in a test's hands, by libfaketime. SQLite has no clock but that
one: it is the database's as well."""

import pathlib

FAKETIME = next(pathlib.Path("/usr/lib").glob(
    "*/faketime/libfaketimeMT.so.1"), None)

# Of a program whose wall clock is another one. With the last of them unset, waits
# on the monotonic clock do not wait, and threads spin.
FAKED = {"LD_PRELOAD": str(FAKETIME), "FAKETIME_DONT_FAKE_MONOTONIC": "1",
         "FAKETIME_FORCE_MONOTONIC_FIX": "0"}


class Clock:
    """
    path  a file, which is made; httpd's children have to read it
    env   of the server that goes by it (vso.server.Server)
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.ahead(0)
        self.env = {**FAKED, "FAKETIME_TIMESTAMP_FILE": str(self.path),
                    "FAKETIME_NO_CACHE": "1"}

    def ahead(self, seconds):
        """Of this machine's clock, from now on."""
        fresh = self.path.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}s\n")
        fresh.chmod(0o644)
        fresh.replace(self.path)
