# SPDX-License-Identifier: Apache-2.0
"""Inputs of the targets zip, xml and package, made as the programs that write
packages make them. Called by make_corpus.py."""

import io
import pathlib
import struct
import subprocess
import zipfile

HEAD = '<?xml version="1.0" encoding="{}" standalone="no"?>\n'
DOCTYPE = '<!DOCTYPE properties SYSTEM "http://java.sun.com/dtd/properties.dtd">\n'

SCRIPT = (
    "<?xml version='1.0' encoding='UTF-8'?>\n"
    '<dunes-script-module name="f" result-type="Any" version="1.2.0" '
    'allowed-operations="vef"><description><![CDATA[d]]></description>'
    '<param n="a" t="string"/><script encoded="false"><![CDATA[return a < 1;\n]]>'
    "</script></dunes-script-module>"
)
WORKFLOW = (
    '<?xml version="1.0" encoding="ISO-8859-1" standalone="yes"?>\n'
    '<workflow xmlns="http://vmware.com/vco/workflow" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="a b" version="0.0.1" allowed-operations="v">'
    "<display-name><![CDATA[W\u00e4hle \u2713 \U0001f511]]></display-name>"
    "<workflow-item name='item1'/><!-- - --></workflow>"
)
CONFIG = (
    '<config-element version="3" allowed-operations="vf"><display-name>'
    "C &amp; D &#228;</display-name><atts><att name='a'/></atts></config-element>"
)
CATEGORIES = (
    "<categories><category name='Library'><name><![CDATA[Library]]></name>"
    "</category><category name='V'/></categories>"
)


def properties(encoding="UTF-8", **entries):
    rows = "".join(
        f'<entry key="{key.replace("_", "-")}">{value}</entry>\n'
        for key, value in entries.items()
    )
    text = (
        HEAD.format(encoding)
        + DOCTYPE
        + f"<properties>\n<comment>c</comment>\n{rows}</properties>\n"
    )
    return wide(text) if encoding == "UTF-16" else text.encode()


def wide(text, little=False):
    return ("\ufeff" + text).encode("utf-16-le" if little else "utf-16-be")


def zipped(parts, method=zipfile.ZIP_DEFLATED, stream=False, folders=False):
    """stream: with data descriptors, as Java writes."""

    class Stream(io.RawIOBase):
        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, more):
            self.data += bytes(more)
            return len(more)

    out = Stream() if stream else io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        if folders:
            archive.writestr(zipfile.ZipInfo("elements/"), b"")
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.data if stream else out.getvalue()


def resource():
    inf = "VSO-RESOURCE-INF/"
    return zipped(
        {
            inf + "attribute_id": b"id",
            inf + "attribute_name": b"logo.png",
            inf + "attribute_version": b"1.0.3",
            inf + "attribute_mimetype": b"image/png",
            inf + "attribute_allowedOperations": b"vef",
            inf + "data": b"\x89PNG" + bytes(40),
        },
        zipfile.ZIP_STORED,
    )


def element(parts, folder, kind, data, **more):
    base = f"elements/{folder}/"
    parts[base + "info"] = properties(type=kind, id=folder, signature_owner="CN=a")
    parts[base + "categories"] = wide(CATEGORIES)
    parts[base + "data"] = data
    for name, content in more.items():
        parts[base + name.replace("__", ".")] = content


def package(cert):
    parts = {"dunes-meta-inf": properties(pkg_name="com.example.lib", pkg_id="p1")}
    parts["certificates/CN=a.cer"] = cert
    element(parts, "s1", "ScriptModule", wide(SCRIPT), version_history=b"<items/>")
    element(parts, "w1", "Workflow", wide(WORKFLOW), input_form_=b"{}")
    element(parts, "c1", "ConfigurationElement", wide(CONFIG, True))
    element(parts, "r1", "ResourceElement", resource(), tags=tags())
    element(parts, "e1", "ActionEnvironment", b'{"name": "n"}', bundle=b"PK\3\4")
    element(parts, "x1", "Workflow", wide(WORKFLOW))
    parts["elements/x1/data.p7m"] = parts.pop("elements/x1/data")
    parts["signatures/dunes-meta-inf"] = bytes(256)
    parts["META-INF/vsocert.manifest"] = b""
    parts["META-INF/vsocert.p7s"] = b"0"
    return parts


