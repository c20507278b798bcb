# SPDX-License-Identifier: Apache-2.0
"""Keystore files as keytool, OpenSSL, pyjks and pyca/cryptography write and
read them. keyfile_tool is the core without a server; each test is a cell, or
a part of one, of the table in docs/keystore-files.md."""

import datetime
import hashlib
import json
import os
import pathlib
import struct
import subprocess

import jks
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from Cryptodome.Cipher import DES3
from jks import sun_crypto

from vso.keytool import Keytool

ROOT = pathlib.Path(__file__).resolve().parents[3]
REAL = ROOT.parent / "shared" / "data" / "keystores"
FAULTS = ROOT.parent / "shared" / "data" / "faults"
ALIAS = "_dunesrsa_alias_"

# What keytool takes as a password for PKCS#12 and JCEKS, and what others take
# besides.
ASCII_PASSWORDS = {"ascii": "secret 12~", "long": "x7" * 100}
SHORT_PASSWORDS = {"one": "1"}
WIDE_PASSWORDS = {
    "latin1": "pässwörd",
    "greek": "κωδικός",
    "emoji": "pass😀🔑word",
}
PASSWORDS = {**ASCII_PASSWORDS, **SHORT_PASSWORDS, **WIDE_PASSWORDS}
ANY_PASSWORD = {"empty": "", **PASSWORDS}
ALIASES = {"umlaut": "schlüssel-äöü", "emoji": "key-😀"}
# A start of Java costs half as much without its second compiler.
JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
ENV = {**os.environ, "LC_ALL": "C.UTF-8", "JAVA_TOOL_OPTIONS": JAVA}


def cases(values):
    """Parameters with the names that the document's table uses."""
    return [pytest.param(v, id=k) for k, v in values.items()]


def run(*argv, password="", key_password="", **kwargs):
    """Run a judge; passwords go through its environment."""
    done = subprocess.run(
        [str(a) for a in argv],
        env={**ENV, "PW": password, "KEYPW": key_password},
        capture_output=True,
        check=False,
        **kwargs,
    )
    assert done.returncode == 0, (argv, done.stdout, done.stderr)
    return done.stdout


judge = Keytool()


@pytest.fixture(scope="module", autouse=True)
def one_keytool():
    """One process for the whole file."""
    yield
    judge.stop()


def keytool(*argv, password):
    return judge.run(*argv, "-storepass", password)


@pytest.fixture(scope="session")
def tool():
    """The core with a command line."""
    run("make", "-s", "-f", "Makefile.apxs", "build/unit/keyfile_tool", cwd=ROOT)
    return ROOT / "build" / "unit" / "keyfile_tool"


class Pair:
    """A key, its certificate and five issuers above it."""

    def __init__(self, key, folder):
        self.key = key
        issuers = [ec.generate_private_key(ec.SECP256R1()) for _ in range(5)]
        names = ["server"] + [f"ca {i}" for i in range(5)]
        keys = [key] + issuers
        self.certs = [
            certify(names[i], keys[i], names[min(i + 1, 5)], keys[min(i + 1, 5)])
            for i in range(6)
        ]
        self.folder = folder

    def der(self):
        return self.key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def digest(self):
        return hashlib.sha256(self.der()).hexdigest()

    def chain(self, length):
        return [c.public_bytes(serialization.Encoding.DER) for c in self.certs[:length]]

    def pem(self, length=1):
        """Key, certificate and chain in one PEM file; nothing encrypted."""
        path = self.folder / f"pair{length}.pem"
        if not path.exists():
            key = self.key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            certs = [
                c.public_bytes(serialization.Encoding.PEM) for c in self.certs[:length]
            ]
            path.write_bytes(key + b"".join(certs))
        return path

    def cert_pem(self):
        return self.certs[0].public_bytes(serialization.Encoding.PEM)


def certify(name, key, issuer, issuer_key):
    now = datetime.datetime.utcnow()
    common_name = x509.NameOID.COMMON_NAME
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(common_name, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(common_name, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(name != "server", None), True)
        .sign(issuer_key, hashes.SHA256())
    )


@pytest.fixture(scope="session")
def rsa_pair(tmp_path_factory):
    return Pair(rsa.generate_private_key(65537, 2048), tmp_path_factory.mktemp("rsa"))


@pytest.fixture(scope="session")
def ec_pair(tmp_path_factory):
    return Pair(ec.generate_private_key(ec.SECP256R1()), tmp_path_factory.mktemp("ec"))


