# SPDX-License-Identifier: Apache-2.0
"""Makes the corpora of the fuzz targets from what OpenSSL, keytool and pyjks
write: make_corpus.py FOLDER. Where keytool is missing, its files are."""

import base64
import hashlib
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

import cms_corpus
import package_corpus
import record_corpus

# Bits of the first byte of an input (fuzz_keyfile.h).
EMPTY_PASSWORD, WITH_KEY, WITH_ALIAS, WIDE_PASSWORD, AS_IT_IS = 1, 2, 4, 8, 16

PASSWORD = "secret"
LEGACY = ["-provider", "legacy", "-provider", "default"]
FAST = ["-iter", "1", "-nomaciter"]


def run(*argv):
    subprocess.run([str(a) for a in argv], check=True, capture_output=True)


class Corpus:
    """One folder per target, in it inputs named by what made them."""

    def __init__(self, folder, work):
        self.folder = folder
        self.work = work

    def add(self, target, name, data, how=None):
        """how: first byte; None for targets whose input is the file alone."""
        folder = self.folder / target
        folder.mkdir(parents=True, exist_ok=True)
        head = b"" if how is None else bytes([how])
        (folder / name).write_bytes(head + data)


def make_pairs(work):
    """Keys and certificates, small ones: a root, a server with RSA and EC."""
    for name, algorithm in ("rsa", "rsa:1024"), ("ec", "ec"), ("ca", "ec"):
        options = ["-pkeyopt", "ec_paramgen_curve:P-256"] if algorithm == "ec" else []
        run("openssl", "req", "-x509", "-newkey", algorithm, *options, "-noenc",
            "-keyout", work / f"{name}.key", "-out", work / f"{name}.crt",
            "-subj", f"/CN={name}", "-days", "3650")  # fmt: skip
        pair = (work / f"{name}.key").read_bytes() + (work / f"{name}.crt").read_bytes()
        (work / f"{name}.pem").write_bytes(pair)
    chain = (work / "rsa.pem").read_bytes() + (work / "ca.crt").read_bytes()
    (work / "chain.pem").write_bytes(chain)


def add_pkcs12(corpus):
    options = {
        "modern": FAST,
        "nomac": ["-nomac", *FAST],
        "legacy": ["-legacy", *FAST],
        "3des": ["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", *FAST],
        "plain": ["-certpbe", "NONE", "-keypbe", "NONE", *FAST],
        "bare": ["-certpbe", "NONE", "-keypbe", "NONE", "-nomac"],
        "half": ["-certpbe", "NONE", "-nomac", *FAST],
        "csp": ["-CSP", "x", "-keysig", "-LMK", "-nomac", *FAST],
        "many": ["-iter", "2000"],
    }
    for source in "ec", "rsa", "chain":
        for name, extra in options.items():
            path = corpus.work / "p12"
            run("openssl", "pkcs12", "-export", "-in", corpus.work / f"{source}.pem",
                "-out", path, "-passout", f"pass:{PASSWORD}", "-name", "server",
                *extra)  # fmt: skip
            for how in 0, AS_IT_IS, WITH_ALIAS, EMPTY_PASSWORD, WITH_KEY:
                corpus.add("pkcs12", f"{source}-{name}-{how}", path.read_bytes(), how)


def copied(pem):
    """PEM as copying leaves it: name, text."""
    lines = pem.decode().splitlines()
    wrapped = base64.b64encode(pem).decode()
    escaped = "\\n".join(lines).replace("/", "\\/").replace("+", "\\u002B")
    return {
        "indented": "".join(f"   {line}\n" for line in lines),
        "glued": pem.decode().replace("-----\n-----BEGIN", "----------BEGIN"),
        "one-line": "".join(lines),
        "literal": "\\n".join(lines),
        "twice": "\\\\n".join(lines),
        "cr": "\r".join(lines),
        "blanks": " ".join(lines),
        "json": '{"data": {"pem": "' + escaped + '", "type": "rsa"}}',
        "yaml": "a: |\n" + "".join(f"  {line}\n" for line in lines) + "b: c\n",
        "secret": f"kind: Secret\ndata:\n  tls.crt: {wrapped}\n",
        "prose": "from -----BEGIN CERTIFICATE----- on\n" + pem.decode(),
    }


