# SPDX-License-Identifier: Apache-2.0
"""Keystore files a second: export and import over the API, the change in the
database included; keytool, a whole process, which copies from or to JKS, as
that derives no key; and the key derivations alone, in one thread of C."""

import statistics
import subprocess
import time

from vso.files import ALIAS, b64, self_signed
from vso.source import ROOT

from peers import ours
from store import PASSWORD, keystore_file, put_in
from table import Figure, ratios

DERIVE = ROOT / "build/bench/derive"
MODULE, KEYTOOL, PURE = "module", "keytool", "key derivation alone"
FORMATS = ("pkcs12", "jceks")
# As many iterations as the module writes.
ITERATIONS = [f"-J-Dkeystore.pkcs12.{name}IterationCount=100000"
              for name in ("certPbe", "keyPbe", "mac")]


def timed(function, *arguments):
    begun = time.perf_counter()
    result = function(*arguments)
    return time.perf_counter() - begun, result


def keytool(source, source_type, target, target_type):
    target.unlink(missing_ok=True)
    subprocess.run(
        ["keytool", *ITERATIONS, "-importkeystore", "-noprompt", "-alias",
         ALIAS, "-srckeystore", source, "-srcstoretype", source_type,
         "-srcstorepass", PASSWORD, "-destkeystore", target, "-deststoretype",
         target_type, "-deststorepass", PASSWORD, "-destkeypass", PASSWORD],
        check=True, capture_output=True, timeout=120)


def derive(kind):
    """Seconds, the median of three."""
    run = subprocess.run([DERIVE, kind, "3"], check=True, capture_output=True,
                         text=True, timeout=120)
    return statistics.median(map(int, run.stdout.split())) / 1e9


def export(api, kind):
    reply = api.post("/keystore/export", {"password": PASSWORD,
                                          "format": kind})
    if reply.status != 200:
        raise RuntimeError(f"export: {reply}")
    return reply.body


def one_round(apis, folder, pair):
    """{format: {"export" or "import": {who: seconds}}}"""
    source, targets = apis
    put_in(source, *pair, replace=True)
    plain = folder / "plain.p12"
    plain.write_bytes(keystore_file(*pair))
    jks = folder / "plain.jks"
    keytool(plain, "pkcs12", jks, "jks")
    seen = {}
    for kind in FORMATS:
        file, copy = folder / f"file.{kind}", folder / "copy"
        exported, data = timed(export, source, kind)
        file.write_bytes(data)
        by_keytool, _ = timed(keytool, jks, "jks", copy, kind)
        alone = derive(kind)
        seen[kind] = {"export": {MODULE: exported, KEYTOOL: by_keytool,
                                 PURE: alone}}
        imported, _ = timed(take, targets[kind], data)
        by_keytool, _ = timed(keytool, file, kind, copy, "jks")
        seen[kind]["import"] = {MODULE: imported, KEYTOOL: by_keytool,
                                PURE: derive(kind)}
    return seen


def take(api, data):
    api.post("/keystore/import", {"keystore": b64(data), "password": PASSWORD,
                                  "replace": True}).ok(201)


def report(table, rounds, kind, verb):
    turns = [seen[kind][verb] for seen in rounds]
    rates = {who: [1 / turn[who] for turn in turns] for who in turns[0]}
    for who, values in rates.items():
        table.add(Figure.of_rounds("keystore", f"{verb} {kind}: {who}", values,
                                   "1/s"))
    for who in (KEYTOOL, PURE):
        table.add(Figure.of_rounds(
            "keystore", f"{verb} {kind}: {MODULE} / {who}",
            ratios(rates[MODULE], rates[who]), "ratio"))


def bench(run):
    first = self_signed("localhost", "rsa")
    source = run.start(ours(run.folder())).api()
    put_in(source, *first)
    targets = {}
    for kind in FORMATS:
        targets[kind] = run.start(ours(run.folder())).api()
        put_in(targets[kind], *first)
    folder = run.folder()
    folder.mkdir()
    rounds = [one_round((source, targets), folder,
                        self_signed("localhost", "rsa"))
              for _ in run.rounds(9, 45)]
    run.table.remark("keystore: RSA-2048; PKCS#12 with 3 x 100,000 iterations"
                     " of SHA-256, JCEKS with 2 x 200,000 of MD5, by all;"
                     " keytool with the start of Java")
    for kind in FORMATS:
        for verb in ("export", "import"):
            report(run.table, rounds, kind, verb)