@pytest.fixture(params=["rsa", "ec"])
def pair(request, rsa_pair, ec_pair):
    return rsa_pair if request.param == "rsa" else ec_pair


def sha256s(chain):
    return [hashlib.sha256(der).hexdigest() for der in chain]


class Core:
    """keyfile_tool as calls."""

    def __init__(self, path):
        self.path = path

    def call(self, *argv, lines):
        done = subprocess.run(
            [str(self.path), *map(str, argv)],
            input="".join(line + "\n" for line in lines).encode(),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, (argv, done.stderr)
        return json.loads(done.stdout)

    def read(self, path, password, *alias, key_password=None):
        lines = [password] + ([key_password] if key_password is not None else [])
        return self.call("read", path, *alias, lines=lines)

    def write(self, fmt, pem, path, password):
        return self.call("write", fmt, pem, path, lines=[password])

    def shake(self, path, password):
        return self.call("shake", path, lines=[password])


@pytest.fixture(scope="session")
def core(tool):
    return Core(tool)


def assert_read(answer, pair, fmt, length=1, alias=None):
    """The one key of a file is this pair's, with its chain."""
    assert "problem" not in answer, answer
    assert answer["format"] == fmt
    assert len(answer["entries"]) == 1
    entry = answer["entries"][0]
    digests = sha256s(pair.chain(length))
    assert entry["key"] == pair.digest()
    assert entry["certificate"] == digests[0]
    assert sorted(entry["chain"]) == sorted(digests[1:])
    if alias is not None:
        assert entry["alias"].lower() == alias.lower()


def assert_refused(answer, slug, field=None):
    assert answer.get("problem") == slug, answer
    assert field is None or answer["field"] == field


# ---- files of others -------------------------------------------------------

OPENSSL_OPTIONS = {
    "modern": [],
    "legacy": ["-legacy"],
    "3des": ["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES"],
    "rc2-40": ["-legacy", "-certpbe", "PBE-SHA1-RC2-40", "-keypbe", "AES-128-CBC"],
    "rc4": ["-legacy", "-certpbe", "PBE-SHA1-RC2-128", "-keypbe", "PBE-SHA1-RC4-128"],
    "camellia": ["-certpbe", "CAMELLIA-256-CBC", "-keypbe", "ARIA-128-CBC"],
    "none": ["-certpbe", "NONE", "-keypbe", "NONE"],
    "nomac": ["-nomac"],
    "nomac-legacy": ["-nomac", "-legacy"],
    "sha512": ["-macalg", "sha512"],
    "one-iteration": ["-iter", "1", "-nomaciter"],
    "many-iterations": ["-iter", "300000"],
    # what Windows adds: provider, key specification, machine key set
    "windows": ["-legacy", "-CSP", "Microsoft RSA SChannel", "-keysig", "-LMK"],
}


def openssl_pkcs12(pair, path, password, *options, length=1):
    pem = pair.pem(length)
    run("openssl", "pkcs12", "-export", "-in", pem, "-out", path,
        "-passout", "env:PW", *options, password=password)  # fmt: skip
    return path


@pytest.mark.parametrize("options", cases(OPENSSL_OPTIONS))
def test_reads_pkcs12_of_openssl(core, pair, options, tmp_path):
    path = openssl_pkcs12(pair, tmp_path / "k", "secret", *options, "-name", "Web 1")
    answer = core.read(path, "secret")
    assert_read(answer, pair, "pkcs12", alias="Web 1")
    if "NONE" not in options:
        assert_refused(core.read(path, "Secret"), "wrong-password", "password")


@pytest.mark.parametrize("password", cases(ANY_PASSWORD))
@pytest.mark.parametrize("options", ["modern", "legacy"])
def test_reads_pkcs12_passwords_of_openssl(core, ec_pair, options, password, tmp_path):
    path = openssl_pkcs12(ec_pair, tmp_path / "k", password, *OPENSSL_OPTIONS[options])
    assert_read(core.read(path, password), ec_pair, "pkcs12")


@pytest.mark.parametrize("length", range(1, 7))
def test_reads_pkcs12_chains_of_openssl(core, rsa_pair, length, tmp_path):
    path = openssl_pkcs12(rsa_pair, tmp_path / "k", "secret", length=length)
    assert_read(core.read(path, "secret"), rsa_pair, "pkcs12", length)


def test_reads_pkcs12_certificates_of_openssl_in_any_order(core, ec_pair, tmp_path):
    pem = ec_pair.pem(4).read_bytes().split(b"-----BEGIN CERTIFICATE-----")
    key, certs = pem[0], [b"-----BEGIN CERTIFICATE-----" + c for c in pem[1:]]
    mixed = tmp_path / "mixed.pem"
    mixed.write_bytes(certs[2] + certs[0] + certs[3] + key + certs[1])
    run("openssl", "pkcs12", "-export", "-in", mixed, "-out", tmp_path / "k",
        "-passout", "env:PW", password="secret")  # fmt: skip
    assert_read(core.read(tmp_path / "k", "secret"), ec_pair, "pkcs12", 4)


@pytest.mark.parametrize("password", cases(PASSWORDS))
def test_reads_pkcs12_of_pyca(core, pair, password, tmp_path):
    path = tmp_path / "k"
    alias = ALIASES["umlaut"]
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(
            alias.encode(),
            pair.key,
            pair.certs[0],
            pair.certs[1:3],
            serialization.BestAvailableEncryption(password.encode()),
        )
    )
    assert_read(core.read(path, password), pair, "pkcs12", 3, alias)


