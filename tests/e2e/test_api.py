# SPDX-License-Identifier: Apache-2.0
"""The API as a whole: shapes, methods, headers, rights."""


def test_what_is_created_is_on_the_wire(server, api, host):
    bootstrap = server.served(host)
    made = api.create(host)
    assert server.served(host) == made["fingerprint"] != bootstrap
