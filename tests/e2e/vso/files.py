# SPDX-License-Identifier: Apache-2.0
"""Keys, certificates and keystore files made by openssl."""

import base64
import pathlib
import tempfile

from .ca import KINDS, openssl

ALIAS = "_dunesrsa_alias_"


def b64(data):
    return base64.b64encode(data).decode()


def self_signed(name="localhost", kind="rsa", *options, sans=None,
                constraints="critical,CA:FALSE"):
    """A key and its self-signed certificate, both PEM; kind: of KINDS, sans:
    as openssl takes them."""
    with tempfile.TemporaryDirectory() as folder:
        key = pathlib.Path(folder, "key.pem")
        cert = pathlib.Path(folder, "cert.pem")
        openssl("req", "-x509", *KINDS[kind], "-nodes", "-days", "365",
                "-subj", f"/CN={name}",
                "-addext", f"subjectAltName={sans or 'DNS:' + name}",
                "-addext", f"basicConstraints={constraints}",
                "-keyout", key, "-out", cert, *options)
        return key.read_text(), cert.read_text()


def request(name="localhost", kind="rsa"):
    """A key and a request for it, both PEM."""
    with tempfile.TemporaryDirectory() as folder:
        key = pathlib.Path(folder, "key.pem")
        csr = openssl("req", *KINDS[kind], "-nodes", "-subj", f"/CN={name}",
                      "-addext", f"subjectAltName=DNS:{name}",
                      "-keyout", key)
        return key.read_text(), csr.decode()


def pkcs12(key, cert, password, *options, chain="", alias=ALIAS):
    """A PKCS#12 file as bytes; options are more of `openssl pkcs12`."""
    with tempfile.TemporaryDirectory() as folder:
        all_path = pathlib.Path(folder, "all.pem")
        all_path.write_text(key + cert + chain)
        return openssl("pkcs12", "-export", "-in", all_path, "-name", alias,
                       "-passout", f"pass:{password}", *options)


def open_pkcs12(data, password, *options):
    """What `openssl pkcs12` reads from a file, as text (keys in the clear)."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "file.p12")
        path.write_bytes(data)
        return openssl("pkcs12", "-in", path, "-passin", f"pass:{password}",
                       "-noenc", *options).decode()