def tags():
    return b'<tags><tag name="a" global="true"/><tag name="b"/></tags>'


def composed(parts):
    """As fuzz_package.c reads it."""
    rows = [
        name.encode() + b"\n" + struct.pack(">H", len(data)) + data
        for name, data in parts.items()
    ]
    return b"P" + b"".join(rows)


def add_zip(corpus, parts):
    small = dict(list(parts.items())[:4])
    corpus.add("zip", "deflated", zipped(small))
    corpus.add("zip", "stored", zipped(small, zipfile.ZIP_STORED))
    corpus.add("zip", "stream", zipped(small, stream=True))
    corpus.add("zip", "stream-stored", zipped(small, zipfile.ZIP_STORED, stream=True))
    corpus.add("zip", "folders", zipped(small, folders=True))
    corpus.add("zip", "resource", resource())
    corpus.add("zip", "empty", zipped({}))
    corpus.add("zip", "whole", zipped(parts))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.comment = b"a comment"
        for name in "a", "A/b", "\u00e4/c":
            with archive.open(name, "w", force_zip64=True) as entry:
                entry.write(b"zip64")
    corpus.add("zip", "zip64", out.getvalue())
    bomb = zipped({"a": bytes(3 << 20)})
    corpus.add("zip", "bomb", bomb)
    corpus.add("zip", "nested", zipped({"a.zip": zipped({"b.zip": bomb})}))


def add_xml(corpus):
    documents = {"script": SCRIPT, "workflow": WORKFLOW, "config": CONFIG,
                 "categories": CATEGORIES, "tags": tags().decode(),
                 "colon": '<a b="" :allowed-operations=""/>',
                 "deep": "<a>" * 200 + "</a>" * 200,
                 "entity": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}  # fmt: skip
    for name, text in documents.items():
        corpus.add("xml", f"{name}-be", b"D" + wide(text))
        corpus.add("xml", f"{name}-le", b"D" + wide(text, True))
        corpus.add("xml", f"{name}-utf8", b"D" + text.encode())
        corpus.add("xml", f"{name}-mark", b"D\xef\xbb\xbf" + text.encode())
    for encoding in "UTF-8", "UTF-16":
        data = properties(encoding, id="a", type="Workflow", name="x &lt; y")
        corpus.add("xml", f"properties-{encoding}", b"P" + data)
    escaped = properties(a="&#13;&#10;&#9;&quot;", b="<![CDATA[<b>]]>")
    corpus.add("xml", "properties-escaped", b"P" + escaped)
    corpus.add("xml", "properties-empty", b"P<properties/>")


def add_package(corpus, parts):
    corpus.add("package", "zip", b"Z" + zipped(parts))
    corpus.add("package", "zip-stream", b"Z" + zipped(parts, stream=True))
    corpus.add("package", "parts", composed(parts))
    for folder in "s1", "w1", "c1", "r1", "e1", "x1":
        chosen = {name: data for name, data in parts.items()
                  if not name.startswith("elements/") or f"/{folder}/" in name}
        corpus.add("package", f"parts-{folder}", composed(chosen))


def add_all(corpus, certificate):
    """certificate: path of one in PEM."""
    done = subprocess.run(
        ["openssl", "x509", "-outform", "DER", "-in", str(pathlib.Path(certificate))],
        capture_output=True, check=True)  # fmt: skip
    parts = package(done.stdout)
    add_zip(corpus, parts)
    add_xml(corpus)
    add_package(corpus, parts)
