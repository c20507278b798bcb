# SPDX-License-Identifier: Apache-2.0
"""Tables of the C sources and the documents, read as text."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[3]
SOURCE = ROOT / "mod_vsocert"


def routes():
    """(method, path, flags) of every row of vsocert_routes."""
    text = (SOURCE / "httpd/api/routes.c").read_text()
    found = re.findall(
        r'\{M_(\w+),\s*"([^"]+)",\s*VSOCERT_(\w+),\s*([^,]*?),', text)
    assert len(found) == text.count("{M_")
    return [(method, path, right.lower(), flags)
            for method, path, right, flags in found]


def example(path, number="1"):
    """A route's path with something for what is in braces."""
    return re.sub(r"\{\w+\}", "none", path.replace("{id}", number))


def problems():
    """{slug: HTTP status} of base/problem.h."""
    text = (SOURCE / "base/problem.h").read_text().replace("\\\n", " ")
    table = text[text.index("#define VSO_PROBLEMS(X)"):]
    return {slug: int(status) for slug, status in
            re.findall(r'X\(\w+,\s*"([a-z-]+)",\s*(\d+),', table)}


def directives():
    """Names of the command table."""
    text = (SOURCE / "httpd/directives.c").read_text()
    return set(re.findall(r'AP_INIT_\w+\(\s*"(\w+)"', text))


def warnings():
    """Slugs that vso_warn() is called with."""
    found = set()
    for path in SOURCE.rglob("*.c"):
        found.update(re.findall(r'vso_warn\(\s*[\w>.&-]+,\s*"([a-z-]+)"',
                                path.read_text()))
    return found


def document(name):
    """One of docs/."""
    return (ROOT / "docs" / f"{name}.md").read_text()
