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
from ops.deploy.ports import LOOPBACK, free_port
from ops.deploy.postgres import PrivatePostgres
from ops.deploy.rabbitmq import PrivateBroker, Tls
from ops.wiring_making import create_store
from ops.wiring_rabbit import broker_definitions


class Servers:
    """Three private brokers and one private PostgreSQL below `root`, an absolute folder."""

    brokers: Final[Mapping[str, tuple[str, ...]]] = dict.fromkeys(CHANNELS, (LOOPBACK,))

    def __init__(self, root: Path, nodes: Sequence[NodeId]) -> None:
        """Start nothing yet.

        Raises:
            Misconfigured: `rabbitmq_missing`, `postgres_missing`: what to install is in the advice.
        """
        self._root = root
        self._ending = ExitStack()
        folder, made = root / "servers", broker_definitions(nodes, HUB_NODE)
        self._postgres = PrivatePostgres(folder / "postgres", free_port())
        self._brokers = {
            name: PrivateBroker(
                folder / name, f"evx{os.getpid()}{name}", free_port(), made, self._tls(name)
            )
            for name in CHANNELS
        }

    def make(self, nodes: Sequence[NodeId]) -> None:
        """Start all; databases are made while the brokers boot."""
        self._open_the_way()
        for broker in self._brokers.values():
            self._ending.callback(broker.close)
            broker.start()
        self._ending.callback(self._postgres.stop, immediately=True)
        self._postgres.initialise()
        self._postgres.start()
        for node in nodes:
            self._database(node)
            create_store(self.store(node)).close()
        for broker in self._brokers.values():
            broker.wait_ready()

    def store(self, node: NodeId) -> str:
        """The node's database; its password stays in a file of its own."""
        place = f"{_name(node)}@{LOOPBACK}:{self._postgres.port}/{_name(node)}"
        return f"postgresql+psycopg://{place}?passfile={quote(str(self._passfile(node)))}"

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

    def end(self) -> None:
        """Stop all; folders stay."""
        self._ending.close()

    # --- inside ----------------------------------------------------------------------------------

    def _open_the_way(self) -> None:
        """Servers run under accounts of their own and must reach their folders, not read ours."""
        if self._postgres.account.change:
            self._root.chmod(0o711)

    def _tls(self, name: str) -> Tls:
        folder = self._root / "pki" / "brokers" / name
        return Tls(folder / "tls-ca.cer", folder / "tls.cer", folder / "tls-key.pem")

    def _passfile(self, node: NodeId) -> Path:
        return self._root / node / "pgpass"

    def _database(self, node: NodeId) -> None:
        name, word = _name(node), secrets.token_urlsafe(24)
        self._postgres.sql(f"CREATE ROLE \"{name}\" LOGIN PASSWORD '{word}'")
        self._postgres.sql(f'CREATE DATABASE "{name}" OWNER "{name}"')
        self._postgres.sql(f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC')
        path = self._passfile(node)
        path.touch(mode=0o600)
        path.write_text(f"{LOOPBACK}:{self._postgres.port}:{name}:{name}:{word}\n")


def _name(node: NodeId) -> str:
    """Of a node's role and database; the server's own role is called after the hub."""
    return f"node-{node}"
