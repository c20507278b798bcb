# SPDX-License-Identifier: Apache-2.0
"""The rules of the house that no compiler knows."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = ROOT / "mod_vsocert"

# Which layer may include which.
LAYERS = {
    "base": {"base"},
    "x509": {"base", "x509"},
    "keyfile": {"base", "x509", "keyfile"},
    "package": {"base", "x509", "package"},
    "store": {"base", "x509", "store"},
    "serving": {"base", "x509", "store", "serving"},
    "service": {"base", "x509", "keyfile", "package", "store", "serving",
                "service"},
}

# Which room of the glue may include which, beside the core: those in front of
# it.
ROOMS = ["config_values", "config", "directives", "dbd_directives", "confine",
         "spawn", "keyring", "shared",
         "sqlite_file", "dbd", "tls", "node", "request",
         "filter", "api", "lifecycle"]
APART = {frozenset(("filter", "api"))}

# Files that may include one another, through others or not: none.
CIRCLES = set()

# A header that belongs to httpd.
OF_HTTPD = re.compile(r"<(httpd|http_|ap_|mod_|util_|unixd|mpm_|scoreboard)")

# Libraries that one file, or one and its like in the glue, speaks to.
OWNERS = {
    "apr_dbd.h": {"mod_vsocert/store/db_impl.h", "mod_vsocert/httpd/dbd.c"},
    "store/db_impl.h": {"mod_vsocert/store/connection.c",
                        "mod_vsocert/store/db.c",
                        "mod_vsocert/store/transaction.c"},
    "jansson.h": {"mod_vsocert/base/json.c"},
    "mod_dbd.h": {"mod_vsocert/httpd/dbd.c"},
    "idn2.h": {"mod_vsocert/x509/san.c"},
    "lmdb.h": {"mod_vsocert/serving/replica_impl.h"},
    "expat.h": {"mod_vsocert/package/xml.c"},
    "zip.h": {"mod_vsocert/package/zip_source.h"},
}

# Longer files, and why each is not two. The list gets shorter.
MAX_FILE_LINES = 500
LONG_FILES = {
    "all texts of a language, of which the first view needs most": """
        htdocs/js/i18n/de.js htdocs/js/i18n/en.js""",
    "one sheet for one kind of page: what is said of a class stands once": """
        htdocs/css/base.css htdocs/css/panel.css""",
    "the cases of one unit, which share what they are made of": """
        tests/unit/keyfile/test_jks.c tests/unit/keyfile/test_pkcs12.c
        tests/unit/package/test_package.c tests/unit/package/test_verify.c
        tests/unit/package/test_zip.c tests/unit/store/test_versions.c
        tests/unit/x509/test_chain.c tests/unit/x509/test_pem.c""",
    "the cases of one topic, which share a server and its fixtures": """
        tests/e2e/console/test_console_packages.py
        tests/e2e/database/test_databases.py
        tests/e2e/keystore/test_keystore_formats.py
        tests/e2e/packages/test_filters.py tests/e2e/tls/test_tls.py""",
}
MAX_FUNCTION_LINES = 60
# Beside the result and the pool, which nearly all have.
MAX_PARAMETERS = 6

# A header's functions begin with its name, in the singular or the plural, or
# with the name of a type of its own. These do not, and why.
OTHER_NAMES = {
    "base/result.h": ("fail warn", "stand in every line that refuses"),
    "base/secret.h": ("wipe", "wipes what is no vso_secret_t"),
    "httpd/shared/counters.h": ("counted", "what vsocert_count counted"),
    "package/zip_bytes.h": ("zip", "one format in several files"),
    "package/zip_local.h": ("zip", "one format in several files"),
    "package/zip_walk.h": ("zip", "one format in several files"),
    "serving/record_keys.h": ("record", "what records are made with"),
    "serving/replica_impl.h": ("replica", "the inside of replica.h"),
    "serving/served.h": ("opened", "an entry of opened.h"),
    "store/db_impl.h": ("db", "the inside of db.h"),
    "store/content_impl.h": ("content", "the inside of content.h"),
    "store/migration_steps.h": ("migration", "the steps of migration.h"),
    "store/package_columns.h": ("column text needs tags meta files",
                                "a column each"),
    "store/packages.h": ("elements", "rows of two tables"),
    "store/row_proof.h": ("row", "what is said of a row"),
    "store/row_write.h": ("row", "a row is written"),
    "store/versions_impl.h": ("versions", "the inside of versions.h"),
    "x509/ossl.h": ("x509 pkey req asn1", "of OpenSSL's types"),
}

complaints = []


def complain(path, what):
    name = path.relative_to(ROOT) if isinstance(path, pathlib.Path) else path
    complaints.append(f"{name}: {what}")


def tracked():
    run = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True,
                         text=True, check=False)
    if run.returncode:
        return [p for p in ROOT.rglob("*") if p.is_file()
                and "build" not in p.parts]
    return [ROOT / name for name in run.stdout.splitlines()
            if (ROOT / name).is_file()]


def includes(path):
    return re.findall(r'^#include\s+([<"][^>"]+)[>"]', path.read_text(), re.M)


def check_layers():
    for path in SOURCE.rglob("*.[ch]"):
        layer = path.relative_to(SOURCE).parts[0]
        for name in includes(path):
            owners = OWNERS.get(name[1:])
            if owners and str(path.relative_to(ROOT)) not in owners:
                complain(path, f"includes {name[1:]}, which is "
                               f"{' and '.join(sorted(owners))}'s")
            if layer not in LAYERS:
                continue
            if OF_HTTPD.match(name):
                complain(path, f"the core includes httpd's {name[1:]}")
            if name[0] == '"' and name[1:].split("/")[0] not in LAYERS[layer]:
                complain(path, f"{layer} must not know {name[1:]}")


def room(path):
    """"api" of httpd/api/json_body.c, "dbd" of httpd/dbd.c."""
    return pathlib.PurePath(path).parts[1].split(".")[0]


def check_rooms():
    for path in (SOURCE / "httpd").rglob("*.[ch]"):
        own = room(path.relative_to(SOURCE))
        for name in includes(path):
            if not name.startswith('"httpd/'):
                continue
            other = room(name[1:])
            if "module" in (own, other):
                continue
            if own not in ROOMS or other not in ROOMS:
                complain(path, f"{own} or {other} is no room of httpd/")
            elif (ROOMS.index(other) > ROOMS.index(own)
                  or frozenset((own, other)) in APART):
                complain(path, f"{own} must not know {name[1:]}")


def check_use_cases():
    """The API asks use cases. Of the store it knows rows as they are, and the
    opened keystore that dbd gives it (store/store.h): it calls nothing there
    that can fail."""
    of_store = {}
    for path in sorted((SOURCE / "store").glob("*.h")):
        if path.name != "store.h":
            for name, arguments in re.findall(r"\b(vso_\w+)\(([^;{}]*)\);",
                                              path.read_text()):
                if "vso_result_t" in arguments:
                    of_store[name] = path.name
    for path in (SOURCE / "httpd/api").glob("*.[ch]"):
        text = path.read_text()
        for name in includes(path):
            if name.startswith('"store/'):
                complain(path, f"the API must not include {name[1:]}")
        for name in set(re.findall(r"\bvso_\w+", text)) & set(of_store):
            complain(path, f"the API must not ask the store: {name} "
                           f"({of_store[name]})")


def units():
    """{file without its ending: those that it includes}"""
    found = {}
    for path in SOURCE.rglob("*.[ch]"):
        unit = str(path.relative_to(SOURCE).with_suffix(""))
        found.setdefault(unit, set()).update(
            name[1:-2] for name in includes(path) if name[0] == '"')
    return {unit: others - {unit} for unit, others in found.items()}


def reached(graph, start):
    seen = set()
    todo = [start]
    while todo:
        for unit in graph.get(todo.pop(), ()):
            if unit not in seen:
                seen.add(unit)
                todo.append(unit)
    return seen


def modules():
    """{module of the console: those that it imports, now or later}"""
    root = ROOT / "htdocs/js"
    found = {}
    for path in root.rglob("*.js"):
        names = re.findall(r"(?:from|import)\s*\(?'(\.[^'$]+)'", path.read_text())
        found[path.relative_to(root).as_posix()] = {
            (path.parent / name).resolve().relative_to(ROOT / "htdocs")
            .as_posix().removeprefix("js/") for name in names}
    return found


def check_modules():
    """The console's modules import in no circle; what is in ui/ knows no API,
    what is in parts/ no view."""
    graph = modules()
    for module, others in graph.items():
        if module in reached(graph, module):
            complain(f"htdocs/js/{module}", "imports itself in a circle")
        folder = module.split("/")[0]
        forbidden = {"ui": ("api.js", "session.js", "panel.js", "parts/", "views/"),
                     "parts": ("views/",), "views": ("views/",)}.get(folder, ())
        for other in others:
            if other.startswith(forbidden):
                complain(f"htdocs/js/{module}", f"{folder}/ must not know {other}")


def check_circles():
    graph = units()
    reach = {unit: reached(graph, unit) for unit in graph}
    found = {frozenset(other for other in reach[unit]
                       if unit in reach.get(other, ()))
             for unit in graph if unit in reach[unit]}
    for circle in found - CIRCLES:
        complain(min(circle), f"includes in a circle: {' '.join(sorted(circle))}")
    for circle in CIRCLES - found:
        complain("tests/lint/house.py",
                 f"no circle any more: {' '.join(sorted(circle))}")


def check_references():
    """What the documents name is there."""
    for path in [ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md",
                 ROOT / "README", *(ROOT / "docs").glob("*.md")]:
        text = path.read_text()
        for name, function in re.findall(r"\b([a-z0-9_/]+\.[ch]):(\w+)", text):
            source = SOURCE / name
            if not source.exists() or function + "(" not in source.read_text():
                complain(path, f"{name}:{function} is not there")
        for name in re.findall(r"\b((?:tests|conf|docs|htdocs|tools)/[\w./-]+"
                               r"\.(?:py|md|c|h|js|conf|sh|mk))\b", text):
            if not (ROOT / name).exists():
                complain(path, f"{name} is not there")
        makefile = "".join((ROOT / name).read_text() for name in (
            "Makefile.apxs", "htdocs/htdocs.mk", "tests/fuzz/fuzz.mk",
            "tests/bench/bench.mk"))
        for target in re.findall(
                r"make -f Makefile\.apxs ([a-z][a-z-]*)(?![\w/-])", text):
            if not re.search(rf"^{target}:", makefile, re.M):
                complain(path, f"there is no target {target}")


def check_left_out():
    """Tests that sanitizers leave out are there."""
    path = ROOT / "tests/san/left_out"
    for file, name in re.findall(r"^(\S+)::(\w+) ", path.read_text(), re.M):
        if not re.search(rf"^def {name}\(", (ROOT / file).read_text(), re.M):
            complain(path, f"{file} has no {name}")


def check_text():
    spdx = "SPDX-License-Identifier: Apache-2.0"
    for path in tracked():
        if path.suffix not in {".c", ".h", ".py", ".sh", ".js", ".conf",
                               ".mk", ".apxs"}:
            continue
        lines = path.read_text().splitlines()
        if spdx not in "\n".join(lines[:2]):
            complain(path, "does not begin with its licence (SPDX)")
        for number, line in enumerate(lines, 1):
            if re.search(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b", line):
                complain(path, f"line {number}: unfinished business")
            if path.suffix in {".c", ".h"} and "\t" in line:
                complain(path, f"line {number}: a tab")
            if line.rstrip() != line:
                complain(path, f"line {number}: blanks at the end")


def check_sizes():
    excused = set(" ".join(LONG_FILES.values()).split())
    for path in tracked():
        if path.suffix not in {".c", ".h", ".js", ".css", ".py"}:
            continue
        count = len(path.read_text().splitlines())
        name = str(path.relative_to(ROOT))
        if count > MAX_FILE_LINES and name not in excused:
            complain(path, f"{count} lines: it is usually two things")
        elif count <= MAX_FILE_LINES and name in excused:
            print(f"hint: {name}: it is not long any more (LONG_FILES)")
    for path in SOURCE.rglob("*.[ch]"):
        begin = None
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line == "{":
                begin = number
            elif line == "}" and begin:
                if number - begin - 1 > MAX_FUNCTION_LINES:
                    complain(path, f"line {begin}: a function of "
                                   f"{number - begin - 1} lines, more than "
                                   f"{MAX_FUNCTION_LINES}")
                begin = None


def parameters(text):
    """[(line, function, its parameters)] of a C source, as clang-format
    leaves it: definitions begin at the margin, their bodies too."""
    text = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group()), text,
                  flags=re.S)
    for found in re.finditer(r"^\w[\w \n*]*?(\w+) ?\(([^;{}]*)\)\n\{", text, re.M):
        depth, one, all_of_them = 0, "", []
        for char in found.group(2) + ",":
            depth += (char == "(") - (char == ")")
            if char == "," and not depth:
                all_of_them.append(" ".join(one.split()))
                one = ""
            else:
                one += char
        yield text.count("\n", 0, found.start()) + 1, found.group(1), all_of_them


def check_parameters():
    for path in SOURCE.rglob("*.[ch]"):
        for line, name, given in parameters(path.read_text()):
            count = len([one for one in given if one not in (
                "vso_result_t *res", "apr_pool_t *p")])
            if count > MAX_PARAMETERS:
                complain(path, f"line {line}: {name} has {count} parameters "
                               f"beside result and pool, more than "
                               f"{MAX_PARAMETERS}: a struct")


def check_names():
    for path in sorted(SOURCE.rglob("*.h")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        name = path.relative_to(SOURCE)
        prefix = "vsocert_" if name.parts[0] == "httpd" else "vso_"
        heads = {path.stem, *OTHER_NAMES.get(str(name), ("",))[0].split()}
        heads.update(re.findall(rf"(?:\}}|^typedef struct \w+) {prefix}(\w+)_[te];",
                                text, re.M))
        heads |= {re.sub("ies$", "y", head).rstrip("s") for head in heads}
        for function_name in re.findall(
                rf"^(?!typedef)\w[\w *\n]*?\b({prefix}\w+)\s*\(", text, re.M):
            rest = function_name.removeprefix(prefix)
            if not any(re.match(rf"{head}s?(_|$)", rest) for head in heads):
                complain(path, f"{function_name} does not begin with {path.stem}")


def members(text, struct):
    body = re.search(r"typedef struct \{([^}]*)\} " + struct, text).group(1)
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    return re.findall(r"(\w+)(?:\[\w+\])?;", body)


def function(text, name):
    return re.search(name + r"\([^;]*?\n\{\n(.*?)\n\}\n", text, re.S).group(1)


def check_directives():
    """Each directive has a merge, a default, and an explanation."""
    text = (SOURCE / "httpd/config_values.c").read_text()
    structs = (SOURCE / "httpd/config_values.h").read_text()
    for struct, merge in (
            ("vsocert_server_conf_t", "vsocert_config_values_merge_server"),
            ("vsocert_dir_conf_t", "vsocert_config_values_merge_dir")):
        body = function(text, merge)
        for member in members(structs, struct):
            if not re.search(rf"conf->{member}\b.*=", body):
                complain("httpd/config_values.c", f"{merge} leaves out {member}")
    reference = (ROOT / "conf/vsocert.conf").read_text()
    document = (ROOT / "docs/directives.md").read_text()
    table = (SOURCE / "httpd/directives.c").read_text()
    for name in re.findall(r'AP_INIT_\w+\(\s*"(\w+)"', table):
        paragraphs = [p for p in re.split(r"\n\s*\n", reference)
                      if re.search(rf"^\s*#?\s*{name} ", p, re.M)]
        if not paragraphs:
            complain("conf/vsocert.conf", f"{name} is missing")
        elif not any(re.search("[Dd]efault", p) for p in paragraphs):
            complain("conf/vsocert.conf", f"{name}: its default is missing")
        if name not in document:
            complain("docs/directives.md", f"{name} is missing")


def check_problems():
    table = (SOURCE / "base/problem.h").read_text()
    document = (ROOT / "docs/api.md").read_text()
    for slug in re.findall(r'X\(\w+,\s*\\?\s*"([a-z-]+)"', table):
        if not re.search(rf"(?<![\w-]){slug}(?![\w-])", document):
            complain("docs/api.md", f"the problem {slug} is missing")


def check_documented():
    """Routes, warnings and metrics stand in docs/."""
    api = (ROOT / "docs/api.md").read_text()
    listed = set()
    for methods, path in re.findall(r"^([A-Z/]+) +(/\S+)", api, re.M):
        listed.update((method, path) for method in methods.split("/"))
    routes = set(re.findall(r'\{M_(\w+),\s*"([^"]+)"',
                            (SOURCE / "httpd/api/routes.c").read_text()))
    for method, path in sorted(routes - listed):
        complain("docs/api.md", f"the call {method} {path} is missing")
    for method, path in sorted(listed - routes):
        complain("docs/api.md", f"there is no call {method} {path}")
    texts = "\n".join(p.read_text() for p in (ROOT / "docs").glob("*.md"))
    for path in SOURCE.rglob("*.c"):
        source = path.read_text()
        slugs = re.findall(r'vso_warn\(\s*[\w>.&-]+,\s*"([a-z-]+)"', source)
        if path.name == "metrics.c":
            slugs += re.findall(r'"(vsocert_[a-z_]+)"', source)
        for slug in slugs:
            if not re.search(rf"(?<![\w-]){slug}(?![\w-])", texts):
                complain(path, f"{slug} is in none of docs/")


def main():
    for check in (check_layers, check_rooms, check_use_cases, check_circles,
                  check_modules, check_references, check_left_out, check_text,
                  check_sizes, check_parameters, check_names,
                  check_directives, check_problems,
                  check_documented):
        check()
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