def keytool_file(pair, path, storetype, password, *options, alias="server", length=1,
                 key_password=None):  # fmt: skip
    """Have keytool write a store with a key that we know."""
    source = openssl_pkcs12(
        pair, path.with_suffix(".in"), "secret", "-name", "x", length=length
    )
    call = ["-importkeystore", "-srckeystore", source, "-srcstorepass",
            "secret", "-srcalias", "x", "-destalias", alias, "-destkeystore",
            path, "-deststoretype", storetype, "-deststorepass", password,
            "-noprompt", "-destkeypass", key_password or password]  # fmt: skip
    if options:
        run("keytool", *call, *options)     # -J: of a process of its own
    else:
        judge.run(*call)
    return path


LEGACY = "-J-Dkeystore.pkcs12.legacy"


@pytest.mark.parametrize("options", cases({"default": [], "legacy": [LEGACY]}))
def test_reads_pkcs12_of_keytool(core, pair, options, tmp_path):
    path = keytool_file(pair, tmp_path / "k", "PKCS12", "secret", *options, length=3)
    assert_read(core.read(path, "secret"), pair, "pkcs12", 3, "server")
    assert_refused(core.read(path, "secreT"), "wrong-password", "password")


@pytest.mark.parametrize("password", cases(ASCII_PASSWORDS))
@pytest.mark.parametrize("storetype", ["PKCS12", "JCEKS"])
def test_reads_ascii_passwords_of_keytool(core, ec_pair, storetype, password, tmp_path):
    path = keytool_file(ec_pair, tmp_path / "k", storetype, password)
    assert_read(core.read(path, password), ec_pair, storetype.lower())


@pytest.mark.parametrize("password", cases({**ASCII_PASSWORDS, **WIDE_PASSWORDS}))
def test_reads_jks_passwords_of_keytool(core, ec_pair, password, tmp_path):
    path = keytool_file(ec_pair, tmp_path / "k", "JKS", password)
    assert_read(core.read(path, password), ec_pair, "jks")


@pytest.mark.parametrize("alias", cases(ALIASES))
@pytest.mark.parametrize("storetype", ["PKCS12", "JKS", "JCEKS"])
def test_reads_aliases_of_keytool(core, ec_pair, storetype, alias, tmp_path):
    path = keytool_file(ec_pair, tmp_path / "k", storetype, "secret", alias=alias)
    answer = core.read(path, "secret", alias.upper())
    assert_read(answer, ec_pair, storetype.lower(), alias=alias)


@pytest.mark.parametrize("length", range(1, 7))
@pytest.mark.parametrize("storetype", ["JKS", "JCEKS"])
def test_reads_chains_of_keytool(core, rsa_pair, storetype, length, tmp_path):
    path = keytool_file(rsa_pair, tmp_path / "k", storetype, "secret", length=length)
    answer = core.read(path, "secret")
    assert_read(answer, rsa_pair, storetype.lower(), length)
    # the order of the file is kept
    assert answer["entries"][0]["chain"] == sha256s(rsa_pair.chain(length))[1:]


@pytest.mark.parametrize("storetype", ["JKS", "JCEKS"])
def test_reads_key_passwords_of_keytool(core, pair, storetype, tmp_path):
    path = keytool_file(
        pair, tmp_path / "k", storetype, "secret", key_password="other12"
    )
    assert_refused(core.read(path, "secret"), "wrong-password", "keyPassword")
    answer = core.read(path, "secret", key_password="wrong")
    assert_refused(answer, "wrong-password", "keyPassword")
    answer = core.read(path, "secret", key_password="other12")
    assert_read(answer, pair, storetype.lower())


