# SPDX-License-Identifier: Apache-2.0
"""A certification authority, root and intermediate, made by openssl."""

import pathlib
import subprocess

KINDS = {"rsa": ["-newkey", "rsa:2048"],
         "ec": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
         # what not every client takes
         "rsa-pss": ["-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"],
         "ed25519": ["-newkey", "ed25519"],
         "ed448": ["-newkey", "ed448"],
         "explicit": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                      "-pkeyopt", "ec_param_enc:explicit"],
         **{curve: ["-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{curve}"]
            for curve in ("P-384", "P-521", "brainpoolP256r1", "secp256k1")}}


def openssl(*args, data=None, check=True):
    """Run the openssl command; its standard output as bytes."""
    run = subprocess.run(["openssl", *map(str, args)], input=data,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         timeout=60, check=False)
    if check and run.returncode:
        raise AssertionError(f"openssl {args}: {run.stderr.decode()}")
    return run.stdout


class Authority:
    """Root and intermediate; signs requests with the intermediate."""

    def __init__(self, folder, kind="rsa", name="Test"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.count = 0
        openssl("req", "-x509", *KINDS[kind], "-nodes", "-days", "3650",
                "-subj", f"/O={name}/CN={name} Root CA",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                "-keyout", self.path("root.key"), "-out", self.path("root.pem"))
        openssl("req", *KINDS[kind], "-nodes",
                "-subj", f"/O={name}/CN={name} Issuing CA",
                "-keyout", self.path("issuing.key"),
                "-out", self.path("issuing.csr"))
        self.path("issuing.ext").write_text(
            "basicConstraints=critical,CA:TRUE,pathlen:0\n"
            "keyUsage=critical,keyCertSign,cRLSign\n"
            "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
        openssl("x509", "-req", "-in", self.path("issuing.csr"),
                "-CA", self.path("root.pem"), "-CAkey", self.path("root.key"),
                "-set_serial", "2", "-days", "1825", "-sha256",
                "-extfile", self.path("issuing.ext"),
                "-out", self.path("issuing.pem"))
        self.root = self.path("root.pem").read_text()
        self.issuing = self.path("issuing.pem").read_text()

    def path(self, name):
        return self.folder / name

    def sign(self, csr, *options, days=365):
        """Sign a request (PEM) with its extensions; the leaf as PEM. options
        are more of `openssl x509`; a later one wins."""
        self.count += 1
        request = self.path(f"{self.count}.csr")
        leaf = self.path(f"{self.count}.pem")
        request.write_text(csr)
        openssl("x509", "-req", "-in", request, "-out", leaf, "-sha256",
                "-CA", self.path("issuing.pem"),
                "-CAkey", self.path("issuing.key"),
                "-set_serial", str(1000 + self.count),
                "-copy_extensions", "copy", "-days", str(days), *options)
        return leaf.read_text()

    def renewed(self, days, *options):
        """Another certificate (PEM) for name and key of the intermediate."""
        self.count += 1
        return openssl("x509", "-req", "-in", self.path("issuing.csr"),
                       "-CA", self.path("root.pem"),
                       "-CAkey", self.path("root.key"),
                       "-set_serial", str(1000 + self.count),
                       "-days", str(days), "-sha256",
                       "-extfile", self.path("issuing.ext"),
                       *options).decode()

    def verifies(self, leaf, chain=None):
        """Does `openssl verify` accept the leaf, given these issuers (PEM;
        default: the intermediate)?"""
        self.count += 1
        leaf_path = self.path(f"{self.count}-verify.pem")
        chain_path = self.path(f"{self.count}-chain.pem")
        leaf_path.write_text(leaf)
        chain_path.write_text(self.issuing if chain is None else chain)
        run = subprocess.run(
            ["openssl", "verify", "-CAfile", str(self.path("root.pem")),
             "-untrusted", str(chain_path), "-purpose", "sslserver",
             str(leaf_path)], capture_output=True, timeout=60, check=False)
        return run.returncode == 0
