# SPDX-License-Identifier: Apache-2.0
"""Calls of the packages' API that many tests make, and looks past it."""

IMPORTS = "/packages/imports"


def upload(api, data, content_type="application/octet-stream", **kwargs):
    return api.call("POST", IMPORTS, body=data,
                    headers={"Content-Type": content_type}, **kwargs)


def confirm(api, report, elements="all", trust=None, **members):
    if trust:
        members["trust"] = trust
    members.setdefault("sha256", report["sha256"])
    return api.post(f"{IMPORTS}/{report['id']}/confirm",
                    {"elements": elements, **members})


def bring_in(api, data, elements="all", **members):
    """Upload and confirm; the answer."""
    report = upload(api, data).ok(201)
    return confirm(api, report, elements, "once", **members).ok()


def export(api, name, status=200, **members):
    reply = api.post(f"/packages/{name}/export", members)
    assert reply.status == status, reply
    return reply


def ask(server, text, values=()):
    """The first row that SQL past httpd selects."""
    with server.sql() as db:
        return db.execute(text, values).fetchone()


def change(server, text, values=()):
    with server.sql() as db:
        db.execute(text, values)


def rows(server, table):
    count, = ask(server, f"SELECT count(*) FROM {table}")
    return count


def by_id(items):
    return {item["id"]: item for item in items}