def add_secret_key(path, storetype, alias, password="secret"):
    keytool("-genseckey", "-keyalg", "AES", "-keysize", "128", "-alias", alias,
            "-keystore", path, "-storetype", storetype, password=password)  # fmt: skip


@pytest.mark.parametrize("storetype", ["PKCS12", "JCEKS"])
def test_passes_over_secret_keys_of_keytool(core, rsa_pair, storetype, tmp_path):
    """The two entries that Orchestrator has."""
    path = keytool_file(rsa_pair, tmp_path / "k", storetype, "secret", alias=ALIAS)
    add_secret_key(path, storetype, "_dunessk_alias_")
    answer = core.read(path, "secret")
    assert_read(answer, rsa_pair, storetype.lower(), alias=ALIAS)
    assert [w["slug"] for w in answer["warnings"]] == ["secret-key"]
    assert "_dunessk_alias_" in answer["warnings"][0]["detail"]


@pytest.mark.parametrize("storetype", ["PKCS12", "JKS", "JCEKS"])
def test_lists_several_keys_of_keytool(core, rsa_pair, ec_pair, storetype, tmp_path):
    path = keytool_file(rsa_pair, tmp_path / "k", storetype, "secret", alias="one")
    keytool_file(ec_pair, path, storetype, "secret", alias="two")
    answer = core.read(path, "secret")
    entries = {e["alias"]: e for e in answer["entries"]}
    assert set(entries) == {"one", "two"}
    assert entries["one"]["certificate"] == sha256s(rsa_pair.chain(1))[0]
    assert entries["two"]["key"] is None
    assert all(e["createdAt"] for e in entries.values())
    for alias, pair in ("ONE", rsa_pair), ("Two", ec_pair):
        entry = core.read(path, "secret", alias)["entries"][0]
        assert entry["key"] == pair.digest()
    assert_refused(core.read(path, "secret", "three"), "invalid", "alias")


@pytest.mark.parametrize("storetype", ["PKCS12", "JKS", "JCEKS"])
def test_names_a_trust_store_of_keytool(core, ec_pair, storetype, tmp_path):
    (tmp_path / "c.pem").write_bytes(ec_pair.cert_pem())
    keytool("-importcert", "-noprompt", "-alias", "ca", "-file", tmp_path / "c.pem",
            "-keystore", tmp_path / "k", "-storetype", storetype,
            password="secret")  # fmt: skip
    answer = core.read(tmp_path / "k", "secret")
    assert_refused(answer, "unsupported-format", "keystore")
    assert "no private key" in answer["detail"]


@pytest.mark.parametrize("length", range(1, 7))
@pytest.mark.parametrize("password", cases(ANY_PASSWORD))
def test_reads_jks_of_pyjks(core, pair, password, length, tmp_path):
    chain = pair.chain(length)
    entry = jks.PrivateKeyEntry.new("Schlüssel", chain, pair.der(), "pkcs8")
    entry.encrypt(password)
    store = jks.KeyStore.new("jks", [entry])
    store.save(tmp_path / "k", password)
    answer = core.read(tmp_path / "k", password, "schlÜssel")
    assert_read(answer, pair, "jks", length, "schlüssel")


def test_takes_the_reply_beside_the_key_of_keytool(core, tmp_path):
    """keytool -importcert under an alias of its own leaves the key with its
    self-signed certificate, and the CA's beside it."""
    path, ca = tmp_path / "k", ec.generate_private_key(ec.SECP256R1())
    keytool("-genkeypair", "-keyalg", "EC", "-alias", "web", "-dname", "CN=web",
            "-keystore", path, "-storetype", "JKS", password="secret")  # fmt: skip
    own = keytool("-exportcert", "-rfc", "-alias", "web", "-keystore", path,
                  password="secret")  # fmt: skip

    class Public:
        """What certify takes for the key of a certificate."""

        public_key = x509.load_pem_x509_certificate(own).public_key

    certs = {
        "ca": certify("ca", ca, "ca", ca),
        "reply": certify("web", Public, "ca", ca),
    }
    for alias, cert in certs.items():
        pem = tmp_path / alias
        pem.write_bytes(cert.public_bytes(serialization.Encoding.PEM))
        keytool("-importcert", "-noprompt", "-alias", alias, "-file", pem,
                "-keystore", path, password="secret")  # fmt: skip
    answer = core.read(path, "secret")
    digests = {a: c.fingerprint(hashes.SHA256()).hex() for a, c in certs.items()}
    assert answer["entries"][0]["certificate"] == digests["reply"]
    assert digests["ca"] in answer["entries"][0]["chain"]
    assert [w["slug"] for w in answer["warnings"]] == ["several-certificates"]


