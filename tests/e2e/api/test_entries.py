# SPDX-License-Identifier: Apache-2.0
"""Entries: the list of them, how many there are, and the end of one."""

import pytest

from vso import wait_for
from vso.server import Vhost


def entries(api, **query):
    """Names of a page, and the page."""
    page = api.get("/entries", **query).ok()
    return [item["entry"] for item in page["items"]], page


@pytest.fixture
def filled(make_server):
    """alpha and beta have certificates, gamma waits for its CA, and server is
    what the virtual hosts serve."""
    server = make_server()
    server.api("alpha").create("www.alpha.example", days=10)
    server.api("beta").create("beta.example", days=300)
    server.api("gamma").post("/certificate/csr", {
        "subject": {"commonName": "gamma.example"}, "key": "ec-p256"}).ok(201)
    api = server.api()
    api.create(days=100)
    wait_for(lambda: api.get("/nodes").ok()["items"], "this node's row")
    return api


def test_an_entry_in_the_list(filled):
    made = filled.certificate()["certificate"]
    _, page = entries(filled)
    item = {i["entry"]: i for i in page["items"]}["server"]
    assert item.keys() == {"entry", "hosts", "served", "certificate", "also",
                           "pending", "renewal", "backedUp", "warnings"}
    assert item["certificate"] == {k: made[k] for k in (
        "id", "subjectText", "subjectAltNames", "issuerText", "key",
        "notAfter", "daysLeft", "fingerprint", "selfSigned")} | {"number": 1}
    assert item["hosts"] == filled.certificate()["hosts"]
    assert item["served"] and not item["backedUp"] and not item["warnings"]
    assert item["also"] is None and item["pending"] == 0
    assert filled.post("/keystore/export",
                       {"password": "long enough now"}).status == 200
    assert entries(filled, q="server")[1]["items"][0]["backedUp"]


def test_pages_and_orders(filled):
    names, page = entries(filled, limit=3)
    assert names == ["alpha", "beta", "gamma"] and page["next"]
    names, page = entries(filled, limit=3, after=page["next"])
    assert names == ["server"] and page["next"] is None
    names, page = entries(filled, limit=2, sort="expires")
    assert names == ["alpha", "server"]
    names, page = entries(filled, limit=2, sort="expires", after=page["next"])
    assert names == ["beta", "gamma"]
    filled.get("/entries", sort="expires", after="alpha").refused(
        422, "invalid", "after")


def test_filters(filled):
    assert entries(filled, q="WWW.Alpha")[0] == ["alpha"]
    assert entries(filled, q="example")[0] == ["alpha", "beta", "gamma"]
    assert entries(filled, q="%")[0] == entries(filled, q="!")[0] == []
    assert entries(filled, state="active")[0] == ["alpha", "beta", "server"]
    assert entries(filled, state="pending")[0] == ["gamma"]
    assert entries(filled, state="none")[0] == []
    assert entries(filled, expires=14)[0] == ["alpha"]
    assert entries(filled, served="true")[0] == ["server"]
    names, page = entries(filled, served="false")
    assert names == ["alpha", "beta", "gamma"]
    assert all(i["warnings"] == ["not-served"] for i in page["items"])
    assert entries(filled, served="false", q="example", state="active",
                   sort="expires", expires=400)[0] == ["alpha", "beta"]
    for name, wrong in (("state", "retired"), ("sort", "size")):
        filled.get("/entries", **{name: wrong}).refused(422, "invalid", name)
    for name, wrong in (("expires", "-1"), ("served", "1"), ("limit", "501")):
        filled.get("/entries", **{name: wrong}).refused(400, "malformed", name)
    filled.get("/entries", q="x" * 1013).refused(413, "too-large", "q")


def test_numbers(filled):
    assert filled.get("/entries/summary").ok() == {
        "all": 4, "active": 3, "pending": 1, "none": 0, "expired": 0,
        "expiring": [{"days": 1, "entries": 0}, {"days": 7, "entries": 0},
                     {"days": 14, "entries": 1}, {"days": 30, "entries": 1}],
        "notServed": 3, "selfSigned": 3, "renewalFailing": 0}


def test_hosts_of_the_fleet(make_server):
    """What another node's virtual hosts name counts while that node lives, and
    what this one's name changes with its configuration."""
    first = make_server(extra="VSOCertNode one")
    first.api("other").create()
    api = first.api()

    def served():
        return entries(api, served="true")[0]
    assert served() == []
    second = make_server(keys=first.keys, db=first.database,
                         extra="VSOCertNode two",
                         vhosts=[Vhost("two.test", "other")])
    wait_for(lambda: served() == ["other"], "the other node's row")
    item, = entries(api, served="true")[1]["items"]
    assert item["hosts"] == ["two.test"] and not item["warnings"]
    second.stop()
    with first.sql() as db:
        db.execute("UPDATE vmo_node SET last_seen_sec = last_seen_sec - 100"
                   " WHERE node = 'two'")
    assert served() == []
    first.vhosts.append(Vhost("here.test", "other"))
    first.graceful()
    wait_for(lambda: served() == ["other"], "this node's new configuration")
    assert entries(api, served="true")[1]["items"][0]["hosts"] == ["here.test"]


def test_the_end_of_an_entry(make_server):
    server = make_server(vhosts=[Vhost("www.test", "www")])
    api = server.api("www")
    api.create("www.test")
    made = api.create("www.test", replace=True)
    assert server.served("www.test") == made["fingerprint"]
    root = server.api()
    root.delete("/entries/www").refused(409, "entry-served")
    root.delete("/entries/absent").refused(404, "not-found")
    root.delete("/entries/..").refused(404, "not-found")
    assert root.delete("/entries/www", force="true", wait="fleet").ok(
        )["destroyed"] == 2
    assert [v["state"] for v in api.versions()] == ["retired", "retired"]
    assert server.served("www.test") != made["fingerprint"]
    item, = root.get("/entries", q="www").ok()["items"]
    assert item["certificate"] is None and item["served"]
    root.delete("/entries/www", force="true").refused(409, "wrong-state")
    server.expect_log("entry www", optional=True)


def test_a_new_entry_that_no_host_serves(server, api):
    made = server.api("mistyped").post("/certificate", {
        "subject": {"commonName": "localhost"}, "key": "ec-p256"}).ok(201)
    assert "not-served" in [w["slug"] for w in
                            made["certificate"]["warnings"]]
    assert "not-served" not in [w["slug"] for w in api.create()["warnings"]]


def test_what_a_node_serves_of_an_entry(make_server):
    server = make_server(vhosts=[Vhost("www.test", "www")])
    root = server.api()

    def served(entry):
        status = server.api(entry).get("/status").ok()
        assert status["entry"] == entry
        return [(s["entry"], s["fingerprint"], s["bootstrap"])
                for s in status["served"]]

    assert served("www") == [("", server.served("www.test"), True)]
    www = server.api("www").create("www.test")["fingerprint"]
    mail = server.api("mail").create("mail.test")["fingerprint"]
    assert served("www") == [("www", www, False)]
    assert served("mail") == served("absent") == []
    assert root.get("/status").ok()["served"][0]["bootstrap"]
    server.extra = "VSOCertByName on"
    server.graceful()
    wait_for(lambda: served("mail") == [("mail", mail, False)],
             "the new configuration")
    assert server.served("mail.test") == mail
    assert served("absent") == []
