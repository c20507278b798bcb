# SPDX-License-Identifier: Apache-2.0
"""What a TLS client is given. Everything here does full handshakes."""

import hashlib
import re
import socket
import ssl
import subprocess

from .client import insecure_context

CIPHERS = {"RSA": "ECDHE-RSA-AES256-GCM-SHA384",
           "EC": "ECDHE-ECDSA-AES256-GCM-SHA384"}


def fingerprint_of(pem):
    """SHA-256 of the first certificate of a PEM text, as the API shows it."""
    first = re.search("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----",
                      pem, re.S).group(0)
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(first)).hexdigest()


def served_der(port, sni=None, key=None, host="127.0.0.1"):
    """The leaf certificate of one handshake.

    key  None: as a client with defaults; "RSA" or "EC": as one that knows
         only this algorithm (TLS 1.2)
    """
    context = insecure_context()
    if key:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(CIPHERS[key])
    with socket.create_connection((host, port), timeout=20) as plain:
        with context.wrap_socket(plain, server_hostname=sni) as tls:
            return tls.getpeercert(binary_form=True)


def served(port, sni=None, key=None, host="127.0.0.1"):
    """SHA-256 fingerprint of served_der."""
    return hashlib.sha256(served_der(port, sni, key, host)).hexdigest()


class Handshake:
    """One run of `openssl s_client`."""

    def __init__(self, output, status):
        self.output = output
        self.status = status
        self.pems = re.findall(
            "-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----",
            output, re.S)

    @property
    def fingerprint(self):
        return fingerprint_of(self.pems[0]) if self.pems else None

    @property
    def verified(self):
        return "Verify return code: 0 (ok)" in self.output

    @property
    def protocol(self):
        found = re.search(r"^New, (TLSv[\d.]+)", self.output, re.M)
        return found and found.group(1)


def s_client(port, sni=None, *options, host="127.0.0.1"):
    """Handshake as `openssl s_client` with more options, such as "-sigalgs",
    "ECDSA+SHA256", or "-tls1_2", or "-CAfile", path."""
    name = ["-servername", sni] if sni else ["-noservername"]
    run = subprocess.run(
        ["openssl", "s_client", "-connect", f"{host}:{port}", "-showcerts",
         *name, *options], stdin=subprocess.DEVNULL, timeout=30,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return Handshake(run.stdout.decode("utf-8", "replace"), run.returncode)
