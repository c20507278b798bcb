# SPDX-License-Identifier: Apache-2.0
"""Orchestrator packages: written as Orchestrator and its SDK write them, and
looked at with zipfile and openssl."""

import base64
import contextlib
import dataclasses
import hashlib
import io
import pathlib
import random
import subprocess
import tempfile
import uuid
import zipfile
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from .ca import openssl
from .files import self_signed
from .source import ROOT

REAL = sorted((ROOT.parent / "shared/data/packages").glob("*.package"))
MANIFEST = "META-INF/vsocert.manifest"
P7S = "META-INF/vsocert.p7s"

# Object identifiers in DER
AES192_WRAP = bytes.fromhex("0609608648016503040119")
AES192_WRAP_PAD = bytes.fromhex("060960864801650304011c")


def properties(values, encoding="UTF-8"):
    """Java properties as XML; UTF-16 gets its byte-order mark."""
    entries = "".join(f'<entry key="{key}">{escape(value)}</entry>\n'
                      for key, value in values.items())
    text = (f'<?xml version="1.0" encoding="{encoding}" standalone="no"?>\n'
            "<!DOCTYPE properties SYSTEM "
            '"http://java.sun.com/dtd/properties.dtd">\n'
            f"<properties>\n<comment>{encoding}</comment>\n{entries}"
            "</properties>\n")
    return text.encode(encoding)


def utf16(text):
    """As servers write data and categories."""
    return b"\xfe\xff" + text.encode("utf-16-be")


def der(pem):
    """The first certificate of a PEM text."""
    return base64.b64decode(pem.split("-----")[2])


def fingerprint(pem):
    return hashlib.sha256(der(pem)).hexdigest()


class Signer:
    """A key with its certificate, as another Orchestrator server has it."""

    def __init__(self, name="vro.example.org", *options, pair=None):
        self.key, self.cert = pair or self_signed(name, "rsa", *options)
        self.opened = None
        self.text = openssl("x509", "-noout", "-subject", "-nameopt",
                            "RFC2253", data=self.cert.encode()
                            ).decode().strip().removeprefix("subject=")
        self.fingerprint = fingerprint(self.cert)

    @property
    def path(self):
        return f"certificates/{self.text}.cer"

    def sign(self, data, digest="md5"):
        """In this process: a package has thousands of signatures."""
        if not self.opened:
            self.opened = serialization.load_pem_private_key(
                self.key.encode(), None)
        return self.opened.sign(data, padding.PKCS1v15(),
                                getattr(hashes, digest.upper())())


@dataclasses.dataclass
class Element:
    """One element: its files but info."""

    id: str
    type: str
    files: dict
    name: str = ""
    author: Signer = None     # whose content-signature it has
    signed: bytes = None      # what that covers, where it is not data
    info_id: str = None       # where that is not the folder's name, id

    def info(self, encoding):
        values = {"type": self.type, "id": self.info_id or self.id}
        if self.author:
            values["signature-owner"] = self.author.text
        if self.name:
            values["name"] = self.name
        return properties(values, encoding)


def categories(*path):
    inner = "".join(f"<category name='{escape(p)}'><name><![CDATA[{p}]]>"
                    "</name></category>" for p in path)
    return utf16(f"<categories>{inner}</categories>")


def script(name, version="1.0.0", body="return 1;", path="org.example",
           author=None, element_id=None, rights="vef", **files):
    """A ScriptModule; a server's content-signature covers the script."""
    element_id = element_id or str(uuid.uuid4())
    data = utf16("<?xml version='1.0' encoding='UTF-8'?>\n"
                 f'<dunes-script-module name="{name}" result-type="string" '
                 f'api-version="6.0.0" id="{element_id}" version="{version}" '
                 f'allowed-operations="{rights}">\n'
                 f'  <script encoded="false"><![CDATA[{body}]]></script>\n'
                 "</dunes-script-module>")
    history = utf16(f"<items><item><content>{version}</content></item></items>")
    return Element(element_id, "ScriptModule",
                   {"data": data, "categories": categories(path),
                    "version-history": history, **files},
                   author=author, signed=body.encode())


def tags(*names):
    """The file `tags` of an element."""
    return properties({name: "" for name in names})


def resource(name, content, version="1.0.0", element_id=None, rights=None):
    """A ResourceElement: its data is a zip, here without compression."""
    element_id = element_id or str(uuid.uuid4())
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_STORED) as archive:
        for key, value in (("id", element_id), ("name", name),
                           ("version", version),
                           ("mimetype", "application/octet-stream"),
                           *([("allowedOperations", rights)] if rights
                             else [])):
            archive.writestr(f"VSO-RESOURCE-INF/attribute_{key}", value)
        archive.writestr("VSO-RESOURCE-INF/data", content)
    return Element(element_id, "ResourceElement",
                   {"data": inner.getvalue(), "categories": categories("res")})