def jceks_with_salt(pair, salt, hashed_salt, iterations=300):
    """A JCEKS whose salt we choose; the derivation is pyjks's, from the salt
    that a JDK makes of it."""
    key, iv = sun_crypto._jce_pbe_derive_key_and_iv("secret", hashed_salt, iterations)
    plain = pair.der()
    pad = 8 - len(plain) % 8
    sealed = DES3.new(key, DES3.MODE_CBC, IV=iv).encrypt(plain + bytes([pad]) * pad)

    def tlv(tag, body):
        if len(body) < 128:
            return bytes([tag, len(body)]) + body
        return bytes([tag, 0x82]) + struct.pack(">H", len(body)) + body

    oid = bytes.fromhex("06092b060104012a021301")
    count = tlv(2, iterations.to_bytes(2, "big"))
    algorithm = tlv(0x30, oid + tlv(0x30, tlv(4, salt) + count))
    info = tlv(0x30, algorithm + tlv(4, sealed))
    cert = pair.chain(1)[0]
    body = struct.pack(">III", 0xCECECECE, 2, 1)
    body += struct.pack(">IH", 1, len(ALIAS)) + ALIAS.encode() + bytes(8)
    body += struct.pack(">I", len(info)) + info + struct.pack(">I", 1)
    body += struct.pack(">H", 5) + b"X.509" + struct.pack(">I", len(cert)) + cert
    prefix = "secret".encode("utf-16be") + b"Mighty Aphrodite"
    return body + hashlib.sha1(prefix + body).digest()


def keytool_opens(path):
    done = subprocess.run(
        ["keytool", "-certreq", "-alias", ALIAS, "-keystore", str(path),
         "-storepass", "secret"],
        capture_output=True, stdin=subprocess.DEVNULL, env=ENV, check=False)
    return b"BEGIN NEW CERTIFICATE REQUEST" in done.stdout


def pyjks_opens(path):
    try:
        return jks.KeyStore.load(path, "secret").private_keys[ALIAS].is_decrypted()
    except jks.DecryptionFailureException:
        return False


@pytest.mark.parametrize(
    "salt, hashed_salt, judges",
    [
        pytest.param(b"abcdefgh", b"abcdefgh", {keytool_opens, pyjks_opens}, id="any"),
        # equal halves: old JDKs had a typo there, which pyjks follows
        pytest.param(b"abcdabcd", b"dcbaabcd", {keytool_opens}, id="jdk17"),
        pytest.param(b"abcdabcd", b"dabdabcd", {pyjks_opens}, id="old-jdk"),
    ],
)
def test_reads_jceks_salts_as_each_jdk(core, pair, salt, hashed_salt, judges, tmp_path):
    path = tmp_path / "k"
    path.write_bytes(jceks_with_salt(pair, salt, hashed_salt))
    assert {j for j in (keytool_opens, pyjks_opens) if j(path)} == judges
    assert_read(core.read(path, "secret"), pair, "jceks", alias=ALIAS)
    assert_refused(core.read(path, "Secret"), "wrong-password", "password")


PKCS8_OPTIONS = {
    "pbes2": [],
    "des3-sha1": ["-v2", "des3", "-v2prf", "hmacWithSHA1"],
    "scrypt": ["-scrypt"],
    "pbes1-3des": ["-v1", "PBE-SHA1-3DES"],
    "pbes1-des": ["-v1", "PBE-MD5-DES", "-provider", "legacy", "-provider", "default"],
    "pbes1-rc2": ["-v1", "PBE-SHA1-RC2-40"]
    + ["-provider", "legacy", "-provider", "default"],
}


def openssl_pem(pair, path, password, options):
    run("openssl", "pkcs8", "-topk8", "-in", pair.pem(), "-out", path,
        "-passout", "env:PW", *options, password=password)  # fmt: skip
    path.write_bytes(path.read_bytes() + pair.cert_pem())
    return path