def add_copied(corpus):
    work = corpus.work
    pair = (work / "ec.pem").read_bytes()
    run("openssl", "pkey", "-traditional", "-in", work / "ec.key", "-out",
        work / "out", "-aes128", "-passout", f"pass:{PASSWORD}")  # fmt: skip
    sealed = (work / "out").read_bytes() + (work / "ec.crt").read_bytes()
    certs = (work / "ec.crt").read_bytes() + (work / "ca.crt").read_bytes()
    for name, text in copied(pair).items():
        corpus.add("pem", f"copied-{name}", text.encode(), 0)
    for name, text in copied(sealed).items():
        corpus.add("pem", f"sealed-{name}", text.encode(), 0)
    for name, text in copied(certs).items():
        corpus.add("reply", f"copied-{name}", text.encode())


def add_others_in_pem(corpus):
    """PKCS#7 and PKCS#12 in PEM armour, and files of programs that are only
    named."""
    work = corpus.work
    key = (work / "ec.key").read_bytes()
    run("openssl", "crl2pkcs7", "-nocrl", "-certfile", work / "ec.crt", "-out",
        work / "out")  # fmt: skip
    corpus.add("pem", "key-and-pkcs7", key + (work / "out").read_bytes(), 0)
    run("openssl", "pkcs12", "-export", "-in", work / "ec.pem", "-out",
        work / "out", "-passout", f"pass:{PASSWORD}", *FAST)  # fmt: skip
    armoured = base64.encodebytes((work / "out").read_bytes())
    corpus.add("pem", "pkcs12", b"-----BEGIN PKCS12-----\n" + armoured
               + b"-----END PKCS12-----\n", 0)  # fmt: skip
    run("openssl", "x509", "-in", work / "ec.crt", "-trustout", "-out",
        work / "out")  # fmt: skip
    corpus.add("pem", "trusted", key + (work / "out").read_bytes(), 0)
    der = subprocess.run(["openssl", "x509", "-in", str(work / "ca.crt"),
                          "-outform", "DER"],
                         capture_output=True, check=True).stdout  # fmt: skip
    unknown = der.replace(bytes.fromhex("06072a8648ce3d0201"),
                          bytes.fromhex("06072a8648ce3d027b"))  # fmt: skip
    unknown = (b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(unknown)
               + b"-----END CERTIFICATE-----\n")  # fmt: skip
    corpus.add("pem", "unknown", (work / "ec.pem").read_bytes() + unknown, 0)
    corpus.add("reply", "unknown", (work / "ec.crt").read_bytes() + unknown)
    salted = b"\0\0\0\2\0\0\0\x14" + bytes(20) + b"\0\0\5\0\1\0\3one"
    corpus.add("pem", "bks", salted, 0)
    corpus.add("pem", "pvk", bytes.fromhex("1ef1b5b0") + bytes(20), 0)
    corpus.add("pem", "cut", der[:-9], 0)
    corpus.add("pem", "putty", b"PuTTY-User-Key-File-3: ssh-rsa\n", 0)


def add_pem(corpus):
    schemes = {
        "pbes2": ["-iter", "1"],
        "scrypt": ["-scrypt", "-scrypt_N", "2", "-scrypt_r", "1", "-scrypt_p", "1"],
        "3des": ["-v1", "PBE-SHA1-3DES", "-iter", "1"],
        "md5-des": ["-v1", "PBE-MD5-DES", "-iter", "1", *LEGACY],
        "plain": ["-nocrypt"],
    }
    for source in "ec", "rsa":
        key = corpus.work / f"{source}.key"
        cert = (corpus.work / f"{source}.crt").read_bytes()
        out = corpus.work / "out.pem"
        for name, extra in schemes.items():
            run("openssl", "pkcs8", "-topk8", "-in", key, "-out", out, "-passout",
                f"pass:{PASSWORD}", *extra)  # fmt: skip
            corpus.add("pem", f"{source}-{name}", out.read_bytes() + cert, 0)
        for name, extra in (("traditional", []), ("aes", ["-aes128"]),
                            ("3des", ["-des3"])):
            run("openssl", "pkey", "-traditional", "-in", key, "-out", out, *extra,
                *(["-passout", f"pass:{PASSWORD}"] if extra else []))  # fmt: skip
            corpus.add("pem", f"{source}-pkcs1-{name}", cert + out.read_bytes(), 0)
    both = [(corpus.work / f"{s}.pem").read_bytes() for s in ("ec", "rsa")]
    corpus.add("pem", "two-keys", b"".join(both), 0)
    corpus.add("pem", "two-keys-alias", b"".join(both), WITH_ALIAS)
    for name in "ca.crt", "rsa.key":
        corpus.add("pem", f"only-{name}", (corpus.work / name).read_bytes(), 0)
    corpus.add("pem", "html", b"<!DOCTYPE html><html></html>", 0)
    corpus.add("pem", "zip", b"PK\x03\x04" + bytes(26), 0)
    corpus.add("pem", "base64", b"MIIB" * 20, 0)


