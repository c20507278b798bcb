# SPDX-License-Identifier: Apache-2.0
"""Who may do what: each call with each right missing, and the roles that
conf/vsocert.conf ships."""

import re
import shutil

import pytest

from vso import packages, source, wait_for
from vso.files import self_signed
from vso.package_calls import bring_in, export
from vso.packages import script, write
from vso.server import CONF, Vhost

RIGHTS = ["read", "manage", "export", "sign"]

# What a call takes, said independently of the table of routes: what only looks
# is read, what changes something is manage, and these are what leaves.
LEAVES = {("POST", "/keystore/export"): "export",
          ("POST", "/packages/{name}/export"): "sign"}


def allow(*rights):
    """Only these rights, for everybody."""
    lines = [f'VSOCertAllow {right} "{"true" if right in rights else "false"}"'
             for right in RIGHTS]
    return "\n".join(["<Location /vsocert/api>", *lines, "</Location>"])


SERVER = {"vhosts": [
    *(Vhost(f"no-{right}.test", "rights",
            extra=allow(*(r for r in RIGHTS if r != right)))
      for right in RIGHTS),
    *(Vhost(f"only-{right}.test", "rights", extra=allow(right))
      for right in RIGHTS),
    Vhost("group.test", "rights", extra=r"""
        <Location "/vsocert/api">
            VSOCertAllow manage "%{REMOTE_USER} =~ /^[\w.@-]+$/ && \
                '\n' . file('${VSO_RUN_DIR}/state/operators') \
                -strmatch '*\n%{REMOTE_USER}\n*'"
        </Location>"""),
]}


def takes(method, path):
    """The right that a call takes."""
    return LEAVES.get((method, path), "read" if method == "GET" else "manage")


CALLS = [(method, path) for method, path, *_ in source.routes()]


def call(server, name, method, path, user="vmware"):
    path = path.replace("{id}", "999999999").replace("{name}", "none")
    return server.api(user=user, name=name).call(method, path)


@pytest.mark.parametrize("right", RIGHTS)
def test_each_call_without_one_right(server, right):
    """The refusal names right and user; all others get beyond it."""
    for method, path in CALLS:
        reply = call(server, f"no-{right}.test", method, path)
        if takes(method, path) != right:
            assert reply.status != 403, (method, path, reply)
            continue
        problem = reply.refused(403, "forbidden")
        assert problem["right"] == right
        assert f'"{right}"' in problem["detail"]
        assert '"vmware"' in problem["detail"]
        assert f"VSOCertAllow {right}" in problem["detail"]


@pytest.mark.parametrize("right", RIGHTS)
def test_each_call_with_one_right_alone(server, right):
    for method, path in CALLS:
        reply = call(server, f"only-{right}.test", method, path)
        assert (reply.status == 403) == (takes(method, path) != right), \
            (method, path, reply)
    rights = call(server, f"only-{right}.test", "GET", "/status")
    if right == "read":
        assert rights.ok()["rights"] == ["read"]


def test_every_call_is_written_down_with_its_right(server):
    """docs/api.md says the rule, and names what the rule does not cover."""
    text = " ".join(source.document("api").split())
    for (method, path), right in LEAVES.items():
        assert (method, path) in CALLS
        assert f"{method} {path} takes {right}" in text


# The shipped roles

ROLES = {"vmware": RIGHTS, "operator": ["read", "manage", "sign"],
         "auditor": ["read"]}


@pytest.mark.parametrize("user", ROLES)
def test_roles_of_the_shipped_configuration(server, user):
    api = server.api(user=user)
    assert api.get("/status").ok()["rights"] == ROLES[user]
    for method, path in CALLS:
        reply = call(server, None, method, path, user)
        assert (reply.status == 403) == \
            (takes(method, path) not in ROLES[user]), (method, path, reply)


def test_a_group_is_a_file(server):
    """As conf/vsocert.conf shows: it counts with the next call."""
    path = server.state / "operators"
    server.expect_log("Cannot open file|cannot open|failed to open", True)
    api = server.api(user="auditor", name="group.test")
    for names, allowed in (("alice\n", False), ("auditor\n", True),
                           ("alice\nauditor\nbob\n", True), ("", False),
                           ("auditors\nxauditor\n", False)):
        path.write_text(names)
        path.chmod(0o644)
        assert ("manage" in api.get("/status").ok()["rights"]) == allowed, names
    path.unlink()
    assert "manage" not in api.get("/status").ok()["rights"]
    # The other rights are those of the shipped configuration.
    assert api.get("/status").ok()["rights"] == ["read"]


