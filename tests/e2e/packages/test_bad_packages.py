# SPDX-License-Identifier: Apache-2.0
"""Packages that are made to harm: each is refused with its slug and the name
of what is wrong, nothing is imported, and nothing is left behind. The unit
tests of zip, package, properties and verify have many more of each kind."""

import io
import struct
import zipfile
from datetime import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from vso import packages
from vso.files import self_signed
from vso.package_calls import IMPORTS, rows, upload
from vso.packages import Signer, script, write

TABLES = ("vmo_import", "vmo_package", "vmo_package_element",
          "vmo_package_content", "vmo_package_chunk",
          "vmo_trusted_certificate")
VRO = Signer("vro.example.org")
SCRIPT = script("a", element_id="a")
OTHER = script("b", element_id="b")
DATA = "elements/a/data"


def signed(change=None, **files):
    """Two elements; the first has these files beside its own or instead."""
    first = script("a", element_id="a")
    first.files |= files
    return write("org.example.bad", [first, OTHER], VRO, change=change)


def tampered(change):
    """The files are changed after they were signed."""
    return signed(change)


def archive(*entries, compression=zipfile.ZIP_STORED):
    """A zip of (name or ZipInfo, content)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as made:
        for name, content in entries:
            made.writestr(name, content)
    return out.getvalue()


def named(name):
    return lambda: archive(("dunes-meta-inf", b"x"), (name, b"x"))


def names(*both):
    return lambda: archive(*((zipfile.ZipInfo(name), b"x") for name in both))


def nul_in_name():
    """zipfile writes none: it is put in behind its back."""
    return archive(("a~b", b"x")).replace(b"a~b", b"a\0b")


def link():
    info = zipfile.ZipInfo("elements/a/data")
    info.create_system = 3
    info.external_attr = 0o120777 << 16
    return archive((info, b"/etc/passwd"))


def patched(signature, offset, value):
    """Two files in a zip; a field of the last record of a kind is another."""
    data = bytearray(archive(("a", b"one"), ("b", b"two")))
    at = data.rindex(signature) + offset
    data[at:at + len(value)] = value
    return bytes(data)


def zip64_lie():
    """The central directory refers to a zip64 field that is not there."""
    return patched(b"PK\1\2", 24, b"\xff" * 4)


def total_bomb():
    """Below the ratio each, over a GiB together."""
    noise = packages.noise(1 << 16)
    block = noise + bytes((8 << 20) - len(noise))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1
                         ) as made:
        made.writestr("0", block)
        packed = made.infolist()[0]
        body = out.getvalue()[30 + 1:]
    local = [struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 33,
                         packed.CRC, packed.compress_size, packed.file_size,
                         3, 0) + b"%03d" % i + body for i in range(130)]
    step = len(local[0])
    central = b"".join(
        struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 0, 8, 0, 33,
                    packed.CRC, packed.compress_size, packed.file_size, 3, 0,
                    0, 0, 0, 0, i * step) + b"%03d" % i for i in range(130))
    return b"".join(local) + central + struct.pack(
        "<4sHHHHIIH", b"PK\5\6", 0, 0, 130, 130, len(central), 130 * step, 0)


def nested_bomb():
    """A resource is a zip, too."""
    element = packages.resource("r", b"x", element_id="r")
    element.files["data"] = archive(
        ("VSO-RESOURCE-INF/attribute_name", b"r"),
        ("VSO-RESOURCE-INF/data", bytes(16 << 20)),
        compression=zipfile.ZIP_DEFLATED)
    return write("org.example.bad", [element], VRO)


def elements(count):
    """As few bytes as there can be; the cap comes before any signature."""
    return archive(("dunes-meta-inf", packages.properties(
        {"pkg-name": "org.example.bad"})), *(
            (f"elements/{i}/info", b"") for i in range(count)))


def swap(one, other):
    def change(files):
        files[one], files[other] = files[other], files[one]
    return change


def extra_element(files):
    files["elements/c/info"] = script("c", element_id="c").info("UTF-8")


def removed_element(files):
    for path in [p for p in files if p.startswith("elements/b/")]:
        del files[path]


def swapped_certificate(files):
    files[VRO.path] = packages.der(self_signed("vro.example.org")[1])


def workflow(data):
    """An element whose data is this XML."""
    return signed(data=data)


def many_certificates():
    """More of them above an element's author than a column takes."""
    chain = chain_of(12, datetime(2070, 1, 1), 48000)
    author = Signer(pair=chain[0])
    element = script("a", author=author, element_id="a")

    def add(files):
        for i, (_, cert) in enumerate(chain[1:]):
            path = f"certificates/{i}.cer"
            files[path] = packages.der(cert)
            files[f"signatures/{path}"] = VRO.sign(files[path])
    return write("org.example.bad", [element], VRO, change=add)


def pem(thing):
    """A key or certificate."""
    form = serialization.Encoding.PEM
    if isinstance(thing, x509.Certificate):
        return thing.public_bytes(form).decode()
    return thing.private_bytes(form, serialization.PrivateFormat.PKCS8,
                               serialization.NoEncryption()).decode()


