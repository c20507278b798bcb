# SPDX-License-Identifier: Apache-2.0
"""Verifying and signing of packages, in MB of content (unpacked) a second:
the module's own code, as httpd calls it, without database and network;
jarsigner, a whole process, on the same archive; and the bound, which is what
OpenSSL's MD5 and SHA-256 and zlib alone need on one core. Signing reads an
archive and writes it anew."""

import hashlib
import random
import subprocess
import time
import zipfile
import zlib

from vso import packages
from vso.files import ALIAS, self_signed
from vso.source import ROOT

from store import PASSWORD, keystore_file
from table import Figure, ratios

PACKAGE = ROOT / "build/bench/package"
MODULE, JARSIGNER, BOUND = "module", "jarsigner", "bound"
MADE_MIB = 64
# What the module and jarsigner write with: zlib's own.
LEVEL = 6


class Unsigned(packages.Signer):
    """Its signatures are put in place by the module."""

    def sign(self, data, digest="md5"):
        return b"none"


def words(size, seed):
    """Text that deflates about as scripts do."""
    rng = random.Random(seed)
    known = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz",
                                 k=rng.randint(2, 9))) for _ in range(4000)]
    text = " ".join(rng.choices(known, k=size // 5))
    return text.encode()[:size]


def made(pair, mib):
    """A package of resources of 1 MiB: text, and what does not deflate."""
    mebi = 1 << 20
    elements = [packages.resource(
        f"r{i}", words(mebi, i) if i % 2 else random.Random(i).randbytes(mebi))
        for i in range(mib)]
    return packages.write("org.example.large", elements, Unsigned(pair=pair))


class Content:
    """One archive, in a folder with the key that signs it."""

    def __init__(self, name, folder, archive, pair):
        folder.mkdir()
        self.name = name
        self.original = folder / "original.package"
        self.signed = folder / "signed.package"
        self.jar = folder / "signed.jar"
        self.pem = folder / "key.pem"
        self.keystore = folder / "key.p12"
        self.original.write_bytes(archive)
        self.pem.write_text(pair[0] + pair[1])
        self.keystore.write_bytes(keystore_file(*pair))
        with zipfile.ZipFile(self.original) as opened:
            self.files = [opened.read(i) for i in opened.infolist()]
        self.deflated = [deflate(data) for data in self.files]
        self.mega = sum(map(len, self.files)) / 1e6
        # Small ones some times over, until the clock can tell.
        self.repeat = max(1, min(20, int(4 / self.mega)))

    def module(self, verb, package, *more):
        """Seconds."""
        run = subprocess.run(
            [PACKAGE, verb, package, str(self.repeat), *more],
            capture_output=True, text=True, timeout=300, check=False)
        if run.returncode:
            raise RuntimeError(run.stderr)
        return sum(map(int, run.stdout.split())) / self.repeat / 1e9

    def bound(self, sign):
        begun = time.perf_counter()
        for _ in range(self.repeat):
            for packed in self.deflated:
                data = zlib.decompress(packed, -15)
                hashlib.md5(data).digest()
                hashlib.sha256(data).digest()
                if sign:
                    deflate(data)
        return (time.perf_counter() - begun) / self.repeat

    def sign(self):
        """{who: seconds}"""
        return {MODULE: self.module("sign", self.original, self.pem,
                                    self.signed),
                JARSIGNER: jarsigner("-keystore", self.keystore, "-storepass",
                                     PASSWORD, "-signedjar", self.jar,
                                     self.original, ALIAS),
                BOUND: self.bound(True)}

    def verify(self):
        """What sign has made."""
        return {MODULE: self.module("verify", self.signed),
                JARSIGNER: jarsigner("-verify", self.jar),
                BOUND: self.bound(False)}


def deflate(data):
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def jarsigner(*arguments):
    """Seconds of the whole process."""
    begun = time.perf_counter()
    subprocess.run(["jarsigner", *arguments], capture_output=True,
                   timeout=300, check=True)
    return time.perf_counter() - begun


def measure(run, content):
    verbs = {"sign": content.sign, "verify": content.verify}
    seen = {verb: [] for verb in verbs}
    for _ in run.rounds(9, 40):
        for verb, function in verbs.items():
            seen[verb].append(function())
    for verb, turns in seen.items():
        rates = {who: [content.mega / turn[who] for turn in turns]
                 for who in turns[0]}
        for who, values in rates.items():
            run.table.add(Figure.of_rounds(
                "package", f"{verb} {content.name}: {who}", values, "MB/s"))
        for who in (JARSIGNER, BOUND):
            run.table.add(Figure.of_rounds(
                "package", f"{verb} {content.name}: {MODULE} / {who}",
                ratios(rates[MODULE], rates[who]), "ratio"))


def bench(run):
    pair = self_signed("localhost", "rsa")
    mib = run.scaled(MADE_MIB, 4)
    contents = [Content(f"{mib} MiB", run.folder(), made(pair, mib), pair)]
    if packages.REAL:
        largest = max(packages.REAL, key=lambda path: path.stat().st_size)
        contents.insert(0, Content("largest real", run.folder(),
                                   largest.read_bytes(), pair))
        run.table.remark(f"package: the largest real one is {largest.name}, "
                         f"{contents[0].mega:.2f} MB in "
                         f"{len(contents[0].files)} files")
    else:
        run.table.remark("package: no real packages in ../shared/data/packages")
    run.table.remark(
        "package: the module in its own process without database and network;"
        f" jarsigner with the start of Java; all deflate at level {LEVEL};"
        " the bound without any signature")
    for content in contents:
        measure(run, content)
