# SPDX-License-Identifier: Apache-2.0
"""Database servers that stand in for one another: a MariaDB Galera cluster,
and a PostgreSQL primary with its standby. All on loopback."""

import pathlib
import shutil

from . import databases, wait_for
from .databases import Database, MariaDb, Postgres
from .ports import free_port

GALERA = pathlib.Path("/usr/lib/galera/libgalera_smm.so")


class GaleraNode(MariaDb):
    """One of three; peers are the ports that the others replicate on."""

    def __init__(self):
        super().__init__()
        self.replication, self.ist, self.sst = (free_port() for _ in range(3))

    def join(self, peers=()):
        """Start; without peers as the first of a new cluster."""
        provider = ";".join([
            f"gmcast.listen_addr=tcp://127.0.0.1:{self.replication}",
            f"ist.recv_addr=127.0.0.1:{self.ist}", "gcache.size=16M",
            # Who was killed is missed sooner than over a wide network.
            "evs.suspect_timeout=PT3S", "evs.inactive_timeout=PT10S"])
        addresses = ",".join(f"127.0.0.1:{peer.replication}" for peer in peers)
        options = ["--wsrep-on=ON", f"--wsrep-provider={GALERA}",
                   "--binlog-format=ROW", "--innodb-autoinc-lock-mode=2",
                   f"--wsrep-cluster-address=gcomm://{addresses}",
                   "--wsrep-node-address=127.0.0.1",
                   "--wsrep-sst-method=rsync",
                   f"--wsrep-sst-receive-address=127.0.0.1:{self.sst}",
                   f"--wsrep-provider-options={provider}"]
        self.start(*options, *([] if peers else ["--wsrep-new-cluster"]))
        wait_for(self.synced, "the node to be in step", 60)
        return self

    def synced(self):
        try:
            return self.status("wsrep_local_state_comment") == "Synced" \
                and self.status("wsrep_ready") == "ON"
        except Exception:       # pylint: disable=broad-except
            assert self.process.poll() is None, self.log()[-3000:]
            return False

    def status(self, name):
        admin = databases.Connection(self.admin(), "mysql")
        row = admin.execute(f"SHOW STATUS LIKE '{name}'").fetchone()
        admin.close()
        return row[1]

    def size(self):
        """Nodes that it sees; 0 while it is not sure."""
        return int(self.status("wsrep_cluster_size")) if self.synced() else 0


class Galera:
    def __init__(self, count=3):
        self.nodes = [GaleraNode() for _ in range(count)]

    def start(self):
        first, *others = self.nodes
        first.join()
        for i, node in enumerate(others, 1):
            # What initdb is elsewhere comes with the first transfer of state.
            node.init()
            node.join(self.nodes[:i])
        wait_for(lambda: {n.size() for n in self.nodes} == {len(self.nodes)},
                 "the whole cluster", 30)
        return self

    def rejoin(self, node):
        node.join([n for n in self.nodes if n is not node])

    def databases(self):
        """The same database, seen through each node."""
        first = self.nodes[0].database()
        name = first.params.split("dbname=")[1].split(",")[0]
        return [Database("mysql", node.params(name),
                         lambda node=node, **_: node.admin(name), node)
                for node in self.nodes]

    def remove(self):
        for node in reversed(self.nodes):
            node.remove()


class Standby(Postgres):
    """Follows a primary, from a copy of its data."""

    def __init__(self, primary):
        super().__init__()
        self.primary = primary

    def fill(self):
        self.run(databases.POSTGRES / "pg_basebackup", "-h", "127.0.0.1", "-p",
                 str(self.primary.port), "-U", "postgres", "-D", self.data,
                 "-R", "-X", "stream", "-c", "fast", "--no-sync",
                 "-d", "application_name=standby")

    def promote(self):
        self.execute("SELECT pg_promote()")
        wait_for(lambda: self.answer("SELECT pg_is_in_recovery()") is False,
                 "the standby to be promoted", 30)


class Replicated:
    """A primary, and a standby that has what was committed."""

    def __init__(self):
        self.primary = Postgres()
        self.standby = Standby(self.primary)

    def start(self):
        self.primary.start()
        self.standby.start()
        self.primary.execute(
            "ALTER SYSTEM SET synchronous_standby_names = 'standby'",
            "SELECT pg_reload_conf()")
        wait_for(lambda: self.primary.answer(
            "SELECT count(*) FROM pg_stat_replication"
            " WHERE sync_state = 'sync'") == 1, "the standby to follow", 30)
        return self

    def database(self):
        made = self.primary.database()
        params = made.params.replace("host=127.0.0.1", "host=127.0.0.1,127.0.0.1"
                                     ).replace(
            f"port={self.primary.port}",
            f"port={self.primary.port},{self.standby.port}")
        return Database("pgsql", params + " target_session_attrs=read-write",
                        made.connect, self.primary)

    def database_of_standby(self):
        """The database made last, where it can only be read."""
        name = self.standby.answer(
            "SELECT datname FROM pg_database ORDER BY oid DESC LIMIT 1")
        return Database("pgsql", self.standby.params(name),
                        lambda **_: self.standby.admin(name), self.standby)

    def remove(self):
        self.standby.remove()
        self.primary.remove()


def missing():
    """What a cluster needs and is not there; or None."""
    if not GALERA.exists():
        return "galera-4 is not installed"
    if not shutil.which("rsync"):
        return "rsync is not installed"
    return None