@pytest.mark.parametrize("options", cases(PKCS8_OPTIONS))
def test_reads_pem_of_openssl(core, pair, options, tmp_path):
    path = openssl_pem(pair, tmp_path / "k", "secret", options)
    assert_read(core.read(path, "secret"), pair, "pem")
    assert_refused(core.read(path, "Secret"), "wrong-password", "password")


@pytest.mark.parametrize("password", cases(PASSWORDS))
def test_reads_pem_passwords_of_openssl(core, ec_pair, password, tmp_path):
    path = openssl_pem(ec_pair, tmp_path / "k", password, [])
    assert_read(core.read(path, password), ec_pair, "pem")


@pytest.mark.parametrize("cipher", ["-aes256", "-aes128", "-des3", "-camellia128"])
def test_reads_traditional_pem_of_openssl(core, pair, cipher, tmp_path):
    path = tmp_path / "k"
    run("openssl", "pkey", "-traditional", cipher, "-in", pair.pem(), "-out", path,
        "-passout", "env:PW", password="secret")  # fmt: skip
    assert b"Proc-Type: 4,ENCRYPTED" in path.read_bytes()
    path.write_bytes(pair.cert_pem() + path.read_bytes())
    assert_read(core.read(path, "secret"), pair, "pem")
    assert_refused(core.read(path, "Secret"), "wrong-password", "password")


def test_reads_unencrypted_pem_with_a_warning(core, pair):
    answer = core.read(pair.pem(6), "whatever")
    assert_read(answer, pair, "pem", 6)
    assert [w["slug"] for w in answer["warnings"]] == ["unencrypted-key"]


# ---- files for others ------------------------------------------------------


def written(core, pair, fmt, password, tmp_path, length=1):
    path = tmp_path / f"out.{fmt}"
    answer = core.write(fmt, pair.pem(length), path, password)
    assert answer == {"key": pair.digest()}
    return path


def assert_pem_holds(pem, pair, length):
    """What a judge printed holds the key and the chain, in order."""
    at = pem.index(b"-----BEGIN PRIVATE KEY-----")
    key = serialization.load_pem_private_key(pem[at:], None)
    assert key.private_numbers() == pair.key.private_numbers()
    assert bodies(pem) == bodies(pair.pem(length).read_bytes())


@pytest.mark.parametrize("password", cases(PASSWORDS))
def test_openssl_reads_our_pkcs12(core, pair, password, tmp_path):
    path = written(core, pair, "pkcs12", password, tmp_path, 3)
    pem = run("openssl", "pkcs12", "-in", path, "-passin", "env:PW", "-noenc",
              password=password)  # fmt: skip
    assert_pem_holds(pem, pair, 3)


@pytest.mark.parametrize("password", cases(PASSWORDS))
def test_pyca_reads_our_pkcs12(core, pair, password, tmp_path):
    path = written(core, pair, "pkcs12", password, tmp_path, 3)
    bag = pkcs12.load_pkcs12(path.read_bytes(), password.encode())
    assert bag.key.private_numbers() == pair.key.private_numbers()
    assert bag.cert.certificate == pair.certs[0]
    assert bag.cert.friendly_name == ALIAS.encode()
    assert {c.certificate for c in bag.additional_certs} == set(pair.certs[1:3])


def test_our_pkcs12_is_strong(core, ec_pair, tmp_path):
    path = written(core, ec_pair, "pkcs12", "secret", tmp_path)
    done = subprocess.run(
        ["openssl", "pkcs12", "-in", str(path), "-info", "-noout",
         "-passin", "pass:secret"],
        capture_output=True, text=True, check=True)  # fmt: skip
    pbes2 = "PBES2, PBKDF2, AES-256-CBC, Iteration 600000, PRF hmacWithSHA256"
    assert "MAC: sha256, Iteration 600000" in done.stderr
    assert f"PKCS7 Encrypted data: {pbes2}" in done.stderr
    assert f"Shrouded Keybag: {pbes2}" in done.stderr


def assert_keytool_opens(path, password, pair):
    """keytool signs a CSR with the key."""
    csr = keytool("-certreq", "-alias", ALIAS, "-keystore", path, password=password)
    request = x509.load_pem_x509_csr(csr.replace(b"NEW CERTIFICATE", b"CERTIFICATE"))
    assert request.is_signature_valid
    public = request.public_key().public_numbers()
    assert public == pair.key.public_key().public_numbers()


def bodies(pem):
    """The base64 texts of the certificates in a PEM file."""
    blocks = pem.split(b"-----BEGIN CERTIFICATE-----")[1:]
    return [b"".join(b.split(b"-----END")[0].split()) for b in blocks]


