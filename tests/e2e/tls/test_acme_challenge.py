# SPDX-License-Identifier: Apache-2.0
"""mod_md beside the keystore: a connection by which a CA asks for a challenge
of RFC 8737 gets mod_md's certificate, each other one the keystore's."""

import pytest

from vso import wait_for
from vso.pebble import Pebble
from vso.ports import free_port
from vso.server import MODULES, Vhost, set_owner

NAME = "md.example.test"


@pytest.fixture
def pebble(base_folder):
    """Its challenges go to tls_port, which the server takes as its own."""
    made = Pebble(base_folder / "pebble-tls", tls_port=free_port())
    yield made.start()
    made.stop()


def of_mod_md(pebble, folder):
    """Directives by which it gets a certificate for NAME over acme-tls/1."""
    return "\n".join((
        f"LoadModule md_module {MODULES}/mod_md.so",
        "Protocols acme-tls/1 http/1.1",
        f"MDStoreDir {folder}",
        f"MDCertificateAuthority {pebble.directory}",
        f"MDCACertificateFile {pebble.cacert}",
        "MDCertificateAgreement accepted",
        "MDContactEmail ops@example.test",
        "MDCAChallenges tls-alpn-01",
        f"MDPortMap https:{pebble.tls_port} http:-",
        "MDStapling off",
        f"MDomain {NAME} manual"))


def test_a_challenge_is_answered_by_mod_md(make_server, pebble):
    """Over TLS 1.3, as pebble asks: there the protocol is chosen before the
    certificate."""
    server = make_server(
        start=False, extra="VSOCertByName on", vhosts=[Vhost(NAME, "md")])
    server.port = pebble.tls_port
    store = server.folder / "md"
    store.mkdir()
    set_owner(store)
    server.extra += "\n" + of_mod_md(pebble, store)
    server.expect_log("AH10085: .* no certificates (?:are )?configured",
                      optional=True)
    server.start()
    made = server.api("md").create(NAME)["fingerprint"]

    got = store / "staging" / NAME / "pubcert.pem"
    wait_for(lambda: got.exists() and server.served(NAME) == made,
             lambda: f"{got}\n{server.log.text()}\n{pebble.log()}", 60)
    assert f"{NAME}" in pebble.log()
    # once more while it has a certificate of its own: the keystore's is served
    server.graceful()
    assert server.served(NAME) == made
    # before pebble, which mod_md would look for
    server.stop()