def keytool_store(work, name, storetype, *aliases, key_password=PASSWORD):
    """A store with the RSA key once per alias; few iterations for PKCS#12."""
    path = work / name
    for alias in aliases:
        run("keytool", "-J-Dkeystore.pkcs12.macIterationCount=1",
            "-J-Dkeystore.pkcs12.certPbeIterationCount=1",
            "-J-Dkeystore.pkcs12.keyPbeIterationCount=1",
            "-importkeystore", "-srckeystore", work / "source.p12", "-srcstorepass",
            PASSWORD, "-srcalias", "server", "-destalias", alias, "-destkeystore",
            path, "-deststoretype", storetype, "-deststorepass", PASSWORD,
            "-destkeypass", key_password, "-noprompt")  # fmt: skip
    return path


def add_keytool(corpus):
    work = corpus.work
    run("openssl", "pkcs12", "-export", "-in", work / "chain.pem", "-out",
        work / "source.p12", "-passout", f"pass:{PASSWORD}", "-name", "server",
        *FAST)  # fmt: skip
    for storetype in "JKS", "JCEKS", "PKCS12":
        target = "pkcs12" if storetype == "PKCS12" else "jks"
        name = storetype.lower()
        path = keytool_store(work, name, storetype, "server", "two")
        if storetype != "JKS":
            run("keytool", "-genseckey", "-keyalg", "AES", "-keysize", "128", "-alias",
                "_dunessk_alias_", "-keystore", path, "-storetype", storetype,
                "-storepass", PASSWORD)  # fmt: skip
        run("keytool", "-importcert", "-noprompt", "-alias", "ca", "-file",
            work / "ca.crt", "-keystore", path, "-storetype", storetype, "-storepass",
            PASSWORD)  # fmt: skip
        for how in 0, WITH_ALIAS, AS_IT_IS:
            corpus.add(target, f"keytool-{name}-{how}", path.read_bytes(), how)
        if storetype != "PKCS12":
            path = keytool_store(
                work, f"{name}-key", storetype, "server", key_password="other12"
            )
            corpus.add(target, f"keytool-{name}-key", path.read_bytes(), WITH_KEY)


def add_pyjks(corpus):
    import jks
    from Cryptodome.Cipher import DES3
    from cryptography.hazmat.primitives import serialization
    from jks import sun_crypto

    for source in "ec", "rsa":
        pem = (corpus.work / f"{source}.pem").read_bytes()
        key = serialization.load_pem_private_key(pem, None).private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        done = subprocess.run(
            ["openssl", "x509", "-outform", "DER"],
            input=pem, capture_output=True, check=True)  # fmt: skip
        cert = done.stdout
        entry = jks.PrivateKeyEntry.new("server", [cert], key, "pkcs8")
        entry.encrypt(PASSWORD)
        data = jks.KeyStore.new("jks", [entry]).saves(PASSWORD)
        corpus.add("jks", f"pyjks-{source}", data, 0)
        # JCEKS of one iteration, which no program writes
        for salt in b"abcdefgh", b"aaaaaaaa":
            derived = sun_crypto._jce_pbe_derive_key_and_iv(PASSWORD, salt, 1)
            pad = 8 - len(key) % 8
            cipher = DES3.new(derived[0], DES3.MODE_CBC, IV=derived[1])
            sealed = cipher.encrypt(key + bytes([pad]) * pad)
            data = jceks(sealed, salt, cert)
            corpus.add("jks", f"jceks-{source}-{salt.decode()}", data, 0)