def assert_keytool_lists(path, password, pair, length):
    """keytool sees the chain, in order."""
    listed = keytool("-list", "-rfc", "-alias", ALIAS, "-keystore", path,
                     password=password)  # fmt: skip
    assert bodies(listed) == bodies(pair.pem(length).read_bytes())


@pytest.mark.parametrize("password", cases(ASCII_PASSWORDS))
@pytest.mark.parametrize("fmt", ["pkcs12", "jceks", "jks"])
def test_keytool_reads_ours(core, pair, fmt, password, tmp_path):
    path = written(core, pair, fmt, password, tmp_path, 3)
    assert_keytool_opens(path, password, pair)


@pytest.mark.parametrize("password", cases(WIDE_PASSWORDS))
def test_keytool_reads_our_jks_with_any_password(core, ec_pair, password, tmp_path):
    path = written(core, ec_pair, "jks", password, tmp_path)
    assert_keytool_opens(path, password, ec_pair)


@pytest.mark.parametrize("length", range(1, 7))
@pytest.mark.parametrize("fmt", ["pkcs12", "jceks", "jks"])
def test_keytool_reads_our_chains(core, ec_pair, fmt, length, tmp_path):
    path = written(core, ec_pair, fmt, "secret", tmp_path, length)
    assert_keytool_lists(path, "secret", ec_pair, length)


@pytest.mark.parametrize("fmt", ["jceks", "jks"])
@pytest.mark.parametrize("length", range(1, 7))
@pytest.mark.parametrize("password", cases(PASSWORDS))
def test_pyjks_reads_ours(core, ec_pair, fmt, length, password, tmp_path):
    if fmt == "jceks" and not password.isascii():
        answer = core.write(fmt, ec_pair.pem(), tmp_path / "k", password)
        assert_refused(answer, "invalid", "password")
        return
    path = written(core, ec_pair, fmt, password, tmp_path, length)
    entry = jks.KeyStore.load(path, password).private_keys[ALIAS]
    assert entry.pkey_pkcs8 == ec_pair.der()
    assert [c[1] for c in entry.cert_chain] == ec_pair.chain(length)


def test_our_jceks_has_the_iterations_of_keytool(core, ec_pair, tmp_path):
    path = written(core, ec_pair, "jceks", "secret", tmp_path)
    # INTEGER 200000, behind the salt of 8 bytes
    assert b"\x02\x03\x03\x0d\x40" in path.read_bytes()


@pytest.mark.parametrize("password", cases(PASSWORDS))
def test_openssl_reads_our_pem(core, pair, password, tmp_path):
    path = written(core, pair, "pem", password, tmp_path, 4)
    assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    pem = run("openssl", "pkcs8", "-in", path, "-passin", "env:PW", password=password)
    assert_pem_holds(pem + path.read_bytes(), pair, 4)


@pytest.mark.parametrize("password", cases(PASSWORDS))
def test_pyca_reads_our_pem(core, pair, password, tmp_path):
    path = written(core, pair, "pem", password, tmp_path)
    key = serialization.load_pem_private_key(path.read_bytes(), password.encode())
    assert key.private_numbers() == pair.key.private_numbers()


@pytest.mark.parametrize("fmt", ["pkcs12", "jceks", "jks", "pem"])
def test_writes_no_empty_password(core, ec_pair, fmt, tmp_path):
    answer = core.write(fmt, ec_pair.pem(), tmp_path / "k", "")
    assert_refused(answer, "invalid", "password")
    assert not (tmp_path / "k").exists()


# ---- real files and bad input ----------------------------------------------


@pytest.mark.parametrize(
    "name, password, fmt",
    [
        ("archetype.keystore", "password123", "jks"),
        ("package-signing-cert.jks", "password", "jceks"),
    ],
)
def test_reads_real_files(core, name, password, fmt):
    path = REAL / name
    if not path.exists():
        pytest.skip(f"no {path}: real files are not part of the project")
    answer = core.read(path, password, "_DunesRSA_Alias_")
    assert answer["format"] == fmt
    entry = answer["entries"][0]
    real = jks.KeyStore.load(path, password).private_keys[ALIAS]
    key = serialization.load_der_private_key(real.pkey_pkcs8, None)
    again = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    assert entry["key"] == hashlib.sha256(again).hexdigest()
    assert entry["certificate"] == hashlib.sha256(real.cert_chain[0][1]).hexdigest()
    assert_refused(core.read(path, "wrong"), "wrong-password", "password")


