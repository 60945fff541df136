"""The ground of real servers: a RabbitMQ broker a channel, one PostgreSQL, all our own.

- Brokers take certificates only (mutual TLS, EXTERNAL); the ceremony has made them.
- Each node has a role, a database and a password file of its own; the lease lies in the database.
- Everything listens on loopback, at ports below 32768, and ends with `end` or with this process.
"""

import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final
from urllib.parse import quote

from hub.parties import NodeId
from ops.demo.ground import CHANNELS, rabbit_lines
from ops.demo.town import HUB_NODE
from ops.deploy.account import Account
from ops.deploy.ports import LOOPBACK, free_port
from ops.deploy.postgres import PrivatePostgres
from ops.deploy.rabbit_programs import Programs
from ops.deploy.rabbitmq import PrivateBroker, Tls
from ops.wiring_making import create_store
from ops.wiring_rabbit import broker_definitions


class Databases:
    """One private PostgreSQL; each node has a role, a database and a password file of its own."""

    def __init__(self, root: Path) -> None:
        """Start nothing yet.

        Raises:
            Misconfigured: `postgres_missing`: what to install is in the advice.
        """
        self._root = root
        self.server = PrivatePostgres(root / "servers" / "postgres", free_port())

    def make(self, nodes: Sequence[NodeId]) -> None:
        """Start it and create every node's store."""
        self.server.initialise()
        self.server.start()
        for node in nodes:
            self._database(node)
            create_store(self.store(node)).close()

    def store(self, node: NodeId) -> str:
        """The node's database; its password stays in a file of its own."""
        place = f"{_name(node)}@{LOOPBACK}:{self.server.port}/{_name(node)}"
        return f"postgresql+psycopg://{place}?passfile={quote(str(self._passfile(node)))}"

    def end(self) -> None:
        """Stop it at once; the folder stays."""
        self.server.stop(immediately=True)

    def _passfile(self, node: NodeId) -> Path:
        return self._root / node / "pgpass"

    def _database(self, node: NodeId) -> None:
        name, word = _name(node), secrets.token_urlsafe(24)
        self.server.sql(f"CREATE ROLE \"{name}\" LOGIN PASSWORD '{word}'")
        self.server.sql(f'CREATE DATABASE "{name}" OWNER "{name}"')
        self.server.sql(f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC')
        path = self._passfile(node)
        path.touch(mode=0o600)
        path.write_text(f"{LOOPBACK}:{self.server.port}:{name}:{name}:{word}\n")


def _name(node: NodeId) -> str:
    """Of a node's role and database; the server's own role is called after the hub."""
    return f"node-{node}"


class Servers:
    """Three private brokers and one private PostgreSQL below `root`, an absolute folder."""

    brokers: Final[Mapping[str, tuple[str, ...]]] = dict.fromkeys(CHANNELS, (LOOPBACK,))

    def __init__(
        self, root: Path, nodes: Sequence[NodeId], programs: Programs | None = None
    ) -> None:
        """Start nothing yet; `programs`: which RabbitMQ, this system's unless named.

        Raises:
            Misconfigured: `rabbitmq_missing`, `postgres_missing`: what to install is in the advice.
        """
        self._root = root
        made = broker_definitions(nodes, HUB_NODE)
        self._brokers = {
            name: PrivateBroker(
                root / "servers" / name, f"evx{os.getpid()}{name}", free_port(), made,
                self._tls(name), programs=programs,
            )
            for name in CHANNELS
        }  # fmt: skip
        self.databases = Databases(root)

    def make(self, nodes: Sequence[NodeId]) -> None:
        """Start all; databases are made while the brokers boot."""
        _open_the_way(self._root)
        for broker in self._brokers.values():
            broker.start()
        self.databases.make(nodes)
        for broker in self._brokers.values():
            broker.wait_ready()

    def store(self, node: NodeId) -> str:
        """The node's database."""
        return self.databases.store(node)

    def lease(self, node: NodeId) -> str:
        """In the database, beside the store."""
        assert node
        return ""

    def channel(self, name: str, node: NodeId) -> str:
        """Host and port of the channel's broker, and the node's own certificate."""
        own = self._root / "pki" / "nodes" / node
        return rabbit_lines(name, LOOPBACK, self._brokers[name].port, own)

    def take_away(self, name: str) -> None:
        """Kill the broker, wipe its disk, and let it come back empty: a machine replaced."""
        broker = self._brokers[name]
        broker.kill()
        broker.wipe()
        broker.start()

    def give_back(self, name: str, nodes: Sequence[NodeId]) -> None:
        """It came back by itself, with an empty disk."""

    def end(self) -> None:
        """Stop all, whatever one of them says; folders stay."""
        with ExitStack() as ending:
            ending.callback(self.databases.end)
            for broker in self._brokers.values():
                ending.callback(broker.close)

    def _tls(self, name: str) -> Tls:
        folder = self._root / "pki" / "brokers" / name
        return Tls(folder / "tls-ca.cer", folder / "tls.cer", folder / "tls-key.pem")


def _open_the_way(root: Path) -> None:
    """Servers under accounts of their own must reach their folders; they still cannot read ours."""
    if Account.unprivileged().change:
        root.chmod(0o711)
