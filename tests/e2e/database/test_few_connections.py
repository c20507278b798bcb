# SPDX-License-Identifier: Apache-2.0
"""DBDMax, which has to be more than a child has threads."""

import pytest

LINE = "DBDMax {} is not more than ThreadsPerChild {}"


@pytest.mark.parametrize("mpm, most, threads", [
    ("event", 25, 25), ("event", 10, 25), ("worker", 25, 25),
    ("prefork", 1, 1)])
def test_too_few_are_said_at_the_start(make_server, mpm, most, threads):
    server = make_server(mpm=mpm, extra=f"DBDKeep 1\nDBDMax {most}")
    server.expect_log(LINE.format(most, threads))


@pytest.mark.parametrize("mpm, most", [("event", 26), ("prefork", 2)])
def test_enough_are_not(make_server, mpm, most):
    """The error-log rule looks. What a virtual host sets is not the module's."""
    make_server(mpm=mpm, extra=f"""
        DBDKeep 1
        DBDMax {most}
        <VirtualHost 127.0.0.1:1>
            DBDMax {most - 1}
        </VirtualHost>""")