def test_without_a_word_nobody_may_more_than_read(make_server, base_folder,
                                                  monkeypatch):
    """Fail closed: a configuration without VSOCertAllow, as it was shipped
    before there were roles."""
    conf = base_folder / "conf-without-roles"
    shutil.copytree(CONF, conf)
    text = (conf / "vsocert.conf").read_text()
    (conf / "vsocert.conf").write_text(
        re.sub(r"(?m)^ *VSOCertAllow .*\n", "", text))
    monkeypatch.setattr("vso.server.CONF", conf)
    server = make_server()
    for user in ("vmware", "auditor"):
        assert server.api(user=user).get("/status").ok()["rights"] == ["read"]
        for method, path in CALLS:
            reply = call(server, None, method, path, user)
            assert (reply.status == 403) == (takes(method, path) != "read")


# Packages

@pytest.fixture
def encrypted(server, entry, vro):
    """Name of a stored package with an encrypted element and one that is not
    encrypted."""
    api = server.api(entry)
    api.create(key="rsa-2048")
    name = f"org.example.{entry}"
    bring_in(api, write(name, [script("secret")], vro))
    data = export(api, name, encrypt=True).body
    api.delete(f"/packages/{name}").ok()
    bring_in(api, data)
    assert api.get(f"/packages/{name}").ok()["encrypted"]
    return name


def test_a_reader_signs_and_decrypts_nothing(server, entry, encrypted):
    """With a passive version, for another entry, in the clear: each was so."""
    owner = server.api(entry)
    old, = owner.versions()
    owner.create(key="rsa-2048", replace=True)
    auditor = server.api(entry, user="auditor")
    for api, body in ((auditor, {}), (auditor, {"encrypt": False}),
                      (auditor, {"version": old["id"]}),
                      (server.api("another", user="auditor"), {})):
        problem = api.post(f"/packages/{encrypted}/export", body).refused(
            403, "forbidden")
        assert problem["right"] == "sign"
    last = owner.audit(action="package-export")[0]
    assert (last["actor"], last["outcome"]) == ("auditor", "forbidden")


def test_without_export_what_is_encrypted_stays_so(server, entry, encrypted,
                                                   vro):
    """An operator gets it as it is stored, whoever can open that, and in no
    other way: not even for a key of this keystore, which they may have brought
    themselves."""
    owner, operator = server.api(entry), server.api(entry, user="operator")
    _, cert = self_signed("operator.example.org")
    for body in ({"encrypt": False}, {"recipients": [cert]},
                 {"encrypt": True, "recipients": [cert]},
                 {"encrypt": True, "rights": {"edit": False}}):
        problem = operator.post(f"/packages/{encrypted}/export", body).refused(
            403, "forbidden", "encrypt")
        assert problem["right"] == "export"
        assert '"operator"' in problem["detail"]
        export(owner, encrypted, **body)
    own, pem = self_signed("brought.example.org")
    operator.post("/keystore/import", {
        "keystore": packages.base64.b64encode((own + pem).encode()).decode(),
        "password": "", "passive": True}).ok(201)
    brought = operator.versions()[0]
    assert brought["state"] == "passive"
    stored = packages.contents(export(owner, encrypted).body)
    for body in ({}, {"encrypt": True}, {"version": brought["id"]}):
        data = export(operator, encrypted, **body).body
        sealed = {n: c for n, c in packages.contents(data).items()
                  if n.endswith(".p7m")}
        assert sealed and set(sealed) <= set(stored)
        for content in sealed.values():
            with pytest.raises(AssertionError):
                packages.decrypt(content, own, pem)
    # What is not encrypted goes to whom they like.
    bring_in(owner, write(f"{encrypted}.open", [script("open")], vro))
    export(operator, f"{encrypted}.open", encrypt=False)
    export(operator, f"{encrypted}.open", recipients=[cert])


def test_refusals_do_not_fill_the_trail(make_server):
    """60 each by itself; then those that have a row say how many have none."""
    server = make_server()
    auditor = server.api(user="auditor")

    def told():
        return [row for row in server.api().get(
            "/audit", limit=500, action="reseal").ok()["items"]
                if row["actor"] == "auditor"]
    for _ in range(80):
        auditor.post("/keystore/reseal").refused(403, "forbidden")
    assert 60 <= len(told()) < 80
    assert "not recorded" not in told()[-1]["detail"]

    def says_how_many():
        auditor.post("/keystore/reseal").refused(403, "forbidden")
        return "more refusals of this user were not recorded" \
            in told()[0]["detail"]
    wait_for(says_how_many, "a row that says so", 60)
    # Others are told of as ever.
    server.api(user="operator").post(
        "/keystore/export", {"password": "a long password"}).refused(
            403, "forbidden")
    assert server.api().audit()[0]["actor"] == "operator"