def tlv(tag, body):
    head = [tag, len(body)] if len(body) < 128 else [tag, 0x82]
    length = b"" if len(body) < 128 else struct.pack(">H", len(body))
    return bytes(head) + length + body


def jceks(sealed, salt, cert):
    oid = bytes.fromhex("06092b060104012a021301")
    algorithm = tlv(0x30, oid + tlv(0x30, tlv(4, salt) + tlv(2, b"\1")))
    info = tlv(0x30, algorithm + tlv(4, sealed))
    body = struct.pack(">IIIIH", 0xCECECECE, 2, 1, 1, 6) + b"server" + bytes(8)
    body += struct.pack(">I", len(info)) + info + struct.pack(">I", 1)
    body += struct.pack(">H", 5) + b"X.509" + struct.pack(">I", len(cert)) + cert
    prefix = PASSWORD.encode("utf-16be") + b"Mighty Aphrodite"
    return body + hashlib.sha1(prefix + body).digest()


def add_reply(corpus):
    work = corpus.work
    certs = {n: (work / f"{n}.crt").read_bytes() for n in ("ca", "ec", "rsa")}
    corpus.add("reply", "pem", certs["ec"])
    corpus.add("reply", "chain", certs["rsa"] + b"text between\n" + certs["ca"])
    corpus.add("reply", "crlf", certs["ec"].replace(b"\n", b"\r\n"))
    corpus.add("reply", "key", (work / "ec.key").read_bytes())
    corpus.add("reply", "html", b"<html><body>Sign in</body></html>")
    (work / "all.crt").write_bytes(b"".join(certs.values()))
    for form in "PEM", "DER":
        out = work / "out"
        run("openssl", "x509", "-in", work / "ec.crt", "-outform", form, "-out", out)
        corpus.add("reply", f"x509-{form}", out.read_bytes())
        run("openssl", "crl2pkcs7", "-nocrl", "-certfile", work / "all.crt",
            "-outform", form, "-out", out)  # fmt: skip
        corpus.add("reply", f"pkcs7-{form}", out.read_bytes())
    run("openssl", "req", "-new", "-key", work / "ec.key", "-subj", "/CN=a", "-out",
        work / "out")  # fmt: skip
    corpus.add("reply", "csr", (work / "out").read_bytes())
    run("openssl", "base64", "-in", work / "out", "-out", work / "out64")
    corpus.add("reply", "base64", (work / "out64").read_bytes())


def add_multipart(corpus):
    """What browsers, curl and Java send; and what no reader should take."""
    part = (b'--%s\r\nContent-Disposition: form-data; name="file"; '
            b'filename="a.package"\r\nContent-Type: application/zip\r\n'
            b"%s\r\nPK\3\4 %s\r\n")
    for name, boundary, more, end in (
            ("browser", b"----WebKitFormBoundary7MA4", b"", b"--\r\n"),
            ("curl", b"------------------------d74496", b"", b"--\r\n"),
            ("java", b'"----=_Part_1_15.17"', b"", b"--"),
            ("base64", b"b", b"Content-Transfer-Encoding: base64\r\n", b"--"),
            ("nested", b"b", b"Content-type: multipart/mixed\r\n", b"--"),
            ("open", b"b", b"", b"\r\n"), ("after", b"b", b"", b"--\r\nx")):
        plain = boundary.strip(b'"')
        body = 2 * (part % (plain, more, b"x" * 40)) + b"--" + plain + end
        corpus.add("multipart", name,
                   b"multipart/form-data; boundary=" + boundary + b"\n"
                   + body)


def main():
    folder = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="vsocert-corpus-") as work:
        corpus = Corpus(folder, pathlib.Path(work))
        make_pairs(corpus.work)
        add_pkcs12(corpus)
        add_pem(corpus)
        add_copied(corpus)
        add_others_in_pem(corpus)
        add_reply(corpus)
        add_pyjks(corpus)
        package_corpus.add_all(corpus, corpus.work / "ec.crt")
        cms_corpus.add_all(corpus)
        record_corpus.add_all(corpus, (corpus.work / "ec.crt").read_bytes())
        add_multipart(corpus)
        if shutil.which("keytool"):
            add_keytool(corpus)


if __name__ == "__main__":
    main()