# Files after public reports: what is read (common names of the certificates,
# slugs of the warnings), or what the refusal says.
CLEAR = "unencrypted-key"
FAULT_FILES = {
    "f_bcfks.bcfks": "BCFKS keystore",
    "f_bks.bks": "BKS keystore",
    "f_key.pvk": "PVK file",
    "f_vault.json": (["one"], [CLEAR]),
    "j_case.jks": (["one", "two", "three"], []),
    "j_chain_reversed.jks": (["one"], []),
    "j_onlyhmac.jceks": "only a secret key",
    "j_reply_as_trusted.jks": (["one"], ["several-certificates"]),
    "p12_certtool_default.p12": (["two"], []),
    "p12_cut.pfx": "cut short, 4756 of 4956 bytes",
    "p12_expired_same_id.pfx": (["one"], ["several-certificates"]),
    "p12_ids_swapped.pfx": (["one", "two"], []),
    "p12_unrelated_pqc_ca.pfx": (["one"], ["not-used"]),
    "pem_aki_serial_old_ca_both.pem": (["aki"], [CLEAR]),
    "pem_indented.pem": (["one"], [CLEAR]),
    "pem_key_and_p7.pem": (["one"], [CLEAR]),
    "pem_literal_n.pem": (["one"], [CLEAR]),
}


@pytest.mark.parametrize("name", FAULT_FILES)
def test_files_after_public_reports(core, name):
    path = FAULTS / name
    if not path.exists():
        pytest.skip(f"no {path}: such files are not part of the project")
    answer = core.read(path, "Passw0rd")
    expected = FAULT_FILES[name]
    if isinstance(expected, str):
        assert expected in answer["detail"]
        return
    assert "problem" not in answer, answer
    names, slugs = expected
    subjects = [e["subject"].split(",")[0] for e in answer["entries"]]
    assert subjects == [f"CN={n}.example.test" for n in names]
    assert [w["slug"] for w in answer["warnings"]] == slugs
    # what a listing shows is what is imported by that alias
    for entry in answer["entries"]:
        one = core.read(path, "Passw0rd", entry["alias"])["entries"][0]
        assert one["certificate"] == entry["certificate"] and one["key"]


@pytest.mark.parametrize("storetype", ["JKS", "JCEKS"])
def test_refuses_each_cut_and_flip_of_keytool(core, ec_pair, storetype, tmp_path):
    path = keytool_file(ec_pair, tmp_path / "k", storetype, "secret", length=2)
    if storetype == "JCEKS":
        add_secret_key(path, storetype, "_dunessk_alias_")
    counts = core.shake(path, "secret")
    assert sum(counts["flips"].values()) == path.stat().st_size * 8
    assert sum(counts["cuts"].values()) == path.stat().st_size
    # the trailer covers every bit
    assert set(counts["flips"]) <= {"damaged", "wrong-password", "unsupported-format"}
    assert set(counts["cuts"]) <= {"damaged", "unsupported-format"}


@pytest.mark.parametrize("options", [[], ["-nomac"], ["-certpbe", "NONE", "-nomac"]])
def test_never_reads_another_key_from_pkcs12(core, ec_pair, options, tmp_path):
    path = openssl_pkcs12(
        ec_pair, tmp_path / "k", "secret", *options, "-iter", "1", "-nomaciter"
    )
    counts = core.shake(path, "secret")
    assert "another key" not in counts["flips"]
    assert "read" not in counts["cuts"]
    assert set(counts["cuts"]) <= {"damaged", "unsupported-format"}


def test_never_reads_another_key_from_pem(core, ec_pair, tmp_path):
    path = openssl_pem(ec_pair, tmp_path / "k", "secret", ["-iter", "1"])
    counts = core.shake(path, "secret")
    assert "another key" not in counts["flips"]
    # one byte short: the last line's end, which nothing needs
    assert counts["cuts"].get("read", 0) <= 1


@pytest.mark.parametrize("fmt", ["pkcs12", "jceks", "jks", "pem"])
def test_names_a_base64_copy(core, ec_pair, fmt, tmp_path):
    path = written(core, ec_pair, fmt, "secret", tmp_path)
    run("openssl", "base64", "-in", path, "-out", tmp_path / "copy")
    answer = core.read(tmp_path / "copy", "secret")
    assert_refused(answer, "unsupported-format", "keystore")
    assert "base64" in answer["detail"]