def write(name, elements, signer, digest="md5", encoding="UTF-8",
          compression=zipfile.ZIP_DEFLATED, change=None, **meta):
    """A package as bytes.

    change  a function that gets all files with their contents, signatures
            included, to damage them
    """
    files = {"dunes-meta-inf": properties(
        {"pkg-id": str(uuid.uuid4()), "pkg-name": name, "pkg-description": "",
         "pkg-signer": signer.text, "pkg-owner": signer.text,
         "used-plugins": "", "vso-version": "7.5.0.10044239", **meta},
        encoding)}
    signers = {signer.path: signer}
    for element in elements:
        folder = f"elements/{element.id}"
        for part, content in element.files.items():
            files[f"{folder}/{part}"] = content
        if element.author:
            signers[element.author.path] = element.author
            files[f"{folder}/content-signature"] = element.author.sign(
                element.files["data"] if element.signed is None
                else element.signed)
        files[f"{folder}/info"] = element.info(encoding)
    for path, one in signers.items():
        files[path] = der(one.cert)
    for path in list(files):
        files[f"signatures/{path}"] = signer.sign(files[path], digest)
    if change:
        change(files)
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", compression) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return package.getvalue()


def contents(package):
    """Path -> bytes of all files."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info)
                for info in archive.infolist() if not info.is_dir()}


def elements_of(package):
    """The files of elements only."""
    return {path: content for path, content in contents(package).items()
            if path.startswith("elements/")}


@contextlib.contextmanager
def on_disk(**texts):
    """Contents as files, for openssl; gives their paths."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, content in texts.items():
            path = pathlib.Path(folder, name)
            path.write_bytes(content if isinstance(content, bytes)
                             else content.encode())
            paths.append(path)
        yield paths


def judge_signatures(package, cert, digest="md5"):
    """openssl verifies each file of signatures/ with this certificate; all
    files are covered."""
    files = contents(package)
    public = openssl("x509", "-pubkey", "-noout", data=cert.encode())
    covered = {path for path in files if not path.startswith("signatures/")}
    signed = {path.removeprefix("signatures/") for path in files
              if path.startswith("signatures/")}
    assert signed == covered
    for path in covered:
        with on_disk(pub=public, sig=files[f"signatures/{path}"]) as (pub, sig):
            openssl("dgst", f"-{digest}", "-verify", pub, "-signature", sig,
                    data=files[path])


def digest_of(package):
    """The digest that the signature of dunes-meta-inf is over, as openssl
    finds it with one of the package's own certificates."""
    files = contents(package)
    for path, cert in files.items():
        if not path.startswith("certificates/"):
            continue
        public = openssl("x509", "-inform", "DER", "-pubkey", "-noout",
                         data=cert)
        with on_disk(pub=public, sig=files["signatures/dunes-meta-inf"]) as (
                pub, sig):
            for digest in ("md5", "sha256"):
                if subprocess.run(
                        ["openssl", "dgst", f"-{digest}", "-verify", pub,
                         "-signature", sig], input=files["dunes-meta-inf"],
                        capture_output=True, check=False).returncode == 0:
                    return digest
    raise AssertionError("no certificate of the package verifies it")


def judge_cms(package, cert):
    """openssl verifies the CMS signature over the manifest, which lists each
    file as it is."""
    files = contents(package)
    lines = "".join(
        f"{hashlib.sha256(files[path]).hexdigest()} {len(files[path])} {path}\n"
        for path in sorted(files, key=str.encode)
        if not path.startswith("signatures/")
        and path not in (MANIFEST, P7S))
    assert files[MANIFEST].decode() == lines
    with on_disk(ca=cert, p7s=files[P7S], content=files[MANIFEST]) as (
            ca, p7s, content):
        openssl("cms", "-verify", "-binary", "-inform", "DER", "-in", p7s,
                "-content", content, "-CAfile", ca, "-purpose", "any",
                "-out", "/dev/null")


def decrypt(data, key, cert):
    """One encrypted file, opened by openssl."""
    with on_disk(key=key, cert=cert, data=data) as (key, cert, path):
        return openssl("cms", "-decrypt", "-binary", "-inform", "DER",
                       "-in", path, "-inkey", key, "-recip", cert)


def encrypt_padded(data, cert):
    """Encrypted by openssl for an EC key; it then names another key wrap than
    it was made with."""
    with on_disk(cert=cert) as (path,):
        sealed = openssl("cms", "-encrypt", "-binary", "-aes-192-gcm",
                         "-outform", "DER", path, data=data)
    assert AES192_WRAP in sealed
    return sealed.replace(AES192_WRAP, AES192_WRAP_PAD)


def noise(size):
    """Bytes that nothing compresses, the same each time."""
    return random.Random(size).randbytes(size)


class MemoryWatch:
    """The most resident memory that processes had, against where they began."""

    def __init__(self, pids):
        self.pids = pids
        self.before = {}
        self.after = {}

    @staticmethod
    def field(pid, name):
        status = pathlib.Path(f"/proc/{pid}/status").read_text("ascii")
        line, = [line for line in status.splitlines()
                 if line.startswith(f"{name}:")]
        return int(line.split()[1])

    def __enter__(self):
        for pid in self.pids:
            # 5: the peak begins anew (proc(5), clear_refs)
            pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
            self.before[pid] = self.field(pid, "VmRSS")
        return self

    def __exit__(self, *exc):
        for pid in self.pids:
            self.after[pid] = self.field(pid, "VmHWM")

    def growth(self):
        """KiB, one number a process."""
        return [self.after[pid] - self.before[pid] for pid in self.pids]
