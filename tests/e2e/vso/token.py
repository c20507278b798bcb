# SPDX-License-Identifier: Apache-2.0
"""A token of a security module (PKCS#11), by SoftHSM: its keys do not leave
it. httpd and openssl reach it by OpenSSL's engine pkcs11."""

import os
import secrets
import subprocess

from .server import set_owner

MODULE = "/usr/lib/softhsm/libsofthsm2.so"


class SoftToken:
    """A new token with one RSA key, in a folder that httpd's children may
    read."""

    def __init__(self, folder):
        self.folder = folder
        self.pin = secrets.token_hex(8)
        (folder / "objects").mkdir(parents=True)
        config = folder / "softhsm2.conf"
        config.write_text(f"directories.tokendir = {folder}/objects\n"
                          "objectstore.backend = file\nlog.level = ERROR\n")
        self.env = {"SOFTHSM2_CONF": str(config), "PKCS11_MODULE_PATH": MODULE}
        self.uri = f"pkcs11:token=vsocert;object=key;pin-value={self.pin}"
        self.run("softhsm2-util", "--init-token", "--free", "--label",
                 "vsocert", "--pin", self.pin, "--so-pin", self.pin)
        key = folder / "key.pem"
        self.run("openssl", "genrsa", "-out", key, "2048")
        self.run("softhsm2-util", "--import", key, "--token", "vsocert",
                 "--label", "key", "--id", "01", "--pin", self.pin)
        key.unlink()
        for path in (folder, *folder.rglob("*")):
            set_owner(path)

    def run(self, *command):
        subprocess.run(command, check=True, capture_output=True, timeout=60,
                       env={**os.environ, **self.env})

    def self_signed(self, name, path):
        """A certificate of the key, in PEM, and in this file."""
        self.run("openssl", "req", "-x509", "-new", "-engine", "pkcs11",
                 "-keyform", "engine", "-key", self.uri, "-subj", f"/CN={name}",
                 "-addext", f"subjectAltName=DNS:{name}",
                 "-addext", "basicConstraints=critical,CA:FALSE", "-out", path)
        return path.read_text()
