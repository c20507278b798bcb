# SPDX-License-Identifier: Apache-2.0
"""Let's Encrypt's own test CA, Pebble, as Debian has it: strict, with nonces
that it refuses now and then, and with names that all lead here."""

import json
import os
import ssl
import subprocess
import urllib.request

from . import wait_for
from .ca import Authority, openssl
from .ports import free_port


class Pebble:
    """One CA.

    http_port   where it asks for challenges over HTTP; None: nowhere
    tls_port    and for those of acme-tls/1
    bad_nonces  percent of requests whose nonce it refuses
    reuse       percent of authorizations that it takes again
    eab         {key identifier: HMAC key}: accounts need one of these
    """

    def __init__(self, folder, http_port=None, tls_port=None, bad_nonces=0,
                 reuse=0, eab=None):
        self.folder = folder
        self.http_port = http_port or free_port()
        self.tls_port = tls_port or free_port()
        self.port = free_port()
        self.management = free_port()
        self.dns = free_port()
        self.env = {"PEBBLE_VA_NOSLEEP": "1",
                    "PEBBLE_WFE_NONCEREJECT": str(bad_nonces),
                    "PEBBLE_AUTHZREUSE": str(reuse)}
        self.eab = eab
        self.processes = []
        folder.mkdir()
        self.make_certificate()

    def make_certificate(self):
        authority = Authority(self.folder / "ca", "ec", "Pebble's TLS")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-subj", "/CN=localhost", "-addext",
                "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
                self.folder / "tls.key", "-out", self.folder / "tls.csr")
        leaf = authority.sign((self.folder / "tls.csr").read_text())
        (self.folder / "tls.pem").write_text(leaf + authority.issuing)
        self.cacert = self.folder / "cacert.pem"
        self.cacert.write_text(authority.root)
        self.cacert.chmod(0o644)
        self.folder.chmod(0o711)

    @property
    def directory(self):
        return f"https://127.0.0.1:{self.port}/dir"

    def config(self):
        pebble = {"listenAddress": f"127.0.0.1:{self.port}",
                  "managementListenAddress": f"127.0.0.1:{self.management}",
                  "certificate": str(self.folder / "tls.pem"),
                  "privateKey": str(self.folder / "tls.key"),
                  "httpPort": self.http_port, "tlsPort": self.tls_port,
                  "ocspResponderURL": ""}
        if self.eab:
            pebble["externalAccountBindingRequired"] = True
            pebble["externalAccountMACKeys"] = self.eab
        return json.dumps({"pebble": pebble})

    def start(self):
        path = self.folder / "config.json"
        path.write_text(self.config())
        self.run("pebble-challtestsrv", "-defaultIPv4", "127.0.0.1",
                 "-defaultIPv6", "", "-dns01", f"127.0.0.1:{self.dns}",
                 "-http01", "", "-https01", "", "-tlsalpn01", "",
                 "-management", f"127.0.0.1:{free_port()}")
        self.run("pebble", "-strict", "-config", path, "-dnsserver",
                 f"127.0.0.1:{self.dns}")
        wait_for(self.answers, "pebble to answer", 60)
        return self

    def run(self, *command):
        with open(self.folder / f"{command[0]}.log", "ab") as log:
            self.processes.append(subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **self.env}))

    def get(self, url):
        context = ssl.create_default_context(cafile=self.cacert)
        with urllib.request.urlopen(url, context=context, timeout=10) as found:
            return found.read().decode()

    def answers(self):
        try:
            return self.get(self.directory)
        except OSError:
            return None

    def root(self):
        return self.get(f"https://127.0.0.1:{self.management}/roots/0")

    def log(self):
        return (self.folder / "pebble.log").read_text()

    def stop(self):
        for process in self.processes:
            process.terminate()
            process.wait(10)
        self.processes = []
