# SPDX-License-Identifier: Apache-2.0
"""Inputs of the targets envelope and cms, and signed ones of package, made by
openssl. Called by make_corpus.py."""

import datetime
import subprocess

import package_corpus

TEXT = b"a manifest\n"
SUM = b"0123456789abcdef" * 4
SHA256 = bytes.fromhex("0609608648016503040201")    # the OID


def openssl(work, *argv, data=TEXT):
    done = subprocess.run(
        ["openssl", *map(str, argv)], cwd=work, input=data,
        capture_output=True, check=True)  # fmt: skip
    return done.stdout


def make_recipient(path):
    """The certificate of fuzz_envelope.c's key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.derive_private_key(1234, ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "fuzz")])
    now = datetime.datetime.utcnow()
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(cert.public_bytes(serialization.Encoding.PEM))


def add_envelopes(corpus):
    make_recipient(corpus.work / "fuzz.crt")
    oaep = ["-recip", "rsa.crt", "-keyopt", "rsa_padding_mode:oaep"]
    kinds = {
        "ec": ["-aes-256-gcm", "-recip", "fuzz.crt"],
        "ec-kdf": ["-aes-128-gcm", "-recip", "fuzz.crt", "-keyopt",
                   "ecdh_kdf_md:sha256"],
        "both": ["-aes-256-gcm", *oaep, "-recip", "fuzz.crt"],
        "oaep": ["-aes-256-gcm", *oaep],
        "keyid": ["-aes-256-gcm", "-keyid", *oaep],
        "pkcs1": ["-aes-256-gcm", "-recip", "rsa.crt"],
        "secret": ["-aes-256-gcm", "-secretkey", "00" * 32, "-secretkeyid", "01"],
        "cbc": ["-aes-256-cbc", "-recip", "fuzz.crt"],
    }  # fmt: skip
    for name, options in kinds.items():
        for text in b"", TEXT:
            data = openssl(corpus.work, "cms", "-encrypt", "-binary", "-outform",
                           "DER", *options, data=text)  # fmt: skip
            corpus.add("envelope", f"{name}-{len(text)}", data)
    add_key_wraps(corpus)


def add_key_wraps(corpus):
    """Keys that are wrapped in another way than the recipient names: with
    aes-wrap-pad, OpenSSL 3.0.19 writes past the end of a heap block."""
    wraps = {"128": ("05", "08"), "192": ("19", "1c"), "256": ("2d", "30")}
    for bits, (plain, padded) in wraps.items():
        data = openssl(corpus.work, "cms", "-encrypt", "-binary", "-outform",
                       "DER", f"-aes-{bits}-gcm", "-recip", "fuzz.crt")  # fmt: skip
        aes = "6086480165030401"
        bad = data.replace(bytes.fromhex(aes + plain), bytes.fromhex(aes + padded))
        assert bad != data
        corpus.add("envelope", f"wrap-pad-{bits}", bad)


def sign(work, data, *options):
    return openssl(work, "cms", "-sign", "-binary", "-outform", "DER", *options,
                   data=data)  # fmt: skip


def add_signatures(corpus):
    ec = ["-signer", "ec.pem"]
    kinds = {
        "ec": ec,
        "sha512": [*ec, "-md", "sha512"],
        "sha1": [*ec, "-md", "sha1"],
        "chain": [*ec, "-certfile", "ca.crt"],
        "rsa": ["-signer", "rsa.pem"],
        "pss": ["-signer", "rsa.pem", "-keyopt", "rsa_padding_mode:pss"],
        "two": [*ec, "-signer", "rsa.pem"],
        "nocerts": [*ec, "-nocerts"],
        "noattr": [*ec, "-noattr"],
        "keyid": [*ec, "-keyid"],
        "attached": [*ec, "-nodetach"],
    }
    for name, options in kinds.items():
        corpus.add("cms", name, b"S" + sign(corpus.work, TEXT, *options))
    other = sign(corpus.work, TEXT, *ec).replace(SHA256, SHA256[:-1] + b"\x7f", 1)
    corpus.add("cms", "digests", b"S" + other)
    good = SUM + b" 0 a\n" + SUM + b" 12 b\n"
    manifests = {"good": good, "one": good[:70], "more": good + SUM + b" 3 c\n",
                 "cut": good[:-1], "empty": b""}  # fmt: skip
    for name, data in manifests.items():
        corpus.add("cms", f"manifest-{name}", b"M" + data)


def add_packages(corpus):
    work = corpus.work
    der = openssl(work, "x509", "-in", "rsa.crt", "-outform", "DER")
    parts = package_corpus.package(der)
    parts = {name: data for name, data in parts.items()
             if not name.startswith(("signatures/", "META-INF/"))}  # fmt: skip
    md5 = ["dgst", "-md5", "-sign", "rsa.key"]
    raw = {f"signatures/{name}": openssl(work, *md5, data=data)
           for name, data in parts.items()}  # fmt: skip
    corpus.add("package", "signed-raw", package_corpus.composed({**parts, **raw}))
    digests = {name: openssl(work, "dgst", "-sha256", "-r", data=data).split()[0]
               for name, data in parts.items()}  # fmt: skip
    manifest = b"".join(
        b"%s %d %s\n" % (digests[name], len(parts[name]), name.encode())
        for name in sorted(parts)
    )
    cms = {"META-INF/vsocert.manifest": manifest,
           "META-INF/vsocert.p7s": sign(work, manifest, "-signer", "ec.pem")}
    corpus.add("package", "signed-cms", package_corpus.composed({**parts, **cms}))
    both = {**parts, **raw, **cms}
    corpus.add("package", "signed-both", package_corpus.composed(both))


def add_all(corpus):
    add_envelopes(corpus)
    add_signatures(corpus)
    add_packages(corpus)
