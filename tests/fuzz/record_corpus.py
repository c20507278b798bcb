# SPDX-License-Identifier: Apache-2.0
"""Records of the replica (serving/record.h), as fuzz_record reads them: without
the MAC, for keystore 0123456789abcdef under a master key of zeros."""

import hashlib
import hmac
import struct

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MASTER = bytes(32)
KEYSTORE = b"0123456789abcdef"
INTEGER, TEXT, OCTETS = 2, 4, 5


def derived(info):
    return HKDF(hashes.SHA256(), 32, None, info).derive(MASTER)


def counted(data, width=2):
    return len(data).to_bytes(width, "big") + data


def sealed(plain, aad):
    key = hmac.digest(derived(b"vsocert mac replica key"), KEYSTORE, "sha256")
    nonce = bytes(12)
    box = nonce + AESGCM(key).encrypt(nonce, plain, aad)
    return derived(b"vsocert id").hex()[:16].encode() + box


def numbers(key):
    point = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    priv = key.private_numbers().private_value.to_bytes(32, "little")
    params = [(TEXT, b"group", b"prime256v1"), (OCTETS, b"pub", point),
              (INTEGER, b"priv", priv)]
    plain = bytes([1, 1, len(params)])
    for kind, name, data in params:
        plain += bytes([kind]) + counted(name) + counted(data + b"\0")
    return plain


def pkcs8(key):
    return b"\2" + key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption())  # fmt: skip


def version(number, plain, key, cert, names, url=b""):
    spki = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    key_id = hashlib.sha256(spki).digest()
    aad = b"server|%d|%s" % (number, key_id.hex().encode())
    out = struct.pack(">5q", number, number, 1, 2**32, 1700000000)
    out += counted(b"EC") + key_id + hashlib.sha256(cert).digest()
    out += counted(cert, 4) + bytes(32) + counted(sealed(plain, aad), 4)
    out += struct.pack(">H", len(names)) + b"".join(counted(n) for n in names)
    return out + counted(url)


def record(versions, live=(), quarantined=()):
    served = b"".join(versions) + counted(b"".join(live), 4)
    out = b"\1" + struct.pack(">q", 42) + hashlib.sha256(served).digest()
    out += struct.pack(">2I", len(versions), len(quarantined)) + served
    for number, reason in quarantined:
        out += struct.pack(">q", number) + counted(b"RSA") + counted(reason)
    return out


def add_all(corpus, cert):
    key = ec.generate_private_key(ec.SECP256R1())
    names = [b"www.example.org", b"*.example.org"]
    one = version(1, numbers(key), key, cert, names)
    two = version(2, pkcs8(key), key, cert, [], b"http://ocsp.example/")
    corpus.add("record", "empty", record([]))
    corpus.add("record", "one", record([one], [bytes(32)]))
    corpus.add("record", "two", record([one, two], [bytes(32), b"\1" * 32]))
    corpus.add("record", "bad", record([one], [], [(7, b"It does not open.")]))
    corpus.add("record", "live", record([], [bytes([i]) * 32 for i in range(40)]))
