"""What the demonstration's nodes stand on: their channels and their stores, made and taken away.

Two grounds of one shape. `Embedded`: files, no server. `ops.demo.servers.Servers`: brokers and a
PostgreSQL of our own. A ground says in TOML how a node reaches it; nothing else differs.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from hub.parties import NodeId
from ops.wiring_making import create_channel, create_store

CHANNELS: Final = ("c1", "c2", "c3")


class Ground(Protocol):
    """Channels and stores of all nodes."""

    @property
    def brokers(self) -> Mapping[str, tuple[str, ...]]:
        """Channel name → host names its broker's certificate is made for."""
        ...

    def make(self, nodes: Sequence[NodeId]) -> None:
        """Make channels and stores; keys and the nodes' folders are there.

        Raises:
            Misconfigured, StoreDown, ChannelDown: a server cannot be started.
        """
        ...

    def store(self, node: NodeId) -> str:
        """Address of a node's store."""
        ...

    def lease(self, node: NodeId) -> str:
        """Address of a node's lease; empty: beside the store."""
        ...

    def channel(self, name: str, node: NodeId) -> str:
        """How a node reaches a channel: lines of its settings."""
        ...

    def take_away(self, name: str) -> None:
        """A channel's disk is gone with everything on it."""
        ...

    def give_back(self, name: str, nodes: Sequence[NodeId]) -> None:
        """A channel that was taken away works again, on a new and empty disk."""
        ...

    def end(self) -> None:
        """Stop whatever runs, also after a failed `make`."""
        ...


def rabbit_lines(name: str, host: str, port: int, certificates: str | Path) -> str:
    """Settings of a channel over RabbitMQ with the node's own certificate."""
    return (
        f'name = "{name}"\nkind = "rabbit"\nlines = [{{ host = "{host}", port = {port} }}]\n'
        f'ca_file = "{certificates}/tls-ca.cer"\ncertificate_file = "{certificates}/tls.cer"\n'
        f'key_file = "{certificates}/tls-key.pem"\n'
    )


class Embedded:
    """Files: SQLite stores and embedded channels."""

    brokers: Final[Mapping[str, tuple[str, ...]]] = {}

    def __init__(self, root: Path) -> None:
        """`root`: an absolute folder."""
        self._root = root

    def make(self, nodes: Sequence[NodeId]) -> None:
        """Create every file."""
        (self._root / "channels").mkdir()
        for name in CHANNELS:
            create_channel(self._file(name), nodes)
        for node in nodes:
            create_store(self.store(node)).close()

    def store(self, node: NodeId) -> str:
        """A file in the node's folder."""
        return f"sqlite:///{self._root / node / 'store.sqlite'}"

    def lease(self, node: NodeId) -> str:
        """A file of its own, as SQLite needs it."""
        return f"sqlite:///{self._root / node / 'lease.sqlite'}"

    def channel(self, name: str, node: NodeId) -> str:
        """The channel's file, the same for all nodes."""
        assert node
        return f'name = "{name}"\nkind = "embedded"\npath = "{self._file(name)}"\n'

    def take_away(self, name: str) -> None:
        """Unlink the channel's files under everybody's feet; it does not come back by itself."""
        path = self._file(name)
        for file in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            path.with_name(file).unlink(missing_ok=True)

    def give_back(self, name: str, nodes: Sequence[NodeId]) -> None:
        """A new file, unless the old one is still there."""
        if not self._file(name).exists():
            create_channel(self._file(name), nodes)

    def end(self) -> None:
        """Nothing runs."""

    def _file(self, name: str) -> Path:
        return self._root / "channels" / f"{name}.sqlite"
