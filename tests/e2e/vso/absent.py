# SPDX-License-Identifier: Apache-2.0
"""A database that is away, under a running server."""

import contextlib


@contextlib.contextmanager
def absent(server):
    """The database is away: a folder stands where its file was."""
    away = server.state / "away"
    away.mkdir()
    for file in server.state.glob("keystore.db*"):
        file.rename(away / file.name)
    server.db_path.mkdir()
    try:
        yield
    finally:
        # the database last: nobody is to open it without its journal
        last = away / server.db_path.name
        for file in set(away.iterdir()) - {last}:
            file.rename(server.state / file.name)
        server.db_path.rmdir()
        last.rename(server.db_path)
        away.rmdir()