def chain_of(length, last_day, filler=0):
    """Leaf first, (key, certificate) each; all with one key, and each larger
    by that many bytes."""
    def name(i):
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME,
                                             f"CA {i}")])
    key = rsa.generate_private_key(65537, 2048)
    more = x509.UnrecognizedExtension(
        x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), bytes(filler))
    made = [x509.CertificateBuilder(
        name(i + 1), name(i), key.public_key(), i + 1, datetime(2020, 1, 1),
        last_day).add_extension(more, False).sign(key, hashes.SHA256())
        for i in range(length)]
    return [(pem(key), pem(cert)) for cert in made]


BAD = {
    "path traversal": (named("elements/../../a"), "unsafe-name", "../"),
    "absolute path": (named("/etc/passwd"), "unsafe-name", "/etc/passwd"),
    "backslash": (named("elements\\a"), "unsafe-name", "elements\\a"),
    "drive letter": (named("C:/a"), "unsafe-name", "C:/a"),
    "control character": (named("a\nb"), "unsafe-name", "a"),
    "NUL": (nul_in_name, "unsafe-name", "a"),
    "symbolic link": (link, "bad-zip", DATA),
    "duplicate": (names("a", "a"), "duplicate-name", "a"),
    "case-folding duplicate": (names("\u00c4a", "\u00e4A"), "duplicate-name",
                               "\u00e4A"),
    "other local header": (lambda: patched(b"PK\3\4", 30, b"c"), "bad-zip",
                           "b"),
    "overlap": (lambda: patched(b"PK\1\2", 42, bytes(4)), "bad-zip", ""),
    "encrypted entry": (lambda: patched(b"PK\1\2", 8, b"\1\0"), "bad-zip",
                        "b"),
    "zip64 lie": (zip64_lie, "bad-zip", "b"),
    "bomb by ratio": (lambda: archive(
        ("a", bytes(4 << 20)), compression=zipfile.ZIP_DEFLATED), "zip-bomb",
        "a"),
    "bomb by total": (total_bomb, "zip-bomb", ""),
    "bomb by count": (lambda: elements(60000), "zip-bomb", ""),
    "nested bomb": (nested_bomb, "zip-bomb", "elements/r/data"),
    "100,000 elements": (lambda: elements(100000), "zip-bomb", ""),
    "5,001 elements": (lambda: elements(5001), "too-large", ""),
    "moved signature": (lambda: tampered(swap(
        "signatures/elements/a/data", "signatures/elements/b/data")),
        "bad-signature", DATA),
    "moved element": (lambda: tampered(swap(DATA, "elements/b/data")),
                      "bad-signature", DATA),
    "extra element": (lambda: tampered(extra_element), "bad-signature",
                      "elements/c/info"),
    "removed element": (lambda: tampered(removed_element), "bad-signature",
                        "signatures/elements/b/"),
    "swapped certificate": (lambda: tampered(swapped_certificate),
                            "bad-signature", ""),
    "entities": (lambda: workflow(
        b'<!DOCTYPE a [<!ENTITY b "&c;"><!ENTITY c SYSTEM "file:///x">]>'
        b"<a>&b;</a>"), "bad-xml", DATA),
    "deep nesting": (lambda: workflow(b"<a>" * 10000 + b"</a>" * 10000),
                     "bad-xml", DATA),
    "wrong mark": (lambda: workflow(b"\xff\xfe" + "<a/>".encode("utf-16-be")),
                   "bad-xml", DATA),
    "package in a zip": (lambda: archive(
        ("mail/org.example.bad.package", signed())), "bad-package",
        "mail/org.example.bad.package"),
    "package in a folder": (lambda: archive(*(
        (f"org.example.bad/{path}", content) for path, content
        in packages.contents(signed()).items())), "bad-package",
        "org.example.bad/dunes-meta-inf"),
    "many certificates": (many_certificates, "too-large", "certificates/"),
}


@pytest.fixture(scope="module")
def empty(server):
    """(The server, what its tables hold before)"""
    return server, {table: rows(server, table) for table in TABLES}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("kind", list(BAD))
def test_nothing_of_a_bad_package_stays(empty, kind):
    server, before = empty
    api = server.api("server")
    make, slug, field = BAD[kind]
    problem = upload(api, make()).refused(422 if slug != "too-large" else 413,
                                          slug)
    assert field in problem["field"] and problem["detail"], problem
    assert api.get(IMPORTS).ok()["items"] == []
    assert api.get("/packages").ok()["items"] == []
    assert {table: rows(server, table) for table in TABLES} == before
    newest = api.audit(action="package-upload")[0]
    assert newest["outcome"] == slug


def test_an_expired_signer_is_not_trusted(empty):
    """Nor imported without a word about it."""
    server, before = empty
    api = server.api("server")
    old = Signer(pair=chain_of(1, datetime(2021, 1, 1))[0])
    report = upload(api, write("org.example.old", [SCRIPT], old)).ok(201)
    signer, = report["signers"]
    assert not signer["trusted"] and "expired" in signer["why"]
    api.post(f"{IMPORTS}/{report['id']}/confirm",
             {"elements": "all", "sha256": report["sha256"]}).refused(
        409, "untrusted-signer")
    api.delete(f"{IMPORTS}/{report['id']}").ok()
    assert {table: rows(server, table) for table in TABLES} == before
