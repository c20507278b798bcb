# SPDX-License-Identifier: Apache-2.0
"""What tests of faults have in common: log lines, a change, the check."""

import time

# What a change waits for SQLite's lock.
LOCK_SEC = 3
# httpd finds the pid file of one that was killed.
UNCLEAN = "AH00098: pid file .* overwritten"
UNAVAILABLE = r"vsocert: \w+ /vsocert/api/v1/\S+: .*\(database-unavailable\)"
UNRECORDED = "could not be recorded"
# What a node may say while its database comes and goes.
COMES_AND_GOES = (UNAVAILABLE, "the database does not answer",
                  "of the keystore cannot be taken up", UNRECORDED,
                  r"\[dbd:error\]")
SEALED = r"vsocert: .*(is sealed|\(sealed\)|no master key yet)"
OLDER = "a restored backup"
REPLACE = {"subject": {"commonName": "x"}, "key": "ec-p256", "replace": True}


def consistent(server, api, host=None):
    """One active version, which is served; the trail is whole. Returns its
    fingerprint."""
    active, = [v for v in api.versions() if v["state"] == "active"]
    assert server.served(host) == active["fingerprint"]
    assert api.get("/audit/verify").ok()["intact"] is True
    return active["fingerprint"]


def at_once(call):
    """What ten calls returned. The quickest took less than a wait for a lock,
    which each of them would have had."""
    returned, took = [], []
    for _ in range(10):
        began = time.monotonic()
        returned.append(call())
        took.append(time.monotonic() - began)
    assert min(took) < LOCK_SEC, took
    return returned


def has_no_queue(server):
    """SQLite has none for its lock: on a slow disk somebody may wait in vain."""
    return server.database.driver == "sqlite3"


def patient(server):
    """Says what the log may hold then."""
    for line in (UNAVAILABLE, UNRECORDED) if has_no_queue(server) else ():
        server.expect_log(line, optional=True)
    return server
